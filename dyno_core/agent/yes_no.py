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


def plain_answer(said: str) -> Literal["approve", "reject"] | None:
    """What ``said`` decides when it is nothing but a yes or a no; None for everything else, “ok” alone included."""
    words = " ".join(re.sub(r"[\s,.!]+", " ", said.replace("’", "'").casefold()).split())
    return "approve" if words in _YES else "reject" if words in _NO else None
