"""From one message to the tasks in it: several orders in one message, and what they share. Pure."""

import re
from dataclasses import dataclass, replace
from datetime import date

from dyno_core.agent.models.offline.intents import WRITES, Intent, intent_of, plain, stripped
from dyno_core.agent.models.offline.slots import Slots, filled, read_slots
from dyno_core.agent.models.offline.tasks import Task
from dyno_core.agent.models.offline.vocabulary import Vocabulary

_STARTS = re.compile(
    r"^(?:what|what's|which|who|when|where|why|how|is|are|show|list|find|check|tell|give|look up|any|does|has"
    r"|book|schedule|allocate|reserve|assign|put|cancel|delete|remove|move|reschedule|shift|push|postpone|extend|shorten)\b"
)
_STANDS_ALONE = frozenset({"conflicts", "maintenance", "requests", "utilization", "dynos", "count", "late"})
_BREAK = re.compile(
    r"(?:,?\s+\b(?:and then|and also|and|then|also|plus)\b\s+|\s*;\s*|\s*\n+\s*|(?<=[^\W\d])[.?!]+\s+|(?<=\d)[.?!]\s+(?=[A-Z]))"
)
_IT = re.compile(r"\b(?:it|its|that|this|this one|that one|them|same vehicle|the vehicle)\b")
_VEHICLE_FIRST = re.compile(r"^(?:(?:the |for )?(?:vehicle|veh|car|truck|unit|vin|tag|allocation|#)\b|#?\d|[\"“])", re.IGNORECASE)  # fmt: skip
_SHARED = ("test_type", "start", "end", "window", "days", "backup_days", "flexible", "reason")
_PLURAL = re.compile(r"\b(vehicle|truck|car|unit|allocation|booking|dyno|vin|tag)s\s+((?:(?:,|and|&|\s|#)*[\w#-]*\d[\w-]*\b)+)", re.IGNORECASE)  # fmt: skip
_BARE_NUMBER = re.compile(r"\b(cancel|delete|move|reschedule|extend|shorten|postpone|shift|push)\s+(?:no\.?\s*|number\s+)?(\d{1,7})\b(?!\s*(?:days?|weeks?|[/-]\d))", re.IGNORECASE)  # fmt: skip
_REASON_TAIL = re.compile(r"^[^,;]*[,;]\s*(?!please|thanks|thank|pls)([^\d]{4,200})$")
_FROM_DYNO = re.compile(r"\b(?:from|off)\s+(?=\S)", re.IGNORECASE)
_MORE_DAYS = re.compile(r"\bto\s+(?:\w+\s+)?(?:days?|weeks?)\b|\bto\s+\S+\s+(?:days?|weeks?)\b")


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a message. ``owns``: it has a verb of its own rather than the one before's."""

    text: str
    intent: Intent | None
    slots: Slots
    owns: bool = True


def normalized(text: str) -> str:
    """``vehicles 13 and 14`` as ``vehicle 13 and vehicle 14``; ``cancel 42`` as ``cancel allocation 42``."""

    def each(match: re.Match[str]) -> str:
        items = re.findall(r"[\w-]*\d[\w-]*", match[2])
        return " and ".join(f"{match[1]} {item}" for item in items) + (" " if match[2].endswith(" ") else "")

    return _BARE_NUMBER.sub(r"\1 allocation \2", _PLURAL.sub(each, text))


def clauses(text: str, vocabulary: Vocabulary, *, today: date) -> tuple[Clause, ...]:
    """The parts of ``text`` that stand for themselves; what doesn't is left with its neighbour."""

    def read(piece: str) -> Clause:
        return _clause(piece, vocabulary, today=today)

    kept: list[Clause] = []
    begin = 0
    for match in [*_BREAK.finditer(text), None]:
        stop = match.start() if match else len(text)
        piece = read(text[begin:stop])
        rest = read(text[match.end() :]) if match else None
        if match and (rest is None or not _stands(rest, after=piece)):
            continue
        if kept and not piece.owns:
            piece = replace(piece, intent=kept[-1].intent)
        kept.append(piece)
        begin = match.end() if match else stop
    if len(kept) == 1 or any(clause.intent is None for clause in kept):
        return (read(text),)
    return _sharing(tuple(_as_owner(clause, kept[index - 1] if index else None) for index, clause in enumerate(kept)))


