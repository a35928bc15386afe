from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    Request,
    allocate_vehicle,
    cancel_allocation,
    create_request,
    get_request,
    list_requests,
    place_request,
    reopen_requests,
    restore_allocation,
    withdraw_requests,
)
from dyno_core.booking.errors import (
    DynoBusy,
    InThePast,
    KeyReused,
    NoDynoAvailable,
    RequestClosed,
    RequestNotFound,
)
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import Retired, VehicleNotFound, retire_vehicle
from dyno_core.fleet import TestTypeUnknown as TypeUnknown
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days, scalar
from tests.database.booking.support import audited, refused, stored


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1")
    return fresh_database


def _filed(database: Database, **changes: Any) -> Request:
    wish = {"vehicle_id": None, "test_type": "brake", "start_date": in_days(5), "days": 3} | changes
    wish["vehicle_id"] = wish["vehicle_id"] or given_vehicle(database)
    return create_request(database, changes.pop("by", BY), **{k: v for k, v in wish.items() if k != "by"})


def test_a_request_is_kept_as_it_was_filed(lab: Database) -> None:
    vehicle = given_vehicle(lab, tag="195W114")

    request = _filed(
        lab, vehicle_id=vehicle, priority=1, reason="all full", leg="0-5K", latest_end_date=in_days(30), request_key="k"
    )

    assert request == get_request(lab, request.id)
    assert (request.vehicle, request.test_type, request.leg) == ("195W114", "brake", "0-5K")
    assert (request.period, request.duration_days) == (Period(in_days(5), in_days(7)), 3)
    assert (request.latest_end_date, request.priority, request.reason) == (in_days(30), 1, "all full")
    assert (request.status, request.allocation_id, request.version) == ("open", None, 1)
    assert [row[:2] + row[4:] for row in audited(lab)] == [("request", "request", "all full", "operator")]


def test_requests_are_listed_by_priority_and_then_by_start(lab: Database) -> None:
    late, urgent, soon = _filed(lab, start_date=in_days(9)), _filed(lab, priority=1), _filed(lab)
    withdraw_requests(lab, BY, {_filed(lab).id: 1}, reason="gone")

    assert [one.id for one in list_requests(lab)] == [urgent.id, soon.id, late.id]
    assert [one.id for one in list_requests(lab, period=Period(in_days(9), in_days(9)))] == [late.id]
    assert [one.status for one in list_requests(lab, status="withdrawn")] == ["withdrawn"]
    assert len(list_requests(lab, status=None, limit=3)) == 3
    with pytest.raises(InvalidInput, match="“lost” is not a status; choose open, placed, withdrawn"):
        list_requests(lab, status="lost")


def test_the_same_key_files_one_request(lab: Database) -> None:
    vehicle = given_vehicle(lab)
    first = _filed(lab, vehicle_id=vehicle, request_key="k")

    assert _filed(lab, vehicle_id=vehicle, request_key="k") == first
    assert scalar(lab, "SELECT count(*) FROM requests") == 1


@pytest.mark.parametrize(
    ("wish", "kind", "says"),
    [
        ({"priority": 0}, InvalidInput, "A priority is 1 (first) to 5 (last), not 0"),
        ({"priority": 6}, InvalidInput, "A priority is 1 (first) to 5 (last), not 6"),
        ({"days": 0}, InvalidInput, "0 days can't be planned"),
        ({"days": 400}, InvalidInput, "400 days can't be planned"),
        ({"start_date": date(1999, 1, 1)}, InvalidInput, "outside the years 2000 to 2099"),
        ({"latest_end_date": TODAY}, InvalidInput, "The latest end, Tue 24 Nov 2026, lies before the wished end"),
        ({"vehicle_id": 2**70}, VehicleNotFound, "There is no vehicle"),
        ({"vehicle_id": 99}, VehicleNotFound, "There is no vehicle"),
        ({"test_type": "soup"}, TypeUnknown, "“soup” is not a test type"),
        ({"reason": "a\0b"}, InvalidInput, "The reason holds a character"),
        ({"leg": "x" * 10_000}, InvalidInput, "The leg has 10,000 characters"),
        ({"request_key": "a\0b"}, InvalidInput, "The request key holds a character"),
    ],
)
def test_a_request_that_can_not_be_meant_is_refused(lab: Database, wish: dict[str, Any], kind: Any, says: str) -> None:
    vehicle = given_vehicle(lab)

    with refused(lab, kind, code=kind.code, says=says):
        _filed(lab, **{"vehicle_id": vehicle} | wish)


def test_a_placed_request_and_its_allocation_know_each_other(lab: Database) -> None:
    request = _filed(lab, leg="0-5K")

    allocation = place_request(lab, BY, request.id, today=TODAY)

    placed = get_request(lab, request.id)
    assert (allocation.vehicle_id, allocation.period, allocation.leg) == (request.vehicle_id, request.period, "0-5K")
    assert (placed.status, placed.allocation_id, placed.version) == ("placed", allocation.id, 2)
    after = {"status": "placed", "allocation_id": allocation.id}
    assert [row for row in audited(lab) if row[0] == "place"] == [
        ("place", "request", {"status": "open"}, after, "", "operator")
    ]


