"""Opens one dyno's figure into the days, allocations and maintenance windows behind it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.errors import NotFound
from dyno_core.period import Period
from dyno_core.reports.days import CountedTest, DayState, DynoFacts, day_sets, off_days, states
from dyno_core.reports.figures import UtilizationRow, check_window, row_of
from dyno_core.reports.utilization import COUNTS


@dataclass(frozen=True, slots=True)
class DayBehind:
    """A day of the window: what it is to the capacity, and which allocations book it."""

    day: date
    state: DayState
    allocations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AllocationBehind:
    """An allocation that the figure counts; ``days`` of it lie in the window."""

    id: int
    vehicle: str
    test_type: str
    period: Period
    status: str
    disputed: bool
    days: int


@dataclass(frozen=True, slots=True)
class WindowBehind:
    """A maintenance window that the figure counts; ``days`` of it lie in the window."""

    id: int
    category: str
    reason: str
    period: Period
    days: int


@dataclass(frozen=True, slots=True)
class DrillDown:
    figures: UtilizationRow
    days: tuple[DayBehind, ...]
    allocations: tuple[AllocationBehind, ...]
    windows: tuple[WindowBehind, ...]


_COUNTED: Final = f"""
SELECT a.id, a.kind, a.start_date, a.end_date, a.status, a.disputed, a.test_type,
       coalesce(v.tag, v.vin, 'vehicle ' || a.vehicle_id) AS vehicle,
       coalesce(m.category, 'other') AS category, coalesce(m.reason, '') AS reason
FROM allocations a
LEFT JOIN vehicles v ON v.id = a.vehicle_id
LEFT JOIN maintenance m ON m.allocation_id = a.id
WHERE a.dyno_id = :dyno AND {COUNTS} AND a.start_date <= :last AND a.end_date >= :first
ORDER BY a.start_date, a.id"""


def drill_down(database: Database, dyno_id: int, *, window: Period, include_weekends: bool = True) -> DrillDown:
    """What is behind the figures of one dyno in ``window``; they equal its row of the report.

    Raises `NotFound` for a dyno that does not exist and `InvalidInput` for more than three years.
    """
    check_window(window)
    with database.reading() as session:
        dyno = session.execute(
            text("SELECT id, name, facility FROM dynos WHERE id = :id"), {"id": dyno_id}
        ).one_or_none()
        if dyno is None:
            raise NotFound(f"There is no dyno with the number {dyno_id}; choose one from the list.", dyno_id=dyno_id)
        service = session.execute(
            text("SELECT start_date, end_date FROM service_periods WHERE dyno_id = :id"), {"id": dyno_id}
        ).all()
        counted = session.execute(text(_COUNTED), {"dyno": dyno_id, "first": window.start, "last": window.end}).all()
        holidays = _holidays(session, window)
    tests = [row for row in counted if row.kind == "test"]
    windows = [row for row in counted if row.kind == "maintenance"]
    facts = DynoFacts(
        id=dyno.id,
        name=dyno.name,
        facility=dyno.facility,
        service=tuple((row.start_date, row.end_date) for row in service),
        maintenance=tuple(_period(row) for row in windows),
        tests=tuple(CountedTest(_period(row), row.test_type) for row in tests),
    )
    sets = day_sets(facts, window, off_days(window, holidays=holidays, include_weekends=include_weekends))
    every = states(facts, window, holidays=holidays, include_weekends=include_weekends)
    return DrillDown(
        figures=row_of(sets.figures(), key=dyno.name, dyno_id=dyno.id, facility=dyno.facility, period=window),
        days=tuple(
            DayBehind(day, state, tuple(row.id for row in tests if _period(row).contains(day)))
            for day, state in every.items()
        ),
        allocations=tuple(_allocation(row, window) for row in tests),
        windows=tuple(
            WindowBehind(row.id, row.category, row.reason, _period(row), _days_in(row, window)) for row in windows
        ),
    )


def _holidays(session: Session, window: Period) -> dict[date, str]:
    rows = session.execute(
        text("SELECT day, name FROM holidays WHERE day BETWEEN :first AND :last"),
        {"first": window.start, "last": window.end},
    )
    return {row.day: row.name for row in rows}


def _period(row: Row[Any]) -> Period:
    return Period(row.start_date, row.end_date)


def _days_in(row: Row[Any], window: Period) -> int:
    inside = _period(row).clip(window)
    return inside.days if inside else 0


def _allocation(row: Row[Any], window: Period) -> AllocationBehind:
    return AllocationBehind(
        id=row.id,
        vehicle=row.vehicle,
        test_type=row.test_type,
        period=_period(row),
        status=row.status,
        disputed=row.disputed,
        days=_days_in(row, window),
    )
