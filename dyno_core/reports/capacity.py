"""Demand against capacity: what is booked, what waits without a dyno, what the dynos could take."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from dyno_core.database.engine import Database
from dyno_core.period import Period
from dyno_core.reports.figures import check_window, weeks_of
from dyno_core.reports.utilization import utilization


@dataclass(frozen=True, slots=True)
class WeekDemand:
    """Dyno-days of one ISO week. ``requested_days`` are the wished days of open requests that fall into it."""

    key: str
    period: Period
    capacity_days: int
    booked_days: int
    requested_days: int


@dataclass(frozen=True, slots=True)
class UnplacedDemand:
    """Open requests of one test type that wish for days in the window, and how many dynos can run it at all."""

    test_type: str
    label: str
    requests: int
    days: int
    dynos: int


_REQUESTED_PER_WEEK: Final = """
SELECT bucket,
       sum(least(r.end_date, borders[bucket + 1] - 1) - greatest(r.start_date, borders[bucket]) + 1) AS days
FROM requests r, (SELECT CAST(:borders AS date[]) AS borders) b,
     generate_series(width_bucket(greatest(r.start_date, CAST(:first AS date)), borders),
                     width_bucket(least(r.end_date, CAST(:last AS date)), borders)) bucket
WHERE r.status = 'open' AND r.start_date <= CAST(:last AS date) AND r.end_date >= CAST(:first AS date)
GROUP BY bucket"""

_UNPLACED: Final = """
SELECT t.name, t.label, count(*) AS requests,
       sum(least(r.end_date, CAST(:last AS date)) - greatest(r.start_date, CAST(:first AS date)) + 1) AS days,
       (SELECT count(*) FROM dynos d WHERE d.supported_test_types @> ARRAY[t.name] AND EXISTS (
          SELECT FROM service_periods s WHERE s.dyno_id = d.id AND s.start_date <= CAST(:last AS date)
          AND (s.end_date IS NULL OR s.end_date >= CAST(:first AS date)))) AS dynos
FROM requests r JOIN test_types t ON t.name = r.test_type
WHERE r.status = 'open' AND r.start_date <= CAST(:last AS date) AND r.end_date >= CAST(:first AS date)
GROUP BY t.name, t.label ORDER BY days DESC, t.name"""


def demand_by_week(
    database: Database, *, window: Period, include_weekends: bool = True, include_pools: bool = True
) -> tuple[WeekDemand, ...]:
    """One entry per ISO week of ``window``, in order. Raises `InvalidInput` for more than three years."""
    report = utilization(
        database, window=window, by="week", include_weekends=include_weekends, include_pools=include_pools
    )
    borders = [week.period.start for week in weeks_of(window)] + [window.end + timedelta(days=1)]
    with database.reading() as session:
        found = session.execute(
            text(_REQUESTED_PER_WEEK), {"borders": borders, "first": window.start, "last": window.end}
        ).all()
    requested = {row.bucket: int(row.days) for row in found}
    return tuple(
        WeekDemand(
            key=row.key,
            period=row.period or window,
            capacity_days=row.capacity_days,
            booked_days=row.booked_days,
            requested_days=requested.get(number, 0),
        )
        for number, row in enumerate(report.rows, start=1)
    )


def unplaced_demand(database: Database, *, window: Period) -> tuple[UnplacedDemand, ...]:
    """Open requests per test type, the most wished days first. Raises `InvalidInput` for more than three years."""
    check_window(window)
    with database.reading() as session:
        rows = session.execute(text(_UNPLACED), {"first": window.start, "last": window.end}).all()
    return tuple(UnplacedDemand(row.name, row.label, row.requests, int(row.days), row.dynos) for row in rows)
