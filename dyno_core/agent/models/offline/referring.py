"""What a message names by other words: the dyno that was asked about, a row of the list that was shown. Pure."""

import re
from typing import Final

from dyno_core.agent.models.offline.calendar_words import MONTH, WEEKDAY
from dyno_core.agent.models.offline.frame import Frame
from dyno_core.agent.models.offline.listed_rows import BEGINS, named_rows, without_rows
from dyno_core.agent.models.offline.orders import order_in
from dyno_core.agent.models.offline.slots import Slots

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
    )
)
"""“It” as the dyno that was asked about. Elsewhere it may be a vehicle, an allocation or grammar."""
_BOOK_IT: Final = re.compile(rf"{BEGINS}(?:book|reserve|take)\s+{_IT}(?=\s+for\b)", re.IGNORECASE)
_GOES_ON: Final = (
    r"(?=\W*$|\s*[,;.!?]|\s+(?:in|on|from|next|this|last|today|tomorrow|now|right|for|with|until|then|after|before|and|to"
    r"|starting|instead|please|as|because)\b)"
)
_ON_IT: Final = (
    rf"(?:(?:(?:on|in|at) )?\bthere|\bon\s+{_IT.replace('?P<it>', '?:')})(?=\W*$|\s+(?:in|on|from|next|this|last|today"
    r"|tomorrow|now|right|for|with|until|then|after|before)\b)"
)
_ASKED: Final = re.compile(
    r"(?:^|[.;:!?]\s)\W*(?:(?:and|so|but|ok|okay|please|then|also)\W+)*"
    r"(?:(?:(?:what|who|which|how (?:many|much|long|often|full|busy)|when|any\w*|something|nothing|show|list|tell|give"
    r"|see|check)\b(?:['’]s)?|(?:is|are|was|were|will|can|could|does|do|did|has|have)\s+(?:any\w*|some\w*|nothing"
    r"|everything|all|there|it|that|this|the\s+(?:dyno|rig|vehicle|truck|car|test)|(?:allocation|vehicle|booking)\s+\S+"
    r"|#?[\w-]*\d[\w-]*|an?)\b)[^,.;!?]*?(?<!\bis )(?<!\bare )(?<!\bwas )(?<!\bwere )(?<!\bbe )(?<!\byou )(?<!\bi )"
    r"(?<!\bwe )"
    r"(?<!work )(?<!works )(?<!worked )(?<!working )(?<!count )(?<!counts )(?<!counting )(?<!rely )(?<!depends )"
    rf"|(?:and|so|(?:what|how)\s+about)\s+)(?P<place>{_ON_IT})",
    re.IGNORECASE,
)
"""“What's on it in January?”, “anything planned there?”; elsewhere they may be people's words: “are you there?”."""
_VERB: Final = (
    r"(?:book|allocate|reserve|assign|schedule|plan|put|place|add|run|test|move|reschedule|shift|push|postpone|delay|bring"
    r"|pull|transfer|relocate|switch|take|get|cancel|delete|remove|bump)"
)
_THING: Final = (
    rf"(?:(?:the|vehicle|truck|car|allocation|booking|test|no\.?|and|&|it|that|this|them|both|everything|all|tests|bookings|one"
    r"|what(?:ever)?(?:['’]s|\s+(?:is|stands|runs))?"
    rf"|allocations|from|on|to|until|till|starting|next|days?|weeks?|today|tomorrow|{WEEKDAY}|{MONTH}"
    r"|for\s+(?:(?:an?|the)\s+)?(?!(?:an?|the)\s)[\w./-]+|#?[\w./-]*\d[\w./-]*,?)\s+)"
)
_TO_IT: Final = rf"(?:(?:(?:on|in|at|over|up|onto)\s+)?there|(?:on|onto|to)\s+{_IT.replace('?P<it>', '?:')})"
_OFF_IT: Final = rf"(?P<off>out of|off|away from|from)\s+(?:there|{_IT.replace('?P<it>', '?:')})"
_PUT_THERE: Final = re.compile(
    rf"{BEGINS}(?:(?P<verb>{_VERB})\s+|(?=(?:vehicle|allocation|booking|#?[\w-]*\d)\b))"
    rf"{_THING}*?(?P<place>{_OFF_IT}|{_TO_IT}){_GOES_ON}",
    re.IGNORECASE,
)
"""Right behind the verb of an order, what it is about and its days; “see you there” is no place to book."""
_NOT_THERE: Final = re.compile(
    r"(?:\banywhere(?: else)?,?|[,;]|\bbut)\s*(?:but|not|but not|just not|anywhere but)\s+"
    r"(?P<place>(?:on |in |at )?there)(?=(?: please)?\W*$)",
    re.IGNORECASE,
)


def referred(text: str, frame: Frame, slots: Slots) -> str:
    """``text`` with the names in it: ``who has PGN 3 on Friday?`` for “who has it on Friday?”, ``cancel allocation
    42`` for “cancel the first one”.

    ``slots``: what ``text`` names already; nothing that is named is looked for among what was spoken of.
    """
    names_another = slots.has_vehicle or slots.allocation_id is not None
    is_order = order_in(without_rows(text), slots) is not None
    if not names_another and frame.state == "answered" and frame.choices:
        text = named_rows(text, frame.choices, ordered=is_order)
    if slots.dyno is not None or not (dyno := _asked_about(frame)):
        return text
    if is_order:
        return _with_a_place(text, dyno, may_be_it=frame.tasks[-1].intent != "holders")
    for pattern in _ITSELF if not names_another else ():
        if found := pattern.search(text):
            return text[: found.start("it")] + dyno + text[found.end("it") :]
    if found := _ASKED.search(text):
        return _put(text, found, f"on {dyno}")
    found = _PUT_THERE.match(text)
    return _put(text, found, f"{found['off'] or 'on'} {dyno}") if found else text


def _with_a_place(text: str, dyno: str, *, may_be_it: bool) -> str:
    """An order with its dyno. ``may_be_it``: “book it” is one of the dyno; after “when is it free?” it is one of the
    days that were asked about, which the order takes up itself.
    """
    if may_be_it and (found := _BOOK_IT.search(text)):
        return text[: found.start("it")] + dyno + text[found.end("it") :]
    for found in reversed([*_PUT_THERE.finditer(text)]):
        text = _put(text, found, f"{found['off'] or ('on' if found['verb'] else 'to')} {dyno}")
    found = _NOT_THERE.search(text)
    return _put(text, found, f"on {dyno}") if found else text


def _put(text: str, found: re.Match[str], place: str) -> str:
    return text[: found.start("place")] + place + text[found.end("place") :]


def _asked_about(frame: Frame) -> str:
    """The dyno of the last question, where that was about no vehicle and no allocation."""
    if not frame.tasks or frame.state in ("asked", "offered"):
        return ""
    last = frame.tasks[-1]
    is_other = last.slots.has_vehicle or last.slots.allocation_id is not None
    return "" if is_other or last.intent not in _ABOUT_A_DYNO else last.slots.dyno or ""
