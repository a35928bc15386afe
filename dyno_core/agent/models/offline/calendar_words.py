"""One day or one stretch of days from the words that name it. Pure; ``today`` is an argument.

What can't be a day of the calendar is reported as such, never bent into the nearest one.
"""

import re
from calendar import day_name, month_name, monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from dateutil.relativedelta import relativedelta

from dyno_core.period import FIRST_DAY, LAST_DAY, say_day

_WORDS = [
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
NUMBER_WORDS: Final = {word: index for index, word in enumerate(_WORDS, 1)} | {
    "a": 1, "an": 1, "a couple of": 2, "couple of": 2, "twenty-one": 21, "twenty one": 21, "thirty": 30,
}  # fmt: skip
NUMBER: Final = (
    r"(?:\d{1,3}|" + "|".join(re.escape(word) for word in sorted(NUMBER_WORDS, key=len, reverse=True)) + r")"
)

MONTH: Final = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_MONTH_CUT: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
WEEKDAY: Final = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_NO_COUNT = rf"(?![\w/.,:'’-]*\d|\w|\s*(?:{MONTH}|(?:days?|weeks?|hours?|miles|lbs?|kg|degrees|[dhxcf])\b|[%#°]))"
YEAR: Final = rf"(20\d\d|['’]\d\d|(?<=[\s-])2[4-9]{_NO_COUNT})"
"""``2026``, ``'26`` and, where it can't be a day or a count, ``26``; read by `year_of`."""
_YEAR = rf"(?:(?:,?\s+|-){YEAR})?"
RECENT_DAYS: Final = 31
"""A day without a year that passed within this time is meant as past; an older one is next year's."""


@dataclass(frozen=True, slots=True)
class Named:
    """``first`` to ``last``; or ``problem`` says why the words name no day."""

    first: date | None
    last: date | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the words are read against. ``past``: an unnamed year is a past one (reports).

    ``not_before``: the first day of a range while its second half is read. ``near``: the first day of what a
    message corrects: a bare weekday or day of the month is one of that week or month.
    """

    today: date
    past: bool = False
    not_before: date | None = None
    near: date | None = None


def number_of(text: str) -> int:
    folded = " ".join(text.lower().split())
    return NUMBER_WORDS[folded] if folded in NUMBER_WORDS else int(folded)


def month_of(text: str) -> int:
    return [name[:3].lower() for name in month_name].index(text[:3].lower())


def weekday_of(text: str) -> int:
    return [name[:3].lower() for name in day_name].index(text[:3].lower())


def year_of(text: str) -> int:
    """``2026`` for ``26`` and ``'26`` too."""
    return int(text.strip("'’")[-2:]) + 2000


def a_day(day: date) -> Named:
    return Named(day, day)


def no_day(text: str, why: str = "is not a day of the calendar") -> Named:
    return Named(None, None, f"“{' '.join(text.split())}” {why}")


def _calendar_day(text: str, year: int, month: int, day: int) -> Named:
    if not FIRST_DAY.year <= year <= LAST_DAY.year:
        return no_day(text, f"is outside the years {FIRST_DAY.year} to {LAST_DAY.year}")
    try:
        return a_day(date(year, month, day))
    except ValueError:
        return no_day(text)


def _day_without_year(text: str, month: int, day: int, anchor: Anchor) -> Named:
    if not 1 <= month <= 12:
        return no_day(text)
    years = range(anchor.today.year - 1, anchor.today.year + 6)
    days = [date(year, month, day) for year in years if 1 <= day <= monthrange(year, month)[1]]
    if not days:
        return no_day(text)
    if anchor.not_before is not None:
        later = next((found for found in days if found >= anchor.not_before), None)
        return a_day(later) if later else no_day(text, "needs its year here")
    earliest = anchor.today - timedelta(days=RECENT_DAYS) if not anchor.past else anchor.today - timedelta(days=182)
    nearest = next(found for found in days if found >= earliest)
    if (nearest - anchor.today).days > 366:
        return no_day(text, "does not come within a year")
    return a_day(nearest)


def _iso(match: re.Match[str], anchor: Anchor) -> Named:
    del anchor
    return _calendar_day(match[0], int(match[1]), int(match[2]), int(match[3]))


def _us(match: re.Match[str], anchor: Anchor) -> Named:
    month, day = int(match[1]), int(match[2])
    if month > 12 >= day:
        return no_day(match[0], "has no such month (a date with slashes is read month/day/year)")
    if match[3] is None:
        return _day_without_year(match[0], month, day, anchor)
    return _calendar_day(match[0], year_of(match[3]), month, day)


def _dashed(match: re.Match[str], anchor: Anchor) -> Named:
    """``12-13-2026``: month and day in either order, as far as only one of them is a day."""
    del anchor
    first, second, year = int(match[1]), int(match[2]), year_of(match[3])
    if max(first, second) > 12 or first == second:
        return _calendar_day(match[0], year, min(first, second), max(first, second))
    both = (_calendar_day(match[0], year, *pair).first for pair in ((first, second), (second, first)))
    one, other = (say_day(day) for day in both if day)
    return no_day(match[0], f"can be {one} or {other}; write the month as a word")


def _compact(match: re.Match[str], anchor: Anchor) -> Named:
    """``7-Dec-26``, ``07DEC2026``."""
    del anchor
    return _calendar_day(match[0], year_of(match[3]), month_of(match[2]), int(match[1]))


def _dotted(match: re.Match[str], anchor: Anchor) -> Named:
    del anchor
    return _calendar_day(match[0], year_of(match[3]), int(match[2]), int(match[1]))


def _month_and_day(text: str, *, weekday: str | None, month: str, day: str, year: str | None, anchor: Anchor) -> Named:
    number = int(re.sub(r"\D", "", day))
    if year is None:
        found = _day_without_year(text, month_of(month), number, anchor)
    else:
        found = _calendar_day(text, year_of(year), month_of(month), number)
    return _on_weekday(text, weekday, found)


def _on_weekday(text: str, weekday: str | None, found: Named) -> Named:
    """``found``, or the problem that it is another day of the week than was said."""
    if weekday and found.first and found.first.weekday() != weekday_of(weekday):
        real, said = day_name[found.first.weekday()], day_name[weekday_of(weekday)]
        return no_day(text, f"is a {real}, not a {said}")
    return found


def _day_month(match: re.Match[str], anchor: Anchor) -> Named:
    return _month_and_day(match[0], weekday=match[1], day=match[2], month=match[3], year=match[4], anchor=anchor)


def _month_day(match: re.Match[str], anchor: Anchor) -> Named:
    return _month_and_day(match[0], weekday=match[1], month=match[2], day=match[3], year=match[4], anchor=anchor)


def _weekday(match: re.Match[str], anchor: Anchor) -> Named:
    """``next Tuesday`` is the one of next week; ``Tuesday`` alone is the first one after today."""
    which, wanted = (match[1] or "").lower(), weekday_of(match[2])
    monday = anchor.today - timedelta(days=anchor.today.weekday())
    if which == "next":
        return a_day(monday + timedelta(days=7 + wanted))
    if which in ("last", "past"):
        back = (anchor.today.weekday() - wanted - 1) % 7 + 1
        return a_day(anchor.today - timedelta(days=back))
    if anchor.not_before is not None:
        return a_day(anchor.not_before + timedelta(days=(wanted - anchor.not_before.weekday()) % 7))
    if anchor.near is not None and not which:
        same_week = anchor.near + timedelta(days=wanted - anchor.near.weekday())
        return a_day(same_week if same_week >= anchor.today else same_week + timedelta(days=7))
    ahead = (wanted - anchor.today.weekday()) % 7
    return a_day(anchor.today + timedelta(days=ahead or (0 if which == "this" else 7)))


def _weekday_week(match: re.Match[str], anchor: Anchor) -> Named:
    """``Monday week``: a week after the coming Monday."""
    ahead = (weekday_of(match[1]) - anchor.today.weekday()) % 7
    return a_day(anchor.today + timedelta(days=(ahead or 7) + 7))


def _feast(match: re.Match[str], anchor: Anchor) -> Named:
    month, day = (1, 1) if match[0].lower().startswith("new") else (12, 25)
    return _day_without_year(match[0], month, day, anchor)


def _dotted_without_year(match: re.Match[str], anchor: Anchor) -> Named:
    return _day_without_year(match[0], int(match[2]), int(match[1]), anchor)


_WHICH = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}


