"""Where and when something stands that is to be changed: read apart from where it shall go. Pure."""

import re
from datetime import date

from dyno_core.agent.models.offline.calendar_words import MONTH, WEEKDAY
from dyno_core.agent.models.offline.dates import mentions
from dyno_core.agent.models.offline.rules_past import CHANGED
from dyno_core.agent.models.offline.vocabulary import Vocabulary

_FROM_DYNO = re.compile(r"\b(?:from|off)\s+(?=\S)", re.IGNORECASE)
_ORIGIN_DAY = re.compile(
    rf"\b(?:move|reschedule|shift|push|switch|change)\s+(my|the|our)\s+({WEEKDAY}|{MONTH})(?:['’]?s)?\s+"
    r"(?=(?:[\w-]+\s+){0,2}(?:tests?|bookings?|allocations?|runs?|one)\b.*\b(?:to|on|until|by|back|later|earlier|sooner)\b)",
    re.IGNORECASE,
)
_I_DID = re.compile(rf"\bi(?:['’]ve| have| had)?(?: just| already)? {CHANGED}\b", re.IGNORECASE)
_WHEN_I_DID = re.compile(
    rf"\b(?:yesterday|earlier(?: today)?|this morning|last (?:week|night|month|{WEEKDAY})|the other day"
    r"|(?:an?|\d+|two|three|few) (?:days?|weeks?|months?) ago)\b[\s,]*",
    re.IGNORECASE,
)
_OPENING = re.compile(r"^(?:\W|\b(?:hi|hello|hey|ok|okay|so|well|sorry|and|but|oops)\b)*$", re.IGNORECASE)
_THEN_AN_ORDER = re.compile(
    r"[,.;!?]+\s*(?:(?:and|but|so|please|now|can you|could you|would you|i want to|i need to)\s+)*"
    r"(?:move|reschedule|push|shift|postpone|delay|extend|shorten|cancel|change|put|bring|pull|switch)\b"
    r"|\s(?:and|but|so) (?:(?:please|now|can you|could you)\s+)*"
    r"(?:move|reschedule|push|shift|postpone|extend|cancel)\b",
    re.IGNORECASE,
)


def without_told_days(text: str, *, today: date) -> tuple[str, str]:
    """“Yesterday I booked vehicle 13 on Monday, move it to Tuesday” less the days that are told, and where it stands.

    When somebody did it is of no matter; the day on which it was put says which one is meant.
    """
    did = _I_DID.search(text)
    if did is None or not _OPENING.match(_WHEN_I_DID.sub("", text[: did.start()])):
        return text, ""
    order = _THEN_AN_ORDER.search(text, did.end())
    stop = order.start() if order else len(text)
    told = _WHEN_I_DID.sub("", text[:stop])
    days = [one for one in mentions(told, today=today) if one.first and one.kind != "length"] if order else []
    words = told[days[0].begin : days[0].stop] if days else ""
    for one in reversed(days):
        told = f"{told[: one.begin].rstrip()} {told[one.stop :]}"
    return f"{told.rstrip()}{text[stop:]}", words


def without_origin_day(text: str) -> tuple[str, str]:
    """``move my Tuesday test to Thursday`` less the day that says which test is meant, and that day."""
    found = _ORIGIN_DAY.search(text)
    if found is None:
        return text, ""
    return f"{text[: found.start(2)]}{text[found.end() :]}", found[2]


def without_origin(text: str, vocabulary: Vocabulary) -> str:
    """``move 42 from PGN 3 to PGN 4`` less the dyno it leaves, which is not a wish."""
    for match in _FROM_DYNO.finditer(text):
        for pattern, _ in vocabulary.dynos_in(text):
            if found := pattern.match(text, match.end()):
                return text[: match.start()] + text[found.end() :]
    return text
