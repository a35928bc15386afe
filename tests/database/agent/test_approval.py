"""Nothing is written before a yes to exactly what was shown."""

from dyno_core.accounts.roles import Role
from dyno_core.agent.conversations import create_conversation
from dyno_core.agent.turns import pending
from dyno_core.audit.log import Origin, latest
from dyno_core.booking import allocate_vehicle, cancel_allocation, list_allocations
from tests.fixtures.agent import BOOK, TODAY, Chat, booking, decide, given_person, of_type, rows, say


def test_a_booking_shows_a_card_and_writes_nothing_before_the_yes(chat: Chat) -> None:
    question = booking(chat)
    assert question["writes"][0]["name"] == "auto_allocate_vehicle"
    assert question["writes"][0]["args"] == BOOK
    assert question["writes"][0]["summary"] == (
        "Book 100W100 (1FTFW1E50NFA00001) for brake on North 1 (North), "
        "Tue 24 Nov 2026 to Thu 26 Nov 2026 (3 days). It displaces nothing."
    )
    assert rows(chat) == 0


def test_a_yes_writes_one_row_with_its_channel_and_conversation_in_the_audit(chat: Chat) -> None:
    question = booking(chat)
    events = decide(chat, question["id"], "approve")
    result = of_type(events, "tool_result")[0]
    assert result["ok"]
    assert result["data"]["receipt"] == (
        "Booked: allocation 1, 100W100 (brake) on North 1 (North), Tue 24 Nov 2026 to Thu 26 Nov 2026."
    )
    assert [one.source for one in list_allocations(chat.agent.database)] == ["chat"]
    entry = latest(chat.agent.database)[0]
    assert (entry.action, entry.channel, entry.conversation_id, entry.actor) == (
        "book", "chat", chat.thread_id, "engineer@example.com",
    )  # fmt: skip


def test_a_no_leaves_no_row_and_the_model_is_told(chat: Chat) -> None:
    question = booking(chat, then="All right.")
    events = decide(chat, question["id"], "reject")
    result = of_type(events, "tool_result")[0]
    assert (result["ok"], result["data"]["error"]) == (False, "declined")
    assert rows(chat) == 0
    assert "declined" in chat.script.asked[-1][-1].text


def test_saying_yes_twice_books_once(chat: Chat) -> None:
    question = booking(chat)
    decide(chat, question["id"], "approve")
    again = decide(chat, question["id"], "approve")
    assert of_type(again, "message")[0]["text"] == "That question was answered already; nothing was done twice."
    assert rows(chat) == 1


def test_an_old_yes_does_not_answer_a_newer_question(chat: Chat) -> None:
    old = booking(chat)
    decide(chat, old["id"], "reject")
    new = booking(chat, BOOK | {"tag": "100W101"})
    assert old["id"] != new["id"]
    events = decide(chat, old["id"], "approve")
    assert of_type(events, "approval_required")[0]["id"] == new["id"]
    assert rows(chat) == 0
    decide(chat, new["id"], "approve")
    assert [one.tag for one in list_allocations(chat.agent.database)] == ["100W101"]


def test_only_the_word_approve_is_a_yes(chat: Chat) -> None:
    question = booking(chat)
    decide(chat, question["id"], "yes please")
    assert rows(chat) == 0


def test_two_bookings_stand_on_one_card_and_are_decided_one_by_one(chat: Chat) -> None:
    question = booking(chat, BOOK, BOOK | {"tag": "100W101"})
    summaries = [write["summary"] for write in question["writes"]]
    assert "North 1" in summaries[0]
    assert "North 2" in summaries[1], "the second sees what the first would take"
    decide(chat, question["id"], "reject", "approve")
    assert [(one.tag, one.dyno) for one in list_allocations(chat.agent.database)] == [("100W101", "North 2")]


def test_the_same_vehicle_twice_on_one_card_is_refused_before_it_is_asked(chat: Chat) -> None:
    question = booking(chat, BOOK, BOOK)
    assert len(question["writes"]) == 1
    events = decide(chat, question["id"], "approve")
    assert [event["ok"] for event in of_type(events, "tool_result")] == [True, False]
    assert rows(chat) == 1


