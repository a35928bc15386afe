"""Rules for questions about what was done, and by whom; first what is told of it. Data; the first that fits wins."""

import re
from dataclasses import replace
from typing import Final

from dyno_core.agent.models.offline.calendar_words import WEEKDAY
from dyno_core.agent.models.offline.guards import Rule, always, any_dyno_in_a_window, one_of
from dyno_core.agent.models.offline.slots import Slots

CHANGED: Final = (
    r"(?:booked|cancell?ed|moved|rescheduled|shifted|postponed|delayed|extended|shortened|changed|edited|touched"
    r"|deleted|removed|created|made|planned|scheduled|started|completed|finished|swapped|put)"
)
_SHIFTED: Final = r"(?:moved|rescheduled|shifted|postponed|delayed|extended|shortened|changed|edited|touched|swapped)"
_ALTERED: Final = rf"(?:{_SHIFTED}|cancell?ed|deleted|removed)"
"""Who booked it, whether it is done or cancelled, and when it ran stands in the plan itself."""
_TO_SHIFT: Final = r"(?:move|reschedule|shift|postpone|delay|extend|shorten|change|edit|touch|swap)"
_SOMEBODY: Final = r"(?:anyone|anybody|someone|somebody)"


def one_of_the_lab(slots: Slots) -> bool:
    return slots.allocation_id is not None or slots.has_vehicle or slots.dyno is not None


def in_a_window(slots: Slots) -> bool:
    return any_dyno_in_a_window(replace(slots, test_type=None)) and slots.allocation_id is None


_NOBODY: Final = (
    r"(?:i|we|you|they|it|he|she|anyone|anybody|someone|somebody|people|everyone|who|been|the|that|this|my|our"
    r"|hand|chat|imports?|mistake|accident)\b"
)
_NO_SURNAME: Final = (
    r"(?-i:(?:this|last|next|today|yesterday|tomorrow|now|so|week|month|year|recently|earlier|ever|already|just|again|too"
    r"|in|on|at|to|of|for|from|by|with|through|via|during|since|until|till|before|after|between|over|and|or|but|when|why"
    r"|please|then)\b)"
    rf"|(?:{WEEKDAY})\b"
)
"""Behind one name these are no second one: “changes by Anna this week”."""
_NAME: Final = (
    rf"(?!{_NOBODY})(?P<who>[\w.+-]+@[\w.-]+\w|[^\W\d][\w.'’-]+"
    rf"(?: (?!{_SHIFTED}|{_TO_SHIFT}|book|cancel|plan|do|{_NO_SURNAME})[^\W\d][\w.'’-]+)?)"
)
_BY_WHOM: Final = re.compile(
    rf"\b(?:did|has|have) {_NAME} (?:book|chang|mov|cancel|plann?|do|mak|made|edit|extend|shorten|shift|delet)\w*\b"
    rf"|\b(?:changes?|changed|booked|cancell?ed|moved|made) (?:made )?by (?!me\b){_NAME.replace('who', 'by')}",
    re.IGNORECASE,
)


def by_whom(text: str) -> str | None:
    """The person whose changes are asked about: “what did Paula change yesterday?”."""
    found = _BY_WHOM.search(text)
    return (found["who"] or found["by"]) if found else None


PAST: Final[tuple[Rule, ...]] = (
    (
        "history",
        one_of(
            rf"^who(?:'s| has| had)?(?: \w+)? {_ALTERED}\b",
            rf"^(?:by whom|when|why) (?:was|were|has|have|did)\b.*\b{_ALTERED}\b(?!.*\b(?:yet|already)\b)",
            rf"^how (?:often|many times) (?:was|were|has|have|did)\b.*\b{_ALTERED}\b",
            rf"^(?:has|have|did|why did) {_SOMEBODY}\b.*\b(?:{_SHIFTED}|{_TO_SHIFT})\b",
            rf"\bwas (?:it|that|this|allocation \d+|vehicle \S+) {_ALTERED} by\b",
            r"\bwhat(?:'s| has| have| had)? (?:happened|changed|been (?:done to|changed))\b"
            r"|\bwhat was (?:done to|changed)\b",
            r"(?<!test )(?<!testing )(?<!tests )\bhistory\b|\b(?:change ?log|audit(?: trail| log)?)\b",
            r"^(?:show|list|what|which|all)\b.*\bchanges\b|^(?:the |any |all )?changes (?:to|of|in|on)\b",
            r"^(?:yesterday|earlier|today|this morning)?[\s,]*i(?:'ve| have| had|'d)?(?: just| already| only)* "
            rf"{_ALTERED}\b",
        ),
        one_of_the_lab,
    ),
    (
        "history",
        one_of(
            r"\bwhat(?:'s| has| have)? (?:been )?changed\b|\bwhat did (?:i|we|anyone|anybody|people) (?:change|move)\b",
            r"^what (?:did|has|have|was) (?!i\b|we\b)[\w.@-]+(?: [\w.-]+)? (?:book|chang|mov|cancel|plann?|do)"
            r"(?:e|ed|led|ing)?\b",
            r"^what did (?:i|we) (?:book|cancel|plan)\b.*\b(?:today|yesterday|this morning)\b",
            r"^(?:please )?(?:show|list|what|which|all|any|give|were|the)\b.*\bchanges\b|^changes\b",
            rf"^(?:what|which|who|how many|show|list|anything|was anything)\b.*\b(?:was|were|got|been|did|i|we)\b.*"
            rf"\b{_SHIFTED}\b",
            r"^(?:what|which|who|how many|show|list|anything|was anything)\b.*\b(?:was|were|got|been|did)\b.*"
            r"\b(?:cancell?ed|deleted|booked)\b.*\b(?:today|yesterday|this morning)\b",
        ),
        in_a_window,
    ),
    (
        "history",
        rf"^who(?:'s| has| had)?(?: \w+)? {_ALTERED} my\b",
        lambda slots: slots.start is None,
    ),
    (
        "history",
        rf"^(?:was|were|has|have|had|did)\b.*\b{_SHIFTED}\b",
        lambda slots: slots.allocation_id is not None,
    ),
    (
        "history",
        one_of(
            rf"^who(?:'s| has| had)?(?: \w+)? {_ALTERED} (?:it|that|this)\b",
            rf"^(?:when|why) (?:was|has) (?:it|that|this)\b.*\b{_ALTERED}\b",
            r"\bwhat(?:'s| has| have| had)? happened (?:to|with) (?:it|that|this)\b",
        ),
        always,
    ),
)
