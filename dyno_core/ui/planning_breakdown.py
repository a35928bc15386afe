"""Reporting a breakdown: what it hits, the best other place of each, and one click for all of it.

For the calendar's dialog and for the Fleet page.
"""

from datetime import date, timedelta
from typing import Final

import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import list_dynos
from dyno_core.maintenance import list_windows
from dyno_core.period import Period
from dyno_core.planning import Deed, report_breakdown, undo_deed
from dyno_core.ui.last_change import LAST_CHANGE
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.planning_rescues import Unseen, and_move, choose_rescues, is_as_drawn, look_anew, seen_rescues
from dyno_core.ui.quoting import quoted
from dyno_core.ui.shift_form import Bench

_FRIDAY: Final = 4


def friday_from(day: date) -> date:
    """The Friday of this week, or of the next one at the weekend."""
    return day + timedelta(days=(_FRIDAY - day.weekday()) % 7)


def breakdown_form(database: Database, origin: Origin, *, today: date, key: str, dyno: str | None = None) -> str | None:
    """Fields for a breakdown from today until Friday unless told. The sentence that tells it once reported, else None.

    Raises what `report_breakdown` raises, and `InvalidInput` while a day is missing.
    """
    dynos = {one.name: one.id for one in list_dynos(database, today=today)}
    if not dynos:
        st.caption("There are no dynos yet; add one on the Fleet page.")
        return None
    left, middle, right = st.columns(3)
    name = left.selectbox(
        "Dyno that is down", list(dynos), index=list(dynos).index(dyno) if dyno in dynos else 0, key=f"{key}_dyno"
    )
    first = chosen_day(middle.date_input("From", today, key=f"{key}_first"))
    last = chosen_day(right.date_input("Until", friday_from(today), key=f"{key}_last"))
    if last < first:
        raise InvalidInput("The last day lies before the first day; choose a last day on or after it.")
    rescues = seen_rescues(database, str(name), Period(first, last), today=today, key=key)
    as_drawn = is_as_drawn((), rescues, key=key)
    if not rescues:
        _nothing_hit(database, dynos[str(name)], Period(first, last))
    ticked = choose_rescues(
        rescues, otherwise="What is not moved becomes disputed and needs another place.",
        key=f"{key}_{name}_{first}_{last}",
    )  # fmt: skip
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("What broke", key=f"{key}_reason", placeholder="Roller belt, for example", max_chars=500)
        sent = st.form_submit_button(quoted(f"Report {name} down{and_move(ticked)}"), type="primary", key=f"{key}_send")
    if not sent:
        return None
    if not as_drawn:
        raise Unseen(dyno=str(name))
    look_anew(key)
    done = report_breakdown(
        database, origin, dyno=str(name), period=Period(first, last), today=today, reason=reason.strip(),
        rescues=ticked,
    )  # fmt: skip
    st.session_state[LAST_CHANGE] = done.deed
    return done.sentence


def _nothing_hit(database: Database, dyno_id: int, period: Period) -> None:
    windows = list_windows(database, period=period, dyno_id=dyno_id)
    if not windows:
        st.success("Nothing is booked there on these days.", icon=":material/check_circle:")
        return
    when = " and ".join(str(one.period) for one in windows)
    st.info(f"No test is booked there on these days; it is in maintenance already for {when}.", icon=":material/build:")


def undo_outage(bench: Bench, *, is_short: bool = False) -> str | None:
    """A button that takes back the last breakdown that was reported here, with all that it moved; what was done, once
    it is.

    ``is_short``: it only says “Undo”, and the rest when asked, where there is no room.
    """
    deed = st.session_state.get(LAST_CHANGE)
    if not isinstance(deed, Deed):
        return None
    label = f"Undo the {kind_of(deed)} of {quoted(deed.windows[0].dyno)}"
    if not st.button(
        "Undo" if is_short else label, icon=":material/undo:", key="outage_undo", help=label if is_short else None
    ):
        return None
    return take_outage_back(bench.database, bench.origin, deed, today=bench.today)


def take_outage_back(database: Database, origin: Origin, deed: Deed, *, today: date) -> str:
    """What was done, in a sentence. Raises what `undo_deed` raises."""
    # Also when it is refused: what was changed since can't be taken back from here.
    if isinstance(st.session_state.get(LAST_CHANGE), Deed):
        del st.session_state[LAST_CHANGE]
    undo_deed(database, origin, deed, today=today)
    said = f"Taken back: the {kind_of(deed)} of {deed.windows[0].dyno} is off the plan"
    if len(deed.before) == 1:
        one = deed.before[0]
        return f"{said}, and {one.what} stands on {one.dyno} for {one.period} as before."
    return f"{said}, and {len(deed.before)} tests stand where they stood before." if deed.before else f"{said}."


def kind_of(deed: Deed) -> str:
    return "breakdown" if deed.windows[0].category == "breakdown" else "maintenance"
