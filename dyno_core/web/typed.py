"""What is typed in a tab that was open before this process began."""

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from dyno_core.ui.session import TYPED


def keep_typed_messages() -> None:
    """Let what is typed before the page is drawn anew run the whole page.

    The message box is in a fragment. Of a tab that outlived the process a new session knows no fragment until it has
    drawn the page once, and Streamlit 1.67 drops what is sent to one that it does not know, without a word.
    """
    if hasattr(AppSession.request_rerun, "keeps_typed_messages"):
        return
    request = AppSession.request_rerun

    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if client_state and _is_typed(client_state) and not self.has_fragment(client_state.fragment_id):
            client_state.fragment_id = ""
        request(self, client_state)

    request_rerun.keeps_typed_messages = True  # type: ignore[attr-defined]
    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]


def _is_typed(client_state: ClientState) -> bool:
    sent = client_state.widget_states.widgets
    return any(one.id.endswith(f"-{TYPED}") and one.HasField("chat_input_value") for one in sent)
