"""Maintenance that comes back, within the form for one window: how often, and what each of the windows hits."""

from datetime import date
from typing import Final

import streamlit as st

from dyno_core.booking import Allocation
from dyno_core.database.engine import Database
from dyno_core.maintenance import Recurrence, preview_recurring
from dyno_core.maintenance.recurring import MOST_TIMES
from dyno_core.period import Period
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


def told_recurring(database: Database, dyno: str, recurrence: Recurrence, *, today: date) -> tuple[Allocation, ...]:
    """Show each window with what it hits; all that is hit, once each."""
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
    return tuple({each.id: each for one in hits for each in one.allocations}.values())
