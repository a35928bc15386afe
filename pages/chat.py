"""Chat: ask in plain words, see what would change, say yes, take it back."""

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.agent.conversations import messages_of
from dyno_core.agent.models import caption
from dyno_core.agent.turns import pending
from dyno_core.ui.chat_agent import agent_of
from dyno_core.ui.chat_at_once import talk
from dyno_core.ui.chat_cards import suggestion
from dyno_core.ui.chat_input import begin, refusal_of_last
from dyno_core.ui.chat_live import Stage, watch
from dyno_core.ui.chat_past import draw_past, said_before
from dyno_core.ui.chat_sidebar import conversations, current_conversation
from dyno_core.ui.errors import presented
from dyno_core.ui.focus import focus_message_box, wish_focus
from dyno_core.ui.quoting import unmarked
from dyno_core.ui.session import current_app, require_page

# Messages that are drawn at first: each of them is drawn again on every run.
PAGE = 20


def earlier() -> None:
    st.session_state["chat_most"] = st.session_state.get("chat_most", PAGE) + PAGE
    wish_focus()


actor = require_page(Permission.READ)
agent = agent_of(current_app())

with presented():
    current = current_conversation(agent, actor)
    past, greeting, now = st.container(), st.empty(), st.empty()
    talk(agent, current, now, greeting)
    begun = agent.runs.begun(current.id) if current else 0
    # The run first: one that ends after this line has stored its answer by then, or is followed to its end.
    run = agent.runs.running(current.id) if current else None
    if run is not None:
        with now.container():
            stage = Stage(run)
        stage.begin()
    most = st.session_state.get("chat_most", PAGE)
    messages = messages_of(agent.database, actor, current.id, limit=most) if current else ()
    conversations(agent, actor, current)

    waiting = pending(agent, actor, current.id) if current and run is None else None
    # A short answer has ended by now: what was said before it still stands there, and is drawn again with it.
    if current and not (run and run.done):
        with past:
            if len(messages) == most:
                st.button(
                    "Show earlier messages", key="chat_earlier", type="tertiary", icon=":material/history:",
                    on_click=earlier,
                )  # fmt: skip
            shown = said_before(messages, run)
            # An answer that was just given stands below, in a place that ends where it is drawn above.
            draw_past(
                agent, actor, current.id, shown, waiting=waiting, answering=run is not None, end_of_stage=now.empty
            )

    if run is not None:
        stage.follow()
        st.rerun()
    if not messages:
        now.empty()
    with greeting.container(), st.container():
        suggested = None if messages else suggestion(agent, actor)
    if suggested:
        begin(agent, actor, current, suggested)
        st.rerun()
    if refused := refusal_of_last(messages):
        st.error(unmarked(refused), icon=":material/warning:")
    st.caption(caption(agent.model_name))
    focus_message_box()
    if current:
        watch(agent, current.id, begun)
