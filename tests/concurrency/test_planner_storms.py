"""Two planners who place everything at the same moment."""

from dyno_core.booking import create_request
from dyno_core.database.engine import Database
from dyno_core.planning import Outcome, place_proposals, propose_places
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days, overlapping_pairs, rows
from tests.concurrency.storm import storm

REQUESTS = 30


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
