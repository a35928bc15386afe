"""Every vehicle with a chain in brief, for lists that show the legs of a few at a time. One query, however many."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from dyno_core.booking.lateness import is_delayed_in_sql, is_late_in_sql
from dyno_core.database.engine import Database
from dyno_core.period import Period

_IN_BRIEF: Final = text(f"""
    WITH wanted AS MATERIALIZED (
      SELECT vehicle_id FROM allocations WHERE kind = 'test' AND status <> 'cancelled'
             AND start_date <= :last AND end_date >= :first
      UNION SELECT vehicle_id FROM requests WHERE status = 'open' AND start_date <= :last AND end_date >= :first),
    legs AS (
      SELECT a.vehicle_id, a.start_date, a.end_date, a.test_type, a.status, {is_late_in_sql()} AS late,
             a.status <> 'completed' AND {is_delayed_in_sql()} AS delayed
      FROM allocations a
      WHERE a.kind = 'test' AND a.status <> 'cancelled' AND a.vehicle_id IN (SELECT vehicle_id FROM wanted)
      UNION ALL
      SELECT r.vehicle_id, r.start_date, r.end_date, r.test_type, 'waiting', false, false
      FROM requests r WHERE r.status = 'open' AND r.vehicle_id IN (SELECT vehicle_id FROM wanted))
    SELECT v.id AS vehicle_id, coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS vehicle, v.vin, v.program,
           array_agg(DISTINCT l.test_type) AS tests, count(*) AS legs,
           count(*) FILTER (WHERE l.status = 'in_progress') AS running,
           count(*) FILTER (WHERE l.late) AS late, count(*) FILTER (WHERE l.delayed) AS delayed,
           bool_or(l.status = 'completed' AND l.end_date < :today)
             AND bool_or(l.status IN ('scheduled', 'tentative', 'waiting'))
             AND NOT bool_or(l.status = 'in_progress') AS travelling
    FROM legs l JOIN vehicles v ON v.id = l.vehicle_id
    GROUP BY v.id ORDER BY min(l.start_date), coalesce(v.tag, v.vin, 'vehicle ' || v.id) COLLATE "C", v.id""")


@dataclass(frozen=True, slots=True)
class ChainInBrief:
    """``legs``: how many, also those outside the days asked for; ``running``, ``late``, ``delayed`` (and not over): how
    many of these. ``travelling``: whether it is between two of them today.
    """

    vehicle_id: int
    vehicle: str
    vin: str | None
    program: str | None
    tests: tuple[str, ...]
    legs: int
    running: int
    late: int
    delayed: int
    travelling: bool


def chains_in_brief(database: Database, *, period: Period, today: date) -> tuple[ChainInBrief, ...]:
    """Every vehicle that has a leg in ``period``, by the first day of its chain."""
    with database.reading() as session:
        rows = session.execute(_IN_BRIEF, {"first": period.start, "last": period.end, "today": today})
        return tuple(ChainInBrief(**{**row._mapping, "tests": tuple(row.tests)}) for row in rows)  # noqa: SLF001
