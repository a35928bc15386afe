"""The demo lab itself: four facilities, their dynos, the tests they run and who works there. All invented."""

from dataclasses import dataclass
from typing import Final

from dyno_core.accounts.roles import Role


@dataclass(frozen=True, slots=True)
class DemoTest:
    """``days``: the shortest and longest run of one allocation. ``weight``: how often it is asked for."""

    name: str
    label: str
    synonyms: tuple[str, ...]
    colour: int
    days: tuple[int, int]
    weight: int
    miles_per_day: float | None = 750
    fixed_days: int | None = None


@dataclass(frozen=True, slots=True)
class DemoRule:
    test_type: str
    drive_type: str | None
    weight_class: str | None
    dynos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoDyno:
    """``service``: first and last day in service, as days from today; None = from long ago, or until further notice."""

    name: str
    facility: str
    notes: str = ""
    service: tuple[tuple[int | None, int | None], ...] = ((None, None),)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    email: str
    name: str
    role: Role


MILEAGE: Final = "150K mileage"
CERTIFICATION: Final = "4K certification"
DURABILITY: Final = "durability"

TESTS: Final = (
    DemoTest("brake", "Brake", ("brakes", "brake test", "braking"), 0, (2, 4), 5),
    DemoTest("emission", "Emission", ("emissions", "emission test", "tailpipe"), 1, (3, 6), 6),
    DemoTest("evap", "Evap", ("evaporative", "evap test", "shed"), 2, (3, 5), 4),
    DemoTest(DURABILITY, "Durability", ("endurance", "durability run"), 3, (21, 21), 4, fixed_days=21),
    DemoTest(CERTIFICATION, "4K certification", ("4k", "4k cert", "certification"), 4, (6, 8), 5),
    DemoTest(MILEAGE, "150K mileage", ("150k", "mileage", "mileage accumulation"), 5, (7, 20), 3),
)

_NORTHFIELD = tuple(f"Northfield {number}" for number in range(1, 9))
_RIDGELINE = tuple(f"Ridgeline {number}" for number in range(1, 7))
_HARBOR = tuple(f"Harbor Point {number}" for number in range(1, 7))
_MESA = ("Mesa Flats 1", "Mesa Flats 2")
_HEAVY = ("Mesa Flats HD 1", "Mesa Flats HD 2")

DYNOS: Final = (
    *(DemoDyno(name, "Northfield") for name in _NORTHFIELD[:7]),
    DemoDyno(_NORTHFIELD[7], "Northfield", "Leaves the lab when its lease ends.", ((None, 75),)),
    *(DemoDyno(name, "Ridgeline") for name in _RIDGELINE),
    *(DemoDyno(name, "Harbor Point") for name in _HARBOR[:5]),
    DemoDyno(_HARBOR[5], "Harbor Point", "New rolls since the rebuild.", ((None, -121), (-95, None))),
    DemoDyno(_MESA[0], "Mesa Flats"),
    DemoDyno(_MESA[1], "Mesa Flats", "Commissioned this season.", ((-90, None),)),
    *(DemoDyno(name, "Mesa Flats", "Heavy duty only.") for name in _HEAVY),
)

RULES: Final = (
    DemoRule("brake", "2WD", "<10K", (*_NORTHFIELD[:4], *_NORTHFIELD[6:])),
    DemoRule("brake", "AWD", "<10K", _NORTHFIELD[:4]),
    DemoRule("brake", None, ">10K", (*_NORTHFIELD[:2], *_HEAVY)),
    DemoRule("emission", "2WD", "<10K", (*_NORTHFIELD, *_HARBOR)),
    DemoRule("emission", "AWD", "<10K", (*_NORTHFIELD[:6], *_HARBOR[:4])),
    DemoRule("emission", None, ">10K", (*_NORTHFIELD[:2], *_HEAVY)),
    DemoRule("evap", None, "<10K", (*_NORTHFIELD[4:6], *_HARBOR[:4])),
    DemoRule("evap", "2WD", ">10K", _HARBOR[:2]),
    DemoRule(DURABILITY, None, "<10K", _RIDGELINE[:2]),
    DemoRule(DURABILITY, None, ">10K", (_RIDGELINE[0], *_HEAVY)),
    DemoRule(CERTIFICATION, "2WD", "<10K", (*_RIDGELINE[2:], *_HARBOR, *_MESA)),
    DemoRule(CERTIFICATION, "AWD", "<10K", (*_RIDGELINE[2:4], *_HARBOR[:4])),
    DemoRule(CERTIFICATION, None, ">10K", (_RIDGELINE[2], *_HEAVY)),
    DemoRule(MILEAGE, "AWD", None, (*_RIDGELINE[:4], *_MESA)),
    DemoRule(MILEAGE, "2WD", "<10K", (*_RIDGELINE, *_MESA)),
    DemoRule(MILEAGE, "2WD", ">10K", (*_RIDGELINE, *_HEAVY)),
)

PEOPLE: Final = (
    DemoPerson("viewer@demo.lab", "Vera Lindqvist", Role.VIEWER),
    DemoPerson("engineer@demo.lab", "Emil Okafor", Role.ENGINEER),
    DemoPerson("planner@demo.lab", "Paula Brandt", Role.PLANNER),
    DemoPerson("manager@demo.lab", "Marcus Hale", Role.MANAGER),
    DemoPerson("admin@demo.lab", "Ada Novak", Role.ADMIN),
)
