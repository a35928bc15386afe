"""Several bookings in one message, each vehicle with its own test and days. Pure.

What one vehicle is given never goes to another, except where the words say so: a list of bare vehicles before one
description, or “all up to 60 days later”.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from dyno_core.agent.models.offline.clauses import CORRECTION, Clause
from dyno_core.agent.models.offline.intents import intent_of
from dyno_core.agent.models.offline.orders import WRITES, Intent, is_negated, is_question, is_told, order_in, plain
from dyno_core.agent.models.offline.slots import VEHICLE_FIELDS, Slots, filled, read_slots
from dyno_core.agent.models.offline.vocabulary import Vocabulary

MOST_BOOKINGS: Final = 10
_VEHICLE: Final = (
    r"(?:\d{2,4}[a-z]\d{2,4}|(?=[a-z0-9]*\d)[a-z0-9]{17}|(?:vehicle|veh\.?|vin|tag)\s*#?\s*[\w-]*\d[\w-]*)\b"
)
_NEXT: Final = re.compile(
    r"\s*(?:[;,\n.]+|(?<=\s)(?:and|plus|then|also|&)(?=\s))\s*(?=(?:(?:and|plus|then|also|please|book|schedule|for|the)\s+)*"
    rf"{_VEHICLE})",
    re.IGNORECASE,
)
"""Where the words about the next vehicle begin."""
_TO_ALL: Final = re.compile(r"\b(?:all|each|every|both)\b")
_TIME: Final = ("start", "end", "window", "days")
_OWN: Final = ("test_type", *_TIME)
_LIKE_THE_OTHER: Final = (*_OWN, "backup_days", "flexible", "facility", "avoided")


def several_bookings(text: str, vocabulary: Vocabulary, *, today: date) -> tuple[Clause, ...] | None:
    """One clause for each vehicle of an order for several; None where ``text`` is not, or not surely, one."""
    pieces = [piece for piece in _NEXT.split(text) if piece.strip()]
    if not 2 <= len(pieces) <= MOST_BOOKINGS or CORRECTION.search(text):
        return None
    slots = [read_slots(piece, vocabulary, today=today) for piece in pieces]
    if not _each_has_its_own_vehicle(slots) or any(
        _orders_otherwise(*pair) for pair in zip(pieces, slots, strict=True)
    ):
        return None
    intent = _intent(pieces, slots)
    timed = all(one.start for one in slots)
    if intent is None or (len(pieces) == 2 and not timed):
        return None
    sure = intent.sure and not is_question(text) and not is_told(text)
    return tuple(
        Clause(piece, replace(intent, sure=sure), one)
        for piece, one in zip(pieces, _completed(pieces, slots), strict=True)
    )


def too_many(text: str, clauses: Sequence[Clause], named: Sequence[Slots]) -> str:
    """What to say of an order that names more vehicles than were read apart; empty where that is not so.

    ``named``: all vehicles of ``text``.
    """
    writes = [clause for clause in clauses if clause.intent and clause.intent.name in WRITES]
    if not writes or CORRECTION.search(text):
        return ""
    count = max(sum(getattr(one, name) is not None for one in named) for name in VEHICLE_FIELDS)
    read = {tuple(clause.slots.vehicle.values()) for clause in clauses if clause.slots.has_vehicle}
    if count < 2 or count <= len(read):
        return ""
    tags = " and ".join(str(next(iter(one.vehicle.values()))) for one in named)
    return (
        f"I see {count} vehicles in one sentence ({tags}) and can't tell surely what belongs to which, so nothing was "
        "changed. Please give each its own line, such as “book 512C211 for evap from 8 December for 2 days”."
    )


def _each_has_its_own_vehicle(slots: Sequence[Slots]) -> bool:
    kinds = {tuple(one.vehicle) for one in slots}
    names = {tuple(one.vehicle.values()) for one in slots}
    doubtful = any(one.allocation_id is not None or {*VEHICLE_FIELDS} & {*one.unclear} for one in slots)
    return len(kinds) == 1 and () not in kinds and len(names) == len(slots) and not doubtful


def _orders_otherwise(piece: str, slots: Slots) -> bool:
    """Whether a part says anything but a booking: “… don't book it yet”, “… and cancel it”."""
    order = order_in(piece, slots)
    return is_negated(piece) or (order is not None and order.name != "book")


def _intent(pieces: Sequence[str], slots: Sequence[Slots]) -> Intent | None:
    """The verb stands before all of them, or after (“… book all three”)."""
    first, last = intent_of(pieces[0], slots[0]), intent_of(pieces[-1], slots[-1])
    before = first if first and first.name == "book" else None
    after = last if last and last.name == "book" and _TO_ALL.search(plain(pieces[-1])) else None
    return after if after and not (before and before.sure) else before


def _completed(pieces: Sequence[str], slots: Sequence[Slots]) -> list[Slots]:
    """A vehicle without a word of its own is like the next, else like the one before."""
    done = list(slots)
    for index in reversed(range(len(done) - 1)):
        if _is_bare(done[index]):
            done[index] = filled(done[index], done[index + 1], _LIKE_THE_OTHER)
    for index in range(1, len(done)):
        if _is_bare(done[index]):
            done[index] = filled(done[index], done[index - 1], _LIKE_THE_OTHER)
    for piece, one in zip(pieces, slots, strict=True):
        if one.backup_days and _TO_ALL.search(plain(piece)):
            done = [filled(other, one, ("backup_days", "flexible")) for other in done]
    return done


def _is_bare(slots: Slots) -> bool:
    return not any(
        (slots.test_type, slots.unknown_test, slots.start, slots.end, slots.days, slots.problems, slots.dyno)
    )
