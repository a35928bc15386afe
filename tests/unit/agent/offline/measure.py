"""The offline model against the corpus: what it does with each entry, and how that differs from what is expected."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from dyno_core.agent.models.offline import OfflineChat
from dyno_core.agent.models.offline.frame import KEY
from tests.unit.agent.offline import corpus
from tests.unit.agent.offline.corpus import Dialogue, Expected, Phrase

WRITES = {corpus.BOOK, corpus.MOVE, corpus.CANCEL}
TOOLS = WRITES | {
    "get_datetime_now", corpus.FIND, corpus.CHECK, "detect_conflicts", "completed_tests_count", corpus.STATUS,
    "maintenance_check", corpus.SQL, "list_dynos", "get_dyno", "find_vehicle", corpus.WINDOW, corpus.EXPLAIN,
    corpus.USE, "list_requests", "change_history",
}  # fmt: skip
MODEL = OfflineChat(today=corpus.TODAY, dynos=corpus.DYNOS, tool_names=frozenset(TOOLS))


def answer(messages: Sequence[BaseMessage]) -> AIMessage:
    message = MODEL.invoke(list(messages))
    assert isinstance(message, AIMessage)
    return message


def writes_of(message: AIMessage) -> list[tuple[str, dict[str, Any]]]:
    return [(call["name"], call["args"]) for call in message.tool_calls if call["name"] in WRITES]


def unasked(message: AIMessage, expected: Expected) -> list[str]:
    """The changes proposed that nobody asked for."""
    return [str(call) for call in writes_of(message) if call not in expected.calls]


def deviation(message: AIMessage, expected: Expected) -> str:
    """What differs from what was expected, empty when nothing does."""
    got = [(call["name"], call["args"]) for call in message.tool_calls]
    if expected.anything_but_a_write:
        return f"proposed {writes_of(message)}" if writes_of(message) else ""
    if expected.contains:
        text = got[0][1].get("sql", "") if got else ""
        missing = [part for part in expected.contains if part not in text]
        return f"{missing} not in {got}; said {message.text!r}" if missing or got[0][0] != corpus.SQL else ""
    if got != list(expected.calls):
        return f"called {got}, not {list(expected.calls)}; said {message.text!r}"
    frame: dict[str, Any] = message.additional_kwargs[KEY]
    asked = set(frame["asked"]) if frame["state"] == "asked" else set()
    if asked != set(expected.asks):
        return f"asked {asked}, not {set(expected.asks)}; said {message.text!r}"
    if expected.says.lower() not in message.text.lower():
        return f"said {message.text!r}, without {expected.says!r}"
    return "" if got or message.text else "said nothing"


def phrase_deviation(phrase: Phrase) -> str:
    return deviation(answer([HumanMessage(phrase.text)]), phrase.expected)


def play(dialogue: Dialogue) -> Iterable[tuple[AIMessage, Expected]]:
    """Each answer with what was expected of it; after results, only where something is expected."""
    messages: list[BaseMessage] = []
    for turn in dialogue.turns:
        messages.append(HumanMessage(turn.text))
        message = answer(messages)
        messages.append(message)
        yield message, turn.expected
        if turn.results and message.tool_calls:
            messages += [
                ToolMessage(json.dumps(result), name=call["name"], tool_call_id=call["id"])
                for call, result in zip(message.tool_calls, turn.results, strict=False)
            ]
            message = answer(messages)
            messages.append(message)
            if turn.then is not None:
                yield message, turn.then
            else:
                yield message, corpus.no_write()


def dialogue_deviation(dialogue: Dialogue) -> str:
    return next((found for message, expected in play(dialogue) if (found := deviation(message, expected))), "")


@dataclass(frozen=True)
class Part:
    """One part of the corpus. ``wrong``: texts or names with their deviation."""

    name: str
    size: int
    wrong: tuple[tuple[str, str], ...]

    @property
    def accuracy(self) -> float:
        return 1 - len(self.wrong) / self.size


def measured(name: str, entries: Sequence[Phrase | Dialogue]) -> Part:
    wrong = []
    for entry in entries:
        try:
            found = phrase_deviation(entry) if isinstance(entry, Phrase) else dialogue_deviation(entry)
        except Exception as crash:  # noqa: BLE001 - the worst answer is one of the wrong ones, and the rest is measured
            found = f"crashed with {crash!r}"
        if found:
            wrong.append((entry.text if isinstance(entry, Phrase) else entry.name, found))
    return Part(name, len(entries), tuple(wrong))


def parts() -> tuple[Part, ...]:
    return (
        measured("tuned phrases", corpus.TUNED_PHRASES),
        measured("tuned dialogues", corpus.TUNED_DIALOGUES),
        measured("untouched phrases", corpus.HELD_OUT_PHRASES),
        measured("untouched dialogues", corpus.HELD_OUT_DIALOGUES),
        measured("untouched, of the later corpus only", (*corpus.HELD_OUT_LATER_PHRASES, *corpus.HELD_OUT_LATER_DIALOGUES)),
    )  # fmt: skip


def all_unasked() -> list[str]:
    """Every change that the model proposes in the corpus and nobody asked for."""
    steps = [(answer([HumanMessage(phrase.text)]), phrase.expected) for phrase in corpus.PHRASES]
    steps += [step for dialogue in corpus.DIALOGUES for step in play(dialogue)]
    return [found for message, expected in steps for found in unasked(message, expected)]
