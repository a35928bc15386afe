"""Numbers that can't be meant, each named with what could be. Pure."""

import re
from typing import Final

MOST_LBS: Final = 200_000
_LENGTH: Final = re.compile(r"(?<![\w.,-])-?\d{4,}\s*(?:days?|weeks?|months?)\b", re.IGNORECASE)
_NUMBER: Final = re.compile(
    r"\b(?:vehicle|car|truck|allocation|booking)\s*(?:id|number|no\.?)?\s*[:#]?\s*(?:-\d+\b|\d{10,}\b)", re.IGNORECASE
)
_YEAR: Final = re.compile(r"(?<![\w-])\d{5,}-\d{1,2}-\d{1,2}(?![\w-])")


def out_of_range(text: str) -> tuple[str, ...]:
    """A sentence without a full stop for each length, number and year in ``text`` that is out of range."""
    told = ((_LENGTH, "is out of range; 1 to 366 days can be planned"),
            (_NUMBER, "is no number of this lab; numbers have 1 to 9 digits and no sign"),
            (_YEAR, "is not a day of the calendar; a year has four digits"))  # fmt: skip
    return tuple(f"“{match[0]}” {why}" for pattern, why in told for match in pattern.finditer(text))
