"""How long a test takes. Pure.

The formula is the lab's own planning workbook's: miles ÷ miles per day, plus added days for set-up and such, rounded up
to whole days. Its two rates are what a dyno runs in a day and what a driver does on the road. A test type with a fixed
length (durability: 21 days) takes that long whatever the miles.
"""

import math
from dataclasses import dataclass
from typing import Final

from dyno_core.errors import InvalidInput
from dyno_core.fleet import TestType
from dyno_core.period import LONGEST, say_days

DYNO_MILES_PER_DAY: Final = 750.0
"""Where the test type says nothing else."""
DRIVER_MILES_PER_DAY: Final = 350.0
_MOST_MILES: Final = 1_000_000.0
_MOST_MILES_PER_DAY: Final = 10_000.0
GRAIN: Final = 1e-9
"""Days. Without it 2.1 miles at 0.7 a day would take a fourth day, for a rounding error of the machine."""


@dataclass(frozen=True, slots=True)
class Mileage:
    """What a test runs. ``miles`` None: it is not counted in miles. ``per_day`` None: what its test type runs in a day.

    ``added_days``: for set-up and such, apart from running.
    """

    miles: float | None = None
    per_day: float | None = None
    added_days: float | None = None

    def checked(self) -> "Mileage":
        """The same, if a test can run it; how many days that takes is not looked at. Raises `InvalidInput`."""
        if self.miles is None and (self.per_day is not None or self.added_days is not None):
            raise InvalidInput("Miles a day and added days need the miles; give them too, or none of the three.")
        if self.miles is not None:
            _check(self.miles, DYNO_MILES_PER_DAY if self.per_day is None else self.per_day, self.added_days or 0.0)
        return self

    def duration(self, test_type: TestType) -> "Duration | None":
        """As `duration_of`."""
        return duration_of(test_type, miles=self.miles, miles_per_day=self.per_day, added_days=self.added_days or 0.0)


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole days, and how they came about: ``5,000 miles ÷ 750 a day + 1 added, so 8 days``."""

    days: int
    how: str


def days_for(*, miles: float, miles_per_day: float, added_days: float = 0.0) -> int:
    """⌈miles ÷ miles per day + added days⌉, at least 1.

    Raises `InvalidInput` for amounts that no test has, and for more than 366 days.
    """
    _check(miles, miles_per_day, added_days)
    days = max(1, math.ceil(miles / miles_per_day + added_days - GRAIN))
    if days > LONGEST:
        raise InvalidInput(
            f"{miles:,.0f} miles at {miles_per_day:,.0f} a day take {days:,} days, but {LONGEST} is the most; "
            "plan them as several legs.",
            days=days,
        )
    return days


def duration_of(
    test_type: TestType, *, miles: float | None, miles_per_day: float | None = None, added_days: float = 0.0
) -> Duration | None:
    """The days a test takes; None when neither its miles nor a fixed length are known.

    ``miles_per_day`` overrides the test type's rate, and with it its fixed length: whoever names a rate counts miles.
    Raises `InvalidInput` as `days_for` does.
    """
    if test_type.fixed_days is not None and miles_per_day is None:
        days = days_for(miles=test_type.fixed_days, miles_per_day=1, added_days=added_days)
        return Duration(days, f"{test_type.name} always takes {say_days(test_type.fixed_days)}{_plus(added_days)}")
    if miles is None:
        return None
    rate = miles_per_day if miles_per_day is not None else test_type.miles_per_day or DYNO_MILES_PER_DAY
    days = days_for(miles=miles, miles_per_day=rate, added_days=added_days)
    return Duration(days, f"{miles:,.0f} miles ÷ {rate:,.0f} a day{_plus(added_days)}, so {say_days(days)}")


def _check(miles: float, miles_per_day: float, added_days: float) -> None:
    for what, value, most in (
        ("miles", miles, _MOST_MILES),
        ("miles a day", miles_per_day, _MOST_MILES_PER_DAY),
        ("added days", added_days, float(LONGEST)),
    ):
        if not 0 <= value <= most:  # also not a number
            raise InvalidInput(f"{value:,.10g} {what} can't be planned; give 0 to {most:,.0f}.")
    if miles_per_day == 0:
        raise InvalidInput("At 0 miles a day no test ends; give the miles that are run in a day.")


def _plus(added_days: float) -> str:
    return f" + {added_days:g} added" if added_days else ""
