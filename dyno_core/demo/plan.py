"""The demo lab's plan around one day: six months of history, what runs now, three months ahead. Pure.

The same day gives the same plan: the random source is seeded here, and no clock is read.
"""

import random
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from dyno_core.demo.board import Board
from dyno_core.demo.lab import CERTIFICATION, DURABILITY, DYNOS, MILEAGE, TESTS, DemoTest
from dyno_core.demo.vehicles import DemoVehicle, make_vehicles
from dyno_core.period import Period

DAYS_BACK: Final = 182
DAYS_AHEAD: Final = 91
_SEED: Final = 512_204
_ENGINEER: Final = "engineer@demo.lab"
_PLANNER: Final = "planner@demo.lab"
_LEGS: Final = (("0-5K", 5_000, 7), ("5K-75K", 70_000, 94), ("75K-150K", 75_000, 100))
"""Miles from and to, how many these are, and days: miles ÷ 750 a day, rounded up."""


@dataclass(frozen=True, slots=True)
class DemoAllocation:
    """``vehicle``: its number in the plan's fleet; None for a maintenance window, which has a ``category``."""

    dyno: str
    vehicle: int | None
    test_type: str | None
    period: Period
    status: str
    source: str
    created_by: str
    created_at: datetime
    leg: str | None = None
    disputed: bool = False
    planned: Period | None = None
    notes: str = ""
    category: str | None = None
    miles: float | None = None

    @property
    def kind(self) -> str:
        return "maintenance" if self.vehicle is None else "test"


@dataclass(frozen=True, slots=True)
class DemoRequest:
    vehicle: int
    test_type: str
    period: Period
    latest_end: date | None
    priority: int
    reason: str
    created_at: datetime
    miles: float | None = None
    status: str = "open"


@dataclass(frozen=True, slots=True)
class DemoPlan:
    vehicles: tuple[DemoVehicle, ...]
    allocations: tuple[DemoAllocation, ...]
    requests: tuple[DemoRequest, ...]


def make_plan(today: date) -> DemoPlan:
    rng = random.Random(_SEED)  # noqa: S311 - a plan that can be made again, nothing secret
    vehicles = make_vehicles(rng, year=today.year)
    board = Board(today=today, vehicles=vehicles)
    maker = _Maker(rng, board)
    allocations = maker.maintenance() + maker.chains()
    # The dynos of the long runs first: later on hardly any vehicle is free for three weeks.
    for index, dyno in enumerate(sorted(DYNOS, key=lambda dyno: not maker.runs(dyno.name, maker.tests[DURABILITY]))):
        # 58 to 88 %, mixed.
        allocations += maker.filled(dyno.name, target=0.58 + 0.03 * ((index * 7) % 11))
    requests = maker.requests()
    allocations = maker.with_tentative(allocations)
    allocations += maker.clashes(allocations) + maker.cancelled()
    return DemoPlan(vehicles, tuple(sorted(allocations, key=lambda a: (a.period, a.dyno))), tuple(requests))


_WINDOWS: Final = (
    ("Northfield 2", -150, 3, "planned", "Yearly service of the eddy-current brake"),
    ("Ridgeline 4", -121, 5, "upgrade", "New coast-down software"),
    ("Harbor Point 3", -76, 2, "calibration", "Load cell calibration"),
    ("Mesa Flats HD 1", -48, 4, "planned", "Roll bearing exchange"),
    ("Northfield 5", -20, 2, "calibration", "Emission bench calibration"),
    ("Harbor Point 1", -1, 4, "planned", "SHED leak check"),
    ("Ridgeline 3", -2, 8, "breakdown", "Hydraulic leak at the vehicle lift"),
    ("Northfield 1", 16, 3, "calibration", "Load cell calibration"),
    ("Mesa Flats 1", 33, 5, "planned", "Cooling fan exchange"),
    ("Harbor Point 5", 52, 4, "upgrade", "New driver's aid"),
    ("Ridgeline 1", 80, 6, "planned", "Yearly service"),
)
"""Dyno, first day from today, days, category, reason."""


