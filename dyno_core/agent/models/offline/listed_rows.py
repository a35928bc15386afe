"""Rows of the list that was shown, named by their place: “the first one”, “the last two of them”. Pure.

Only a row that nothing else describes is meant by its place: “the first one by Anna” is the first of hers, wherever it
stands in the list, and which one that is has to be asked.
"""

import re
from collections.abc import Sequence
from typing import Final

from dyno_core.agent.models.offline.calendar_words import NUMBER
from dyno_core.agent.models.offline.frame import Choice

MOST_ROWS: Final = 10
"""So many rows of a list are remembered, for “the first one”."""
BEGINS: Final = (
    r"(?:^\W*|[,;.!?:–—]\s*|\b(?:and|then|but|so|or)\s+)"
    r"(?:(?:please|pls|kindly|just|also|then|now|so|and|but|ok|okay|yes|no|well|thanks|let['’]?s"
    r"|(?:i|we)(?:['’]d| would)? (?:want|like|need) to|(?:can|could|would|will|may|shall|should|must) (?:you|i|we))\b"
    r"[\s,]*)*"
)
"""The beginning of a clause, up to the verb of its order."""
_NAMED: Final = "\x1f"
"""Behind a row that is named by its number already."""
_PLACES: Final = {
    "first": 0, "1st": 0, "top": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4,
    "5th": 4, "last": -1,
}  # fmt: skip
_COUNTS: Final = {"two": 2, "2": 2, "three": 3, "3": 3}
_ONE: Final = r"(?:one|booking|allocation|entry|row)"
_MORE: Final = r"(?:ones|bookings|allocations|entries|rows)"
_THE_LIST: Final = (
    r"(?: (?:in|on|of|from) (?:the|that|this) (?:list|table))?\b(?!\s+(?:free|available|possible|open)\b)"
)
_ROW: Final = re.compile(
    rf"\b(?:the )?(?P<place>{'|'.join(_PLACES)})(?: {_ONE}{_THE_LIST}"
    rf"| (?P<count>{'|'.join(_COUNTS)}) (?:{_MORE}{_THE_LIST}|(?:of )?(?:them|those|these)\b))",
    re.IGNORECASE,
)
_TAKES_OFF: Final = r"(?P<off>cancel|delete|remove|drop|scrap|call off|get rid of|take off)"
_CHANGES: Final = (
    r"(?:move|reschedule|re-schedule|shift|push|postpone|delay|bring|pull|transfer|relocate|switch|bump|slide|put|place"
    r"|start|end|finish|extend|prolong|lengthen|shorten|cut|trim|reduce|make)"
)
_ORDERED: Final = re.compile(rf"{BEGINS}(?:{_TAKES_OFF}|{_CHANGES})\s+$", re.IGNORECASE)
_LEFT_OUT: Final = re.compile(
    rf"(?:\b(?:all|both|every\w*|(?:of )?(?:them|those|these))\b|[,;{_NAMED}])[\s,;(]*"
    r"(?:but(?: not| keep| leave)?|and (?:keep|leave|not)|not|except(?: for)?|without|rather than|instead of)\s+$",
    re.IGNORECASE,
)
_INSTEAD: Final = re.compile(r"\b(?:no|wait|sorry|oops|rather|actually|i mean)\b[\s,.!]*$", re.IGNORECASE)
_ALSO: Final = re.compile(rf"{_NAMED}\s*(?:,|&|,?\s*\band\b)\s*$", re.IGNORECASE)
_TOLD: Final = re.compile(rf"{BEGINS}(?:keep\s+|leave\s+)?$", re.IGNORECASE)
_IS_TOLD: Final = re.compile(r"\s+(?:is|was|has|can|could|should|must|needs?|will|may|stays?)\b|\s*(?:[,;.!]|$)")
_A_ROW: Final = rf"(?:{re.sub(r'[?]P<[a-z]+>', '?:', _ROW.pattern)}|(?:allocations? |bookings? )?#?\d)"
_ENDS: Final = (
    rf"\W*$|\s*[;.!?:–—)]|\s+(?:please|pls|too|as well|thanks)\b(?!\s+(?:on|by|of|with|in)\b)"
    rf"|\s*,(?!\s*(?:(?:the|this|that) {_ONE}\b|(?:which|that|whose|by|with|on|of|in|at|from|except|but|not|only)\b))"
    r"|\s+(?:because|due to)\b"
    rf"|[\s,;(]+(?:but not|but keep|but leave|and not|not|except(?: for)?|without|rather than|instead of)\s+{_A_ROW}"
    rf"|\s*,?\s+(?:and|&)\s+(?:(?:keep|leave|not)\s+{_A_ROW}|{_A_ROW}"
    rf"|(?:then |please )*(?:{_TAKES_OFF.replace('?P<off>', '?:')}|{_CHANGES}|book|tell|show|say)\b)"
)
_NO_MORE: Final = re.compile(rf"(?:{_ENDS})", re.IGNORECASE)
_GOES: Final = re.compile(
    rf"(?:{_ENDS}|\s+(?:to (?!the (?:left|right)\b|(?:be|finish|end|start|run)\b)|onto|into|by (?={NUMBER} )|until|till"
    rf"|there|up|out|back|forward|earlier|later|longer|shorter|(?:for )?{NUMBER} (?:more )?(?:days?|weeks?)\b))",
    re.IGNORECASE,
)
_DESCRIBED: Final = re.compile(
    r"\s*,?\s+(?:to|by|with|without|whose|that|which|who|whom|on|in|at|of|from|for|after|before|behind|starting|running"
    r"|i|you|we|he|she|they|(?-i:[A-Z])\w+)\b",
    re.IGNORECASE,
)
_OWN: Final = re.compile(r"\b(?:my|our|his|her|their|your|\w+['’]s)\s+(?:very )?$", re.IGNORECASE)


