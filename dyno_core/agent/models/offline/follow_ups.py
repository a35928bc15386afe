"""A message that carries on with the one before: an answer, a correction, “same for …”, “what about …?”. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dyno_core.agent.models.offline.calendar_words import NUMBER, number_of
from dyno_core.agent.models.offline.clauses import KEEPS_ITS_END, Clause
from dyno_core.agent.models.offline.frame import Choice, Frame
from dyno_core.agent.models.offline.lookups import chosen
from dyno_core.agent.models.offline.orders import is_question, plain, stripped
from dyno_core.agent.models.offline.slots import KEEPS_END, VEHICLE_FIELDS, Slots, filled, overlaid, shifted
from dyno_core.agent.models.offline.tasks import Task, missing
from dyno_core.agent.models.offline.understood import KEEPS_ITS_TEST

_FOLLOWS = re.compile(
    r"^(?:and\b|same\b|the same\b|also\b|make (?:it|that)\b|what about\b|how about\b|instead\b"
    r"|actually\b|no\b|i meant?\b|sorry\b|oops\b|wrong\b|wait\b|it should\b|should be\b"
    r"|rather\b|or\b|then\b|but\b|only\b|change (?:it|that)\b|with\b|on\b|for\b|better\b|put (?:it|that)\b"
    r"|let's (?:make|say)\b|not\b|another\b|(?:a|one|two|three|four|five|six|seven|\d+) (?:days?"
    r"|weeks?) (?:earlier|later"
    r"|sooner|longer|shorter|more|less)\b|(?:earlier|later)\b|the (?:week|day) (?:after|before)\b|the (?:next"
    r"|following)\b"
    r"|from\b|start(?:ing|s)?\b|until\b|till\b|to\b|begin(?:ning)?\b|(?:can|could) (?:we|you|it) (?:make|start"
    r"|begin)\b)"
)
_OTHER_QUESTION = re.compile(
    r"^(?:what(?! about)|which|who|when|where|why|how(?! about)|is|are|does|do|has|show|list|find"
    r"|can|could|plan|schedule|calendar|tell|give|status|state|details?)\b"
    r"|^(?:(?:i|we) )?(?:also )?(?:need|want|looking for) (?:an? |the |another )?(?:\w+ )?(?:dyno|rig|place|slot)\b"
    r"|^(?:[\w-]+ ){0,2}(?:dynos|rigs|vehicles|trucks|(?:tests|bookings|allocations)"
    r" (?:completed|done|finished|cancell?ed|running|of|in|at|per|last|this|next))\b|\b(?:plan|schedule)\W*$"
)
OPEN: Final = frozenset(
    {"dyno", "check", "plan", "allocation", "find_vehicle", "starts", "ends", "status", "running", "holders", "idle"}
)
"""Intents that the bare facts of an answer or a follow-up look like."""
_OF_ALLOCATIONS: Final = ("allocation", "cancel", "move", "extend")
_OF_VEHICLES: Final = ("check", "find_vehicle", "contact")
_OF_A_TEST: Final = (*VEHICLE_FIELDS, "weight_lbs", "weight_class", "drive_type", "test_type")
_FOR_ALL: Final = ("test_type", "start", "end", "window", "days")
_WHY = re.compile(
    r"^(?:but |and |ok |so )*(?:(?:tell me |explain(?: me)? )?why(?: (?:not|is that|that|so|no))?"
    r"|explain(?: (?:it|that|this|please|then))*)(?: please)?\W*$"
)
_WHEN = re.compile(
    r"^(?:so |and |but )?(?:when(?: (?:then|else|instead|is it possible|would (?:it|that) work))?"
    r"|(?:(?:you can |go |just )?(?:look|search) for|find|show|give|get|tell|check|what(?:'s| is)|yes)?(?: me| us)?"
    r" ?(?:the|a)? ?next (?:free |available |open |possible )?(?:windows?|gaps?|dates?|days?|time|slot|one)"
    r"(?: then| please| instead)*)\W*$"
)
_SOONER = re.compile(
    r"^(?:but |and |so |ok )*(?:why (?:not|isn't (?:it|that)|can't (?:it|we|i)(?: \w+){0,2}) |(?:is|isn't) there "
    r"|(?:can|could) (?:it|we|i|you|that)(?: \w+){0,3} )?(?:nothing |anything |something |any )?"
    r"(?:sooner|earlier|before (?:that|then))\W*$"
)
"""Asked of a place that was found: whether there is none before it."""
_INSTEAD = re.compile(r"\binstead\b|^(?:can|could) (?:we|you|it) (?:make|start|begin)\b")
_LENGTHENED = re.compile(rf"\b({NUMBER})(?:\s+more)?\s+(days?|weeks?)\s+(longer|more|shorter|less)\b")
_ALSO_NUMBER = re.compile(
    r"^(?:(?:and|what about|how about|or|no|sorry|oops|i meant?|not that,?|rather)\b[\s,]*)+"
    r"(?:for |with |about |number )?#?(\d{1,6})(?: (?:instead|rather))?\W*$"
    r"|^(?:number )?#?(\d{1,6}) (?:instead|rather)\W*$"
)
_ONLY = re.compile(r"^(?:no,? )?(?:only|just)\b[\s\d#,&]*(?:and[\s\d#]*)?\W*$")
_ORDERS_ANEW = re.compile(
    r"(?:book|cancel|move|shift|push|postpone|delay|bump|extend|shorten|reschedule|pull|swap|scrap)\b"
    r"(?!.*\b(?:it|that|this|them)\b)"
)
"""An order of its own is no answer to a question that is open."""
_NOT_THEN = re.compile(r"^(?:no\W+)?not\b(?! (?:before|until|till|later|earlier|after)\b)")
_SAME = re.compile(r"(?:and |also |the |please )*same\b")
_ANOTHER_PLACE: Final = re.compile(
    r"^(?:(?:no|please|but|just|rather|on|to|use|take|try|give me|i want|with)\b[\s,]*)*"
    r"(?:(?:another|a different|some other|any other|other) (?:dyno|rig|one|place|facility)\b"
    r"|not (?:on |at )?(?:there|that one|this one|that (?:dyno|rig))\b|(?:somewhere|anywhere) (?:else|but there)\b"
    r"|elsewhere\b)"
)
"""Said of a card: not the dyno that it shows."""
_SEARCHES: Final = ("free", "window", "explain", "holders")
_CAN_BE_CORRECTED: Final = ("book", "move", "extend", "free", "window", "explain")


def carried_on(text: str, part: Clause, frame: Frame, *, vehicles: Sequence[Slots]) -> tuple[Task, ...] | str | None:
    """The tasks of a message that carries on with the last one, or why that can't be; None when it is a new one.

    ``vehicles``: all that the message names.
    """
    asks_why = bool(_WHY.match(plain(text)))
    if not frame.tasks or (asks_why and not _can_be_explained(frame)):
        return (_explained(frame.refused),) if asks_why and frame.refused else None
    low, name, slots = (
        plain(text),
        part.intent.name if part.intent else "",
        _with_number(plain(text), part.slots, frame),
    )
    if _ANOTHER_PLACE.match(low) and frame.tasks[-1].intent == "book" and not frame.made and frame.focus.dyno:
        slots = slots if slots.dyno else replace(slots, avoided=(*slots.avoided, frame.focus.dyno))
    puts_it = _puts_it(low, slots)
    if name == "book" and not puts_it:
        taken = _booked_from(frame, slots) if _takes_up(low, slots, frame) else None
        if taken or (part.intent and not part.intent.weak):
            return taken
    if (
        turned := _of_the_cancels(low, frame)
        or _with_its_end(low, slots, frame)
        or _turned_round(stripped(text) or low, name, slots, frame)
    ):
        return turned
    if _OTHER_QUESTION.match(stripped(text)) and not _INSTEAD.search(low):
        return None
    weak = part.intent is not None and part.intent.weak
    anew = _ORDERS_ANEW.match(stripped(text)) and not puts_it
    bare = (name in ("", *OPEN) or weak or puts_it) and not anew
    if frame.state == "asked":
        return _to_the_question(low, slots, frame) if bare else None
    return _on_the_last(text, name, slots, frame, vehicles=vehicles, bare=bare, weak=weak)


def _on_the_last(
    text: str, name: str, slots: Slots, frame: Frame, *, vehicles: Sequence[Slots], bare: bool, weak: bool
) -> tuple[Task, ...] | str | None:
    """“Same for 14 and 15”, “and on PGN 3?”, “two days earlier”.

    ``bare``: there is no order or question in it; ``weak``: its facts alone suggest one.
    """
    low = plain(text)
    if weak and name in ("move", "extend") and frame.tasks[-1].intent not in _CAN_BE_CORRECTED:
        return None
    if bare and _SAME.match(low) and len(vehicles) > 1:
        base = _base(low, frame)
        return tuple(replace(base, slots=overlaid(base.slots, vehicle)) for vehicle in vehicles)
    if frame.tasks[-1].intent == "cancel" and not (slots.has_vehicle or slots.allocation_id is not None):
        return None
    is_place = name == "dyno" and frame.tasks[-1].intent in ("book", "move") and not is_question(text)
    silent = (
        name == ""
        or (weak and (name == "plan" or slots == Slots(test_type=slots.test_type)))
        or (is_place and slots == Slots(dyno=slots.dyno))
    )
    carries = (((follows(text) and bare) or silent) and slots != Slots()) or _moves_the_new_one(name, slots, frame)
    return _changed(low, slots, frame) if carries else None


def follows(text: str) -> bool:
    """Whether the words themselves say that they carry on: “and on PGN 3?”, “two days earlier”, “… instead”."""
    low, bare = plain(text), stripped(text)
    return bool(_FOLLOWS.match(low) or _FOLLOWS.match(bare) or _INSTEAD.search(low))


def _with_number(low: str, slots: Slots, frame: Frame) -> Slots:
    """“Wrong vehicle, it should be 13” and “and 14?” name a vehicle or allocation without the word beside it."""
    base = frame.tasks[-1].intent
    if (also := _ALSO_NUMBER.match(low)) and base in (*_OF_ALLOCATIONS, *_OF_VEHICLES):
        number = int(also[1] or also[2])
        return Slots(allocation_id=number) if base in _OF_ALLOCATIONS else Slots(vehicle_id=number)
    meant = re.search(r"\b(?:vehicle|truck|car)\b.*\b(?:be|is|was|it's|meant?)\s+(?:number\s+)?#?(\d{1,6})\W*$", low)
    return slots if slots.has_vehicle or not meant else replace(slots, vehicle_id=int(meant[1]), allocation_id=None)


def _puts_it(low: str, slots: Slots) -> bool:
    """``put it on PGN 4``: about what was spoken of, whichever that is."""
    return not slots.has_vehicle and bool(re.search(r"\b(?:put|place) (?:it|that|this)\b", low))


def _turned_round(low: str, name: str, slots: Slots, frame: Frame) -> tuple[Task, ...] | None:
    """Another question about the same: “why not?” and “when then?” after a search or a refusal."""
    if frame.state == "asked" and name == "window":
        return (replace(frame.tasks[-1], intent="window", slots=overlaid(frame.tasks[-1].slots, slots)),)
    base = frame.behind or frame.tasks[-1]
    if _SOONER.match(low) and base.intent == "book" and not frame.made and frame.state != "asked":
        return (Task("window", replace(base.slots, start=None, end=None, window="")),)
    if not _can_be_explained(frame):
        return None
    if _WHEN.match(low):
        days = base.slots.days or _length(base.slots)
        return (Task("window", replace(base.slots, days=days, end=None, window="from")),)
    if _WHY.match(low) and base.slots.start:
        return (_explained(base),)
    return None


def _can_be_explained(frame: Frame) -> bool:
    """Whether what was spoken of last is a search or a booking that was answered."""
    base = frame.behind or (frame.tasks[-1] if frame.tasks else None)
    about = base is not None and base.intent in ("free", "book", "explain", "window")
    return about and not frame.made and frame.state not in ("asked", "sent")


def _explained(task: Task) -> Task:
    return Task("explain", replace(task.slots, window="from") if task.intent == "book" else task.slots)


def _of_the_cancels(low: str, frame: Frame) -> tuple[Task, ...] | None:
    """“Only 41” and “all but 41”, said of a card on which several are to be cancelled."""
    if (
        frame.state not in ("sent", "declined")
        or len(frame.tasks) < 2
        or any(task.intent != "cancel" for task in frame.tasks)
    ):
        return None
    choices = tuple(Choice(task.slots.allocation_id or 0) for task in frame.tasks)
    meant = (
        {int(number) for number in re.findall(r"\d+", low)} if _ONLY.match(low) else {*chosen(low, Slots(), choices)}
    )
    return tuple(task for task in frame.tasks if task.slots.allocation_id in meant) or None


def _with_its_end(low: str, slots: Slots, frame: Frame) -> tuple[Task, ...] | None:
    """“But keep the end”, said of a move that was not made yet."""
    task = frame.tasks[-1]
    is_open = frame.state in ("sent", "declined", "offered") or frame.asked == ("change",)
    if (
        not (is_open and task.intent == "move" and task.slots.start is not None)
        or slots != Slots()
        or not KEEPS_ITS_END.search(low)
    ):
        return None
    return (replace(task, slots=replace(task.slots, end=None, days=None, window=KEEPS_END, problems=())),)


def _length(slots: Slots) -> int | None:
    return (slots.end - slots.start).days + 1 if slots.start and slots.end else None


def _takes_up(low: str, slots: Slots, frame: Frame) -> bool:
    """``book it`` after a search, or ``book vehicle 13 on PGN 3`` that leaves test and time to the search."""
    if re.search(r"\b(?:book|take|reserve|schedule) (?:it|that|this)\b", low):
        return True
    if not slots.has_vehicle:
        return bool(re.search(r"\b(?:it|that|this|one|them)\b", low)) and not re.search(r"\bput (?:it|that)\b", low)
    says_nothing_else = not (slots.start or slots.days or slots.test_type)
    return says_nothing_else and frame.state in ("sent", "answered", "declined", "offered")


def _moves_the_new_one(name: str, slots: Slots, frame: Frame) -> bool:
    """``push it back by a day`` right after a booking."""
    unnamed = not slots.has_vehicle and slots.allocation_id is None
    return frame.made and unnamed and slots.shift is not None and name == "move"


def _to_the_question(low: str, slots: Slots, frame: Frame) -> tuple[Task, ...] | None:
    """The open tasks with an answer in them; None when the message holds none."""
    if frame.choices and (numbers := chosen(low, _bare(low, slots, frame), frame.choices)):
        base = frame.tasks[-1]
        wish = replace(base.slots, vehicle_id=None, vin=None, tag=None) if len(numbers) > 1 else base.slots
        return tuple(replace(base, slots=replace(wish, allocation_id=number)) for number in numbers)
    slots = _bare(low, slots, frame)
    return _answered(frame, slots) if slots != Slots() else None


def _bare(low: str, slots: Slots, frame: Frame) -> Slots:
    """A number alone as the answer to what was asked."""
    number = re.fullmatch(r"\W*(?:for |about |number |no\. ?|(?:it's |its |the )?(?:vehicle )?)?(\d[\d,]{0,9})\W*", low)
    wanted = [part for part in frame.asked if part in ("vehicle", "allocation", "days", "weight")]
    if not number or slots.vehicle_id is not None:
        return slots
    value = int(number[1].replace(",", ""))
    if len(wanted) != 1:
        return slots
    meant = {"vehicle": Slots(vehicle_id=value), "allocation": Slots(allocation_id=value), "days": Slots(days=value)}
    return meant.get(wanted[0], Slots(weight_lbs=value))


def _answered(frame: Frame, slots: Slots) -> tuple[Task, ...]:
    """The open task with the answer in it."""
    index = next((index for index, task in enumerate(frame.tasks) if missing(task)), len(frame.tasks) - 1)
    tasks = list(frame.tasks)
    if slots.allocation_id is None and slots.window == "day" and tasks[index].intent in ("book", "free", "explain"):
        slots = replace(slots, end=None, window="from") if tasks[index].slots.days else slots
    tasks[index] = replace(tasks[index], slots=overlaid(tasks[index].slots, slots))
    # One answer is enough for all orders that lack the same.
    return tuple(
        replace(task, slots=filled(task.slots, slots, _FOR_ALL)) if place > index and missing(task) else task
        for place, task in enumerate(tasks)
    )


def _base(low: str, frame: Frame) -> Task:
    """What is changed: the question behind an offer when the message asks again, else the last task."""
    asks = is_question(low) or re.match(r"(?:and|what about|how about)\b", low)
    return frame.behind if frame.behind and frame.state == "offered" and asks else frame.tasks[-1]


def _changed(low: str, slots: Slots, frame: Frame) -> tuple[Task, ...] | str:
    """The last task with something changed: another day, vehicle, dyno, length or test."""
    base = _base(low, frame)
    same = _SAME.match(low) or slots.has_vehicle
    if base.writes and _NOT_THEN.match(low) and _is_a_day(slots):
        base, slots = replace(base, slots=_without_days(base.slots)), _without_days(slots)
    slots = _another_week(low, slots, base)
    if change := _LENGTHENED.search(low):
        slots, base = _lengthened(base, slots, _signed_days(change))
    if frame.made and base.intent == "book" and not same and frame.focus.allocation_id is not None:
        return _moved(base, slots, frame.focus.allocation_id)
    if base.intent == "free" and base.slots.window == "month" and slots.days and not slots.start:
        return (replace(base, intent="window", slots=overlaid(base.slots, slots)),)
    if base.intent == "idle" and any(getattr(slots, name) for name in _OF_A_TEST):
        base = replace(base, intent="free")
    if base.intent == "free" and slots.dyno and not slots.start:
        return (replace(base, intent="explain", slots=overlaid(base.slots, slots)),)
    if base.intent in ("dyno", "check") and (slots.dyno or slots.has_vehicle):
        return (Task("check" if slots.has_vehicle else "dyno", overlaid(Slots(), slots)),)
    if base.intent == "dyno" and slots.start:
        return (Task("plan", overlaid(Slots(dyno=base.slots.dyno), slots)),)
    return (replace(base, slots=overlaid(base.slots, slots)),)


def _another_week(low: str, slots: Slots, base: Task) -> Slots:
    """“Monday then”, said of what begins on a Monday, is the next one: a correction changes something."""
    if not base.writes or not _is_a_day(slots) or slots.start != base.slots.start or re.search(r"\d", low):
        return slots
    return shifted(slots, 7)


def _is_a_day(slots: Slots) -> bool:
    """Whether a first day is all that is said."""
    return slots == Slots(start=slots.start, end=slots.end, window=slots.window) and slots.window in ("day", "from")


def _without_days(slots: Slots) -> Slots:
    """“Not on Monday” says no other day, so that is asked for."""
    return replace(slots, start=None, end=None, window="")


def _lengthened(base: Task, slots: Slots, days: int) -> tuple[Slots, Task]:
    """“One day less” counts from the length or the last day that is known, else from those in the plan."""
    if base.slots.days:
        return replace(slots, days=base.slots.days + days, shift=None), base
    if base.slots.end:
        return replace(slots, days=None, shift=None), replace(
            base, slots=replace(base.slots, end=base.slots.end + timedelta(days=days), window="range")
        )
    if base.intent in ("move", "extend") and base.slots.start is None:
        return replace(slots, days=None, shift=days), replace(base, intent="extend")
    return slots, base


def _signed_days(change: re.Match[str]) -> int:
    days = number_of(change[1]) * (7 if change[2].startswith("week") else 1)
    return -days if change[3] in ("shorter", "less") else days


def _moved(base: Task, slots: Slots, allocation_id: int) -> tuple[Task, ...] | str:
    """A change of a booking that was made already."""
    start = overlaid(base.slots, slots).start if (slots.start or slots.shift) else None
    end = slots.end if slots.window != "day" else None
    if slots.test_type and not (start or end or slots.dyno or slots.days):
        return KEEPS_ITS_TEST
    window = "range" if end else "from" if start else ""
    days = None if end else slots.days
    wish = Slots(allocation_id=allocation_id, start=start, end=end, window=window, dyno=slots.dyno, days=days)
    return (Task("move", wish),)


def _booked_from(frame: Frame, slots: Slots) -> tuple[Task, ...] | None:
    """``book it`` after a search: the searched vehicle, test and time, on the dyno that was found."""
    base = frame.tasks[-1]
    if frame.state == "offered" and base.intent == "book":
        return (replace(base, slots=overlaid(base.slots, slots)),)
    if base.intent not in _SEARCHES:
        return None
    wish = replace(base.slots, dyno=base.slots.dyno if base.intent in ("explain", "holders") else None)
    if base.intent == "holders" and base.words == "when":
        wish = replace(wish, start=None, end=None, window="")  # several stretches were told: one is to be chosen
    if base.intent == "window":
        wish = replace(wish, start=frame.focus.start, end=None, window="from", dyno=frame.focus.dyno)
    return (Task("book", overlaid(wish, slots)),)
