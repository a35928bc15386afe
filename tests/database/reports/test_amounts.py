"""Weekly amounts against cases reckoned by hand, the utilization reports, and the lab's own plan."""

from datetime import date

import pytest
from sqlalchemy import text

from dyno_core.booking import RequestDraft, cancel_allocation, file_requests
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from dyno_core.reports import all_facilities, behind_amounts, demand_by_week, weekly_amounts, weekly_amounts_by_test
from dyno_core.reports.amounts import ANYWHERE
from tests.builders import OPERATOR_ORIGIN, book, given_dyno, given_vehicle
from tests.database.workbook.support import imported
from tests.fixtures.workbooks import SAMPLE

TODAY = date(2026, 5, 1)
MAY = Period(date(2026, 5, 4), date(2026, 5, 17))
"""The weeks W19, from 4 to 10 May, and W20, from 11 to 17 May."""


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    """Two dynos at North, one at South from 11 May on, one place of the track; some tests, some requests."""
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    given_dyno(fresh_database, "S1", facility="South", service=(date(2026, 5, 11), None))
    given_dyno(fresh_database, "Track 1", facility="Track")
    _book(fresh_database, "N1", date(2026, 5, 1), 6)  # W19: 4, 5, 6 May
    _book(fresh_database, "N1", date(2026, 5, 9), 4)  # W19: 9, 10 May; W20: 11, 12 May
    _book(fresh_database, "S1", date(2026, 5, 16), 4)  # W20: 16, 17 May
    _book(fresh_database, "Track 1", date(2026, 5, 4), 1)  # W19: 4 May
    plan_maintenance(
        fresh_database, OPERATOR_ORIGIN, dyno="N2", period=Period(date(2026, 5, 8), date(2026, 5, 11)),
        category="planned", reason="belts", today=TODAY,
    )  # fmt: skip
    _request(fresh_database, date(2026, 5, 7), 5, facility="North")  # W19: 7 to 10 May; W20: 11 May
    _request(fresh_database, date(2026, 5, 15), 10)  # W20: 15, 16, 17 May
    _request(fresh_database, date(2026, 5, 18), 3, facility="South")  # outside
    return fresh_database


def _book(database: Database, dyno: str, start: date, days: int) -> int:
    return book(database, given_vehicle(database), start=start, days=days, dyno=dyno, today=TODAY).id


def _request(database: Database, start: date, days: int, facility: str | None = None) -> None:
    draft = RequestDraft(test_type="brake", start_date=start, days=days, facility=facility)
    file_requests(database, OPERATOR_ORIGIN, draft, vehicle_id=given_vehicle(database))


def _figures(database: Database, **more: object) -> dict[str, list[tuple[int, int, int]]]:
    """Facility → of each week capacity, placed, can't place."""
    return {
        one.facility: [(week.capacity_days, week.placed_days, week.unplaced_days) for week in one.weeks]
        for one in weekly_amounts(database, window=MAY, **more)  # type: ignore[arg-type]
    }


def test_every_week_and_facility_counts_the_days_that_were_reckoned_by_hand(lab: Database) -> None:
    assert _figures(lab) == {
        "North": [(14 - 3, 3 + 2, 4), (14 - 1, 2, 1)],
        "South": [(0, 0, 0), (7, 2, 0)],
        "Track": [(7, 1, 0), (7, 0, 0)],
        ANYWHERE: [(0, 0, 0), (0, 0, 3)],
    }
    (week19, week20) = all_facilities(weekly_amounts(lab, window=MAY), called="All").weeks
    assert (week19.key, week19.capacity_days, week19.placed_days, week19.unplaced_days) == ("2026-W19", 18, 6, 4)
    assert (week20.key, week20.demand_days, week20.capacity_days) == ("2026-W20", 2 + 1 + 2 + 3, 27)


def test_the_weeks_of_each_test_type_add_up_to_those_of_all_facilities(lab: Database) -> None:
    given_dyno(lab, "N3", tests=("evap",))
    vehicle = given_vehicle(lab)
    book(lab, vehicle, start=date(2026, 5, 9), days=3, test="evap", dyno="N3", today=TODAY)  # 2 in W19, 1 in W20
    brake, evap = weekly_amounts_by_test(lab, window=MAY)
    assert (evap.facility, [week.placed_days for week in evap.weeks]) == ("evap", [2, 1])
    every = all_facilities(weekly_amounts(lab, window=MAY), called="All")
    both = all_facilities((brake, evap), called="All")
    assert [week.demand_days for week in both.weeks] == [week.demand_days for week in every.weeks]
    assert {week.capacity_days for week in both.weeks} == {0}
    (at_south,) = weekly_amounts_by_test(lab, window=MAY, facilities=["South"])
    assert [week.placed_days for week in at_south.weeks] == [0, 2]


