"""The real Gemini client against a local stand-in for the service: what it sends, and what people are told."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from dyno_core.agent.agent import make_agent
from dyno_core.agent.conversations import create_conversation, messages_of
from dyno_core.booking import list_allocations
from dyno_core.clock import FixedClock
from dyno_core.database.engine import Database
from dyno_core.settings import Settings
from tests.fake_gemini import FakeGemini, calls, text
from tests.fake_gemini.server import BAD_KEY, BLOCKED, BUSY, DOWN, EMPTY, Reply
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
    assert len(declared) == 18
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
    assert of_type(say(gemini_chat, "forget it"), "message")[0]["text"] == "Fine."


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (BUSY, "Gemini gets more questions than it takes right now"),
        (DOWN, "Gemini has a problem of its own right now"),
        (BAD_KEY, "Gemini refused our key"),
        (EMPTY, "Gemini gave an empty answer"),
        (BLOCKED, "Gemini declined to answer that"),
        (Reply(status=403, error={"code": 403, "status": "PERMISSION_DENIED", "message": "x"}), "key's rights"),
        (Reply(status=404, error={"code": 404, "status": "NOT_FOUND", "message": "x"}), "DYNO_MODEL"),
    ],
    ids=["busy", "down", "bad key", "empty", "blocked", "forbidden", "unknown model"],
)
def test_a_failing_service_is_told_in_a_sentence_that_offers_the_offline_model(
    gemini_chat: Chat, fake: FakeGemini, monkeypatch: pytest.MonkeyPatch, reply: Reply, sentence: str
) -> None:
    monkeypatch.setattr("dyno_core.agent.models.gemini._ATTEMPTS", 1)
    fake.replies = [reply]
    events = say(gemini_chat, "hello")
    told = of_type(events, "error")[0]["text"]
    assert sentence in told
    assert "The offline model can answer too." in told
    assert not any(secret in str(events) for secret in ("test-key", "12345", "10.0.0.1"))


def test_a_service_that_is_busy_for_a_moment_is_asked_once_more(gemini_chat: Chat, fake: FakeGemini) -> None:
    fake.replies = [BUSY, text("Here I am.")]
    assert of_type(say(gemini_chat, "hello"), "message")[0]["text"] == "Here I am."


def test_a_service_that_does_not_answer_the_telephone_is_told(lab: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dyno_core.agent.models.gemini._ATTEMPTS", 1)
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
