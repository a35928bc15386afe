"""A card before the yes: other dynos and days at a click, edits that are checked, ways out of a no, one row each."""

from datetime import UTC, date, datetime
from typing import Any

from dyno_core.accounts.roles import Role
from dyno_core.agent.choices import left_of, refused_in, run_edit, run_way_out, settled_since, ways_in
from dyno_core.agent.conversations import create_conversation, messages_of
from dyno_core.agent.events import Event
from dyno_core.agent.turns import pending
from dyno_core.audit.log import Origin, latest
from dyno_core.booking import Allocation, allocate_vehicle, cancel_allocation, list_allocations, reschedule_allocation
from tests.fixtures.agent import BOOK, TODAY, Chat, decide, given_person, of_type, say

VEHICLE_2 = BOOK | {"tag": "100W101"}


def asked(chat: Chat, *calls: tuple[str, dict[str, Any]]) -> Event:
    """The card for these calls of the model."""
    chat.script.turns = [[(name, args, f"c{number}") for number, (name, args) in enumerate(calls)], "Done."]
    return of_type(say(chat, "please"), "approval_required")[0]


def booking(chat: Chat, *wishes: dict[str, Any]) -> Event:
    return asked(chat, *[("auto_allocate_vehicle", wish) for wish in wishes or (BOOK,)])


def edit(chat: Chat, question: str, number: int = 0, **changes: Any) -> list[Event]:
    return list(run_edit(chat.agent, chat.actor, chat.thread_id, question, number=number, changes=changes))


def taken(chat: Chat, way: Any) -> list[Event]:
    said = messages_of(chat.agent.database, chat.actor, chat.thread_id, limit=1)
    offered_at = said[0].created_at if said else datetime.now(UTC)
    return list(run_way_out(chat.agent, chat.actor, chat.thread_id, way, offered_at=offered_at))


def held(chat: Chat, vehicle_id: int = 2, *, day: int = 24, by: Any = None, dyno: str = "North 1") -> Allocation:
    return allocate_vehicle(
        chat.agent.database, Origin(actor=by or chat.actor, channel="calendar"), vehicle_id=vehicle_id,
        start_date=date(2026, 11, day), days=3, test_type="brake", today=TODAY, dyno=dyno,
    )  # fmt: skip


def plan(chat: Chat) -> list[tuple[str | None, str, str, int]]:
    """Tag, dyno, first day and number of days of all that holds a place."""
    every = list_allocations(chat.agent.database, statuses=["scheduled"])
    return sorted((one.tag, one.dyno, one.start_date.isoformat(), one.days) for one in every)


def test_a_card_offers_the_other_free_dynos_and_the_next_window_and_can_be_drawn_in_parts(chat: Chat) -> None:
    held(chat)
    (write,) = booking(chat)["writes"]
    shown = write["shown"]
    assert (shown["title"], shown["vehicle"], shown["dyno"], shown["days"], shown["dynos"]) == (
        "Book", "100W100 (1FTFW1E50NFA00001)", "North 2", 3, ["North 1", "North 2"],
    )  # fmt: skip
    assert [one["label"] for one in write["alternatives"]] == ["Wed 25 Nov 2026 on North 2"]
    (other,) = booking(chat, BOOK | {"start_date": "2026-11-30"})["writes"]
    assert [one["label"] for one in other["alternatives"]] == ["North 2", "Tue 1 Dec 2026 on North 1"]


def test_each_alternative_of_a_card_can_be_taken_and_is_what_is_booked(chat: Chat) -> None:
    question = booking(chat)
    for alternative in question["writes"][0]["alternatives"]:
        (again,) = of_type(edit(chat, booking(chat)["id"], **alternative["changes"]), "approval_required")
        assert alternative["label"].split(" on ")[-1] == again["writes"][0]["shown"]["dyno"]
    decide(chat, again["id"], "approve")
    assert plan(chat) == [("100W100", "North 1", "2026-11-25", 3)]


def test_an_edited_write_is_checked_shown_and_stored_and_the_old_yes_does_not_count(chat: Chat) -> None:
    old = booking(chat)
    (new,) = of_type(edit(chat, old["id"], dyno="North 2", start_date="2026-12-01", days=4), "approval_required")
    assert new["id"] != old["id"]
    assert "on North 2 (North), Tue 1 Dec 2026 to Fri 4 Dec 2026 (4 days)" in new["writes"][0]["summary"]
    assert plan(chat) == []
    late = decide(chat, old["id"], "approve")
    assert of_type(late, "approval_required")[0]["id"] == new["id"], "an old tab is shown what is open now"
    assert plan(chat) == []
    decide(chat, new["id"], "approve")
    decide(chat, new["id"], "approve")
    assert plan(chat) == [("100W100", "North 2", "2026-12-01", 4)]
    assert latest(chat.agent.database)[0].conversation_id == chat.thread_id
    assert chat.script.asked[-1][-2].tool_calls[0]["args"]["dyno"] == "North 2", "the model knows what was agreed"


