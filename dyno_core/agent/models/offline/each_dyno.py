"""A question about several dynos at once is one about each of them: “who is on PGN 1 and PGN 2?”. Pure."""

import re
from dataclasses import replace
from datetime import date
from typing import Final

from dyno_core.agent.models.offline.all_but import is_about_all, left_out
from dyno_core.agent.models.offline.clauses import Clause, clauses
from dyno_core.agent.models.offline.orders import WRITES
from dyno_core.agent.models.offline.vocabulary import UNLISTED_DYNO, Vocabulary, unlisted_dyno

MOST_DYNOS: Final = 6
_JOINT: Final = re.compile(r"(?:[\s,&?]|\b(?:and|or|on|at|also|for|is|what about|how about|the)\b)*$", re.IGNORECASE)
"""What joins a further dyno to the one before it."""
_ORDER: Final = re.compile(
    r"\b(?:book|allocate|reserve|assign|put|cancel|delete|remove|move|reschedule|shift|push|postpone|extend|shorten|swap"
    r"|schedule (?:vehicle|\w*\d))\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(r"\b(?:who|what|which|when|where|how)\b", re.IGNORECASE)


def for_each_dyno(text: str, clause: Clause, vocabulary: Vocabulary, *, today: date) -> tuple[Clause, ...] | None:
    """One question for each dyno that ``text`` asks about, and what else stands in it; None where it asks about fewer
    than two, or orders a change of what stands on them.
    """
    if "dyno" not in clause.slots.unclear and vocabulary.dynos_in_full(text) == text:
        return None
    text = vocabulary.dynos_in_full(text)
    first_asked, last_asked = _asked_about(text)
    places = [place for place in _places(text, vocabulary) if first_asked <= place[0] and place[1] <= last_asked]
    if not 2 <= len(places) <= MOST_DYNOS:
        return None
    (begin, stop, _), *others = places
    for start, end, _ in reversed(others):
        joint = _JOINT.search(text[stop:start])
        text = text[: stop + (joint.start() if joint else start - stop)] + text[end:]
    pieces = [text[:begin] + name + text[stop:] for _, _, name in places]
    first, *rest = (clauses(piece, vocabulary, today=today) for piece in pieces)
    if any(len(one) != len(first) for one in rest):
        return None
    at = next(at for at, part in enumerate(first) if part.text != rest[0][at].text)
    parts = tuple(one[at] for one in (first, *rest))
    asked = all(part.intent and part.intent.name not in WRITES and part.slots.dyno for part in parts)
    return (*first[:at], *parts, *first[at + 1 :]) if asked else None


def _asked_about(text: str) -> tuple[int, int]:
    """Where the question begins and ends: a dyno behind an order is a part of what is ordered."""
    order, question = _ORDER.search(text), _QUESTION.search(text)
    begin = question.start() if order and question and question.start() > order.start() else 0
    later = _ORDER.search(text, begin)
    return begin, later.start() if later else len(text)


def _places(text: str, vocabulary: Vocabulary) -> list[tuple[int, int, str]]:
    """Where each dyno stands in ``text``, in order, each dyno once."""
    found = {match.span(): name for pattern, name in vocabulary.dynos_in(text) for match in pattern.finditer(text)}
    taken = {place for begin, stop in found for place in range(begin, stop)}
    for match in UNLISTED_DYNO.finditer(text):
        if match.start() not in taken:
            found[match.span()] = unlisted_dyno(match)
    return [(begin, stop, found[begin, stop]) for begin, stop in sorted(found)]


def each_cancelled(clause: Clause, vocabulary: Vocabulary) -> tuple[Clause, ...] | None:
    """“Cancel everything on PGN 1 and PGN 2” for each of the dynos; None for what is not such an order."""
    all_of_them = clause.intent is not None and clause.intent.name == "cancel" and is_about_all(clause.text)
    if not all_of_them or "dyno" not in clause.slots.unclear:
        return None
    all_but = left_out(clause.text)
    unclear = tuple(name for name in clause.slots.unclear if name != "dyno")
    return tuple(
        replace(clause, slots=replace(clause.slots, dyno=name, unclear=unclear))
        for _, _, name in _places(all_but[0] if all_but else clause.text, vocabulary)
    )
