"""Planners who place everything, or report a breakdown, while others book."""

from dyno_core.booking import create_request, get_allocation
from dyno_core.database.engine import Database
from dyno_core.maintenance import list_windows
from dyno_core.period import Period
from dyno_core.planning import (
    Outcome,
    Rescue,
    place_proposals,
    propose_places,
    report_breakdown,
    rescue_plan,
)
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days, overlapping_pairs, rows
from tests.concurrency.storm import storm

REQUESTS = 30
WEEK = Period(TODAY, in_days(4))


def _place_all(database: Database, tolerance: int) -> list[Outcome]:
    proposals = propose_places(database, today=TODAY, tolerance=tolerance)
    return list(place_proposals(database, OPERATOR_ORIGIN, proposals, today=TODAY))


def _book_there(database: Database, vehicle: int) -> list[Outcome]:
    book(database, vehicle, start=in_days(2), days=4, backup=60)
    return []


def test_two_place_all_at_once_book_no_request_and_no_dyno_twice(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3"):
        given_dyno(fresh_database, name)
    for number in range(REQUESTS):
        create_request(
            fresh_database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(fresh_database), test_type="brake",
            start_date=in_days(number % 7), days=3,
        )  # fmt: skip
    strangers = [given_vehicle(fresh_database) for _ in range(4)]

    def act(database: Database, wish: tuple[str, int]) -> list[Outcome]:
        return _place_all(database, wish[1]) if wish[0] == "all" else _book_there(database, wish[1])

    wishes = [("all", 90), ("all", 60), *[("book", vehicle) for vehicle in strangers]]
    outcomes = storm(fresh_database, act, wishes)

    assert [one.crash for one in outcomes if one.crash] == []
    assert overlapping_pairs(fresh_database) == 0
    placed = rows(fresh_database, "SELECT vehicle_id, count(*) FROM allocations GROUP BY 1")
    assert {count for _, count in placed} == {1}
    told = [outcome for one in outcomes for outcome in one.value or ()]
    assert all(outcome.allocation or outcome.sentence for outcome in told)
    # Whoever lost a place is told, and proposing again finds another one.
    _place_all(fresh_database, 200)
    assert rows(fresh_database, "SELECT status, count(*) FROM requests GROUP BY 1") == [("placed", REQUESTS)]
    assert overlapping_pairs(fresh_database) == 0


def _report(database: Database, rescues: tuple[Rescue, ...]) -> int:
    return len(report_breakdown(database, OPERATOR_ORIGIN, dyno="N1", period=WEEK, today=TODAY, rescues=rescues).moved)


def test_a_breakdown_among_bookings_moves_all_it_promised_or_nothing_at_all(fresh_database: Database) -> None:
    for number, name in enumerate(("N1", "N2", "N3")):
        given_dyno(fresh_database, name, preference=number)
    hit = [book(fresh_database, given_vehicle(fresh_database), start=in_days(day), days=1).id for day in range(1, 4)]
    rescues = rescue_plan(fresh_database, dyno="N1", period=WEEK, today=TODAY)
    assert len([one for one in rescues if one.proposal.place]) == 3
    strangers = [given_vehicle(fresh_database) for _ in range(6)]

    def act(database: Database, vehicle: int | None) -> int:
        if vehicle is None:
            return _report(database, rescues)
        return book(database, vehicle, start=in_days(2), days=1, backup=30).id

    (report, *bookings) = sorted(
        storm(fresh_database, act, [None, *strangers]), key=lambda one: one.argument is not None
    )

    assert [one.crash for one in (report, *bookings) if one.crash] == []
    assert {one.code for one in bookings} == {None}
    standing = [get_allocation(fresh_database, number) for number in hit]
    if report.code is None:
        assert [one.dyno for one in standing] == [one.proposal.place.dyno for one in rescues if one.proposal.place]
    else:
        assert report.code == "not_rescued"
        assert {(one.dyno, one.version) for one in standing} == {("N1", 1)}
    assert len(list_windows(fresh_database)) == (report.code is None)
    assert overlapping_pairs(fresh_database) == 0
