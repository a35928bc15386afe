"""Filing, withdrawing and opening requests again on the planning page: each told with its way back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import streamlit as st

from dyno_core.booking import Request, reopen_requests, withdraw_requests
from dyno_core.ui.echo import echo
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.quoting import unmarked

_RECEIPT: Final = "planning_requests_receipt"


class _Receipt(NamedTuple):
    """``undo`` says what was done once it is taken back."""

    said: str
    undo: Callable[[], str]


def draw_receipt() -> None:
    """What was done last, to be taken back as long as nobody changed it; until it is put away."""
    receipt: _Receipt | None = st.session_state.get(_RECEIPT)
    if receipt is None:
        return
    st.success(unmarked(receipt.said), icon=":material/check_circle:")
    echo(receipt.said, key="echo_of_requests")
    with st.container(horizontal=True):
        undo = st.button("Undo", key="undo_requests", icon=":material/undo:")
        if st.button("Put this away", key="requests_away"):
            del st.session_state[_RECEIPT]
            st.rerun()
    if undo:
        del st.session_state[_RECEIPT]  # also when it is refused: what was changed since can't be taken back from here
        with presented():
            done(receipt.undo())


def has_receipt() -> bool:
    """Whether the receipt of what was filed or withdrawn last still stands."""
    return _RECEIPT in st.session_state


def tell_filed(desk: Desk, filed: Sequence[Request], said: str) -> None:
    """Keep it for `draw_receipt`."""
    st.session_state[_RECEIPT] = _Receipt(said, lambda: undo_filing(desk, filed))


def undo_filing(desk: Desk, filed: Sequence[Request]) -> str:
    """What was done, in a sentence. Raises what `withdraw_requests` raises."""
    versions = {one.id: one.version for one in filed}
    withdraw_requests(desk.database, desk.origin, versions, reason="the filing was undone")
    return f"Taken back: {_counted(versions)} withdrawn again."


def withdraw_chosen(desk: Desk, chosen: Sequence[Request]) -> None:
    """A reason and the button for it."""
    with st.form("withdraw_chosen_form", border=False, enter_to_submit=False):
        reason = st.text_input("Reason (required)", key="withdraw_chosen_reason", max_chars=500)
        sent = st.form_submit_button(f"Withdraw {len(chosen)}", key="withdraw_chosen")
    if sent:
        with presented():
            withdraw(desk, chosen, reason=reason)


def withdraw(desk: Desk, chosen: Sequence[Request], *, reason: str) -> None:
    """Raises what `withdraw_requests` raises."""
    now = withdraw_requests(desk.database, desk.origin, {one.id: one.version for one in chosen}, reason=reason)

    def undo() -> str:
        reopen_requests(desk.database, desk.origin, now, reason="the withdrawal was undone")
        return f"Taken back: {_counted(now)} open again."

    st.session_state[_RECEIPT] = _Receipt(_said(chosen, "withdrawn"), undo)
    st.rerun()


def draw_reopening(desk: Desk, chosen: Sequence[Request]) -> None:
    """A button that opens the chosen withdrawn ones again."""
    if chosen and st.button(
        f"Open again ({len(chosen)})", key="reopen_requests", type="primary", icon=":material/undo:"
    ):
        with presented():
            reopen_requests(desk.database, desk.origin, {one.id: one.version for one in chosen})
            done(_said(chosen, "open again"))


def _said(chosen: Sequence[Request], what: str) -> str:
    if len(chosen) == 1:
        return f"The request of {chosen[0].vehicle} is {what}."
    return f"{len(chosen)} requests are {what}."


def _counted(versions: Mapping[int, int]) -> str:
    return "1 request is" if len(versions) == 1 else f"{len(versions)} requests are"
