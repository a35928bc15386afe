"""What the definition of utilization says about single days."""

from datetime import date, timedelta

import pytest

from dyno_core.errors import InvalidInput
from dyno_core.period import Period
from dyno_core.reports.days import CountedTest, DayState, DynoFacts, states, utilization_by_days
from dyno_core.reports.figures import (
    UtilizationReport,
    UtilizationRow,
    check_window,
    months_of,
    natural_key,
    row_of,
    weeks_of,
)
from dyno_core.reports.utilization import as_json, busiest

JANUARY = Period(date(2026, 1, 1), date(2026, 1, 31))
ALWAYS = ((date(2020, 1, 1), None),)


def january(first: int, last: int) -> Period:
    return Period(date(2026, 1, first), date(2026, 1, last))


def figures(**facts: object) -> UtilizationRow:
    dyno = DynoFacts(id=1, name="PGN 1", facility="PGN", **({"service": ALWAYS} | facts))
    return utilization_by_days([dyno], window=JANUARY, by="dyno").fleet


@pytest.mark.parametrize(
    ("periods", "booked"),
    [
        ((january(5, 5),), 1),  # one day is one day
        ((Period(date(2025, 12, 20), date(2026, 1, 3)),), 3),  # begun before the window
        ((Period(date(2026, 1, 30), date(2026, 2, 9)),), 2),  # ends after it
        ((Period(date(2025, 12, 1), date(2026, 2, 28)),), 31),  # both
        ((january(5, 9), january(7, 12)), 8),  # overlapping: each day once
        ((january(5, 9), january(5, 9)), 5),  # twice the same
        ((Period(date(2025, 12, 1), date(2025, 12, 31)),), 0),  # the day before
    ],
)
def test_days_are_clipped_to_the_window_and_counted_once(periods: tuple[Period, ...], booked: int) -> None:
    row = figures(tests=tuple(CountedTest(period, "brake") for period in periods))

    assert row.booked_days == booked
    assert row.utilization == booked / 31


def test_an_idle_dyno_has_a_row_of_zero_percent() -> None:
    report = utilization_by_days([DynoFacts(1, "PGN 1", "PGN", ALWAYS)], window=JANUARY, by="dyno")

    assert [(row.key, row.utilization) for row in report.rows] == [("PGN 1", 0.0)]


def test_a_window_wholly_in_maintenance_has_no_utilization_rather_than_zero() -> None:
    row = figures(maintenance=(JANUARY,), tests=(CountedTest(january(5, 6), "brake"),))

    assert row.utilization is None
    assert (row.capacity_days, row.maintenance_days, row.outside_days) == (0, 31, 2)


def test_a_dyno_bought_inside_the_window_has_capacity_from_then_on() -> None:
    assert figures(service=((date(2026, 1, 22), None),)).capacity_days == 10


def test_weekends_left_out_leave_numerator_and_denominator() -> None:
    dyno = DynoFacts(1, "PGN 1", "PGN", ALWAYS, tests=(CountedTest(january(5, 11), "brake"),))  # Monday to Sunday
    row = utilization_by_days([dyno], window=JANUARY, by="dyno", include_weekends=False).fleet

    assert (row.capacity_days, row.booked_in_capacity_days, row.outside_days) == (22, 5, 2)


def test_the_fleet_is_the_quotient_of_the_sums_and_not_the_mean_of_quotients() -> None:
    short = DynoFacts(1, "A", "N", ((date(2026, 1, 31), None),), tests=(CountedTest(january(31, 31), "brake"),))
    long = DynoFacts(2, "B", "N", ALWAYS)

    assert utilization_by_days([short, long], window=JANUARY, by="dyno").fleet.utilization == 1 / 32


def test_a_day_that_two_test_types_dispute_is_one_day_of_the_fleet() -> None:
    tests = (CountedTest(january(5, 6), "brake"), CountedTest(january(6, 7), "coast"))
    report = utilization_by_days([DynoFacts(1, "A", "N", ALWAYS, tests=tests)], window=JANUARY, by="test")

    assert [(row.key, row.booked_days) for row in report.rows] == [("brake", 2), ("coast", 2)]
    assert report.fleet.booked_days == 3


def test_every_day_says_why_it_is_no_capacity() -> None:
    dyno = DynoFacts(1, "A", "N", ((date(2026, 1, 2), None),), maintenance=(january(5, 5),))
    said = states(dyno, january(1, 6), holidays={date(2026, 1, 6): "Epiphany"}, include_weekends=False)

    assert list(said.values()) == [
        DayState.OUT_OF_SERVICE, DayState.CAPACITY, DayState.WEEKEND, DayState.WEEKEND, DayState.MAINTENANCE,
        DayState.HOLIDAY,
    ]  # fmt: skip


def test_weeks_and_months_are_clipped_to_the_window() -> None:
    window = Period(date(2025, 12, 30), date(2026, 2, 2))

    assert [(week.key, week.period.days) for week in weeks_of(window)] == [
        ("2026-W01", 6), ("2026-W02", 7), ("2026-W03", 7), ("2026-W04", 7), ("2026-W05", 7), ("2026-W06", 1),
    ]  # fmt: skip
    assert [(month.key, month.period.days) for month in months_of(window)] == [
        ("2025-12", 2), ("2026-01", 31), ("2026-02", 2),
    ]  # fmt: skip


def test_three_years_are_allowed_and_a_day_more_is_not() -> None:
    start = date(2024, 1, 1)
    check_window(Period(start, start + timedelta(days=1095)))
    with pytest.raises(InvalidInput, match="up to three years"):
        check_window(Period(start, start + timedelta(days=1096)))


def test_names_sort_as_people_count() -> None:
    assert sorted(["PGN 10", "PGN 2", "ATC 1"], key=natural_key) == ["ATC 1", "PGN 2", "PGN 10"]


def test_the_busiest_are_first_and_those_without_capacity_are_left_out() -> None:
    rows = tuple(
        UtilizationRow(key=key, label=key, in_service_days=9, capacity_days=capacity, booked_in_capacity_days=booked)
        for key, capacity, booked in [("idle", 9, 0), ("full", 9, 9), ("down", 0, 0), ("half", 8, 4)]
    )
    report = UtilizationReport("dyno", JANUARY, True, rows, rows[0])

    assert [row.key for row in busiest(report, most=2)] == ["full", "half"]


def test_the_json_names_its_rows_by_the_grouping_and_has_null_without_capacity() -> None:
    row = row_of(figures(maintenance=(JANUARY,)), key="PGN 1")
    document = as_json(UtilizationReport("dyno", JANUARY, True, (row,), row))

    assert document["rows"][0]["dyno"] == "PGN 1"
    assert document["rows"][0]["utilization"] is None
    assert set(document["fleet"]) >= {"capacity_days", "booked_days", "booked_in_capacity_days", "utilization"}


def test_the_places_of_a_track_are_told_beside_the_machines() -> None:
    tests = (CountedTest(january(1, 10), "brake"),)
    dynos = [
        DynoFacts(1, "PGN 1", "PGN", ALWAYS, tests=tests),
        *(DynoFacts(id_, f"Track {id_}", "Track", ALWAYS) for id_ in (2, 3)),
    ]
    told = as_json(utilization_by_days(dynos, window=JANUARY, by="dyno"))

    shares = {
        part: (told[part]["booked_days"], told[part]["capacity_days"]) for part in ("fleet", "without_track", "track")
    }
    assert shares == {"fleet": (10, 93), "without_track": (10, 31), "track": (0, 62)}
    assert "track" not in as_json(utilization_by_days(dynos[:1], window=JANUARY, by="dyno"))
