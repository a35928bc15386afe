"""Which model answers, and what its prompt says."""

import sys
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.messages import AIMessage
from pydantic import SecretStr

from dyno_core.accounts.roles import Actor, Role
from dyno_core.agent.knowledge import Lab
from dyno_core.agent.models import ModelFailed, caption, choose_model, model_name
from dyno_core.agent.models.failures import in_words, said_nothing
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
    assert said_nothing(AIMessage("hi"), who="Gemini") is None
    for metadata, kind in (
        ({}, "empty"),
        ({"finish_reason": "SAFETY"}, "blocked"),
        ({"prompt_feedback": {"block_reason": "OTHER"}}, "blocked"),
        ({"finish_reason": "MALFORMED_FUNCTION_CALL"}, "garbled"),
        ({"finish_reason": "MAX_TOKENS"}, "too_long"),
    ):
        silent = said_nothing(AIMessage("", response_metadata=metadata), who="Gemini")
        assert silent is not None
        assert silent.facts["kind"] == kind


def chosen_by(model: str) -> Any:
    settings = Settings(_env_file=None, dyno_model=model, gemini_api_key=SecretStr("k"))
    return choose_model(settings, today=date(2026, 11, 18), test_types=LAB.test_types, dynos=["North 1"])


def test_a_model_of_another_provider_is_made_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    package = SimpleNamespace(ChatOllama=lambda model: f"ollama's {model}")
    monkeypatch.setitem(sys.modules, "langchain_ollama", package)  # type: ignore[arg-type]
    chosen = chosen_by("ollama:llama3.1:8b")
    assert (chosen.model, chosen.name, chosen.who) == (
        "ollama's llama3.1:8b", "ollama:llama3.1:8b", "The model ollama:llama3.1:8b",
    )  # fmt: skip
    assert chosen_by("offline").name == "offline"
    assert model_name(Settings(_env_file=None, dyno_model="ollama:llama3.1")) == "ollama:llama3.1"
    assert model_name(Settings(_env_file=None, dyno_model="google_genai:gemini-3.8-flash")) == "offline"


def test_a_model_that_can_not_be_made_says_what_an_administrator_must_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(model: str) -> None:
        raise RuntimeError(f"no api_key=sk-123 for {model}")

    monkeypatch.setitem(sys.modules, "langchain_openai", SimpleNamespace(ChatOpenAI=refuse))  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "langchain_aws", None)  # type: ignore[arg-type]
    for model, sentence in (
        ("bedrock:anthropic.claude:0", "must install it (pip install langchain-aws) or set another DYNO_MODEL."),
        ("openai:llama", "must look at the key and address that langchain-openai needs"),
        ("nobody:model", "which names no model that the chat could use"),
        ("ollama:", "such as ollama:llama3.1"),
    ):
        with pytest.raises(ModelFailed) as refused:
            chosen_by(model)
        assert sentence in refused.value.message
        assert "sk-123" not in refused.value.message


def test_a_wait_is_said_in_the_unit_that_people_would_use() -> None:
    said = [in_words(seconds) for seconds in (0.2, 8.5, 90, 91, 5400, 5401)]
    assert said == ["1 second", "9 seconds", "90 seconds", "2 minutes", "90 minutes", "2 hours"]
