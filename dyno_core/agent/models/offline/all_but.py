"""All, some, and “all but …”: how much of what could be cancelled is meant. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from dyno_core.agent.models.offline.orders import plain
from dyno_core.agent.models.offline.slots import REASON, Slots, read_slots
from dyno_core.agent.models.offline.vocabulary import Vocabulary

_MY_SEVERAL: Final = re.compile(r"\bmy\s+(?:[\w-]+\s+){0,3}?(?:bookings|allocations|reservations|tests|runs)\b")
_EVERY: Final = re.compile(r"\b(?:all|every|everything|whatever|both|each)\b")
_SOME: Final = re.compile(
    r"\bnot (?:all|every\w*|both)\b|\b(?:almost|nearly|not quite) (?:all|every\w*)\b"
    r"|\b(?:most|some|several|few|half|part|any|one|two|three|four|five) of\b|\bsome\b"
)
"""Not all: which ones has to be asked."""
_BUT: Final = re.compile(
    r"[\s,;(-]+(?:but not\b|but\b(?! (?:only|just)\b)"
    r"|(?:and |just )?not\b(?! (?:all|every|both|needed|necessary|required))"
    r"|except(?:ing)?\b(?: for)?|excluding\b|(?:apart|aside) from\b|other than\b|besides\b|save for\b|without\b"
    r"|minus\b|leaving(?: out)?\b)\s*",
    re.IGNORECASE,
)
"""What comes behind it stays."""
_BUT_AT_LAST: Final = re.compile(
    r"[\s,;(-]+(?:but not|except(?: for)?)\s+((?:\W|\d|and\b|or\b|the\b|allocations?\b|bookings?\b)+)$", re.IGNORECASE
)
"""Behind a reason, which has no such end of its own."""
_KEPT: Final = re.compile(r"\W*(?:keep|leave)\s+", re.IGNORECASE)
_SAYS_MORE: Final = re.compile(r"\W*(?:first|then|please|let|tell|show|check|ask|wait)\b", re.IGNORECASE)
DIGITS: Final = re.compile(r"\d+")
_NUMBERS: Final = re.compile(
    r"\W*(?:the |my )?(?:allocations?|bookings?|numbers?|no\.?)?\s*#?\d{1,7}(?:(?:\s|,|and\b|or\b|&|#)+\d{1,7})*\W*$",
    re.IGNORECASE,
)
_ONE: Final = r"(?:(?:allocations?|bookings?|numbers?)\s+)?#?\d{1,7}"
_LIST: Final = rf"{_ONE}(?:\s*(?:,\s*and\b|,|\band\b|&)\s*{_ONE})*\b"
_LIST_BUT: Final = re.compile(
    rf"\b(cancel|delete|remove)\s+({_LIST})[\s,]+"
    rf"(?:(?:but|and)\s+(?:keep|leave|not)|but(?: not)?|except(?: for)?|not|without|rather than|instead of)\s+"
    rf"({_LIST})",
    re.IGNORECASE,
)
_ANSWER_BUT: Final = re.compile(
    r"^(?:(?:cancel|the|all|both|every\w*|each|of them|of those)\b\s*)*"
    r"(?:but|not|except|apart from|excluding|without)\b(.*)$"
)


def is_about_all(text: str) -> bool:
    low = plain(text)
    return bool(_EVERY.search(low) or _MY_SEVERAL.search(low)) and not _SOME.search(low)


def left_out(text: str) -> tuple[str, str] | None:
    """``cancel all my bookings`` and ``12``, of “cancel all my bookings but 12”; None where nothing is left out."""
    before = text[: reason.start()] if (reason := REASON.search(text)) else text
    found = _BUT.search(before)
    late = _BUT_AT_LAST.search(text) if found is None and reason else None
    if late and DIGITS.search(late[1]) and is_about_all(before):
        return text[: late.start()], late[1]
    if found is None or not is_about_all(before[: found.start()]):
        return None
    return before[: found.start()] + text[len(before) :], before[found.end() :]


def named_in(text: str, vocabulary: Vocabulary, *, today: date, near: date | None) -> tuple[Slots, ...]:
    """What ``text`` leaves out; empty slots for words that name nothing, or nothing surely.

    ``near``: the first day of what it is left out of; its Friday is one of those days' week.
    """
    text = _KEPT.sub("", text, count=1) if _KEPT.match(text) else text
    if _NUMBERS.match(text):
        return tuple(Slots(allocation_id=int(number)) for number in DIGITS.findall(text))
    if _SAYS_MORE.match(text):
        return (Slots(),)
    slots = read_slots(text, vocabulary, today=today, near=near)
    if slots.unclear == ("dyno",) and not slots.problems:
        dynos = (name for pattern, name in vocabulary.dynos_in(text) if pattern.search(text))
        return tuple(replace(slots, dyno=name, unclear=()) for name in sorted(dynos))
    return (Slots() if slots.unclear or slots.problems else slots,)


def listed_without(text: str) -> str:
    """``cancel 40 and 42`` for “cancel 40, 41 and 42 but not 41”."""

    def kept(match: re.Match[str]) -> str:
        numbers = [number for number in DIGITS.findall(match[2]) if number not in DIGITS.findall(match[3])]
        return f"{match[1]} {' and '.join(numbers)}" if numbers else match[0]

    return _LIST_BUT.sub(kept, text)


def answered_but(low: str, numbers: Sequence[int]) -> tuple[int, ...] | None:
    """Those of ``numbers`` that “all but 12” or “not 12” leaves; None for an answer of another kind."""
    answer = _ANSWER_BUT.match(low)
    if answer is None:
        return None
    stays = {int(number) for number in DIGITS.findall(answer[1])}
    return tuple(number for number in numbers if number not in stays) if stays and stays <= {*numbers} else ()
