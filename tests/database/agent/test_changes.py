"""Moving, cancelling and starting later, as they stand on the card and as they are carried out."""

from dyno_core.audit.log import Origin
from dyno_core.booking import allocate_vehicle, list_allocations
from tests.fixtures.agent import BOOK, TODAY, Chat, booking, decide, of_type, say


def test_a_later_start_is_shown_on_the_card_when_it_was_allowed(chat: Chat) -> None:
    origin = Origin(actor=chat.actor, channel="calendar")
    for vehicle_id in (2, 3):
        allocate_vehicle(
            chat.agent.database, origin, vehicle_id=vehicle_id, start_date=TODAY.replace(day=24), days=2,
            test_type="brake", today=TODAY,
        )  # fmt: skip
    question = booking(chat, BOOK | {"backup": True, "max_backup_days": 5})
    assert "Thu 26 Nov 2026 to Sat 28 Nov 2026 (3 days)" in question["writes"][0]["summary"]
    assert "No dyno was free from Tue 24 Nov 2026, so this starts 2 days later." in question["writes"][0]["summary"]
    events = decide(chat, question["id"], "approve")
    assert of_type(events, "tool_result")[0]["data"]["allocation"]["start_date"] == "2026-11-26"


def test_a_vehicle_that_is_busy_is_booked_for_later_when_that_was_allowed(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    question = booking(chat, BOOK | {"backup": True, "dyno": "North 2"})
    assert (
        "Fri 27 Nov 2026 to Sun 29 Nov 2026 (3 days). "
        "The vehicle is on North 1 until Thu 26 Nov 2026, so this starts 3 days later."
    ) in question["writes"][0]["summary"]


def test_what_else_is_in_the_way_of_a_busy_vehicle_is_not_left_out(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    allocate_vehicle(
        chat.agent.database, Origin(actor=chat.actor, channel="calendar"), vehicle_id=1,
        start_date=TODAY.replace(day=28), days=2, test_type="brake", today=TODAY,
    )  # fmt: skip
    question = booking(chat, BOOK | {"backup": True, "max_backup_days": 10})
    assert (
        "The vehicle is on North 1 until Thu 26 Nov 2026, and nothing fits before Mon 30 Nov 2026, so this starts 6 days "
        "later."
    ) in question["writes"][0]["summary"]


def test_moving_shows_from_where_to_where_and_keeps_the_version_that_was_shown(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [
        [("reschedule_allocation", {"allocation_id": 1, "start_date": "2026-12-01", "dyno": "North 2"}, "m1")],
        "Moved.",
    ]
    question = of_type(say(chat, "move it"), "approval_required")[0]
    assert question["writes"][0]["summary"] == (
        "Move allocation 1, 100W100 (brake), from North 1 to North 2 (North), from Tue 24 Nov 2026 to Thu 26 Nov 2026 "
        "to Tue 1 Dec 2026 to Thu 3 Dec 2026 (3 days). It displaces nothing."
    )
    assert list_allocations(chat.agent.database)[0].dyno == "North 1", "the rehearsal kept nothing"
    decide(chat, question["id"], "approve")
    moved = list_allocations(chat.agent.database)[0]
    assert (moved.dyno, moved.start_date.isoformat(), moved.version) == ("North 2", "2026-12-01", 2)


def test_cancelling_needs_a_yes_and_a_reason(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [[("cancel_allocation", {"allocation_id": 1, "reason": "  "}, "c1")], "Why?"]
    assert not of_type(say(chat, "cancel it"), "approval_required")
    chat.script.turns = [[("cancel_allocation", {"allocation_id": 1, "reason": "axle broke"}, "c2")], "Cancelled."]
    question = of_type(say(chat, "cancel it, the axle broke"), "approval_required")[0]
    assert "Reason: axle broke" in question["writes"][0]["summary"]
    decide(chat, question["id"], "approve")
    assert list_allocations(chat.agent.database)[0].status == "cancelled"