def _weekday_of_month(match: re.Match[str], anchor: Anchor) -> Named:
    """``the first Monday of December``, ``the last Friday in November``."""
    month = named_month(match[3], match[4], anchor).first
    if month is None:
        return no_day(match[0])
    wanted = weekday_of(match[2])
    if match[1].lower() == "last":
        last = month + relativedelta(months=1) - timedelta(days=1)
        return a_day(last - timedelta(days=(last.weekday() - wanted) % 7))
    first = month + timedelta(days=(wanted - month.weekday()) % 7)
    return a_day(first + timedelta(weeks=_WHICH[match[1].lower()]))


def _ordinal(match: re.Match[str], anchor: Anchor) -> Named:
    return _next_day_numbered(match[0], int(match[1]), anchor)


def _next_day_numbered(text: str, day: int, anchor: Anchor) -> Named:
    """``the 20th``: of this month, or of the next one when it has passed."""
    earliest = anchor.not_before or anchor.today
    base = earliest if anchor.near is None or anchor.not_before else max(earliest, anchor.near.replace(day=1))
    month = base.replace(day=1) if day >= base.day else base.replace(day=1) + relativedelta(months=1)
    return _calendar_day(f"{text} ({month:%B %Y})", month.year, month.month, day)


def _weekday_ordinal(match: re.Match[str], anchor: Anchor) -> Named:
    """``Monday the 7th``: the next 7th, which has to be a Monday."""
    return _on_weekday(match[0], match[1], _next_day_numbered(match[0], int(match[2]), anchor))


