"""What of a conversation a model gets to see: not too much of it, and nothing left unanswered. Pure."""

from collections.abc import Iterator, Sequence
from typing import Final

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage, trim_messages
from langchain_core.messages.utils import count_tokens_approximately

from dyno_core.agent.proposals import WRITES
from dyno_core.agent.results import INTERRUPTED, failed, read

LONG: Final = 24_000
"""Tokens, roughly, from which on a conversation is shortened."""
KEPT: Final = 12_000
"""Tokens, roughly, of its end that are kept then."""


def is_long(messages: Sequence[AnyMessage]) -> bool:
    return count_tokens_approximately(messages) > LONG


def recent(messages: Sequence[AnyMessage], *, tokens: int = KEPT) -> list[BaseMessage]:
    """The end of a conversation, beginning with something a person said; the last question whole, however long."""
    kept = trim_messages(
        list(messages),
        strategy="last",
        max_tokens=tokens,
        token_counter=count_tokens_approximately,
        start_on="human",
    )
    return kept or list(messages[_last_question(messages) :])


def _last_question(messages: Sequence[AnyMessage]) -> int:
    found = [index for index, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return found[-1] if found else 0


def repaired(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Each call with an answer right behind it.

    A crash, a stop or an abandoned question leaves calls without one, and services refuse such a conversation for
    ever after. Only the view of the model is mended, nothing stored.
    """
    answers = {message.tool_call_id: message for message in messages if isinstance(message, ToolMessage)}
    return list(_mended(messages, answers))


def _mended(messages: Sequence[BaseMessage], answers: dict[str, ToolMessage]) -> Iterator[BaseMessage]:
    for message in messages:
        if isinstance(message, ToolMessage):
            continue
        yield message
        if isinstance(message, AIMessage):
            for call in message.tool_calls:
                identifier = call["id"] or ""
                yield answers.get(identifier) or ToolMessage(
                    failed(INTERRUPTED, "This was interrupted before it ran; nothing was changed by it."),
                    name=call["name"],
                    tool_call_id=identifier,
                    status="error",
                )


def digest(messages: Sequence[AnyMessage], *, before: str = "") -> str:
    """What must not be forgotten of messages that are cut: the changes that were made, and what was asked for."""
    lines = before.splitlines()
    for message in messages:
        if isinstance(message, HumanMessage):
            lines.append(f"- asked: {' '.join(message.text.split())[:100]}")
        elif isinstance(message, ToolMessage) and message.name in WRITES:
            payload = read(message.text)
            if payload["ok"]:
                lines.append(f"- done: {payload['data']['receipt']}")
    changes = [line for line in lines if line.startswith("- done")]
    questions = [line for line in lines if not line.startswith("- done")][-20:]
    return "\n".join([*questions, *changes[-40:]])