class _Maker:
    def __init__(self, rng: random.Random, board: Board) -> None:
        self.rng = rng
        self.board = board
        self.tests = {test.name: test for test in TESTS}

    def maintenance(self) -> list[DemoAllocation]:
        found = []
        for dyno, offset, days, category, reason in _WINDOWS:
            period = Period.of(self.board.day(offset), days)
            self.board.take(dyno, None, period)
            known = offset - 1 if category == "breakdown" else offset - 20
            found.append(
                DemoAllocation(
                    dyno=dyno,
                    vehicle=None,
                    test_type=None,
                    period=period,
                    status=self._status(period),
                    source="planner",
                    created_by=_PLANNER,
                    created_at=self._moment(self.board.day(min(known, -2))),
                    notes=reason,
                    category=category,
                )
            )
        return found

    def chains(self) -> list[DemoAllocation]:
        """Vehicles that run 150,000 miles in three legs, with a gap for inspection before each next one."""
        runners = [vehicle for vehicle in self.board.vehicles if vehicle.is_bookable][::11][:5]
        found = []
        for index, vehicle in enumerate(runners):
            start = self.board.day(-DAYS_BACK + 4 + 9 * index)
            for leg, miles, days in _LEGS:
                period = Period.of(start, days)
                free = list(self.board.free_dynos(vehicle, MILEAGE, period))
                if not free:
                    break
                # The least preferred: the first two carry the durability runs.
                found.append(replace(self._placed(free[-1], vehicle, MILEAGE, period, leg=leg), miles=miles))
                start = period.end + timedelta(days=self.rng.randint(14, 21))
        return found

    def filled(self, dyno: str, *, target: float) -> list[DemoAllocation]:
        """Back-to-back tests with idle days between them, such that about ``target`` of the days are booked."""
        board, found = self.board, []
        # Idle days still owed: each booked day owes its share, those of the chains too.
        per_day = (1 - target) / target
        owed = sum(period.days for period in board.dyno_busy.get(dyno, ()) if period.days > 8) * per_day / 2
        day, last = board.day(-DAYS_BACK), board.day(DAYS_AHEAD)
        while day <= last:
            room = board.room(dyno, day, most=21)
            booked = None
            if room and not (owed >= 1 and (owed > 6 or self.rng.random() < 0.4)):
                booked = self._next_test(dyno, day, room)
            if booked is None:
                day += timedelta(days=1)
                owed -= 1 if room else 0
                continue
            found.append(booked)
            owed += booked.period.days * per_day
            day = booked.period.end + timedelta(days=1)
        return found

    def _next_test(self, dyno: str, day: date, room: int) -> DemoAllocation | None:
        short_enough = [test for test in TESTS if test.days[0] <= room and self.runs(dyno, test)]
        while short_enough:
            (test,) = self.rng.choices(short_enough, weights=[test.weight for test in short_enough])
            period = Period.of(day, self.rng.randint(test.days[0], min(test.days[1], room)))
            if vehicles := self.board.fitting(dyno, test.name, period):
                leg = "0-5K" if test.name == MILEAGE and period.days < 9 else None
                return self._placed(dyno, self.rng.choice(vehicles), test.name, period, leg=leg)
            short_enough.remove(test)
        return None

    def runs(self, dyno: str, test: DemoTest) -> bool:
        return any(token.startswith(f"{test.name}|") for token in self.board.tokens[dyno])

    def _placed(
        self, dyno: str, vehicle: DemoVehicle, test_type: str, period: Period, *, leg: str | None = None
    ) -> DemoAllocation:
        self.board.take(dyno, vehicle, period)
        return self._allocation(dyno, vehicle, test_type, period, leg=leg)

    def _allocation(
        self, dyno: str, vehicle: DemoVehicle, test_type: str, period: Period, *, leg: str | None = None
    ) -> DemoAllocation:
        created = min(period.start - timedelta(days=self.rng.randint(3, 35)), self.board.day(-self.rng.randint(1, 75)))
        source = self._source(created)
        slipped = self.rng.randint(1, 4) if self.rng.random() < 0.08 else 0
        return DemoAllocation(
            dyno=dyno,
            vehicle=vehicle.number,
            test_type=test_type,
            period=period,
            status=self._status(period),
            source=source,
            created_by=_ENGINEER if source in ("chat", "calendar") and self.rng.random() < 0.8 else _PLANNER,
            created_at=self._moment(created),
            leg=leg,
            planned=period.shifted(-slipped),
        )

    def _source(self, created: date) -> str:
        """More and more is booked by chat: a quarter at first, more than half by now."""
        progress = 1 - (self.board.today - created).days / (DAYS_BACK + 35)
        if self.rng.random() < 0.22 + 0.36 * progress:
            return "chat"
        return self.rng.choices(("calendar", "import", "planner"), weights=(5, 3 - 2 * progress, 2))[0]

    def _status(self, period: Period) -> str:
        if period.end < self.board.today:
            return "completed"
        return "in_progress" if period.start <= self.board.today else "scheduled"

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, time(self.rng.randint(7, 17), self.rng.randint(0, 59)), UTC)

    def with_tentative(self, allocations: list[DemoAllocation]) -> list[DemoAllocation]:
        """A few of the later allocations wait for confirmation."""
        later = [a for a in allocations if a.vehicle is not None and a.period.start > self.board.day(40)]
        waiting = {id(a) for a in self.rng.sample(later, 5)}
        return [replace(a, status="tentative") if id(a) in waiting else a for a in allocations]

    def clashes(self, allocations: list[DemoAllocation]) -> list[DemoAllocation]:
        """Two disputed double bookings, a tentative overlap, and a test that a breakdown displaced."""
        coming = [
            a for a in allocations
            if a.status == "scheduled" and a.vehicle is not None and 3 <= a.period.days <= 8
            and self.board.day(4) <= a.period.start <= self.board.day(45)
        ]  # fmt: skip
        found: list[DemoAllocation] = []
        for under in self.rng.sample(coming, len(coming)):
            if len(found) == 3:
                break
            if under.test_type is None or under.dyno in {clash.dyno for clash in found}:
                continue
            over = Period(under.period.start + timedelta(days=1), under.period.end)
            if vehicles := self.board.fitting(under.dyno, under.test_type, over):
                clash = self._allocation(under.dyno, self.rng.choice(vehicles), under.test_type, over)
                if len(found) < 2:
                    note = "Stood twice in the old plan."
                    found.append(replace(clash, disputed=True, source="import", created_by=_PLANNER, notes=note))
                else:
                    found.append(replace(clash, status="tentative", notes="Waits for the other vehicle to move."))
                self.board.vehicle_busy.setdefault(clash.vehicle or 0, []).append(over)
        return [*found, self._displaced()]

    def _displaced(self) -> DemoAllocation:
        dyno = next(window[0] for window in _WINDOWS if window[3] == "breakdown")
        period = Period.of(self.board.day(1), 4)
        vehicle = self.rng.choice(self.board.fitting(dyno, CERTIFICATION, period))
        self.board.vehicle_busy.setdefault(vehicle.number, []).append(period)
        displaced = self._allocation(dyno, vehicle, CERTIFICATION, period)
        return replace(displaced, disputed=True, notes="Displaced by the breakdown; needs a place.")

    def cancelled(self) -> list[DemoAllocation]:
        reasons = ("Build delayed.", "Test no longer needed.", "Moved to an outside lab.", "Vehicle damaged.")
        found = []
        for _ in range(26):
            period = Period.of(self.board.day(self.rng.randint(-DAYS_BACK, DAYS_AHEAD)), self.rng.randint(3, 8))
            vehicle = self.rng.choice([vehicle for vehicle in self.board.vehicles if vehicle.is_bookable])
            places = [
                (dyno, test.name) for test in TESTS if test.fixed_days is None for dyno in self.board.order
                if self.board.fits(dyno, vehicle, test.name) and self.board.in_service(dyno, period)
            ]  # fmt: skip
            dyno, test_type = self.rng.choice(places)
            made = self._allocation(dyno, vehicle, test_type, period)
            found.append(replace(made, status="cancelled", notes=self.rng.choice(reasons)))
        return found

    def requests(self) -> list[DemoRequest]:
        """Demand without a dyno: vehicles that can't be booked yet, and dates at which no fitting dyno is free."""
        not_yet = [vehicle for vehicle in self.board.vehicles if not vehicle.is_bookable or not vehicle.tag]
        bookable = [vehicle for vehicle in self.board.vehicles if vehicle.is_bookable]
        found = [self._not_yet(vehicle) for vehicle in not_yet]
        for vehicle in self.rng.sample(bookable, len(bookable)):
            if len(found) == 20:
                break
            if request := self._unplaced(vehicle):
                found.append(request)
        return [*found[:18], *(replace(request, status="withdrawn") for request in found[18:])]

    def _not_yet(self, vehicle: DemoVehicle) -> DemoRequest:
        missing = [
            what for what, known in (("weight", vehicle.weight_class), ("drive type", vehicle.drive_type)) if not known
        ]
        reason = (
            f"The vehicle's {' and '.join(missing)} is not known yet."
            if missing
            else "Nobody has placed it yet; the vehicle gets its tag later."
        )
        return self._request(vehicle, self.tests[CERTIFICATION], self.rng.randint(20, 60), reason=reason)

    def _unplaced(self, vehicle: DemoVehicle) -> DemoRequest | None:
        tests = [test for test in TESTS if any(self.board.fits(dyno, vehicle, test.name) for dyno in self.board.order)]
        for test in self.rng.sample(tests, len(tests)):
            for offset in range(self.rng.randint(2, 20), 60):
                period = Period.of(self.board.day(offset), test.days[1])
                if next(self.board.free_dynos(vehicle, test.name, period), None) is None:
                    reason = f"All dynos that fit are taken on some day from {period}."
                    return self._request(vehicle, test, offset, reason=reason)
        return None

    def _request(self, vehicle: DemoVehicle, test: DemoTest, offset: int, *, reason: str) -> DemoRequest:
        period = Period.of(self.board.day(offset), test.days[1])
        slack = self.rng.choice((None, 7, 14, 30))
        return DemoRequest(
            vehicle=vehicle.number,
            test_type=test.name,
            period=period,
            latest_end=None if slack is None else period.end + timedelta(days=slack),
            priority=self.rng.choice((1, 2, 3, 3, 3, 4, 5)),
            reason=reason,
            created_at=self._moment(self.board.day(-self.rng.randint(1, 30))),
            miles=period.days * test.miles_per_day if test.name == MILEAGE and test.miles_per_day else None,
        )
