"""What is late, and by how much. Pure, but for the one query that lists it.

Derived from an allocation's dates and today, never stored: a flag would be stale the next morning. The rule stands here
and nowhere else: `lateness` in Python, and the same in SQL for queries over many; a test holds both to the same.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from dyno_core.booking.sql import ALLOCATION_COLUMNS, ALLOCATION_TABLES, allocation_from
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.period import Period, say_day, say_days

_DUE: Final = {"scheduled": "start_date", "in_progress": "end_date"}
"""Status → the day by which something has to happen: a planned test begins, a running one ends."""


def is_late_in_sql(*, today: str = "CAST(:today AS date)", row: str = "a.") -> str:
    """`Lateness.is_late` as a condition on a row of allocations. ``today``: an expression of type date."""
    due = (f"{row}status = '{status}' AND {row}{day} < {today}" for status, day in _DUE.items())
    return f"({' OR '.join(due)})"


def slip_in_sql(*, today: str = "CAST(:today AS date)", row: str = "a.") -> str:
    """`Lateness.slip` as an expression over a row of allocations."""
    start, end = f"{row}start_date", f"{row}end_date"
    first, last = f"{row}planned_start_date", f"{row}planned_end_date"
    return f"""(CASE WHEN {row}status = 'cancelled' OR {first} IS NULL OR {last} IS NULL THEN 0 ELSE
        (CASE WHEN {row}status = 'scheduled' AND {start} < {today} AND NOT {row}end_fixed
              THEN {end} + ({today} - {start})
              WHEN {is_late_in_sql(today=today, row=row)} THEN greatest({today}, {end}) ELSE {end} END)
        - greatest({first}, {last}) END)"""


def is_delayed_in_sql(*, today: str = "CAST(:today AS date)", row: str = "a.") -> str:
    """`Lateness.is_delayed` as a condition on a row of allocations."""
    return f"({is_late_in_sql(today=today, row=row)} OR {slip_in_sql(today=today, row=row)} > 0)"


_LATE: Final = text(f"""
    SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES}
    WHERE a.kind = 'test' AND {is_late_in_sql()} ORDER BY a.start_date, a.id""")


@dataclass(frozen=True, slots=True)
class Lateness:
    """``overdue_start``: days since the first day of a test that has not begun. ``overdue_end``: days since the last
    day of one that still runs. ``slip``: days by which its end, as it is to be expected today, lies behind the end
    that was planned first; negative when it is sooner, 0 where no first plan is known.
    """

    overdue_start: int
    overdue_end: int
    slip: int
    expected: Period
    planned: Period | None

    @property
    def is_late(self) -> bool:
        """Something should have happened by today and has not: somebody has to act."""
        return self.overdue_start > 0 or self.overdue_end > 0

    @property
    def is_delayed(self) -> bool:
        return self.is_late or self.slip > 0

    @property
    def sentence(self) -> str:
        """Empty when nothing is to be said."""
        parts = []
        if self.overdue_start:
            parts.append(f"should have started {say_days(self.overdue_start)} ago")
        if self.overdue_end:
            parts.append(f"should have ended {say_days(self.overdue_end)} ago")
        if self.slip > 0 and self.planned is not None:
            parts.append(f"{say_days(self.slip)} behind its first plan (to end {say_day(self.planned.end)})")
        return "; ".join(parts)


def lateness(allocation: Allocation, *, today: date) -> Lateness:
    """How an allocation stands to its plan.

    - **Late**: scheduled, and its first day was before today; or in progress, and its last day was before today. A
      tentative, completed or cancelled allocation is never late: nothing has to happen.
    - **Expected** days: as they stand; but a late start can be today at the soonest and then takes as long as planned
      (a last day fixed by hand stays), and what still runs ends today at the soonest.
    - **Delayed**: late, or the expected end is behind the end planned first. First planned, re-planned and actual days
      all count: an allocation's days are its actual ones where it has any, else the re-planned, else the planned ones.
    """
    period = allocation.period
    due = _DUE.get(allocation.status)
    overdue = max(0, (today - (period.start if due == "start_date" else period.end)).days) if due else 0
    late_start, late_end = (overdue, 0) if due == "start_date" else (0, overdue)
    expected = period
    if late_start:
        pushed = period.shifted(late_start)
        expected = Period(today, max(today, period.end if allocation.end_fixed else pushed.end))
    elif late_end:
        expected = Period(period.start, today)
    planned = first_plan(allocation)
    over = allocation.status == "cancelled" or planned is None
    slip = 0 if over or planned is None else (expected.end - planned.end).days
    return Lateness(late_start, late_end, slip, expected, planned)


def first_plan(allocation: Allocation) -> Period | None:
    """The days that were planned first; imported plans may hold an end before the start, which counts as one day."""
    start, end = allocation.planned_start_date, allocation.planned_end_date
    return None if start is None or end is None else Period(start, max(start, end))


def list_late(database: Database, *, today: date) -> tuple[Allocation, ...]:
    """Every allocation that is late (`lateness`), by its first day."""
    with database.reading() as session:
        return tuple(allocation_from(row) for row in session.execute(_LATE, {"today": today}))
