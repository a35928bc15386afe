"""The process that gives an answer is killed at every bad moment: another one finishes it, and writes once."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.agent import conversations, tools_write, undo_turns
from dyno_core.agent.agent import make_agent
from dyno_core.agent.conversations import NewMessage, messages_of
from dyno_core.agent.events import Event
from dyno_core.agent.settling import thread_key
from dyno_core.agent.turns import answer_approval, pending, run_turn
from dyno_core.agent.undo_turns import run_undo
from dyno_core.agent.upkeep import finish_turn
from dyno_core.booking import list_allocations
from dyno_core.clock import FixedClock
from dyno_core.database.engine import Database
from dyno_core.settings import Settings
from tests.fixtures.agent import BOOK, TODAY, Chat, Script, booking, decide, given_script, of_type, say

PATIENCE = 60
BOOK_IN_WORDS = "book 100W100 for a brake test from 24 November for 3 days"
Halt = Callable[[], None]
Work = Callable[[Chat, Halt], object]


def _other_process(url: str, chat: Chat, work: Work, pipe: Connection) -> None:
    """A process of the app with nothing of its parent's but the address of the database."""

    def halt() -> None:
        """Stand here, until killed."""
        pipe.send("here")
        pipe.recv()

    agent = make_agent(Database(url), clock=FixedClock(TODAY), settings=Settings(_env_file=None))
    script = Script([])
    given_script(agent, script)
    work(Chat(agent, chat.actor, chat.thread_id, script), halt)
    pipe.send("ended")


