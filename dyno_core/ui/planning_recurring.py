"""Maintenance that comes back, within the form for one window: how often, and what each of the windows hits."""

from datetime import date
from typing import Final

import streamlit as st

from dyno_core.database.engine import Database
from dyno_core.maintenance import Outage, Recurrence, preview_recurring
from dyno_core.maintenance.recurring import MOST_TIMES
from dyno_core.period import Period, say_day
from dyno_core.ui.columns import DAYS

_OFTEN: Final = {0: "Once", 1: "Every week", 2: "Every 2 weeks", 3: "Every 3 weeks", 4: "Every 4 weeks",
                 8: "Every 8 weeks", 13: "Every 13 weeks", 26: "Every 26 weeks"}  # fmt: skip


def choose_recurrence(first: Period, *, key: str) -> Recurrence | None:
    """None for a window that comes once."""
    left, right = st.columns(2)
    weeks = left.selectbox("Repeat", list(_OFTEN), format_func=_OFTEN.__getitem__, key=f"{key}_weeks")
    if not weeks:
        return None
    times = right.number_input("Times in all", 2, MOST_TIMES, 6, key=f"{key}_times")
    return Recurrence(first, every_weeks=int(weeks), times=int(times))


def told_recurring(database: Database, dyno: str, recurrence: Recurrence, *, today: date, key: str) -> bool:
    """Show each window with what it hits; whether that is to be displaced."""
    hits = preview_recurring(database, dyno=dyno, periods=recurrence.periods, today=today)
    st.dataframe(
        [
            {
                "First day": one.period.start,
                "Last day": one.period.end,
                "What it hits": ", ".join(each.what for each in one.allocations) or "nothing",
            }
            for one in hits
        ],
        hide_index=True,
        column_config=DAYS,
        height="content" if len(hits) <= 8 else 320,
    )
    standing = [each for one in hits for each in one.allocations]
    if any(each.kind == "maintenance" for each in standing):
        st.warning(f"{dyno} is in maintenance on some of these days already.", icon=":material/warning:")
    if any(each.kind == "test" for each in standing):
        return st.checkbox("Displace what is booked there", key=f"{key}_displace_all")
    return False


def said_of(outages: tuple[Outage, ...], recurrence: Recurrence) -> str:
    displaced = sum(len(one.displaced) for one in outages)
    first, last = outages[0].window, outages[-1].window
    said = f"{first.dyno} is in maintenance {recurrence}, from {say_day(first.start_date)} to {say_day(last.end_date)}."
    return f"{said} {displaced} displaced: see the conflicts." if displaced else said
