"""The forms for maintenance windows, for the calendar's dialogs and for the Fleet page.

Their days are in no Streamlit form: what a window hits is told while it is filled in, before anything is stored. What
is only typed goes with the button, in a form with it.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation, list_allocations
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import list_dynos
from dyno_core.maintenance import (
    CATEGORIES,
    MaintenanceWindow,
    cancel_maintenance,
    end_maintenance,
    series_from,
)
from dyno_core.period import Period
from dyno_core.planning import Rescue, take_out
from dyno_core.ui.columns import DAYS
from dyno_core.ui.fleet_desk import save_pressed
from dyno_core.ui.last_change import LAST_CHANGE
from dyno_core.ui.maintenance_series import series_form
from dyno_core.ui.planning_recurring import choose_recurrence, told_recurring
from dyno_core.ui.planning_rescues import Unseen, and_move, is_as_drawn, look_anew, make_room, seen_rescues
from dyno_core.ui.quoting import quoted

BREAKDOWN = "breakdown"


def plan_form(database: Database, origin: Origin, *, today: date, key: str) -> str | None:
    """Fields for a new window. The sentence that tells it once it is planned, else None.

    Raises what `take_out` raises, and `InvalidInput` while a day or the reason is missing.
    """
    dynos = {one.name: one.id for one in list_dynos(database, today=today)}
    dyno = st.selectbox("Dyno", list(dynos), key=f"{key}_dyno")
    left, right = st.columns(2)
    first = left.date_input("First day", value=today, key=f"{key}_first")
    last = right.date_input("Last day", value=today + timedelta(days=4), key=f"{key}_last")
    category = st.selectbox("Kind", CATEGORIES, format_func=str.capitalize, key=f"{key}_category")
    if dyno is None:
        st.caption("There are no dynos yet; add one on the Fleet page.")
        return None
    period = _period(chosen_day(first), chosen_day(last))
    recurrence = choose_recurrence(period, key=key)
    if recurrence:
        hits = told_recurring(database, dyno, recurrence, today=today)
    else:
        hits = _hits(database, dynos[dyno], period)
    displace, rescues, ticked = False, tuple[Rescue, ...](), list[Rescue]()
    standing = [one for one in hits if one.kind == "maintenance"]
    if standing:
        days = " and ".join(str(one.period) for one in standing)
        st.warning(
            f"{dyno} is in maintenance already for {days}, so nothing can be planned over it; change that window on "
            "the Fleet page, or choose other days.",
            icon=":material/warning:",
        )
    elif hits:
        rescues = seen_rescues(database, dyno, period, today=today, key=key, recurrence=recurrence, hits=hits)
        displace, ticked = make_room(
            rescues, always=category == BREAKDOWN, table=f"{key}_{dyno}_{period}_{recurrence}", key=key
        )
    as_drawn = is_as_drawn(hits, rescues, key=key)
    with st.form(f"{key}_form", border=False):
        reason = st.text_input(
            "Reason (required)", key=f"{key}_reason", placeholder="What is done, or what broke", max_chars=500
        )
        sent = st.form_submit_button(
            quoted(f"Plan{and_move(ticked)}"), type="primary", key=f"{key}_send", disabled=bool(standing)
        )
    if not sent:
        return None
    if not reason.strip():
        raise InvalidInput(
            f"Say why {dyno} is taken out, “belt change” for example: people who find it taken will read it. "
            "Nothing was planned yet.",
            field="reason",
        )
    if not as_drawn:
        raise Unseen(dyno=dyno)
    look_anew(key)
    done = take_out(
        database, origin, dyno=dyno, period=period, recurrence=recurrence, category=category, today=today,
        reason=reason.strip(), displace=displace or category == BREAKDOWN, rescues=ticked,
    )  # fmt: skip
    st.session_state[LAST_CHANGE] = done.deed
    return done.sentence


def change_form(database: Database, origin: Origin, window: MaintenanceWindow, *, today: date) -> str | None:
    """Another last day, or no window at all, of it alone or of all that come back after it. The sentence that tells
    the change, else None.

    Raises what `end_maintenance`, `cancel_maintenance`, `change_series` and `cancel_series` raise, and `InvalidInput`
    while a day is missing.
    """
    later = series_from(database, window.id) if window.end_date >= today else ()
    if len(later) > 1:
        what = ("This one only", f"This and the {len(later) - 1} after it")
        chosen = st.segmented_control(
            f"It comes back {window.recurrence}. Change", what, default=what[0], required=True,
            key=f"window_series_{window.id}",
        )  # fmt: skip
        if chosen == what[1]:
            return series_form(database, origin, later, today=today)
    period = window.period
    last = chosen_day(
        st.date_input("Last day", value=period.end, min_value=period.start, key=f"window_last_{window.id}")
    )
    if last > period.end:
        longer = Period(period.end + timedelta(days=1), last)
        hits = _hits(database, window.dyno_id, longer)
        if hits and window.category != BREAKDOWN:
            st.warning("The longer window runs over what is booked there; move that first.", icon=":material/warning:")
        elif hits:
            st.warning("The longer breakdown displaces what is booked there:", icon=":material/warning:")
        _table(hits)
    with st.container(horizontal=True):
        change = save_pressed(
            "Change the last day",
            key="window_change",
            record=window.id,
            version=window.version,
            what=f"The maintenance window of {window.dyno}",
        )
        drop = save_pressed(
            "Cancel the window",
            key="window_cancel",
            record=window.id,
            version=window.version,
            what=f"The maintenance window of {window.dyno}",
            kind="secondary",
        )
    if change:
        window = end_maintenance(database, origin, window.id, last_day=last, version=window.version)
        return f"{window.dyno} is in maintenance for {window.period} now."
    if drop:
        window = cancel_maintenance(database, origin, window.id, version=window.version)
        return f"The maintenance of {window.dyno} for {window.period} is cancelled."
    return None


def chosen_day(value: object) -> date:
    """The chosen day. Raises `InvalidInput` while the field is empty."""
    if not isinstance(value, date):
        raise InvalidInput("A day is missing; choose one.")
    return value


def _period(first: date, last: date) -> Period:
    if last < first:
        raise InvalidInput(
            "The last day lies before the first day, so nothing can be planned; choose a last day on or after it."
        )
    return Period(first, last)


def _hits(database: Database, dyno_id: int, period: Period) -> tuple[Allocation, ...]:
    """What holds the dyno on some of these days."""
    found = list_allocations(database, dyno_id=dyno_id, period=period, kind=None)
    return tuple(one for one in found if one.status not in ("cancelled", "tentative") and not one.disputed)


def _table(hits: Sequence[Allocation]) -> None:
    if hits:
        st.dataframe(
            [
                {"Number": one.id, "What": one.what, "First day": one.start_date, "Last day": one.end_date}
                for one in hits
            ],
            hide_index=True,
            column_config=DAYS,
            height="content" if len(hits) <= 8 else 320,
        )
