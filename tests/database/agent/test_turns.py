"""Turns through the real graph and the real tools: what is asked, what is written, what survives."""

from collections.abc import Iterator
from typing import Any

import pytest
from langgraph.runtime import RunControl
from sqlalchemy import Engine, create_engine, text

from dyno_core.accounts.roles import Role
from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.conversations import create_conversation, messages_of
from dyno_core.agent.events import Event
from dyno_core.agent.turns import pending, run_turn, run_undo
from dyno_core.audit.log import Origin, latest
from dyno_core.booking import allocate_vehicle, cancel_allocation, list_allocations
from dyno_core.errors import DatabaseUnavailable
from tests.fixtures.agent import BOOK, TODAY, Chat, decide, given_person, of_type, say


def booking(chat: Chat, *calls: dict[str, object], then: str = "Booked.") -> Event:
    """Let the model call for bookings and return the question that follows."""
    wanted = calls or (BOOK,)
    chat.script.turns = [[("auto_allocate_vehicle", args, f"call_{n}") for n, args in enumerate(wanted)], then]
    events = say(chat, "book it")
    return of_type(events, "approval_required")[0]


def rows(chat: Chat) -> int:
    return len(list_allocations(chat.agent.database))


def test_a_message_is_answered_token_by_token_and_ends_with_done(chat: Chat) -> None:
    chat.script.turns = ["Hello to you"]
    events = say(chat, "hello")
    assert "".join(event["text"] for event in of_type(events, "token")).strip() == "Hello to you"
    assert [event["type"] for event in events if event["type"] != "token"] == ["message", "done"]


def test_a_tool_is_called_and_its_result_told(chat: Chat) -> None:
    chat.script.turns = [[("get_datetime_now", {}, "c1")], "It is Wednesday."]
    events = say(chat, "what day is it?")
    assert of_type(events, "tool_call") == [{"type": "tool_call", "name": "get_datetime_now", "args": {}}]
    result = of_type(events, "tool_result")[0]
    assert result["ok"]
    assert (result["data"]["today"], result["data"]["weekday"]) == ("2026-11-18", "Wednesday")


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


def test_what_can_not_be_done_is_refused_without_a_card(chat: Chat) -> None:
    chat.script.turns = [[("auto_allocate_vehicle", BOOK | {"start_date": "2026-11-01"}, "c1")], "That is past."]
    events = say(chat, "book it for the first of November")
    assert not of_type(events, "approval_required")
    result = of_type(events, "tool_result")[0]
    assert (result["ok"], result["data"]["error"]) == (False, "in_the_past")
    assert pending(chat.agent, chat.actor, chat.thread_id) is None


BAD_CALLS: list[tuple[str, dict[str, object], str]] = [
    ("auto_allocate_vehicle", BOOK | {"tag": "nobody"}, "vehicle_not_found"),
    ("auto_allocate_vehicle", BOOK | {"test_type": "flying"}, "test_type_unknown"),
    ("auto_allocate_vehicle", BOOK | {"test_type": ""}, "invalid_input"),
    ("auto_allocate_vehicle", BOOK | {"start_date": "2026-02-30"}, "invalid_input"),
    ("auto_allocate_vehicle", BOOK | {"days_to_complete": 0}, "invalid_input"),
    ("auto_allocate_vehicle", BOOK | {"days_to_complete": "many"}, "invalid_input"),
    ("auto_allocate_vehicle", BOOK | {"dyno": "South 1"}, "no_dyno_available"),
    ("auto_allocate_vehicle", {}, "invalid_input"),
    ("cancel_allocation", {"allocation_id": 99, "reason": "gone"}, "allocation_not_found"),
    ("reschedule_allocation", {"allocation_id": 99, "start_date": "2026-12-01"}, "allocation_not_found"),
    ("find_available_dynos", {"start_date": "x", "end_date": "2026-12-01", "test_type": "brake"}, "invalid_input"),
    ("find_available_dynos", {"start_date": "2026-12-01"}, "invalid_input"),
    ("get_dyno", {"name": "Nowhere"}, "dyno_not_found"),
    ("get_tests_by_status", {"status": "lost"}, "invalid_input"),
    ("query_database", {"sql": "drop table dynos"}, "query_refused"),
    ("utilization_report", {"start_date": "2026-12-01", "end_date": "2026-11-01"}, "invalid_input"),
    ("launch_rocket", {}, "not_found"),
]