def _relative(match: re.Match[str], anchor: Anchor) -> Named:
    return a_day(add(anchor.today, number_of(match[1] or match[3]), match[2] or match[4]))


def add(day: date, count: int, unit: str) -> date:
    """``count`` days, weeks or months (named by the word's first letter) after ``day``."""
    if unit[0].lower() == "f":
        return day + timedelta(days=14 * count)
    return day + relativedelta(**{{"d": "days", "w": "weeks", "m": "months"}[unit[0].lower()]: count})


def _near(match: re.Match[str], anchor: Anchor) -> Named:
    word = match[0].lower()
    if "after tomorrow" in word:
        return a_day(anchor.today + timedelta(days=2))
    return a_day(anchor.today + timedelta(days=1 if word.startswith("tom") or word == "tmrw" else -(word[0] == "y")))


Reader = Callable[[re.Match[str], Anchor], Named]
POINTS: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), reader)
    for pattern, reader in (
        (r"(?<![\w.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\w-])", _iso),
        (r"(?<![\w.-])(20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?![\w-])", _iso),
        (r"(?<![\w/.-])(\d{1,2})\.(\d{1,2})\.(20\d\d|2\d)(?!\w|\.\d)", _dotted),
        (r"(?<![\w/.-])(\d{1,2})-(\d{1,2})-(20\d\d|2\d)(?![\w-])", _dashed),
        (rf"(?<![\w.#-])(\d{{1,2}})-?({_MONTH_CUT})-?(20\d\d|2\d)(?![\w-])", _compact),
        (r"(?<![\w/.])(\d{1,2})/(\d{1,2})(?:/(\d{4}|\d{2}))?(?![\w/])", _us),
        (
            rf"(?:\b({WEEKDAY}),?\s+)?(?:\bthe\s+)?(?<![\w.#-])({_DAY})(?:\.?\s+|[.-])?(?:of\s+)?({MONTH}){_YEAR}",
            _day_month,
        ),
        (rf"(?:\b({WEEKDAY}),?\s+)?\b({MONTH})\s+(?:the\s+)?({_DAY})\b(?!\s*(?:days?|weeks?)\b){_YEAR}", _month_day),
        (
            (
                rf"\bin\s+({NUMBER})\s+(days?|weeks?|months?|fortnights?)\b"
                rf"|(?<!for )\b({NUMBER})\s+(days?|weeks?|months?)\s+from\s+(?:now|today)\b"
            ),
            _relative,
        ),
        (r"\b(?:the\s+)?day\s+after\s+tomorrow\b|\b(?:today|tonight|tom+or+ow|tmrw|yesterday)\b", _near),
        (
            rf"\b(first|1st|second|2nd|third|3rd|fourth|4th|last)\s+({WEEKDAY})\s+(?:of|in)\s+({MONTH}){_YEAR}",
            _weekday_of_month,
        ),
        (rf"\b({WEEKDAY}),?\s+(?:the\s+)?(\d{{1,2}})(?:st|nd|rd|th)\b(?!\s+(?:one|of)\b)", _weekday_ordinal),
        (rf"\b({WEEKDAY})\s+week\b(?!\s*#?\d)", _weekday_week),
        (r"\b(?:christmas|xmas|x-mas)(?:\s+day)?\b|\bnew\s+year['’]?s?(?:\s+day)?\b(?!\s+eve)", _feast),
        (r"(?<![\w/.-])(\d{1,2})\.(\d{1,2})\.(?![\w])", _dotted_without_year),
        (
            rf"(?<![\w/.,-])(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2]){_NO_COUNT}(?!\s*(?:k|t|tons?|tonnes?|mi|km)\b)",
            _dotted_without_year,
        ),
        (rf"\b(?:(next|this|coming|last|past)\s+)?({WEEKDAY})(?!s)", _weekday),
        (r"\bthe\s+(\d{1,2})(?:st|nd|rd|th)\b(?!\s+(?:one|of)\b)", _ordinal),
        (r"(?<=\b(?:on|by) )(\d{1,2})(?:st|nd|rd|th)\b(?!\s+(?:one|of)\b)", _ordinal),
        (r"(?<=\bfrom )(\d{1,2})(?:st|nd|rd|th)\b(?!\s+(?:one|of)\b)", _ordinal),
    )
)


