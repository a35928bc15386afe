from datetime import date

import pytest

from dyno_core.errors import InvalidInput
from dyno_core.period import FIRST_DAY, LAST_DAY, LONGEST, Period, parse_day, say_day, say_days


def _days(first: int, last: int) -> Period:
    return Period(date(2026, 3, first), date(2026, 3, last))


def test_both_ends_belong_to_a_period() -> None:
    period = _days(3, 5)

    assert period.days == 3
    assert list(period.each_day()) == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
    assert [period.contains(date(2026, 3, day)) for day in (2, 3, 5, 6)] == [False, True, True, False]


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(
        InvalidInput, match="The period ends on 2026-03-04, before it starts on 2026-03-05; give an end"
    ):
        _days(5, 4)


@pytest.mark.parametrize("days", [0, -1, LONGEST + 1, 10**30])
def test_a_length_out_of_range_is_refused(days: int) -> None:
    with pytest.raises(InvalidInput, match="days can't be planned; give 1 to 366 days"):
        Period.of(date(2026, 3, 1), days)


def test_the_calendar_has_a_first_and_a_last_day() -> None:
    assert Period.of(FIRST_DAY, 1).start == FIRST_DAY
    assert Period.of(LAST_DAY, 1).end == LAST_DAY
    for start, days in ((date(1999, 12, 31), 1), (LAST_DAY, 2), (date(2100, 1, 1), 1), (date.max, 1)):
        with pytest.raises(InvalidInput, match="outside the years 2000 to 2099"):
            Period.of(start, days)


# The relations of 11–20 with another period, one a line.
RELATIONS = [
    ((1, 10), None),  # right before
    ((1, 11), (11, 11)),  # touching the first day
    ((5, 15), (11, 15)),  # over the start
    ((11, 20), (11, 20)),  # the same
    ((12, 18), (12, 18)),  # within
    ((5, 25), (11, 20)),  # around
    ((15, 25), (15, 20)),  # over the end
    ((20, 25), (20, 20)),  # touching the last day
    ((21, 25), None),  # right after
]


@pytest.mark.parametrize(("other", "shared"), RELATIONS)
def test_two_periods_overlap_in_the_days_they_share(other: tuple[int, int], shared: tuple[int, int] | None) -> None:
    one, two = _days(11, 20), _days(*other)

    assert one.overlaps(two) is two.overlaps(one) is (shared is not None)
    assert two.clip(one) == (_days(*shared) if shared else None)
    assert one.covers(two) is (shared == other)


def test_a_shift_keeps_the_length_and_crosses_months() -> None:
    assert _days(30, 31).shifted(2) == Period(date(2026, 4, 1), date(2026, 4, 2))
    assert _days(30, 31).shifted(-40).days == 2


def test_a_period_is_said_with_weekdays_and_one_day_once() -> None:
    assert str(_days(3, 5)) == "Tue 3 Mar 2026 to Thu 5 Mar 2026"
    assert str(_days(3, 3)) == say_day(date(2026, 3, 3)) == "Tue 3 Mar 2026"
    assert [say_days(days) for days in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


def test_a_day_is_read_in_iso_form_only() -> None:
    assert parse_day(" 2026-03-09 ") == date(2026, 3, 9)


@pytest.mark.parametrize("text", ["", "2026-02-30", "9 March", "09/03/2026", "2026-3-9", "\0", "x" * 10_000])
def test_what_is_no_day_is_refused_and_repeated_in_short(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a day of the calendar; write it as 2026-03-09") as caught:
        parse_day(text)
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("text", ["1999-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="outside the years 2000 to 2099"):
        parse_day(text)
