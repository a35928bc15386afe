"""One request, wanted and given up by several people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dyno_core.booking import (
    RoomMaker,
    cancel_allocation,
    create_request,
    get_allocation,
    get_request,
    list_allocations,
    place_in_exchange,
    place_request,
    prioritize,
    withdraw_requests,
)
from dyno_core.booking.errors import RequestClosed
from dyno_core.booking.locks import lock_places
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, StaleVersion
from dyno_core.fleet import merge_vehicles
from tests.builders import (
    OPERATOR_ORIGIN,
    TODAY,
    book,
    given_dyno,
    given_vehicle,
    in_days,
    overlapping_pairs,
    scalar,
    until_waiting,
)
from tests.concurrency.storm import storm


def _act(database: Database, wish: tuple[str, int]) -> Any:
    what, number = wish
    if what == "place":
        return place_request(database, OPERATOR_ORIGIN, number, today=TODAY).id
    if what == "cancel":
        return cancel_allocation(database, OPERATOR_ORIGIN, number, reason="off").id
    return withdraw_requests(database, OPERATOR_ORIGIN, {number: 1}, reason="gone")


def _file(database: Database, *, key: str | None = None, vehicle: int | None = None) -> int:
    return create_request(
        database,
        OPERATOR_ORIGIN,
        vehicle_id=vehicle or given_vehicle(database),
        test_type="brake",
        start_date=TODAY,
        days=2,
        request_key=key,
    ).id


def _file_same(database: Database, vehicle: int) -> int:
    return _file(database, key="one and the same", vehicle=vehicle)


def test_a_request_that_is_placed_and_withdrawn_at_once_ends_as_one_of_both(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3"):
        given_dyno(fresh_database, name)
    request = _file(fresh_database)

    outcomes = storm(fresh_database, _act, [("place", request), ("withdraw", request)] * 4)

    assert [outcome.crash for outcome in outcomes if outcome.crash] == []
    placed = get_request(fresh_database, request).status == "placed"
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == (1 if placed else 0)
    wins = {outcome.argument[0] for outcome in outcomes if outcome.code is None}
    assert wins == ({"place"} if placed else {"withdraw"})
    assert {outcome.code for outcome in outcomes} == {None, "request_closed"}


def test_a_place_that_is_cancelled_while_others_place_its_request_leaves_one_answer(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3"):
        given_dyno(fresh_database, name)
    request = _file(fresh_database)
    first = place_request(fresh_database, OPERATOR_ORIGIN, request, today=TODAY)

    outcomes = storm(fresh_database, _act, [("cancel", first.id), *[("place", request)] * 5])

    assert [outcome.crash for outcome in outcomes if outcome.crash] == []
    now = get_request(fresh_database, request)
    alive = scalar(fresh_database, "SELECT count(*) FROM allocations WHERE status <> 'cancelled'")
    assert alive == (1 if now.status == "placed" else 0)
    assert overlapping_pairs(fresh_database) == 0


def _placed_elsewhere(lab: Database, request: int) -> object:
    return place_request(lab, OPERATOR_ORIGIN, request, today=TODAY, dyno="N3", start_date=in_days(20))


def _withdrawn(lab: Database, request: int) -> object:
    return withdraw_requests(lab, OPERATOR_ORIGIN, {request: 1}, reason="gone")


def _placed_and_open_again(lab: Database, request: int) -> object:
    placed = place_request(lab, OPERATOR_ORIGIN, request, today=TODAY, dyno="N3")
    return cancel_allocation(lab, OPERATOR_ORIGIN, placed.id, reason="off")


@pytest.mark.parametrize(
    ("meanwhile", "refusal"),
    [(_placed_elsewhere, RequestClosed), (_withdrawn, RequestClosed), (_placed_and_open_again, StaleVersion)],
)
def test_an_exchange_moves_nobody_for_a_request_that_was_answered_meanwhile(
    fresh_database: Database, meanwhile: Callable[[Database, int], object], refusal: type[DynoError]
) -> None:
    lab = fresh_database
    for number, name in enumerate(("N1", "N2", "N3")):
        given_dyno(lab, name, preference=number)
    sitting, request = book(lab, given_vehicle(lab), dyno="N1", days=2), _file(lab)
    room = RoomMaker(sitting.id, "N2", sitting.version)
    with ThreadPoolExecutor(1) as pool:
        with lab.writing() as session:  # somebody else has the dynos, so that the exchange waits before it moves
            lock_places(session, dyno_ids=[sitting.dyno_id])
            exchange = pool.submit(
                place_in_exchange, lab, OPERATOR_ORIGIN, request, room=room, dyno="N1", today=TODAY, version=1
            )
            until_waiting(lab)
            meanwhile(lab, request)
            before = list_allocations(lab), get_request(lab, request)
        with pytest.raises(refusal, match=f"^Request {request} "):
            exchange.result(timeout=30)

    assert get_allocation(lab, sitting.id) == sitting
    assert (list_allocations(lab), get_request(lab, request)) == before


def test_one_key_files_one_request_however_many_send_it(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")

    outcomes = storm(fresh_database, _file_same, [given_vehicle(fresh_database)] * 8)

    assert [outcome.crash for outcome in outcomes if outcome.crash] == []
    assert {outcome.code for outcome in outcomes} == {None}
    assert len({outcome.value for outcome in outcomes}) == 1
    assert scalar(fresh_database, "SELECT count(*) FROM requests") == 1


def test_who_gives_requests_a_priority_has_all_their_vehicles_before_a_merge_has_one(fresh_database: Database) -> None:
    lab = fresh_database
    given_dyno(lab, "N1")
    lower, higher = given_vehicle(lab), given_vehicle(lab)
    requests = [_file(lab, vehicle=higher), _file(lab, vehicle=lower)]
    with ThreadPoolExecutor(2) as pool:
        with lab.writing() as session:  # the first priority can't be told yet
            session.execute(text("LOCK TABLE audit_log IN SHARE MODE"))
            giving = pool.submit(prioritize, lab, OPERATOR_ORIGIN, dict.fromkeys(requests, 1), priority=1)
            until_waiting(lab)
            free = text("SELECT id FROM vehicles FOR UPDATE SKIP LOCKED")
            assert session.scalars(free).all() == [], "a merge could take one and wait for the other"
            merging = pool.submit(
                merge_vehicles, lab, OPERATOR_ORIGIN, keep=lower, merge=higher, keep_version=1, merge_version=1
            )
            until_waiting(lab, 2)
        assert giving.result(timeout=30) == 2
        merging.result(timeout=30)
    assert [get_request(lab, one).vehicle_id for one in requests] == [lower, lower]


def test_a_booking_that_falls_victim_to_a_deadlock_is_tried_again(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    request, other = _file(fresh_database), given_vehicle(fresh_database)
    placed: list[int] = []
    # Whoever waits looks for a deadlock once, after this long: the booking, not a test that a busy machine held up.
    with fresh_database.statement() as connection:
        name = connection.engine.url.database
        connection.execute(text(f"ALTER DATABASE {name} SET deadlock_timeout = '4s'"))
    fresh_database.dispose()
    placing = Thread(target=lambda: placed.append(_act(fresh_database, ("place", request))), daemon=True)

    with Session(fresh_database.engine) as session:
        session.execute(
            text("""INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, created_by, source)
                SELECT :vehicle, id, 'brake', :day, :day, 'operator', 'api' FROM dynos"""),
            {"vehicle": other, "day": TODAY},
        )
        placing.start()  # it takes the request and then waits for the row above
        until_waiting(fresh_database)
        # Now each waits for the other; the server ends the wait that began first, which is the booking.
        session.execute(text("SET LOCAL deadlock_timeout = '1min'"))
        # On a busy machine the booking's second try may take the request first: then this one gives way.
        session.execute(text("SET LOCAL statement_timeout = '6s'"))
        with suppress(OperationalError):
            session.execute(text("SELECT FROM requests WHERE id = :id FOR UPDATE"), {"id": request})
        session.rollback()
    placing.join(30)

    assert [get_request(fresh_database, request).allocation_id] == placed
