from datetime import date

import pytest
from sqlalchemy import text

from dyno_core.booking import cancel_allocation, find_available_dynos, find_next_window, find_next_windows
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet.compatibility import Requirement
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days
from tests.database.booking.support import BRAKE

WEEK = Period.of(TODAY, 7)


def _free(database: Database, requirement: Requirement = BRAKE, period: Period = WEEK, **more: int) -> list[str]:
    found = find_available_dynos(database, period=period, requirement=requirement, **more)
    return [option.name for option in found]


def test_only_dynos_that_run_the_test_with_drive_and_weight_are_found(fresh_database: Database) -> None:
    given_dyno(fresh_database, "right")
    given_dyno(fresh_database, "other test", tests=["evap"])
    given_dyno(fresh_database, "other drive", drives=["2WD"])
    given_dyno(fresh_database, "other weight", weights=[">10K"])

    assert _free(fresh_database) == ["right"]


def test_an_excluded_combination_is_cut_out_and_its_neighbours_stay(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", tests=["brake", "evap"], excluded=["brake|AWD|<10K"])

    assert _free(fresh_database, Requirement("brake", "AWD", "<10K")) == []
    assert _free(fresh_database, Requirement("brake", "AWD", ">10K")) == ["N1"]
    assert _free(fresh_database, Requirement("brake", "2WD", "<10K")) == ["N1"]
    assert _free(fresh_database, Requirement("evap", "AWD", "<10K")) == ["N1"]


def test_the_best_come_first_by_preference_and_then_by_name(fresh_database: Database) -> None:
    for name, preference in (("C", 2), ("B", 1), ("A", 2), ("D", 3)):
        given_dyno(fresh_database, name, preference=preference)

    assert _free(fresh_database) == ["B", "A", "C", "D"]
    assert _free(fresh_database, limit=2) == ["B", "A"]


@pytest.mark.parametrize(
    ("service", "found"),
    [
        ((TODAY, in_days(6)), True),
        ((TODAY, None), True),
        ((in_days(1), None), False),
        ((date(2020, 1, 1), in_days(5)), False),
        (None, False),
    ],
)
def test_a_dyno_must_be_in_service_for_every_day(
    fresh_database: Database, service: tuple[date, date | None] | None, found: bool
) -> None:
    given_dyno(fresh_database, "N1", service=service)

    assert _free(fresh_database) == (["N1"] if found else [])


@pytest.mark.parametrize(
    ("start", "days", "free"),
    [(-3, 3, True), (-3, 4, False), (2, 2, False), (-1, 30, False), (6, 1, False), (7, 3, True)],
)
def test_a_dyno_that_is_taken_on_one_day_of_the_week_is_not_free(
    fresh_database: Database, start: int, days: int, free: bool
) -> None:
    given_dyno(fresh_database, "N1")
    week = WEEK.shifted(10)
    book(fresh_database, given_vehicle(fresh_database), start=in_days(10 + start), days=days)

    assert _free(fresh_database, period=week) == (["N1"] if free else [])


def test_maintenance_takes_a_dyno_like_a_vehicle_does(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    plan_maintenance(
        fresh_database, OPERATOR_ORIGIN, dyno="N1", period=Period.of(in_days(3), 1), category="planned", today=TODAY
    )

    assert _free(fresh_database) == []
    assert _free(fresh_database, period=Period.of(TODAY, 3)) == ["N1"]


def test_a_cancelled_allocation_frees_its_dyno(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    allocation = book(fresh_database, given_vehicle(fresh_database))

    assert _free(fresh_database) == []
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, allocation.id, reason="not needed")
    assert _free(fresh_database) == ["N1"]


def test_the_next_window_is_the_first_gap_that_is_long_enough(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database), start=in_days(0), days=3)
    book(fresh_database, given_vehicle(fresh_database), start=in_days(5), days=3)

    short = find_next_window(fresh_database, requirement=BRAKE, days=2, not_before=TODAY)
    long = find_next_window(fresh_database, requirement=BRAKE, days=3, not_before=TODAY)

    assert short is not None
    assert (short.dyno, short.period) == ("N1", Period(in_days(3), in_days(4)))
    assert long is not None
    assert long.period == Period(in_days(8), in_days(10))


def test_a_window_lies_within_one_service_period_even_when_another_follows_without_a_gap(
    fresh_database: Database,
) -> None:
    first = given_dyno(fresh_database, "N1", service=(TODAY, in_days(1)))
    given_dyno(fresh_database, "N2", service=(in_days(20), None))
    with fresh_database.writing() as session:
        session.execute(
            text("INSERT INTO service_periods (dyno_id, start_date, end_date) VALUES (:id, :first, :last)"),
            {"id": first, "first": in_days(2), "last": in_days(4)},
        )

    found = find_next_windows(fresh_database, requirement=BRAKE, days=3, not_before=TODAY)

    # Three days from tomorrow on would lie across the two periods, and a booking of them would be refused.
    assert [(window.dyno, window.period.start) for window in found] == [("N1", in_days(2)), ("N2", in_days(20))]
    assert book(fresh_database, given_vehicle(fresh_database), backup=9).start_date == in_days(2)


def test_the_window_search_can_heed_a_vehicle_and_keep_to_one_dyno(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", preference=1)
    second = given_dyno(fresh_database, "N2", preference=2)
    vehicle = given_vehicle(fresh_database)
    book(fresh_database, vehicle, days=4, dyno="N2")

    anyone = find_next_window(fresh_database, requirement=BRAKE, days=1, not_before=TODAY)
    this_one = find_next_window(fresh_database, requirement=BRAKE, days=1, not_before=TODAY, vehicle_id=vehicle)
    there = find_next_window(fresh_database, requirement=BRAKE, days=1, not_before=TODAY, dyno_id=second)

    assert anyone is not None
    assert anyone.period.start == TODAY
    assert this_one is not None
    assert (this_one.dyno, this_one.period.start) == ("N1", in_days(4))
    assert there is not None
    assert (there.dyno, there.period.start) == ("N2", in_days(4))


def test_a_search_that_reaches_too_short_or_too_far_is_refused(fresh_database: Database) -> None:
    for within in (0, -1, 100_000):
        with pytest.raises(InvalidInput, match="The search can reach 1 to 1098 days ahead"):
            find_next_window(fresh_database, requirement=BRAKE, days=1, not_before=TODAY, within_days=within)


def test_nothing_fits_so_there_is_no_window(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", tests=["evap"])

    assert find_next_window(fresh_database, requirement=BRAKE, days=1, not_before=TODAY) is None
