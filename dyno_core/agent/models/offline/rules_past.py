"""Rules for questions about what was done, and by whom; first what is told of it. Data; the first that fits wins."""

from typing import Final

from dyno_core.agent.models.offline.guards import Rule, always, one_of
from dyno_core.agent.models.offline.slots import Slots

CHANGED: Final = (
    r"(?:booked|cancell?ed|moved|rescheduled|shifted|postponed|delayed|extended|shortened|changed|edited|touched"
    r"|deleted|removed|created|made|planned|scheduled|started|completed|finished|swapped|put)"
)
_ALTERED: Final = (
    r"(?:cancell?ed|moved|rescheduled|shifted|postponed|delayed|extended|shortened|changed|edited|touched|deleted|removed"
    r"|swapped)"
)
"""Who booked it and when it was completed stands in the plan itself."""


def one_of_the_plan(slots: Slots) -> bool:
    return slots.allocation_id is not None or slots.has_vehicle


PAST: Final[tuple[Rule, ...]] = (
    (
        "history",
        one_of(
            rf"^who(?:'s| has| had)?(?: \w+)? {_ALTERED}\b",
            rf"^(?:by whom|when|why) (?:was|were|has|have|did)\b.*\b{_ALTERED}\b(?!.*\b(?:yet|already)\b)",
            rf"^(?:has|have) (?:anyone|anybody|someone|somebody)\b.*\b(?:{CHANGED}|cancel|move|change|touch|edit"
            r"|delete)\b",
            rf"\bwas (?:it|that|this|allocation \d+|vehicle \S+) {CHANGED} by\b",
            r"\bwhat(?:'s| has| have| had)? (?:happened|changed|been (?:done|changed))\b|\bwhat was (?:done|changed)\b",
            r"\b(?:history|change ?log|audit(?: trail| log)?)\b|^(?:show|list|what|which|all)\b.*\bchanges\b",
            r"^(?:yesterday|earlier|today|this morning)?[\s,]*i(?:'ve| have| had|'d)?(?: just| already| only)* "
            rf"{CHANGED}\b",
        ),
        one_of_the_plan,
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
