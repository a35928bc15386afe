"""From one message to the tasks in it: several orders in one message, and what they share. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Final

from dateutil.relativedelta import relativedelta

from dyno_core.agent.models.offline.all_but import is_about_all, left_out, named_in
from dyno_core.agent.models.offline.calendar_words import MONTH, WEEKDAY
from dyno_core.agent.models.offline.guards import only_a_dyno
from dyno_core.agent.models.offline.intents import intent_of, is_after_a_day
from dyno_core.agent.models.offline.orders import WRITES, Intent, order_in, plain, stripped
from dyno_core.agent.models.offline.rules_past import by_whom
from dyno_core.agent.models.offline.slots import KEEPS_END, TO_END, Slots, filled, overlaid, read_slots
from dyno_core.agent.models.offline.task_words import words_of
from dyno_core.agent.models.offline.tasks import Task
from dyno_core.agent.models.offline.vocabulary import Vocabulary
from dyno_core.period import say_day, say_days

MOST_CLAUSES: Final = 12
LOOKS_BACK: Final = frozenset({"utilization", "count_in", "count", "counted"})
"""Questions in which a day without a year is a past one."""
_STARTS = re.compile(
    r"^(?:what|what's|which|who|when|where|why|how|is|are|show|list|find|check|tell|give|look up"
    r"|any|does|has"
    r"|book|schedule|allocate|reserve|assign|put|cancel|delete|remove|move|reschedule|shift|push"
    r"|postpone|extend|shorten|switch|undo|should (?:i|we))\b"
)
_STANDS_ALONE = frozenset({"conflicts", "maintenance", "requests", "utilization", "dynos", "count", "late"})
_BREAK = re.compile(
    r"(?:,?\s+\b(?:and then|and also|and|then|also|plus)\b\s+|\s+[+&]\s+|\s*;\s*|\s*\n+\s*"
    r"|(?<=[^\W\d])[.?!]+\s+|(?<=\d)[.!]\s+(?=[A-Z])|(?<=\d)[?]+\s+"
    r"|(?<!\bif )(?<!\bwhen ),\s+(?=(?:what|what's|which|who|who's|why|how"
    r"|any(?! (?:dyno|rig|place|site|facility|one|day|time)\b\W*(?:(?:will do|is fine|works|is ok|please)\W*)?$))\b)"
    r"|,\s+(?=(?:cancel|delete|remove|book|schedule|move|reschedule|postpone|extend|shorten)\s"
    r"(?:allocation |vehicle )?#?\w*\d))"
)
_EACH_ITS_OWN = frozenset({"allocation", "history", "check", "contact", "find_vehicle"})
"""What “… 42 and 43” means of each."""
_IT = re.compile(r"\b(?:it|its|that|this|this one|that one|them|same vehicle|the vehicle)\b")
_VEHICLE_FIRST = re.compile(
    (r"^(?:(?:the |for )?(?:vehicle|veh|car|truck|unit|vin|tag|allocation|booking|#)\b|#?\d|[\"“])"), re.IGNORECASE
)
_ITSELF = re.compile(r"\b(?:it|its|this one|that one|them|(?:same|that|this|the) (?:vehicle|truck|car))\b")
"""Words that mean the vehicle spoken of; a bare "that" may be grammar ("a test that starts Monday")."""
_REPEATED = re.compile(
    r"\b(?:every|each)\s+(?:other\s+)?(?:day|week|month|mon|tue|wed|thu|fri|sat|sun)|\b(?:weekly|daily|monthly)\b"
)
_BY_ME = re.compile(r"\b(?:did|have|had) i\b|\bi (?:changed|moved|cancell?ed|booked|did)\b")
_OF_THE_PLAN = ("plan", "starts", "ends", "running", "holders", "check", "status")
_PAST = re.compile(
    r"^(?!.*\b(?:will|going to|supposed|be)\b).*\b(?:did|was|were|ran|have we (?:run|done|tested)|completed|finished)\b"
)
_SHARED = ("test_type", "start", "end", "window", "days", "backup_days", "flexible", "reason", "facility", "avoided")
_DAYS = ("start", "end", "window")
_OF_A_VEHICLE = frozenset(
    ["book", "check", "free", "window", "explain", "find_vehicle", "contact", "cancel", "move", "extend", "history"]
)
_CHANGES = ("start", "end", "days", "shift", "dyno", "problems")
_REASON_TAIL = re.compile(r"^[^,;]*[,;](?!\s*(?:please|thanks?|cheers|ok|sorry|asap|now|today)\b)\s*([^\d]{4,200})$")
_A_DAY = re.compile(
    rf"\b(?:{WEEKDAY}|{MONTH}|(?:to|tomor)\w*day|tomorrow|week|weekend|\d{{1,4}}[./-]\d|\d{{1,2}}(?:st|nd|rd|th))",
    re.IGNORECASE,
)
"""Whether a part says a day; one in the reason behind it (“…, no driver tomorrow”) is no part of the order."""
_LATER = re.compile(r"\b(?:push|postpone|delay|bump)\b(?!.*\b(?:up|forward|earlier)\b)")
"""“Push 42 a week”: not its length but its days are changed."""
_SHORTER = re.compile(r"\bshorte[nr]|\b(?:cut|trim|reduce)\b|\bless\b")
_SO_THAT_IT_ENDS = re.compile(
    r"\bto (?:end|finish|be (?:done|finished|over|complete))\b|\bending\b"
    r"|\bso (?:that )?it (?:ends|finishes|is (?:done|finished|over))\b"
)
"""“Move 42 to end on Wednesday”: as long as it is."""
KEEPS_ITS_END: Final = re.compile(
    r"\b(?:keep(?:ing|s)?|leav(?:e|es|ing)|hold(?:ing)?|with) (?:(?:the|its|on) )*(?:same )?(?:end|last day|finish)\b"
    r"|\b(?:end(?:s|ing)?|finish(?:es|ing)?) (?:(?:it|on|at) )*the same\b|\b(?:the )?same (?:end|last day|finish)\b"
    r"|\b(?:end|last day)(?: date| day)?"
    r" (?:stays|remains|unchanged|fixed|as (?:it )?is|does(?: not|n't) (?:move|change))\b"
    r"|\bnot (?:the|its) (?:end|last day)\b|\bonly (?:the|its) (?:start|beginning|first day)\b"
)
_BY = re.compile(r"\bby\b")
_VAGUE_END = re.compile(
    r"\b(?:until|till?|through|thru|by)\s+(?:about\s+)?(?:the\s+)?(?:mid(?=[\s-])|early(?:\s+in)?"
    rf"|(?:middle|beginning|start)\s+of)[\s-]+(?:the\s+)?(?:next\s+|this\s+)?(?:{MONTH}|week|month)\b(?:\s+20\d\d\b)?",
    re.IGNORECASE,
)
"""“Extend 42 until mid January” could be any of ten days."""
_SO_MANY_DAYS = re.compile(
    r"\b(?:move|shift|bring|pull) (?:(?:allocation|vehicle) )?#?\S+ (?!to\b|for\b)\S+ (?:days?|weeks?)\b"
)
_WHOLE_LENGTH = re.compile(r"\bto\s+(?:\w+\s+)?(?:days?|weeks?)\b|\bto\s+\S+\s+(?:days?|weeks?)\b")


LONG_AGO: Final = 182
_NOW_OR_LATER = re.compile(
    r"^(?!.*\b20\d\d\b)(?!.*\b(?:was|were|did|had|last)\b).*\b(?:is|are|will|going to be|do we have|capacity)\b"
)
CORRECTION = re.compile(
    r"(?<=\w)[\s,.;…-]*\b(?:no,? wait|wait,? no|no,? sorry|sorry,? (?:i (?:mean|meant)|no|make (?:it|that))?"
    r"|i (?:mean|meant)"
    r"|correction|scratch that|make that|or rather|no,? (?:i mean|rather)|(?:actually|no),? make (?:it|that)"
    r"|(?<=, )no(?=,? #?\d{1,7}\W*$))\b[\s,:.…-]*(?=\w|#)",
    re.IGNORECASE,
)
"""Between what was said by mistake and what was meant."""
_NUMBER_INSTEAD = re.compile(
    r"\W*(?:the |number )?#?(\d{1,7})(?=(?: instead| please)?\W*$|\s*,|\s+(?:for|on|from)\b)", re.IGNORECASE
)
_SINCE = re.compile(r"\bsince\s+(?=\w)", re.IGNORECASE)
"""In an order for what is to come, it is another language's “from”."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a message. ``owns``: it has a verb of its own rather than the one before's.

    ``origin``: the days of the allocation that is to be moved, ``2026-12-01/2026-12-31``. ``but``: what is left out
    of all that is to be cancelled; empty slots for words that name nothing.
    """

    text: str
    intent: Intent | None
    slots: Slots
    owns: bool = True
    origin: str = ""
    but: tuple[Slots, ...] = ()


def clauses(text: str, vocabulary: Vocabulary, *, today: date) -> tuple[Clause, ...]:
    """The parts of ``text`` that stand for themselves; what doesn't is left with its neighbour."""

    def read(piece: str) -> Clause:
        return read_clause(piece, vocabulary, today=today)

    kept: list[Clause] = []
    begin = 0
    for match in [*islice(_BREAK.finditer(text), MOST_CLAUSES), None]:
        stop = match.start() if match else len(text)
        piece = _as_owner(read(text[begin:stop]), kept[-1] if kept else None)
        rest = read(text[match.end() :]) if match else None
        if match and (rest is None or _only_orders(rest) or not _stands(rest, after=piece)):
            continue
        kept.append(piece)
        begin = match.end() if match else stop
    if len(kept) == 1 or any(clause.intent is None for clause in kept):
        return (read(text),)
    return _sharing(tuple(kept))