def test_an_edit_that_can_not_be_had_says_why_and_leaves_the_question_open(chat: Chat) -> None:
    held(chat, day=30)
    question = booking(chat)
    for changes, says in (
        ({"dyno": "North 1", "start_date": "2026-11-30"}, "North 1 is held by 100W101 (brake) until Wed 2 Dec 2026"),
        ({"dyno": "South 1"}, "South 1 does not take 2WD"),
        ({"start_date": "2026-11-01"}, "is already past"),
        ({"start_date": "soon"}, "is not a day of the calendar"),
        ({"days": 0}, "0 days can't be planned"),
    ):
        events = edit(chat, question["id"], **changes)
        assert says in of_type(events, "error")[0]["text"]
        assert of_type(events, "approval_required")[0]["id"] == question["id"]
    assert "no change 3" in of_type(edit(chat, question["id"], 2, days=2), "error")[0]["text"]
    decide(chat, question["id"], "approve")
    assert ("100W100", "North 1", "2026-11-24", 3) in plan(chat)


def test_editing_one_of_two_keeps_the_other_and_they_never_share_a_place(chat: Chat) -> None:
    question = booking(chat, BOOK, VEHICLE_2)
    clash = edit(chat, question["id"], 1, dyno="North 1")
    assert "take every dyno that is free" in of_type(clash, "error")[0]["text"]
    (new,) = of_type(edit(chat, question["id"], 1, dyno="North 1", start_date="2026-12-01"), "approval_required")
    decide(chat, new["id"], "approve", "approve")
    assert plan(chat) == [("100W100", "North 1", "2026-11-24", 3), ("100W101", "North 1", "2026-12-01", 3)]


def test_an_edit_survives_a_restart_between_edit_and_yes(chat: Chat) -> None:
    (new,) = of_type(edit(chat, booking(chat)["id"], days=5), "approval_required")
    other = chat.restarted()
    waiting = pending(other.agent, other.actor, other.thread_id)
    assert waiting is not None
    assert (waiting.id, waiting.writes[0]["shown"]["days"]) == (new["id"], 5)
    decide(other, new["id"], "approve")
    assert plan(chat) == [("100W100", "North 1", "2026-11-24", 5)]
    other.agent.close()


def test_a_move_is_edited_on_its_card(chat: Chat) -> None:
    one = held(chat, 1)
    question = asked(chat, ("reschedule_allocation", {"allocation_id": one.id, "end_date": "2026-11-28"}))
    shown = question["writes"][0]["shown"]
    assert (shown["before"]["days"], shown["days"]) == (3, 5)
    (new,) = of_type(edit(chat, question["id"], dyno="North 2", days=2), "approval_required")
    decide(chat, new["id"], "approve")
    assert plan(chat) == [("100W100", "North 2", "2026-11-24", 2)]


def test_what_is_cancelled_has_nothing_to_edit(chat: Chat) -> None:
    one = held(chat, 1)
    question = asked(chat, ("cancel_allocation", {"allocation_id": one.id, "reason": "axle"}))
    events = edit(chat, question["id"], days=2)
    assert "can't be edited" in of_type(events, "error")[0]["text"]
    assert of_type(events, "approval_required")


def test_a_call_number_that_comes_again_in_a_later_message_is_another_booking(chat: Chat) -> None:
    decide(chat, booking(chat, BOOK)["id"], "approve")
    later = BOOK | {"start_date": "2026-12-01"}
    decide(chat, booking(chat, later)["id"], "approve")
    assert plan(chat) == [("100W100", "North 1", "2026-11-24", 3), ("100W100", "North 1", "2026-12-01", 3)]


