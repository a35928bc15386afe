"""Which allocation a change means: among those that were looked up, and by the answer to “which one?”. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from dyno_core.agent.models.offline.all_but import DIGITS, answered_but
from dyno_core.agent.models.offline.answers import allocation_of
from dyno_core.agent.models.offline.frame import Choice
from dyno_core.agent.models.offline.slots import KEEPS_END, TO_END, Slots, shifted
from dyno_core.agent.models.offline.tables import iso_day, rows_of
from dyno_core.agent.models.offline.tasks import MOST_AT_ONCE, Task

_ACTIVE: Final = ("scheduled", "in_progress", "tentative")
_ORDINALS: Final = {
    "first": 0, "1st": 0, "earlier": 0, "former": 0, "second": 1, "2nd": 1, "latter": -1, "third": 2, "3rd": 2,
    "last": -1, "later": -1,
}  # fmt: skip
_ALL_OF_THEM: Final = re.compile(r"^(?:all|both|every|each)\b[\w\s]{0,20}\W*$|^(?:all|both) of (?:them|those|these)\b")

_JUST_NUMBERS: Final = re.compile(
    r"^(?:only |just |cancel |number |allocations? )*(#?\d{1,7}(?:(?:\s|,|and\b|&|#)+\d{1,7})*)(?: only| please)?\W*$"
)


def candidates(task: Task, payload: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The active allocations that the task can mean: of its test type, where it names one. None for no list at all."""
    data = payload.get("data")
    rows = rows_of(data)
    if rows is None:
        one = allocation_of(data)
        rows = [one] if one else [] if data in (None, {}, []) else None
    if rows is None:
        return None
    active = [row for row in rows if isinstance(row.get("id"), int) and row.get("status", "scheduled") in _ACTIVE]
    if task.slots.test_type:
        active = [row for row in active if row.get("test_type") == task.slots.test_type]
    if task.intent == "move" and task.words:
        first, last = (iso_day(day) for day in task.words.split("/"))
        active = [row for row in active if _within(Slots(start=first, end=last), choice_of(row))]
    if task.intent == "cancel" and task.slots.dyno:
        active = [row for row in active if row.get("dyno") == task.slots.dyno]
    active = [row for row in active if not any(_is_named(one, row) for one in task.but)]
    return [row for row in active if _within(task.slots, choice_of(row))] if task.intent == "cancel" else active


def _is_named(slots: Slots, row: Mapping[str, Any]) -> bool:
    """Whether ``row`` is one of those that “all but …” leaves out."""
    names = ("dyno", "test_type", "vehicle_id", "tag", "vin", "facility")
    said = ((slots.allocation_id, "id"), *((getattr(slots, name), name) for name in names))
    same = all(wish is None or str(row.get(name)).upper() == str(wish).upper() for wish, name in said)
    return same and _within(slots, choice_of(row))


def choice_of(row: Mapping[str, Any]) -> Choice:
    days = (iso_day(row.get("start_date")), iso_day(row.get("end_date")))
    return Choice(int(row["id"]), *days, row.get("dyno"), row.get("test_type"))


def _within(slots: Slots, choice: Choice) -> bool:
    """Whether the allocation has one of the days that were said, if any was said."""
    begin, end = slots.start, slots.end or slots.start
    if begin is None or end is None or choice.start is None or choice.end is None:
        return True
    return choice.start <= end and begin <= choice.end


def own_to_cancel(rows: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str]:
    """Of the bookings of the person who asks, those that go on one card, and what to say of the others.

    What has begun is not meant by “all”: it is cancelled by its number, with a reason.
    """
    coming = [row for row in rows if row.get("status") != "in_progress"]
    begun = [f"#{row['id']}" for row in rows if row.get("status") == "in_progress"]
    told = []
    if len(coming) > MOST_AT_ONCE:
        told.append(
            f"You have {len(coming)} bookings of that kind; these are the first {MOST_AT_ONCE}, say it again for more."
        )
    if begun:
        told.append(f"Already in progress, so left out: {', '.join(begun)}. Name the number to cancel one of these.")
    return coming[:MOST_AT_ONCE], " ".join(told)


