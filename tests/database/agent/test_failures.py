"""Stops, crashes, defects and a database that goes away: the answer is a sentence, the state stays whole."""

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from langgraph.runtime import RunControl
from sqlalchemy import Engine, create_engine, text

from dyno_core.agent import conversations
from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.conversations import NewMessage, messages_of
from dyno_core.agent.events import Event
from dyno_core.agent.graph import compiled
from dyno_core.agent.settling import config_of
from dyno_core.agent.turns import pending, run_turn
from dyno_core.agent.undo_turns import run_message
from dyno_core.booking import allocate_vehicle, list_allocations
from dyno_core.errors import DatabaseUnavailable
from tests.fixtures.agent import BOOK, Chat, booking, decide, of_type, rows, say


def test_a_model_that_never_ends_is_ended(chat: Chat) -> None:
    chat.script.turns = [[("get_datetime_now", {}, f"c{n}")] for n in range(40)]
    events = say(chat, "go round in circles")
    assert "steps without coming to an end" in of_type(events, "message")[-1]["text"]
    chat.script.turns = ["Here I am."]
    assert of_type(say(chat, "hello?"), "message")[0]["text"].strip() == "Here I am."


def test_a_model_that_fails_is_told_and_the_next_message_works(chat: Chat) -> None:
    chat.script.turns = [ValueError("secret address 10.0.0.1")]
    events = say(chat, "hello")
    assert of_type(events, "error")[0]["text"].startswith(
        "The model scripted gave an answer that could not be read; ask again."
    )
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
    stored = messages_of(chat.agent.database, chat.actor, chat.thread_id)[-1]
    assert (stored.text, stored.model) == (said, "scripted")


def test_stopping_the_rules_keeps_what_was_asked_and_said(offline_chat: Chat) -> None:
    chat, control = offline_chat, RunControl()
    for event in run_turn(chat.agent, chat.actor, chat.thread_id, "which dynos are there?", control=control):
        if event["type"] == "tool_call":
            control.request_drain("stopped by the person")
    with chat.agent.checkpoints.reading() as saver:
        kept = compiled(saver).get_state(config_of(chat.actor, chat.thread_id)).values["messages"]
    assert [message.text for message in kept[:1]] == ["which dynos are there?"]
    assert kept[-1].text.startswith("Stopped.")
    assert "There are no conflicts" in of_type(say(chat, "any conflicts?"), "message")[-1]["text"]


def test_a_model_that_hangs_is_stopped_without_waiting_for_it(chat: Chat) -> None:
    control, hangs, go = RunControl(), threading.Event(), threading.Event()

    def hang(_: object) -> str:
        hangs.set()
        assert go.wait(timeout=60)
        return "too late"

    chat.script.turns = [hang]
    seen: list[Event] = []
    turn = threading.Thread(
        target=lambda: seen.extend(run_turn(chat.agent, chat.actor, chat.thread_id, "talk", control=control))
    )
    turn.start()
    assert hangs.wait(timeout=30)
    control.request_drain()
    turn.join(timeout=30)
    go.set()
    assert of_type(seen, "message")[-1]["text"] == "… *(stopped)*"
    chat.script.turns = ["Hello again."]
    assert of_type(say(chat, "hello"), "message")[-1]["text"].strip() == "Hello again."


def test_a_model_that_hangs_is_given_up_at_the_deadline(chat: Chat) -> None:
    go = threading.Event()
    chat.agent.deadline_seconds = 0.0
    chat.script.turns = [lambda _: "late" if go.wait(timeout=60) else "never"]
    assert "took too long" in of_type(say(chat, "talk"), "error")[0]["text"]
    go.set()


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
    said = [message["text"].strip() for message in of_type(events, "message")]
    assert said[::2] == ["Booked it.", "Anything else?"]
    assert said[1].startswith("I had been cut off while I carried out what you had approved, and have finished it now")
    assert rows(chat) == 1
    other.agent.close()


def cut_off_behind_a_yes(chat: Chat, monkeypatch: pytest.MonkeyPatch, *, written: tuple[int, ...]) -> Chat:
    """Bookings of vehicles 1 and 2 were agreed to, and the process died when those of ``written`` were written.

    The conversation as a new process has it.
    """
    question = booking(chat, BOOK, BOOK | {"tag": "100W101"})

    def dying(*args: Any, **kwargs: Any) -> Any:
        if kwargs["vehicle_id"] not in written:
            raise KeyboardInterrupt
        return allocate_vehicle(*args, **kwargs)

    monkeypatch.setattr("dyno_core.agent.tools_write.allocate_vehicle", dying)
    with pytest.raises(KeyboardInterrupt):
        decide(chat, question["id"], "approve")
    monkeypatch.undo()
    return chat.restarted()


