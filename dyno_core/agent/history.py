"""What of a conversation a model gets to see: not too much of it, and nothing left unanswered. Pure."""

import re
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
_BEGAN: Final = "- began with: "
_NOTED: Final = "- wants remembered: "
_ASKED: Final = "- asked: "
_ANSWERED: Final = "- answered: "
_DONE: Final = "- done: "
_WORTH_NOTING: Final = re.compile(
    r"\b(remember|note that|keep in mind|fyi|for your information|from now on|always|never|prefer|call (it|me)|"
    r"my (name|vehicle|car|truck|team|program|project)|i am|i['’]m|we are|we['’]re)\b",
    re.IGNORECASE,
)


def is_long(messages: Sequence[AnyMessage]) -> bool:
    return count_tokens_approximately(messages) > LONG


def view(messages: Sequence[AnyMessage], *, before: str = "") -> tuple[list[BaseMessage], str]:
    """What a model is sent: the end of the conversation, mended, and in words what comes before it.

    ``before`` is told of messages that are not here any more. Nothing is left out without being told of.
    """
    cut, kept = split(messages, tokens=LONG)
    return repaired(kept), digest(cut, before=before)


def split(messages: Sequence[AnyMessage], *, tokens: int) -> tuple[list[AnyMessage], list[AnyMessage]]:
    """The beginning of a conversation, and its end, which is roughly ``tokens`` long.

    The end begins with something a person said, and holds the last question whole, however long that is.
    """
    kept = trim_messages(
        list(messages),
        strategy="last",
        max_tokens=tokens,
        token_counter=count_tokens_approximately,
        start_on="human",
    )
    at = len(messages) - len(kept) if kept else _last_question(messages)
    return list(messages[:at]), list(messages[at:])


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
    """What must not be forgotten of messages that are cut; never longer than 25,000 characters.

    The changes that were made, what a person wants remembered, how it began, and the last questions with the beginning
    of their answers. By rules, so that no receipt is ever paraphrased.
    """
    lines = before.splitlines()
    for message in messages:
        lines.extend(_told(message, first=not lines))
    sizes = {_BEGAN: 1, _NOTED: 20, _ASKED: 20, _ANSWERED: 20, _DONE: 40}
    talk = _last_of(lines, (_ASKED, _ANSWERED), sizes[_ASKED] + sizes[_ANSWERED])
    parts = [_last_of(lines, (kind,), sizes[kind]) for kind in (_BEGAN, _NOTED)]
    return "\n".join([line for part in (*parts, talk) for line in part] + _last_of(lines, (_DONE,), sizes[_DONE]))


def _told(message: AnyMessage, *, first: bool) -> Iterator[str]:
    if isinstance(message, HumanMessage):
        if _WORTH_NOTING.search(message.text):
            yield f"{_NOTED}{_short(message.text, 300)}"
        else:
            yield f"{_BEGAN if first else _ASKED}{_short(message.text, 160)}"
    elif isinstance(message, AIMessage) and message.text and not message.tool_calls:
        yield f"{_ANSWERED}{_short(message.text, 160)}"
    elif isinstance(message, ToolMessage) and message.name in WRITES:
        payload = read(message.text)
        if payload["ok"]:
            yield f"{_DONE}{_short(payload['data']['receipt'], 240)}"


def _short(text: str, most: int) -> str:
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _last_of(lines: Sequence[str], kinds: tuple[str, ...], most: int) -> list[str]:
    return [line for line in lines if line.startswith(kinds)][-most:]
