"""Who stands where while the demo plan is being made: nothing is ever put on a taken dyno or vehicle."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from dyno_core.demo.lab import DYNOS, RULES, DemoDyno
from dyno_core.demo.vehicles import DemoVehicle
from dyno_core.fleet.compatibility import capability_token
from dyno_core.fleet.derivation import preference_order, tokens_by_dyno
from dyno_core.period import FIRST_DAY, LAST_DAY, Period


@dataclass
class Board:
    today: date
    vehicles: tuple[DemoVehicle, ...]
    tokens: dict[str, frozenset[str]] = field(default_factory=lambda: dict(tokens_by_dyno(RULES)))
    order: tuple[str, ...] = field(default_factory=lambda: preference_order(RULES))
    dyno_busy: dict[str, list[Period]] = field(default_factory=dict)
    vehicle_busy: dict[int, list[Period]] = field(default_factory=dict)

    def day(self, offset: int) -> date:
        return self.today + timedelta(days=offset)

    def in_service(self, dyno: str, period: Period) -> bool:
        return any(served.covers(period) for served in service_periods(_BY_NAME[dyno], self.today))

    def is_free(self, dyno: str, period: Period) -> bool:
        busy = self.dyno_busy.get(dyno, ())
        return self.in_service(dyno, period) and not any(period.overlaps(other) for other in busy)

    def vehicle_is_free(self, vehicle: DemoVehicle, period: Period) -> bool:
        return not any(period.overlaps(other) for other in self.vehicle_busy.get(vehicle.number, ()))

    def fits(self, dyno: str, vehicle: DemoVehicle, test_type: str) -> bool:
        if not vehicle.drive_type or not vehicle.weight_class:
            return False
        return capability_token(test_type, vehicle.drive_type, vehicle.weight_class) in self.tokens[dyno]

    def fitting(self, dyno: str, test_type: str, period: Period) -> list[DemoVehicle]:
        """Vehicles that the dyno can run in this test and that are nowhere else."""
        return [
            vehicle
            for vehicle in self.vehicles
            if vehicle.is_bookable and self.fits(dyno, vehicle, test_type) and self.vehicle_is_free(vehicle, period)
        ]

    def free_dynos(self, vehicle: DemoVehicle, test_type: str, period: Period) -> Iterator[str]:
        """In order of preference."""
        return (name for name in self.order if self.fits(name, vehicle, test_type) and self.is_free(name, period))

    def take(self, dyno: str, vehicle: DemoVehicle | None, period: Period) -> None:
        self.dyno_busy.setdefault(dyno, []).append(period)
        if vehicle is not None:
            self.vehicle_busy.setdefault(vehicle.number, []).append(period)

    def room(self, dyno: str, start: date, *, most: int) -> int:
        """Days from ``start`` on that the dyno is free and in service, at most ``most``."""
        for days in range(most):
            if not self.is_free(dyno, Period.of(start + timedelta(days=days), 1)):
                return days
        return most


_BY_NAME = {dyno.name: dyno for dyno in DYNOS}


def service_periods(dyno: DemoDyno, today: date) -> tuple[Period, ...]:
    """The dyno's service in days of the calendar; an open end is the last day there is."""
    since = max(FIRST_DAY, date(today.year - 3, 1, 1))
    return tuple(
        Period(
            since if first is None else today + timedelta(days=first),
            LAST_DAY if last is None else today + timedelta(days=last),
        )
        for first, last in dyno.service
    )
