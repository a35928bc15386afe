"""Bare numbers as what they mean: “cancel 42” is about allocation 42, “book 13” about vehicle 13. Pure."""

import re
from typing import Final

from dyno_core.agent.models.offline.all_but import DIGITS, listed_without
from dyno_core.agent.models.offline.calendar_words import MONTH, WEEKDAY
from dyno_core.agent.models.offline.rules_past import CHANGED
from dyno_core.agent.models.offline.tasks import MOST_AT_ONCE

_COUNTS: Final = (
    rf"(?!\s*(?:days?|weeks?|months?|years?|hours?|[/.:-]\d|more\b|other\b|new\b|free\b|lbs?\b|pounds?\b|kg\b|kilos?\b"
    rf"|k\b|t\b|tons?\b|tonnes?\b|%|am\b|pm\b|of\b|or (?!(?:rather |better )?(?:not|leave|keep)\b)|x\b"
    r"|dynos?\b|rigs?\b|tests?\b|vehicles?\b|cars?\b|trucks?\b"
    rf"|bookings?\b|allocations?\b|places?\b|slots?\b|people\b|runs\b(?!\W*$)|run\b(?!\W*$|\s+(?:on|in|at|from)\b)|{MONTH}))"
)
"""Behind a number that counts or dates something, none of these may stand."""
_PLURAL = re.compile(
    (
        r"\b(vehicle|truck|car|unit|allocation|booking|dyno|vin|tag)s\s+((?:(?:,|and|&|\s"
        r"|#)*[\w#-]*\d[\w-]*\b)+)"
    ),
    re.IGNORECASE,
)
_VERBS_OF_NUMBERS = (
    r"cancel|call off|scrap|get rid of|switch|have|need|delete|remove|delay|bring|change|drop|pull|move"
    r"|reschedule|extend|shorten|lengthen|prolong|postpone|shift|push|bump|swap|make|set|cut|trim|reduce|slide|start|take"
    r"|finish|end|stop|complete|confirm|transfer|relocate|re-?book|(?:mov|extend|shorten|postpon|reschedul|cancell?)ing"
    r"|get|keep|hold|show|check|about|(?:length|dyno|test|vehicle) (?:of|on)|(?:vehicle|truck|car) for|left (?:on|of)"
    r"|(?:news|update|info) (?:on|of)"
    r"|(?:end|start|last day|first day)(?: date)? (?:of|on)(?! 20\d\d\b)"
    r"|contact (?:for|of)"
)
_BARE_NUMBERS = re.compile(
    rf"\b({_VERBS_OF_NUMBERS})\s+(?:no\.?\s*|numbers?\s+|allocations?\s+)?"
    r"(#?\d{1,7}(?:\s*(?:,\s*and\b|,|\band\b|&|\s)\s*#?\d{1,7})*)\b" + _COUNTS,
    re.IGNORECASE,
)
_NEXT_NUMBER = re.compile(r"(?<=\w)(\s*,?\s+and|\s*[,;])\s+#?(\d{1,7})(?=\s+(?:to|onto|until|by)\s)", re.IGNORECASE)
"""“Move 42 to Monday and 43 to Tuesday”."""
_BY_ALIKE = re.compile(r"\bby \S+ (days?|weeks?)\b[^.;?!]*?(?:,|\band)\s+[^.;?!]*?\bby \d{1,3}(?=\W*$)", re.IGNORECASE)
"""“Extend 42 by 3 days and 43 by 2”."""
_ANOTHER_TOO = re.compile(
    r"(?:(?<=[a-z])(\s*,?\s+and)\s+#?(\d{1,7})|(\s*,?\s+and)\s+#?(\d{1,7})(?=\s+(?:too|also|as well|likewise)\b))"
    r"(?=(?:\s+(?:too|also|as well|likewise))?(?:\s+please)?\W*$)",
    re.IGNORECASE,
)
"""“Move 42 to Monday and 44 too”."""
_MORE_OF_THEM = re.compile(
    r"\b(vehicle|veh|truck|car|unit|allocation|booking)\s+#?(\d{1,7}(?:\s*(?:,\s*and\b|,|\band\b|&)\s*#?\d{1,7})+)\b"
    + _COUNTS,
    re.IGNORECASE,
)
"""“Vehicle 13 and 14 and 15”."""
_IS_IT_DONE = re.compile(
    r"\b(is|was|has|will|can|could|should|if)\s+(?:no\.?\s*)?#?(\d{1,7})\s+(?=(?:(?:can|could|be|been)\s+)*"
    r"(?:done|booked|changed|planned|created|deleted|removed|put|finished|running|started|complete\w*|over|late|still|already|on|cancell?ed|moved|extended|shortened"
    r"|shifted|rescheduled)\b)",
    re.IGNORECASE,
)
_WAS_CHANGED = re.compile(
    rf"\b({CHANGED}|happened (?:to|with)|history of|changes (?:to|of|in))\s+(?:no\.?\s*|number\s+)?#?(\d{{1,7}})"
    r"(?=\W*$|\s*[,.;?!]|\s+(?:and|on|to|from|by|yesterday|today|last|this|when|why|again|is|so|but)\b)"
    rf"|\b(anyone|anybody|someone|somebody) ({CHANGED}|cancel|move|change|touch)\s+#?(\d{{1,7}})\b",
    re.IGNORECASE,
)
"""“Who cancelled 42?”, “what happened to 42?”."""
_IN_A_QUESTION = re.compile(
    r"\b(did|does|do|would|might|was|is|has|can|could|will|should|when|whether)\s+(?:no\.?\s*)?#?(\d{1,7})\b"
    r"(?=\s+[a-z]|\W*$)" + _COUNTS,
    re.IGNORECASE,
)
"""“When does 42 start?”."""
_FIRST_OF_ALL = re.compile(
    r"^(\W*(?:(?:so|and|ok|please|sorry|hi|hello)\b\W*)*)#?(\d{1,7})\s+(?=(?:needs?|must|should|has|is|was|will|can|could"
    r"|ought|takes?|starts?|ends?|finish\w*|stays?)\b)",
    re.IGNORECASE,
)
"""“42 needs a day more”."""
_IN_A_STATEMENT = re.compile(
    r"\b(think|believe|guess|that|but|because|since)\s+#?(\d{1,7})\s+(?=(?:needs?|must|should|has|is|was|will|can|could)\b)",
    re.IGNORECASE,
)
"""“I think 42 should be cancelled”."""
_THERE_AND_THEN = re.compile(
    r"^\W*#?(\d{1,7})\s*(?:->|→|:(?!\d)|\b(?:on)?to)\s*((?:(?:next|this)\s+)?"
    rf"(?:{WEEKDAY}|tomorrow|[a-z]{{2,}}[\s#]*\d{{1,3}}))(?=(?: instead| please| rather)*\W*$)",
    re.IGNORECASE,
)
"""“42 -> PGN 4”, “42 to Monday”: at most an offer."""
_WHAT_IS = re.compile(
    r"^(\W*(?:what(?:'s| is)|who(?:'s| has)(?: got)?|where(?:'s| is)|when(?:'s| is)))\s+#?(\d{1,7})(?=\W*$)",
    re.IGNORECASE,
)
_ITS_STATUS = re.compile(r"^\W*#?(\d{1,7})\s+(status|state|details?|info)(?=\W*$)", re.IGNORECASE)
_STATUS_OF = re.compile(r"\b(status|state|details?)(?: of)?\s+(?:no\.?\s*)?#?(\d{1,7})(?=\W*$)", re.IGNORECASE)
_BARE_VEHICLES = re.compile(
    r"\b(book|schedule|allocate)\s+(\d{1,6}(?:\s*(?:,\s*and\b|,|\band\b|&)\s*\d{1,6})*)(?=\s+(?:for|on|to|and)\b)",
    re.IGNORECASE,
)
_FROM_TO = re.compile(
    r"\bcancel (?:allocations? )?#?(\d{1,7})\s*(?:-|–|to|through|thru)\s*#?(\d{1,7})"
    r"(?=\W*$|[,;!?]|\s+(?:please|because)\b)",
    re.IGNORECASE,
)
"""“Cancel 42 to 44”."""


