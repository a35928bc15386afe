"""Lanes: no bar hides another, and no row is taller than its fullest day needs."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dyno_core.ui.timeline.lanes import Lane, assign_lanes, height_of
from dyno_core.ui.timeline.model import Bar, Row

FIRST = date(2026, 3, 1)


def a_bar(start: int, days: int, *, dyno: int = 1, number: int = 1) -> Bar:
    first = FIRST + timedelta(days=start)
    last = first + timedelta(days=days - 1)
    return Bar(number, dyno, first, last, "test", "Brake", "scheduled", False, False, "", "", 1)


some_bars = st.lists(
    st.builds(a_bar, st.integers(0, 60), st.integers(1, 20), dyno=st.integers(1, 3), number=st.integers(1, 9)),
    max_size=40,
)


@given(some_bars)
def test_two_bars_in_one_lane_of_a_dyno_never_share_a_day(bars: list[Bar]) -> None:
    lanes = assign_lanes(bars)
    for at, (bar, lane) in enumerate(zip(bars, lanes, strict=True)):
        assert 0 <= lane.index < lane.of
        for other, other_lane in zip(bars[at + 1 :], lanes[at + 1 :], strict=True):
            if bar.dyno_id == other.dyno_id and bar.period.overlaps(other.period):
                assert lane.index != other_lane.index
                assert lane.of == other_lane.of, "bars that share a day are split alike"


@given(some_bars)
def test_a_dyno_gets_no_more_lanes_than_bars_on_its_fullest_day(bars: list[Bar]) -> None:
    lanes = assign_lanes(bars)
    for dyno in {bar.dyno_id for bar in bars}:
        mine = [bar for bar in bars if bar.dyno_id == dyno]
        fullest = max(sum(bar.period.contains(day) for bar in mine) for own in mine for day in own.period.each_day())
        assert max(lane.of for bar, lane in zip(bars, lanes, strict=True) if bar.dyno_id == dyno) == fullest


def test_bars_that_follow_one_another_keep_the_full_height() -> None:
    assert assign_lanes([a_bar(0, 3), a_bar(3, 3)]) == [Lane(0, 1), Lane(0, 1)]


def test_bars_that_share_their_last_and_first_day_are_split() -> None:
    assert assign_lanes([a_bar(0, 3), a_bar(2, 3), a_bar(9, 1)]) == [Lane(0, 2), Lane(1, 2), Lane(0, 1)]


def test_bars_of_different_dynos_do_not_split_each_other() -> None:
    assert assign_lanes([a_bar(0, 3, dyno=1), a_bar(0, 3, dyno=2)]) == [Lane(0, 1), Lane(0, 1)]


def test_the_place_kept_free_grows_with_dynos_and_lanes_up_to_a_screenful() -> None:
    rows = [Row(number, f"PGN {number}", "PGN", "", None) for number in range(1, 11)]
    idle = height_of(rows, [])
    assert height_of(rows, [a_bar(0, 5), a_bar(10, 5)]) == idle
    assert height_of(rows, [a_bar(0, 5), a_bar(2, 5)]) == idle + 2 * 17 + 6 - 28
    assert height_of([*rows, Row(11, "VTB 1", "VTB", "", None)], []) == idle + 28 + 26
    assert height_of(rows * 9, []) == height_of(rows * 10, [])
