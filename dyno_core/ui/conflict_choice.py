"""One thing to do about a conflict at the desk, as a button and its preview show it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

UNDO: Final = "conflict_undo"
"""In the session: how to take back what was done last, if it can be."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What its button says, what it changes, and doing it for a reason. ``problem``: why it can't be done as it is."""

    key: str
    label: str
    sentences: tuple[str, ...]
    needs_reason: bool
    act: Callable[[str], str]
    problem: str = ""
