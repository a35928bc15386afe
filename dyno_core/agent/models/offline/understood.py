"""What was understood of a task, in words: to repeat it, and to ask for what it lacks. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dyno_core.agent.models.offline import questions
from dyno_core.agent.models.offline.slots import KEEPS_END, TO_END, Slots
from dyno_core.agent.models.offline.tasks import PARTS, Task, missing
from dyno_core.fleet.compatibility import HEAVY, LIGHT
from dyno_core.period import Period, say_day, say_days


def say_vehicle(slots: Slots) -> str:
    """Named by what the tool will be given, so that the two can't differ."""
    for name, value in slots.vehicle.items():
        return f"the vehicle with VIN {value}" if name == "vin" else f"vehicle {value}"
    return ""


def _say_time(slots: Slots) -> str:
    days = say_days(slots.days) if slots.days else ""
    if slots.start and slots.end:
        is_period = slots.start <= slots.end
        span = Period(slots.start, slots.end) if is_period else f"{say_day(slots.start)} until {say_day(slots.end)}"
        return f"{span}{f', {days}' if days else ''}"
    if slots.start and slots.days:
        return f"{Period(slots.start, slots.start + timedelta(days=slots.days - 1))} ({days})"
    if slots.start:
        return f"from {say_day(slots.start)}"
    if slots.end:
        until = "to end on" if slots.window == TO_END else "until"
        return f"{until} {say_day(slots.end)}{f', {days}' if days else ''}"
    if slots.shift:
        return f"{say_days(abs(slots.shift))} {'later' if slots.shift > 0 else 'earlier'}"
    return f"for {days}" if days else ""


def _say_when(task: Task) -> str:
    """From when on a dyno is looked at is no part of how long it is wanted for."""
    slots = task.slots
    if task.intent == "holders" and slots.days and slots.start and not slots.end:
        return f"for {say_days(slots.days)} from {say_day(slots.start)} on"
    return _say_time(slots)


def _only(slots: Slots, name: str) -> bool:
    """Whether of days, dyno and length only ``name`` is to be changed."""
    changes = {"start": slots.start, "end": slots.end, "days": slots.days, "shift": slots.shift, "dyno": slots.dyno}
    return [change for change, value in changes.items() if value is not None] == [name]


def _verb(task: Task) -> str:
    if task.intent in ("move", "extend") and _only(task.slots, "days"):
        return "change the length of"
    if task.intent == "move" and _only(task.slots, "end") and task.slots.window != TO_END:
        return _VERBS["extend"]
    return "move the start of" if task.slots.window == KEEPS_END else _VERBS.get(task.intent, "")


def _say_new_time(slots: Slots) -> str:
    """Where an allocation is moved to: ``to Mon 7 Dec 2026``."""
    if _only(slots, "days"):
        return f"to {say_days(slots.days or 0)}"
    return f"to {_say_time(slots).removeprefix('from ')}" if slots.start else _say_time(slots)


_WEIGHTS: Final = {LIGHT: f"light ({LIGHT})", HEAVY: f"heavy ({HEAVY})"}
KEEPS_ITS_TEST: Final = "The test type of an allocation can't be changed here; cancel it and book it again."
_VERBS: Final = {"book": "book", "move": "move", "extend": "change the end of", "cancel": "cancel"}


def _about(task: Task) -> str:
    """What is changed, where it has no number yet."""
    slots = task.slots
    if not slots.mine and not slots.has_vehicle:
        stands = "what stands there" if task.intent == "cancel" and slots.dyno and slots.start else ""
        return "everything" if task.every else stands
    one, every = ("your booking", "all your bookings") if slots.mine else ("the allocation", "all allocations")
    return f"{every if task.every else one}{' of' if slots.has_vehicle else ''}"


def _where(task: Task) -> str:
    """On which dyno, at which facility, and on which it is not wanted."""
    slots = task.slots
    if slots.dyno or not (slots.avoided or slots.facility):
        return f"on {slots.dyno}" if slots.dyno else ""
    at = f"at {slots.facility}" if slots.facility and task.writes else ""
    unwanted = {"on": [place for place in slots.avoided if place[-1].isdigit()]}
    unwanted["at"] = [place for place in slots.avoided if place not in unwanted["on"]]
    said_so = (f"not {word} {' or '.join(places)}" for word, places in unwanted.items() if places)
    but = " and ".join(said_so)
    return " and ".join(filter(None, (at, but)))


