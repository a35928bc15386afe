"""Notes and the mark for a follow-up, on what has a place and on what has none."""

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import (
    cancel_allocation,
    create_request,
    get_allocation,
    get_request,
    list_follow_ups,
    note_allocation,
    note_request,
    place_request,
    restore_allocation,
)
from dyno_core.booking.errors import RequestClosed, Unchanged
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, StaleVersion
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1")
    return fresh_database


def test_a_mark_stands_on_the_list_goes_along_with_a_placed_request_and_is_taken_off_again(lab: Database) -> None:
    request = create_request(
        lab, BY, vehicle_id=given_vehicle(lab, tag="T1"), test_type="brake", start_date=in_days(2), days=3
    )
    noted = note_request(lab, BY, request.id, notes=" ask Ana ", follow_up=True, version=request.version)
    assert (noted.notes, noted.follow_up, noted.version) == ("ask Ana", True, request.version + 1)
    (listed,) = list_follow_ups(lab)
    assert (listed.kind, listed.vehicle, listed.dyno, listed.notes) == ("request", "T1", None, "ask Ana")

    placed = place_request(lab, BY, request.id, today=TODAY, dyno="N1")

    (listed,) = list_follow_ups(lab)
    assert (listed.kind, listed.id, listed.dyno, placed.follow_up, placed.notes) == (
        "allocation", placed.id, "N1", True, "ask Ana",
    )  # fmt: skip
    first = history(lab, entity="allocation", entity_id=placed.id)[0].after or {}
    moved = history(lab, entity="request", entity_id=request.id)[0]
    assert (first["follow_up"], moved.before, (moved.after or {})["follow_up"]) == (
        True, {"status": "open", "follow_up": True}, False,
    )  # fmt: skip
    with pytest.raises(RequestClosed):
        note_request(lab, BY, request.id, notes="", follow_up=False, version=noted.version + 1)
    after = note_allocation(lab, BY, placed.id, notes="done", follow_up=False, version=placed.version)
    assert (after.notes, after.follow_up, list_follow_ups(lab)) == ("done", False, ())
    newest = history(lab, entity="allocation", entity_id=placed.id)[0]
    assert (newest.action, newest.before, newest.after) == (
        "edit", {"notes": "ask Ana", "follow_up": True}, {"notes": "done", "follow_up": False},
    )  # fmt: skip


def test_a_mark_and_its_note_go_back_to_the_request_and_along_again_and_stand_on_the_list_once(lab: Database) -> None:
    request = create_request(
        lab, BY, vehicle_id=given_vehicle(lab, tag="T1"), test_type="brake", start_date=in_days(2), days=3
    )
    note_request(lab, BY, request.id, notes="ask Ana", follow_up=True, version=request.version)
    placed = place_request(lab, BY, request.id, today=TODAY, dyno="N1")

    cancelled = cancel_allocation(lab, BY, placed.id, reason="late")
    (listed,) = list_follow_ups(lab)
    assert (listed.kind, listed.notes, cancelled.follow_up) == ("request", "ask Ana", False)
    note_request(lab, BY, request.id, notes="ask Bo", follow_up=True, version=listed.version)
    restored = restore_allocation(lab, BY, placed.id)
    (listed,) = list_follow_ups(lab)
    assert (listed.kind, listed.id, listed.notes) == ("allocation", placed.id, "ask Bo")

    settled = note_allocation(lab, BY, placed.id, notes="asked", follow_up=False, version=restored.version)
    cancel_allocation(lab, BY, placed.id, reason="late", version=settled.version)
    reopened = get_request(lab, request.id)
    assert (reopened.status, reopened.notes, reopened.follow_up, list_follow_ups(lab)) == ("open", "asked", False, ())
    note_allocation(
        lab, BY, placed.id, notes="call back", follow_up=True, version=get_allocation(lab, placed.id).version
    )
    again = restore_allocation(lab, BY, placed.id)
    assert (again.notes, again.follow_up) == ("call back", True)


def test_a_note_is_refused_when_it_is_stale_too_long_no_news_or_not_ones_own(lab: Database) -> None:
    one = book(lab, given_vehicle(lab))
    with pytest.raises(StaleVersion):
        note_allocation(lab, BY, one.id, notes="x", follow_up=True, version=one.version + 1)
    with pytest.raises(InvalidInput, match="The note has 2,001 characters"):
        note_allocation(lab, BY, one.id, notes="x" * 2001, follow_up=True, version=one.version)
    with pytest.raises(Unchanged):
        note_allocation(lab, BY, one.id, notes="", follow_up=False, version=one.version)
    engineer = Origin(given_user(lab, Role.ENGINEER), "calendar")
    with pytest.raises(NotAllowed):
        note_allocation(lab, engineer, one.id, notes="x", follow_up=True, version=one.version)
    assert get_allocation(lab, one.id) == one
    gone = cancel_allocation(lab, BY, one.id, reason="late")
    assert note_allocation(lab, BY, one.id, notes="call back", follow_up=True, version=gone.version).follow_up
    assert [each.status for each in list_follow_ups(lab)] == ["cancelled"]
