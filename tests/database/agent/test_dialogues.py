"""The same conversations with every model: the offline one, and Gemini's real client against its stand-in."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pydantic import SecretStr

from dyno_core.agent.agent import make_agent
from dyno_core.agent.conversations import create_conversation
from dyno_core.clock import FixedClock
from dyno_core.database.engine import Database
from dyno_core.settings import Settings
from tests.fake_gemini import FakeGemini, calls, text
from tests.fixtures.agent import TODAY, Chat, Script, given_person
from tests.fixtures.dialogues import BOOKED, DIALOGUES, WANTED, Step, hold


@pytest.fixture
def fake() -> Iterator[FakeGemini]:
    with FakeGemini().running() as server:
        yield server


def talking(lab: Database, settings: Settings) -> Chat:
    agent = make_agent(lab, clock=FixedClock(TODAY), settings=settings)
    actor = given_person(lab)
    return Chat(agent, actor, create_conversation(lab, actor).id, Script([]))


@pytest.fixture
def gemini_chat(lab: Database, fake: FakeGemini) -> Iterator[Chat]:
    chat = talking(lab, Settings(_env_file=None, gemini_api_key=SecretStr("test-key"), google_gemini_base_url=fake.url))
    yield chat
    chat.agent.close()


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_the_offline_model_holds_the_conversation(offline_chat: Chat, dialogue: str) -> None:
    hold(offline_chat, DIALOGUES[dialogue])


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_gemini_holds_the_same_conversation(gemini_chat: Chat, fake: FakeGemini, dialogue: str) -> None:
    hold(gemini_chat, DIALOGUES[dialogue], fake=fake)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(WANTED, gemini=(text("It is done."),)),
        replace(WANTED, gemini=(calls(("d1", "list_dynos", {})), text("Here."))),
        replace(WANTED, card=("South 1",)),
        replace(WANTED, plan=BOOKED.plan),
    ],
    ids=["says it is done", "calls another tool", "shows another dyno", "books without a yes"],
)
def test_a_model_that_does_something_else_does_not_pass(gemini_chat: Chat, fake: FakeGemini, wrong: Step) -> None:
    with pytest.raises(AssertionError, match="book 100W100"):
        hold(gemini_chat, [wrong], fake=fake)
