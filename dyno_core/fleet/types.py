"""What the rest of the app sees of the fleet: frozen, free of the database."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from dyno_core.fleet.compatibility import Requirement, capabilities

POOLS: Final = ("Track",)
"""Facilities that are no machines but places, each kept as a dyno of its own: a test track for twenty vehicles."""


@dataclass(frozen=True, slots=True)
class Dyno:
    """A dynamometer, its service told for one day.

    ``enabled``: in service on that day. ``available_from`` and ``available_to`` are the first and last day of the
    service period that holds the day, else of the next one; ``available_to`` None = until further notice.
    """

    id: int
    name: str
    facility: str
    supported_weight_classes: tuple[str, ...]
    supported_drives: tuple[str, ...]
    supported_test_types: tuple[str, ...]
    excluded_combinations: tuple[str, ...]
    preference: int
    notes: str
    version: int
    enabled: bool
    available_from: date | None
    available_to: date | None

    @property
    def capabilities(self) -> frozenset[str]:
        """``test|drive|weight`` tokens, as in ``dynos.capabilities``."""
        return capabilities(
            self.supported_test_types, self.supported_drives, self.supported_weight_classes, self.excluded_combinations
        )

    def supports(self, requirement: Requirement) -> bool:
        return requirement.token in self.capabilities


@dataclass(frozen=True, slots=True)
class Vehicle:
    id: int
    vin: str | None
    tag: str | None
    build_id: str | None
    program: str | None
    model_year: int | None
    cert_team: str | None
    contact: str | None
    build_type: str | None
    powertrain: str | None
    weight_lbs: int | None
    weight_class: str | None
    drive_type: str | None
    test_drive: str | None
    notes: str
    version: int
    retired: bool = False

    @property
    def label(self) -> str:
        """How people call it: the tag, else the VIN, else its number."""
        return self.tag or self.vin or f"vehicle {self.id}"

    @property
    def is_placeholder(self) -> bool:
        """A future vehicle that has neither a VIN nor a tag yet."""
        return not self.vin and not self.tag


@dataclass(frozen=True, slots=True)
class VehicleChoices:
    """What the lab's vehicles can be told apart by: each value once, in order."""

    programs: tuple[str, ...]
    model_years: tuple[int, ...]
    contacts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestType:
    """``miles_per_day``: miles a dyno runs in a day. ``fixed_days``: days, whatever the miles."""

    __test__ = False

    name: str
    label: str
    synonyms: tuple[str, ...]
    miles_per_day: float | None
    fixed_days: int | None
    colour: int
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Which dynos may run what, in order of preference. ``drive_type`` and ``weight_class`` None = any."""

    id: int
    test_type: str
    drive_type: str | None
    weight_class: str | None
    dynos: tuple[str, ...]
    version: int