def test_every_bad_call_comes_back_as_a_sentence_and_changes_nothing(chat: Chat) -> None:
    # In one conversation: a database for each of them would take longer than all of them together.
    told = []
    for number, (name, args, _) in enumerate(BAD_CALLS):
        chat.script.turns = [[(name, args, f"c{number}")], "I see."]
        result = of_type(say(chat, "do it"), "tool_result")[0]
        assert not result["ok"]
        assert result["data"]["message"].endswith((".", "?")), result
        told.append((name, args, result["data"]["error"]))
    assert told == BAD_CALLS
    assert rows(chat) == 0


def test_a_viewer_can_not_book_and_is_told_who_can(chat: Chat) -> None:
    viewer = given_person(chat.agent.database, role=Role.VIEWER)
    other = Chat(chat.agent, viewer, create_conversation(chat.agent.database, viewer).id, chat.script)
    other.script.turns = [[("auto_allocate_vehicle", BOOK, "c1")], "Sorry."]
    events = say(other, "book it")
    assert not of_type(events, "approval_required")
    assert of_type(events, "tool_result")[0]["data"]["message"] == (
        "Your role “viewer” does not allow you to book a vehicle; ask an engineer or a planner to do it."
    )


def test_nobody_answers_or_reads_the_conversation_of_another_person(chat: Chat) -> None:
    question = booking(chat)
    other = given_person(chat.agent.database, email="other@example.com")
    stranger = Chat(chat.agent, other, chat.thread_id, chat.script)
    assert of_type(say(stranger, "hello"), "error")[0]["text"].startswith("There is no such conversation of yours")
    assert of_type(decide(stranger, question["id"], "approve"), "error")
    assert rows(chat) == 0


def test_typing_something_else_counts_as_a_no(chat: Chat) -> None:
    question = booking(chat)
    chat.script.turns = ["Fine, what else?"]
    events = say(chat, "never mind")
    assert of_type(events, "tool_result")[0]["data"]["error"] == "declined"
    assert of_type(events, "message")[0]["text"].strip() == "Fine, what else?"
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
        "North 2 is still free for Tue 24 Nov 2026 to Thu 26 Nov 2026; ask again to have it."
    )
    assert rows(chat) == 1


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


