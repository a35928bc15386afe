"""Utilization by sets of days, in plain Python: the definition to read, and the twin that the SQL is tested against.

`utilization_by_days` says what `utilization.utilization` must say. `states` names every day of one dyno,
which is how a figure is opened into the days behind it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from dyno_core.fleet.types import POOLS
from dyno_core.period import Period
from dyno_core.reports.figures import (
    By,
    Figures,
    UtilizationReport,
    UtilizationRow,
    check_window,
    in_order,
    largest_first,
    month_key,
    row_of,
    total,
    week_key,
)


@dataclass(frozen=True, slots=True)
class CountedTest:
    """A test allocation that counts as booked: neither cancelled nor tentative."""

    period: Period
    test_type: str
    program: str = ""


@dataclass(frozen=True, slots=True)
class DynoFacts:
    """Everything that decides one dyno's figures. A service period without end has None there."""

    id: int
    name: str
    facility: str
    service: tuple[tuple[date, date | None], ...] = ()
    maintenance: tuple[Period, ...] = ()
    tests: tuple[CountedTest, ...] = ()


@dataclass(frozen=True, slots=True)
class DaySets:
    """One dyno's days within a window, each kind as a set."""

    in_service: Set[date]
    capacity: Set[date]
    maintenance: Set[date]
    booked: Set[date]

    def figures(self, within: Set[date] | None = None) -> Figures:
        """How many days of each kind there are, or how many of them lie ``within`` some days."""

        def count(days: Set[date]) -> int:
            return len(days if within is None else days & within)

        return Figures(
            in_service_days=count(self.in_service),
            capacity_days=count(self.capacity),
            booked_days=count(self.booked),
            booked_in_capacity_days=count(self.booked & self.capacity),
            maintenance_days=count(self.maintenance),
        )


class DayState(StrEnum):
    """What a day is to the capacity of a dyno. Booked or not is told beside it."""

    CAPACITY = "available"
    MAINTENANCE = "maintenance"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    OUT_OF_SERVICE = "out of service"


def off_days(window: Period, *, holidays: Iterable[date], include_weekends: bool) -> Set[date]:
    """The days of ``window`` on which the lab does not work."""
    free = {day for day in holidays if window.contains(day)}
    return free if include_weekends else free | {day for day in window.each_day() if day.isoweekday() > 5}


def day_sets(dyno: DynoFacts, window: Period, off: Set[date]) -> DaySets:
    """capacity = (W ∩ in service) − maintenance − off; booked = (∪ tests) ∩ W."""
    in_service = {day for day in window.each_day() if any(_serves(spell, day) for spell in dyno.service)}
    down = _days_of(dyno.maintenance, window)
    workable = in_service - off
    return DaySets(
        in_service=in_service,
        capacity=workable - down,
        maintenance=workable & down,
        booked=_days_of((test.period for test in dyno.tests), window),
    )


def states(
    dyno: DynoFacts, window: Period, *, holidays: Mapping[date, str], include_weekends: bool
) -> dict[date, DayState]:
    """What each day of ``window`` is; where several reasons hold, the first that takes it from the capacity."""
    sets = day_sets(dyno, window, off_days(window, holidays=holidays, include_weekends=include_weekends))

    def state(day: date) -> DayState:
        if day in sets.capacity:
            return DayState.CAPACITY
        if day not in sets.in_service:
            return DayState.OUT_OF_SERVICE
        if day in holidays:
            return DayState.HOLIDAY
        return DayState.MAINTENANCE if day in sets.maintenance else DayState.WEEKEND

    return {day: state(day) for day in window.each_day()}


def utilization_by_days(
    dynos: Sequence[DynoFacts],
    *,
    window: Period,
    by: By,
    holidays: Iterable[date] = (),
    include_weekends: bool = True,
    include_pools: bool = True,
) -> UtilizationReport:
    """The same report as `utilization.utilization`, from facts in memory. Raises `InvalidInput` over three years."""
    check_window(window)
    off = off_days(window, holidays=holidays, include_weekends=include_weekends)
    counted = (dyno for dyno in dynos if include_pools or dyno.facility not in POOLS)
    sets = {dyno: day_sets(dyno, window, off) for dyno in counted}
    fleet = row_of(total(each.figures() for each in sets.values()), key="fleet", period=window)
    return UtilizationReport(
        by=by,
        window=window,
        include_weekends=include_weekends,
        rows=_rows(by, sets, window=window, fleet=fleet),
        fleet=fleet,
    )


def _rows(
    by: By, sets: Mapping[DynoFacts, DaySets], *, window: Period, fleet: UtilizationRow
) -> tuple[UtilizationRow, ...]:
    if by == "dyno":
        return in_order(
            row_of(each.figures(), key=dyno.name, dyno_id=dyno.id, facility=dyno.facility)
            for dyno, each in sets.items()
        )
    if by == "facility":
        return in_order(
            row_of(total(each.figures() for dyno, each in sets.items() if dyno.facility == facility), key=facility)
            for facility in {dyno.facility for dyno in sets}
        )
    if by in ("week", "month"):
        return _rows_in_time(week_key if by == "week" else month_key, sets, window)
    return _shares(by, sets, window=window, fleet=fleet)


def _rows_in_time(
    key_of: Callable[[date], str], sets: Mapping[DynoFacts, DaySets], window: Period
) -> tuple[UtilizationRow, ...]:
    days_of: dict[str, set[date]] = {}
    for day in window.each_day():
        days_of.setdefault(key_of(day), set()).add(day)
    return tuple(
        row_of(total(each.figures(within=days) for each in sets.values()), key=key, period=Period(min(days), max(days)))
        for key, days in days_of.items()
    )


def _shares(
    by: By, sets: Mapping[DynoFacts, DaySets], *, window: Period, fleet: UtilizationRow
) -> tuple[UtilizationRow, ...]:
    booked: dict[str, list[tuple[Set[date], Set[date]]]] = {}
    for dyno, each in sets.items():
        of_key: dict[str, list[Period]] = {}
        for test in dyno.tests:
            of_key.setdefault(test.test_type if by == "test" else test.program, []).append(test.period)
        for key, periods in of_key.items():
            booked.setdefault(key, []).append((_days_of(periods, window), each.capacity))
    rows = (
        row_of(
            Figures(
                in_service_days=fleet.in_service_days,
                capacity_days=fleet.capacity_days,
                booked_days=sum(len(days) for days, _ in pairs),
                booked_in_capacity_days=sum(len(days & capacity) for days, capacity in pairs),
                maintenance_days=fleet.maintenance_days,
            ),
            key=key,
        )
        for key, pairs in booked.items()
    )
    return largest_first(row for row in rows if row.booked_days)


def _days_of(periods: Iterable[Period], window: Period) -> set[date]:
    clipped = (period.clip(window) for period in periods)
    return {day for period in clipped if period is not None for day in period.each_day()}


def _serves(spell: tuple[date, date | None], day: date) -> bool:
    start, end = spell
    return start <= day and (end is None or day <= end)
