"""Requests in numbers, as people write them."""

from datetime import date
from typing import Any

import pytest

from dyno_core.booking.wishes import Wish, read_wish
from dyno_core.errors import InvalidInput
from dyno_core.fleet import TestType

TODAY = date(2026, 9, 29)
TESTS = [
    TestType("4K certification", "4K cert", ("4k",), 750, None, 0),
    TestType("emission", "Emission", ("emissions",), 750, None, 1),
    TestType("brake", "Brake", (), 750, None, 2),
]


def read(text: str) -> Wish:
    return read_wish(text, tests=TESTS, facilities=["Harbor Point", "PGN"], today=TODAY)


@pytest.mark.parametrize(
    ("text", "read_of_it"),
    [
        ("8 units from 25 October", {}),
        ("8 units from 25 Oct", {}),
        ("8 units 25th of October", {}),
        ("Oct 25, 8 vehicles", {}),
        ("eight new trucks starting on 2026-10-25", {}),
        ("please file 8 units for a 4K certification from 25 Oct for 8 days", {"test_type": "4K certification", "days": 8}),
        ("8 units 4k from 25 October, 2 weeks", {"test_type": "4K certification", "days": 14}),
        ("8 heavy 2WD trucks, brake, from 25 Oct", {"test_type": "brake", "weight_class": ">10K", "drive_type": "2WD"}),
        ("8 units from 25 October, <10K, 4X4", {"weight_class": "<10K", "drive_type": "AWD"}),
        ("8 units from 25 October, 4,600 kg", {"weight_class": ">10K"}),
        ("8 units 5k miles from 25 October", {"miles": 5_000}),
        ("8 units from 25 October, 12,500 mi at PGN", {"miles": 12_500, "facility": "PGN"}),
        ("8 units from Oct 25 to Nov 3 in harbor point", {"end_date": date(2026, 11, 3), "facility": "Harbor Point"}),
        ("8 units from 25 October by 1 Feb, priority 1", {"latest_end_date": date(2027, 2, 1), "priority": 1}),
        ("8 units of program P702 from 25 October", {"program": "P702"}),
        ("8 emissions vehicles from 25 October, quickly", {"test_type": "emission", "unread": ("quickly",)}),
    ],
)  # fmt: skip
def test_numbers_days_and_what_runs_are_read_in_any_order(text: str, read_of_it: dict[str, Any]) -> None:
    assert read(text) == Wish(**{"units": 8, "start_date": date(2026, 10, 25), **read_of_it})


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("1 unit today", date(2026, 9, 29)),
        ("1 unit tomorrow", date(2026, 9, 30)),
        ("1 unit from 28 September", date(2027, 9, 28)),
        ("1 unit from 29 September", date(2026, 9, 29)),
        ("1 unit from 5 March 2028", date(2028, 3, 5)),
    ],
)
def test_a_day_without_a_year_is_the_next_one(text: str, first: date) -> None:
    assert read(text).start_date == first


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from 25 October", "how many vehicles"),
        ("8 units", "from which day"),
        ("8 units from 31 February", "31 Feb is no day"),
        ("8 units from 2026-13-01", "is not a day"),
        ("8 units " * 50, "fewer words"),
    ],
)
def test_what_is_missing_or_impossible_is_told(text: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        read(text)
