"""Words of an order for which an allocation has no field: “twice”, “tentatively”, “with priority 1”, “at 8 am”. Pure.

Passed over in silence they would be taken for agreed, so they are cut out and told beside the card.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from dyno_core.agent.models.offline.orders import order_in
from dyno_core.agent.models.offline.slots import read_slots
from dyno_core.agent.models.offline.vocabulary import Vocabulary

_COUNT: Final = r"(?:\d{1,2}|two|three|four|five|six)"
_LEVEL: Final = r"(?:high(?:est|er)?|top|low(?:est)?|max(?:imum)?|urgent)"
_AN_HOUR: Final = (
    r"\d{1,2}(?::\d\d)?\s?(?:am|pm|a\.m\.|p\.m\.|o['’]?clock|h(?=\s|\W*$))|\d{1,2}:\d\d(?:\s?(?:am|pm|h)\b)?"
)
_SIGNS: Final = r"[\s,;(]*"


@dataclass(frozen=True, slots=True)
class _Kind:
    """``cut``: the words can be left out of the order, rather than being a part of what is wanted."""

    pattern: re.Pattern[str]
    why: str
    cut: bool = True


def _kind(pattern: str, why: str, *, cut: bool = True) -> _Kind:
    return _Kind(re.compile(pattern, re.IGNORECASE), why, cut)


_NOTED: Final = "that belongs into the note of the allocation, which the calendar holds"
_TENTATIVE: Final = _kind(
    rf"{_SIGNS}\b(?P<said>tentative(?:ly)?|provisional(?:ly)?|as an? option|in pencil)\b\)?",
    "what I book holds its dyno from the yes on; Undo takes it back",
)
_KINDS: Final = (
    _kind(
        rf"{_SIGNS}\b(?P<said>twice|(?:two|three|four|five|\d{{1,2}}) times|[2-9]x(?=\s|\W*$))(?!\w)",
        "one order books one allocation; say the days of the other too",
    ),
    _kind(
        rf"\b(?P<said>{_COUNT} (?:[a-z]+ ){{0,2}}(?:tests|runs|bookings|allocations))\b(?! of)",
        "one order books one allocation; say the days of the other too",
        cut=False,
    ),
    _TENTATIVE,
    _kind(
        rf"{_SIGNS}(?P<said>(?:\b(?:with|at|as|and|has|is|it's|it is|it has)\s+)*(?:an?\s+|the\s+)?"
        rf"\b(?:{_LEVEL}[\s-]+prio(?:rity)?|prio(?:rity)?\s*(?:is\s+|of\s+|level\s+|[:#=]\s*)?(?:[0-5]|[a-d]|{_LEVEL})))\b\)?",
        "an allocation has no priority; a request on the planning page has one",
    ),
    _kind(
        rf"{_SIGNS}(?P<said>\b(?:(?:at|from|by|around|not before|until|till)\s+)?(?:about\s+)?(?:{_AN_HOUR})"
        rf"(?:\s*(?:-|–|to|until)\s*(?:{_AN_HOUR}))?)(?![\w:])\)?",
        "the plan knows whole days only",
    ),
    _kind(
        r"[\s,;.(-]*\b(?P<said>(?:with (?:an? |the )?)?(?:note|comment|remark|nb)\s*[:=–-]\s*\S.{0,200})$",
        _NOTED,
    ),
    _kind(
        rf"{_SIGNS}(?P<said>\b(?:(?:with )?(?:an? )?(?:cold|hot|warm)?[ -]?soak(?:ed|ing)?\b(?: at)?|(?:cold |hot )?at)"
        r"\s*[-+−]?\d{1,3}\s?°?\s?[cf]|(?:with (?:an? )?)?\b(?:cold|hot)[ -]soak(?:ed|ing)?)\b\)?",
        _NOTED,
    ),
    _kind(
        rf"{_SIGNS}(?P<said>\bwith (?:an? |the |my |our )?(?:driver|operator|technician)(?: (?-i:[A-Z])\w+)?)\b\)?",
        _NOTED,
    ),
    _kind(
        rf"{_SIGNS}(?P<said>\b(?:in the |early |late )?(?:morning|afternoon|evening|midday|noon)s?|\bfirst thing)\b\)?",
        "the plan knows whole days only",
    ),
)
_PENCILLED: Final = re.compile(
    r"\bpenci?l(?P<what>\s+(?:\S+\s+){0,3}?)in(?:\s+(?P<late>(?:vehicle\s+)?\S+))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Carried:
    """``kept``: the message without such words; ``told``: a sentence on each kind of them."""

    kept: str
    told: tuple[str, ...] = ()


def without_uncarried(text: str, vocabulary: Vocabulary, *, today: date) -> Carried:
    """``text`` less the words that no allocation can carry, where it orders a booking or a move; else as it is."""
    kept, found = _PENCILLED.sub(_booked, text), dict[str, list[str]]()
    if kept != text:
        found.setdefault(_TENTATIVE.why, []).append("pencil in")
    for kind in _KINDS:
        for match in kind.pattern.finditer(kept):
            found.setdefault(kind.why, []).append(" ".join(match["said"].split()))
        if kind.cut:
            kept = kind.pattern.sub("", kept)
    if not found:
        return Carried(text)
    order = order_in(kept, read_slots(kept, vocabulary, today=today))
    if order is None or order.name not in ("book", "move"):
        return Carried(text)
    return Carried(kept, tuple(_sentence(words, why) for why, words in found.items()))


def _booked(match: re.Match[str]) -> str:
    return f"book {(match['what'] + (match['late'] or '')).strip()}"


def _sentence(words: list[str], why: str) -> str:
    return f"Not on the card ({', '.join(f'“{word}”' for word in words)}): {why}."
