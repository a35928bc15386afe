"""When a rule may fit at all: what a message names besides its words. Pure."""

from collections.abc import Callable
from dataclasses import replace

from dyno_core.agent.models.offline.slots import Slots

Guard = Callable[[Slots], bool]
Rule = tuple[str, str, Guard]
"""A name, a pattern over the plain text, a guard over what the text names."""


def one_of(*patterns: str) -> str:
    return "|".join(patterns)


def always(_: Slots) -> bool:
    return True


def no_vehicle(slots: Slots) -> bool:
    return not slots.has_vehicle


def vehicle(slots: Slots) -> bool:
    return slots.has_vehicle


def only_a_dyno(slots: Slots) -> bool:
    return slots.dyno is not None and slots.test_type is None and not slots.has_vehicle


def for_something(slots: Slots) -> bool:
    return not only_a_dyno(slots)


def has_window(slots: Slots) -> bool:
    return slots.start is not None


def one_dyno_alone(slots: Slots) -> bool:
    """Nothing but a dyno and perhaps a time: who holds it is all that can be said."""
    about = (slots.test_type, slots.weight_lbs, slots.weight_class, slots.drive_type, slots.unknown_test, slots.days)
    return only_a_dyno(slots) and not any(about)


def one_dyno_for_days(slots: Slots) -> bool:
    """A dyno and how long it is wanted for, but not for what."""
    return slots.days is not None and one_dyno_alone(replace(slots, days=None))


def any_dyno(slots: Slots) -> bool:
    about = (slots.test_type, slots.weight_lbs, slots.weight_class, slots.drive_type, slots.unknown_test, slots.days)
    return slots.dyno is None and "dyno" not in slots.unclear and not slots.has_vehicle and not any(about)


def for_a_kind_of_vehicle(slots: Slots) -> bool:
    """A weight or a drive that needs a place, or a vehicle with its test; no one dyno, no allocation."""
    kind = slots.weight_lbs or slots.weight_class or slots.drive_type
    wanted = slots.test_type is not None if slots.has_vehicle else kind is not None
    return wanted and slots.dyno is None and slots.allocation_id is None and bool(slots.days is None or slots.start)


def is_narrowed(slots: Slots) -> bool:
    """Whether a part of the plan is named: a dyno, a facility, a test type, a program or a model year."""
    return any((slots.dyno, slots.facility, slots.avoided, slots.test_type, slots.program, slots.model_year))


def any_dyno_in_a_window(slots: Slots) -> bool:
    return slots.start is not None and any_dyno(slots)
