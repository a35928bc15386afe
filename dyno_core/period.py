"""Periods of whole days, first and last day both included, as the lab plans them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from dyno_core.errors import InvalidInput

FIRST_DAY = date(2000, 1, 1)
LAST_DAY = date(2099, 12, 31)
LONGEST = 366
"""Days. Longer tests are planned as several legs."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """``start`` to ``end``, both included. Raises `InvalidInput` when ``end`` is before ``start``."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidInput(
                f"The period ends on {self.end.isoformat()}, before it starts on {self.start.isoformat()}; "
                "give an end on or after the start.",
                start=self.start.isoformat(),
                end=self.end.isoformat(),
            )

    @classmethod
    def of(cls, start: date, days: int) -> Self:
        """``days`` days from ``start`` on. Raises `InvalidInput` unless 1 <= days <= 366 within 2000 to 2099."""
        if not 1 <= days <= LONGEST:
            raise InvalidInput(f"{days} days can't be planned; give 1 to {LONGEST} days.", days=days)
        if not FIRST_DAY <= start <= LAST_DAY - timedelta(days=days - 1):
            raise InvalidInput(
                f"{start.isoformat()} is outside the years 2000 to 2099; give another start.", start=start.isoformat()
            )
        return cls(start, start + timedelta(days=days - 1))

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def overlaps(self, other: "Period") -> bool:
        """Whether the two share a day. SQL twin: ``daterange(start, end, '[]') && …``."""
        return self.start <= other.end and other.start <= self.end

    def contains(self, day: date) -> bool:
        return self.start <= day <= self.end

    def covers(self, other: "Period") -> bool:
        return self.start <= other.start and other.end <= self.end

    def clip(self, window: "Period") -> "Period | None":
        """The part of this period inside ``window``, or None when they share no day."""
        if not self.overlaps(window):
            return None
        return Period(max(self.start, window.start), min(self.end, window.end))

    def without(self, others: "Iterable[Period]") -> "tuple[Period, ...]":
        """The days of this period that none of ``others`` has, in as few periods as there are gaps; soonest first."""
        gaps, day = [], self.start
        for other in sorted(other for other in others if other.overlaps(self)):
            if day < other.start:
                gaps.append(Period(day, other.start - timedelta(days=1)))
            day = max(day, other.end + timedelta(days=1))
        return (*gaps, Period(day, self.end)) if day <= self.end else tuple(gaps)

    def shifted(self, days: int) -> "Period":
        return Period(self.start + timedelta(days=days), self.end + timedelta(days=days))

    def each_day(self) -> Iterator[date]:
        for offset in range(self.days):
            yield self.start + timedelta(days=offset)

    def __str__(self) -> str:
        if self.days == 1:
            return say_day(self.start)
        return f"{say_day(self.start)} to {say_day(self.end)}"


def say_day(day: date) -> str:
    """``Tue 3 Mar 2026``: the weekday is said, so that a misread date is seen."""
    return f"{day:%a} {day.day} {day:%b %Y}"


def say_days(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def parse_day(text: str) -> date:
    """An ISO day, ``2026-03-09``. Raises `InvalidInput` for anything else, impossible days included."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(
            f"“{text.strip()[:40]}” is not a day of the calendar; write it as 2026-03-09.", text=text[:40]
        ) from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(f"{text.strip()[:40]} is outside the years 2000 to 2099; give another day.", text=text[:40])
    return day
