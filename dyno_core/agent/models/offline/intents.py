"""What a message wants: ordered rules, the first that fits wins. Pure.

A write is only ever taken from an order ("book …", "please cancel …", "can you move …"); a question,
a negation or a bare list of facts never is: at most it becomes an offer that waits for a yes.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dyno_core.agent.models.offline.slots import Slots

WRITES: Final = frozenset({"book", "move", "extend", "cancel"})


@dataclass(frozen=True, slots=True)
class Intent:
    """``sure`` is False for a write that was not ordered; ``weak`` for what only the facts suggest."""

    name: str
    sure: bool = True
    weak: bool = False


def plain(text: str) -> str:
    """Lower case, straight apostrophes, one blank between words."""
    return " ".join(text.replace("’", "'").replace("‘", "'").lower().split())


_POLITE = re.compile(
    r"^(?:(?:hi|hello|hey|ok|okay|so|well|and|also|then|now|great|thanks|thank you|please|pls"
    r"|sorry|yes|but|actually|no)\b[\s,.!:]*)+"
)
_ASKED_KINDLY = re.compile(r"^(?:can|could|would|will) you\b")
_QUESTION = re.compile(
    r"^(?:what|what's|which|who|who's|whom|whose|when|when's|where|where's|why|how|how's|is|isn't"
    r"|are|aren't|am|was|were|do(?! not\b)|does|did|has|have|had|should|shall"
    r"|may|might|can|can't|could|couldn't|would|will|any|anything|anyone)\b"
    r"|\bpossible to\b|\bhow to\b|\bwhat if\b|\bwhether\b|\bwonder(?:ing)? if\b|\bwhat happens\b"
)
_ORDER = (
    r"(?:^|[.!:;,]\s*|\b(?:please|pls|kindly|and|then|also|just|ahead and|let's|lets|(?:can|could"
    r"|would|will) you"
    r"|(?<!do i )(?<!do we )(?:want|need|like|have|going|wish)(?: you)? to|i'll|we'll"
    r"|must)\s+)(?:(?:please|kindly|now|then|just)\s+)*"
)
_BOOK = (
    r"(?:book|allocate|reserve|assign|(?:schedule|plan)(?!\s+(?:of|for|this|next|today|tomorrow"
    r"|view|conflict))"
    r"|(?:put|place|add|run|test|set up)(?=\s)|get(?=\s.*\b(?:on|onto|in for)\b))\b"
)
_CANCEL = r"(?:cancel|call off|scrap|(?:delete|remove|drop|take off|free up)(?=\b))"
_EXTEND = r"(?:extend|prolong|lengthen|shorten)"
_MOVE = r"(?:move|reschedule|re-schedule|shift|push|postpone|delay|bring|pull|transfer|relocate|change|update)"
_VERBS: Final = (("book", _BOOK), ("cancel", _CANCEL), ("extend", _EXTEND), ("move", _MOVE))
_ORDERS: Final = tuple((name, re.compile(_ORDER + verbs + r"\b")) for name, verbs in _VERBS)
_MENTIONS: Final = tuple((name, re.compile(r"\b" + verbs + r"\b")) for name, verbs in _VERBS)
_ANY_VERB = "|".join(verbs for _, verbs in _VERBS)
_NEGATED = re.compile(
    r"\b(?:don't|do not|dont|never|must not|mustn't|should not|shouldn't|not to"
    r"|no need to)\b(?:\W+\w+){0,2}?\W+"
    rf"(?:{_ANY_VERB})\b"
)
_MAY_I = re.compile(r"^(?:can|could|should|shall|may|would) (?:i|we|you)\b|\bwhat (?:happens )?if\b|\bpossible to\b")
_LOOSE_VERBS = re.compile(
    r"\b(?:put|place|get|add|run|test|plan|set up|delete|remove|drop|take off|free up|bring|pull"
    r"|push"
    r"|change|update|delay|shift)\b"
)
_IT = re.compile(r"\b(?:it|that|this|them|the same)\b")


def stripped(text: str) -> str:
    return _POLITE.sub("", plain(text))


def is_question(text: str) -> bool:
    bare = stripped(text)
    if _ASKED_KINDLY.match(bare):
        return bool(re.search(r"\bwhat if\b|\bhow to\b|\bwhat happens\b", bare))
    return bool(_QUESTION.search(bare)) or (bare.endswith("?") and "please" not in plain(text))


def is_negated(text: str) -> bool:
    return bool(_NEGATED.search(plain(text)))


def _write(text: str, slots: Slots) -> Intent | None:
    """The order in ``text``; loose verbs ("put", "change", "drop") need something they are about."""
    low = stripped(text) or plain(text)
    hits = [(match.start(), name, match[0]) for name, order in _ORDERS if (match := order.search(low))]
    about = slots.has_vehicle or slots.allocation_id is not None or bool(_IT.search(low))
    hits = [hit for hit in hits if about or not _LOOSE_VERBS.search(hit[2])]
    if not is_question(text):
        return Intent(min(hits)[1]) if hits else None
    if hits and not _QUESTION.search(stripped(text)):
        return Intent(min(hits)[1], sure=False)
    if _MAY_I.search(stripped(text)) and about:
        for name, verb in _MENTIONS[1:]:
            if verb.search(low):
                return Intent(name, sure=False)
    return None


Guard = Callable[[Slots], bool]


def _always(_: Slots) -> bool:
    return True


def _no_vehicle(slots: Slots) -> bool:
    return not slots.has_vehicle


def _vehicle(slots: Slots) -> bool:
    return slots.has_vehicle


def _only_a_dyno(slots: Slots) -> bool:
    return slots.dyno is not None and slots.test_type is None and not slots.has_vehicle


def _for_something(slots: Slots) -> bool:
    return not _only_a_dyno(slots)


def _has_window(slots: Slots) -> bool:
    return slots.start is not None


_FREE = (
    r"\b(?:free|available|availability|availabilities|open|vacant|unoccupied|recommend\w*|suitable"
    r"|suggest\w*)\b|which (?:dynos?|rigs?) (?:can|could|fits?|would)"
    r"|(?:can|could|may|should) (?:i|we) (?:get|have|book|reserve|use|schedule|run)"
    r"|possible to (?:book|schedule|reserve|get|run)"
    r"|(?:need|find|get|looking for|want|search for)(?: me| us)? an? (?:dyno|rig)|any (?:room"
    r"|space|capacity|dyno|rig)\b|(?:have|got|is there) (?:anything|something|room|space) (?:for"
    r"|open)"
)
_RULES: Final[tuple[tuple[str, re.Pattern[str], Guard], ...]] = tuple(
    (name, re.compile(pattern), guard)
    for name, pattern, guard in (
        (
            "nothing",
            (
                r"^(?:never ?mind|nevermind|forget (?:it|that|about it)|stop|abort|leave it|no thanks"
                r"|no thank you)\W*$"
            ),
            _always,
        ),
        ("hello", r"^(?:hi|hello|hey|good (?:morning|afternoon|evening)|howdy)\b[\s\w]{0,12}\W*$", _always),
        (
            "thanks",
            (
                r"^(?:thanks|thank you|thx|great|perfect|cheers|ok|okay|good|fine|cool|nice|bye|goodbye"
                r"|alright|all right|got it)\b[\s\w]{0,20}\W*$"
            ),
            _no_vehicle,
        ),
        (
            "help",
            (
                r"^help\b|what can you (?:do|help)|how (?:do|can|should|would|could) (?:i|we|you"
                r"|one)\b.*\b(?:book|cancel|move|use|ask|reserve|schedule|allocate)"
                r"|how (?:to|does this)|what do you do|your abilities|^\?+$"
            ),
            _always,
        ),
        (
            "test_types",
            (r"\b(?:what|which|list|show|all)\b.*\b(?:test types|types of tests?|kinds of tests?)\b"),
            lambda slots: slots.dyno is None and not slots.has_vehicle,
        ),
        (
            "now",
            (
                r"what(?:'s| is) (?:the )?(?:current |today's )?(?:date|time)\b|what (?:date|day|time) is\b"
                r"|today's date|current (?:date|time)"
            ),
            _always,
        ),
        (
            "explain",
            (
                r"\bwhy\b.*(?:can't|cannot|can not|couldn't|isn't|is there (?:no|not)|is no\b|no dyno"
                r"|not (?:available|free|possible|get|have)|nothing|unavailable|blocked|taken|full|busy)"
                r"|^explain\b|what(?:'s| is) (?:blocking|stopping|preventing|in the way)"
            ),
            lambda slots: slots.allocation_id is None,
        ),
        (
            "conflicts",
            (r"conflict|double[- ]?book|over-?book|clash|what(?:'s| is) wrong|overlap|collision|collid"),
            _always,
        ),
        (
            "utilization",
            (r"utili[sz]|how (?:busy|full|loaded|well)|occupancy|workload|(?:the|our) load|\busage\b"),
            _always,
        ),
        (
            "requests",
            (
                r"\brequests?\b|unplaced|waiting list|(?:could|can|can't|cannot"
                r"|couldn't)(?: not)?(?: be)? placed?\b|not (?:yet )?placed|without a (?:dyno|place)|can't fit"
                r"|backlog|\bdemand\b"
            ),
            _always,
        ),
        (
            "maintenance",
            (
                r"maint[ae]n|out of (?:service|order)|\bbroken\b|down for|service windows?|\bserviced\b"
                r"|break ?down"
            ),
            _always,
        ),
        (
            "count_in",
            (r"(?:how many|number of|count|total)\b.*(?:complet|finish|\bdone\b)|(?:complet|finish)\w*.*\bcount\b"),
            _has_window,
        ),
        (
            "count",
            (r"(?:how many|number of|count|total)\b.*(?:complet|finish|\bdone\b)|(?:complet|finish)\w*.*\bcount\b"),
            _always,
        ),
        ("per_test", r"\b(?:per|by|each|every|for each) (?:test(?: ?type)?|type)s?\b", _always),
        (
            "contact",
            (
                r"\bcontacts?\b|who (?:owns|is responsible|(?:do|should|can) (?:i|we) (?:call|ask|talk)"
                r"|is in charge|to call)|whose vehicle|\bresponsible\b|\bowner\b|engineer (?:for|of|behind)"
            ),
            _always,
        ),
        (
            "late",
            (
                r"\blate\b|overdue|\bdelayed\b|behind (?:schedule|plan)|past (?:its|their) end"
                r"|should have (?:ended|finished|started)|running over"
            ),
            _no_vehicle,
        ),
        (
            "window",
            (
                r"next (?:available|free|open|possible|slot|window|time)|\bearliest\b|\bsoonest\b"
                r"|first (?:available|free|possible|open)|as soon as possible|\basap\b"
                r"|\bwhen\b.*\b(?:can|could|will|would|is|are)\b.*\b(?:free|available|open|opening|get|fit"
                r"|room|run|have|book|next)\b|next .*\bopening|\bwhen (?:can|could) (?:i|we)\b"
            ),
            _for_something,
        ),
        (
            "running",
            (
                r"(?:running|runs?|on the dynos?|happening|going on|in progress|tested)\b.*\b(?:now|currently"
                r"|at the moment|today)\b|currently (?:running|on|being)"
                r"|what(?:'s| is) (?:running|on the dynos?)|^what runs\b|who(?:'s| is) on\b.*\bnow"
            ),
            _no_vehicle,
        ),
        (
            "dynos",
            (
                r"\b(?:which|what) (?:dynos?|rigs?) (?:can|could|support\w*|takes?|do|run|are able)\b"
                r"|\b(?:dynos|rigs) (?:that|which) (?:can|support)"
            ),
            lambda slots: slots.start is None and slots.days is None and not slots.has_vehicle,
        ),
        ("free", _FREE, _for_something),
        (
            "starts",
            (r"\b(?:starts?|starting|begins?|beginning)\b"),
            lambda slots: slots.start is not None and not slots.has_vehicle,
        ),
        ("plan", r".", lambda slots: _has_window(slots) and _only_a_dyno(slots)),
        (
            "plan",
            (
                r"\bwhat(?:'s| is)?(?: \w+)? on\b|who (?:has|is on|uses)|\bbooked\b|\btaken\b|\bbusy\b"
                r"|\b(?:free|available|occupied|in use|plan"
                r"|schedule|allocations|bookings|calendar)\b"
            ),
            _only_a_dyno,
        ),
        (
            "status",
            r"\b(?:tests?|allocations?|bookings?|list|show|which|what|all|ones|anything)\b|^\w+$",
            lambda slots: (
                slots.status is not None
                and not slots.has_vehicle
                and slots.start is None
                and slots.allocation_id is None
            ),
        ),
        (
            "plan",
            (
                r"\b(?:plan|planned|schedule|scheduled|what|what's|which|show|list|who|happening|tests?"
                r"|allocations?|bookings?|everything|anything)\b"
            ),
            lambda slots: _has_window(slots) and not slots.has_vehicle and slots.allocation_id is None,
        ),
        (
            "plan",
            (
                r"^(?:show|list|give|see|display)\b.*\b(?:plan|schedule|allocations|bookings|calendar)\b"
                r"|^(?:the )?(?:plan|schedule)$"
            ),
            lambda slots: _no_vehicle(slots) and slots.allocation_id is None,
        ),
        (
            "unable",
            (r"^(?:start|complete|finish|close|swap|exchange|approve|reopen|un-?cancel|kill)\b"),
            lambda slots: slots.allocation_id is not None or slots.has_vehicle,
        ),
        ("unable", r"^swap\b", _always),
        ("allocation", r".", lambda slots: slots.allocation_id is not None and not slots.has_vehicle),
        (
            "dynos",
            (
                r"\b(?:list|show|what|which|all|how many|our|every|see|display)\b.*\b(?:dynos|rigs"
                r"|dynamometers)\b|^(?:the )?(?:dynos|rigs)\W*$"
            ),
            lambda slots: slots.dyno is None,
        ),
        (
            "find_vehicle",
            (
                r"^(?:find|search|look ?up|look for|details?|info|information|tell me about|describe)\b"
                r"|\b(?:details?|how heavy|weight of|drive(?: type)? of|specs?|vin of|tag of|program of"
                r"|information)\b"
                r"|\bwhat (?:weight|drive|tag|vin|program|kind)\b"
            ),
            _vehicle,
        ),
        ("find_vehicle", r"^(?:find|search|look ?up|look for)\b", lambda slots: slots.dyno is None),
        ("find_vehicle", r"\b(?:show|list|which|what|all)\b.*\b(?:vehicles|trucks|cars)\b", _no_vehicle),
        ("dyno", r".", lambda slots: slots.dyno is not None and not slots.has_vehicle),
    )
)
_PRONOUN_CHECK = re.compile(r"^(?:is|when|where|which|has|show|check)\b.*\b(?:it|its)\b")


def intent_of(text: str, slots: Slots) -> Intent | None:
    """What ``text`` wants, None when no rule knows it."""
    low = stripped(text) or plain(text)
    if is_negated(text) and not is_question(text):
        return Intent("nothing")
    if write := _write(text, slots):
        return write
    for name, pattern, guard in _RULES:
        if guard(slots) and pattern.search(low):
            return Intent(name)
    return _suggested(low, slots)


def _suggested(low: str, slots: Slots) -> Intent | None:
    if slots.has_vehicle and slots.test_type and slots.start and not is_question(low):
        return Intent("book", sure=False, weak=True)
    if slots.test_type and (slots.weight_lbs or slots.weight_class or slots.drive_type) and not slots.has_vehicle:
        return Intent("window" if slots.days and slots.start is None else "free", weak=True)
    if slots.has_vehicle or _PRONOUN_CHECK.search(low):
        return Intent(
            "check", weak=not re.match(r"(?:is|was|when|where|which|has|did|does|who|show|check|what)\b", low)
        )
    return None
