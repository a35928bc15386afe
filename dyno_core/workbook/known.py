"""What the database knows of the lab before a file is read, and how the usual tests are named."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.database.models import DynoRow
from dyno_core.fleet.rules import load_rules
from dyno_core.fleet.test_types import load_test_types
from dyno_core.workbook.plan import PlanRule
from dyno_core.workbook.reading import KnownLab


@dataclass(frozen=True, slots=True)
class UsualTest:
    """A test as labs run it. ``fixed_days``: as many days, whatever the miles. ``colour``: place in the palette."""

    name: str
    label: str
    synonyms: tuple[str, ...] = ()
    miles_per_day: float | None = 750
    fixed_days: int | None = None
    colour: int = 0


USUAL_TESTS: Final = (
    UsualTest("brake", "Brake", ("brakes", "brake test", "braking"), colour=0),
    UsualTest("emission", "Emission", ("emissions", "emission test", "tailpipe"), colour=1),
    UsualTest("evap", "Evap", ("evaporative", "evap test", "shed"), colour=2),
    UsualTest(
        "durability", "Durability", ("not cert-durability", "endurance", "durability run"), fixed_days=21, colour=3
    ),
    UsualTest("4K certification", "4K certification", ("4k", "4k cert", "certification"), colour=4),
    UsualTest("150K mileage", "150K mileage", ("150k", "mileage", "mileage accumulation"), colour=5),
)
"""A test that the lab does not know yet gets the name, synonyms and lengths of these."""

_BY_NAME: Final = {test.name: test for test in USUAL_TESTS}


def usual_test(name: str) -> UsualTest | None:
    return _BY_NAME.get(name)


def usual_spellings() -> Mapping[str, str]:
    return {spelling: test.name for test in USUAL_TESTS for spelling in (test.name, *test.synonyms)}


def load_known(session: Session) -> KnownLab:
    """Dynos, every spelling of the test types (names win over labels, labels over synonyms), and the rules."""
    kinds = load_test_types(session)
    spellings = {synonym: kind.name for kind in kinds for synonym in kind.synonyms}
    spellings |= {kind.label: kind.name for kind in kinds}
    spellings |= {kind.name: kind.name for kind in kinds}
    return KnownLab(
        dynos=tuple(session.scalars(select(DynoRow.name).order_by(DynoRow.preference, DynoRow.name))),
        test_types=spellings,
        rules=tuple(
            PlanRule(rule.id, rule.test_type, rule.drive_type, rule.weight_class, rule.dynos)
            for rule in load_rules(session)
        ),
        usual_tests=usual_spellings(),
    )
