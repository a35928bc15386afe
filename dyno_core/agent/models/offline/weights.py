"""A weight in pounds or a weight class, from what a message says. Pure.

Two readings: what can be nothing else is read early, a bare ``8.2k`` or “heavy” only after the test types, since
``4k`` is one of them.
"""

import re
from typing import Final, Protocol

from dyno_core.fleet.compatibility import HEAVY, LIGHT, pounds


class Scan(Protocol):
    """The text, of which what was read is blanked out."""

    left: str

    def take(self, pattern: re.Pattern[str]) -> list[re.Match[str]]: ...


_AMOUNT: Final = r"(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)"
_THRESHOLD: Final = re.compile(
    r"(over|above|more\s+than|heavier\s+than|greater\s+than|at\s+least|>=?|under|below|less\s+than"
    r"|lighter\s+than|up\s+to|at\s+most|<=?)"
    rf"\s*{_AMOUNT}\s*(k)?\s*-?(?:(?:lbs?|pounds?)\b|(kgs?|kilos?|kilograms?)\b)?(?!\w|\s*(?:days?"
    rf"|weeks?)\b)",
    re.IGNORECASE,
)
_WEIGHT: Final = re.compile(
    rf"(?<![\w.,]){_AMOUNT}\s*(k)?\s*-?(?:(lbs?|pounds?)|(kgs?|kilos?|kilograms?)|(tonnes?|t))\b\.?", re.IGNORECASE
)
_THOUSANDS: Final = re.compile(r"(?<![\w.,-])(\d{1,2}(?:\.\d+)?)\s?k\b", re.IGNORECASE)
_HEAVY_LIGHT: Final = re.compile(
    r"(?<!how )\b(?:(heavy|heavyweight|heavier)|(light|lightweight|lighter))(?:[\s-]duty|[\s-]weight)?\b",
    re.IGNORECASE,
)


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def sure_weight(scan: Scan, *, blank: str) -> dict[str, float | str]:
    """Pounds or a class from words that can mean nothing else."""
    for match in _THRESHOLD.finditer(scan.left):
        limit = _number(match[2]) * (1000 if match[3] else 1)
        limit = pounds(limit) if match[4] else limit
        above = not re.match(r"under|below|less|lighter|up|at\s+most|<", match[1], re.IGNORECASE)
        if blank in match[0] or limit < 2000:
            continue
        scan.left = scan.left[: match.start()] + blank * len(match[0]) + scan.left[match.end() :]
        if (above and limit >= 10_000) or (not above and limit <= 10_000):
            return {"weight_class": HEAVY if above else LIGHT}
    for match in scan.take(_WEIGHT):
        amount = _number(match[1]) * (1000 if match[2] else 1)
        lbs = pounds(amount) if match[4] else pounds(amount * 1000) if match[5] else amount
        return {"weight_lbs": round(lbs)}
    return {}


def loose_weight(scan: Scan) -> dict[str, float | str]:
    """``8.2k`` and “heavy”, where nothing else took them."""
    for match in scan.take(_THOUSANDS):
        return {"weight_lbs": round(float(match[1]) * 1000)}
    for match in scan.take(_HEAVY_LIGHT):
        return {"weight_class": HEAVY if match[1] else LIGHT}
    return {}
