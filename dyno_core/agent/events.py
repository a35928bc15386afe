"""What an answer consists of, one event after the other: for the page, the command line and the record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NotRequired, TypedDict

from langchain_core.messages import AIMessage, AIMessageChunk, ToolMessage

from dyno_core.agent.nodes import ERROR_MARK
from dyno_core.agent.results import read
from dyno_core.errors import DatabaseUnavailable


class Write(TypedDict):
    """A change that waits for a yes. ``summary`` is what the person agrees to.

    ``shown`` and ``alternatives``: see `Proposal.as_json`; a card draws them, and needs neither.
    """

    name: str
    args: Mapping[str, Any]
    summary: str
    shown: Mapping[str, Any]
    alternatives: Sequence[Mapping[str, Any]]


class Event(TypedDict):
    """``type`` decides which of the others are there. ``offline``: an error that the offline model can make good."""

    type: Literal["token", "tool_call", "progress", "tool_result", "approval_required", "message", "error", "done"]
    text: NotRequired[str]
    name: NotRequired[str]
    args: NotRequired[Mapping[str, Any]]
    ok: NotRequired[bool]
    data: NotRequired[Any]
    id: NotRequired[str]
    writes: NotRequired[Sequence[Write]]
    offline: NotRequired[bool]


DONE: Event = {"type": "done"}


def message(text: str) -> Event:
    return {"type": "message", "text": text}


def failure(text: str) -> Event:
    return {"type": "error", "text": text}


def model_failure(text: str) -> Event:
    return {"type": "error", "text": text, "offline": True}


def progress(text: str) -> Event:
    return {"type": "progress", "text": text}


def result(name: str, content: str) -> Event:
    """A tool's answer; ``data`` of a failure is its code, sentence and facts."""
    payload = read(content)
    data = payload["data"] if payload["ok"] else {key: payload.get(key) for key in ("error", "message", "facts")}
    return {"type": "tool_result", "name": name, "ok": bool(payload["ok"]), "data": data}


def is_unreached(event: Event) -> bool:
    """Whether it is the answer of a tool that did not reach the database."""
    return event["type"] == "tool_result" and not event["ok"] and event["data"]["error"] == DatabaseUnavailable.code


def approval(identifier: str, asked: Sequence[Mapping[str, Any]]) -> Event:
    writes: list[Write] = [
        {
            "name": one["name"],
            "args": one["args"],
            "summary": one["summary"],
            "shown": one.get("shown", {}),  # a question may have waited since before cards had them
            "alternatives": one.get("alternatives", []),
        }
        for one in asked
    ]
    return {"type": "approval_required", "id": identifier, "writes": writes}


def events_of(mode: str, data: Any) -> Iterator[Event]:
    """The events in one piece of the graph's stream."""
    if mode == "messages":
        chunk, about = data
        if isinstance(chunk, AIMessageChunk) and chunk.text and about.get("langgraph_node") == "llm":
            yield {"type": "token", "text": chunk.text}
    elif mode == "custom":
        yield data
    else:
        for node, update in data.items():
            yield from _of_update(node, update)


def _of_update(node: str, update: Any) -> Iterator[Event]:
    if node == "__interrupt__":
        for one in update:
            yield approval(one.id, one.value)
        return
    if node == "propose":
        yield from _left_out((update or {}).get("proposals", {}).values())
        return
    if node == "approve":
        return  # the message of an edited call, whose words were told when the model said them
    yield from of_messages((update or {}).get("messages", ()))


def of_messages(messages: Sequence[Any]) -> Iterator[Event]:
    """What messages of an answer are to whoever reads them; those of a person are none of it."""
    for said in messages:
        if isinstance(said, ToolMessage):
            yield result(said.name or "", said.text)
        elif isinstance(said, AIMessage):
            if said.text:
                yield model_failure(said.text) if ERROR_MARK in said.additional_kwargs else message(said.text)
            for call in said.tool_calls:
                yield {"type": "tool_call", "name": call["name"], "args": call["args"]}


def _left_out(proposals: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """What could not be put on the card, before the card is answered; without a card, the answer tells it."""
    if not any("summary" in one for one in proposals):
        return
    told: dict[str, list[str]] = {}
    for one in proposals:
        if "refusal" in one and "told" not in one:
            number = one.get("of")
            told.setdefault(read(one["refusal"])["message"], []).extend([f"#{number}"] if number else [])
    for why, of in told.items():
        which = f" ({', '.join(of)})" if of else ""
        yield message(f"Not on the card{which}: {why}")


def text_of(events: Sequence[Event]) -> str:
    """What an answer says, for lists and search."""
    return "\n\n".join(event["text"] for event in events if event["type"] in ("message", "error"))
