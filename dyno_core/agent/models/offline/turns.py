"""One turn: a message and the memory in, words or tool calls and the new memory out. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from dyno_core.agent.models.offline.answers import (
    HELP,
    allocation_of,
    answer,
    failure,
    iso_day,
    named_window,
    rows_of,
    say_allocation,
    window_of,
)
from dyno_core.agent.models.offline.clauses import Clause, clauses, normalized, task_of, without_origin
from dyno_core.agent.models.offline.frame import Frame, focused, with_allocation
from dyno_core.agent.models.offline.intents import is_question, plain, stripped
from dyno_core.agent.models.offline.slots import Slots, overlaid, shifted
from dyno_core.agent.models.offline.tasks import (
    Call,
    Task,
    call_for,
    completed,
    lookup,
    missing,
    question_for,
    said,
    say_vehicle,
)
from dyno_core.agent.models.offline.vocabulary import Vocabulary

LONGEST_READ: Final = 2_000
"""Characters of a message that are read; no request needs more, and reading stays quick."""
NOTHING_CHANGED: Final = "All right, nothing was changed."
_ACTIVE: Final = ("scheduled", "in_progress", "tentative")
_YES = re.compile(
    r"^(?:yes|yep|yeah|y|sure|ok|okay|please do|do it|do that|go ahead|correct|exactly"
    r"|confirm(?:ed)?|yes,? please|sounds good|that works)\W*$"
)
_NO = re.compile(r"^(?:no|nope|n|nah|not now|no,? thanks?|no,? thank you|don't|do not|rather not)\W*$")
_DROP = re.compile(r"^(?:cancel|stop|abort|drop|forget)(?: (?:it|that|this))?\W*$")
"""Said to an open question, these drop the question; they are not an order about an allocation."""
_UNDO = re.compile(r"^(?:please )?(?:undo|revert|take (?:it|that) back)\b")
_LEAVES = re.compile(r"\b(?:move|reschedule|transfer|shift|relocate|remove|take|drop|change)\b")
_FOLLOWS = re.compile(
    r"^(?:and\b|same\b|the same\b|also\b|make (?:it|that)\b|what about\b|how about\b|instead\b"
    r"|actually\b|no\b|i meant?\b|sorry\b"
    r"|rather\b|or\b|then\b|but\b|only\b|change (?:it|that)\b|with\b|on\b|for\b|better\b"
    r"|let's (?:make|say)\b|not\b)"
)
_OTHER_QUESTION = re.compile(
    r"^(?:what(?! about)|which|who|when|where|why|how(?! about)|is|are|does|do|has|show|list|find"
    r"|can|could)\b"
)
_OPEN: Final = frozenset({"dyno", "check", "plan", "allocation", "find_vehicle", "starts", "status", "running"})
"""Intents that the bare facts of an answer or a follow-up look like."""
_SMALL_TALK: Final = {
    "hello": "Hello! " + HELP,
    "thanks": "You're welcome.",
    "help": HELP,
    "nothing": NOTHING_CHANGED,
    "unable": "That is done in the calendar; here I can book, move, extend and cancel. Nothing was changed.",
}
_ORDINALS: Final = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "last": -1}


@dataclass(frozen=True, slots=True)
class Reply:
    text: str
    calls: tuple[Call, ...]
    frame: Frame


def take_turn(text: str, frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    """What to say or call for a message of the user. Control characters in it count as blanks."""
    text = "".join(sign if sign.isprintable() or sign == "\n" else " " for sign in text[:LONGEST_READ])
    if short := _short_answer(plain(text), frame, vocabulary=vocabulary, today=today):
        return short
    message = normalized(without_origin(text, vocabulary) if _LEAVES.search(plain(text)) else text)
    parts = clauses(message, vocabulary, today=today)
    carried = _carried_on(message, parts[0], frame) if len(parts) == 1 else None
    if isinstance(carried, Reply):
        return carried
    if carried is not None:
        sure = not is_question(message) and (frame.sure or frame.state != "asked")
        return _go(carried, frame, vocabulary=vocabulary, today=today, sure=sure)
    return _new_topic(parts, frame, vocabulary=vocabulary, today=today)


def _short_answer(low: str, frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply | None:
    """Yes, no and undo, None for anything longer."""
    if _YES.match(low):
        return _agreed(frame, low, vocabulary=vocabulary, today=today)
    if _NO.match(low) or (frame.state in ("asked", "offered") and _DROP.match(low)):
        return Reply(NOTHING_CHANGED, (), Frame(focus=frame.focus))
    return _undone(frame, vocabulary=vocabulary, today=today) if _UNDO.match(low) else None


def _new_topic(parts: tuple[Clause, ...], frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    intent = parts[0].intent
    if intent is None:
        return _not_understood(frame, vocabulary)
    if intent.name == "test_types":
        return Reply(f"The test types are {', '.join(vocabulary.test_types)}.", (), frame)
    if intent.name in _SMALL_TALK:
        return Reply(_SMALL_TALK[intent.name], (), Frame(focus=frame.focus))
    every = (task_of(part, focus=frame.focus) for part in parts)
    tasks = tuple(task for task in every if task and task.intent not in (*_SMALL_TALK, "test_types"))
    sure = all(part.intent is None or part.intent.sure for part in parts)
    return _go(tasks, frame, vocabulary=vocabulary, today=today, sure=sure)


def _agreed(frame: Frame, low: str, *, vocabulary: Vocabulary, today: date) -> Reply:
    if frame.state == "offered":
        return _go(frame.tasks, frame, vocabulary=vocabulary, today=today)
    if low.startswith("ok"):
        return Reply("All right.", (), frame)
    return Reply("There is nothing waiting for a yes, so nothing was changed.", (), Frame(focus=frame.focus))


def _undone(frame: Frame, *, vocabulary: Vocabulary, today: date) -> Reply:
    """Only a booking just made can be undone by cancelling it; another change has its own Undo."""
    if frame.made and frame.focus.allocation_id is not None:
        task = Task("cancel", Slots(allocation_id=frame.focus.allocation_id, reason="undone in chat"))
        return _go((task,), frame, vocabulary=vocabulary, today=today)
    return Reply("Use the Undo on the receipt of the change, or tell me what to move or cancel.", (), frame)


def _not_understood(frame: Frame, vocabulary: Vocabulary) -> Reply:
    if frame.state == "asked" and frame.tasks:
        task = next((task for task in frame.tasks if missing(task)), frame.tasks[0])
        question = question_for(task, test_types=tuple(vocabulary.test_types))
        return Reply(f"I did not understand that. {question}", (), frame)
    return Reply(f"I did not understand that. {HELP}", (), Frame(focus=frame.focus))


def _carried_on(text: str, part: Clause, frame: Frame) -> tuple[Task, ...] | Reply | None:
    """The tasks of a message that carries on with the last one; None when it is a new one."""
    if not frame.tasks:
        return None
    low, name, slots = plain(text), part.intent.name if part.intent else "", part.slots
    if name == "book":
        taken = _booked_from(frame, slots) if _takes_up(low, slots, frame) else None
        if taken or (part.intent and not part.intent.weak):
            return taken
    if frame.state == "asked" and name == "window":
        return (replace(frame.tasks[-1], intent="window", slots=overlaid(frame.tasks[-1].slots, slots)),)
    if _OTHER_QUESTION.match(stripped(text)):
        return None
    open_name = name in ("", *_OPEN) or (part.intent is not None and part.intent.weak)
    if frame.state == "asked" and open_name:
        slots = _bare(low, slots, frame)
        return _answered(frame, slots) if not slots.empty else None
    follows = _FOLLOWS.match(low) and open_name and not slots.empty
    return _changed(low, slots, frame) if follows or _moves_the_new_one(name, slots, frame) else None


def _takes_up(low: str, slots: Slots, frame: Frame) -> bool:
    """``book it`` after a search, or ``book vehicle 13 on PGN 3`` that leaves test and time to the search."""
    if not slots.has_vehicle:
        return bool(re.search(r"\b(?:it|that|this|one|them)\b", low))
    says_nothing_else = not (slots.start or slots.days or slots.test_type)
    return says_nothing_else and frame.state in ("sent", "answered", "offered")


def _moves_the_new_one(name: str, slots: Slots, frame: Frame) -> bool:
    """``push it back by a day`` right after a booking."""
    unnamed = not slots.has_vehicle and slots.allocation_id is None
    return frame.made and unnamed and slots.shift is not None and name in ("move", "extend")


def _bare(low: str, slots: Slots, frame: Frame) -> Slots:
    """A number or "the second one" as the answer to what was asked."""
    if frame.choices:
        for word, index in _ORDINALS.items():
            if re.search(rf"\b{word}\b", low):
                return Slots(allocation_id=frame.choices[index]) if abs(index) < len(frame.choices) else slots
    number = re.fullmatch(r"\W*(?:for |about |number |no\. ?)?(\d[\d,]{0,9})\W*", low)
    wanted = [part for part in frame.asked if part in ("vehicle", "allocation", "days", "weight")]
    if not number or len(wanted) != 1:
        return slots
    value = int(number[1].replace(",", ""))
    meant = {"vehicle": Slots(vehicle_id=value), "allocation": Slots(allocation_id=value), "days": Slots(days=value)}
    return meant.get(wanted[0], Slots(weight_lbs=value))


def _answered(frame: Frame, slots: Slots) -> tuple[Task, ...]:
    """The open task with the answer in it."""
    index = next((index for index, task in enumerate(frame.tasks) if missing(task)), len(frame.tasks) - 1)
    tasks = list(frame.tasks)
    if slots.allocation_id is None and slots.window == "day" and tasks[index].intent in ("book", "free", "explain"):
        slots = replace(slots, end=None, window="from") if tasks[index].slots.days else slots
    tasks[index] = replace(tasks[index], slots=overlaid(tasks[index].slots, slots))
    return tuple(tasks)


def _changed(low: str, slots: Slots, frame: Frame) -> tuple[Task, ...] | Reply:
    """The last task with something changed: another day, vehicle, dyno, length or test."""
    base = frame.tasks[-1]
    same = re.match(r"(?:and |also |the )*same\b", low) or slots.has_vehicle
    if frame.made and base.intent == "book" and not same and frame.focus.allocation_id is not None:
        moved = overlaid(base.slots, slots)
        start = moved.start if (slots.start or slots.shift) else None
        wish = Slots(
            allocation_id=frame.focus.allocation_id,
            start=start,
            window="from" if start else "",
            dyno=slots.dyno,
            days=slots.days,
        )
        if slots.test_type and not (start or slots.dyno or slots.days):
            return Reply(
                "The test type of an allocation can't be changed here; cancel it and book it again.", (), frame
            )
        return (Task("move", wish),)
    if base.intent == "free" and slots.dyno and not slots.start:
        return (replace(base, intent="explain", slots=overlaid(base.slots, slots)),)
    if base.intent in ("dyno", "check") and (slots.dyno or slots.has_vehicle):
        return (Task("check" if slots.has_vehicle else "dyno", overlaid(Slots(), slots)),)
    return (replace(base, slots=overlaid(base.slots, slots)),)


def _booked_from(frame: Frame, slots: Slots) -> tuple[Task, ...] | None:
    """``book it`` after a search: the searched vehicle, test and time, on the dyno that was found."""
    base = frame.tasks[-1]
    if frame.state == "offered" and base.intent == "book":
        return (replace(base, slots=overlaid(base.slots, slots)),)
    if base.intent not in ("free", "window", "explain"):
        return None
    wish = replace(base.slots, dyno=base.slots.dyno if base.intent == "explain" else None)
    if base.intent == "window":
        wish = replace(wish, start=frame.focus.start, end=None, window="from", dyno=frame.focus.dyno)
    return (Task("book", overlaid(wish, slots)),)


def _go(tasks: Sequence[Task], frame: Frame, *, vocabulary: Vocabulary, today: date, sure: bool = True) -> Reply:
    """Ask for what is missing, offer what was not ordered, look up what must be known, else call."""
    done = tuple(completed(task, today=today) for task in tasks)
    focus = frame.focus
    for task in done:
        focus = focused(focus, task.slots)
    new = Frame(tasks=done, focus=focus, sure=sure)
    for task in done:
        if lacks := missing(task):
            text = question_for(task, test_types=tuple(vocabulary.test_types))
            return Reply(text, (), replace(new, state="asked", asked=lacks))
    writes = [said(task) for task in done if task.writes]
    if writes and not sure:
        text = f"That would be: {'; '.join(writes)}. Nothing is changed yet; say “yes” and I'll propose it."
        return Reply(text, (), replace(new, state="offered"))
    if looked_up := tuple(call for task in done if (call := lookup(task))):
        return Reply("", looked_up, replace(new, state="lookup"))
    text = f"I understood: {'; '.join(writes)}." if writes else ""
    return Reply(text, tuple(call_for(task, today=today) for task in done), replace(new, state="sent"))


def go_on(frame: Frame, results: Sequence[Mapping[str, Any]], *, vocabulary: Vocabulary, today: date) -> Reply:
    """What to say or call after the tools answered; ``results`` in the order of the calls."""
    if frame.state == "lookup":
        return _looked_up(frame, results, vocabulary, today=today)
    pairs = tuple(zip(frame.tasks, results, strict=False))
    texts = list(dict.fromkeys(answer(task, payload) for task, payload in pairs))
    focus, made = frame.focus, False
    for task, payload in pairs:
        row = allocation_of(payload.get("data")) if payload.get("ok") and task.writes else None
        if row is not None:
            made = task.intent == "book"
            focus = with_allocation(focused(focus, task.slots), int(row["id"]))
    after = replace(frame, state="answered", focus=focus, made=made, asked=(), choices=())
    if len(pairs) == 1:
        after, offer = _offer(after, *pairs[0])
        texts.append(offer)
    return Reply("\n\n".join(filter(None, texts)), (), after)


def _offer(frame: Frame, task: Task, payload: Mapping[str, Any]) -> tuple[Frame, str]:
    """The window that a search or a refusal named, kept for a "yes" or "book it"."""
    refused = task.intent == "book" and not payload.get("ok") and payload.get("error") != "declined"
    looked = payload.get("data") if task.intent in ("window", "explain") else None
    window = named_window(payload.get("facts")) if refused else window_of(looked)
    start = iso_day(window.get("start_date") or window.get("start")) if window else None
    if window is None or start is None:
        return frame, ""
    dyno = window.get("dyno") or window.get("dyno_name") or window.get("name")
    name = dyno.get("name") if isinstance(dyno, Mapping) else dyno
    slots = task.slots
    days = slots.days or ((slots.end - slots.start).days + 1 if slots.start and slots.end else None)
    found = replace(slots, start=start, end=None, window="from", days=days, dyno=name or slots.dyno)
    focus = replace(frame.focus, start=start, dyno=found.dyno)
    offered = Task("book", found)
    if missing(offered):
        return replace(frame, focus=focus), ""
    if refused:
        return replace(frame, tasks=(offered,), state="offered", focus=focus), f"Shall I propose that: {said(offered)}?"
    return replace(frame, tasks=(offered,), state="offered", focus=focus), ""


def _looked_up(frame: Frame, results: Sequence[Mapping[str, Any]], vocabulary: Vocabulary, *, today: date) -> Reply:
    """Give each change its allocation; ask which one where there are several."""
    answers, tasks, told = iter(results), list[Task](), list[str]()
    for task in frame.tasks:
        if lookup(task) is None:
            tasks.append(task)
            continue
        payload = next(answers, {})
        rows = _candidates(task, payload) if payload.get("ok") else None
        if rows is None:
            told.append(failure(payload))
        elif not rows:
            about = say_vehicle(task.slots) or f"#{task.slots.allocation_id}"
            told.append(f"There is no active allocation of {about}, so there is nothing to change.")
        elif len(rows) > 1:
            listed = "\n".join(f"- {say_allocation(row)}" for row in rows)
            return Reply(
                f"Which allocation do you mean?\n{listed}",
                (),
                replace(
                    frame,
                    tasks=(task,),
                    state="asked",
                    asked=("allocation",),
                    choices=tuple(int(row["id"]) for row in rows),
                ),
            )
        else:
            tasks.append(_with_row(task, rows[0]))
    if not tasks:
        return Reply("\n\n".join(told), (), replace(frame, state="answered", asked=(), choices=()))
    reply = _go(tasks, frame, vocabulary=vocabulary, today=today)
    return replace(reply, text="\n\n".join(filter(None, (*told, reply.text))))


def _candidates(task: Task, payload: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """The active allocations that the task can mean: of its test type, where it names one."""
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
    if task.intent == "cancel" and task.slots.dyno:
        active = [row for row in active if row.get("dyno") == task.slots.dyno]
    return [row for row in active if _within(task, row)] if task.intent == "cancel" else active


def _within(task: Task, row: Mapping[str, Any]) -> bool:
    """Whether the allocation has one of the days on which the user said to cancel, if any was said."""
    first, last = iso_day(row.get("start_date")), iso_day(row.get("end_date"))
    begin, end = task.slots.start, task.slots.end or task.slots.start
    if begin is None or end is None or first is None or last is None:
        return True
    return first <= end and begin <= last


def _with_row(task: Task, row: Mapping[str, Any]) -> Task:
    """The allocation known, and "two days later" counted from where it stands."""
    slots = replace(task.slots, allocation_id=int(row["id"]))
    if slots.shift is None:
        return replace(task, slots=slots)
    if task.intent == "extend":
        last = iso_day(row.get("end_date"))
        end = last + timedelta(days=slots.shift) if last else None
        return replace(task, slots=replace(slots, end=end, window="range", shift=None))
    moved = shifted(replace(slots, start=iso_day(row.get("start_date")), window="from", shift=None), slots.shift)
    return replace(task, slots=moved)
