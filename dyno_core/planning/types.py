"""What the season planner works on and answers with: frozen, free of the database."""

from dataclasses import dataclass
from datetime import date

from dyno_core.period import Period


@dataclass(frozen=True, slots=True)
class Demand:
    """A test that needs a place: a request, or an allocation that lost its own.

    ``start`` and ``end`` are the wished days as they were written down, ``end < start`` included. ``latest_end`` is
    how far the wish itself lets them slip; None = as far as the tolerance of the proposal says. ``version``: of the
    record, as it was read.
    """

    id: int
    vehicle_id: int
    vehicle: str
    test_type: str
    drive_type: str | None
    weight_class: str | None
    start: date
    end: date
    latest_end: date | None = None
    facility: str | None = None
    priority: int = 3
    version: int = 1


@dataclass(frozen=True, slots=True)
class Rig:
    """A dyno as the planner sees it. ``service``: when it is in service, ``end`` None = until further notice."""

    id: int
    name: str
    facility: str
    capabilities: frozenset[str]
    service: tuple[tuple[date, date | None], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """Days on which a dyno, and perhaps a vehicle, can't be had: an allocation or a maintenance window."""

    dyno_id: int
    vehicle_id: int | None
    period: Period


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan at one moment. ``rigs`` in order of preference; ``held`` whatever blocks."""

    rigs: tuple[Rig, ...]
    held: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """``slipped``: days by which the start is later than it was wished."""

    dyno_id: int
    dyno: str
    facility: str
    period: Period
    slipped: int

    def as_json(self) -> dict[str, object]:
        return {
            "dyno": self.dyno,
            "facility": self.facility,
            "start_date": self.period.start.isoformat(),
            "end_date": self.period.end.isoformat(),
            "slipped_days": self.slipped,
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where a demand goes, or why it goes nowhere: then ``reason`` is a word for programs, ``sentence`` for people.

    ``later``: the first place beyond the days it may have, for somebody to agree to; None where it was not looked for.
    """

    demand: Demand
    place: Place | None
    reason: str | None = None
    sentence: str = ""
    later: Place | None = None

    def as_json(self) -> dict[str, object]:
        told: dict[str, object] = {
            "request": self.demand.id,
            "vehicle": self.demand.vehicle,
            "test_type": self.demand.test_type,
            "priority": self.demand.priority,
            "wished_start_date": self.demand.start.isoformat(),
            "wished_end_date": self.demand.end.isoformat(),
        }
        return told | {
            "place": self.place.as_json() if self.place else None,
            "reason": self.reason,
            "message": self.sentence or None,
        }
