from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    Request,
    RoomMaker,
    create_request,
    file_requests,
    get_allocation,
    get_request,
    place_in_exchange,
    place_request,
    reschedule_allocation,
    withdraw_requests,
)
from dyno_core.booking.errors import RequestClosed
from dyno_core.booking.request_changes import RequestDraft
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import VehicleDraft
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from dyno_core.planning import (
    FILED_BY_HAND,
    Outcome,
    Proposal,
    instead_of_wished,
    last_filed,
    last_placed,
    place_proposals,
    propose_one,
    propose_places,
    undo_places,
)
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days, overlapping_pairs, scalar


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2, facility="South")
    return fresh_database


def _filed(database: Database, *, start: int = 5, days: int = 3, **changes: Any) -> Request:
    return create_request(
        database, BY, vehicle_id=given_vehicle(database), test_type="brake", start_date=in_days(start), days=days,
        **changes,
    )  # fmt: skip


def _places(proposals: tuple[Proposal, ...]) -> dict[int, tuple[str, int] | str | None]:
    return {
        one.demand.id: (one.place.dyno, (one.place.period.start - TODAY).days) if one.place else one.reason
        for one in proposals
    }


def _apply(database: Database, proposals: tuple[Proposal, ...], by: Origin = BY) -> list[Outcome]:
    return list(place_proposals(database, by, proposals, today=TODAY))


