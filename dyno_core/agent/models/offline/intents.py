"""What a message wants: ordered rules, the first that fits wins. Orders come first (`orders`). Pure."""

import re
from collections.abc import Callable
from typing import Final

from dyno_core.agent.models.offline.orders import Intent, is_negated, is_question, order_in, plain, stripped
from dyno_core.agent.models.offline.slots import Slots

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


def _one_dyno_alone(slots: Slots) -> bool:
    """Nothing but a dyno and perhaps a time: who holds it is all that can be said."""
    about = (slots.test_type, slots.weight_lbs, slots.weight_class, slots.drive_type, slots.unknown_test, slots.days)
    return _only_a_dyno(slots) and not any(about)


def _any_dyno_in_a_window(slots: Slots) -> bool:
    about = (slots.test_type, slots.weight_lbs, slots.weight_class, slots.drive_type, slots.unknown_test, slots.days)
    return slots.start is not None and slots.dyno is None and not slots.has_vehicle and not any(about)


_IDLE = (
    r"\b(?:dynos?|rigs?|machines?)\b.*\b(?:free|available|idle|empty|unused|vacant|open|unoccupied|not (?:used|booked"
    r"|busy)|nothing (?:planned|booked|on|to do)|standing still)\b"
    r"|\b(?:free|available|idle|empty|unused|vacant|unoccupied)\b.*\b(?:dynos?|rigs?|machines?)\b"
)
_FREE = (
    r"\b(?:free|available|availability|availabilities|open|vacant|unoccupied|recommend\w*|suitable"
    r"|suggest\w*)\b|(?:which|what|any) (?:dynos?|rigs?) (?:can|could|fits?|would)|^who can (?:run|take|test|do)\b"
    r"|\b(?:have|got|is there|are there|there) (?:an? |any )?(?:free )?(?:dynos?|rigs?)\b"
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
        (
            "hello",
            (
                r"^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|morning|howdy|greetings)\b[\s\w]{0,12}"
                r"(?:,? ?how (?:are|is|do) [\w\s]+)?\W*$|^how are you\b[\w\s]*\W*$|^what's up\W*$"
            ),
            _always,
        ),
        (
            "thanks",
            (
                r"^(?:thanks|thank you|thx|great|perfect|cheers|ok|okay|good|fine|cool|nice|bye|goodbye"
                r"|alright|all right|got it|see you|have a (?:nice|good) \w+)\b[\s\w]{0,20}\W*$"
                r"|^[a-z ,.!']{0,40}\b(?:thanks|thank you)\b[a-z ,.!']{0,40}$"
            ),
            _no_vehicle,
        ),
        (
            "help",
            (
                r"^help\b|what (?:else )?can (?:you (?:do|help)|i (?:do|ask|say))|what do you know|how (?:do"
                r"|can|should|would|could) (?:i|we|you"
                r"|one)\b.*\b(?:book|cancel|move|use|ask|reserve|schedule|allocate)"
                r"|\bhow (?:to|does this)\b|what do you do\b|your abilities|^\?+$"
            ),
            _always,
        ),
        (
            "test_types",
            (
                r"\b(?:what|which|list|show|all)\b.*\b(?:test types|types of tests?|kinds? of tests?)\b"
                r"|^(?:what|which) tests (?:can|do|could) (?:you|we|i)\b(?!.*\b(?:have|finish|complete))"
            ),
            lambda slots: slots.dyno is None and not slots.has_vehicle,
        ),
        (
            "now",
            (
                r"what(?:'s| is) (?:the )?(?:current |today's )?(?:date|time|day)\b|what (?:date|day|time"
                r"|week) (?:is|are)\b"
                r"|today'?s date|current (?:date|time|week)|^(?:date|day|time)\W*$|which (?:week|day) (?:is|are)\b"
            ),
            _always,
        ),
        (
            "holders",
            (
                r"\bwhy\b.*(?:can't|cannot|can not|couldn't|isn't|is there (?:no|not)|not (?:available|free"
                r"|possible|get"
                r"|have)|unavailable|blocked|taken|full|busy|occupied|booked|is\b.*\bnot\b)"
                r"|what(?:'s| is) (?:blocking|stopping|preventing|in the way|holding)|who(?:'s"
                r"| is)? (?:blocking|holding"
                r"|holds|has|got|on|using|uses)\b|\b(?:until|till) when\b|\bwhen\b.*\b(?:free|available|open|done"
                r"|vacant)\b|^(?:is|are|will|was|does|do)\b.*\b(?:free|available|open|vacant|busy|taken"
                r"|occupied|booked"
                r"|in use|anybody|anyone|somebody|someone|empty|idle|used)\b|^(?:is|are) (?:anybody|anyone"
                r"|somebody)\b"
                r"|^(?!how\b).*\b(?:free|available|busy|taken)\b[^?]*\?$"
            ),
            _one_dyno_alone,
        ),
        (
            "explain",
            (
                r"\bwhy\b.*(?:can't|cannot|can not|couldn't|isn't|is there (?:no|not)|is no\b|no dyno"
                r"|not (?:available|free|possible|get|have)|nothing|unavailable|blocked|taken|full|busy"
                r"|is\b.*\bnot\b)"
                r"|^explain\b|what(?:'s| is) (?:blocking|stopping|preventing|in the way)"
            ),
            lambda slots: slots.allocation_id is None,
        ),
        (
            "conflicts",
            (
                r"conflict|double[- ]?book|over-?book|clash|what(?:'s| is) wrong|overlap|collision|collid"
                r"|\btwice\b|\b(?:problems?|errors?|issues?|trouble|wrong)\b.*\b(?:plan|schedule|calendar|bookings)\b"
                r"|\b(?:plan|schedule|calendar)\b.*\b(?:clean|consistent|valid|healthy|in order|free of"
                r"|problems?|errors?)\b"
            ),
            _always,
        ),
        (
            "utilization",
            (
                r"utili[sz]|how (?:busy|full|loaded|well|much capacity)|occupancy|workload|(?:the|our) load|\busage\b"
                r"|bottle ?neck|\bbusiest\b|(?:most|least) (?:used|booked|loaded|busy)|capacity (?:used|left|spent)"
                r"|\b(?:used|spare|free|our|unused|left over) capacity\b|\bidle time\b"
            ),
            _always,
        ),
        (
            "requests",
            (
                r"\brequests?\b|unplaced|waiting list|\bqueue\b|(?:still|yet) (?:needs?|without|waiting|wait)\b"
                r"|\bunscheduled\b"
                r"|\bwaiting for (?:a )?(?:dyno|place|rig)|(?:could|can|can't|cannot"
                r"|couldn't)(?: not)?(?: be)? placed?\b|not (?:yet )?placed|without a (?:dyno|place|rig)"
                r"|(?:can't|doesn't|don't|didn't|not) fit\b"
                r"|backlog|\bdemand\b"
            ),
            _always,
        ),
        (
            "maintenance",
            (
                r"maint[ae]n|out of (?:service|order)|\bbroken\b|\bdown\b|service windows?|\bserviced\b"
                r"|break ?down|calibrat|\brepair"
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
        (
            "counted",
            (
                r"\b(?:per|by|each|every|for each|for every|in each|on each) (?:test(?: ?type)?|type|facilit(?:y"
                r"|ies)|sites?"
                r"|dynos?|rigs?|programs?|weeks?|months?|status|contact|engineer)s?\b"
            ),
            lambda slots: not slots.has_vehicle and slots.allocation_id is None and slots.days is None,
        ),
        (
            "contact",
            (
                r"\bcontacts?\b|whom? (?:owns|is responsible|(?:do|should|can|must) (?:i|we) (?:call|ask|talk"
                r"|contact|email|write|phone)"
                r"|is in charge|to (?:call|ask|contact))|who's (?:responsible|in charge)|whose vehicle"
                r"|\bresponsible\b|\bowner\b|engineer (?:for|of|behind)"
            ),
            _always,
        ),
        (
            "late",
            (
                r"\blate\b|overdue|\bdelay(?:ed|s)\b|\bbehind\b|\bslipp(?:ed|ing)\b|past (?:its|their) end"
                r"|should have (?:ended|finished|started)|running over"
            ),
            _no_vehicle,
        ),
        (
            "window",
            (
                r"next (?:available|free|open|possible|slot|window|time|gap|chance)|\bhow soon\b|\bearliest\b"
                r"|\bsoonest\b"
                r"|first (?:available|free|possible|open|gap|slot|window)|as soon as possible"
                r"|\bwhen\b.*\b(?:can|could|will|would|is|are)\b.*\b(?:free|available|open|opening|get|fit"
                r"|room|run|have|book|next)\b|next .*\bopening|\bwhen (?:can|could) (?:i|we)\b"
            ),
            _for_something,
        ),
        (
            "running",
            (
                r"(?:on|at) (?:the |our )?(?:dynos?|rigs?) (?:today|now|at the moment|currently|right now)\b"
                r"|(?:running|runs?|on the dynos?|happening|going on|in progress|tested)\b.*\b(?:now|currently"
                r"|at the moment|today)\b|currently (?:running|on|being)"
                r"|what(?:'s| is) (?:running|on the dynos?)|^what runs\b|who(?:'s| is) on\b.*\bnow"
            ),
            _no_vehicle,
        ),
        (
            "dynos",
            (
                r"\b(?:which|what|any) (?:dynos?|rigs?) (?:can|could|support\w*|takes?|do|run|are able|fits?)\b"
                r"|\b(?:dynos?|rigs?)(?: (?:that|which))? (?:can|support\w*|are able)\b|\bcan any (?:dyno|rig)\b"
            ),
            lambda slots: slots.start is None and slots.days is None and not slots.has_vehicle,
        ),
        ("idle", _IDLE, _any_dyno_in_a_window),
        ("free", _FREE, _for_something),
        (
            "starts",
            (
                r"\b(?:starts?|starting|begins?|beginning|kicks? off|kicking off|goes? on|going on|comes? in"
                r"|arrives?)\b"
            ),
            lambda slots: slots.start is not None and not slots.has_vehicle and slots.dyno is None,
        ),
        (
            "ends",
            (
                r"\b(?:ends?|ending|finish(?:es|ing)?|done|over|complet(?:es|ing)|com(?:es?|ing) off|com(?:es?"
                r"|ing) out"
                r"|goes? off|leaves?|leaving|runs? out)\b"
            ),
            lambda slots: (
                (slots.start or slots.end) is not None and not slots.has_vehicle and slots.allocation_id is None
            ),
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
            (
                r"^(?:start|complete|finish|close|swap|exchange|approve|reopen|un-?cancel|kill|restore|confirm)\b"
                r"|^(?:mark|set|flag)\b.*\b(?:complete|completed|done|finished|running|started|in progress"
                r"|tentative)\b"
            ),
            lambda slots: slots.allocation_id is not None or slots.has_vehicle,
        ),
        (
            "unable",
            (
                r"^(?:please )?(?:swap|exchange)\b|^(?:add|create|import|upload)\b.*\b(?:dyno|rig|vehicle|user"
                r"|workbook)\b"
            ),
            _always,
        ),
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
                r"^(?:please )?(?:find|search|look ?up|look for|details?|info|information|tell me about|describe)\b"
                r"|\b(?:details?|how heavy|weight of|drive(?: type)? of|specs?|vin of|tag of|program of"
                r"|information)\b"
                r"|\bwhat(?:'s| is)? (?:the |its )?(?:weight|drive|tag|vin|program|kind)\b"
            ),
            _vehicle,
        ),
        ("find_vehicle", r"^(?:please )?(?:find|search|look ?up|look for)\b", lambda slots: slots.dyno is None),
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
    if write := order_in(text, slots):
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
