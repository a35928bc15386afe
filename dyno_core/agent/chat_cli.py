"""The chat as lines of text: for people at a terminal and for scripts."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events
from dyno_core.agent.agent import Agent, make_agent
from dyno_core.agent.choices import run_edit, run_way_out, ways_in
from dyno_core.agent.events import Event
from dyno_core.agent.turns import (
    Decision,
    Pending,
    answer_approval,
    pending,
    run_offline_instead,
)
from dyno_core.agent.undo_turns import run_message, run_undo
from dyno_core.clock import Clock
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.settings import Settings

HELP: Final = (
    "There are /new for a new conversation, /approve and /reject for a question (/approve 1 3 agrees to these only), "
    "/change 1 dyno=North 2 start=2026-12-01 days=4 to have one of its changes another way, /take 1 for the first of "
    "the ways out of a no, /undo for the last change, and /offline for an answer by the offline model when the other "
    "one failed."
)


LATEST: Final = "latest"
_ABOUT_WHAT_WAS_SAID: Final = ("/approve", "/reject", "/undo", "/change", "/take")
"""The first line of a chat may answer what an earlier one ended with: then it goes on with the latest conversation."""


_CHANGE: Final = re.compile(r"/change\s+(?P<number>\S+)\s+(?P<rest>.+)", re.IGNORECASE)
_FIELD: Final = re.compile(r"(?P<name>dyno|start|days)=(?P<value>.+?)(?=\s+(?:dyno|start|days)=|$)", re.IGNORECASE)


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
        command, *words = line.strip().lower().split() or [""]
        if not self.thread_id and command in _ABOUT_WHAT_WAS_SAID:
            self.thread_id = latest_conversation(self.agent.database, self.actor) or ""
            if not self.thread_id:
                raise InvalidInput("You have no conversation to go on with; ask for a change first.")
        if command == "/new" or not self.thread_id:
            self.thread_id = conversations.create_conversation(self.agent.database, self.actor).id
        if command == "/new":
            yield events.message("A new conversation has begun.")
            yield events.DONE
        elif command == "/approve":
            yield from self._decided(words)
        elif command == "/reject" and not words:
            yield from self._decided(None)
        elif command == "/change":
            yield from self._changed(line)
        elif command == "/take":
            yield from self._taken(words)
        elif command == "/undo":
            yield from run_undo(self.agent, self.actor, self.thread_id)
        elif command == "/offline":
            yield from run_offline_instead(self.agent, self.actor, self.thread_id)
        elif command.startswith("/"):
            yield events.failure(f"“{line.strip()[:40]}” is not a command. {HELP}")
            yield events.DONE
        else:
            yield from run_message(self.agent, self.actor, self.thread_id, line)

    def _decided(self, agreed: Sequence[str] | None) -> Iterator[Event]:
        """``agreed``: the numbers of the changes to make, none for all of them; None is a no to all."""
        question = self._question()
        count = len(question.writes)
        numbers = [_number(word, count) for word in agreed or ()] or range(count if agreed is not None else 0)
        decisions: list[Decision] = ["approve" if number in numbers else "reject" for number in range(count)]
        yield from answer_approval(self.agent, self.actor, self.thread_id, question.id, decisions)

    def _changed(self, line: str) -> Iterator[Event]:
        question = self._question()
        said = _CHANGE.fullmatch(line.strip())
        fields = {one["name"].lower(): one["value"] for one in _FIELD.finditer(said["rest"])} if said else {}
        if said is None or not fields:
            raise InvalidInput("Say what to change, such as /change 1 dyno=North 2 start=2026-12-01 days=4.")
        changes: dict[str, Any] = {"dyno": fields.get("dyno"), "start_date": fields.get("start")}
        if "days" in fields:
            changes["days"] = _whole(fields["days"])
        number = _number(said["number"], len(question.writes))
        yield from run_edit(self.agent, self.actor, self.thread_id, question.id, number=number, changes={
            name: value for name, value in changes.items() if value is not None
        })  # fmt: skip

    def _taken(self, words: Sequence[str]) -> Iterator[Event]:
        latest = conversations.messages_of(self.agent.database, self.actor, self.thread_id, limit=1)
        ways = ways_in(latest[0].events) if latest else []
        if not ways:
            raise InvalidInput("The last answer offers no way out; ask for a booking first.")
        way = ways[_number("".join(words), len(ways))]
        yield from run_way_out(self.agent, self.actor, self.thread_id, way, offered_at=latest[0].created_at)

    def _question(self) -> Pending:
        question = pending(self.agent, self.actor, self.thread_id)
        if question is None:
            raise InvalidInput("There is no question to answer; ask for a change first.")
        return question


def _number(word: str, count: int) -> int:
    """From 0. Raises `InvalidInput` for anything but 1 to ``count``."""
    number = _whole(word)
    if not 1 <= number <= count:
        raise InvalidInput(
            f"There is no number {number}; give 1 to {count}." if count > 1 else "There is only number 1."
        )
    return number - 1


def _whole(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 6):
        raise InvalidInput(f"“{word[:20]}” is not a whole number; give one.")
    return int(word)


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
        several = len(event["writes"]) > 1
        for number, one in enumerate(event["writes"], 1):
            yield f"? {number}. {one['summary']}" if several else f"? {one['summary']}"
        yield "  /approve or /reject"
