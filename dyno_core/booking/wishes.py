"""A request in numbers, as people write it: “8 units from 25 October, 4K certification, AWD, light, 8 days”. Pure.

What is read is only put into the fields of a form, where people look at it; so whatever is not understood is named.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dyno_core.errors import InvalidInput
from dyno_core.fleet import TestType
from dyno_core.fleet.compatibility import HEAVY, LIGHT, drive_of, pounds, weight_class_of
from dyno_core.period import parse_day

LONGEST_WISH: Final = 300
"""Characters."""

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COUNTS: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_MONTH: Final = r"(?P<{0}>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_DAY: Final = (
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH.format('m1')}(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|{_MONTH.format('m2')}\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+(?P<y2>\d{{4}}))?"
    r"|(?P<today>today|tomorrow))(?!\w)"
)
_NUMBER: Final = r"(?<![\w.])(?P<n>\d[\d,]*(?:\.\d+)?)"
_FILLERS: Final = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at be book by can each file for have i in is it like need of on one or place please "
        "request requests starting start test tests that the them then there to we will wish with without would",
    )
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What was read; None where nothing was said. ``unread``: words that were not understood, in their order."""

    units: int
    start_date: date
    test_type: str | None = None
    days: int | None = None
    end_date: date | None = None
    latest_end_date: date | None = None
    miles: float | None = None
    weight_class: str | None = None
    drive_type: str | None = None
    program: str | None = None
    facility: str | None = None
    priority: int | None = None
    unread: tuple[str, ...] = ()


class _Text:
    """What is left to be read: what was understood is taken out, so that no word means two things."""

    def __init__(self, text: str) -> None:
        self.left = f" {text} "

    def take(self, pattern: str) -> re.Match[str] | None:
        found = re.search(pattern, self.left, re.IGNORECASE)
        if found:
            self.left = f"{self.left[: found.start()]} ; {self.left[found.end() :]}"
        return found


def read_wish(text: str, *, tests: Iterable[TestType], facilities: Sequence[str], today: date) -> Wish:
    """Raises `InvalidInput` without a number of vehicles or a day to begin, and for days that do not exist."""
    if len(text) > LONGEST_WISH:
        raise InvalidInput(f"That is longer than {LONGEST_WISH} characters; say it in fewer words.")
    left = _Text(text)
    test_type = _test(left, tests)
    facility = _named(left, facilities, r"(?:(?:at|in)\s+)?")
    program = left.take(r"\bprogram(?:me)?\s+(?P<name>[\w-]+)")
    priority = left.take(r"\bprio(?:rity)?\s*(?P<n>[1-5])\b")
    start = _day(left, r"\b(?:from|starting(?:\s+on)?|beginning|start|on|as\s+of)\s+", today)
    latest = _day(left, r"\b(?:by|before|latest(?:\s+end)?|(?:no|not)\s+later\s+than)\s+", start or today)
    start = start or _day(left, "", today)
    end = _day(left, r"(?:\b(?:until|till|to|through)|[-–])\s*", start or today)
    miles = left.take(rf"{_NUMBER}\s*(?P<k>k)?\s*(?:mi|miles)\b")
    weight_class = _weight(left)
    drive = left.take(r"\b(?:awd|4wd|4x4|2wd|4x2|fwd|rwd)\b")
    days = left.take(rf"{_NUMBER}\s*-?\s*(?P<what>days?|weeks?)\b")
    units = left.take(
        rf"\b(?P<n>\d{{1,4}}|{'|'.join(_COUNTS)})\s*x?[\s;]*(?:future\s+|new\s+)?(?:units?|vehicles?|trucks?|cars?|prototypes?)\b"
    )
    if units is None:
        raise InvalidInput("Say how many vehicles it is for, such as “8 units from 25 October”.")
    if start is None:
        raise InvalidInput("Say from which day, such as “8 units from 25 October”.")
    return Wish(
        units=int(units["n"]) if units["n"].isdecimal() else _COUNTS.index(units["n"].lower()) + 1,
        start_date=start,
        test_type=test_type,
        days=_whole(days, 7 if days and days["what"].lower().startswith("week") else 1) if days else None,
        end_date=end,
        latest_end_date=latest,
        miles=float(miles["n"].replace(",", "")) * (1000 if miles["k"] else 1) if miles else None,
        weight_class=weight_class,
        drive_type=drive_of(drive[0]) if drive else None,
        program=program["name"] if program else None,
        facility=facility,
        priority=int(priority["n"]) if priority else None,
        unread=tuple(word for word in re.findall(r"[\w<>.#/-]+", left.left) if word.lower() not in _FILLERS),
    )


def _whole(found: re.Match[str], times: int) -> int:
    return round(float(found["n"].replace(",", "")) * times)


def _test(left: _Text, tests: Iterable[TestType]) -> str | None:
    spellings = {spelling: test.name for test in tests for spelling in (test.name, test.label, *test.synonyms)}
    for spelling in sorted(spellings, key=len, reverse=True):
        if spelling and left.take(rf"(?<!\w){re.escape(spelling)}(?!\w)"):
            return spellings[spelling]
    return None


def _named(left: _Text, names: Sequence[str], before: str) -> str | None:
    return next(
        (name for name in sorted(names, key=len, reverse=True) if left.take(rf"\b{before}{re.escape(name)}(?!\w)")),
        None,
    )


def _weight(left: _Text) -> str | None:
    if said := left.take(r"(?P<sign>[<>])\s*10\s*k\b|\b(?P<word>light|heavy)\b"):
        return LIGHT if said["sign"] == "<" or (said["word"] or "").lower() == "light" else HEAVY
    if said := left.take(rf"{_NUMBER}\s*(?P<unit>lbs?|pounds?|kg)\b"):
        given = float(said["n"].replace(",", ""))
        return weight_class_of(pounds(given) if said["unit"].lower() == "kg" else given)
    return None


def _day(left: _Text, before: str, today: date) -> date | None:
    """The day after ``before``; one without a year is the next such day from ``today`` on."""
    found = left.take(rf"{before}(?<![\w-]){_DAY}")
    if found is None:
        return None
    if found["iso"]:
        return parse_day(found["iso"])
    if found["today"]:
        return today + timedelta(days=found["today"].lower() == "tomorrow")
    month = _MONTHS.index((found["m1"] or found["m2"]).lower()) + 1
    day, year = int(found["d1"] or found["d2"]), found["y1"] or found["y2"]
    written = f"{day} {_MONTHS[month - 1].capitalize()}"
    make: Callable[[int], date] = lambda of: parse_day(f"{of:04}-{month:02}-{day:02}")  # noqa: E731
    try:
        return make(int(year)) if year else next(each for of in (0, 1) if (each := make(today.year + of)) >= today)
    except InvalidInput:
        raise InvalidInput(f"{written}{f' {year}' if year else ''} is no day; check it.") from None
