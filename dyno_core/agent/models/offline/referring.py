"""What a message names by other words: the dyno that was asked about, a row of the list that was shown. Pure."""

import re
from typing import Final

from dyno_core.agent.models.offline.frame import Choice, Frame

MOST_ROWS: Final = 10
"""So many rows of a list are remembered, for “the first one”."""
_ABOUT_A_DYNO: Final = frozenset({"plan", "holders", "dyno", "running", "starts", "ends", "history", "maintenance"})
_STATES: Final = (
    r"(?:free|available|booked|busy|taken|occupied|open|idle|empty|down|out of service|in service|in use|in maintenance"
    r"|held|blocked)\b"
)
_WHO: Final = r"(?:who|what|which (?:vehicle|truck|car|test)|any(?:one|body|thing)|some(?:one|body|thing))"
_HAS: Final = r"(?:has|have|had|got|holds?|holding|uses?|using|on|needs?|blocks?|blocking)"
_WHEN: Final = r"(?:when|how long|from when|(?:un)?till? when|since when)"
_IT: Final = r"(?P<it>it|that one|this one|(?:that|this|the same) (?:dyno|rig))"
_ITSELF: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_WHO}(?: else)?(?:'s| is| was| will be)?\s+{_HAS}\s+{_IT}\b",
        rf"\b{_WHEN}\s+(?:is|was|will)\s+{_IT}\s+(?:(?:be|next|again)\s+)*{_STATES}",
        rf"^\W*(?:(?:and|so|but|ok|okay)\W+)?(?:is|was|will)\s+{_IT}\s+(?:(?:be|still|also|ever)\s+)*{_STATES}",
        rf"\b(?:can|does|could|will)\s+{_IT}\s+(?:also\s+)?(?:take|run|do|handle|support|fit)\b",
        rf"\bon\s+{_IT}(?=\W*$|\s+(?:in|on|from|next|this|last|today|tomorrow|now|right|for|until|then|after|before)\b)",
    )
)
"""“It” as the dyno that was asked about. Elsewhere it may be a vehicle, an allocation or grammar."""
_BOOK_IT: Final = re.compile(rf"\b(?:book|reserve|take)\s+{_IT}(?=\s+for\b)", re.IGNORECASE)
_THERE: Final = re.compile(
    r"(?<!is )(?<!are )(?<!was )(?<!were )\b(?:on |in |at )?there\b(?=\W*$|\s+(?:in|on|from|next|this|last|today"
    r"|tomorrow|now|right|for|with|until|then|after|before)\b)",
    re.IGNORECASE,
)
_PLACES: Final = {
    "first": 0, "1st": 0, "top": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3, "fifth": 4,
    "5th": 4, "last": -1,
}  # fmt: skip
_COUNTS: Final = {"two": 2, "2": 2, "three": 3, "3": 3}
_OF_THE_LIST: Final = (
    r"(?:ones?|bookings?|allocations?|entry|entries|rows?)(?: (?:in|on|of|from) (?:the|that|this) (?:list|table))?\b"
    r"(?!\s+(?:free|available|possible|open|that|which|of|in|after|before))"
)
_ROW: Final = re.compile(
    rf"\b(?:the )?(?P<place>{'|'.join(_PLACES)})(?: (?P<count>{'|'.join(_COUNTS)}))?"
    rf" (?:{_OF_THE_LIST}|(?:of )?(?:them|those|these)\b)",
    re.IGNORECASE,
)


def referred(text: str, frame: Frame, *, names_a_dyno: bool, names_another: bool) -> str:
    """``text`` with the names in it: ``who has PGN 3 on Friday?`` for “who has it on Friday?”, ``cancel allocation
    42`` for “cancel the first one”.

    ``names_a_dyno``, ``names_another``: a dyno, or a vehicle or an allocation, is named already.
    """
    if not names_another and frame.state == "answered" and frame.choices:
        text = _ROW.sub(lambda found: _named(found, frame.choices), text)
    if names_a_dyno or not (dyno := _asked_about(frame)):
        return text
    for pattern in (*(_ITSELF if not names_another else _ITSELF[-1:]), *_ordered(frame)):
        if found := pattern.search(text):
            return text[: found.start("it")] + dyno + text[found.end("it") :]
    return _THERE.sub(f"on {dyno}", text)


def _ordered(frame: Frame) -> tuple[re.Pattern[str], ...]:
    """“Book it”: after “when is it free?” with the days that were asked about, which the order takes up itself."""
    return () if frame.tasks[-1].intent == "holders" else (_BOOK_IT,)


def _asked_about(frame: Frame) -> str:
    """The dyno of the last question, where that was about no vehicle and no allocation."""
    if not frame.tasks or frame.state in ("asked", "offered"):
        return ""
    last = frame.tasks[-1]
    is_other = last.slots.has_vehicle or last.slots.allocation_id is not None
    return "" if is_other or last.intent not in _ABOUT_A_DYNO else last.slots.dyno or ""


def _named(found: re.Match[str], choices: tuple[Choice, ...]) -> str:
    """The allocations that are meant; the words as they are where the list is shorter, or longer than remembered."""
    place, count = _PLACES[found["place"].lower()], _COUNTS.get((found["count"] or "").lower(), 1)
    if place < 0 and (count > 1 or len(choices) == MOST_ROWS):
        return found[0]
    meant = choices[place : place + count] if place >= 0 else choices[-1:]
    if len(meant) < count or (count > 1 and place > 0):
        return found[0]
    return " and ".join(f"allocation {choice.id}" for choice in meant)
