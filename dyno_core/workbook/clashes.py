"""Who stands in whose way: double bookings, one vehicle in two places, and what must wait for a decision. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from dyno_core.period import Period
from dyno_core.workbook.plan import DoubleBooking, PlanRow, PlanWindow, VehicleOverlap
from dyno_core.workbook.taken import TakenDays

MOST_PAIRS: Final = 10_000
"""A file with more is broken as a whole: thousands of rows on one day make millions of pairs."""

_UNDER_WAY: Final = ("in_progress", "completed")


@dataclass(frozen=True, slots=True)
class Occupied:
    """Something outside the file that keeps its place: a stored allocation or window."""

    period: Period
    dyno: str | None = None
    vehicle_key: str | None = None


def double_bookings(rows: Iterable[PlanRow]) -> tuple[DoubleBooking, ...]:
    """Each pair of rows on one dyno with shared days, by their rows; at most `MOST_PAIRS`."""
    by_dyno: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        if row.takes_part and row.dyno is not None:
            by_dyno[row.dyno].append(row)
    return tuple(
        DoubleBooking(dyno, first.row, second.row, shared.start, shared.end)
        for dyno, first, second, shared in _pairs(by_dyno)
    )


def vehicle_overlaps(rows: Iterable[PlanRow]) -> tuple[VehicleOverlap, ...]:
    """Each pair of rows of one vehicle with shared days, with a dyno or without, rejected ones included."""
    by_vehicle: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        if row.takes_part:
            by_vehicle[row.vehicle_key].append(row)
    return tuple(
        VehicleOverlap(
            first.vehicle.tag or first.vehicle.vin or second.vehicle.vin or key,
            first.row,
            second.row,
            shared.start,
            shared.end,
        )
        for key, first, second, shared in _pairs(by_vehicle)
    )


_Pair = tuple[str, PlanRow, PlanRow, Period]


def _pairs(groups: dict[str, list[PlanRow]]) -> list[_Pair]:
    found = islice((pair for name, rows in groups.items() for pair in _overlaps(name, rows)), MOST_PAIRS)
    return sorted(found, key=lambda pair: (pair[1].row, pair[2].row))


def _overlaps(name: str, rows: Sequence[PlanRow]) -> Iterator[_Pair]:
    """Sweep by first day; what is still open when a row starts shares days with it."""
    dated = [(row.period, row) for row in rows if row.period is not None]
    still_open: list[tuple[Period, PlanRow]] = []
    for period, row in sorted(dated, key=lambda item: (item[0], item[1].row)):
        still_open = [item for item in still_open if item[0].end >= period.start]
        for other_period, other in still_open:
            first, second = sorted((row, other), key=lambda member: member.row)
            yield name, first, second, Period(period.start, min(period.end, other_period.end))
        still_open.append((period, row))


def disputed_rows(
    rows: Iterable[PlanRow], *, windows: Iterable[PlanWindow] = (), occupied: Iterable[Occupied] = ()
) -> frozenset[int]:
    """Rows of allocations to be stored as disputed, so that the others hold no clash at all.

    One after the other takes its place if it is free: what runs or has run goes first, then sheet order. So a
    disputed row always clashes with one that stays, and none is disputed without need. Maintenance keeps its days.
    """
    dynos: dict[str, TakenDays] = defaultdict(TakenDays)
    vehicles: dict[str, TakenDays] = defaultdict(TakenDays)
    for window in windows:
        dynos[window.dyno].take(window.period)
    for item in occupied:
        if item.dyno is not None:
            dynos[item.dyno].take(item.period)
        if item.vehicle_key is not None:
            vehicles[item.vehicle_key].take(item.period)
    disputed = set()
    placed = [row for row in rows if row.takes_part and row.dyno is not None]
    for row in sorted(placed, key=lambda row: (row.status not in _UNDER_WAY, row.row)):
        dyno, period = row.dyno, row.period
        if dyno is None or period is None:
            continue
        if dynos[dyno].is_free(period) and vehicles[row.vehicle_key].is_free(period):
            dynos[dyno].take(period)
            vehicles[row.vehicle_key].take(period)
        else:
            disputed.add(row.row)
    return frozenset(disputed)


def rows_over_maintenance(rows: Iterable[PlanRow], windows: Iterable[PlanWindow]) -> tuple[int, ...]:
    """Rows of allocations that share a day with a window of their dyno."""
    closed: dict[str, TakenDays] = defaultdict(TakenDays)
    for window in windows:
        closed[window.dyno].take(window.period)
    return tuple(
        row.row
        for row in rows
        if row.takes_part and row.period is not None and row.dyno in closed and not closed[row.dyno].is_free(row.period)
    )
