"""Weekly amounts: per ISO week and facility what is demanded, placed and can't be placed, against the capacity.

In dyno-days, first and last day included, clipped to the week and the window:

- ``placed_days``: the booked days of `figures`, on the dynos of the facility. A day counts once per dyno, however many
  vehicles dispute it.
- ``unplaced_days``: the wished days of open requests for the facility; of requests that name none, for `ANYWHERE`.
- ``demand_days``: both together.
- ``capacity_days``: as in `figures`, weekends included; nothing for `ANYWHERE`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlalchemy import text

from dyno_core.booking import list_allocations, list_requests
from dyno_core.database.engine import Database
from dyno_core.fleet.types import POOLS
from dyno_core.period import Period
from dyno_core.reports.figures import total, weeks_of
from dyno_core.reports.utilization import utilization_grid
from dyno_core.telemetry import track_performance

ANYWHERE: Final = "Anywhere"
"""Where requests stand that name no facility."""

_COUNTED: Final = ("scheduled", "in_progress", "completed")

_REQUESTED: Final = text("""
    SELECT bucket, r.facility,
           sum(least(r.end_date, borders[bucket + 1] - 1) - greatest(r.start_date, borders[bucket]) + 1) AS days
    FROM requests r, (SELECT CAST(:borders AS date[]) AS borders) b,
         generate_series(width_bucket(greatest(r.start_date, CAST(:first AS date)), borders),
                         width_bucket(least(r.end_date, CAST(:last AS date)), borders)) bucket
    WHERE r.status = 'open' AND r.start_date <= CAST(:last AS date) AND r.end_date >= CAST(:first AS date)
    GROUP BY bucket, r.facility""")


@dataclass(frozen=True, slots=True)
class WeekAmount:
    """Dyno-days of one ISO week; the module says what each figure means."""

    key: str
    period: Period
    capacity_days: int = 0
    placed_days: int = 0
    unplaced_days: int = 0

    @property
    def demand_days(self) -> int:
        return self.placed_days + self.unplaced_days

    def __add__(self, other: "WeekAmount") -> "WeekAmount":
        """Of the same week elsewhere."""
        return WeekAmount(
            self.key,
            self.period,
            self.capacity_days + other.capacity_days,
            self.placed_days + other.placed_days,
            self.unplaced_days + other.unplaced_days,
        )


@dataclass(frozen=True, slots=True)
class FacilityAmounts:
    """One entry per week of the window, in order, weeks without anything included. ``facility``: or a test type."""

    facility: str
    weeks: tuple[WeekAmount, ...]


@dataclass(frozen=True, slots=True)
class AmountBehind:
    """An allocation or an open request that a week's amount counts; ``days`` of it lie in the week.

    ``dyno`` is None for a request, ``why`` says why it has none.
    """

    id: int
    placed: bool
    facility: str
    dyno: str | None
    vehicle: str
    test_type: str
    leg: str | None
    period: Period
    days: int
    status: str
    why: str


@track_performance("reports", "weekly_amounts")
def weekly_amounts(
    database: Database, *, window: Period, facilities: Sequence[str] = (), include_pools: bool = True
) -> tuple[FacilityAmounts, ...]:
    """Each facility's weeks, by name, `ANYWHERE` last; ``facilities`` limits them, none means all.

    ``include_pools`` False leaves out the places of tracks and the requests for them. Raises `InvalidInput` for a
    window of more than three years.
    """
    weeks = weeks_of(window)
    grid = utilization_grid(database, window=window, include_pools=include_pools)
    cells = defaultdict(list)
    for row, line in zip(grid.dynos, grid.cells, strict=True):
        cells[row.facility or ""].append(line)
    asked = _requested(database, window, [week.period.start for week in weeks], known=cells)
    found = []
    for facility in sorted({*cells, *(name for name, _ in asked)}, key=lambda name: (name == ANYWHERE, name)):
        if not _wanted(facility, facilities, include_pools=include_pools):
            continue
        amounts = []
        for at, week in enumerate(weeks):
            figures = total(line[at] for line in cells.get(facility, ()))
            asked_days = asked.get((facility, at), 0)
            amounts.append(
                WeekAmount(week.key, week.period, figures.capacity_days, figures.booked_days, asked_days)
            )  # fmt: skip
        found.append(FacilityAmounts(facility, tuple(amounts)))
    return tuple(found)


@track_performance("reports", "weekly_amounts_by_test")
def weekly_amounts_by_test(
    database: Database, *, window: Period, facilities: Sequence[str] = (), include_pools: bool = True
) -> tuple[FacilityAmounts, ...]:
    """As `weekly_amounts`, of each test type, by name, without capacity: a dyno runs more than one.

    A day counts once per dyno and test type, so a day that two of them dispute counts for both.
    """
    weeks = weeks_of(window)
    placed: dict[tuple[str, int], set[tuple[str | None, int]]] = defaultdict(set)
    waiting: dict[tuple[str, int], int] = defaultdict(int)
    rows = behind_amounts(database, period=window, facilities=facilities, include_pools=include_pools)
    for row in rows:
        for at, week in enumerate(weeks):
            if (inside := row.period.clip(week.period)) is None:
                continue
            if row.placed:
                days = range(inside.start.toordinal(), inside.end.toordinal() + 1)
                placed[row.test_type, at] |= {(row.dyno, day) for day in days}
            else:
                waiting[row.test_type, at] += inside.days
    return tuple(
        FacilityAmounts(
            test,
            tuple(
                WeekAmount(week.key, week.period, 0, len(placed[test, at]), waiting[test, at])
                for at, week in enumerate(weeks)
            ),
        )
        for test in sorted({row.test_type for row in rows})
    )


def all_facilities(amounts: Iterable[FacilityAmounts], *, called: str) -> FacilityAmounts:
    """The sum of some facilities, week by week, which must be the same weeks."""
    lines = zip(*(one.weeks for one in amounts), strict=True)
    return FacilityAmounts(called, tuple(sum(line[1:], start=line[0]) for line in lines))


def behind_amounts(
    database: Database, *, period: Period, facilities: Sequence[str] = (), include_pools: bool = True
) -> tuple[AmountBehind, ...]:
    """What the amounts of a week count, allocations first, each by facility, dyno and first day."""
    placed = [
        AmountBehind(
            id=one.id, placed=True, facility=one.facility, dyno=one.dyno, vehicle=one.vehicle,
            test_type=one.test_type or "", leg=one.leg, period=one.period, days=_days_in(one.period, period),
            status=f"{one.status}, disputed" if one.disputed else one.status, why="",
        )
        for one in list_allocations(database, period=period, statuses=_COUNTED)
    ]  # fmt: skip
    known = {one.facility for one in placed} | set(facilities)
    waiting = [
        AmountBehind(
            id=one.id, placed=False, facility=_place(one.facility, known), dyno=None, vehicle=one.vehicle,
            test_type=one.test_type, leg=one.leg, period=one.period, days=_days_in(one.period, period),
            status=one.status, why=one.reason,
        )
        for one in list_requests(database, period=period)
    ]  # fmt: skip
    rows = (row for row in (*placed, *waiting) if _wanted(row.facility, facilities, include_pools=include_pools))
    return tuple(sorted(rows, key=lambda row: (not row.placed, row.facility, row.dyno or "", row.period, row.id)))


def _requested(
    database: Database, window: Period, starts: Sequence[date], *, known: Iterable[str]
) -> dict[tuple[str, int], int]:
    """(facility, number of the week from 0) → wished days."""
    values = {"borders": [*starts, window.end + timedelta(days=1)], "first": window.start, "last": window.end}
    with database.reading() as session:
        rows = session.execute(_REQUESTED, values).all()
    names = set(known)
    days: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows:
        days[_place(row.facility, names), row.bucket - 1] += int(row.days)
    return dict(days)


def _place(facility: str | None, known: Iterable[str]) -> str:
    """A request's facility as the dynos' is spelled: a workbook may write it otherwise."""
    told = (facility or "").strip()
    return next((name for name in known if name.casefold() == told.casefold()), told or ANYWHERE)


def _wanted(facility: str, facilities: Sequence[str], *, include_pools: bool) -> bool:
    return (not facilities or facility in facilities) and (include_pools or facility not in POOLS)


def _days_in(period: Period, week: Period) -> int:
    inside = period.clip(week)
    return inside.days if inside else 0
