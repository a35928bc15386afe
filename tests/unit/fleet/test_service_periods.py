from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dyno_core.errors import InvalidInput
from dyno_core.fleet.service import ServicePeriod, with_service

FIRST = date(2026, 1, 1)


def day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


def test_out_of_service_in_the_middle_leaves_two_periods() -> None:
    (before, after) = with_service(
        [ServicePeriod(day(0), None, "new")], in_service=False, from_day=day(10), to_day=day(19)
    )
    assert before == ServicePeriod(day(0), day(9), "new")
    assert after == ServicePeriod(day(20), None, "new")


def test_back_in_service_joins_the_periods_it_touches() -> None:
    periods = (ServicePeriod(day(0), day(9)), ServicePeriod(day(20), None))
    assert with_service(periods, in_service=True, from_day=day(10), to_day=day(19)) == (ServicePeriod(day(0), None),)


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(InvalidInput, match="last day lies before the first"):
        with_service([], in_service=True, from_day=day(5), to_day=day(4))


changes = st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.one_of(st.none(), st.integers(0, 20))), max_size=8)


@given(changes)
@settings(max_examples=100, deadline=None, derandomize=True)
def test_any_series_of_changes_serves_the_same_days_as_a_plain_set(series: list[tuple[bool, int, int | None]]) -> None:
    horizon = 100
    periods: tuple[ServicePeriod, ...] = ()
    served: set[int] = set()
    for in_service, start, length in series:
        end = None if length is None else start + length
        periods = with_service(
            periods, in_service=in_service, from_day=day(start), to_day=None if end is None else day(end)
        )
        days = set(range(start, horizon if end is None else end + 1))
        served = served | days if in_service else served - days
    told = {n for n in range(horizon) for period in periods if period.start <= day(n) <= period.last}
    assert told == served
    for first, second in pairwise(periods):
        assert first.last + timedelta(days=1) < second.start
