"""A conversation's name, made from its first question. Pure."""

import re
from typing import Final

LONGEST: Final = 60
_POLITE: Final = re.compile(
    r"^(?:(?:hi|hello|hey|good (?:morning|afternoon|evening)|dear|please|pls|thanks|ok|okay|so|well"
    r"|(?:can|could|would|will) you(?: please)?|i(?:'d| would) like (?:you )?to(?: know)?|i (?:want|need) (?:you )?to"
    r"|tell me|show me|there)\b[\s,.!;:–-]*)+",
    re.IGNORECASE,
)
_END: Final = re.compile(r"(?<=[.?!])\s")


def title_of(question: str) -> str:
    """The first sentence without what is only polite, cut between two words; all of it when nothing else is there."""
    whole = " ".join(question.split())
    wish = _POLITE.sub("", whole) or whole
    first = _END.split(wish, maxsplit=1)[0]
    return _cut(first[:1].upper() + first[1:])


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    kept = text[: LONGEST - 1]
    at_word = kept.rpartition(" ")[0]
    return f"{(at_word if len(at_word) > LONGEST // 2 else kept).rstrip(' ,.;:')}…"