def test_placing_twice_gives_the_first_place_also_with_another_wish_and_on_a_later_day(lab: Database) -> None:
    request = _filed(lab)
    allocation = place_request(lab, BY, request.id, today=TODAY)
    before = stored(lab)

    assert place_request(lab, BY, request.id, today=TODAY, start_date=in_days(40)) == allocation
    assert place_request(lab, BY, request.id, today=in_days(90)) == allocation
    assert stored(lab) == before


def test_a_request_is_placed_elsewhere_and_later_when_asked(lab: Database) -> None:
    given_dyno(lab, "N2")
    assert place_request(lab, BY, _filed(lab).id, today=TODAY, dyno="N2", start_date=in_days(9)).dyno == "N2"
    book(lab, given_vehicle(lab), start=in_days(5), dyno="N1")
    book(lab, given_vehicle(lab), start=in_days(5), dyno="N2")

    assert place_request(lab, BY, _filed(lab).id, today=TODAY, max_backup_days=9).start_date == in_days(8)


def test_a_request_that_can_not_be_placed_stays_open(lab: Database) -> None:
    request = _filed(lab)
    book(lab, given_vehicle(lab), start=in_days(5))

    with refused(lab, NoDynoAvailable, code="no_dyno_available", says="The earliest that works is N1"):
        place_request(lab, BY, request.id, today=TODAY)
    with refused(lab, DynoBusy, code="dyno_busy", says="N1 is taken by"):
        place_request(lab, BY, request.id, today=TODAY, dyno="N1")
    with refused(lab, InThePast, code="in_the_past", says="already past"):
        place_request(lab, BY, request.id, today=in_days(6))
    assert get_request(lab, request.id).status == "open"


def test_a_request_that_came_with_long_texts_from_a_workbook_can_be_placed(lab: Database) -> None:
    request = _filed(lab)
    with lab.writing() as session:
        session.execute(text("UPDATE requests SET notes = repeat('x', 3000), leg = repeat('y', 100)"))

    assert len(place_request(lab, BY, request.id, today=TODAY).notes) == 3000


def test_a_request_withdrawn_while_it_is_being_placed_is_told_as_closed(lab: Database) -> None:
    request = _filed(lab)
    book(lab, given_vehicle(lab), start=in_days(5))
    withdraw_requests(lab, BY, {request.id: 1}, reason="gone")

    def place(number: int) -> None:  # as `place_request` does it after it saw the request open
        allocate_vehicle(
            lab, BY, vehicle_id=request.vehicle_id, start_date=request.start_date, days=3, test_type="brake",
            today=TODAY, max_backup_days=30, request_key="late", request_id=number,
        )  # fmt: skip

    with refused(lab, RequestClosed, code="request_closed", says=f"Request {request.id} is withdrawn already"):
        place(request.id)
    with refused(lab, RequestNotFound, code="request_not_found", says="There is no request 999"):
        place(999)


def test_a_withdrawn_request_is_neither_placed_nor_lost(lab: Database) -> None:
    request = _filed(lab)

    withdraw_requests(lab, BY, {request.id: 1}, reason=" not needed ")

    gone = get_request(lab, request.id)
    assert (gone.status, gone.version) == ("withdrawn", 2)
    assert audited(lab)[-1] == (
        "withdraw", "request", {"status": "open"}, {"status": "withdrawn"}, "not needed", "operator",
    )  # fmt: skip
    says = f"Request {request.id} is withdrawn already, so it can't be changed"
    with refused(lab, RequestClosed, code="request_closed", says=says):
        place_request(lab, BY, request.id, today=TODAY)


def test_a_withdrawal_that_can_not_be_is_refused(lab: Database) -> None:
    request, placed = _filed(lab), _filed(lab)
    place_request(lab, BY, placed.id, today=TODAY)

    with refused(lab, InvalidInput, code="invalid_input", says="A withdrawal needs a reason"):
        withdraw_requests(lab, BY, {request.id: 1}, reason=" ")
    with refused(lab, InvalidInput, code="invalid_input", says="The reason holds a character"):
        withdraw_requests(lab, BY, {request.id: 1}, reason="a\0b")
    with refused(lab, StaleVersion, code="stale", says=f"Request {request.id} was changed by someone else"):
        withdraw_requests(lab, BY, {request.id: 7}, reason="gone")
    with refused(lab, RequestClosed, code="request_closed", says=f"Request {placed.id} is placed already"):
        withdraw_requests(lab, BY, {placed.id: 1}, reason="gone")


@pytest.mark.parametrize("number", [0, -1, 999, 2**63, 2**70])
def test_a_request_nobody_filed_is_refused(lab: Database, number: int) -> None:
    says = f"There is no request {number};"
    with refused(lab, RequestNotFound, code="request_not_found", says=says):
        get_request(lab, number)
    with refused(lab, RequestNotFound, code="request_not_found", says=says):
        place_request(lab, BY, number, today=TODAY)
    with refused(lab, RequestNotFound, code="request_not_found", says=says):
        withdraw_requests(lab, BY, {number: 1}, reason="gone")