def _as_owner(clause: Clause, before: Clause | None) -> Clause:
    """A part that opens with a vehicle or number takes over the verb before it ("and vehicle 14")."""
    if before is None or before.intent is None or _STARTS.match(stripped(clause.text)):
        return clause
    if _is_of_each(before.intent) and _VEHICLE_FIRST.match(clause.text.strip()):
        return replace(clause, intent=before.intent, owns=False)
    return clause


def _is_of_each(intent: Intent) -> bool:
    return intent.name in WRITES or (intent.name in _EACH_ITS_OWN and not intent.weak)


def _only_orders(rest: Clause) -> bool:
    """“…? please book”: an order for what stands before it."""
    return rest.intent is not None and rest.intent.name == "book" and rest.slots.empty


def _stands(rest: Clause, *, after: Clause) -> bool:
    low = stripped(rest.text)
    if after.intent is None or (after.intent.weak and not after.intent.sure):
        return False
    if rest.slots.dyno and after.slots.dyno and re.match(r"(?:what|how) about\b", low):
        return False  # The same question about another dyno.
    if rest.intent and not rest.intent.weak and (_STARTS.match(low) or rest.intent.name in _STANDS_ALONE):
        return True
    new_one = (
        rest.slots.has_vehicle
        or bool({"vehicle_id", "tag", "allocation_id"} & set(rest.slots.unclear))
        or rest.slots.allocation_id is not None
    )
    if after.but or left_out(f"{after.text} "):
        return False
    return _is_of_each(after.intent) and new_one and bool(_VEHICLE_FIRST.match(rest.text.strip()))


