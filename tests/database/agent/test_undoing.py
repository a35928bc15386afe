"""Taking back the last change of a conversation."""

from datetime import date, timedelta

from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.agent.events import Event
from dyno_core.agent.undo import standing
from dyno_core.agent.undo_turns import run_message, run_undo
from dyno_core.audit.log import Origin, latest
from dyno_core.booking import (
    allocate_vehicle,
    cancel_allocation,
    list_allocations,
    reschedule_allocation,
    start_allocation,
)
from tests.fixtures.agent import BOOK, TODAY, Chat, booking, decide, given_person, of_type, say


def test_undo_cancels_what_was_booked_and_does_so_once(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert of_type(events, "message")[0]["text"].startswith("Undone: allocation 1")
    entry = latest(chat.agent.database)[0]
    assert (entry.action, entry.reason) == ("cancel", "undone by Engineer")
    again = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert "undone already" in of_type(again, "error")[0]["text"]


def test_undo_brings_back_what_was_moved_and_what_was_cancelled(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [
        [
            (
                "reschedule_allocation",
                {"allocation_id": 1, "start_date": "2026-12-01", "days": 5, "dyno": "North 2"},
                "m",
            )
        ],
        "Moved.",
    ]
    decide(chat, of_type(say(chat, "move"), "approval_required")[0]["id"], "approve")
    with chat.agent.database.writing() as session:
        for old, new in (("North 1", "Bay 1"), ("North 2", "North 1")):
            session.execute(text("UPDATE dynos SET name = :new WHERE name = :old"), {"old": old, "new": new})
    list(run_undo(chat.agent, chat.actor, chat.thread_id))
    back = list_allocations(chat.agent.database)[0]
    assert (back.dyno, back.start_date.isoformat(), back.days) == ("Bay 1", "2026-11-24", 3), (
        "whatever it is called now"
    )
    chat.script.turns = [[("cancel_allocation", {"allocation_id": 1, "reason": "axle"}, "c")], "Cancelled."]
    decide(chat, of_type(say(chat, "cancel"), "approval_required")[0]["id"], "approve")
    list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert list_allocations(chat.agent.database)[0].status == "scheduled"


def typed(chat: Chat, words: str) -> list[Event]:
    return list(run_message(chat.agent, chat.actor, chat.thread_id, words))


def test_a_typed_undo_takes_back_bookings_moves_and_cancellations_like_the_button(chat: Chat) -> None:
    database = chat.agent.database
    decide(chat, booking(chat)["id"], "approve")
    plan = []
    for name, args, words in (
        ("reschedule_allocation", {"allocation_id": 1, "start_date": "2026-12-01"}, "Undo that, please"),
        ("cancel_allocation", {"allocation_id": 1, "reason": "axle"}, "take back the last cancellation"),
    ):
        chat.script.turns = [[(name, args, name)], "Done."]
        decide(chat, of_type(say(chat, "change it"), "approval_required")[0]["id"], "approve")
        assert of_type(typed(chat, words), "tool_result")[0]["ok"], words
        plan += [(one.start_date.isoformat(), one.status) for one in list_allocations(database)]
    assert plan == [("2026-11-24", "scheduled"), ("2026-11-24", "scheduled")]
    assert "allocation 1, 100W100 (brake) on North 1" in of_type(typed(chat, "undo"), "message")[0]["text"]
    assert "was undone already" in of_type(typed(chat, "undo"), "error")[0]["text"]
    assert list_allocations(database)[0].status == "cancelled"
    decide(chat, booking(chat, BOOK | {"tag": "100W101"})["id"], "approve")
    assert of_type(typed(chat, "undo #2"), "tool_result")[0]["ok"]
    assert [one.status for one in list_allocations(database)] == ["cancelled", "cancelled"]


def test_a_typed_undo_with_an_open_card_drops_the_card_and_takes_nothing_back(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    booking(chat, BOOK | {"tag": "100W101"})
    assert "The open question is dropped" in of_type(typed(chat, "undo"), "message")[-1]["text"]
    assert [one.status for one in list_allocations(chat.agent.database)] == ["scheduled"]
    typed(chat, "undo")
    assert [one.status for one in list_allocations(chat.agent.database)] == ["cancelled"]


def test_a_typed_undo_of_what_was_done_elsewhere_says_where_to_take_it_back(chat: Chat) -> None:
    assert of_type(typed(chat, "undo"), "error")[0]["text"] == (
        "This conversation has changed nothing yet, so there is nothing to undo; a change made elsewhere is taken back "
        "in the calendar."
    )
    chat.script.turns = ["Which one?"]
    assert of_type(typed(chat, "undo the booking of 100W100 and book 100W101"), "message")[0]["text"].strip() == (
        "Which one?"
    )


def test_undo_leaves_alone_what_somebody_changed_since(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    planner = given_person(chat.agent.database, role=Role.PLANNER)
    cancel_allocation(chat.agent.database, Origin(actor=planner, channel="calendar"), 1, reason="no fuel")
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert of_type(events, "error")[0]["text"] == (
        "Allocation 1 was cancelled by planner@example.com since, so it stays as it is; look at it in the calendar."
    )


def test_undo_with_nothing_to_undo_says_so(chat: Chat) -> None:
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert "has changed nothing yet" in of_type(events, "error")[0]["text"]


def test_undo_goes_back_one_change_at_a_time(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    decide(chat, booking(chat, BOOK | {"tag": "100W101"})["id"], "approve")
    for left in ([1], []):
        list(run_undo(chat.agent, chat.actor, chat.thread_id))
        assert [one.id for one in list_allocations(chat.agent.database, statuses=["scheduled"])] == left
    assert "undone already" in of_type(list(run_undo(chat.agent, chat.actor, chat.thread_id)), "error")[0]["text"]


def test_one_of_two_receipts_is_undone_once_however_often_it_is_clicked(chat: Chat) -> None:
    question = booking(chat, BOOK, BOOK | {"tag": "100W101"})
    decide(chat, question["id"], "approve")
    list(run_undo(chat.agent, chat.actor, chat.thread_id, allocation_id=1))
    again = list(run_undo(chat.agent, chat.actor, chat.thread_id, allocation_id=1))
    assert "undone already" in of_type(again, "error")[0]["text"]
    assert [one.id for one in list_allocations(chat.agent.database, statuses=["scheduled"])] == [2]


def test_what_was_started_or_has_begun_is_not_undone_and_says_why(chat: Chat) -> None:
    database = chat.agent.database
    decide(chat, booking(chat, BOOK | {"start_date": TODAY.isoformat()})["id"], "approve")
    decide(chat, booking(chat, BOOK | {"tag": "100W101"})["id"], "approve")
    tomorrow = TODAY + timedelta(days=7)
    begun = standing(database, chat.thread_id, 2, today=tomorrow)
    assert begun.why_not == (
        "Allocation 2 began on Tue 24 Nov 2026, so the booking can't be undone any more; "
        "cancel it, with the reason, if the test did not take place."
    )
    assert standing(database, chat.thread_id, 1, today=TODAY).why_not is None
    start_allocation(database, Origin(actor=chat.actor, channel="calendar"), 1, on=TODAY, today=TODAY)
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id, allocation_id=1))
    assert of_type(events, "error")[0]["text"] == (
        "Allocation 1 was started by engineer@example.com since, so it stays as it is; look at it in the calendar."
    )


def test_undoing_an_exchange_brings_both_back_or_neither(chat: Chat) -> None:
    database, origin = chat.agent.database, Origin(actor=chat.actor, channel="calendar")
    allocate_vehicle(
        database, origin, vehicle_id=2, start_date=date(2026, 11, 24), days=3, test_type="brake", today=TODAY
    )
    wish = BOOK | {"test_type": "emission", "dyno": "North 1", "other_allocation_id": 1, "other_dyno": "North 2"}
    chat.script.turns = [[("book_in_exchange", wish, "c1")], "Booked."]
    decide(chat, of_type(say(chat, "exchange"), "approval_required")[0]["id"], "approve")
    assert [one.dyno for one in list_allocations(database, statuses=["scheduled"])] == ["North 2", "North 1"]
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert of_type(events, "message")[0]["text"] == (
        "Undone: allocation 2, 100W100 (emission) on North 1, Tue 24 Nov 2026 to Thu 26 Nov 2026, is cancelled. "
        "Undone: allocation 1, 100W101 (brake), is back on North 1, Tue 24 Nov 2026 to Thu 26 Nov 2026."
    )
    assert [(one.dyno, one.status) for one in list_allocations(database)] == [
        ("North 1", "scheduled"), ("North 1", "cancelled"),
    ]  # fmt: skip


def test_a_persons_reason_is_never_taken_for_an_undo(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [
        [("cancel_allocation", {"allocation_id": 1, "reason": "undone by the customer"}, "c")],
        "Done.",
    ]
    decide(chat, of_type(say(chat, "cancel"), "approval_required")[0]["id"], "approve")
    list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert list_allocations(chat.agent.database)[0].status == "scheduled"


def moved(chat: Chat, **args: object) -> None:
    chat.script.turns = [[("reschedule_allocation", {"allocation_id": 1} | args, "m")], "Moved."]
    decide(chat, of_type(say(chat, "move"), "approval_required")[0]["id"], "approve")


def test_a_button_takes_back_its_own_change_only_and_the_one_before_it_has_a_button_of_its_own(chat: Chat) -> None:
    database = chat.agent.database
    decide(chat, booking(chat)["id"], "approve")
    moved(chat, start_date="2026-12-01", days=5, dyno="North 2")
    moved(chat, start_date="2026-12-08")
    plan = []
    for _ in range(3):
        last = standing(database, chat.thread_id, 1, today=TODAY).change
        for _ in range(2):
            events = list(run_undo(chat.agent, chat.actor, chat.thread_id, allocation_id=1, change=last))
        assert "undone already" in of_type(events, "error")[0]["text"], "a second click takes back nothing more"
        (one,) = list_allocations(database)
        plan.append((one.dyno, one.start_date.isoformat(), one.days, one.status))
    assert plan == [
        ("North 2", "2026-12-01", 5, "scheduled"),
        ("North 1", "2026-11-24", 3, "scheduled"),
        ("North 1", "2026-11-24", 3, "cancelled"),
    ]
    assert [row.reason for row in latest(database)[:3]] == ["undone by Engineer"] * 3


def test_a_second_undo_stops_at_what_somebody_else_changed_in_between(chat: Chat) -> None:
    database = chat.agent.database
    decide(chat, booking(chat)["id"], "approve")
    planner = Origin(actor=given_person(database, role=Role.PLANNER), channel="calendar")
    reschedule_allocation(database, planner, 1, today=TODAY, dyno="North 2")
    moved(chat, start_date="2026-12-01")
    typed(chat, "undo")
    events = typed(chat, "undo")
    assert of_type(events, "error")[0]["text"] == (
        "Allocation 1 was moved by planner@example.com since, so it stays as it is; look at it in the calendar."
    )
    (one,) = list_allocations(database)
    assert (one.dyno, one.start_date.isoformat(), one.status) == ("North 2", "2026-11-24", "scheduled")
