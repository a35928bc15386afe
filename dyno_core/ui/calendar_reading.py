"""Reading the part of the plan that the calendar shows. What is read is bounded, however large the plan is."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from dyno_core.booking import (
    Allocation,
    Conflict,
    Occupied,
    Request,
    Selection,
    count_allocations,
    detect_conflicts,
    list_allocations,
    list_requests,
    occupancy,
)
from dyno_core.database.engine import Database
from dyno_core.fleet import Dyno, TestType, VehicleChoices, list_dynos, list_test_types, vehicle_choices
from dyno_core.maintenance import MaintenanceWindow, list_windows
from dyno_core.period import FIRST_DAY, LAST_DAY, Period
from dyno_core.reports.utilization import utilization

MOST_BARS: Final = 5000
"""More are neither sent nor drawn one by one; beyond it, dynos out of view get cells."""
BARS_WITHIN: Final = 200
"""Days in view up to which bars can be told apart; of more, a crowded plan gets cells only."""
PAGE: Final = 200
"""Rows of a list or table that are sent."""
_STEPS: Final = {1: 20_000, 7: 150_000}
"""Days that a cell stands for, by how many cells that may give; else four weeks."""
_ROWS_AT_FIRST: Final = 60
"""Dynos that get bars before the browser has told which are in view."""
_MOST_WISHES: Final = 1000
"""Bars of the band of requests that are sent to a browser: more than anybody looks through there."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty = everything."""

    selection: Selection = field(default_factory=Selection)
    only_conflicts: bool = False

    @property
    def look_for_something(self) -> bool:
        """Whether rows without a bar are in the way."""
        asked = self.selection
        told = (asked.search, asked.programs, asked.model_years, asked.contacts, asked.follow_up)
        return self.only_conflicts or any(told)