def chosen(low: str, slots: Slots, choices: Sequence[Choice]) -> tuple[int, ...]:
    """The numbers that an answer to “which one?” means: “the second”, “both”, “the one in January”, “on PGN 3”."""
    numbers = tuple(choice.id for choice in choices)
    if (others := answered_but(low, numbers)) is not None:
        return others
    if (said := _numbered(low, numbers)) is not None:
        return said
    if slots.allocation_id is not None:
        return (slots.allocation_id,)
    for word, index in _ORDINALS.items():
        if re.search(rf"\b{word}\b", low) and -len(choices) <= index < len(choices):
            return (numbers[index],)
    if not (slots.start or slots.dyno or slots.test_type):
        return ()
    meant = [
        choice.id
        for choice in choices
        if _within(slots, choice) and slots.dyno in (None, choice.dyno) and slots.test_type in (None, choice.test_type)
    ]
    return (meant[0],) if len(meant) == 1 else ()


def _numbered(low: str, numbers: tuple[int, ...]) -> tuple[int, ...] | None:
    """All of ``numbers``, or those that an answer names; None for an answer in other words."""
    if _ALL_OF_THEM.match(low):
        return () if low.startswith("both") and len(numbers) != 2 else numbers
    named = _JUST_NUMBERS.match(low)
    if named is None:
        return None
    said = {int(number) for number in DIGITS.findall(named[1])}
    return tuple(number for number in numbers if number in said) if said <= {*numbers} else ()


def with_row(task: Task, row: Mapping[str, Any]) -> Task:
    """The allocation known, and "two days later" counted from where it stands."""
    slots = replace(task.slots, allocation_id=int(row["id"]))
    if task.intent == "cancel":
        # The days, dyno and test said which one was meant; they are no part of the change.
        slots = replace(slots, start=None, end=None, window="", dyno=None, test_type=None)
    if slots.window == TO_END:
        return replace(task, slots=_ending(slots, row))
    if slots.window == KEEPS_END:
        return replace(task, slots=_beginning(slots, row))
    if slots.shift is None:
        return replace(task, slots=slots)
    if task.intent == "extend":
        last = iso_day(row.get("end_date"))
        end = last + timedelta(days=slots.shift) if last else None
        return replace(task, slots=replace(slots, end=end, window="range", shift=None))
    moved = shifted(replace(slots, start=iso_day(row.get("start_date")), window="from", shift=None), slots.shift)
    return replace(task, slots=moved)


def _ending(slots: Slots, row: Mapping[str, Any]) -> Slots:
    """With the first day from which it ends on the wished one, at its length or the one that was said."""
    first, last = iso_day(row.get("start_date")), iso_day(row.get("end_date"))
    days = slots.days or ((last - first).days + 1 if first and last else 1)
    start = slots.end - timedelta(days=days - 1) if slots.end else None
    return replace(slots, start=start, end=None, window="from")


def _beginning(slots: Slots, row: Mapping[str, Any]) -> Slots:
    """On the wished first day, or as many days from its own, with the end that it has."""
    first, last = iso_day(row.get("start_date")), iso_day(row.get("end_date"))
    start = slots.start or (first + timedelta(days=slots.shift or 0) if first else None)
    return replace(slots, start=start, end=last, window="range", days=None, shift=None)


def stands_elsewhere(task: Task, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The active allocation that “cancel 42 tomorrow” names, where it has no day then."""
    slots = task.slots
    if task.intent != "cancel" or slots.allocation_id is None or slots.start is None:
        return None
    undated = replace(task, slots=replace(slots, start=None, end=None, window=""))
    return next(iter(candidates(undated, payload) or ()), None)