def test_the_question_survives_a_restart(chat: Chat) -> None:
    question = booking(chat)
    other = chat.restarted()
    waiting = pending(other.agent, other.actor, other.thread_id)
    assert waiting is not None
    assert waiting.id == question["id"]
    events = decide(other, waiting.id, "approve")
    assert of_type(events, "tool_result")[0]["ok"]
    assert rows(chat) == 1
    other.agent.close()


def test_a_viewer_can_not_book_and_is_told_who_can(chat: Chat) -> None:
    viewer = given_person(chat.agent.database, role=Role.VIEWER)
    other = Chat(chat.agent, viewer, create_conversation(chat.agent.database, viewer).id, chat.script)
    other.script.turns = [[("auto_allocate_vehicle", BOOK, "c1")], "Sorry."]
    events = say(other, "book it")
    assert not of_type(events, "approval_required")
    assert of_type(events, "tool_result")[0]["data"]["message"] == (
        "Your role “viewer” does not allow you to book a vehicle; ask an engineer or a planner to do it."
    )


def test_typing_something_else_counts_as_a_no(chat: Chat) -> None:
    question = booking(chat)
    chat.script.turns = ["Fine, what else?"]
    events = say(chat, "never mind")
    assert of_type(events, "tool_result")[0]["data"]["error"] == "declined"
    told = [event["text"].strip() for event in of_type(events, "message")]
    assert told == [
        "The open question was dropped and nothing was changed; ask for it again if you still want it.",
        "Fine, what else?",
    ]
    decide(chat, question["id"], "approve")
    assert rows(chat) == 0


def test_a_dyno_taken_while_somebody_decides_is_not_swapped_for_another(chat: Chat) -> None:
    question = booking(chat)
    origin = Origin(actor=chat.actor, channel="calendar")
    allocate_vehicle(
        chat.agent.database, origin, vehicle_id=2, start_date=TODAY.replace(day=25), days=1, test_type="brake",
        today=TODAY, dyno="North 1",
    )  # fmt: skip
    events = decide(chat, question["id"], "approve")
    result = of_type(events, "tool_result")[0]
    assert result["data"]["error"] == "no_dyno_available"
    assert result["data"]["message"] == (
        "Somebody took North 1 while you were deciding, so nothing was booked. "
        "What would work: North 2 on the same days (Tue 24 Nov 2026 to Thu 26 Nov 2026); "
        "North 1, 2 days later (Thu 26 Nov 2026 to Sat 28 Nov 2026); North 1, 1 day instead of 3 (Tue 24 Nov 2026)."
    )
    assert rows(chat) == 1


def test_a_yes_to_an_allocation_that_changed_meanwhile_changes_nothing(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [[("reschedule_allocation", {"allocation_id": 1, "start_date": "2026-12-01"}, "m1")], "Oh."]
    question = of_type(say(chat, "move it"), "approval_required")[0]
    cancel_allocation(chat.agent.database, Origin(actor=chat.actor, channel="calendar"), 1, reason="broken axle")
    events = decide(chat, question["id"], "approve")
    assert of_type(events, "tool_result")[0]["data"]["error"] == "stale"
    assert list_allocations(chat.agent.database)[0].status == "cancelled"


def test_a_typed_yes_answers_the_open_card_like_its_button(chat: Chat) -> None:
    booking(chat)
    events = say(chat, "OK, do it")
    assert of_type(events, "tool_result")[0]["ok"]
    assert rows(chat) == 1
    assert latest(chat.agent.database)[0].channel == "chat"


def test_a_typed_no_answers_the_open_card_like_its_button(chat: Chat) -> None:
    booking(chat, then="All right.")
    assert of_type(say(chat, "No."), "tool_result")[0]["data"]["error"] == "declined"
    assert pending(chat.agent, chat.actor, chat.thread_id) is None
    assert rows(chat) == 0


def test_a_yes_with_more_to_it_drops_the_card_and_says_so(chat: Chat) -> None:
    booking(chat)
    events = say(chat, "yes but on North 2")
    assert (
        of_type(events, "message")[0]["text"]
        == "The open question was dropped and nothing was changed; ask for it again if you still want it."
    )
    assert rows(chat) == 0