def _named(left_out: Sequence[Slots]) -> str:
    return " and ".join(
        f"#{one.allocation_id}" if one.allocation_id is not None else said(Task("", one)) for one in left_out
    )


def said(task: Task) -> str:
    """What was understood of ``task``, in one phrase without a full stop."""
    slots = task.slots
    weight = f"{slots.weight_lbs:,.0f} lb" if slots.weight_lbs else _WEIGHTS.get(slots.weight_class or "", "")
    about = f"allocation #{slots.allocation_id}" if slots.allocation_id is not None else ""
    if task.writes and task.intent != "book" and not about:
        about = _about(task) or ("it" if _verb(task).endswith(" of") else "")
    parts = (
        f"{about} {say_vehicle(slots) if task.intent == 'book' or not slots.allocation_id else ''}".strip(),
        f"{slots.test_type} test" if slots.test_type else "",
        f"program {slots.program}" if slots.program and not task.writes else "",
        f"model year {slots.model_year}" if slots.model_year and not task.writes else "",
        "" if slots.has_vehicle else ", ".join(filter(None, (weight, slots.drive_type))),
        _say_new_time(slots) if task.intent in ("move", "extend") else _say_when(task),
        _where(task),
        f"but {_named(task.but)}" if task.but else "",
        f"up to {say_days(slots.backup_days)} later" if slots.backup_days else "",
    )
    return " ".join(filter(None, (_verb(task), ", ".join(filter(None, parts)))))


def said_together(tasks: Sequence[Task]) -> str:
    """What was understood of several changes; those that only cancel, in one list of numbers."""
    alone = Slots()
    numbers = [task.slots.allocation_id for task in tasks if task.intent == "cancel"]
    bare = all(replace(task.slots, allocation_id=None, mine=False, reason=None) == alone for task in tasks)
    if bare and len(numbers) == len(tasks) > 1 and None not in numbers:
        *first, last = (f"#{number}" for number in numbers)
        return f"cancel allocations {', '.join(first)} and {last}"
    return "; ".join(said(task) for task in tasks)


def narrowed(task: Task) -> str:
    """What was understood of a question beside its kind: ``brake test, <10K, 2WD, Mon 30 Nov 2026 (1 day)``."""
    slots = task.slots
    where = "" if slots.dyno or not slots.facility else f"at {slots.facility}"
    whose = "booked by you" if slots.mine else ""
    # Of the plan every status is shown but these, whatever “planned” may mean.
    is_told = task.intent == "status" or (task.intent == "plan" and slots.status in questions.TOLD_APART)
    status = slots.status.replace("_", " ") if slots.status and is_told else ""
    return ", ".join(filter(None, (said(task), where, status, whose)))


def question_for(task: Task, *, test_types: tuple[str, ...]) -> str:
    """One sentence that repeats what was understood and names everything that is missing."""
    lacks = missing(task)
    understood = said(task)
    doubt = "".join(f"{problem}. " for problem in dict.fromkeys(task.slots.problems))
    if "change" in lacks and task.slots.test_type and task.slots.allocation_id is not None:
        doubt += f"{KEEPS_ITS_TEST} "
    if "test_type" in lacks and task.slots.unknown_test:
        doubt += unknown_test(task.slots.unknown_test)
    if task.slots.start and task.slots.window in ("week", "month") and "start" in lacks:
        doubt += f"Which day of {Period(task.slots.start, task.slots.end or task.slots.start)}? "
    known = f"I understood: {understood}. " if understood and understood not in _VERBS.values() else ""
    verb = {"book": "book it", "move": "move it", "extend": "do that", "cancel": "cancel it"}.get(
        task.intent, "answer that"
    )
    return f"{doubt}{known}To {verb} I still need {needed(task, test_types=test_types)}."


def unknown_test(name: str) -> str:
    return f"“{name[:1].upper()}{name[1:]}” is not a test type of this lab. "


def needed(task: Task, *, test_types: tuple[str, ...]) -> str:
    """What is missing, as a list in words; empty when nothing is."""
    names = [PARTS[part] + (f" ({', '.join(test_types)})" if part == "test_type" else "") for part in missing(task)]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