def read_point(text: str, anchor: Anchor) -> Named | None:
    """The day that the whole of ``text`` names, None when it names none."""
    for pattern, reader in POINTS:
        if match := pattern.fullmatch(text.strip()):
            return reader(match, anchor)
    return None


def week_around(day: date) -> Named:
    monday = day - timedelta(days=day.weekday())
    return Named(monday, monday + timedelta(days=6))


def months(first: date, count: int) -> Named:
    """``count`` whole months from the month of ``first`` on."""
    start = first.replace(day=1)
    return Named(start, start + relativedelta(months=count) - timedelta(days=1))


def named_month(text: str, year: str | None, anchor: Anchor) -> Named:
    """A month alone: this year's or the next to come; for reports the nearest that is not far ahead."""
    month = month_of(text)
    if year is not None:
        return months(date(year_of(year), month, 1), 1)
    this = date(anchor.today.year, month, 1)
    if anchor.past:
        return months(this if (this - anchor.today).days <= 182 else this - relativedelta(years=1), 1)
    return months(this if month >= anchor.today.month else this + relativedelta(years=1), 1)


PARTS_OF_A_MONTH: Final = (
    r"(?:(?:first|1st|second|2nd|third|3rd|fourth|4th|last)\s+(?:full\s+)?week\s+(?:of|in)\b"
    r"|(?:first|second)\s+half\s+of\b|(?:beginning|start|middle|end)\s+of\b|early(?:\s+in)?\b|mid(?:-|\b))"
)
_UP_TO: Final = re.compile(
    r"\b(?:until|till?|through|thru|by|before|(?:extend|lengthen|from)\b.*\bto)\s+(?:the\s+)?$", re.IGNORECASE
)
_WEEKS: Final = {"first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3}
_TENS: Final = {
    "first": (1, 15), "second": (16, 31), "beginning": (1, 10), "start": (1, 10), "early": (1, 10),
    "middle": (11, 20), "mid": (11, 20), "end": (21, 31),
}  # fmt: skip


def part_of_month(words: str, month: Named, *, after: str) -> tuple[Literal["day", "week", "month"], Named]:
    """A week, a half, or ten days of a month. ``after``: the text before it; “until the end of March” is its last day.

    The first week is the one with the 4th in it, as weeks are counted in a year (ISO 8601).
    """
    first, last = month.first, month.last
    if first is None or last is None:
        return "month", month
    word = re.split(r"[\s-]", words.lower(), maxsplit=1)[0]
    if "week" in words.lower():
        return "week", week_around(
            last - timedelta(days=3) if word == "last" else first + timedelta(3 + 7 * _WEEKS[word])
        )
    if word == "end" and _UP_TO.search(after):
        return "day", a_day(last)
    begin, end = _TENS[word]
    return "month", Named(first.replace(day=begin), first.replace(day=min(end, last.day)))


def named_quarter(number: int, year: str | None, anchor: Anchor) -> Named:
    """A quarter alone: this year's or the next to come; for reports this year's."""
    first = date(year_of(year) if year else anchor.today.year, number * 3 - 2, 1)
    last = months(first, 3).last
    if year is None and not anchor.past and last and last < anchor.today:
        first += relativedelta(years=1)
    return months(first, 3)
