"""What people enter about dynos, vehicles, test types and rules, and how it is tidied and checked. Pure."""

import re
from dataclasses import dataclass, replace
from typing import Final

from dyno_core.errors import InvalidInput
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capabilities, drive_of, weight_class_of
from dyno_core.fleet.references import folded, tidy

_LONGEST_NAME: Final = 80
_LONGEST_NOTES: Final = 2000
LONGEST_REASON: Final = 500
_VIN: Final = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
COLOURS: Final = 8
"""Places in the palette of test types, counted from 0. A test holds it against the palette that is drawn."""


@dataclass(frozen=True, slots=True)
class DynoDraft:
    """``excluded_combinations``: ``test|drive|weight`` tokens cut out of the three lists' product."""

    name: str
    facility: str
    supported_weight_classes: tuple[str, ...] = ()
    supported_drives: tuple[str, ...] = ()
    supported_test_types: tuple[str, ...] = ()
    excluded_combinations: tuple[str, ...] = ()
    preference: int = 1000
    notes: str = ""

    @property
    def capabilities(self) -> frozenset[str]:
        return capabilities(
            self.supported_test_types, self.supported_drives, self.supported_weight_classes, self.excluded_combinations
        )

    def checked(self) -> "DynoDraft":
        """Tidied. Raises `InvalidInput` for what can't be; test types are not looked up."""
        weights = _known(self.supported_weight_classes, WEIGHT_CLASSES, what="weight class")
        drives = _known(self.supported_drives, DRIVES, what="drive")
        tests = tuple(sorted({tidy(test) for test in self.supported_test_types}))
        if not 0 <= self.preference <= 1_000_000:
            raise InvalidInput("The preference is a number from 0 to 1,000,000, smaller is better; give one of these.")
        # An exclusion outside the lists cuts out nothing and would only confuse who reads it.
        everything = capabilities(tests, drives, weights, ())
        return DynoDraft(
            name=_name(self.name, what="dyno"),
            facility=_name(self.facility, what="facility"),
            supported_weight_classes=weights,
            supported_drives=drives,
            supported_test_types=tests,
            excluded_combinations=tuple(sorted(everything & set(self.excluded_combinations))),
            preference=self.preference,
            notes=_notes(self.notes),
        )


@dataclass(frozen=True, slots=True)
class VehicleDraft:
    """``weight_class`` may stay None when ``weight_lbs`` is given: it follows from the weight."""

    vin: str | None = None
    tag: str | None = None
    build_id: str | None = None
    program: str | None = None
    model_year: int | None = None
    cert_team: str | None = None
    contact: str | None = None
    build_type: str | None = None
    powertrain: str | None = None
    weight_lbs: int | None = None
    weight_class: str | None = None
    drive_type: str | None = None
    test_drive: str | None = None
    notes: str = ""

    def checked(self) -> "VehicleDraft":
        """Tidied, drives in their canonical spelling. Raises `InvalidInput` for what a vehicle can't have."""
        if self.model_year is not None and not 1980 <= self.model_year <= 2100:
            raise InvalidInput(f"{self.model_year} can't be a model year; give a year from 1980 to 2100.")
        return replace(
            self,
            vin=_vin(self.vin),
            tag=_optional(self.tag, what="tag"),
            build_id=_optional(self.build_id, what="build id"),
            program=_optional(self.program, what="program"),
            cert_team=_optional(self.cert_team, what="team"),
            contact=_optional(self.contact, what="contact"),
            build_type=_optional(self.build_type, what="build type"),
            powertrain=_optional(self.powertrain, what="powertrain"),
            weight_class=self._weight_class(),
            drive_type=_drive(self.drive_type, what="drive type"),
            test_drive=_drive(self.test_drive, what="drive for the test"),
            notes=_notes(self.notes),
        )

    def _weight_class(self) -> str | None:
        given = self.weight_class or None
        if given is not None and given not in WEIGHT_CLASSES:
            raise InvalidInput(f"“{given[:20]}” is not a weight class; give <10K or >10K.")
        if self.weight_lbs is None:
            return given
        follows = weight_class_of(self.weight_lbs)
        if given not in (None, follows):
            raise InvalidInput(
                f"{self.weight_lbs:,} lb is {follows}, not {given}; correct the weight or leave the class out.",
                weight_lbs=self.weight_lbs,
                weight_class=given,
            )
        return follows