def test_viewers_file_place_and_withdraw_nothing(lab: Database) -> None:
    request, vehicle = _filed(lab), given_vehicle(lab)
    viewer = Origin(given_user(lab, Role.VIEWER), "api")

    with refused(lab, NotAllowed, code="not_allowed", says="book a vehicle"):
        _filed(lab, vehicle_id=vehicle, by=viewer)
    with refused(lab, NotAllowed, code="not_allowed", says="book a vehicle"):
        place_request(lab, viewer, request.id, today=TODAY)
    with refused(lab, NotAllowed, code="not_allowed", says="book a vehicle"):
        withdraw_requests(lab, viewer, {request.id: 1}, reason="gone")


def test_engineers_withdraw_their_own_requests_and_planners_any(lab: Database) -> None:
    engineer, planner = given_user(lab, Role.ENGINEER), given_user(lab, Role.PLANNER)
    theirs = _filed(lab)
    mine = _filed(lab, by=Origin(engineer, "api"))

    for actor in (engineer, replace(engineer, email=theirs.created_by)):
        with refused(lab, NotAllowed, code="not_allowed", says="a request that someone else made; ask a planner"):
            withdraw_requests(lab, Origin(actor, "api"), {theirs.id: 1}, reason="not mine")
    withdraw_requests(lab, Origin(engineer, "api"), {mine.id: 1}, reason="mine")
    withdraw_requests(lab, Origin(planner, "api"), {theirs.id: 1}, reason="any")
    assert {one.id for one in list_requests(lab, status="withdrawn")} == {mine.id, theirs.id}


def test_requests_are_withdrawn_together_and_opened_again_all_or_none(lab: Database) -> None:
    one, two = _filed(lab), _filed(lab)
    with refused(lab, InvalidInput, code="invalid_input", says="needs a reason"):
        withdraw_requests(lab, BY, {one.id: 1, two.id: 1}, reason=" ")
    with refused(lab, StaleVersion, code="stale", says=f"Request {two.id} was changed"):
        withdraw_requests(lab, BY, {one.id: 1, two.id: 7}, reason="gone")
    now = withdraw_requests(lab, BY, {one.id: 1, two.id: 1}, reason="gone")
    assert list_requests(lab) == ()
    with refused(lab, NotAllowed, code="not_allowed", says="someone else made; ask a planner"):
        reopen_requests(lab, Origin(given_user(lab, Role.ENGINEER), "api"), now)

    again = reopen_requests(lab, BY, now, reason="back")

    assert [get_request(lab, number).status for number in again] == ["open", "open"]
    assert [row[0] for row in audited(lab)][-2:] == ["reopen", "reopen"]
    with refused(lab, InvalidInput, code="invalid_input", says="is open, so there is no withdrawal to take back"):
        reopen_requests(lab, BY, again)
    now = withdraw_requests(lab, BY, {one.id: again[one.id]}, reason="gone")
    retire_vehicle(lab, BY, one.vehicle_id, version=1, retired=True)
    with refused(lab, Retired, code="retired", says="is retired"):
        reopen_requests(lab, BY, now)


def test_a_key_that_stands_for_another_request_is_refused(lab: Database) -> None:
    first = _filed(lab, request_key="k")

    assert _filed(lab, vehicle_id=first.vehicle_id, request_key="k") == first
    for other in ({"days": 4}, {"start_date": in_days(6)}, {"vehicle_id": given_vehicle(lab)}):
        with refused(lab, KeyReused, code="key_reused", says=f"another wish (request {first.id})"):
            _filed(lab, **{"vehicle_id": first.vehicle_id, "request_key": "k"} | other)


def test_the_demand_outlives_a_cancelled_place_and_can_be_placed_again(lab: Database) -> None:
    request = _filed(lab)
    first = place_request(lab, BY, request.id, today=TODAY)

    cancel_allocation(lab, BY, first.id, reason="rig broke")

    reopened = get_request(lab, request.id)
    assert (reopened.status, reopened.allocation_id) == ("open", None)
    assert [row[0] for row in audited(lab)][-2:] == ["reopen", "cancel"]
    second = place_request(lab, BY, request.id, today=TODAY)
    assert second.id != first.id
    assert get_request(lab, request.id).allocation_id == second.id


def test_a_restored_place_answers_its_request_again(lab: Database) -> None:
    request = _filed(lab)
    allocation = place_request(lab, BY, request.id, today=TODAY)
    cancel_allocation(lab, BY, allocation.id, reason="wrong row")

    restore_allocation(lab, BY, allocation.id)

    placed = get_request(lab, request.id)
    assert (placed.status, placed.allocation_id) == ("placed", allocation.id)


def test_a_key_that_only_looks_like_a_request_places_none(lab: Database) -> None:
    request = _filed(lab)
    other = book(lab, given_vehicle(lab), key=f"request:{request.id}:1", start=in_days(50))
    odd = book(lab, given_vehicle(lab), key="request:x:1")
    for one in (other, odd):
        cancel_allocation(lab, BY, one.id, reason="off")
        restore_allocation(lab, BY, one.id)

    assert get_request(lab, request.id).status == "open"
