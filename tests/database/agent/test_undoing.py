"""Taking back the last change of a conversation."""

from dyno_core.accounts.roles import Role
from dyno_core.agent.turns import run_undo
from dyno_core.audit.log import Origin, latest
from dyno_core.booking import cancel_allocation, list_allocations
from tests.fixtures.agent import Chat, booking, decide, given_person, of_type, say


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
    list(run_undo(chat.agent, chat.actor, chat.thread_id))
    back = list_allocations(chat.agent.database)[0]
    assert (back.dyno, back.start_date.isoformat(), back.days) == ("North 1", "2026-11-24", 3)
    chat.script.turns = [[("cancel_allocation", {"allocation_id": 1, "reason": "axle"}, "c")], "Cancelled."]
    decide(chat, of_type(say(chat, "cancel"), "approval_required")[0]["id"], "approve")
    list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert list_allocations(chat.agent.database)[0].status == "scheduled"


def test_undo_leaves_alone_what_somebody_changed_since(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    planner = given_person(chat.agent.database, role=Role.PLANNER)
    cancel_allocation(chat.agent.database, Origin(actor=planner, channel="calendar"), 1, reason="no fuel")
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert of_type(events, "error")[0]["text"] == (
        "Allocation 1 was changed by planner@example.com since, so it stays as it is; look at it in the calendar."
    )


def test_undo_with_nothing_to_undo_says_so(chat: Chat) -> None:
    events = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert "has changed nothing yet" in of_type(events, "error")[0]["text"]