def test_facilities_and_the_track_can_be_left_out(lab: Database) -> None:
    assert list(_figures(lab, include_pools=False)) == ["North", "South", ANYWHERE]
    assert list(_figures(lab, facilities=["South"])) == ["South"]
    assert _figures(lab, facilities=[ANYWHERE])[ANYWHERE][1] == (0, 0, 3)


def test_what_is_cancelled_tentative_or_disputed_counts_as_in_the_utilization(lab: Database) -> None:
    cancelled = _book(lab, "N2", date(2026, 5, 13), 2)
    cancel_allocation(lab, OPERATOR_ORIGIN, cancelled, reason="off")
    tentative, twice = _book(lab, "N2", date(2026, 5, 15), 1), _book(lab, "N2", date(2026, 5, 16), 1)
    with lab.writing() as session:
        session.execute(text("UPDATE allocations SET status = 'tentative' WHERE id = :id"), {"id": tentative})
        session.execute(
            text("UPDATE allocations SET disputed = true, dyno_id = 1, start_date = '2026-05-12' WHERE id = :id"),
            {"id": twice},
        )
    # N1 on 12 May is claimed twice and counts once; 13 to 16 May are the disputed one's alone.
    assert _figures(lab)["North"][1][1] == 2 + 4
    rows = behind_amounts(lab, period=Period(date(2026, 5, 11), date(2026, 5, 17)), facilities=["North"])
    assert sum(row.days for row in rows if row.placed) == 2 + 5


def test_a_request_in_another_spelling_stands_at_its_facility(lab: Database) -> None:
    with lab.writing() as session:
        session.execute(text("UPDATE requests SET facility = ' NORTH ' WHERE facility = 'North'"))
    assert _figures(lab)["North"][0][2] == 4
    week = Period(date(2026, 5, 4), date(2026, 5, 10))
    assert [row.facility for row in behind_amounts(lab, period=week, facilities=["North"]) if not row.placed] == [
        "North"
    ]


@pytest.mark.parametrize("facility", ["North", "South", "Track", ANYWHERE])
def test_every_amount_opens_into_rows_that_add_up_to_it(lab: Database, facility: str) -> None:
    (amounts,) = weekly_amounts(lab, window=MAY, facilities=[facility])
    for week in amounts.weeks:
        rows = behind_amounts(lab, period=week.period, facilities=[facility])
        assert sum(row.days for row in rows if row.placed) == week.placed_days
        assert sum(row.days for row in rows if not row.placed) == week.unplaced_days


def test_a_week_cut_by_the_window_counts_its_days_inside(lab: Database) -> None:
    (north,) = weekly_amounts(lab, window=Period(date(2026, 5, 6), date(2026, 5, 9)), facilities=["North"])
    (week,) = north.weeks
    assert (week.capacity_days, week.placed_days, week.unplaced_days) == (8 - 2, 2, 3)


def test_an_empty_lab_has_no_amounts_and_a_window_of_decades_is_refused(fresh_database: Database) -> None:
    assert weekly_amounts(fresh_database, window=MAY) == ()
    with pytest.raises(InvalidInput):
        weekly_amounts(fresh_database, window=Period(date(2000, 1, 1), date(2020, 1, 1)))


@pytest.mark.skipif(not SAMPLE.exists(), reason="the lab's workbook is not part of the repository")
def test_the_lab_s_plan_adds_up_to_its_booked_days(fresh_database: Database) -> None:
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    for year, booked in ((2025, 1843), (2026, 794)):
        window = Period(date(year, 1, 1), date(year, 12, 31))
        every = all_facilities(weekly_amounts(fresh_database, window=window), called="All")
        assert sum(week.placed_days for week in every.weeks) == booked
        told = [(week.capacity_days, week.placed_days, week.unplaced_days) for week in every.weeks]
        weeks = demand_by_week(fresh_database, window=window)
        assert told == [(week.capacity_days, week.booked_days, week.requested_days) for week in weeks]
