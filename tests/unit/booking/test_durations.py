"""How long a test takes, by the lab's own formula."""

import re

import pytest

from dyno_core.booking.durations import DRIVER_MILES_PER_DAY, days_for, duration_of
from dyno_core.errors import InvalidInput
from dyno_core.fleet import TestType

MILEAGE = TestType("150k mileage", "150K mileage", (), 750.0, None, 0)
DURABILITY = TestType("durability", "Durability", (), 750.0, 21, 1)
PLAIN = TestType("brake", "Brake", (), None, None, 2)


@pytest.mark.parametrize(
    ("miles", "rate", "added", "days"),
    [
        (5_000, 750, 0, 7),
        (70_000, 750, 0, 94),
        (75_000, 750, 0, 100),
        (5_000, 750, 0.3, 7),
        (5_000, 750, 0.5, 8),
        (7_000, 350, 1, 21),
        (0, 750, 0, 1),
        (2.1, 0.7, 0, 3),
    ],
)
def test_miles_by_rate_and_added_days_are_rounded_up_once_to_whole_days(
    miles: float, rate: float, added: float, days: int
) -> None:
    assert days_for(miles=miles, miles_per_day=rate, added_days=added) == days


def test_the_test_type_gives_rate_or_fixed_length_and_a_rate_by_hand_wins_over_both() -> None:
    found = {
        (kind.name, rate): duration_of(kind, miles=7_000, miles_per_day=rate, added_days=1)
        for kind in (MILEAGE, DURABILITY, PLAIN)
        for rate in (None, DRIVER_MILES_PER_DAY)
    }

    assert {key: one.days for key, one in found.items() if one} == {
        ("150k mileage", None): 11,
        ("150k mileage", 350.0): 21,
        ("durability", None): 22,
        ("durability", 350.0): 21,
        ("brake", None): 11,
        ("brake", 350.0): 21,
    }
    told = found["150k mileage", None]
    assert told is not None
    assert told.how == "7,000 miles ÷ 750 a day + 1 added, so 11 days"


def test_without_miles_only_a_fixed_length_is_known() -> None:
    assert duration_of(MILEAGE, miles=None) is None
    fixed = duration_of(DURABILITY, miles=None)
    assert fixed is not None
    assert fixed.days == 21


@pytest.mark.parametrize(
    ("miles", "rate", "added", "says"),
    [
        (-1, 750, 0, "-1 miles can't be planned"),
        (float("nan"), 750, 0, "nan miles can't be planned"),
        (5_000, 0, 0, "At 0 miles a day no test ends"),
        (5_000, 750, -2, "-2 added days can't be planned"),
        (300_000, 750, 0, "take 400 days, but 366 is the most; plan them as several legs."),
    ],
)
def test_amounts_that_no_test_has_are_refused_with_what_to_give(
    miles: float, rate: float, added: float, says: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(says)):
        days_for(miles=miles, miles_per_day=rate, added_days=added)