@dataclass(frozen=True, slots=True)
class TestTypeDraft:
    """``miles_per_day``: miles a dyno runs in a day. ``fixed_days``: days, whatever the miles."""

    __test__ = False

    name: str
    label: str = ""
    synonyms: tuple[str, ...] = ()
    miles_per_day: float | None = None
    fixed_days: int | None = None
    colour: int = 0

    def checked(self) -> "TestTypeDraft":
        """Tidied; a missing label is the name. Raises `InvalidInput`."""
        name = _name(self.name, what="test type")
        if "|" in name:
            raise InvalidInput("The name of a test type can't hold “|”; choose another name.", name=name)
        if self.miles_per_day is not None and not 0 < self.miles_per_day <= 10_000:
            raise InvalidInput("Miles per day lie between 1 and 10,000; give the rate of the dyno.")
        if self.fixed_days is not None and not 1 <= self.fixed_days <= 366:
            raise InvalidInput("A fixed duration is 1 to 366 days; give one in that range, or none.")
        if not 0 <= self.colour < COLOURS:
            raise InvalidInput(f"The colour is a number from 0 to {COLOURS - 1}; choose one of these.")
        label = tidy(self.label)[:_LONGEST_NAME] or name
        synonyms = {folded(text): tidy(text)[:_LONGEST_NAME] for text in self.synonyms if folded(text)}
        return replace(self, name=name, label=label, synonyms=tuple(sorted(synonyms.values())))


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """Which dynos may run what, in order of preference. ``drive_type`` and ``weight_class`` None = any."""

    test_type: str
    drive_type: str | None
    weight_class: str | None
    dynos: tuple[str, ...]

    def checked(self) -> "RuleDraft":
        """Tidied, each dyno once. Raises `InvalidInput`; test types and dynos are not looked up."""
        weight = None if self.weight_class in (None, "", "any") else self.weight_class
        if weight is not None and weight not in WEIGHT_CLASSES:
            raise InvalidInput("The weight class of a rule is <10K, >10K or any; choose one of them.")
        dynos = tuple(dict.fromkeys(tidy(name) for name in self.dynos if tidy(name)))
        if not dynos:
            raise InvalidInput(
                f"A rule for {tidy(self.test_type)[:_LONGEST_NAME]} names no dyno; name one or leave the rule out."
            )
        drive = None if self.drive_type == "any" else _drive(self.drive_type, what="drive of a rule")
        return RuleDraft(tidy(self.test_type), drive, weight, dynos)

    def __str__(self) -> str:
        return f"{self.test_type}, {self.drive_type or 'any drive'}, {self.weight_class or 'any weight'}"


def _name(text: str, *, what: str) -> str:
    name = tidy(text)
    if not name:
        raise InvalidInput(f"The {what} needs a name; give one.")
    if len(name) > _LONGEST_NAME:
        raise InvalidInput(f"The name of the {what} has more than {_LONGEST_NAME} characters; give a shorter one.")
    return name


def _optional(text: str | None, *, what: str) -> str | None:
    said = tidy(text or "")
    if len(said) > _LONGEST_NAME:
        raise InvalidInput(f"The {what} has more than {_LONGEST_NAME} characters; give a shorter one.")
    return said or None


def _notes(text: str) -> str:
    kept = text.replace("\0", "").strip()
    if len(kept) > _LONGEST_NOTES:
        raise InvalidInput(f"The notes have more than {_LONGEST_NOTES:,} characters; shorten them.")
    return kept


def checked_reason(text: str) -> str:
    """Why something was changed, as it is kept. Raises `InvalidInput` when it is too long."""
    kept = text.replace("\0", "").strip()
    if len(kept) > LONGEST_REASON:
        raise InvalidInput(f"The reason has {len(kept):,} characters, but {LONGEST_REASON:,} is the most; shorten it.")
    return kept


def _vin(text: str | None) -> str | None:
    """Only the form is checked: vehicles built for other markets carry no check digit."""
    vin = tidy(text or "").replace(" ", "").upper()
    if vin and not _VIN.fullmatch(vin):
        raise InvalidInput(f"“{vin[:30]}” is not a VIN: it has 17 letters and digits without I, O and Q; check it.")
    return vin or None


def _drive(text: str | None, *, what: str) -> str | None:
    said = tidy(text or "")
    if not said:
        return None
    drive = drive_of(said)
    if drive is None:
        raise InvalidInput(f"“{said[:20]}” can't be read as the {what}; give 2WD or AWD.")
    return drive


def _known(values: tuple[str, ...], known: tuple[str, ...], *, what: str) -> tuple[str, ...]:
    for value in values:
        if value not in known:
            raise InvalidInput(f"“{value[:20]}” is not a {what}; choose from {' and '.join(known)}.")
    return tuple(value for value in known if value in values)
