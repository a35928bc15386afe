"""How an allocation's days came to be what they are: planned, re-planned each time, and really run."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from dyno_core.database.engine import Database
from dyno_core.period import Period

_CHANGES: Final = text("""
    SELECT old_start_date, old_end_date, new_start_date, new_end_date, changed_by, changed_at, reason
    FROM allocation_dates WHERE allocation_id = :id ORDER BY id""")


@dataclass(frozen=True, slots=True)
class DatesChange:
    old: Period
    new: Period
    by: str
    at: datetime
    reason: str


def dates_history(database: Database, allocation_id: int) -> tuple[DatesChange, ...]:
    """Each time the days were changed, the first change first. Empty for days that stand as they were planned."""
    with database.reading() as session:
        return tuple(
            DatesChange(
                Period(row.old_start_date, row.old_end_date),
                Period(row.new_start_date, row.new_end_date),
                row.changed_by,
                row.changed_at,
                row.reason,
            )
            for row in session.execute(_CHANGES, {"id": allocation_id})
        )
