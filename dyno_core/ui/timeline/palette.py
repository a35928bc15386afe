"""Colours of test types, one for light and one for dark surroundings.

The order is chosen so that neighbours stay apart, also for people with red-green blindness (smallest
OKLab distance of any two: 0.14 for normal sight, 0.10 with simulated deuteranopia). Red is not among
them: it means a conflict, or today.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dyno_core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Colour:
    """Two hex colours, ``#rrggbb``."""

    light: str
    dark: str


PALETTE = (
    Colour("#1f6fcf", "#509adc"),
    Colour("#c2854a", "#e8912b"),
    Colour("#6c3800", "#8b7203"),
    Colour("#b94b7b", "#c15f8f"),
    Colour("#6eaac7", "#b0c8f8"),
    Colour("#2fd0a2", "#64c5a8"),
    Colour("#513c97", "#7760c7"),
    Colour("#d4bd15", "#ffcb70"),
)
NEUTRAL = Colour("#5c6b7a", "#93a1b0")
"""Test types that were given no colour."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}")


def colour_of(test_type: str, colours: Mapping[str, str]) -> Colour:
    """The colour of a test type as the catalogue writes it.

    ``"3"`` is a place in `PALETTE` (counted round after the last), ``"#b94b7b"`` one colour for both
    surroundings, ``"#b94b7b/#c15f8f"`` light and dark. A type that is not listed is `NEUTRAL`.
    Raises `InvalidInput` for anything else.
    """
    written = colours.get(test_type)
    if written is None:
        return NEUTRAL
    if written.isdecimal() and written.isascii():
        return PALETTE[int(written) % len(PALETTE)]
    parts = written.split("/")
    if len(parts) <= 2 and all(_HEX.fullmatch(part) for part in parts):
        return Colour(light=parts[0], dark=parts[-1])
    raise InvalidInput(
        f"“{written[:40]}” is not a colour for {test_type}; write a number, #rrggbb, or #rrggbb/#rrggbb.",
        test_type=test_type,
        colour=written[:40],
    )