def normalized(text: str) -> str:
    """``vehicles 13 and 14`` as ``vehicle 13 and vehicle 14``; ``cancel 42`` as ``cancel allocation 42``."""

    def each(match: re.Match[str]) -> str:
        items = re.findall(r"[\w-]*\d[\w-]*", match[2])
        return " and ".join(f"{match[1]} {item}" for item in items) + (" " if match[2].endswith(" ") else "")

    if alike := _BY_ALIKE.search(text):
        text = f"{text[: alike.end()]} {alike[1]}{text[alike.end() :]}"
    text = _FROM_TO.sub(_each_between, _WAS_CHANGED.sub(_changed_number, text))
    text = _ITS_STATUS.sub(r"\2 of allocation \1", _WHAT_IS.sub(r"\1 allocation \2", text))
    text = _IN_A_STATEMENT.sub(r"\1 allocation \2 ", text)
    text = _FIRST_OF_ALL.sub(r"\1allocation \2 ", _THERE_AND_THEN.sub(r"can we move allocation \1 to \2", text))
    text = _IS_IT_DONE.sub(r"\1 allocation \2 ", _STATUS_OF.sub(r"\1 of allocation \2", text))
    text = _BARE_VEHICLES.sub(
        lambda match: f"{match[1]} {_each_named('vehicle', DIGITS.findall(match[2]))}", _PLURAL.sub(each, text)
    )
    text = _MORE_OF_THEM.sub(lambda match: _each_named(match[1], DIGITS.findall(match[2])), text)
    text = listed_without(_IN_A_QUESTION.sub(r"\1 allocation \2", text))
    if _BARE_NUMBERS.search(text):
        text = _ANOTHER_TOO.sub(_too, _NEXT_NUMBER.sub(r" and allocation \2", text))
    return _BARE_NUMBERS.sub(lambda match: f"{match[1]} {_each_named('allocation', DIGITS.findall(match[2]))}", text)


def _changed_number(match: re.Match[str]) -> str:
    words = match[1] or f"{match[3]} {match[4]}"
    return f"{words} allocation {match[2] or match[5]}"


def _each_between(match: re.Match[str]) -> str:
    numbers = range(int(match[1]), int(match[2]) + 1)
    return "cancel " + " and ".join(map(str, numbers)) if 1 < len(numbers) <= MOST_AT_ONCE else match[0]


def too_many_in(text: str) -> str:
    """Why “cancel 42 to 60” can't be done at once; empty where it can."""
    found = _FROM_TO.search(text)
    count = int(found[2]) - int(found[1]) + 1 if found else 0
    sentence = f"From {{}} to {{}} are {count} allocations, and I cancel at most {MOST_AT_ONCE} at once; name fewer."
    return sentence.format(found[1], found[2]) if found and count > MOST_AT_ONCE else ""


def _too(match: re.Match[str]) -> str:
    is_a_day = re.search(rf"(?:{MONTH})$", match.string[: match.start()], re.IGNORECASE)
    joint, number = match[1] or match[3], match[2] or match[4]
    return match[0] if is_a_day else f"{joint} allocation {number}"


def _each_named(noun: str, numbers: list[str]) -> str:
    return " and ".join(f"{noun} {number}" for number in numbers)
