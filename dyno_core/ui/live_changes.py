"""A page that shows the plan notices within seconds what others change, draws it anew, and says who did what.

The database is asked, not the process: the change may have been made on another replica, in the chat, or by a command.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Final, Literal, ParamSpec

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.audit import AuditEntry, Mark, changes_after, in_short, mark_now, names_in, names_of_people
from dyno_core.database.engine import Database
from dyno_core.start import App
from dyno_core.ui.errors import presented
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import current_actor

P = ParamSpec("P")
_EVERY_SECONDS: Final = 3
_TOLD_FOR: Final = timedelta(minutes=3)
_PEOPLE_TOLD: Final = 2
_MARK: Final = "live_mark"
_HELD: Final = "live_held"
_NEWS: Final = "live_news"
_KEPT: Final = "live_kept"


@dataclass(frozen=True, slots=True)
class _News:
    """What was told, when, and the newest change in it."""

    text: str
    at: datetime
    newest: int


def follow_changes(app: App, *, keep: Sequence[str] = (), fills: bool = True) -> None:
    """Draws the line, as wide as there is room. Call it on each run, before the plan is read.

    ``keep``: messages that a run takes out of the session to show them once, such as “moved”. A run that nobody here
    asked for shows them again. ``fills``: the line takes its room also while there is nothing to tell.
    """
    state = st.session_state
    with presented():
        state[_MARK] = mark_now(app.database)
        state[_HELD] = False
        state[_KEPT] = {name: state[name] for name in keep if name in state}
        _look(app, fills=fills)


def has_news() -> bool:
    """Whether the line tells of a change now."""
    told = st.session_state.get(_NEWS)
    return isinstance(told, _News) and datetime.now(UTC) - told.at < _TOLD_FOR


def hold_still() -> None:
    """Until the next run of the whole page it stays as it is: something is open or half filled in on it."""
    st.session_state[_HELD] = True


def still_dialog(
    title: str,
    *,
    width: Literal["small", "medium", "large"] = "small",
    on_dismiss: Callable[[], None],
    way_out: str = "Close",
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """As `st.dialog`; while it is open, the page behind it stays as it is. It ends with a button that only closes it.

    ``way_out``: what that says; “Cancel” where the dialog asks for a yes.
    """

    def around(body: Callable[P, None]) -> Callable[P, None]:
        @wraps(body)
        def held(*args: P.args, **kwargs: P.kwargs) -> None:
            hold_still()
            body(*args, **kwargs)
            if st.button(way_out, key="dialog_way_out"):
                on_dismiss()
                st.rerun()

        return st.dialog(title, width=width, on_dismiss=on_dismiss)(held)

    return around


@st.fragment(run_every=_EVERY_SECONDS)
def _look(app: App, *, fills: bool) -> None:
    state = st.session_state
    actor = current_actor()  # a tick does not go through the page's own gate
    mark, told = state.get(_MARK), state.get(_NEWS)
    changes = changes_after(app.database, mark) if isinstance(mark, Mark) else ()
    if held := state.get(_HELD, False):
        # One's own are on the page that stands still already: that is where they were made.
        changes = tuple(one for one in changes if one.actor != actor.email)
    now = datetime.now(UTC)
    if changes and not (told and told.newest == changes[0].id):
        state[_NEWS] = told = _News(_sentence(app.database, changes, actor=actor), now, changes[0].id)
    if changes and not held:
        _draw_anew()
    if not told or (now - told.at >= _TOLD_FOR and not changes):
        if fills:
            st.space("stretch")
        return
    minutes = int((now - told.at).total_seconds() // 60)
    ago = "just now" if not minutes else f"{minutes} minute{'' if minutes == 1 else 's'} ago"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/sync: {quoted(told.text)} {ago}", width="content")
        if changes and st.button("Show", key="live_show"):
            _draw_anew()


def _draw_anew() -> None:
    st.session_state.update(st.session_state.get(_KEPT, {}))
    st.rerun()


def _sentence(database: Database, changes: Sequence[AuditEntry], *, actor: Actor) -> str:
    """``Paula moved 4 vehicles``, by name of those who changed something last."""
    by_person: dict[str, list[AuditEntry]] = {}
    for change in changes:
        by_person.setdefault(change.actor, []).append(change)
    known = names_of_people(database, frozenset(by_person))
    names = names_in(database, changes)
    said = [
        f"{'You' if email == actor.email else known.get(email, email)} {in_short(own, names)}"
        for email, own in list(by_person.items())[:_PEOPLE_TOLD]
    ]
    others = len(by_person) - _PEOPLE_TOLD
    if others > 0:
        said.append(f"{others} other{'' if others == 1 else 's'} changed something, too")
    return "; ".join(said)
