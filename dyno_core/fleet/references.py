"""How people name things: numbers, spellings and what they probably meant. Pure."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_NUMBER: Final = re.compile(r"(?:(?:vehicle|dyno|no\.?)\s*|#)?\s*#?\s*(\d{1,9})", re.ASCII | re.IGNORECASE)

_NOTHING: Final = frozenset({"", "-", "--", "NA", "N/A", "N.A.", "TBD", "NONE", "?", "UNKNOWN", "TBC"})


def tidy(text: str) -> str:
    """One blank between words, none at the ends, no control characters (PostgreSQL refuses NUL)."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def folded(text: str) -> str:
    """Letters and digits only, in one case, so that ``PGN - 1``, ``pgn1`` and ``PGN 1`` are one name."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def number_in(text: str) -> int | None:
    """13 for ``13``, ``#13`` and ``vehicle 13``; None for anything else."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return None
    number = int(found[1])
    return number if 0 < number < 2**31 else None


def near_misses(text: str, names: Iterable[str], *, limit: int = 3) -> tuple[str, ...]:
    """The names that look most like ``text``, best first."""
    by_fold: dict[str, str] = {}
    for name in names:
        by_fold.setdefault(folded(name), name)
    found = get_close_matches(folded(text)[:60], by_fold, n=limit, cutoff=0.6)
    return tuple(by_fold[fold] for fold in found)


def says_nothing(text: str) -> bool:
    """Whether a text stands for an empty cell: ``N/A``, ``TBD``, ``-``."""
    return text.upper() in _NOTHING


def is_placeholder_tag(tag: str) -> bool:
    """Whether the tag stands for a future vehicle: each such row is another one."""
    folded = tag.upper()
    return folded.startswith(("TBD", "PLACE HOLDER", "PLACEHOLDER")) or "[JOB" in folded or says_nothing(folded)