def _sharing(parts: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """``vehicle 13 and vehicle 14 for brake from Monday``: both get what only one of them says."""
    shared = list(parts)
    for index in range(1, len(shared)):
        if not shared[index].owns:
            _fill(shared, index, index - 1)
            _fill(shared, index - 1, index)
    for index in range(len(shared) - 2, -1, -1):
        if not shared[index + 1].owns:
            _fill(shared, index, index + 1)
    return tuple(shared)


def _fill(shared: list[Clause], into: int, source: int) -> None:
    slots, intent = shared[into].slots, shared[into].intent
    # A part that says a day or a change of its own has nothing of another's.
    changes = intent is not None and intent.name in ("move", "extend")
    is_whole = any(getattr(slots, name) for name in _CHANGES) if changes else slots.start or slots.end
    own = (*_DAYS, *(("days",) if changes else ()))
    names = tuple(name for name in _SHARED if name not in own) if is_whole else _SHARED
    if changes and not is_whole:
        names = (*names, "dyno", "shift")
    shared[into] = replace(shared[into], slots=filled(slots, shared[source].slots, names))


def read_clause(text: str, vocabulary: Vocabulary, *, today: date, near: date | None = None) -> Clause:
    """``text`` as one part. ``near``: the first day of what it corrects."""
    slots = _read(text, vocabulary, today=today, near=near)
    intent = intent_of(text, slots)
    if intent and intent.name == "book" and _SINCE.search(text):
        slots = _read(_SINCE.sub("from ", text), vocabulary, today=today, near=near)
    if intent and (intent.name in (*LOOKS_BACK, "history") or _is_about_the_past(intent, text)):
        slots = read_slots(text, vocabulary, today=today, past=True)
        if intent.name == "utilization" and _NOW_OR_LATER.search(plain(text)):
            slots = _to_come(slots, today)
    if intent and intent.name == "cancel" and (all_but := left_out(text)):
        head, tail = all_but
        said = _read(head, vocabulary, today=today, near=near)
        return Clause(text, intent, said, but=named_in(tail, vocabulary, today=today, near=said.start))
    return Clause(text, intent, slots)


def _is_about_the_past(intent: Intent, text: str) -> bool:
    """“What did we run in October?”, asked in November, is about the last one."""
    return intent.name in _OF_THE_PLAN and bool(_PAST.search(plain(text)))


def _to_come(slots: Slots, today: date) -> Slots:
    """“How busy are we in January”, asked in November, is about the next one."""
    if slots.start is None or slots.end is None or (today - slots.end).days <= LONG_AGO:
        return slots
    return replace(slots, start=slots.start + relativedelta(years=1), end=slots.end + relativedelta(years=1))


def _read(text: str, vocabulary: Vocabulary, *, today: date, near: date | None) -> Slots:
    """What ``text`` names. After “sorry, I mean” it names what the part before it should have named."""
    parts = [part for part in CORRECTION.split(text)[:MOST_CLAUSES] if part]
    slots = read_slots(parts[0], vocabulary, today=today, near=near) if parts else Slots()
    for part in parts[1:]:
        rest, meant = _same_kind(part, slots)
        slots = overlaid(overlaid(slots, meant), read_slots(rest, vocabulary, today=today, near=slots.start or near))
    return slots


def _same_kind(part: str, slots: Slots) -> tuple[str, Slots]:
    """“Cancel 42, no wait, 43”: the number is another allocation, or another vehicle, in the place of the first.

    The rest of ``part``, and what its number names.
    """
    number = _NUMBER_INSTEAD.match(part)
    if number is None or (slots.vehicle_id is None and slots.allocation_id is None):
        return part, Slots()
    meant = int(number[1])
    is_vehicle = slots.vehicle_id is not None
    return part[number.end() :], Slots(vehicle_id=meant) if is_vehicle else Slots(allocation_id=meant)


def is_about_it(clause: Clause, focus: Slots) -> bool:
    """Whether ``clause`` changes the allocation that was spoken of last: “move it to Wednesday”."""
    unnamed = not clause.slots.has_vehicle and clause.slots.allocation_id is None
    changes = clause.intent is not None and clause.intent.name in ("move", "extend")
    return changes and unnamed and focus.allocation_id is not None and bool(_IT.search(plain(clause.text)))


def task_of(clause: Clause, *, focus: Slots) -> Task | None:
    """The task of one clause; "it" is taken from what was spoken of last."""
    if clause.intent is None:
        return None
    name, slots = clause.intent.name, _adjusted(clause)
    if name == "check" and not slots.has_vehicle and slots.allocation_id is None and focus.allocation_id is not None:
        return Task("allocation", Slots(allocation_id=focus.allocation_id))
    if _IT.search(plain(clause.text)) and not slots.has_vehicle and slots.allocation_id is None:
        slots = _meant(name, slots, focus, low=plain(clause.text))
    if name == "extend" and slots.window == KEEPS_END:
        name = "move"
    if name == "contact" and slots == Slots():
        slots = filled(slots, focus, ("vehicle_id", "vin", "tag", "allocation_id"))
    if name == "contact" and only_a_dyno(slots):
        return Task("holders", slots, "whose")
    every = name == "cancel" and is_about_all(clause.text) and Slots() not in clause.but
    words = clause.origin if clause.origin and name == "move" else words_of(name, clause.text)
    return Task(name, slots, words, every=every, but=clause.but if every else ())


def _meant(name: str, slots: Slots, focus: Slots, *, low: str) -> Slots:
    if name in ("cancel", "move", "extend", "history") and focus.allocation_id is not None:
        return replace(slots, allocation_id=focus.allocation_id)
    if name in _OF_A_VEHICLE:
        if slots.weight_lbs or slots.weight_class or not (_ITSELF.search(low) or name in WRITES - {"book"}):
            return slots
        return filled(slots, focus, ("vehicle_id", "vin", "tag"))
    return slots


def _adjusted(clause: Clause) -> Slots:
    """What the verb makes of the words: "extend by 3 days", "delay until Monday", ", wrong vehicle"."""
    slots, low = clause.slots, plain(clause.text)
    name = clause.intent.name if clause.intent else ""
    if name in ("window", "cancel") and slots.start and is_after_a_day(low, slots):
        slots = replace(slots, start=slots.start + timedelta(days=1))
    if name == "history":
        slots = replace(slots, mine=slots.mine or bool(_BY_ME.search(low)), person=by_whom(clause.text))
    if name in WRITES - {"cancel"} and (vague := _VAGUE_END.search(clause.text)):
        open_end = f"“{vague[0][:1].upper()}{vague[0][1:]}” leaves the last day open; say until which day"
        start = slots.start if name == "book" else None
        slots = replace(
            slots, start=start, end=None, window="from" if start else "", problems=(*slots.problems, open_end)
        )
    if name in ("move", "extend"):
        return _extended(slots, low) if name == "extend" else _moved(slots, low)
    if name == "book" and _REPEATED.search(low):
        return _without_time(slots, "Repeated tests are booked one by one")
    if name == "cancel" and slots.reason is None and (tail := _REASON_TAIL.match(clause.text.strip())):
        if slots.allocation_id is not None and not _A_DAY.search(clause.text.strip()[: tail.start(1)]):
            slots = replace(slots, start=None, end=None, window="")
        return slots if order_in(tail[1], Slots()) else replace(slots, reason=tail[1].strip(" .!?"))
    return slots


def _extended(slots: Slots, low: str) -> Slots:
    """A length is what is added, except after "to": ``extend to 5 days``."""
    sign = -1 if _SHORTER.search(low) else 1
    if slots.shift:
        return _at_its_start(replace(slots, shift=sign * slots.shift), low)
    if slots.days and not slots.start and not _WHOLE_LENGTH.search(low):
        return _at_its_start(replace(slots, shift=sign * slots.days, days=None), low)
    return slots


def _at_its_start(slots: Slots, low: str) -> Slots:
    """“Shorten 42 by 2 days but keep the end”: it begins two days later."""
    keeps = KEEPS_ITS_END.search(low) and slots.shift
    return replace(slots, shift=-slots.shift, window=KEEPS_END) if keeps and slots.shift else slots


def _moved(slots: Slots, low: str) -> Slots:
    is_span = slots.window == "range" and re.search(r"\bfrom\b", low)
    if is_span or (slots.start and slots.shift):
        two_ways = "“From … to …” can be read in two ways here"
        both = "Both a day to move to and how far are named"
        return _without_time(replace(slots, shift=None), two_ways if is_span else both)
    if slots.days and not slots.start and not slots.end and _LATER.search(low) and not _WHOLE_LENGTH.search(low):
        return replace(slots, shift=slots.days, days=None)
    if slots.days and slots.start is None and slots.shift is None and _SO_MANY_DAYS.search(low):
        two_ways = f"“{say_days(slots.days)}” can mean how long it takes or how far it moves"
        return replace(slots, days=None, problems=(*slots.problems, two_ways))
    if is_after_a_day(low, slots):
        return _without_time(
            slots, f"“After {say_day(slots.start or date.min)}” leaves the day open; say the first day"
        )
    if slots.end and not slots.start and _BY.search(low):
        by = f"“By {say_day(slots.end)}” can mean that it starts or that it ends by then; say its first or its last day"
        return _without_time(slots, by)
    return _by_its_end(slots, low)


def _by_its_end(slots: Slots, low: str) -> Slots:
    if KEEPS_ITS_END.search(low) and (slots.start or slots.shift):
        if slots.window != "range" and not slots.days:
            return replace(slots, end=None, window=KEEPS_END)
        both = "The end can't stay where a length or another end is named, too; say which of them holds"
        return replace(slots, problems=(*slots.problems, both))
    if _SO_THAT_IT_ENDS.search(low) and (day := slots.end or (slots.start if slots.window == "day" else None)):
        return replace(slots, start=None, end=day, window=TO_END)
    if slots.end and not slots.start and re.search(r"\b(?:delay|postpone|push|hold)\b", low):
        return replace(slots, start=slots.end, end=None, window="from")
    return slots


def _without_time(slots: Slots, problem: str) -> Slots:
    return replace(slots, start=None, end=None, window="", problems=(*slots.problems, problem))
