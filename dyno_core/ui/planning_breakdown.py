"""Reporting a breakdown: what it hits, the best other place of each, and one click for all of it.

For the calendar's dialog and for the Fleet page.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import pandas as pd
import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import list_dynos
from dyno_core.period import Period, say_days
from dyno_core.planning import Deed, Rescue, last_outage, report_breakdown, rescue_plan, undo_deed
from dyno_core.ui.columns import DAYS, WRAPPED
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.planning_tolerance import choose_tolerance
from dyno_core.ui.quoting import quoted
from dyno_core.ui.shift_form import LAST_CHANGE, Bench

_FRIDAY: Final = 4


def friday_from(day: date) -> date:
    """The Friday of this week, or of the next one at the weekend."""
    return day + timedelta(days=(_FRIDAY - day.weekday()) % 7)


def breakdown_form(database: Database, origin: Origin, *, today: date, key: str, dyno: str | None = None) -> str | None:
    """Fields for a breakdown from today until Friday unless told. The sentence that tells it once reported, else None.

    Raises what `report_breakdown` raises, and `InvalidInput` while a day is missing.
    """
    dynos = [one.name for one in list_dynos(database, today=today)]
    if not dynos:
        st.caption("There are no dynos yet; add one on the Fleet page.")
        return None
    left, middle, right = st.columns(3)
    name = left.selectbox(
        "Dyno that is down", dynos, index=dynos.index(dyno) if dyno in dynos else 0, key=f"{key}_dyno"
    )
    first = chosen_day(middle.date_input("From", today, key=f"{key}_first"))
    last = chosen_day(right.date_input("Until", friday_from(today), key=f"{key}_last"))
    if last < first:
        raise InvalidInput("The last day lies before the first day; choose a last day on or after it.")
    rescues = _seen(database, str(name), Period(first, last), today=today, key=key)
    ticked = _preview(rescues, key=f"{key}_{name}_{first}_{last}")
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("What broke", key=f"{key}_reason", placeholder="Roller belt, for example", max_chars=500)
        sent = st.form_submit_button(quoted(f"Report {name} down{_moving(ticked)}"), type="primary", key=f"{key}_send")
    if not sent:
        return None
    st.session_state.pop(f"{key}_seen", None)  # whatever comes of it, the next look is at the plan as it is then
    done = report_breakdown(
        database, origin, dyno=str(name), period=Period(first, last), today=today, reason=reason.strip(),
        rescues=ticked,
    )  # fmt: skip
    st.session_state[LAST_CHANGE] = last_outage(database, origin.actor, today=today)
    return done.sentence


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


def _seen(database: Database, dyno: str, period: Period, *, today: date, key: str) -> tuple[Rescue, ...]:
    """The places as they were drawn: what is applied is what was looked at, not what a click finds by then."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tolerance = choose_tolerance(key, label="What it hits may start later by (days)", value=14)
        if st.button("Look again", key=f"{key}_again", icon=":material/refresh:"):
            st.session_state.pop(f"{key}_seen", None)
    wish = (dyno, period, tolerance)
    wished, rescues = st.session_state.get(f"{key}_seen", (None, ()))
    if wished != wish:
        rescues = rescue_plan(database, dyno=dyno, period=period, today=today, tolerance=tolerance)
        st.session_state[f"{key}_seen"] = (wish, rescues)
    found: tuple[Rescue, ...] = rescues
    return found


def _preview(rescues: Sequence[Rescue], *, key: str) -> list[Rescue]:
    """What is hit, and where it could go; the ticked ones."""
    if not rescues:
        st.success("Nothing is booked there on these days.", icon=":material/check_circle:")
        return []
    fits = [one for one in rescues if one.proposal.place]
    st.warning(
        f"{_hit(len(rescues), len(fits))} What is not moved becomes disputed and needs another place.",
        icon=":material/warning:",
    )
    frame = pd.DataFrame(
        {
            "Move": [one.proposal.place is not None for one in rescues],
            "Vehicle": [one.allocation.what for one in rescues],
            "First day": [one.allocation.start_date for one in rescues],
            "Last day": [one.allocation.end_date for one in rescues],
            "Goes to": [_said(one) for one in rescues],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        key=f"{key}_moves",
        disabled=[name for name in frame.columns if name != "Move"],
        row_height=WRAPPED,
        height=min(38 + WRAPPED * len(rescues), 330),
        column_config={
            **DAYS,
            "Move": st.column_config.CheckboxColumn(width=60),
            "Goes to": st.column_config.TextColumn(width=300),
        },
    )
    return [one for one, tick in zip(rescues, edited["Move"], strict=True) if tick and one.proposal.place]


def _hit(count: int, fits: int) -> str:
    if count == 1:
        return f"This hits 1 test, which {'can go elsewhere' if fits else 'finds no other place'}."
    return f"This hits {count} tests; {'all' if fits == count else fits or 'none'} of them can go elsewhere."


def _moving(ticked: Sequence[Rescue]) -> str:
    """For the button, other days included."""
    slips = [one.proposal.place.slipped for one in ticked if one.proposal.place and one.proposal.place.slipped]
    moved = f" and move {len(ticked)}" if ticked else ""
    if not slips:
        return moved
    if len(ticked) == 1:
        return f"{moved}, {say_days(slips[0])} later"
    return f"{moved}, {'all' if len(slips) == len(ticked) else f'{len(slips)} of them'} later"


def _said(rescue: Rescue) -> str:
    place = rescue.proposal.place
    if place is None:
        return rescue.proposal.sentence
    slip = "on its days" if place.slipped == 0 else f"{place.period}, {say_days(place.slipped)} later"
    return f"{place.dyno} ({place.facility}), {slip}"
