"""What fits what: weight classes, drives and the token that matching compares. Pure."""

import math
from dataclasses import dataclass
from typing import Final

from dyno_core.errors import InvalidInput

LIGHT: Final = "<10K"
HEAVY: Final = ">10K"
WEIGHT_CLASSES: Final = (LIGHT, HEAVY)
HEAVIEST_LIGHT_LBS: Final = 10_000
LBS_PER_KG: Final = 2.204_622_621_8
HEAVIEST_PLAUSIBLE_LBS: Final = 100_000

TWO_WHEEL: Final = "2WD"
ALL_WHEEL: Final = "AWD"
DRIVES: Final = (TWO_WHEEL, ALL_WHEEL)

_DRIVE_SPELLINGS: Final = {
    **dict.fromkeys(("2WD", "4X2", "FWD", "RWD", "2 WHEEL DRIVE", "TWO WHEEL DRIVE", "FRONT WHEEL DRIVE",
                     "REAR WHEEL DRIVE", "2X4"), TWO_WHEEL),
    **dict.fromkeys(("AWD", "4X4", "4WD", "ALL WHEEL DRIVE", "FOUR WHEEL DRIVE", "4 WHEEL DRIVE"), ALL_WHEEL),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a test asks of a dyno. Raises `InvalidInput` for a weight class or drive nobody knows."""

    test_type: str
    drive_type: str
    weight_class: str

    def __post_init__(self) -> None:
        if self.drive_type not in DRIVES:
            raise InvalidInput(f"“{self.drive_type}” is not a drive type; give 2WD or AWD.", drive_type=self.drive_type)
        if self.weight_class not in WEIGHT_CLASSES:
            raise InvalidInput(
                f"“{self.weight_class}” is not a weight class; give <10K or >10K.", weight_class=self.weight_class
            )

    @property
    def token(self) -> str:
        """``test|drive|weight``, as in ``dynos.capabilities``."""
        return capability_token(self.test_type, self.drive_type, self.weight_class)


def capability_token(test_type: str, drive_type: str, weight_class: str) -> str:
    return f"{test_type}|{drive_type}|{weight_class}"


def weight_class_of(weight_lbs: float) -> str:
    """``<10K`` up to and including 10,000 lb, else ``>10K``. Raises `InvalidInput` for what can't be a vehicle."""
    if not math.isfinite(weight_lbs):  # also keeps what JSON has no word for out of the facts
        raise InvalidInput(f"A weight is a number; give pounds between 1 and {HEAVIEST_PLAUSIBLE_LBS:,}.")
    if not 0 < weight_lbs <= HEAVIEST_PLAUSIBLE_LBS:
        raise InvalidInput(
            f"{weight_lbs:,.0f} lb can't be a vehicle's weight; give pounds between 1 and {HEAVIEST_PLAUSIBLE_LBS:,}.",
            weight_lbs=weight_lbs,
        )
    return LIGHT if weight_lbs <= HEAVIEST_LIGHT_LBS else HEAVY


def pounds(kilograms: float) -> float:
    return kilograms * LBS_PER_KG


def drive_of(spelling: str) -> str | None:
    """``2WD`` or ``AWD`` for any usual spelling, None for what is unknown or ambiguous (``RWD/AWD``)."""
    folded = " ".join(spelling.replace("\xa0", " ").replace("-", " ").upper().split())
    return _DRIVE_SPELLINGS.get(folded) or _DRIVE_SPELLINGS.get(folded.replace(" ", ""))


def capabilities(
    test_types: tuple[str, ...], drives: tuple[str, ...], weights: tuple[str, ...], excluded: tuple[str, ...]
) -> frozenset[str]:
    """The exact set of tokens of an envelope less its exclusions.

    SQL twin: the function ``dyno_capabilities`` behind the generated column ``dynos.capabilities``.
    """
    every = {capability_token(test, drive, weight) for test in test_types for drive in drives for weight in weights}
    return frozenset(every - set(excluded))


@dataclass(frozen=True, slots=True)
class Envelope:
    """The smallest three lists that hold a set of tokens, and the combinations to cut out of their product."""

    test_types: tuple[str, ...]
    drives: tuple[str, ...]
    weight_classes: tuple[str, ...]
    excluded: tuple[str, ...]


def envelope_of(tokens: frozenset[str]) -> Envelope:
    """Derive the editable envelope from exact tokens, such that `capabilities` of it gives them back."""
    parts = [token.split("|") for token in tokens]
    tests = tuple(sorted({part[0] for part in parts}))
    drives = tuple(sorted({part[1] for part in parts}))
    weights = tuple(sorted({part[2] for part in parts}))
    excluded = capabilities(tests, drives, weights, ()) - tokens
    return Envelope(tests, drives, weights, tuple(sorted(excluded)))
