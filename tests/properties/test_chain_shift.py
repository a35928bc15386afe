"""A shift of a chain keeps every gap and every length, whatever moves by however much."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dyno_core.booking.chains import LegDays, gap, shifted
from dyno_core.period import Period

_START = date(2027, 1, 1)

_LEGS = st.lists(st.tuples(st.integers(0, 55), st.integers(1, 110)), min_size=1, max_size=6)


def _chain(spans: list[tuple[int, int]]) -> list[LegDays]:
    day, legs = _START, []
    for free, days in spans:
        period = Period.of(day + timedelta(days=free), days)
        legs.append(LegDays(period))
        day = period.end + timedelta(days=1)
    return legs


@given(spans=_LEGS, by=st.integers(-300, 300), longer=st.integers(-30, 60))
def test_a_shift_keeps_gaps_lengths_and_order_and_moving_back_restores_every_day(
    spans: list[tuple[int, int]], by: int, longer: int
) -> None:
    legs = _chain(spans)
    days = max(1, legs[0].period.days + longer)

    moved = shifted(legs, Period.of(legs[0].period.start + timedelta(days=by), days))

    old = [leg.period for leg in legs]
    gaps = [gap(one, two) for one, two in pairwise(old)]
    assert [gap(one, two) for one, two in pairwise(moved)] == gaps
    assert [one.days for one in moved[1:]] == [one.days for one in old[1:]]
    assert list(shifted([LegDays(one) for one in moved], old[0])) == old


@given(
    spans=st.lists(st.tuples(st.integers(1, 55), st.integers(2, 110)), min_size=3, max_size=6), by=st.integers(-1, 1)
)
def test_a_leg_whose_end_was_fixed_by_hand_takes_the_shift_and_spares_the_legs_after_it(
    spans: list[tuple[int, int]], by: int
) -> None:
    legs = _chain(spans)
    legs[1] = LegDays(legs[1].period, end_fixed=True)

    moved = shifted(legs, legs[0].period.shifted(by))

    assert moved[1] == Period(legs[1].period.start + timedelta(days=by), legs[1].period.end)
    assert list(moved[2:]) == [leg.period for leg in legs[2:]]
