"""What is late, and what a vehicle's legs say about each other."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from dyno_core.booking import Allocation, Leg, lateness, reached
from dyno_core.booking.chains import LegDays, chain_from, miles_of, shifted
from dyno_core.errors import InvalidInput
from dyno_core.period import Period

TODAY = date(2026, 11, 24)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def allocation(
    first: int, last: int, *, status: str = "scheduled", leg: str | None = None, number: int = 1
) -> Allocation:
    return Allocation(
        id=number, kind="test", dyno_id=1, dyno=f"PGN {number}", facility="PGN", vehicle_id=7, vin=None, tag="T-7",
        program=None, contact=None, test_type="mileage", leg=leg, start_date=day(first), end_date=day(last),
        status=status, disputed=False, planned_start_date=day(first), planned_end_date=day(last),
        actual_start_date=None, actual_end_date=None, notes="", created_by="me", created_at=datetime.now(UTC),
        source="calendar", version=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("first", "last", "status", "start", "end", "expected_end"),
    [
        (0, 3, "scheduled", 0, 0, 3),
        (-2, 3, "scheduled", 2, 0, 5),
        (-9, -4, "scheduled", 9, 0, 5),
        (-5, 0, "in_progress", 0, 0, 0),
        (-5, -1, "in_progress", 0, 1, 0),
        (-5, -1, "completed", 0, 0, -1),
        (-5, -1, "tentative", 0, 0, -1),
        (-5, -1, "cancelled", 0, 0, -1),
    ],
)
def test_late_is_what_should_have_begun_or_ended_before_today(
    first: int, last: int, status: str, start: int, end: int, expected_end: int
) -> None:
    found = lateness(allocation(first, last, status=status), today=TODAY)

    assert (found.overdue_start, found.overdue_end, found.expected.end) == (start, end, day(expected_end))
    assert found.is_late == bool(start or end)


def test_delayed_counts_from_the_first_plan_over_new_actual_and_expected_days() -> None:
    planned = replace(allocation(5, 9), planned_start_date=day(2), planned_end_date=day(6))
    overdue = replace(allocation(-3, 1), planned_end_date=day(-1))
    fixed = replace(overdue, end_fixed=True)
    done_early = replace(allocation(-9, -6, status="completed"), planned_end_date=day(-4))
    never_planned = replace(planned, planned_start_date=None, planned_end_date=None)

    assert [lateness(one, today=TODAY).slip for one in (planned, overdue, fixed, done_early, never_planned)] == [
        3, 5, 2, -2, 0,
    ]  # fmt: skip
    assert [lateness(one, today=TODAY).is_delayed for one in (planned, done_early)] == [True, False]
    assert lateness(overdue, today=TODAY).sentence == (
        "should have started 3 days ago; 5 days behind its first plan (to end Mon 23 Nov 2026)"
    )


def test_a_chain_tells_its_gaps_and_where_the_vehicle_is_between_them() -> None:
    legs = [
        Leg(allocation(-30, -10, status="completed", leg="0K - 5K")),
        Leg(allocation(20, 30, leg="5K - 75K", number=2)),
    ]
    chain = chain_from(reversed(legs))

    assert chain.gaps == (29,)
    assert chain.warnings == ()
    assert chain.travelling(TODAY) == tuple(legs)
    assert [leg.key for leg in chain.followers(1)] == [("allocation", 2)]


def test_legs_that_overlap_or_stand_in_the_wrong_order_are_told_by_name() -> None:
    first, second = allocation(0, 9, leg="75K - 150K"), allocation(5, 12, leg="5K - 37.5K", number=2)

    told = chain_from([Leg(first), Leg(second)]).warnings

    assert [one.split("; ")[0] for one in told] == [
        "T-7: 75K - 150K on PGN 1 and 5K - 37.5K on PGN 2 overlap for Sun 29 Nov 2026 to Thu 3 Dec 2026",
        "T-7: 5K - 37.5K on PGN 2 comes after 75K - 150K on PGN 1, though its miles come first",
    ]


@pytest.mark.parametrize(
    ("slip", "along"),
    [
        (-3, []),  # sooner
        (1, [2]),  # a short gap becomes shorter, the long one before the last leg takes that up
        (16, [2]),  # 14 of its 30 days are left
        (17, [2, 3]),
    ],
)
def test_a_slip_reaches_the_legs_whose_gap_it_eats_and_stops_at_one_that_is_long_enough(
    slip: int, along: list[int]
) -> None:
    first, second, third = allocation(1, 5), allocation(11, 15, number=2), allocation(46, 50, number=3)
    other = replace(allocation(8, 8, number=4), test_type="brake")
    chain = chain_from(map(Leg, (first, other, second, third)))

    assert [leg.key[1] for leg in reached(chain, first, first.period.shifted(slip))] == along
    fixed = chain_from(map(Leg, (first, replace(second, end_fixed=True), third)))
    assert 3 not in [leg.key[1] for leg in reached(fixed, first, first.period.shifted(slip))]


def test_a_fixed_end_before_the_new_start_is_refused_in_words() -> None:
    legs = [LegDays(Period(day(0), day(4))), LegDays(Period(day(10), day(12)), end_fixed=True)]

    with pytest.raises(InvalidInput, match="which was fixed on"):
        shifted(legs, Period(day(5), day(9)))


@pytest.mark.parametrize(
    ("leg", "miles"),
    [("0-5K", (0, 5)), ("5K - 37.5K", (5, 37.5)), ("75K–150K", (75, 150)), ("cold", None), ("1.2.3 - 4K", None)],
)
def test_a_legs_name_tells_its_miles(leg: str, miles: tuple[float, float] | None) -> None:
    assert miles_of(leg) == miles
