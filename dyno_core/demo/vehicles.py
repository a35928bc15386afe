"""The demo lab's vehicles. Pure: the same random source gives the same fleet."""

import random
from dataclasses import dataclass
from typing import Final

from dyno_core.fleet.compatibility import weight_class_of

_VIN_LETTERS: Final = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
_VIN_VALUES: Final = dict(zip(_VIN_LETTERS, (*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_YEAR_LETTERS: Final = "ABCDEFGHJKLMNPRSTVWXY"
"""2010 is A; the letters I, O, Q, U and Z are left out."""

_CONTACTS: Final = (
    "Ana Rivas", "Ben Whitlock", "Chidi Eze", "Dana Kowalski", "Farah Siddiqui", "Greg Tanaka", "Hanna Voss",
)  # fmt: skip
_TEAMS: Final = ("Certification East", "Certification West", "Durability", "Emission development")


@dataclass(frozen=True, slots=True)
class Program:
    name: str
    letter: str
    weights_lbs: tuple[int, int]
    drives: tuple[str, ...]
    powertrains: tuple[str, ...]
    count: int


PROGRAMS: Final = (
    Program("Cedar", "C", (3600, 4700), ("2WD", "2WD", "AWD"), ("1.5T I4", "1.5 HEV"), 15),
    Program("Juniper", "J", (4200, 5600), ("2WD", "AWD"), ("2.0T I4", "2.5 PHEV"), 15),
    Program("Sequoia Peak", "S", (5600, 8200), ("AWD", "2WD"), ("3.6 V6", "5.0 V8"), 14),
    Program("Ironwood HD", "W", (10_400, 13_800), ("2WD", "AWD"), ("6.7 diesel V8", "6.4 V8"), 16),
)


@dataclass(frozen=True, slots=True)
class DemoVehicle:
    """``number`` is its place in the fleet, from 0. None where the lab does not know it yet."""

    number: int
    vin: str | None
    tag: str | None
    build_id: str | None
    program: str
    model_year: int
    cert_team: str
    contact: str
    build_type: str
    powertrain: str
    weight_lbs: int | None
    weight_class: str | None
    drive_type: str | None
    test_drive: str | None
    notes: str = ""

    @property
    def is_bookable(self) -> bool:
        return self.weight_class is not None and self.drive_type is not None and self.tag is not None


def check_digit(vin: str) -> str:
    """The ninth character that makes ``vin`` valid (49 CFR 565.15): the weighted sum modulo 11, X for 10."""
    remainder = sum(_VIN_VALUES[letter] * weight for letter, weight in zip(vin, _VIN_WEIGHTS, strict=True)) % 11
    return "X" if remainder == 10 else str(remainder)


def make_vehicles(rng: random.Random, *, year: int) -> tuple[DemoVehicle, ...]:
    """About sixty vehicles that can be booked, and six that can't yet. ``year``: the newest model year is the next."""
    fleet: list[DemoVehicle] = []
    for program in PROGRAMS:
        for index in range(program.count):
            fleet.append(_vehicle(rng, program, number=len(fleet), index=index, year=year))
    for index in range(4):
        fleet.append(_future_vehicle(PROGRAMS[index % 2], number=len(fleet), unit=index + 1, year=year))
    fleet.append(_incomplete(rng, number=len(fleet), missing="drive", year=year))
    fleet.append(_incomplete(rng, number=len(fleet), missing="weight", year=year))
    return tuple(fleet)


def _vehicle(rng: random.Random, program: Program, *, number: int, index: int, year: int) -> DemoVehicle:
    model_year = year + (index % 3) - 1
    weight = rng.randrange(program.weights_lbs[0], program.weights_lbs[1], 10)
    drive = program.drives[index % len(program.drives)]
    return DemoVehicle(
        number=number,
        # Early builds have a tag long before they have a VIN.
        vin=None if index % 7 == 6 else _vin(rng, program, model_year),
        tag=f"{500 + 12 * (number % 9)}{program.letter}{204 + 7 * number}",
        build_id=f"{program.letter}B-{1000 + number * 17}",
        program=program.name,
        model_year=model_year,
        cert_team=rng.choice(_TEAMS),
        contact=rng.choice(_CONTACTS),
        build_type=rng.choice(("Prototype", "Pre-production", "Production")),
        powertrain=rng.choice(program.powertrains),
        weight_lbs=weight,
        weight_class=weight_class_of(weight),
        drive_type=drive,
        test_drive="2WD" if drive == "AWD" and index % 5 == 0 else drive,
    )


def _future_vehicle(program: Program, *, number: int, unit: int, year: int) -> DemoVehicle:
    return DemoVehicle(
        number=number,
        vin=None,
        tag=None,
        build_id=None,
        program=program.name,
        model_year=year + 1,
        cert_team=_TEAMS[0],
        contact=_CONTACTS[unit],
        build_type="Pre-production",
        powertrain=program.powertrains[0],
        weight_lbs=None,
        weight_class="<10K",
        drive_type=program.drives[0],
        test_drive=None,
        notes=f"Unit {unit} of 4 of the next build; tag and VIN follow.",
    )


def _incomplete(rng: random.Random, *, number: int, missing: str, year: int) -> DemoVehicle:
    program = PROGRAMS[2]
    weight = None if missing == "weight" else rng.randrange(*program.weights_lbs, 10)
    return DemoVehicle(
        number=number,
        vin=None,
        tag=f"900{program.letter}{300 + number}",
        build_id=f"{program.letter}B-{1000 + number * 17}",
        program=program.name,
        model_year=year + 1,
        cert_team=_TEAMS[1],
        contact=_CONTACTS[0],
        build_type="Prototype",
        powertrain=program.powertrains[0],
        weight_lbs=weight,
        weight_class=None if weight is None else weight_class_of(weight),
        drive_type=None if missing == "drive" else "AWD",
        test_drive=None,
        notes=f"Ask the build team for the {missing}.",
    )


def _vin(rng: random.Random, program: Program, model_year: int) -> str:
    year_letter = _YEAR_LETTERS[(model_year - 2010) % len(_YEAR_LETTERS)]
    body = "".join(rng.choice(_VIN_LETTERS) for _ in range(4))
    draft = f"1D{program.letter}{body}F0{year_letter}N{rng.randrange(1_000_000):06}"
    return draft[:8] + check_digit(draft) + draft[9:]
