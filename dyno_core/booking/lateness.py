"""What is late, and by how much. Pure, but for the one query that lists it.

Derived from an allocation's dates and today, never stored: a flag would be stale the next morning.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from dyno_core.booking.sql import ALLOCATION_COLUMNS, ALLOCATION_TABLES, allocation_from
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.period import Period, say_day, say_days

_LATE: Final = text(f"""
    SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES}
    WHERE a.kind = 'test' AND (a.status = 'scheduled' AND a.start_date < :today
                               OR a.status = 'in_progress' AND a.end_date < :today)
    ORDER BY a.start_date, a.id""")


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
    late_start = max(0, (today - period.start).days) if allocation.status == "scheduled" else 0
    late_end = max(0, (today - period.end).days) if allocation.status == "in_progress" else 0
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
