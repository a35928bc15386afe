"""The offline model against what engineers type: all of the tuned part, most of the held-out part."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from dyno_core.agent.models.offline import OfflineChat
from dyno_core.agent.models.offline.frame import KEY
from tests.unit.agent.offline import corpus
from tests.unit.agent.offline.corpus import Dialogue, Expected, Phrase

WRITES = {corpus.BOOK, corpus.MOVE, corpus.CANCEL}
TOOLS = WRITES | {
    "get_datetime_now", corpus.FIND, corpus.CHECK, "detect_conflicts", "completed_tests_count", corpus.STATUS,
    "maintenance_check", corpus.SQL, "list_dynos", "get_dyno", "find_vehicle", corpus.WINDOW, corpus.EXPLAIN,
    corpus.USE, "list_requests",
}  # fmt: skip
MODEL = OfflineChat(today=corpus.TODAY, dynos=corpus.DYNOS, tool_names=frozenset(TOOLS))
LEAST_HELD_OUT = 0.85


def answer(messages: Sequence[BaseMessage]) -> AIMessage:
    message = MODEL.invoke(list(messages))
    assert isinstance(message, AIMessage)
    return message


def deviation(message: AIMessage, expected: Expected) -> str:
    """What differs from what was expected, empty when nothing does."""
    got = [(call["name"], call["args"]) for call in message.tool_calls]
    if expected.contains:
        text = got[0][1].get("sql", "") if got else ""
        missing = [part for part in expected.contains if part not in text]
        return f"{missing} not in {got}" if missing or got[0][0] != corpus.SQL else ""
    if got != list(expected.calls):
        return f"called {got}, not {list(expected.calls)}; said {message.text!r}"
    frame: dict[str, Any] = message.additional_kwargs[KEY]
    asked = set(frame["asked"]) if frame["state"] == "asked" else set()
    if asked != set(expected.asks):
        return f"asked {asked}, not {set(expected.asks)}"
    if expected.says.lower() not in message.text.lower():
        return f"said {message.text!r}, without {expected.says!r}"
    return "" if got or message.text else "said nothing"


def phrase_deviation(phrase: Phrase) -> str:
    return deviation(answer([HumanMessage(phrase.text)]), phrase.expected)


def play(dialogue: Dialogue) -> Iterable[tuple[AIMessage, Expected]]:
    messages: list[BaseMessage] = []
    for turn in dialogue.turns:
        messages.append(HumanMessage(turn.text))
        message = answer(messages)
        messages.append(message)
        yield message, turn.expected
        if turn.results and message.tool_calls:
            messages += [
                ToolMessage(json.dumps(result), name=call["name"], tool_call_id=call["id"])
                for call, result in zip(message.tool_calls, turn.results, strict=True)
            ]
            message = answer(messages)
            messages.append(message)
            if turn.then is not None:
                yield message, turn.then


def dialogue_deviation(dialogue: Dialogue) -> str:
    return next((found for message, expected in play(dialogue) if (found := deviation(message, expected))), "")


@pytest.mark.parametrize("phrase", corpus.TUNED_PHRASES, ids=lambda phrase: phrase.text[:60] or "nothing")
def test_a_phrase_is_understood(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


@pytest.mark.parametrize("dialogue", corpus.TUNED_DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_a_dialogue_is_followed(dialogue: Dialogue) -> None:
    assert dialogue_deviation(dialogue) == ""


def test_most_of_what_the_rules_were_not_tuned_on_is_understood() -> None:
    outcomes = [phrase_deviation(phrase) == "" for phrase in corpus.HELD_OUT_PHRASES]
    outcomes += [dialogue_deviation(dialogue) == "" for dialogue in corpus.HELD_OUT_DIALOGUES]
    assert sum(outcomes) / len(outcomes) >= LEAST_HELD_OUT


def test_nothing_in_the_corpus_leads_to_a_write_that_was_not_asked_for() -> None:
    unasked: list[str] = []
    every = [(answer([HumanMessage(phrase.text)]), phrase.expected) for phrase in corpus.PHRASES]
    every += [step for dialogue in corpus.DIALOGUES for step in play(dialogue)]
    for message, expected in every:
        meant = [call for call in expected.calls if call[0] in WRITES]
        written = [(call["name"], call["args"]) for call in message.tool_calls if call["name"] in WRITES]
        unasked += [f"{call}" for call in written if call not in meant]
    assert unasked == []


def test_the_corpus_is_as_large_as_it_claims_and_a_third_is_held_out() -> None:
    assert len(corpus.PHRASES) >= 120
    assert len(corpus.DIALOGUES) >= 20
    assert len(corpus.HELD_OUT_PHRASES) >= len(corpus.PHRASES) // 3
    assert len({phrase.text for phrase in corpus.PHRASES}) == len(corpus.PHRASES)
