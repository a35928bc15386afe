"""The parts of a message that can't be followed: cut out before the rest is read, and told in a sentence. Pure."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from dyno_core.agent.models.offline.asked_back import SWAP
from dyno_core.agent.models.offline.clauses import read_clause
from dyno_core.agent.models.offline.orders import is_question, plain, stripped
from dyno_core.agent.models.offline.slots import REASON, Slots
from dyno_core.agent.models.offline.vocabulary import Vocabulary

_PART: Final = re.compile(
    r"(\s*[,;]?\s+(?:and|then|also|plus|but|&)\b(?:\s+(?:then|also|please))*\s+|\s*[,;\n]+\s*"
    r"|(?<=[^\W\d])[.?!]+\s+|(?<=\d)\?+\s+|(?<=\d)[.!]\s+(?=[A-Za-z]))"
)
_JOINED: Final = re.compile(r"\b(?:and|then|also|plus)\b|&")
_KINDLY: Final = re.compile(
    r"^(?:(?:please|kindly|also|then|and|can you|could you|would you|will you|don't forget to|make sure to)\s+)+",
    re.IGNORECASE,
)
_REMIND: Final = re.compile(
    r"^(?:remind|wake|(?:ping|notify|alert|warn|message|text|e-?mail|mail|call|phone|ring) (?:me|us)\b"
    r"|set (?:me |up )?(?:an? )?(?:reminder|alarm)"
    r"|(?:add|put) (?:it|this|that|these|them) (?:to|in|into|on) (?:my|our) (?:calendar|outlook))\b"
)
_WRITE_TO: Final = re.compile(
    r"^let (?!me\b|us\b|it\b)[\w ]{1,30} know\b"
    r"|^(?!(?:phone|e-?mail|mail|text|message) (?:numbers?|no\b|address|of\b))"
    r"(?:e-?mail|mail|message|text|ping|slack|notify|inform|alert|warn"
    r"|phone|ring|ask(?! (?:me|us)\b)|check with|call(?!.*\boff\b)|write(?!.*\b(?:off|down)\b)|tell(?! (?:me|us)\b)"
    r"|send(?! (?:me|us)\b)|forward|cc|invite|share (?:it|this|that|them)"
    r"|confirm (?:it |this |that )?(?:to|with|by)(?! (?:me|us)\b))\s+\S"
)
_TO_A_DYNO: Final = re.compile(r"^(?:send|forward)\s+(?:vehicle |allocation )?#?[\w-]*\d[\w-]*\s+(?:on)?to\b")
_ELSEWHERE: Final = re.compile(
    r"^(?:(?:mark|flag|set)\b.*"
    r"\b(?:complete|completed|done|finished|started|running|in progress|tentative|confirmed)\b"
    r"|make\b.*\b(?:tentative|provisional|confirmed)\b|(?:approve|reopen|un-?cancel|restore|attach|upload|import|export|download|print|rename)\b"
    r"|(?:add|leave|write|put|make) (?:an? |the |this )?(?:new )?(?:note|comment|remark)\b"
    r"|(?:add|create) an? (?:new )?(?:vehicle|dyno|user)\b"
    r"|(?:block|close)\b.*\bmaintenance\b)"
)
_SWAP: Final = re.compile(r"^(?:swap|exchange)\b(?!.*\b(?:over )?(?:to|onto)\b)")
_UNABLE: Final = (("remind", _REMIND), ("write", _WRITE_TO), ("elsewhere", _ELSEWHERE), ("swap", _SWAP))
_ASKS: Final = re.compile(r"^(?:what|what's|which|who|who's|whose|when|where|why|how)\b")
_NO_VERB: Final = frozenset(
    """it its it's that this these those they he she i i'm i'd i'll we we're we'd you the a an my our your his her in on
    at by for from to with without of as is are was were be will would can could should may must no not so but or if
    when because since while until till after before please thanks thank cheers ok okay yes all both each every any
    some only just maybe perhaps also then now here there very quite leave keep let nothing wait sorry what which who
    where why how make start begin end finish run test use take do give get have has need want like tell show find
    look check list see say ask say up down back over under about between into onto off out""".split()  # noqa: SIM905
)
_OBJECT: Final = re.compile(
    r"^([a-z]+) (?:an?|the|my|our|your|his|her|their|some|it|him|them|me|us|everyone|everybody|all)\b"
)
_KNOWN_VERBS: Final = re.compile(
    r"^(?:book|schedule|allocate|reserve|assign|cancel|delete|remove|move|reschedule|shift|push|postpone|extend|shorten"
    r"|switch|undo|change|put|place|add|drop|swap|bring|pull|delay|bump|transfer|plan|set|update|call off|scrap)\b"
)


@dataclass(frozen=True, slots=True)
class Beyond:
    """``kept``: the message without the parts that can't be followed; ``told``: what to say of these."""

    kept: str
    told: tuple[str, ...] = ()