@dataclass(frozen=True, slots=True)
class Lab:
    """What there is to choose from."""

    dynos: tuple[Dyno, ...]
    test_types: tuple[TestType, ...]
    vehicles: VehicleChoices

    @property
    def colours(self) -> dict[str, str]:
        return {test.name: str(test.colour) for test in self.test_types}

    @property
    def facilities(self) -> list[str]:
        return list(dict.fromkeys(dyno.facility for dyno in self.dynos))

    @property
    def tests(self) -> list[str]:
        return [test.name for test in self.test_types]

    def dyno(self, dyno_id: int) -> Dyno:
        return next(dyno for dyno in self.dynos if dyno.id == dyno_id)


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody looks at: ``window`` as chosen; ``view`` and ``dyno_ids`` as the timeline told, where it has."""

    window: Period
    view: Period
    dyno_ids: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cells:
    """Occupancy of ``period`` in stretches of ``step`` days; the dynos ``with_bars`` have bars as well."""

    period: Period
    step: int
    occupied: tuple[Occupied, ...]
    with_bars: frozenset[int]

    def days_in(self, bucket: int) -> int:
        return min(self.step, self.period.days - bucket * self.step)

    def buckets_of(self, days: Period) -> range:
        """The stretches that share a day with ``days``."""
        first = (max(days.start, self.period.start) - self.period.start).days // self.step
        return range(first, (min(days.end, self.period.end) - self.period.start).days // self.step + 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """The part of the plan that is wanted in the days ``loaded``, read at one time.

    ``cells``: see `Cells`; None when ``allocations`` are all there are. ``listed`` are those of the window, one page of
    ``count``; ``requests`` are one page of ``waiting``, ``wished`` those for the days loaded, the urgent ones first.
    """

    loaded: Period
    listed: tuple[Allocation, ...]
    count: int
    allocations: tuple[Allocation, ...]
    windows: tuple[MaintenanceWindow, ...]
    conflicts: tuple[Conflict, ...]
    requests: tuple[Request, ...]
    waiting: int
    wished: tuple[Request, ...]
    shares: dict[int, float | None]
    cells: Cells | None

    @property
    def clashing(self) -> set[int]:
        return {one.id for conflict in self.conflicts for one in conflict.allocations}

    @property
    def busy(self) -> set[int]:
        """Dynos that something is planned on."""
        occupied = self.cells.occupied if self.cells else ()
        return {one.dyno_id for one in self.allocations} | {one.dyno_id for one in occupied}


def read_lab(database: Database, *, today: date) -> Lab:
    return Lab(
        dynos=list_dynos(database, today=today),
        test_types=list_test_types(database),
        vehicles=vehicle_choices(database),
    )


def read_plan(database: Database, lab: Lab, filters: Filters, look: Look, *, most: int = MOST_BARS) -> Plan:
    """Bars around the view where they are no more than ``most``; else bars for the dynos in view, and cells for all."""
    asked, loaded = filters.selection, _around(look.view, look.view.days)
    is_crowded = not filters.only_conflicts and (
        count_allocations(database, period=loaded, selection=asked, most=most + 1) > most
    )
    if is_crowded:
        loaded = _around(look.view, 0 if look.view.days > BARS_WITHIN else look.view.days // 2)
    window = look.window
    around = Period(min(loaded.start, window.start), max(loaded.end, window.end))
    conflicts = _wanted(database, detect_conflicts(database, period=around), asked)
    among = {one.id for conflict in conflicts for one in conflict.allocations} if filters.only_conflicts else None
    cells = _cells(database, lab, asked, look, loaded) if is_crowded else None

    def of(period: Period, *, dyno_ids: Collection[int] | None = None, limit: int) -> tuple[Allocation, ...]:
        return list_allocations(
            database, period=period, kind=None, selection=asked, among=among, dyno_ids=dyno_ids, limit=limit
        )  # fmt: skip

    allocations = of(loaded, dyno_ids=cells.with_bars if cells else None, limit=2 * most)
    if cells is None and loaded.covers(window):
        listed = tuple(one for one in allocations if one.period.overlaps(window))
        count = len(listed)
    else:
        listed = of(window, limit=PAGE)
        count = count_allocations(database, period=window, selection=asked, among=among)
    requests = list_requests(database, selection=asked)
    return Plan(
        loaded=loaded,
        listed=listed[:PAGE],
        count=count,
        allocations=allocations,
        windows=list_windows(database, period=loaded) if allocations else (),
        conflicts=conflicts,
        requests=requests[:PAGE],
        waiting=len(requests),
        wished=tuple(one for one in requests if one.period.overlaps(loaded))[:_MOST_WISHES],
        shares={
            row.dyno_id: row.utilization
            for row in utilization(database, window=window, by="dyno").rows
            if row.dyno_id is not None
        },
        cells=cells,
    )


def _wanted(database: Database, conflicts: tuple[Conflict, ...], asked: Selection) -> tuple[Conflict, ...]:
    """Those of a test that is asked for: as many as the bars that are drawn are in."""
    if asked == Selection() or not conflicts:
        return conflicts
    among = {one.id for conflict in conflicts for one in conflict.allocations}
    shown = {one.id for one in list_allocations(database, selection=asked, among=among)}
    return tuple(one for one in conflicts if any(each.id in shown for each in one.allocations))


def read_all(database: Database, filters: Filters, window: Period) -> tuple[Allocation, ...]:
    """Everything that is wanted in the window, for taking along."""
    among = None
    if filters.only_conflicts:
        conflicts = _wanted(database, detect_conflicts(database, period=window), filters.selection)
        among = {one.id for conflict in conflicts for one in conflict.allocations}
    return list_allocations(database, period=window, kind=None, selection=filters.selection, among=among)


def _around(view: Period, margin: int) -> Period:
    by = timedelta(days=margin)
    return Period(max(view.start - by, FIRST_DAY), min(view.end + by, LAST_DAY))


def _cells(database: Database, lab: Lab, asked: Selection, look: Look, loaded: Period) -> Cells:
    dynos = [one for one in lab.dynos if not asked.facilities or one.facility in asked.facilities]
    cells = len(dynos) * loaded.days
    step = next((days for days, most in _STEPS.items() if cells <= most * days), 28)
    # From a Monday on, so that stretches of seven days are the weeks of the timeline's header.
    monday = loaded.start - timedelta(days=loaded.start.weekday())
    period = loaded if step == 1 else Period(max(monday, FIRST_DAY), loaded.end)
    order = {facility: at for at, facility in enumerate(lab.facilities)}
    first = sorted(dynos, key=lambda one: order[one.facility])[:_ROWS_AT_FIRST]
    # Those in view as the browser told them: it may tell anything.
    wanted = first if look.dyno_ids is None else [one for one in dynos if one.id in look.dyno_ids]
    return Cells(
        period=period,
        step=step,
        occupied=occupancy(database, period=period, step=step, selection=asked),
        with_bars=frozenset(one.id for one in wanted if look.view.days <= BARS_WITHIN),
    )