def test_never_mind_after_a_crash_withdraws_what_was_approved(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    other = cut_off_behind_a_yes(chat, monkeypatch, written=())
    (said,) = of_type(say(other, "Never mind."), "message")
    assert said["text"] == "What you had approved was cut off before it was written; it won't be written."
    other.script.turns = ["Hello."]
    assert [one["text"].strip() for one in of_type(say(other, "hello"), "message")] == ["Hello."]
    assert rows(chat) == 0
    other.agent.close()


def test_never_mind_after_a_crash_tells_what_was_written_by_then(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    other = cut_off_behind_a_yes(chat, monkeypatch, written=(1,))
    (said,) = of_type(say(other, "never mind"), "message")
    assert said["text"].endswith(
        "Written is: allocation 1, 100W100 (brake) on North 1, Tue 24 Nov 2026 to Thu 26 Nov 2026, was booked. "
        "Say “undo” to take it back."
    )
    assert rows(chat) == 1, "the second one is not written any more"
    list(run_message(other.agent, other.actor, other.thread_id, "undo"))
    assert [one.status for one in list_allocations(chat.agent.database)] == ["cancelled"]
    other.agent.close()


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
    with chat.agent.database.writing() as session:
        session.execute(text("UPDATE users SET disabled = true"))
    assert of_type(say(other, "may I?"), "error")
    with chat.agent.database.writing() as session:
        session.execute(text("UPDATE users SET disabled = false"))
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


def test_losing_the_database_while_the_rules_answer_says_that_nothing_changed(
    offline_chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their steps are stored at the end: there, none of them is known to the next message."""

    def lost(*_: object, **__: object) -> None:
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    chat = offline_chat
    with monkeypatch.context() as patched:
        patched.setattr("langgraph.checkpoint.postgres.PostgresSaver.put", lost)
        (told,) = of_type(say(chat, "book 100W100 for a brake test from 24 November for 3 days"), "error")
    assert told["text"].endswith("It changed nothing; ask again in a moment.")
    assert rows(chat) == 0
    assert pending(chat.agent, chat.actor, chat.thread_id) is None
    assert of_type(say(chat, "book 100W100 for a brake test from 24 November for 3 days"), "approval_required")


def _nowhere() -> Engine:
    return create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing", connect_args={"connect_timeout": 1})


def test_letters_that_no_database_stores_end_no_answer(chat: Chat) -> None:
    chat.script.turns = ["A \x00zero and half \ud83d a letter."]
    events = say(chat, "odd?")
    assert [event["type"] for event in events][-2:] == ["message", "done"]
    assert (
        messages_of(chat.agent.database, chat.actor, chat.thread_id)[-1].text.strip() == "A zero and half ? a letter."
    )
    chat.script.turns = [[("find_next_windows", {"test_type": "\x00\udc00"}, "c1")], "Not found."]
    assert [event["type"] for event in say(chat, "and as an argument?")][-2:] == ["message", "done"]
    assert messages_of(chat.agent.database, chat.actor, chat.thread_id)[-1].text.strip() == "Not found."


def test_an_answer_that_cannot_be_stored_ends_with_an_error_and_done(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = conversations.add_message

    def broken(database: Any, actor: Any, thread_id: str, message: NewMessage) -> int:
        if message.role == "assistant":
            raise ValueError("secret")
        return whole(database, actor, thread_id, message)

    monkeypatch.setattr("dyno_core.agent.conversations.add_message", broken)
    events = say(chat, "hello")
    assert [event["type"] for event in events][-2:] == ["error", "done"]
    assert "reference" in events[-2]["text"]
    assert "secret" not in events[-2]["text"]


def test_a_write_that_the_database_did_not_survive_is_told_in_one_sentence(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = booking(chat, then="Booked it.")
    database = chat.agent.database

    def kill(*_: object, **__: object) -> None:
        with database.statement() as connection:
            settings = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({settings}) others"))
        raise DatabaseUnavailable

    monkeypatch.setattr("dyno_core.agent.tools_write.allocate_vehicle", kill)
    told = [event for event in decide(chat, question["id"], "approve") if event["type"] in ("error", "tool_result")]
    assert [event["type"] for event in told] == ["error"]
    assert "finished with your next message" in told[0]["text"]


def test_a_yes_waits_for_the_disk(chat: Chat) -> None:
    for durable, setting in ((True, "on"), (False, "off")):
        with chat.agent.checkpoints.turn("one", durable=durable) as saver:
            assert saver.conn.execute("SHOW synchronous_commit").fetchone() == (setting,)
