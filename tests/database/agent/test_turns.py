"""Turns through the real graph and the real tools: what is told, what is refused, what is kept."""

import pytest
from sqlalchemy import text

from dyno_core.agent.conversations import messages_of
from dyno_core.agent.turns import pending
from tests.fixtures.agent import BOOK, Chat, booking, decide, given_person, of_type, rows, say


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


def test_nobody_answers_or_reads_the_conversation_of_another_person(chat: Chat) -> None:
    question = booking(chat)
    other = given_person(chat.agent.database, email="other@example.com")
    stranger = Chat(chat.agent, other, chat.thread_id, chat.script)
    assert of_type(say(stranger, "hello"), "error")[0]["text"].startswith("There is no such conversation of yours")
    assert of_type(decide(stranger, question["id"], "approve"), "error")
    assert rows(chat) == 0


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


def test_a_dyno_that_came_meanwhile_is_known_to_the_next_turn(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.script.turns = ["Hello."]
    say(chat, "hello")
    with chat.agent.database.writing() as session:
        session.execute(text("UPDATE dynos SET name = 'West 9' WHERE name = 'North 1'"))
    monkeypatch.setattr("dyno_core.agent.knowledge._FRESH_SECONDS", -1.0)
    chat.script.turns = ["Hello."]
    say(chat, "hello again")
    assert "West 9" in chat.script.asked[-1][0].text


def test_whose_account_was_disabled_meanwhile_is_told_nothing_more(chat: Chat) -> None:
    said = []
    for disabled in (False, True):
        with chat.agent.database.writing() as session:
            session.execute(text("UPDATE users SET disabled = :disabled"), {"disabled": disabled})
        chat.script.turns = [[("query_database", {"sql": "select * from allocations"}, "c1")], "That is the plan."]
        said.append(say(chat, "what is planned?"))
    assert of_type(said[0], "tool_result")
    assert said[1] == [
        {"type": "error", "text": "You are not signed in any more; sign in again to go on."},
        {"type": "done"},
    ]
    assert len(messages_of(chat.agent.database, chat.actor, chat.thread_id)) == 2