def test_a_refused_booking_offers_ways_out_and_each_opens_a_card_that_books_it(chat: Chat) -> None:
    held(chat, 2, day=26)
    chat.script.turns = [[("auto_allocate_vehicle", BOOK | {"dyno": "North 1"}, "c1")], "Sorry."]
    ways = ways_in(say(chat, "book it on North 1"))
    assert [way["label"] for way in ways] == [
        "North 2 on the same days", "North 1, 5 days later", "North 1, 2 days instead of 3",
    ]  # fmt: skip
    for way in ways:
        chat.script.turns = ["Booked."]
        events = taken(chat, way)
        (question,) = of_type(events, "approval_required")
        shown = question["writes"][0]["shown"]
        assert (shown["dyno"], shown["start_date"], shown["days"]) == (way["dyno"], way["start_date"], way["days"])
        assert len(plan(chat)) == 1, "nothing is written before the yes"
    decide(chat, question["id"], "approve")
    assert ("100W100", "North 1", "2026-11-24", 2) in plan(chat)


def test_a_dyno_or_facility_that_is_not_wanted_is_not_taken_nor_offered(chat: Chat) -> None:
    (write,) = booking(chat, BOOK | {"not_on": ["north 1"]})["writes"]
    assert write["shown"]["dyno"] == "North 2"
    assert [one["label"] for one in write["alternatives"]] == ["Wed 25 Nov 2026 on North 2"]
    (write,) = booking(chat, BOOK | {"facility": "North", "not_on": ["South"]})["writes"]
    assert write["shown"]["dyno"] == "North 1"
    held(chat, 2, day=24, dyno="North 2")
    for wish, told in (
        ({"not_on": ["North 1"]}, "No dyno other than North 1 is free for brake Tue 24 Nov 2026 to Thu 26 Nov 2026"),
        ({"facility": "South"}, "No dyno at South can run it"),
        ({"not_on": ["West"]}, "There is no dyno or facility “West”"),
    ):
        chat.script.turns = [[("auto_allocate_vehicle", BOOK | wish, "c1")], "Sorry."]
        result = of_type(say(chat, "book it"), "tool_result")[-1]
        assert result["data"]["message"].startswith(told)
        assert not result["data"]["facts"].get("ways_out")
    chat.script.turns = [[("auto_allocate_vehicle", BOOK | {"not_on": ["North 1"]}, "c1")], "Sorry."]
    (result,) = of_type(say(chat, "book it"), "tool_result")
    assert "The earliest there is North 2 Fri 27 Nov 2026" in result["data"]["message"]
    assert "Free then: North 1; book it by its name if that will do." in result["data"]["message"]
    wish = BOOK | {"not_on": ["North 1"], "backup": True}
    assert booking(chat, wish)["writes"][0]["shown"]["start_date"] == "2026-11-27"


def test_a_move_takes_no_dyno_that_is_not_wanted_and_stays_where_it_may(chat: Chat) -> None:
    one = held(chat, 1)
    move = {"allocation_id": one.id, "start_date": "2026-12-07"}
    (write,) = asked(chat, ("reschedule_allocation", move | {"not_on": ["North 2"]}))["writes"]
    assert write["shown"]["dyno"] == one.dyno == "North 1"
    question = asked(chat, ("reschedule_allocation", move | {"facility": "North", "not_on": ["North 1"]}))
    assert question["writes"][0]["shown"]["dyno"] == "North 2"
    assert all("North 1" not in way["label"] for way in question["writes"][0]["alternatives"])
    chat.script.turns = ["Moved."]
    decide(chat, question["id"], "approve")
    assert ("100W100", "North 2", "2026-12-07", 3) in plan(chat)
    held(chat, 2, day=28, dyno="North 1")
    chat.script.turns = [
        [("reschedule_allocation", {"allocation_id": one.id, "not_on": ["North 2"], "start_date": "2026-11-28"}, "m1")],
        "Sorry.",
    ]
    result = of_type(say(chat, "move it"), "tool_result")[-1]
    assert result["data"]["message"].startswith("No dyno other than North 2 is free for brake")


def test_a_way_out_that_is_gone_meanwhile_is_refused_with_the_next_ones(chat: Chat) -> None:
    held(chat, 2)
    chat.script.turns = [[("auto_allocate_vehicle", BOOK | {"dyno": "North 1"}, "c1")], "Sorry."]
    way = ways_in(say(chat, "book it on North 1"))[0]
    held(chat, 3, dyno="North 2")
    chat.script.turns = ["Sorry again."]
    events = taken(chat, way)
    assert not of_type(events, "approval_required")
    assert "North 2 is held by 100W102 (brake)" in of_type(events, "tool_result")[0]["data"]["message"]
    assert ways_in(events)


