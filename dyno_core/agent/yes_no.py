"""A typed yes or no to the question that waits. Only what can't be taken for anything else counts."""

import re
from typing import Final, Literal

_YES: Final = frozenset(
    ("yes", "yes please", "yes do it", "yep", "yeah", "approve", "approved", "confirm", "confirmed", "go ahead",
     "yes go ahead", "do it", "ok do it", "okay do it", "please do it", "please do")
)  # fmt: skip
_NO: Final = frozenset(
    ("no", "no thanks", "no thank you", "nope", "reject", "decline", "do not", "don't", "don't do it", "do not do it",
     "no don't", "no don't do it")
)  # fmt: skip


_DROPS: Final = _NO | frozenset(
    ("never mind", "nevermind", "no never mind", "forget it", "forget that", "forget about it", "drop it", "drop that",
     "leave it", "stop", "stop it", "stop that", "abort", "cancel", "cancel it", "cancel that")
)  # fmt: skip


def plain_answer(said: str) -> Literal["approve", "reject"] | None:
    """What ``said`` decides when it is nothing but a yes or a no; None for everything else, “ok” alone included."""
    words = _words(said)
    return "approve" if words in _YES else "reject" if words in _NO else None


def drops(said: str) -> bool:
    """Whether ``said`` is nothing but that something is not wanted any more."""
    return _words(said) in _DROPS


def _words(said: str) -> str:
    return " ".join(re.sub(r"[\s,.!]+", " ", said.replace("’", "'").casefold()).split())