def test_a_yes_to_an_allocation_that_changed_meanwhile_changes_nothing(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [[("reschedule_allocation", {"allocation_id": 1, "start_date": "2026-12-01"}, "m1")], "Oh."]
    question = of_type(say(chat, "move it"), "approval_required")[0]
    cancel_allocation(chat.agent.database, Origin(actor=chat.actor, channel="calendar"), 1, reason="broken axle")
    events = decide(chat, question["id"], "approve")
    assert of_type(events, "tool_result")[0]["data"]["error"] == "stale"
    assert list_allocations(chat.agent.database)[0].status == "cancelled"


def test_cancelling_needs_a_yes_and_a_reason(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    chat.script.turns = [[("cancel_allocation", {"allocation_id": 1, "reason": "  "}, "c1")], "Why?"]
    assert not of_type(say(chat, "cancel it"), "approval_required")
    chat.script.turns = [[("cancel_allocation", {"allocation_id": 1, "reason": "axle broke"}, "c2")], "Cancelled."]
    question = of_type(say(chat, "cancel it, the axle broke"), "approval_required")[0]
    assert "Reason: axle broke" in question["writes"][0]["summary"]
    decide(chat, question["id"], "approve")
    assert list_allocations(chat.agent.database)[0].status == "cancelled"


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


def test_a_model_that_never_ends_is_ended(chat: Chat) -> None:
    chat.script.turns = [[("get_datetime_now", {}, f"c{n}")] for n in range(40)]
    events = say(chat, "go round in circles")
    assert "steps without coming to an end" in of_type(events, "message")[-1]["text"]
    chat.script.turns = ["Here I am."]
    assert of_type(say(chat, "hello?"), "message")[0]["text"].strip() == "Here I am."


def test_a_model_that_fails_is_told_and_the_next_message_works(chat: Chat) -> None:
    chat.script.turns = [ValueError("secret address 10.0.0.1")]
    events = say(chat, "hello")
    assert of_type(events, "error")[0]["text"].startswith("Gemini's answer could not be read; ask again.")
    assert not any("10.0.0.1" in str(event) for event in events)
    chat.script.turns = ["Back again."]
    assert of_type(say(chat, "hello?"), "message")[0]["text"].strip() == "Back again."


def test_a_defect_in_a_tool_shows_a_reference_and_no_details(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2 at /srv/app")

    monkeypatch.setattr("dyno_core.agent.tools_read.read_dynos", broken)
    chat.script.turns = [[("list_dynos", {}, "c1")], "Sorry."]
    result = of_type(say(chat, "dynos?"), "tool_result")[0]
    assert result["data"]["error"] == "unexpected"
    assert "reference" in result["data"]["message"]
    assert "hunter2" not in str(result)


def test_a_defect_ends_the_turn_and_not_the_conversation(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> str:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr("dyno_core.agent.nodes.system_prompt", broken)
    told = of_type(say(chat, "hello"), "error")[0]["text"]
    assert "reference" in told
    assert "hunter2" not in told
    monkeypatch.undo()
    chat.script.turns = ["Hello."]
    events = say(chat, "hello again")
    assert of_type(events, "message")[0]["text"].strip() == "Hello."
    assert not of_type(events, "progress"), "what broke is not tried again"


def test_a_booking_whose_answer_is_lost_is_asked_for_again_and_booked_once(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = booking(chat)
    calls: list[int] = []

    def lossy(*args: Any, **kwargs: Any) -> Any:
        allocation = allocate_vehicle(*args, **kwargs)
        calls.append(allocation.id)
        if len(calls) == 1:
            raise DatabaseUnavailable(in_the_middle=True)
        return allocation

    monkeypatch.setattr("dyno_core.agent.tools_write.allocate_vehicle", lossy)
    events = decide(chat, question["id"], "approve")
    assert of_type(events, "tool_result")[0]["ok"]
    assert calls == [1, 1]
    assert rows(chat) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [("", "The message is empty"), ("  \x00 ", "The message is empty"), ("x" * 8001, "more than the 8,000 I read")],
)
def test_what_can_not_be_read_is_refused_and_not_stored(chat: Chat, typed: str, said: str) -> None:
    events = say(chat, typed)
    assert said in of_type(events, "error")[0]["text"]
    assert events[-1] == {"type": "done"}
    assert messages_of(chat.agent.database, chat.actor, chat.thread_id) == ()


def test_nul_characters_are_taken_out_of_a_message(chat: Chat) -> None:
    chat.script.turns = ["Hi."]
    say(chat, "he\x00llo")
    assert messages_of(chat.agent.database, chat.actor, chat.thread_id)[0].text == "hello"


def test_every_message_is_kept_with_its_events_model_and_latency(chat: Chat) -> None:
    chat.script.turns = [[("get_datetime_now", {}, "c1")], "Wednesday."]
    say(chat, "what day is it?")
    question, answer = messages_of(chat.agent.database, chat.actor, chat.thread_id)
    assert (question.role, question.text) == ("user", "what day is it?")
    assert (answer.role, answer.text.strip(), answer.model) == ("assistant", "Wednesday.", "scripted")
    assert [event["type"] for event in answer.events] == ["tool_call", "tool_result", "message"]
    with chat.agent.database.reading() as session:
        latency = session.execute(text("SELECT latency_ms FROM chat_messages WHERE role = 'assistant'")).scalar_one()
    assert latency >= 0


def test_a_second_answer_at_the_same_time_is_refused(chat: Chat) -> None:
    chat.script.turns = ["one", "two"]
    first = run_turn(chat.agent, chat.actor, chat.thread_id, "first")
    next(first)
    second = say(chat, "second")
    assert of_type(second, "error")[0]["text"] == str(StillAnswering())
    list(first)
    assert messages_of(chat.agent.database, chat.actor, chat.thread_id)[0].text == "first"


def test_stopping_keeps_what_was_said_and_makes_no_more_calls(chat: Chat) -> None:
    control = RunControl()
    chat.script.turns = [[("get_datetime_now", {}, "c1")], "one two three four five"]
    seen: list[Event] = []
    for event in run_turn(chat.agent, chat.actor, chat.thread_id, "talk", control=control):
        seen.append(event)
        if event["type"] == "tool_call":
            control.request_drain()
    assert "Stopped." in of_type(seen, "message")[-1]["text"]
    assert len(chat.script.asked) == 1
    chat.script.turns = ["Hello again."]
    assert of_type(say(chat, "hello"), "message")[-1]["text"].strip() == "Hello again."


def test_stopping_in_the_middle_of_a_sentence_keeps_the_words_and_says_so(chat: Chat) -> None:
    control = RunControl()
    chat.script.turns = [lambda _: control.request_drain() or "one two three four five"]
    seen = list(run_turn(chat.agent, chat.actor, chat.thread_id, "talk", control=control))
    said = of_type(seen, "message")[-1]["text"]
    assert said == "one … *(stopped)*"
    assert messages_of(chat.agent.database, chat.actor, chat.thread_id)[-1].text == said


def test_a_turn_cut_by_a_crash_is_finished_before_the_next_message_and_writes_once(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = booking(chat, then="Booked it.")

    def lost(*_: object) -> Iterator[Event]:
        raise KeyboardInterrupt

    monkeypatch.setattr("dyno_core.agent.turns.events.events_of", lost)
    with pytest.raises(KeyboardInterrupt):
        decide(chat, question["id"], "approve")
    monkeypatch.undo()
    other = chat.restarted()
    other.script.turns = ["Booked it.", "Anything else?"]
    events = say(other, "did it work?")
    assert of_type(events, "progress")[0]["text"] == "Finishing what was interrupted …"
    assert [message["text"].strip() for message in of_type(events, "message")] == ["Booked it.", "Anything else?"]
    assert rows(chat) == 1
    other.agent.close()


def test_a_long_conversation_is_shortened_and_keeps_its_receipts(chat: Chat) -> None:
    decide(chat, booking(chat)["id"], "approve")
    for number in range(14):
        chat.script.turns = ["word " * 1500]
        say(chat, f"question {number} " + "and so on " * 100)
    chat.script.turns = ["Yes."]
    say(chat, "did you book it?")
    prompt = chat.script.asked[-1][0].text
    assert "- done: Booked: allocation 1" in prompt
    assert len(chat.script.asked[-1]) < 20


def test_after_each_turn_only_the_last_state_is_kept(chat: Chat) -> None:
    for _ in range(3):
        chat.script.turns = [[("get_datetime_now", {}, "c1")], "Wednesday."]
        say(chat, "what day is it?")
    with chat.agent.database.reading() as session:
        assert session.execute(text("SELECT count(*) FROM langgraph.checkpoints")).scalar_one() == 1


def test_without_a_database_the_answer_is_clear_and_afterwards_the_conversation_goes_on(chat: Chat) -> None:
    chat.script.turns = ["Hello."]
    say(chat, "hello")
    url, engine = chat.agent.database.url, chat.agent.checkpoints._engine
    other = chat.restarted()
    other.agent.knowledge = chat.agent.knowledge
    other.agent.checkpoints._engine = _nowhere()
    events = say(other, "book it")
    said = of_type(events, "message")[0]["text"]
    assert "The database can't be reached right now" in said
    assert "North 1 (North)" in said
    assert not of_type(events, "tool_call")
    other.agent.checkpoints._engine = engine
    other.script.turns = ["I am back."]
    events = say(other, "are you there?")
    assert of_type(events, "message")[0]["text"].strip() == "I am back."
    assert any("book it" in message.text for message in other.script.asked[-1])
    stored = [message.text for message in messages_of(chat.agent.database, chat.actor, chat.thread_id)]
    assert stored[2] == "book it"
    assert url == chat.agent.database.url


def test_losing_the_database_in_mid_turn_never_says_that_nothing_changed(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = booking(chat, then="Booked it.")
    database = chat.agent.database

    def kill(*_: object, **__: object) -> None:
        with database.statement() as connection:
            connection.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     "WHERE datname = current_database() AND pid <> pg_backend_pid()")
            )  # fmt: skip

    monkeypatch.setattr("dyno_core.agent.tools_write._receipt", lambda *_: kill() or {"receipt": "", "allocation": {}})
    events = decide(chat, question["id"], "approve")
    assert "The connection to the database was lost" in of_type(events, "error")[0]["text"]
    monkeypatch.undo()
    assert rows(chat) == 1
    chat.script.turns = ["It is booked.", "Yes."]
    events = say(chat, "and?")
    assert of_type(events, "tool_result")[0]["data"]["allocation"]["id"] == 1
    assert rows(chat) == 1


def _nowhere() -> Engine:
    return create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing", connect_args={"connect_timeout": 1})


def test_a_dyno_that_came_meanwhile_is_known_to_the_next_turn(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.script.turns = ["Hello."]
    say(chat, "hello")
    with chat.agent.database.writing() as session:
        session.execute(text("UPDATE dynos SET name = 'West 9' WHERE name = 'North 1'"))
    monkeypatch.setattr("dyno_core.agent.knowledge._FRESH_SECONDS", -1.0)
    chat.script.turns = ["Hello."]
    say(chat, "hello again")
    assert "West 9" in chat.script.asked[-1][0].text
