"""What booking gives back: frozen, complete, ready to show."""

from dataclasses import dataclass
from datetime import date, datetime

from dyno_core.booking.durations import Mileage
from dyno_core.period import Period


@dataclass(frozen=True, slots=True)
class Allocation:
    """A vehicle on a dyno for a period, or a maintenance window (``kind``), which has no vehicle."""

    id: int
    kind: str
    dyno_id: int
    dyno: str
    facility: str
    vehicle_id: int | None
    vin: str | None
    tag: str | None
    program: str | None
    contact: str | None
    test_type: str | None
    leg: str | None
    start_date: date
    end_date: date
    status: str
    disputed: bool
    planned_start_date: date | None
    planned_end_date: date | None
    actual_start_date: date | None
    actual_end_date: date | None
    notes: str
    created_by: str
    created_at: datetime
    source: str
    version: int
    end_fixed: bool = False
    """Whether the last day was fixed by hand: then it stays when the first day moves."""
    miles: float | None = None
    miles_per_day: float | None = None
    added_days: float | None = None
    model_year: int | None = None
    weight_class: str | None = None
    drive_type: str | None = None
    follow_up: bool = False
    """Whether somebody marked it to be followed up."""

    @property
    def period(self) -> Period:
        return Period(self.start_date, self.end_date)

    @property
    def days(self) -> int:
        return self.period.days

    @property
    def mileage(self) -> Mileage:
        return Mileage(self.miles, self.miles_per_day, self.added_days)

    @property
    def vehicle(self) -> str:
        """What people call the vehicle: its tag, else its VIN, else its number."""
        return self.tag or self.vin or f"vehicle {self.vehicle_id}"

    @property
    def what(self) -> str:
        """``195W114 (brake)``, or ``maintenance``."""
        return "maintenance" if self.kind == "maintenance" else f"{self.vehicle} ({self.test_type})"

    def as_json(self) -> dict[str, object]:
        """The record as the command line prints it and the agent's tools return it."""
        return {
            "id": self.id,
            "dyno": self.dyno,
            "dyno_id": self.dyno_id,
            "facility": self.facility,
            "vehicle_id": self.vehicle_id,
            "vin": self.vin,
            "tag": self.tag,
            "test_type": self.test_type,
            "leg": self.leg,
            "start_date": self.start_date.isoformat(),
            "end_date": self.end_date.isoformat(),
            "days": self.days,
            "status": self.status,
            "disputed": self.disputed,
            "version": self.version,
        }


@dataclass(frozen=True, slots=True)
class DynoOption:
    """A dyno that fits and is free for the whole period."""

    id: int
    name: str
    facility: str

    def as_json(self) -> dict[str, object]:
        return {"id": self.id, "name": self.name, "facility": self.facility}


@dataclass(frozen=True, slots=True)
class Window:
    """The first days on which a fitting dyno is free."""

    dyno_id: int
    dyno: str
    facility: str
    period: Period

    def as_json(self) -> dict[str, object]:
        return {
            "dyno_id": self.dyno_id,
            "dyno": self.dyno,
            "facility": self.facility,
            "start_date": self.period.start.isoformat(),
            "end_date": self.period.end.isoformat(),
        }