def test_the_proposal_reads_the_plan_once_and_respects_all_that_is_there(lab: Database) -> None:
    book(lab, given_vehicle(lab), start=in_days(4), dyno="N1")
    plan_maintenance(
        lab, BY, dyno="N2", period=Period(in_days(6), in_days(6)), category="planned", today=TODAY, reason="belt"
    )
    urgent, other = _filed(lab, start=6, priority=1), _filed(lab, start=3, days=2)
    third = _filed(lab, start=20)
    asked: list[str] = []

    @event.listens_for(lab.engine, "after_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        asked.append(statement)

    proposals = propose_places(lab, today=TODAY, tolerance=1)

    # dynos, service periods, what blocks, requests; beside them the transaction's own settings
    assert len([one for one in asked if " FROM " in one]) == 4
    assert _places(proposals) == {urgent.id: ("N1", 7), other.id: ("N2", 3), third.id: ("N1", 20)}
    assert [one.demand.id for one in proposals] == [urgent.id, other.id, third.id]
    assert _places(propose_places(lab, today=TODAY, facility="south", first=in_days(10), last=in_days(20))) == {
        third.id: ("N2", 20)
    }
    with pytest.raises(InvalidInput, match="There is no dyno at “West”; choose North, South"):
        propose_places(lab, today=TODAY, facility="West")


@pytest.mark.parametrize("state", ["status = 'tentative'", "disputed = true"])
def test_no_proposal_takes_the_days_of_a_test_that_is_not_settled_yet(lab: Database, state: str) -> None:
    book(lab, given_vehicle(lab), start=in_days(5), dyno="N1")
    with lab.writing() as session:
        session.execute(text(f"UPDATE allocations SET {state}"))
    wish = _filed(lab, start=5)

    assert _places(propose_places(lab, today=TODAY)) == {wish.id: ("N2", 5)}
    proposal, others = propose_one(lab, wish.id, today=TODAY)
    assert [one.dyno for one in others] == ["N2"]
    assert proposal.place in others


def test_applying_a_proposal_twice_books_once_and_undoing_it_opens_the_requests_again(lab: Database) -> None:
    one, two = _filed(lab), _filed(lab)
    proposals = propose_places(lab, today=TODAY)

    first, second = _apply(lab, proposals), _apply(lab, proposals)

    assert [outcome.allocation for outcome in first] == [outcome.allocation for outcome in second]
    assert [(outcome.before, outcome.sentence[:15]) for outcome in second] == [(True, "Placed already,")] * 2
    assert scalar(lab, "SELECT count(*) FROM allocations") == 2
    made = [outcome.allocation for outcome in first if outcome.allocation]
    moved = reschedule_allocation(lab, BY, made[1].id, today=TODAY, start_date=in_days(9))

    undone = list(undo_places(lab, BY, made, today=TODAY))

    assert [outcome.allocation is not None for outcome in undone] == [True, False]
    assert "changed by someone else meanwhile" in undone[1].sentence
    assert get_request(lab, one.id).status == "open"
    assert get_request(lab, two.id).allocation_id == moved.id
    again = _apply(lab, propose_places(lab, today=TODAY))
    assert [outcome.request_id for outcome in again if outcome.allocation] == [one.id]


def test_what_was_taken_edited_or_withdrawn_since_the_proposal_is_told_and_left_alone(lab: Database) -> None:
    taken, gone, elsewhere, fine = _filed(lab), _filed(lab), _filed(lab, start=12), _filed(lab, start=20)
    proposals = propose_places(lab, today=TODAY)
    stranger = book(lab, given_vehicle(lab), start=in_days(5), dyno="N1")
    withdraw_requests(lab, BY, {gone.id: 1}, reason="cancelled program")
    placed_by_hand = place_request(lab, BY, elsewhere.id, today=TODAY, dyno="N2")

    outcomes = {outcome.request_id: outcome for outcome in _apply(lab, proposals)}

    assert outcomes[taken.id].allocation is None
    assert f"(allocation {stranger.id})" in outcomes[taken.id].sentence
    assert "withdrawn already" in outcomes[gone.id].sentence
    assert outcomes[elsewhere.id] == Outcome(
        elsewhere.id, elsewhere.vehicle, placed_by_hand,
        f"Placed already, on N2 from {placed_by_hand.period}; left as it is.", before=True,
    )  # fmt: skip
    assert outcomes[fine.id].allocation is not None
    assert overlapping_pairs(lab) == 0
    assert _places(propose_places(lab, today=TODAY)) == {taken.id: ("N2", 5)}


def test_a_request_that_changed_since_the_proposal_is_not_placed_as_it_was(lab: Database) -> None:
    request = _filed(lab)
    with pytest.raises(StaleVersion):
        place_request(lab, BY, request.id, today=TODAY, version=request.version + 1)

    (proposal,) = propose_places(lab, today=TODAY)
    (outcome,) = _apply(lab, (replace(proposal, demand=replace(proposal.demand, version=9)),))

    assert outcome.allocation is None
    assert f"Request {request.id} was changed by someone else meanwhile" in outcome.sentence


def test_one_request_gets_the_best_place_and_what_else_there_is(lab: Database) -> None:
    book(lab, given_vehicle(lab), start=in_days(4), dyno="N1")
    request = _filed(lab)

    proposal, others = propose_one(lab, request.id, today=TODAY, tolerance=7)

    assert proposal.place == others[0]
    assert [(one.dyno, one.facility, one.slipped) for one in others] == [("N2", "South", 0), ("N1", "North", 2)]
    place_request(lab, BY, request.id, today=TODAY, dyno="N1", start_date=others[1].period.start, version=1)
    assert get_allocation(lab, 2).dyno == "N1"
    with pytest.raises(RequestClosed, match="is placed already"):
        propose_one(lab, request.id, today=TODAY)


def test_what_fits_nowhere_as_wished_is_offered_on_fewer_days_or_by_an_exchange(fresh_database: Database) -> None:
    lab = fresh_database
    given_dyno(lab, "N1", preference=1)
    given_dyno(lab, "N2", preference=2, weights=("<10K",))
    holder = book(lab, given_vehicle(lab, tag="LIGHT", weight_class="<10K"), start=in_days(5), days=2, dyno="N1")
    heavy = given_vehicle(lab, tag="HEAVY", weight_class=">10K")
    request = create_request(lab, BY, vehicle_id=heavy, test_type="brake", start_date=in_days(5), days=5)

    shorter, exchange = instead_of_wished(lab, request, today=TODAY, actor=BY.actor)

    assert (shorter.way.kind, shorter.way.dyno, shorter.room) == ("shorten", "N1", None)
    assert shorter.way.period == Period(in_days(7), in_days(9))
    assert exchange.room == RoomMaker(holder.id, "N2", holder.version)
    elsewhere = replace(request, facility="South")
    assert instead_of_wished(lab, elsewhere, today=TODAY, actor=BY.actor) == ()
    engineer = given_user(lab, Role.ENGINEER)
    assert not instead_of_wished(lab, request, today=TODAY, actor=engineer)[-1].way.is_open

    wish = {"room": exchange.room, "dyno": "N1", "today": TODAY, "version": request.version}
    made = place_in_exchange(lab, BY, request.id, **wish)  # type: ignore[arg-type]

    assert (made.moved.dyno, made.moved.period) == ("N2", holder.period)
    assert (made.booked.dyno, made.booked.period) == ("N1", request.period)
    assert get_request(lab, request.id).allocation_id == made.booked.id
    assert place_in_exchange(lab, BY, request.id, **wish) == made  # type: ignore[arg-type]
    assert overlapping_pairs(lab) == 0

    (undone,) = undo_places(lab, BY, [made.booked], today=TODAY)
    assert undone.allocation is not None
    assert (get_request(lab, request.id).status, get_allocation(lab, holder.id).dyno) == ("open", "N1")


def test_what_made_room_and_was_changed_since_keeps_the_exchange_from_being_undone(lab: Database) -> None:
    holder, request = book(lab, given_vehicle(lab), start=in_days(5), dyno="N1"), _filed(lab)
    made = place_in_exchange(
        lab, BY, request.id, room=RoomMaker(holder.id, "N2", holder.version), dyno="N1", today=TODAY,
        version=request.version,
    )  # fmt: skip
    reschedule_allocation(lab, BY, holder.id, today=TODAY, start_date=in_days(6), version=made.moved.version)

    (undone,) = undo_places(lab, BY, [made.booked], today=TODAY)

    assert undone.sentence.startswith(f"Allocation {holder.id}, which made room for it, was changed by")
    assert get_request(lab, request.id).allocation_id == made.booked.id


def test_an_exchange_whose_other_half_was_changed_places_nothing(lab: Database) -> None:
    holder, request = book(lab, given_vehicle(lab), start=in_days(5), dyno="N1"), _filed(lab)
    reschedule_allocation(lab, BY, holder.id, today=TODAY, start_date=in_days(6), version=holder.version)
    with pytest.raises(StaleVersion):
        place_in_exchange(
            lab, BY, request.id, room=RoomMaker(holder.id, "N2", holder.version), dyno="N1", today=TODAY,
            version=request.version,
        )  # fmt: skip
    assert (get_request(lab, request.id).status, get_allocation(lab, holder.id).dyno) == ("open", "N1")


def test_only_a_planner_places_many_at_once(lab: Database) -> None:
    _filed(lab)
    proposals = propose_places(lab, today=TODAY)
    engineer = Origin(given_user(lab, Role.ENGINEER), "planner")

    with pytest.raises(NotAllowed, match="place many requests at once; ask a planner"):
        _apply(lab, proposals, engineer)
    with pytest.raises(NotAllowed):
        list(undo_places(lab, Origin(given_user(lab, Role.VIEWER), "planner"), (), today=TODAY))
    assert scalar(lab, "SELECT count(*) FROM allocations") == 0
    (outcome,) = _apply(lab, proposals, Origin(given_user(lab, Role.PLANNER), "planner"))
    assert outcome.allocation is not None
    assert outcome.allocation.source == "planner"


def test_what_a_person_filed_last_is_found_again_so_far_as_it_is_as_it_was_filed(lab: Database) -> None:
    me, other = (Origin(given_user(lab, Role.PLANNER), "planner") for _ in range(2))
    draft = RequestDraft("brake", in_days(20), 3)
    (old,) = file_requests(lab, me, draft, vehicle_id=given_vehicle(lab), request_key=f"{FILED_BY_HAND}one")
    like = VehicleDraft(weight_class="<10K", drive_type="AWD")
    three = file_requests(lab, me, draft, units=3, vehicle=like, request_key=f"{FILED_BY_HAND}three")
    file_requests(lab, me, draft, vehicle_id=given_vehicle(lab), request_key="paste:one")

    assert last_filed(lab, other.actor) is None
    found = last_filed(lab, me.actor)
    assert found is not None
    assert (found.requests, found.is_newest) == (three, True)
    place_request(lab, other, three[1].id, today=TODAY)
    found = last_filed(lab, me.actor)
    assert found is not None
    assert found.requests == (three[0], three[2])
    withdraw_requests(lab, me, {one.id: one.version for one in found.requests}, reason="undone")
    found = last_filed(lab, me.actor)
    assert found is not None
    assert (found.requests, found.is_newest) == ((old,), False)


def test_what_a_person_placed_last_is_found_again_until_it_is_taken_back_or_changed(lab: Database) -> None:
    me, other = (Origin(given_user(lab, Role.PLANNER), "planner") for _ in range(2))
    first = _filed(lab, start=30)
    place_request(lab, me, first.id, today=TODAY, dyno="N1")
    _filed(lab), _filed(lab)
    made = [one.allocation for one in _apply(lab, propose_places(lab, today=TODAY), me) if one.allocation]

    assert last_placed(lab, other.actor) is None
    found = last_placed(lab, me.actor)
    assert found is not None
    assert (set(found.allocations), found.is_newest) == (set(made), True)
    reschedule_allocation(lab, other, made[1].id, today=TODAY, start_date=in_days(9))
    found = last_placed(lab, me.actor)
    assert found is not None
    assert found.allocations == (made[0],)

    list(undo_places(lab, me, found.allocations, today=TODAY))
    found = last_placed(lab, me.actor)
    assert found is not None
    assert [one.id for one in found.allocations] == [get_request(lab, first.id).allocation_id]
    assert not found.is_newest
