"""Vehicles and test types that are not planned any more, and people who plan them at that very moment."""

from collections.abc import Callable

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import (
    RequestDraft,
    cancel_allocation,
    create_request,
    file_requests,
    list_allocations,
    restore_allocation,
    withdraw_requests,
)
from dyno_core.database.engine import Database
from dyno_core.errors import NotAllowed, StaleVersion
from dyno_core.fleet import (
    Retired,
    StillPlanned,
    get_test_type,
    get_vehicle,
    list_test_types,
    retire_test_type,
    retire_vehicle,
    search_vehicles,
)
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, at_once, book, given_dyno, given_user, given_vehicle, in_days


@pytest.fixture
def car(fresh_database: Database) -> int:
    given_dyno(fresh_database, "N1")
    return given_vehicle(fresh_database, tag="A1")


def wanted(database: Database, vehicle: int) -> list[Callable[[], object]]:
    """Each way to plan something for the vehicle."""
    draft = RequestDraft(test_type="brake", start_date=in_days(9), days=2)
    return [
        lambda: book(database, vehicle, start=in_days(9)),
        lambda: create_request(database, BY, vehicle_id=vehicle, test_type="brake", start_date=in_days(9), days=2),
        lambda: file_requests(database, BY, draft, vehicle_id=vehicle),
    ]


def test_a_vehicle_is_retired_once_nothing_is_planned_for_it_and_can_come_back(
    fresh_database: Database, car: int
) -> None:
    one = book(fresh_database, car, start=in_days(2), key="first")
    asked = create_request(fresh_database, BY, vehicle_id=car, test_type="brake", start_date=in_days(9), days=2)
    with pytest.raises(StillPlanned, match=r"A1 has 1 test running or to come and 1 request without a dyno, so"):
        retire_vehicle(fresh_database, BY, car, version=1)
    cancel_allocation(fresh_database, BY, one.id, reason="sold")
    withdraw_requests(fresh_database, BY, {asked.id: asked.version}, reason="sold")

    gone = retire_vehicle(fresh_database, BY, car, version=1, reason="sold")

    assert gone.retired
    for plan in wanted(fresh_database, car):
        with pytest.raises(Retired, match="A1 is retired, so nothing can be planned for it; choose another one"):
            plan()
    with pytest.raises(Retired):
        restore_allocation(fresh_database, BY, one.id)
    assert book(fresh_database, car, start=in_days(2), key="first").id == one.id
    assert search_vehicles(fresh_database, "A1", retired=False) == ()
    assert search_vehicles(fresh_database, "A1") == (gone,)
    entry = history(fresh_database, entity="vehicle", entity_id=car)[0]
    assert (entry.action, entry.after, entry.reason) == ("retire", {"retired": True}, "sold")

    with pytest.raises(StaleVersion):
        retire_vehicle(fresh_database, BY, car, version=1, retired=False)
    retire_vehicle(fresh_database, BY, car, version=2, retired=False)
    assert book(fresh_database, car, start=in_days(9)).vehicle_id == car


def test_a_retired_test_type_keeps_its_history_and_is_planned_no_more(fresh_database: Database, car: int) -> None:
    one = book(fresh_database, car, start=in_days(2))
    kind = get_test_type(fresh_database, "brake")
    with pytest.raises(StillPlanned, match="brake has 1 test"):
        retire_test_type(fresh_database, BY, seen=kind)
    cancel_allocation(fresh_database, BY, one.id, reason="not needed")
    gone = retire_test_type(fresh_database, BY, seen=kind, reason="other lab")
    assert gone == get_test_type(fresh_database, "brake")
    for plan in wanted(fresh_database, car):
        with pytest.raises(Retired, match="brake is retired"):
            plan()
    assert list_test_types(fresh_database, retired=False) == ()
    assert [each.test_type for each in list_allocations(fresh_database)] == ["brake"]
    with pytest.raises(StaleVersion):
        retire_test_type(fresh_database, BY, seen=kind, retired=False)
    assert retire_test_type(fresh_database, BY, seen=gone, retired=False) == kind


def test_an_engineer_retires_nothing(fresh_database: Database, car: int) -> None:
    engineer = Origin(given_user(fresh_database, Role.ENGINEER), "calendar")
    with pytest.raises(NotAllowed):
        retire_vehicle(fresh_database, engineer, car, version=1)
    with pytest.raises(NotAllowed):
        retire_test_type(fresh_database, engineer, seen=get_test_type(fresh_database, "brake"))


def test_a_vehicle_that_is_booked_while_it_is_retired_is_either_booked_or_retired(
    fresh_database: Database, car: int
) -> None:
    for number in range(6):
        version = get_vehicle(fresh_database, car).version
        booked, retired = at_once(
            lambda number=number: book(fresh_database, car, start=in_days(5 * number), days=2, today=TODAY),
            lambda version=version: retire_vehicle(fresh_database, BY, car, version=version),
        )
        assert {type(booked), type(retired)} in ({type(None), Retired}, {type(None), StillPlanned})
        for each in list_allocations(fresh_database, statuses=["scheduled"]):
            cancel_allocation(fresh_database, BY, each.id, reason="next round")
        now = get_vehicle(fresh_database, car)
        assert now.retired == (retired is None)
        retire_vehicle(fresh_database, BY, car, version=now.version, retired=False)
