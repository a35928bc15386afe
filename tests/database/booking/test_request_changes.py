from dataclasses import replace

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    RequestDraft,
    edit_request,
    file_requests,
    get_request,
    place_request,
    prioritize,
    withdraw_requests,
)
from dyno_core.booking.errors import KeyReused, RequestClosed, Unchanged
from dyno_core.database.engine import Database
from dyno_core.errors import AlreadyTaken, InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import VehicleDraft, get_vehicle, identify_vehicle
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, given_dyno, given_user, given_vehicle, in_days, scalar
from tests.database.booking.support import audited

EIGHT = VehicleDraft(program="P-9", weight_class="<10K", drive_type="AWD")


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1")
    return fresh_database


def _wish(**changes: object) -> RequestDraft:
    return replace(RequestDraft(test_type="brake", start_date=in_days(5), days=3), **changes)


def test_future_vehicles_are_filed_in_numbers_once_and_named_later(lab: Database) -> None:
    filed = file_requests(lab, BY, _wish(facility="north"), units=8, vehicle=EIGHT, request_key="k")
    again = file_requests(lab, BY, _wish(facility="north"), units=8, vehicle=EIGHT, request_key="k")

    assert filed == again
    assert scalar(lab, "SELECT count(*) FROM vehicles WHERE tag IS NULL AND vin IS NULL AND program = 'P-9'") == 8
    assert {(one.facility, one.period, one.program) for one in filed} == {("North", _wish().period, "P-9")}
    with pytest.raises(KeyReused):
        file_requests(lab, BY, _wish(days=4), units=8, vehicle=EIGHT, request_key="k")

    first, second = filed[0].vehicle_id, filed[1].vehicle_id
    named = identify_vehicle(lab, BY, first, version=1, tag="195W114")
    assert get_request(lab, filed[0].id).vehicle == "195W114"
    with pytest.raises(AlreadyTaken, match=f"Vehicle {first} has the tag 195W114 already"):
        identify_vehicle(lab, BY, second, version=1, tag="195w114")
    with pytest.raises(InvalidInput, match="has the tag 195W114 already; a planner can correct it"):
        identify_vehicle(lab, BY, first, version=named.version, tag="other")
    with pytest.raises(StaleVersion):
        identify_vehicle(lab, BY, first, version=1, vin="1FTFW1ET5DFC10312")
    identify_vehicle(lab, BY, first, version=named.version, vin="1FTFW1ET5DFC10312")
    with pytest.raises(AlreadyTaken, match="has the VIN 1FTFW1ET5DFC10312 already"):
        identify_vehicle(lab, BY, second, version=1, vin="1FTFW1ET5DFC10312")
    assert get_vehicle(lab, second).is_placeholder


@pytest.mark.parametrize(
    ("changes", "units", "says"),
    [
        ({"facility": "West"}, 1, "There is no dyno at “West”; choose North"),
        ({"priority": 9}, 1, "A priority is 1"),
        ({"latest_end_date": in_days(6)}, 1, "lies before the wished end"),
        ({"days": 400}, 1, "400 days can't be planned"),
        ({}, 201, "1 to 200 units"),
    ],
)
def test_what_can_not_be_meant_files_nothing(lab: Database, changes: dict[str, object], units: int, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        file_requests(lab, BY, _wish(**changes), units=units, vehicle=EIGHT)

    assert scalar(lab, "SELECT (SELECT count(*) FROM requests) + (SELECT count(*) FROM vehicles)") == 0


def test_an_open_request_is_edited_by_its_owner_or_a_planner_and_never_over_somebody_else(lab: Database) -> None:
    ann = Origin(given_user(lab, Role.ENGINEER), "planner")
    ben = Origin(given_user(lab, Role.ENGINEER), "planner")
    (filed,) = file_requests(lab, ann, _wish(), vehicle_id=given_vehicle(lab))

    edited = edit_request(lab, ann, filed.id, _wish(days=5, priority=1), version=1, why="longer")

    assert (edited.period.days, edited.duration_days, edited.priority, edited.version) == (5, 5, 1, 2)
    assert ("edit", "request", "longer") in [(row[0], row[1], row[4]) for row in audited(lab)]
    with pytest.raises(StaleVersion):
        edit_request(lab, ann, filed.id, _wish(days=6), version=1)
    with pytest.raises(NotAllowed):
        edit_request(lab, ben, filed.id, _wish(days=6), version=2)
    with pytest.raises(Unchanged):
        edit_request(lab, BY, filed.id, _wish(days=5, priority=1), version=2)
    assert prioritize(lab, BY, {filed.id: 2}, priority=4) == 1
    assert get_request(lab, filed.id).priority == 4
    place_request(lab, BY, filed.id, today=TODAY)
    with pytest.raises(RequestClosed):
        edit_request(lab, BY, filed.id, _wish(days=6), version=3)


def test_a_priority_for_several_is_given_to_all_or_none(lab: Database) -> None:
    one, two = file_requests(lab, BY, _wish(), units=2, vehicle=EIGHT)
    withdraw_requests(lab, BY, {two.id: 1}, reason="gone")

    with pytest.raises(RequestClosed):
        prioritize(lab, BY, {one.id: 1, two.id: 2}, priority=1)

    assert get_request(lab, one.id).priority == 3