def killed_in(chat: Chat, work: Work) -> None:
    """Let another process do ``work`` and kill it where it halts; return when the database knows that it is gone."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_other_process, args=(chat.agent.database.url, chat, work, theirs), daemon=True)
    process.start()
    theirs.close()
    assert ours.poll(PATIENCE), "the process never came so far"
    assert ours.recv() == "here"
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    # The conversation is the dead process's until the server has noticed; this waits for it.
    with chat.agent.database.statement() as connection:
        key = {"key": thread_key(chat.actor, chat.thread_id)}
        connection.execute(text("SET lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_lock(hashtextextended(:key, 0))"), key)
        connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:key, 0))"), key)


def told(chat: Chat) -> list[str]:
    return [message.text.strip() for message in messages_of(chat.agent.database, chat.actor, chat.thread_id)]


def finished(chat: Chat) -> list[Event]:
    return list(finish_turn(chat.agent, chat.actor, chat.thread_id))


def rows(chat: Chat) -> list[int]:
    return [one.id for one in list_allocations(chat.agent.database)]


@pytest.fixture
def question(chat: Chat) -> str:
    """The id of an open question about one booking."""
    chat.agent.database.dispose()
    return str(booking(chat)["id"])


def test_killed_in_the_middle_of_a_sentence(chat: Chat) -> None:
    def work(other: Chat, halt: Halt) -> None:
        other.script.turns = ["one two three"]
        for event in run_turn(other.agent, other.actor, other.thread_id, "count"):
            if event["type"] == "token":
                halt()

    killed_in(chat, work)
    assert told(chat) == ["count"]
    chat.script.turns = ["one two three"]
    assert of_type(finished(chat), "message")[0]["text"].strip() == "one two three"
    assert told(chat) == ["count", "one two three"]
    assert [event["type"] for event in finished(chat)] == ["done"]


@pytest.mark.parametrize("moment", ["approval_required", "done"])
def test_killed_while_the_question_is_asked_or_when_it_waits(chat: Chat, moment: str) -> None:
    def work(other: Chat, halt: Halt) -> None:
        other.script.turns = [[("auto_allocate_vehicle", BOOK, "call_1")]]
        for event in run_turn(other.agent, other.actor, other.thread_id, "book it"):
            if event["type"] == moment:
                halt()

    killed_in(chat, work)
    waiting = pending(chat.agent, chat.actor, chat.thread_id)
    assert waiting or moment == "approval_required", "only on its way to the person it may not be stored yet"
    question = waiting.id if waiting else of_type(finished(chat), "approval_required")[0]["id"]
    assert rows(chat) == []
    chat.script.turns = ["Booked."]
    decide(chat, question, "approve")
    assert rows(chat) == [1]
    assert told(chat)[-1] == "Booked."


@pytest.mark.parametrize("moment", ["token", "approval_required"])
def test_killed_while_the_rules_answer(offline_chat: Chat, moment: str) -> None:
    """They store all steps at the end, so that the answer is given anew."""

    def work(other: Chat, halt: Halt) -> None:
        agent = make_agent(other.agent.database, clock=FixedClock(TODAY), settings=Settings(_env_file=None))
        for event in run_turn(agent, other.actor, other.thread_id, BOOK_IN_WORDS):
            if event["type"] == moment:
                halt()

    offline_chat.agent.database.dispose()
    killed_in(offline_chat, work)
    assert told(offline_chat) == [BOOK_IN_WORDS]
    waiting = pending(offline_chat.agent, offline_chat.actor, offline_chat.thread_id)
    question = waiting.id if waiting else of_type(finished(offline_chat), "approval_required")[0]["id"]
    assert rows(offline_chat) == []
    decide(offline_chat, question, "approve")
    assert rows(offline_chat) == [1]


def _halts_before(
    monkeypatch: pytest.MonkeyPatch, place: Any, name: str, halt: Halt, when: Callable[..., bool]
) -> None:
    whole = getattr(place, name)

    def halting(*args: Any, **kwargs: Any) -> Any:
        if when(*args):
            halt()
        return whole(*args, **kwargs)

    monkeypatch.setattr(place, name, halting)


@pytest.mark.parametrize("ended_by", ["the button", "the next message", "the same yes again"])
def test_killed_between_the_booking_and_its_checkpoint(chat: Chat, question: str, ended_by: str) -> None:
    def work(other: Chat, halt: Halt) -> None:
        _halts_before(pytest.MonkeyPatch(), tools_write, "_receipt", halt, lambda *_: True)
        list(answer_approval(other.agent, other.actor, other.thread_id, question, "approve"))

    killed_in(chat, work)
    assert rows(chat) == [1], "it was committed"
    chat.script.turns = ["Booked it.", "Yes."]
    if ended_by == "the button":
        events = finished(chat)
    elif ended_by == "the next message":
        events = say(chat, "did it work?")
    else:
        events = decide(chat, question, "approve") + say(chat, "and now?")
    assert of_type(events, "tool_result")[0]["data"]["allocation"]["id"] == 1
    assert rows(chat) == [1]
    assert pending(chat.agent, chat.actor, chat.thread_id) is None


def test_killed_before_the_answer_was_stored_for_people_to_read(chat: Chat, question: str) -> None:
    def is_answer(_database: object, _actor: object, _thread: object, message: NewMessage) -> bool:
        return message.role == "assistant"

    def work(other: Chat, halt: Halt) -> None:
        _halts_before(pytest.MonkeyPatch(), conversations, "add_message", halt, is_answer)
        other.script.turns = ["Booked it."]
        list(answer_approval(other.agent, other.actor, other.thread_id, question, "approve"))

    killed_in(chat, work)
    asked = len(chat.script.asked)
    events = finished(chat)
    assert [event["type"] for event in events] == ["tool_result", "message", "done"]
    assert told(chat)[-2:] == ["Yes.", "Booked it."]
    assert len(chat.script.asked) == asked, "the model is not asked again"
    assert rows(chat) == [1]


def test_a_yes_killed_before_the_booking_is_withdrawn_by_an_undo_for_good(chat: Chat, question: str) -> None:
    def work(other: Chat, halt: Halt) -> None:
        _halts_before(pytest.MonkeyPatch(), tools_write, "allocate_vehicle", halt, lambda *_: True)
        list(answer_approval(other.agent, other.actor, other.thread_id, question, "approve"))

    killed_in(chat, work)
    undone = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert "won't be written" in of_type(undone, "message")[-1]["text"]
    chat.script.turns = ["Hello."]
    assert of_type(say(chat, "hello"), "tool_result") == []
    assert rows(chat) == []


def test_a_yes_killed_after_the_booking_is_undone(chat: Chat, question: str) -> None:
    def work(other: Chat, halt: Halt) -> None:
        _halts_before(pytest.MonkeyPatch(), tools_write, "_receipt", halt, lambda *_: True)
        list(answer_approval(other.agent, other.actor, other.thread_id, question, "approve"))

    killed_in(chat, work)
    undone = list(run_undo(chat.agent, chat.actor, chat.thread_id))
    assert of_type(undone, "message")[-1]["text"].startswith("Undone: allocation 1")
    assert [one.status for one in list_allocations(chat.agent.database)] == ["cancelled"]


@pytest.mark.parametrize("again", [finished, lambda chat: list(run_undo(chat.agent, chat.actor, chat.thread_id))])
def test_an_undo_killed_after_it_took_something_back_tells_that_and_takes_back_no_more(
    chat: Chat, question: str, again: Callable[[Chat], list[Event]]
) -> None:
    decide(chat, question, "approve")
    decide(chat, str(booking(chat, BOOK | {"tag": "100W101"})["id"]), "approve")
    chat.agent.database.dispose()

    def work(other: Chat, halt: Halt) -> None:
        _halts_before(pytest.MonkeyPatch(), undo_turns.results, "done", halt, lambda *_: True)
        list(run_undo(other.agent, other.actor, other.thread_id))

    killed_in(chat, work)
    assert of_type(again(chat), "message")[0]["text"].startswith("Undone: allocation 2")
    assert [one.id for one in list_allocations(chat.agent.database, statuses=["scheduled"])] == [1]