def test_a_refused_move_offers_where_the_allocation_can_really_go(chat: Chat) -> None:
    one = held(chat, 1)
    held(chat, 2, day=30)
    wish = {"allocation_id": one.id, "start_date": "2026-11-30"}
    chat.script.turns = [[("reschedule_allocation", wish, "m1")], "Sorry."]
    ways = ways_in(say(chat, "move it to Monday"))
    assert ways[0]["label"] == "North 2 on the same days"
    chat.script.turns = ["Moved."]
    (question,) = of_type(taken(chat, ways[0]), "approval_required")
    decide(chat, question["id"], "approve")
    assert ("100W100", "North 2", "2026-11-30", 3) in plan(chat)


def test_a_way_out_of_what_was_booked_otherwise_since_books_nothing_more(chat: Chat) -> None:
    held(chat, 2)
    chat.script.turns = [[("auto_allocate_vehicle", BOOK | {"dyno": "North 1"}, "c1")], "Sorry."]
    later = next(way for way in ways_in(say(chat, "book it on North 1")) if way["kind"] == "shift")
    elsewhere = held(chat, 1, dyno="North 2")
    events = taken(chat, later)
    assert not of_type(events, "approval_required")
    assert of_type(events, "error")[0]["text"] == (
        "100W100 (brake) was booked since, as allocation 2 on North 2, Tue 24 Nov 2026 to Thu 26 Nov 2026, so nothing "
        "offered here is needed any more; say what you want changed if that does not suit you."
    )
    cancel_allocation(chat.agent.database, Origin(actor=chat.actor, channel="calendar"), elsewhere.id, reason="no fuel")
    chat.script.turns = [[("auto_allocate_vehicle", BOOK | {"dyno": "North 1"}, "c2")], "Sorry."]
    later = next(way for way in ways_in(say(chat, "again")) if way["kind"] == "shift")
    chat.script.turns = ["Booked."]
    assert of_type(taken(chat, later), "approval_required"), "what was cancelled before it was offered is no place"


def test_two_refusals_of_one_vehicle_s_test_are_settled_apart(chat: Chat) -> None:
    database = chat.agent.database
    held(chat, 2)
    held(chat, 3, day=30)
    wishes = [BOOK | {"dyno": "North 1", "start_date": day} for day in ("2026-11-24", "2026-11-30")]
    chat.script.turns = [[("auto_allocate_vehicle", wish, f"c{at}") for at, wish in enumerate(wishes)], "Sorry."]
    first, second = refused_in(say(chat, "book it on North 1 twice"))
    offered_at = messages_of(database, chat.actor, chat.thread_id, limit=1)[0].created_at
    assert [ways[0]["wished_from"] for ways in (first, second)] == ["2026-11-24", "2026-11-30"]
    chat.script.turns = ["Booked."]
    way = next(way for way in first if way["kind"] == "other_dyno")
    (question,) = of_type(taken(chat, way), "approval_required")
    decide(chat, question["id"], "approve")
    assert "was booked since, as allocation 3 on North 2" in str(settled_since(database, first[0], offered_at))
    assert settled_since(database, second[0], offered_at) is None
    assert left_of(database, second, offered_at) == second
    chat.script.turns = ["Booked."]
    way = next(way for way in second if way["kind"] == "other_dyno")
    events = list(run_way_out(chat.agent, chat.actor, chat.thread_id, way, offered_at=offered_at))
    decide(chat, of_type(events, "approval_required")[0]["id"], "approve")
    assert {("100W100", "North 2", "2026-11-24", 3), ("100W100", "North 2", "2026-11-30", 3)} <= {*plan(chat)}


def test_what_was_booked_for_one_wish_leaves_the_ways_out_of_another(chat: Chat) -> None:
    held(chat, 2)
    wishes = [BOOK | {"dyno": "North 1", "start_date": "2026-11-24"}, BOOK | {"start_date": "2026-12-07"}]
    chat.script.turns = [[("auto_allocate_vehicle", wish, f"c{at}") for at, wish in enumerate(wishes)], "One of two."]
    told = say(chat, "book both")
    events = [*told, *decide(chat, of_type(told, "approval_required")[0]["id"], "approve")]
    assert ("100W100", "North 1", "2026-12-07", 3) in plan(chat)
    assert len(refused_in(events)) == 1