def _as_owner(clause: Clause, before: Clause | None) -> Clause:
    """A part that opens with a vehicle or number takes over the verb before it ("and vehicle 14")."""
    if before is None or before.intent is None or _STARTS.match(stripped(clause.text)):
        return clause
    if before.intent.name in WRITES and _VEHICLE_FIRST.match(clause.text.strip()):
        return replace(clause, intent=before.intent, owns=False)
    return clause


def _stands(rest: Clause, *, after: Clause) -> bool:
    low = stripped(rest.text)
    if after.intent is None or after.intent.weak and not after.intent.sure:
        return False
    if rest.intent and not rest.intent.weak and (_STARTS.match(low) or rest.intent.name in _STANDS_ALONE):
        return True
    new_one = rest.slots.has_vehicle or "vehicle_id" in rest.slots.unclear or rest.slots.allocation_id is not None
    return after.intent.name in WRITES and new_one and bool(_VEHICLE_FIRST.match(rest.text.strip()))


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
    shared[into] = replace(shared[into], slots=filled(shared[into].slots, shared[source].slots, _SHARED))


def _clause(text: str, vocabulary: Vocabulary, *, today: date) -> Clause:
    slots = read_slots(text, vocabulary, today=today)
    intent = intent_of(text, slots)
    if intent and intent.name in ("utilization", "count_in", "count"):
        slots = read_slots(text, vocabulary, today=today, past=True)
    return Clause(text, intent, slots)


def task_of(clause: Clause, *, focus: Slots) -> Task | None:
    """The task of one clause; "it" is taken from what was spoken of last."""
    if clause.intent is None:
        return None
    name, slots = clause.intent.name, _adjusted(clause)
    if _IT.search(plain(clause.text)) and not slots.has_vehicle and slots.allocation_id is None:
        slots = _meant(name, slots, focus)
    words = re.sub(r"(?i)^(?:find|search|look ?up|look for)\s+(?:(?:the|a|an|for|vehicles?)\s+)*", "", clause.text.strip())
    return Task(name, slots, words.strip(" ?.!") if name == "find_vehicle" else "")


def _meant(name: str, slots: Slots, focus: Slots) -> Slots:
    if name in ("cancel", "move", "extend") and focus.allocation_id is not None:
        return replace(slots, allocation_id=focus.allocation_id)
    if name in ("book", "check", "free", "window", "explain", "find_vehicle", "contact", "cancel", "move", "extend"):
        if slots.weight_lbs or slots.weight_class:
            return slots
        return filled(slots, focus, ("vehicle_id", "vin", "tag"))
    return slots


def _adjusted(clause: Clause) -> Slots:
    """What the verb makes of the words: "extend by 3 days", "from PGN 3 to PGN 4", ", wrong vehicle"."""
    slots, low = clause.slots, plain(clause.text)
    name = clause.intent.name if clause.intent else ""
    if name == "extend" and slots.days and not slots.start and not _MORE_DAYS.search(low):
        sign = -1 if "shorten" in low else 1
        return replace(slots, shift=sign * slots.days, days=None)
    if name == "move" and slots.window == "range" and re.search(r"\bfrom\b", low):
        problem = "“From … to …” can be read in two ways here"
        return replace(slots, start=None, end=None, window="", problems=(*slots.problems, problem))
    if name == "cancel" and slots.reason is None and (tail := _REASON_TAIL.match(clause.text.strip())):
        return replace(slots, reason=tail[1].strip(" .!"))
    return slots


def without_origin(text: str, vocabulary: Vocabulary) -> str:
    """``move 42 from PGN 3 to PGN 4`` less the dyno it leaves, which is not a wish."""
    for match in _FROM_DYNO.finditer(text):
        for pattern, _ in vocabulary.dyno_patterns():
            if found := pattern.match(text, match.end()):
                return text[: match.start()] + text[found.end() :]
    return text
