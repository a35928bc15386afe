"""The chat as lines of text: for people at a terminal and for scripts."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events
from dyno_core.agent.agent import Agent, make_agent
from dyno_core.agent.events import Event
from dyno_core.agent.turns import Decision, answer_approval, pending, run_offline_instead, run_turn, run_undo
from dyno_core.clock import Clock
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.settings import Settings

HELP: Final = (
    "There are /new for a new conversation, /approve and /reject for a question, /undo for the last change, and "
    "/offline for an answer by the offline model when the other one failed."
)


LATEST: Final = "latest"
_ABOUT_WHAT_WAS_SAID: Final = ("/approve", "/reject", "/undo")
"""The first line of a chat may answer what an earlier one ended with: then it goes on with the latest conversation."""


@dataclass
class _Chat:
    agent: Agent
    actor: Actor
    thread_id: str = ""

    def answer(self, line: str) -> Iterator[Event]:
        """The events of one line, up to and including ``done``."""
        try:
            yield from self._answered(line)
        except DynoError as refusal:
            yield events.failure(refusal.message)
            yield events.DONE

    def _answered(self, line: str) -> Iterator[Event]:
        command = line.strip().lower()
        if not self.thread_id and command in _ABOUT_WHAT_WAS_SAID:
            self.thread_id = latest_conversation(self.agent.database, self.actor) or ""
            if not self.thread_id:
                raise InvalidInput("You have no conversation to go on with; ask for a change first.")
        if command == "/new" or not self.thread_id:
            self.thread_id = conversations.create_conversation(self.agent.database, self.actor).id
        if command == "/new":
            yield events.message("A new conversation has begun.")
            yield events.DONE
        elif command in ("/approve", "/reject"):
            yield from self._decided("approve" if command == "/approve" else "reject")
        elif command == "/undo":
            yield from run_undo(self.agent, self.actor, self.thread_id)
        elif command == "/offline":
            yield from run_offline_instead(self.agent, self.actor, self.thread_id)
        elif command.startswith("/"):
            yield events.failure(f"“{line.strip()[:40]}” is not a command. {HELP}")
            yield events.DONE
        else:
            yield from run_turn(self.agent, self.actor, self.thread_id, line)

    def _decided(self, decision: Decision) -> Iterator[Event]:
        question = pending(self.agent, self.actor, self.thread_id)
        if question is None:
            yield events.failure("There is no question to answer; ask for a change first.")
            yield events.DONE
            return
        yield from answer_approval(self.agent, self.actor, self.thread_id, question.id, decision)


class Parts(Protocol):
    """What the agent is made from: the started app has all of it."""

    database: Database
    clock: Clock
    settings: Settings


def latest_conversation(database: Database, actor: Actor) -> str | None:
    """The id of the conversation of theirs in which something was said last, wherever it was said."""
    return next((one.id for one in conversations.list_conversations(database, actor, limit=1)), None)


def chat_loop(
    parts: Parts,
    actor: Actor,
    lines: Iterable[str],
    write: Callable[[str], None],
    *,
    as_json: bool,
    conversation: str | None = None,
) -> None:
    """Answer line by line, one conversation until ``/new``. ``write`` gets one line at a time, without its end.

    With ``as_json`` each event is one JSON object, the last of every answer ``done``. ``conversation`` is the id of
    the one to go on with, or `LATEST`; without it the first message begins a new one.
    Raises `ConversationNotFound` for an id that is none of theirs.
    """
    thread_id = latest_conversation(parts.database, actor) if conversation == LATEST else conversation
    if thread_id:
        thread_id = conversations.get_conversation(parts.database, actor, thread_id).id
    agent = make_agent(parts.database, clock=parts.clock, settings=parts.settings)
    chat = _Chat(agent, actor, thread_id or "")
    try:
        for line in lines:
            if line.strip():
                for event in chat.answer(line):
                    for shown in _as_json(event) if as_json else _as_text(event):
                        write(shown)
    finally:
        agent.close()


def _as_json(event: Event) -> Iterator[str]:
    if event["type"] == "approval_required":
        # What a card draws is in the summary already; scripts count on these three.
        told = [{"name": one["name"], "args": one["args"], "summary": one["summary"]} for one in event["writes"]]
        yield json.dumps({**event, "writes": told}, ensure_ascii=False, default=str)
        return
    yield json.dumps(event, ensure_ascii=False, default=str)


def _as_text(event: Event) -> Iterator[str]:
    """Whole messages: a line at a time is all that a pipe or a log can show."""
    if event["type"] == "message":
        yield event["text"]
    elif event["type"] == "error":
        yield f"! {event['text']}"
    elif event["type"] == "progress":
        yield f"  {event['text']}"
    elif event["type"] == "approval_required":
        yield from (f"? {one['summary']}" for one in event["writes"])
        yield "  /approve or /reject"