def without_beyond(text: str, vocabulary: Vocabulary, *, today: date) -> Beyond:
    """``text`` in two: what can be read, and a sentence on each kind of wish that can't be followed."""
    pieces = _PART.split(text)
    reason = REASON.search(text)
    because = reason.start() if reason else len(text)
    kept: list[str] = []
    cut: dict[str, list[str]] = {}
    open_kind, begin = "", 0
    for joint, piece, following in zip(["", *pieces[1::2]], pieces[::2], [*pieces[2::2], ""], strict=True):
        begin += len(joint)
        kind = _kind(piece, joint, vocabulary, today=today) if begin <= because or _JOINED.search(joint) else ""
        if kind == "other" and (begin > because or not kept):
            kind = ""
        if not kind and begin <= because and _is_unread(piece, following, vocabulary, today=today, first=not joint):
            kind = "unread"
        if not kind and open_kind and _goes_on(joint, piece):
            kind = open_kind
            cut[kind][-1] += joint + piece
        elif kind:
            cut.setdefault(kind, []).append(_KINDLY.sub("", piece.strip(" .?!")))
        else:
            kept += [joint if kept else "", piece]
        open_kind = kind
        begin += len(piece)
    left = "".join(kept).strip()
    return Beyond(left if cut else text, tuple(_sentence(kind, wishes) for kind, wishes in cut.items()))


def _kind(piece: str, joint: str, vocabulary: Vocabulary, *, today: date) -> str:
    """Why ``piece`` can't be followed, empty where it may be."""
    low = _KINDLY.sub("", stripped(piece) or plain(piece))
    for kind, pattern in _UNABLE:
        if pattern.match(low):
            is_order = _TO_A_DYNO.match(low) and read_clause(piece, vocabulary, today=today).slots.dyno
            return "" if is_order else kind
    verb = _OBJECT.match(low)
    if not joint or verb is None or verb[1] in _NO_VERB or _KNOWN_VERBS.match(low) or not _JOINED.search(joint):
        return ""
    clause = read_clause(piece, vocabulary, today=today)
    return "other" if clause.intent is None and clause.slots == Slots() else ""


def _is_unread(piece: str, following: str, vocabulary: Vocabulary, *, today: date, first: bool) -> bool:
    """A question that no rule knows beside another part: the first before one, or one that comes later."""
    ordered = bool(_KNOWN_VERBS.match(stripped(following)))
    if not _ASKS.match(stripped(piece)) or len(piece.split()) < 3:
        return False
    if first and not ordered and not _ASKS.match(stripped(following)):
        return False
    clause = read_clause(piece, vocabulary, today=today)
    return clause.intent is None and ((first and ordered) or clause.slots == Slots())


def _goes_on(joint: str, piece: str) -> bool:
    """Whether ``piece`` still belongs to the wish before it: “email Bob and Ana”, “swap 42 and 43”."""
    low = stripped(piece) or plain(piece)
    if re.fullmatch(r"\W*(?:allocation )?#?\d{1,7}\W*", low):
        return True
    begins_anew = _KNOWN_VERBS.match(low) or is_question(piece) or re.match(r"(?:show|list|find|check|any)\b", low)
    return bool(re.search(r"[,&]|\b(?:and|plus)\b", joint)) and not begins_anew


def _sentence(kind: str, wishes: list[str]) -> str:
    named = " and ".join(f"“{wish[:120]}”" for wish in wishes)
    return {
        "write": f"I can't write to anybody, so {named} is left to you; in the plan everybody sees a change at once.",
        "remind": f"I can't remind anybody ({named}); “Calendar feeds” on the calendar page puts the plan into your "
        "own calendar, which can.",
        "elsewhere": f"I can't do {named} here; that is done on its own page (calendar, fleet, planning or admin).",
        "swap": SWAP,
        "unread": f"I did not understand {named}; ask it again in other words.",
        "other": f"I can't do {named}: I know this lab's plan and nothing else.",
    }[kind]
