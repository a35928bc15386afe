"""Which model answers, and what its prompt says."""

from datetime import UTC, date, datetime

from langchain_core.messages import AIMessage
from pydantic import SecretStr

from dyno_core.accounts.roles import Actor, Role
from dyno_core.agent.knowledge import Lab
from dyno_core.agent.models import caption, choose_model, model_name, said_nothing
from dyno_core.agent.models.offline import OfflineChat
from dyno_core.agent.prompts import system_prompt
from dyno_core.settings import Settings

KEYED = Settings(_env_file=None, gemini_api_key=SecretStr("k"))
KEYLESS = Settings(_env_file=None)
LAB = Lab(
    at=datetime(2026, 11, 18, tzinfo=UTC),
    views=("reporting.dynos(id integer)",),
    dynos=(("North 1", "North"),),
    test_types={"brake": ("brakes",), "evap": ()},
)


def test_without_a_key_the_offline_model_answers_and_says_so() -> None:
    chosen = choose_model(KEYLESS, today=date(2026, 11, 18), test_types=LAB.test_types, dynos=["North 1"])
    assert isinstance(chosen.model, OfflineChat)
    assert chosen.name == "offline"
    assert caption(chosen.name).startswith("Offline model")


def test_with_a_key_gemini_answers_unless_the_offline_model_is_wished() -> None:
    assert model_name(KEYED) == "gemini-3.8-flash"
    assert model_name(KEYED, offline=True) == "offline"


def test_the_prompt_says_who_speaks_what_day_it_is_and_what_the_lab_has() -> None:
    actor = Actor(id=1, email="e@example.com", name="Emil $5", role=Role.ENGINEER)
    prompt = system_prompt(lab=LAB, actor=actor, today=date(2026, 11, 18), earlier="- done: Booked.")
    assert "Today is Wednesday, 2026-11-18. You speak with Emil $5, whose role is “engineer”." in prompt
    assert "- brake (also: brakes)\n- evap" in prompt
    assert "- reporting.dynos(id integer)" in prompt
    assert prompt.rstrip().endswith("# Earlier in this conversation\n- done: Booked.")


def test_an_answer_without_words_and_calls_is_a_failure_with_its_reason() -> None:
    assert said_nothing(AIMessage("hi")) is None
    for metadata, kind in (
        ({}, "empty"),
        ({"finish_reason": "SAFETY"}, "blocked"),
        ({"prompt_feedback": {"block_reason": "OTHER"}}, "blocked"),
        ({"finish_reason": "MALFORMED_FUNCTION_CALL"}, "garbled"),
    ):
        silent = said_nothing(AIMessage("", response_metadata=metadata))
        assert silent is not None
        assert silent.facts["kind"] == kind
