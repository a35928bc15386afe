"""A conversation as a file, to be kept or passed on: Markdown for people, JSON for programs. Pure."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime

from dyno_core.agent.conversations import Conversation, Message
from dyno_core.agent.tools import WRITES


def as_markdown(conversation: Conversation, messages: Sequence[Message]) -> str:
    """Questions as quotations, answers as they were given; below each what was looked up and what was changed."""
    lines = [f"# {conversation.title}", "", f"Begun on {_moment(conversation.created_at)}."]
    for message in messages:
        lines += ["", *(_question(message) if message.role == "user" else _answer(message))]
    return "\n".join(lines) + "\n"


def as_json(conversation: Conversation, messages: Sequence[Message]) -> str:
    """``{"title", "begun_at", "messages": [{"role", "text", "at", "model", …, "events"}]}``; moments are ISO 8601."""
    told = {
        "title": conversation.title,
        "begun_at": conversation.created_at.isoformat(),
        "messages": [
            {
                "role": one.role,
                "text": one.text,
                "at": one.created_at.isoformat(),
                "model": one.model,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "latency_ms": one.latency_ms,
                "helpful": one.helpful,
                "reason": one.reason,
                "events": list(one.events),
            }
            for one in messages
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2, default=str) + "\n"


def _question(message: Message) -> Iterator[str]:
    yield f"**You**, {_moment(message.created_at)}"
    yield ""
    for line in message.text.splitlines():
        yield f"> {line}"


def _answer(message: Message) -> Iterator[str]:
    yield f"**Dyno-Agent** ({message.model})" if message.model else "**Dyno-Agent**"
    yield ""
    yield message.text
    asked = [write["summary"] for event in message.events for write in event.get("writes", ())]
    steps = [_step(event["name"], ok=event["ok"]) for event in message.events if event["type"] == "tool_result"]
    for line in (*(f"asked for a yes: {summary}" for summary in asked), *steps):
        yield f"- *{line}*"


def _step(name: str, *, ok: bool) -> str:
    kind = "change" if name in WRITES or name == "undo" else "step"
    return f"{kind}: {name.replace('_', ' ')}{'' if ok else ' (not done)'}"


def _moment(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %Y, %H:%M %Z}".rstrip()
