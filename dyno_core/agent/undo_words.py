"""What asks for an undo: the words that stand for its buttons, and what people type instead of pressing one."""

import re
from dataclasses import dataclass
from typing import Final

UNDO: Final = "Undo the last change."
_PRESSED: Final = re.compile(r"Undo the last change of allocation (\d{1,18})\.")
_VERB: Final = r"(?:undo|revert|roll back|take back)"
_POLITE: Final = r"(?:(?:please|can you|could you|i want to|i'd like to|let's|just) )*"
_WHAT: Final = (
    r"(?:it|that|this|(?:that|this|my|the)(?: last)? (?:one|change|booking|move|cancell?ation)|the last|last)"
)
_TYPED: Final = re.compile(
    rf"{_POLITE}(?:{_VERB}(?: {_WHAT})?|(?:roll|take|put) (?:it|that|this) back)(?: again)?(?: please)?"
)
_TYPED_ONE: Final = re.compile(
    rf"{_POLITE}{_VERB} (?:the (?:last )?change of )?(?:(?:allocation|booking) )?(?:number |no )?#? ?(\d{{1,9}})"
    r"(?: please)?"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """``allocation_id``: its last change, None for the conversation's last one. ``typed``: no button was pressed."""

    allocation_id: int | None
    typed: bool


def undo_in_words(allocation_id: int) -> str:
    return f"Undo the last change of allocation {allocation_id}."


def undo_wish(said: str) -> Wish | None:
    """The undo that ``said`` asks for, when it asks for nothing else; None for everything else."""
    if said == UNDO:
        return Wish(None, typed=False)
    if pressed := _PRESSED.fullmatch(said):
        return Wish(int(pressed[1]), typed=False)
    words = " ".join(re.sub(r"[\s,.!?]+", " ", said.replace("’", "'").casefold()).split())
    if _TYPED.fullmatch(words):
        return Wish(None, typed=True)
    one = _TYPED_ONE.fullmatch(words)
    return Wish(int(one[1]), typed=True) if one else None
