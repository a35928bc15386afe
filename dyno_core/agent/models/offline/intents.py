"""What a message wants: an order (`orders`), else the first of the `rules` that fits. Pure."""

import re

from dyno_core.agent.models.offline.orders import Intent, is_negated, is_question, order_in, plain, stripped
from dyno_core.agent.models.offline.rules import RULES
from dyno_core.agent.models.offline.slots import Slots

_PRONOUN_CHECK = re.compile(r"^(?:is|when|where|which|has|show|check)\b.*\b(?:it|its)\b")

_ELSEWHERE = re.compile(
    r"^(?:add|create|import|upload|register|export|download|print|enter|delete|remove|edit)\b(?: an?| the| my"
    r"| all| this)?"
    r"(?: new)? (?:vehicles?|dynos?|rigs?|users?|accounts?|workbook|spreadsheet|excel\w*|files?|plan|calendar"
    r"|test types?"
    r"|rules?|requests?|password)\b(?!\s*#?\d)|^(?:change|reset|forgot|set)\b.*\bpassword\b|^(?:export|import"
    r"|download)\b"
)
"""Orders that have their own pages."""
_PLAIN_FACTS = re.compile(r"^(?!(?:is|was|were|when|where|which|has|did|does|do|who|how|what|are|why)\b)")
"""“536C288 brake Monday 2 days?” asks for a place; “is 536C288 on brake Monday?” does not."""
_NOT_ALL = re.compile(r"\bcancel\w*\s+(?:them\s+)?(?:all|every\w*|both|my bookings)\b")
_ONLY_NOT_ALL = re.compile(r"^not (?:all|every\w*|both)\b[\w\s]{0,20}\W*$")
_NONE = re.compile(r"^(?:cancel|move|change|book|delete|remove)\s+(?:nothing|none)\b")
_SOON = re.compile(
    r"\b(?:asap|a\.s\.a\.p|as soon as possible|as early as possible|earliest|soonest|first (?:available|free|possible)"
    r"|next (?:available|free|possible)|whenever (?:there is|something is|it is)? ?(?:free|possible|available))\b"
)
_MAINTAIN = re.compile(
    r"^(?:add|plan|block|set|create|schedule|book|take|put|need|close|shut)\b.*\b(?:maintenance|out of service"
    r"|calibration"
    r"|service window|breakdown)\b"
)
_BLOCK = re.compile(r"^(?:block|close|shut down|shut|lock)\b")
_ANY_TIME = re.compile(r"\b(?:between|within|somewhere|any ?time|some ?time|whenever|any (?:\d+ )?days?|some day)\b")
"""“2 days between 7 and 18 December”: the first place in these days."""
_AFTER = re.compile(r"(?<!not )\bafter (?!all\b|that\b)")
_LED_IN = re.compile(
    r"^(?:(?:can|could|would) you (?:please )?)?(?:tell (?:me|us)|let (?:me|us) know|check|find out|see|look up"
    r"|do you know|(?:i|we)(?:'d| would)? (?:like|need|want) to (?:know|see)|i(?:'m| was| am) (?:just )?wondering"
    r"|i wonder|any idea)\s+(?=(?:if|whether|who|what|when|where|why|how|which)\b)"
)
_WHETHER = re.compile(
    r"^(?:if|whether) (?P<what>(?:allocation|vehicle) \d+|\d{2,4}[a-z]\d{2,4}|it|(?:the )?[a-z]+[\s#]*\d{1,3}"
    r"|anything|anyone) (?P<is>is|was|has|have|will|can|did|does|are|were)\b"
)


def is_after_a_day(low: str, slots: Slots) -> bool:
    """“Book it after 7 December”: an order that leaves the day open."""
    after = bool(_AFTER.search(low)) and slots.start is not None and slots.window == "from"
    return after and order_in(low, slots) is not None


def _is_within(low: str, slots: Slots) -> bool:
    """Whether the days that are named are longer than the test, which may begin on any of them."""
    if not (slots.start and slots.end and slots.days) or slots.window != "range":
        return False
    return bool(_ANY_TIME.search(low)) and slots.days < (slots.end - slots.start).days + 1


def led_in(low: str) -> str:
    """``was 42 moved`` for “can you tell me whether 42 was moved”."""
    bare = _LED_IN.sub("", low)
    return _WHETHER.sub(r"\g<is> \g<what>", bare) if bare != low else low


def intent_of(text: str, slots: Slots) -> Intent | None:
    """What ``text`` wants, None when no rule knows it."""
    low = stripped(text) or plain(text)
    if is_negated(text) and not is_question(text):
        return Intent("not_all" if _NOT_ALL.search(low) else "nothing")
    if _ONLY_NOT_ALL.match(low) or _NONE.match(low):
        return Intent("nothing" if _NONE.match(low) else "not_all")
    blocks = _MAINTAIN.match(low) or (_BLOCK.match(low) and slots.dyno)
    if _ELSEWHERE.match(low) or (blocks and not slots.has_vehicle):
        return Intent("unable")
    if write := order_in(text, slots):
        # Whoever wants the first place there is has to be told which one that is before it can be booked.
        is_open = write.name == "book" and slots.start is None and slots.allocation_id is None
        is_later = write.name == "book" and is_after_a_day(low, slots)
        searched = (is_open and _SOON.search(low)) or is_later or (write.name == "book" and _is_within(low, slots))
        return Intent("window") if searched else write
    low = led_in(low)
    for name, pattern, guard in RULES:
        if guard(slots) and pattern.search(low):
            return Intent(name)
    return _suggested(low, slots)


def _offered(low: str) -> Intent:
    return Intent("check") if is_question(low) else Intent("book", sure=False, weak=True)


def _suggested(low: str, slots: Slots) -> Intent | None:
    if slots.has_vehicle and slots.test_type and slots.start:
        return Intent("free", weak=True) if is_question(low) and _PLAIN_FACTS.match(low) else _offered(low)
    if slots.test_type and (slots.weight_lbs or slots.weight_class or slots.drive_type) and not slots.has_vehicle:
        return Intent("window" if slots.days and slots.start is None else "free", weak=True)
    if slots.test_type and slots == Slots(test_type=slots.test_type) and len(low.split()) <= 4:
        return Intent("free", weak=True) if is_question(low) else Intent("book", sure=False, weak=True)
    bare = Slots(start=slots.start, end=slots.end, window=slots.window, test_type=slots.test_type)
    if slots.start and slots == bare and len(low.split()) <= 4:
        return Intent("plan", weak=True)
    if slots.has_vehicle or _PRONOUN_CHECK.search(low):
        return Intent(
            "check", weak=not re.match(r"(?:is|was|when|where|which|has|did|does|who|show|check|what)\b", low)
        )
    return None
