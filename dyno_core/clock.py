"""Where today and now come from. Below the front doors they are arguments, never read."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, with a time zone."""

    def today(self) -> date:
        """The lab's calendar day."""


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock, read in the lab's time zone."""

    timezone: ZoneInfo

    def now(self) -> datetime:
        return datetime.now(self.timezone)

    def today(self) -> date:
        return self.now().date()


@dataclass(frozen=True)
class FixedClock:
    """A clock that stands at noon UTC of one day: for tests and for looking at a past plan."""

    day: date

    def now(self) -> datetime:
        return datetime.combine(self.day, time(12), UTC)

    def today(self) -> date:
        return self.day
