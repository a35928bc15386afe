"""What people write about an allocation: how long it may be, and what PostgreSQL can't hold."""

from typing import Final

from dyno_core.errors import InvalidInput

LONGEST_LEG: Final = 80
LONGEST_TEXT: Final = 2000


def is_storable(text: str) -> bool:
    """PostgreSQL holds no NUL, and half of a surrogate pair is no character."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def check_text(text: str | None, *, what: str, longest: int = LONGEST_TEXT) -> None:
    """Raises `InvalidInput`. ``what`` begins the sentence: “The reason”."""
    if text is None:
        return
    if len(text) > longest:
        raise InvalidInput(
            f"{what} has {len(text):,} characters, but {longest:,} is the most; shorten it.", length=len(text)
        )
    if not is_storable(text):
        raise InvalidInput(f"{what} holds a character that can't be stored; type it again without it.")