def without_rows(text: str) -> str:
    """``cancel it`` for “cancel the first one”."""
    return _ROW.sub("it", text)


def named_rows(text: str, choices: Sequence[Choice], *, ordered: bool) -> str:
    """``cancel allocation 42`` for “cancel the first one”; as it is where one of its rows is not surely meant.

    ``ordered``: the message orders a change, which names its rows plainly or is asked for them.
    """
    said, rest, is_off = "", 0, True
    for row in _ROW.finditer(text):
        before, after = said + text[rest : row.start()], text[row.end() :]
        names = _named(row, choices)
        if not names or _OWN.search(before):
            return text
        if not ordered:
            if _DESCRIBED.match(after):
                return text
        elif found := _ORDERED.search(before):
            is_off = found["off"] is not None
            if not (_NO_MORE if is_off else _GOES).match(after):
                return text
        elif _is_one_more(before) and (_NO_MORE if is_off else _GOES).match(after):
            pass
        elif not (_TOLD.search(before) and _IS_TOLD.match(after)):
            return text
        elif _NAMED in said:
            break  # “Cancel the second one; the first one stays”: a number here would be ordered, too.
        said, rest = f"{before}{names}{_NAMED}", row.end()
    return (said + text[rest:]).replace(_NAMED, "") if said else text


def _is_one_more(before: str) -> bool:
    """Whether a row behind ``before`` joins those that are ordered, is left out of them or corrects them."""
    return bool(_ALSO.search(before) or _LEFT_OUT.search(before) or _INSTEAD.search(before))


def _named(found: re.Match[str], choices: Sequence[Choice]) -> str:
    """The allocations that are meant; empty where the list is shorter, or longer than remembered."""
    place, count = _PLACES[found["place"].lower()], _COUNTS.get((found["count"] or "").lower(), 1)
    if place < 0 and (count > 1 or len(choices) == MOST_ROWS):
        return ""
    meant = choices[place : place + count] if place >= 0 else choices[-1:]
    if len(meant) < count or (count > 1 and place > 0):
        return ""
    return " and ".join(f"allocation {choice.id}" for choice in meant)
