"""Every mention of time in a message, with its place in the text: days, ranges, weeks, lengths, shifts.

Order matters: ranges before single days, "two days later" before "two days". What was read is
blanked out, so that nothing is read twice.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Literal

from dateutil.relativedelta import relativedelta

from dyno_core.agent.models.offline.calendar_words import (
    MONTH,
    NUMBER,
    PARTS_OF_A_MONTH,
    POINTS,
    WEEKDAY,
    YEAR,
    Anchor,
    Named,
    a_day,
    add,
    month_of,
    months,
    named_month,
    named_quarter,
    no_day,
    number_of,
    part_of_month,
    read_point,
    week_around,
    weekday_of,
)
from dyno_core.period import LONGEST

Kind = Literal["day", "range", "week", "month", "length", "shift"]
BLANK: Final = "\x01"
"""Stands where something was read already: neither a blank nor part of a word."""


@dataclass(frozen=True, slots=True)
class Mention:
    """``text[begin:stop]`` names ``first`` to ``last`` (days), or a length or shift of ``days``.

    ``lead`` is the word before it (``from``, ``until``, ``after``, ``since``) or empty;
    ``problem`` says why the words name no day.
    """

    begin: int
    stop: int
    kind: Kind
    first: date | None = None
    last: date | None = None
    days: int | None = None
    lead: str = ""
    problem: str | None = None


Found = tuple[Kind, Named, int | None]
Reader = Callable[[re.Match[str], Anchor], Found | None]

_LEAD = re.compile(
    (
        r"(?:\b(from|start(?:ing|s)?(?:\s+(?:on|from|date|day))?|beginning(?:\s+on)?|first\s+day"
        r"|as\s+of|until|till|til|through|thru"
        r"|end(?:ing|s)?(?:\s+(?:on|date|day))?|last\s+day|by|before|after|since|not\s+before|no[t]?\s+later\s+than)"
        r"|(?<=\s)(to))"
        r"(?:\s*[:=]\s*|\s+)(?:the\s+)?$"
    ),
    re.IGNORECASE,
)
_LEADS = {
    "till": "until", "til": "until", "through": "until", "thru": "until", "by": "until", "ends": "end",
    "ending": "end", "last": "until", "not": "after",
}  # fmt: skip
_MEANT_MONTH = re.compile(
    r"\b(?:in|during|for|of|throughout|since|until|till|by|from|this|next|last)\s+$", re.IGNORECASE
)
_ALSO_WORDS = ("may", "mar", "march")
"""Months that are words of their own: they count only after a word like "in"."""

_TO = r"\s*(?:\bto\b|\buntil\b|\btill\b|\bthrough\b|\bthru\b|\band\b|-|–|—)\s*(?:the\s+)?"
_SINGLE = re.compile(r"^(?!\s*(?:between|from)\b).*\band\b", re.IGNORECASE)
_OF_A_MONTH = re.compile(rf"\d\s*{MONTH}\s+$", re.IGNORECASE)
_ORDINAL_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_POINT = "(?:" + "|".join(re.sub(r"\((?!\?)", "(?:", pattern.pattern) for pattern, _ in POINTS) + ")"


def _pair(first: Named, last: Named, text: str) -> Found:
    problem = first.problem or last.problem
    if problem is None and first.first and last.last and last.last < first.first:
        problem = no_day(text, "ends before it starts").problem
    elif problem is None and _SINGLE.search(text) and first.first and last.last and (last.last - first.first).days > 1:
        problem = no_day(text, "names days that are apart; say “from … to …” if those between are meant too").problem
    if problem:
        return "range", Named(None, None, problem), None
    return "range", Named(first.first, last.last), None


def _points(match: re.Match[str], anchor: Anchor) -> Found | None:
    first = read_point(match[1], anchor)
    if first is None:
        return None
    last = read_point(match[2], replace(anchor, not_before=first.first))
    return None if last is None else _pair(first, last, match[0])


def _one_month(match: re.Match[str], anchor: Anchor, *, days: tuple[str, str], month: str, year: str | None) -> Found:
    first, last = (read_point(f"{day} {month} {year or ''}", anchor) or no_day(match[0]) for day in days)
    if first.first and last.last and not year:
        last = a_day(last.last.replace(year=first.first.year))
    return _pair(first, last, match[0])


def _days_month(match: re.Match[str], anchor: Anchor) -> Found | None:
    if _OF_A_MONTH.search(match.string[: match.start(1)]):
        return None  # “7 Dec 26 to 9 Dec 26”: a year.
    return _one_month(match, anchor, days=(match[1], match[2]), month=match[3], year=match[4])


def _month_days(match: re.Match[str], anchor: Anchor) -> Found:
    return _one_month(match, anchor, days=(match[2], match[3]), month=match[1], year=match[4])


def _week_of(match: re.Match[str], anchor: Anchor) -> Found | None:
    point = read_point(match[1], anchor)
    if point is None:
        return None
    return "week", point if point.first is None else week_around(point.first), None


def _week(match: re.Match[str], anchor: Anchor) -> Found:
    which = match[0].lower()
    if "rest of" in which or "remainder" in which:
        return "range", Named(anchor.today, week_around(anchor.today).last), None
    weeks = 2 if "after next" in which else {"next": 1, "coming": 1, "last": -1, "past": -1}.get(match[1].lower(), 0)
    return "week", week_around(anchor.today + timedelta(weeks=weeks)), None


def _week_number(match: re.Match[str], anchor: Anchor) -> Found:
    number, year = int(match[1]), int(match[2] or anchor.today.isocalendar().year)
    try:
        monday = date.fromisocalendar(year, number, 1)
        if match[2] is None and not anchor.past and monday + timedelta(days=6) < anchor.today:
            monday = date.fromisocalendar(year + 1, number, 1)
    except ValueError:
        return "week", no_day(match[0], "is not a week of that year"), None
    return "week", week_around(monday), None


def _weekend(match: re.Match[str], anchor: Anchor) -> Found:
    saturday = anchor.today + timedelta(days=5 - anchor.today.weekday())
    saturday += timedelta(weeks={"next": 1, "last": -1}.get((match[1] or "").lower(), 0))
    return "range", Named(saturday, saturday + timedelta(days=1)), None


def _calendar_unit(match: re.Match[str], anchor: Anchor) -> Found:
    offset = {"next": 1, "last": -1, "previous": -1, "coming": 1}.get(match[1].lower(), 0)
    size = {"month": 1, "quarter": 3, "year": 12}[match[2].lower()]
    first = anchor.today.replace(day=1, month=(anchor.today.month - 1) // size * size + 1)
    return "month", months(first + relativedelta(months=offset * size), size), None


def _quarter(match: re.Match[str], anchor: Anchor) -> Found:
    return "month", named_quarter(int(match[1]), match[2], anchor), None


def _year(match: re.Match[str], _: Anchor) -> Found:
    return "month", months(date(int(match[1]), 1, 1), 12), None


def _bare_year(match: re.Match[str], anchor: Anchor) -> Found | None:
    """``utilization per dyno 2026``: in a report a bare number like this is a year; elsewhere it may be anything."""
    return _year(match, anchor) if anchor.past else None


def _year_to_date(_: re.Match[str], anchor: Anchor) -> Found:
    return "range", Named(anchor.today.replace(month=1, day=1), anchor.today), None


def _month(match: re.Match[str], anchor: Anchor) -> Found | None:
    name = match[1].strip(".").lower()
    if name in _ALSO_WORDS and match[2] is None and not _MEANT_MONTH.search(match.string[: match.start()]):
        return None
    return "month", named_month(name, match[2], anchor), None


def _month_range(match: re.Match[str], anchor: Anchor) -> Found:
    first = named_month(match[1], match[2] or match[4], anchor).first
    last = named_month(match[3], match[4], anchor).last
    if first and last and not match[4]:
        year = first.year + (month_of(match[3]) < month_of(match[1]))
        last = months(date(year, month_of(match[3]), 1), 1).last
    return _pair(Named(first, first), Named(last, last), match[0])


def _span(match: re.Match[str], anchor: Anchor) -> Found:
    count, unit = number_of(match[2]), match[3]
    if match[1].lower() in ("last", "past", "previous"):
        return "range", Named(add(anchor.today, -count, unit) + timedelta(days=1), anchor.today), None
    return "range", Named(anchor.today, add(anchor.today, count, unit) - timedelta(days=1)), None


def _shift(match: re.Match[str], _: Anchor) -> Found:
    days = number_of(match[1]) * (7 if match[2].lower().startswith("week") else 1)
    return "shift", Named(None, None), -days if match[3].lower() in ("earlier", "sooner", "before") else days


def _by(match: re.Match[str], _: Anchor) -> Found:
    """``back by 2 days`` is later, ``up`` and ``in`` are earlier; ``forward`` means either to different people."""
    way = (match[1] or "").lower()
    if way == "forward":
        return "shift", no_day(match[0], "can mean earlier or later"), None
    days = number_of(match[2]) * (7 if match[3].lower().startswith("week") else 1)
    return "shift", Named(None, None), -days if way in ("earlier", "up", "in") else days


def _following(match: re.Match[str], _: Anchor) -> Found:
    days = 7 if match[0].lower().find("week") >= 0 else 1
    return "shift", Named(None, None), -days if re.search(r"before|previous", match[0], re.IGNORECASE) else days


def _length(match: re.Match[str], _: Anchor) -> Found:
    unit = match[2].lower()
    size = 14 if unit.startswith("f") else 7 if unit.startswith("w") else 1
    return _whole_length(match[0], number_of(match[1]) * size)


def _whole_length(text: str, days: int) -> Found:
    if not 1 <= days <= LONGEST:
        return "length", no_day(text, f"can't be planned: a test takes 1 to {LONGEST} days"), None
    return "length", Named(None, None), days


def _no_length(match: re.Match[str], _: Anchor) -> Found:
    """``1.5 days``, ``half a day``, ``-3 days``."""
    return "length", no_day(match[0], f"can't be planned: a test takes 1 to {LONGEST} whole days"), None


def _either_length(match: re.Match[str], _: Anchor) -> Found:
    return "length", no_day(match[0], "leaves the length open"), None


def _day_of_next_week(match: re.Match[str], anchor: Anchor) -> Found:
    monday = anchor.today + timedelta(days=7 - anchor.today.weekday())
    return "day", a_day(monday + timedelta(days=weekday_of(match[1] or match[2]))), None


def _days_of_a_week(match: re.Match[str], anchor: Anchor) -> Found:
    """``Mon-Wed next week``."""
    which, first, last = (part for part in match.groups() if part)
    if which.lower() not in ("next", "this"):
        first, last, which = which, first, last
    monday = anchor.today + timedelta(days=7 * (which.lower() == "next") - anchor.today.weekday())
    days = [a_day(monday + timedelta(days=weekday_of(name))) for name in (first, last)]
    return _pair(days[0], days[1], match[0])


def _part_of_month(match: re.Match[str], anchor: Anchor) -> Found:
    month = named_month(match[2], match[3], anchor)
    return *part_of_month(match[1], month, after=match.string[: match.start()]), None


def _days_field(match: re.Match[str], _: Anchor) -> Found:
    """``days: 3``, as in a form."""
    return _whole_length(match[0], int(match[1]))


def _single(reader: Callable[[re.Match[str], Anchor], Named]) -> Reader:
    return lambda match, anchor: ("day", reader(match, anchor), None)


RULES: Final[tuple[tuple[re.Pattern[str], Reader], ...]] = (
    *(
        (re.compile(pattern, re.IGNORECASE), reader)
        for pattern, reader in (
            (r"(?<![\w.,])(?:-\d+|\d*[.,]\d{1,2})[\s-]*(?:days?|weeks?)\b|\bhalf\s+a\s+(?:day|week)\b", _no_length),
            (rf"\b({NUMBER})\s+(days?|weeks?)\s+(later|earlier|sooner|before(?=\W*$|\s+(?:that|it)\b))\b", _shift),
            (rf"\b(?:(back|out|later|forward|earlier|up|in)\s+)?by\s+({NUMBER})\s+(?:more\s+)?(days?|weeks?)\b", _by),
            (rf"\b(?:needs?|takes?)()\s+({NUMBER})\s+(?:more|additional|extra|further)\s+(days?|weeks?)\b", _by),
            (rf"\b(back|out|forward)\s+({NUMBER})\s+(days?|weeks?)\b", _by),
            (rf"(?<![\w.-])({NUMBER})\s*(?:or|to|-|–)\s*({NUMBER})\s*(?:days?|weeks?)\b", _either_length),
            (
                (
                    rf"(?:\bfrom\s+)?\b({WEEKDAY}){_TO}({WEEKDAY})\s+(?:of\s+|in\s+)?(next|this)\s+week\b"
                    rf"|\b(next|this)\s+week,?\s+(?:from\s+)?({WEEKDAY}){_TO}({WEEKDAY})\b"
                ),
                _days_of_a_week,
            ),
            (
                (
                    rf"\b({WEEKDAY})\s+(?:of\s+|in\s+)?next\s+week\b|\bnext\s+week(?:,|\s+on"
                    rf"|\s+from)?\s+({WEEKDAY})"
                ),
                _day_of_next_week,
            ),
            (
                (
                    r"\b(?:the\s+)?(?:week|day)\s+(?:after|before)(?!\s+(?:tomorrow|next"
                    r"|that\s+one\s+is))(?:\s+that)?\b(?=\W*$)"
                    r"|\bthe\s+(?:following|previous)\s+(?:week|day)\b"
                ),
                _following,
            ),
            (rf"\bweek\s+(?:of|starting|beginning|commencing)\s+(?:on\s+)?({_POINT})", _week_of),
            (
                (
                    rf"(?:\b(?:from"
                    rf"|between)\s+)?(?:the\s+)?(?<![\w.#-]){_ORDINAL_DAY}{_TO}{_ORDINAL_DAY}\s+(?:of\s+)?({MONTH})(?:,?\s+{YEAR})?"
                ),
                _days_month,
            ),
            (
                (
                    rf"(?:\b(?:from|between)\s+)?\b({MONTH})\s+{_ORDINAL_DAY}{_TO}{_ORDINAL_DAY}\b(?!\s*(?:days?"
                    rf"|weeks?|{MONTH}|\d|/|lb|kg))(?:,?\s+{YEAR})?"
                ),
                _month_days,
            ),
            (rf"(?:\b(?:from|between)\s+)?(?:on\s+)?({_POINT}){_TO}({_POINT})", _points),
            (
                (
                    rf"(?:\b(?:from|between)\s+)\b({MONTH})(?:\s+(20\d\d|['’]\d\d))?{_TO}({MONTH})(?:\s+(20\d\d|['’]\d\d))?(?!\s+\d)"
                ),
                _month_range,
            ),
            (rf"\b({PARTS_OF_A_MONTH})\s*({MONTH})(?:\s+(20\d\d|['’]\d\d))?\b", _part_of_month),
            (
                (
                    r"\b(?:the\s+)?week\s+after\s+next\b|\b(?:rest|remainder)\s+of\s+(?:the|this)\s+week\b"
                    r"|\b(next|this|last|coming|past|current)\s+week\b"
                ),
                _week,
            ),
            (r"\b(?:calendar\s+week|week|cw|kw)\s*#?(\d{1,2})\b(?:\s+(?:of\s+)?(20\d\d))?", _week_number),
            (r"\b(?:(this|next|last|the)\s+)?weekend\b", _weekend),
            (r"\b(next|this|last|previous|current|coming)\s+(month|quarter|year)\b", _calendar_unit),
            (r"\bq([1-4])\b(?:\s*(?:of\s+|/)?(20\d\d|['’]\d\d))?", _quarter),
            (r"\byear\s+to\s+date\b|\bytd\b|\bso\s+far\s+this\s+year\b", _year_to_date),
            (rf"\b(last|past|previous|next|coming|following)\s+({NUMBER})\s+(days?|weeks?|months?)\b", _span),
        )
    ),
    *((pattern, _single(reader)) for pattern, reader in POINTS),
    *(
        (re.compile(pattern, re.IGNORECASE), reader)
        for pattern, reader in (
            (rf"\b({MONTH})(?:,?\s+(?:of\s+)?(20\d\d|['’]\d\d))?(?![\w])", _month),
            (r"\b(?:in|for|during|of|year)\s+(20\d\d)\b", _year),
            (r"(?<![\w#/.-])(20\d\d)(?![\w/-])", _bare_year),
            (r"\b(?:days|duration|length)\s*[:=]\s*(\d{1,3})\b(?!\s*weeks?)(?:\s*days?\b)?", _days_field),
            (
                (
                    rf"(?<![\w.])({NUMBER}|\d{{4,6}})(?:\s+|-|(?<=\d))(?:full\s+|whole\s+|calendar\s+|consecutive\s+|test\s+"
                    rf"|more\s+)?(days?|weeks?|fortnights?|d|wks?)\b(?!\s+(?:ago|later))"
                ),
                _length,
            ),
        )
    ),
)


def mentions(text: str, *, today: date, past: bool = False, near: date | None = None) -> tuple[Mention, ...]:
    """All mentions in the order of the text. ``past`` and ``near``: see `Anchor`."""
    anchor, found, left = Anchor(today, past, near=near), [], text
    for pattern, reader in RULES:
        for match in list(pattern.finditer(left)):
            if BLANK in match[0]:
                continue
            lead = _lead(match)
            # What something lasts until can't be before it begins.
            ends = lead in ("until", "end", "before") and near is not None
            read = reader(match, replace(anchor, not_before=near) if ends else anchor)
            if read is not None:
                found.append(_mention(match, read, lead))
                left = blanked(left, match.start(), match.end())
    return tuple(sorted(found, key=lambda mention: mention.begin))


def _lead(match: re.Match[str]) -> str:
    lead = _LEAD.search(match.string[: match.start()])
    word = (lead[1] or lead[2]).lower() if lead else ""
    word = "until" if word.endswith("than") else word.partition(" ")[0]
    return "from" if word.startswith(("start", "begin", "as", "first")) else _LEADS.get(word, word)


def _mention(match: re.Match[str], read: Found, lead: str) -> Mention:
    kind, named, days = read
    return Mention(match.start(), match.end(), kind, named.first, named.last, days, lead, named.problem)


def blanked(text: str, begin: int, stop: int) -> str:
    return text[:begin] + BLANK * (stop - begin) + text[stop:]
