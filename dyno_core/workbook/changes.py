"""What an import changes in words: field by field, what is stored and what the file says. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from dyno_core.fleet.drafts import RuleDraft
from dyno_core.fleet.types import Rule
from dyno_core.period import say_day
from dyno_core.workbook.cells import text_of
from dyno_core.workbook.stored import Kind, StoredItem

NOTHING: Final = "–"
"""Stands for an empty field."""

_FIELDS: Final = {
    "vehicle_id": "Vehicle",
    "dyno_id": "Dyno",
    "test_type": "Test",
    "leg": "Leg",
    "start_date": "First day",
    "end_date": "Last day",
    "status": "Status",
    "disputed": "Disputed",
    "planned_start_date": "First day as first planned",
    "planned_end_date": "Last day as first planned",
    "actual_start_date": "Really started",
    "actual_end_date": "Really ended",
    "duration_days": "Days",
    "miles": "Miles",
    "miles_per_day": "Miles a day",
    "added_days": "Added days",
    "facility": "Facility",
    "reason": "Why it has no place",
    "notes": "Notes",
}
_VEHICLE_FIELDS: Final = {
    "vin": "VIN",
    "tag": "Tag",
    "build_id": "Build id",
    "program": "Program",
    "model_year": "Model year",
    "cert_team": "Cert team",
    "contact": "Contact",
    "build_type": "Build type",
    "powertrain": "Powertrain",
    "weight_lbs": "Weight (lb)",
    "weight_class": "Weight class",
    "drive_type": "Drive",
    "test_drive": "Drive to test with",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field. ``applied``: the import takes what the file says; else it stays as it is in the app."""

    field: str
    old: str
    new: str
    applied: bool

    def __str__(self) -> str:
        kept = "" if self.applied else " (stays)"
        return f"{self.field}: {self.old} → {self.new}{kept}"


@dataclass(frozen=True, slots=True)
class Compared:
    """What is stored for a row beside what the file says of it: ``news`` is what differs."""

    item: StoredItem
    kind: Kind
    news: Mapping[str, Any]
    applied: bool


@dataclass(frozen=True, slots=True)
class VehicleFactsCompared:
    """The facts of a vehicle before, those the file changes, and those it says otherwise but that stay."""

    before: Mapping[str, Any]
    taken: Mapping[str, Any]
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Names:
    """Vehicles and dynos by their ids, as people call them."""

    vehicles: Mapping[int, str]
    dynos: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """The dynos of one rule before and after, best first; empty where there is no such rule."""

    test_type: str
    drive_type: str | None
    weight_class: str | None
    before: tuple[str, ...]
    after: tuple[str, ...]


def field_changes(compared: Compared, *, names: Names) -> tuple[FieldChange, ...]:
    """In the order of `_FIELDS`. A row that got or lost its dyno says so first."""
    before, news = compared.item.values, compared.news
    changes = [
        FieldChange(label, _said(name, before.get(name), names), _said(name, news[name], names), compared.applied)
        for name, label in _FIELDS.items()
        if name in news
    ]
    changes = [change for change in changes if change.old != change.new]
    if compared.item.kind != compared.kind:
        changes.insert(0, FieldChange("Kind", compared.item.kind, compared.kind, compared.applied))
    return tuple(changes)


def vehicle_changes(facts: VehicleFactsCompared, said: object) -> tuple[FieldChange, ...]:
    """The facts that the row which says ``said`` of its vehicle changes, or would."""
    return tuple(
        FieldChange(f"Vehicle: {label}", _plain(facts.before.get(name)), _plain(values[name]), applied)
        for values, applied in ((facts.taken, True), (facts.kept, False))
        for name, label in _VEHICLE_FIELDS.items()
        if name in values and _plain(getattr(said, name)) in (NOTHING, _plain(values[name]))
    )


def rule_changes(stored: Sequence[Rule], drafts: Sequence[RuleDraft]) -> tuple[RuleChange, ...]:
    """The rules whose dynos differ, or their order."""
    old = {(rule.test_type, rule.drive_type, rule.weight_class): rule.dynos for rule in stored}
    new = {(draft.test_type, draft.drive_type, draft.weight_class): draft.dynos for draft in drafts}
    return tuple(
        RuleChange(*demand, old.get(demand, ()), new.get(demand, ()))
        for demand in dict.fromkeys((*old, *new))
        if old.get(demand, ()) != new.get(demand, ())
    )


def _said(name: str, value: object, names: Names) -> str:
    if isinstance(value, int) and name == "vehicle_id":
        return names.vehicles.get(value, "future vehicle")
    if isinstance(value, int) and name == "dyno_id":
        return names.dynos.get(value, NOTHING)
    return _plain(value).replace("_", " ") if name == "status" else _plain(value)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return say_day(value) if isinstance(value, date) else text_of(value) or NOTHING