def test_a_way_out_of_a_move_is_settled_by_another_move_since(chat: Chat) -> None:
    one = held(chat, 1)
    held(chat, 2, day=30)
    wish = {"allocation_id": one.id, "start_date": "2026-11-30"}
    chat.script.turns = [[("reschedule_allocation", wish, "m1")], "Sorry."]
    (way, *_) = ways_in(say(chat, "move it to Monday"))
    origin = Origin(actor=chat.actor, channel="calendar")
    reschedule_allocation(chat.agent.database, origin, one.id, today=TODAY, start_date=date(2026, 12, 7))
    (told,) = of_type(taken(chat, way), "error")
    assert told["text"].startswith("Allocation 1 was moved since by ")
    assert "it is scheduled on North 1, Mon 7 Dec 2026 to Wed 9 Dec 2026." in told["text"]
    assert ("100W100", "North 1", "2026-12-07", 3) in plan(chat)


def _only_exchange(chat: Chat, by: Any) -> dict[str, Any]:
    """North 1 takes emission tests, North 2 does not: what stands on North 1 would have to go there."""
    held(chat, 2, by=by)
    wish = BOOK | {"test_type": "emission"}
    chat.script.turns = [[("auto_allocate_vehicle", wish, "c1")], "Sorry."]
    return next(way for way in ways_in(say(chat, "an emission test")) if way["kind"] == "exchange")  # type: ignore[return-value]


def test_an_exchange_with_one_s_own_allocation_is_one_click_and_writes_both_or_none(chat: Chat) -> None:
    way = _only_exchange(chat, chat.actor)
    chat.script.turns = ["Booked."]
    (question,) = of_type(taken(chat, way), "approval_required")
    summary = question["writes"][0]["summary"]
    assert "For it, allocation 1, 100W101 (brake), moves from North 1 to North 2" in summary
    assert plan(chat) == [("100W101", "North 1", "2026-11-24", 3)], "the rehearsal kept nothing"
    events = decide(chat, question["id"], "approve")
    assert "moved to North 2" in of_type(events, "tool_result")[0]["data"]["receipt"]
    assert plan(chat) == [("100W100", "North 1", "2026-11-24", 3), ("100W101", "North 2", "2026-11-24", 3)]
    assert {entry.conversation_id for entry in latest(chat.agent.database)[:2]} == {chat.thread_id}


def test_an_exchange_whose_place_is_taken_while_somebody_decides_moves_nothing(chat: Chat) -> None:
    way = _only_exchange(chat, chat.actor)
    chat.script.turns = ["Sorry."]
    (question,) = of_type(taken(chat, way), "approval_required")
    held(chat, 3, dyno="North 2")
    events = decide(chat, question["id"], "approve")
    assert of_type(events, "tool_result")[0]["data"]["error"] == "dyno_busy"
    assert plan(chat) == [("100W101", "North 1", "2026-11-24", 3), ("100W102", "North 2", "2026-11-24", 3)]


def test_an_exchange_needs_the_owner_s_agreement_which_nobody_gives_for_them(chat: Chat) -> None:
    planner = given_person(chat.agent.database, role=Role.PLANNER)
    way = _only_exchange(chat, planner)
    assert not way["open"]
    assert "if planner@example.com agrees" in way["sentence"]
    assert "needs the agreement of planner@example.com" in of_type(taken(chat, way), "error")[0]["text"]
    chat.script.turns = ["Sorry."]
    forged = of_type(taken(chat, way | {"open": True}), "tool_result")[0]
    assert forged["data"]["error"] == "not_allowed"
    theirs = Chat(chat.agent, planner, create_conversation(chat.agent.database, planner).id, chat.script)
    chat.script.turns = ["Booked."]
    (question,) = of_type(taken(theirs, way | {"open": True}), "approval_required")
    decide(theirs, question["id"], "approve")
    assert ("100W100", "North 1", "2026-11-24", 3) in plan(chat)


def test_what_can_not_stand_on_the_card_is_said_before_it_is_answered_and_only_once(chat: Chat) -> None:
    chat.script.turns = [
        [("auto_allocate_vehicle", BOOK, "c0"), ("auto_allocate_vehicle", VEHICLE_2 | {"dyno": "South 1"}, "c1")], "So.",
    ]  # fmt: skip
    events = say(chat, "both")
    (question,) = of_type(events, "approval_required")
    assert len(question["writes"]) == 1
    (left_out,) = of_type(events, "message")
    assert left_out["text"].startswith("Not on the card: South 1 does not take 2WD. 2 of 3 dynos can run brake")
    again = edit(chat, question["id"], days=2)
    assert of_type(again, "approval_required")
    assert not of_type(again, "message")
