"""The real Gemini client against a local stand-in for the service: what it sends, and what people are told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from langgraph.runtime import RunControl
from pydantic import SecretStr
from sqlalchemy import select

from dyno_core.agent.agent import make_agent
from dyno_core.agent.chat_cli import chat_loop
from dyno_core.agent.conversations import create_conversation, messages_of
from dyno_core.agent.turns import run_offline_instead, run_turn
from dyno_core.booking import list_allocations
from dyno_core.clock import Clock, FixedClock
from dyno_core.database.engine import Database
from dyno_core.database.models import ChatMessageRow
from dyno_core.settings import Settings
from dyno_core.telemetry import exposition
from tests.fake_gemini import FakeGemini, Reply, calls, replies, text
from tests.fixtures.agent import BOOK, TODAY, Chat, Script, decide, given_person, of_type, say


@pytest.fixture
def fake() -> Iterator[FakeGemini]:
    with FakeGemini().running() as server:
        yield server


@pytest.fixture
def gemini_chat(lab: Database, fake: FakeGemini) -> Iterator[Chat]:
    settings = Settings(_env_file=None, gemini_api_key=SecretStr("test-key"), google_gemini_base_url=fake.url)
    agent = make_agent(lab, clock=FixedClock(TODAY), settings=settings)
    actor = given_person(lab)
    yield Chat(agent, actor, create_conversation(lab, actor).id, Script([]))
    agent.close()


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dyno_core.agent.models.listening.PAUSE_SECONDS", 0.0)


def test_text_streams_in_pieces_and_the_model_is_recorded(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [text("Hello ", "there")]
    events = say(gemini_chat, "hello")
    assert [event["text"] for event in of_type(events, "token")] == ["Hello ", "there"]
    assert of_type(events, "message")[0]["text"] == "Hello there"
    assert messages_of(gemini_chat.agent.database, gemini_chat.actor, gemini_chat.thread_id)[1].model == (
        "gemini-3.8-flash"
    )
    prompt = fake.requests[0]["systemInstruction"]["parts"][0]["text"]
    assert "Today is Wednesday, 2026-11-18." in prompt
    assert "reporting.allocations(" in prompt
    assert "brake (also: Brake, brakes, braking)" in prompt


def test_the_tools_go_along_without_what_the_model_must_not_choose(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [text("Hi")]
    say(gemini_chat, "hello")
    declared = {one["name"]: one for one in fake.requests[0]["tools"][0]["functionDeclarations"]}
    assert len(declared) == 20
    assert "runtime" not in str(declared["auto_allocate_vehicle"]["parameters"])
    assert "YYYY-MM-DD" in str(declared["auto_allocate_vehicle"]["parameters"])


def test_a_call_is_carried_out_and_answered_by_its_id(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [calls(("call_1", "get_datetime_now", {})), text("Wednesday.")]
    events = say(gemini_chat, "what day is it?")
    assert of_type(events, "message")[0]["text"] == "Wednesday."
    response = fake.requests[1]["contents"][-1]["parts"][0]["functionResponse"]
    assert (response["id"], response["response"]["data"]["today"]) == ("call_1", "2026-11-18")


def test_parallel_calls_of_one_tool_are_told_apart(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [
        calls(("a", "get_dyno", {"name": "North 1"}), ("b", "get_dyno", {"name": "South 1"})),
        text("Both are there."),
    ]
    events = say(gemini_chat, "tell me about both")
    assert of_type(events, "message")[0]["text"] == "Both are there."
    answers = [part["functionResponse"] for part in fake.requests[1]["contents"][-1]["parts"]]
    assert {one["id"]: one["response"]["data"]["dyno"]["name"] for one in answers} == {"a": "North 1", "b": "South 1"}


def test_a_booking_waits_for_a_yes_and_is_receipted(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [calls(("book_1", "auto_allocate_vehicle", BOOK)), text("Booked as allocation 1.")]
    question = of_type(say(gemini_chat, "book it"), "approval_required")[0]
    assert list_allocations(gemini_chat.agent.database) == ()
    events = decide(gemini_chat, question["id"], "approve")
    assert of_type(events, "message")[0]["text"] == "Booked as allocation 1."
    assert len(list_allocations(gemini_chat.agent.database)) == 1


def test_an_abandoned_question_leaves_a_conversation_that_the_service_accepts(
    gemini_chat: Chat, fake: FakeGemini
) -> None:
    fake.replies = [calls(("book_1", "auto_allocate_vehicle", BOOK)), text("Fine.")]
    say(gemini_chat, "book it")
    assert of_type(say(gemini_chat, "forget it"), "message")[-1]["text"] == "Fine."


FAILING: dict[str, tuple[Reply, str]] = {
    "busy": (replies.BUSY, "Gemini gets more questions than it takes right now; wait a minute and ask again."),
    "busy for long": (replies.busy("3725s"), "asks us to wait; ask again in 63 minutes."),
    "down": (replies.DOWN, "Gemini has a problem of its own right now; ask again in a minute."),
    "overloaded": (replies.OVERLOADED, "Gemini has a problem of its own right now; ask again in a minute."),
    "bad key": (replies.BAD_KEY, "Gemini refused our key, so it can't answer; an administrator must set a valid one"),
    "forbidden": (replies.FORBIDDEN, "an administrator must look at the key's rights."),
    "unknown model": (replies.UNKNOWN_MODEL, "an administrator must correct DYNO_MODEL."),
    "empty": (replies.EMPTY, "Gemini gave an empty answer; put the question in other words."),
    "blocked": (replies.BLOCKED, "Gemini declined to answer that; put the question in other words."),
    "prompt blocked": (replies.PROMPT_BLOCKED, "Gemini declined to answer that; put the question in other words."),
    "all thought": (replies.ALL_THOUGHT, "ran out of room before it came to an answer; ask for less at once."),
    "malformed call": (replies.MALFORMED_CALL, "Gemini gave an answer that could not be read; ask again."),
    "bad JSON": (replies.BAD_JSON, "Gemini gave an answer that could not be read; ask again."),
    "a web page": (replies.A_WEB_PAGE, "Gemini gave an answer that could not be read; ask again."),
    "error midway": (replies.ERROR_MIDWAY, "Gemini broke off in the middle of its answer"),
    "cut midway": (replies.CUT_MIDWAY, "Gemini broke off in the middle of its answer"),
}


def test_a_failing_service_is_told_in_a_sentence_that_offers_the_offline_model(
    gemini_chat: Chat, fake: FakeGemini
) -> None:
    # In one conversation: a database for each case would take longer than all cases, and each turn follows a failed one.
    for case, (reply, sentence) in FAILING.items():
        fake.replies = [reply, reply, reply]
        fake.requests.clear()
        events = say(gemini_chat, "hello")
        told = of_type(events, "error")[0]["text"]
        assert sentence in told, case
        assert told.endswith("Nothing was changed by this. The offline model can answer too."), case
        assert not any(secret in str(events) for secret in ("test-key", "12345", "10.0.0.1", "html")), case
        assert len(fake.requests) == (3 if case in ("busy", "down", "overloaded") else 1), case
    assert fake.refused == []


@pytest.mark.parametrize(
    ("reply", "said", "note"),
    [(replies.TOO_LONG, "There are many", "it got too long"), (replies.BLOCKED_MIDWAY, "The way to", "declined")],
    ids=["too long", "blocked midway"],
)
def test_an_answer_that_ends_before_its_time_is_kept_and_says_so(
    gemini_chat: Chat, fake: FakeGemini, reply: Reply, said: str, note: str
) -> None:
    fake.replies = [reply]
    told = of_type(say(gemini_chat, "hello"), "message")[0]["text"]
    assert told.startswith(f"{said} …")
    assert note in told


def test_thoughts_are_not_part_of_the_answer(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [Reply(([{"text": "Hm, secretly", "thought": True}], [{"text": "Wednesday."}]))]
    events = say(gemini_chat, "what day is it?")
    assert of_type(events, "message")[0]["text"] == "Wednesday."
    assert "secretly" not in str(events)


def test_a_service_that_asks_for_a_moment_gets_it_and_the_person_is_told(gemini_chat: Chat, fake: FakeGemini) -> None:
    header = replies.refusal(429, "RESOURCE_EXHAUSTED", "later")
    fake.replies = [
        replies.busy("0.2s"),
        Reply(status=429, error=header.error, headers={"Retry-After": "0"}),
        text("Hi."),
    ]
    events = say(gemini_chat, "hello")
    assert of_type(events, "message")[0]["text"] == "Hi."
    assert "Gemini is busy; trying again in 1 second …" in [event["text"] for event in of_type(events, "progress")]


@pytest.mark.parametrize("reply", [replies.HANGS, replies.HANGS_MIDWAY], ids=["at once", "midway"])
def test_a_service_that_hangs_is_left_at_the_turns_deadline(gemini_chat: Chat, fake: FakeGemini, reply: Reply) -> None:
    gemini_chat.agent.deadline_seconds = 0.5
    fake.replies = [reply]
    assert "Gemini took too long to answer" in of_type(say(gemini_chat, "hello"), "error")[0]["text"]


def test_the_deadline_is_one_for_all_answers_of_a_turn(gemini_chat: Chat, fake: FakeGemini) -> None:
    gemini_chat.agent.deadline_seconds = 1.0
    fake.replies = [calls((f"c{n}", "get_datetime_now", {})) for n in range(3)] + [replies.HANGS]
    assert "Gemini took too long to answer" in of_type(say(gemini_chat, "hello"), "error")[0]["text"]


def test_stop_leaves_a_service_that_hangs_and_keeps_what_it_said(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [replies.HANGS_MIDWAY, text("Yes?")]
    control = RunControl()
    events: list[Any] = []
    for event in run_turn(gemini_chat.agent, gemini_chat.actor, gemini_chat.thread_id, "hello", control=control):
        events.append(event)
        if event["type"] == "token":
            threading.Thread(target=control.request_drain).start()
    assert of_type(events, "message")[0]["text"] == "The dyno … *(stopped)*"
    assert of_type(say(gemini_chat, "hello?"), "message")[0]["text"] == "Yes?"


def test_a_service_that_fails_after_a_booking_never_says_that_nothing_was_changed(
    gemini_chat: Chat, fake: FakeGemini
) -> None:
    fake.replies = [calls(("book_1", "auto_allocate_vehicle", BOOK)), replies.EMPTY]
    question = of_type(say(gemini_chat, "book it"), "approval_required")[0]
    told = of_type(decide(gemini_chat, question["id"], "approve"), "error")[0]["text"]
    assert "What is shown above as done is done." in told
    assert "Nothing was changed" not in told


def test_a_service_that_can_not_be_reached_is_told(lab: Database) -> None:
    settings = Settings(_env_file=None, gemini_api_key=SecretStr("k"), google_gemini_base_url="http://127.0.0.1:1")
    agent = make_agent(lab, clock=FixedClock(TODAY), settings=settings)
    actor = given_person(lab)
    chat = Chat(agent, actor, create_conversation(lab, actor).id, Script([]))
    assert "Gemini can't be reached" in of_type(say(chat, "hello"), "error")[0]["text"]
    agent.close()


def test_the_offline_model_takes_over_when_asked_to_and_gemini_understands_what_it_did(
    gemini_chat: Chat, fake: FakeGemini
) -> None:
    events = say(gemini_chat, "which dynos are there?", offline=True)
    assert of_type(events, "tool_call")[0]["name"] == "list_dynos"
    assert fake.requests == []
    fake.replies = [text("As I said.")]
    assert of_type(say(gemini_chat, "and now you?"), "message")[0]["text"] == "As I said."


def test_an_answer_is_stored_with_model_prompt_tools_tokens_and_price(gemini_chat: Chat, fake: FakeGemini) -> None:
    def counted() -> dict[str, float]:
        lines = exposition().decode().splitlines()
        found = (line.rpartition(" ") for line in lines if 'model="gemini-3.8-flash"' in line)
        return {name: float(value) for name, _, value in found}

    before = counted()
    # Each event of the service counts from the beginning of its answer; two answers make 22 and 14 tokens.
    fake.replies = [calls(("c1", "get_datetime_now", {})), text("Wed", "nes", "day.")]
    say(gemini_chat, "what day is it?")
    with gemini_chat.agent.database.reading() as session:
        row = session.scalars(select(ChatMessageRow).order_by(ChatMessageRow.id.desc()).limit(1)).one()
        assert (row.model, row.prompt_version, row.tools) == ("gemini-3.8-flash", "system_v2", ["get_datetime_now"])
        assert (row.input_tokens, row.output_tokens, row.cost_usd) == (22, 14, Decimal("0.000068"))
        assert row.latency_ms is not None
    added = {name: value - before.get(name, 0) for name, value in counted().items()}
    assert added['dyno_model_tokens_total{direction="input",model="gemini-3.8-flash"}'] == 22
    assert added['dyno_model_tokens_total{direction="output",model="gemini-3.8-flash"}'] == 14
    assert added['dyno_model_cost_usd_total{model="gemini-3.8-flash"}'] == pytest.approx(0.000068)


def test_the_offline_model_gives_the_answer_that_gemini_failed_to_give_this_once(
    gemini_chat: Chat, fake: FakeGemini
) -> None:
    fake.replies = [replies.EMPTY]
    assert say(gemini_chat, "which dynos are there?")[-2]["offline"] is True
    events = list(run_offline_instead(gemini_chat.agent, gemini_chat.actor, gemini_chat.thread_id))
    assert of_type(events, "tool_call")[0]["name"] == "list_dynos"
    assert "North 1" in of_type(events, "message")[-1]["text"]
    assert "has its answer" in str(
        list(run_offline_instead(gemini_chat.agent, gemini_chat.actor, gemini_chat.thread_id))
    )
    fake.replies = [text("Gemini again.")]
    assert of_type(say(gemini_chat, "thanks"), "message")[0]["text"] == "Gemini again."
    assert [
        message.text
        for message in messages_of(gemini_chat.agent.database, gemini_chat.actor, gemini_chat.thread_id)
        if message.role == "user"
    ].count("which dynos are there?") == 1


def test_the_offline_model_takes_over_behind_a_booking_and_books_nothing_twice(
    gemini_chat: Chat, fake: FakeGemini
) -> None:
    fake.replies = [calls(("book_1", "auto_allocate_vehicle", BOOK)), replies.EMPTY]
    question = of_type(say(gemini_chat, "book it"), "approval_required")[0]
    decide(gemini_chat, question["id"], "approve")
    events = list(run_offline_instead(gemini_chat.agent, gemini_chat.actor, gemini_chat.thread_id))
    assert "North 1" in of_type(events, "message")[-1]["text"]
    assert of_type(events, "tool_result") == []
    assert len(list_allocations(gemini_chat.agent.database)) == 1


@dataclass
class Parts:
    database: Database
    clock: Clock
    settings: Settings


def test_a_model_that_is_not_installed_is_told_and_the_offline_model_answers_on_the_command_line(lab: Database) -> None:
    parts = Parts(lab, FixedClock(TODAY), Settings(_env_file=None, dyno_model="ollama:llama3.1"))
    lines: list[str] = []
    chat_loop(parts, given_person(lab), ["which dynos are there?\n", "/offline\n"], lines.append, as_json=True)
    events = [json.loads(line) for line in lines]
    (told,) = of_type(events, "error")
    assert "needs the package langchain-ollama, which is not installed here" in told["text"]
    assert told["offline"] is True
    assert "North 1" in of_type(events, "message")[-1]["text"]
