"""What is done to a conversation apart from its turns: finishing what a crash cut off, deleting all of it."""

from collections.abc import Iterator
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.runtime import RunControl
from sqlalchemy import exc

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events
from dyno_core.agent.agent import Agent
from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.conversations import Message
from dyno_core.agent.events import Event
from dyno_core.agent.settling import is_agreed, thread_key
from dyno_core.agent.turns import DECISIONS_IN_WORDS, Turn
from dyno_core.agent.undo_turns import undone
from dyno_core.agent.undo_words import undo_wish
from dyno_core.agent.yes_no import drops, plain_answer
from dyno_core.errors import DatabaseUnavailable


def finish_turn(agent: Agent, actor: Actor, thread_id: str, *, control: RunControl | None = None) -> Iterator[Event]:
    """Give the answer that a conversation's last message never got, because the process that gave it died.

    What was done is told and not done again. Always ends with ``done``; refusals are ``error`` events.
    """
    turn = Turn(agent, actor, thread_id, control=control, offline=False)
    yield from turn.recorded(None, lambda graph: _finished(turn, graph), carries_on=True)


def _finished(turn: Turn, graph: Any) -> Iterator[Event]:
    latest = conversations.messages_of(turn.agent.database, turn.actor, turn.thread_id, limit=2)
    if not latest or latest[-1].role != "user":
        return
    asked = latest[-1].text
    state = graph.get_state(turn.config)
    messages = state.values.get("messages", [])
    last = next((at for at in range(len(messages) - 1, -1, -1) if isinstance(messages[at], HumanMessage)), -1)
    if undo_wish(asked):
        yield from undone(turn, graph, asked)
    elif state.interrupts:
        yield events.approval(state.interrupts[0].id, state.interrupts[0].value)
    elif drops(asked) and is_agreed(state):
        yield from turn.dropped(graph, state, asked)
    elif state.next or any(task.result for task in state.tasks):
        yield from turn.streamed(graph, None)
    elif last >= 0 and messages[last].text == asked:
        yield from events.of_messages(messages[last + 1 :])
    elif asked in DECISIONS_IN_WORDS or (plain_answer(asked) and _has_card(latest[0])):
        yield from events.of_messages(messages[_last_calls(messages) + 1 :])
    else:
        yield from turn.message(graph, asked)


def _has_card(message: Message) -> bool:
    return any(event["type"] == "approval_required" for event in message.events)


def _last_calls(messages: list[Any]) -> int:
    """Where the calls stand that a decision was about."""
    calls = [at for at, message in enumerate(messages) if isinstance(message, AIMessage) and message.tool_calls]
    return calls[-1] if calls else len(messages)


def is_answered(agent: Agent, actor: Actor, thread_id: str) -> bool:
    """Whether some process answers in this conversation right now. Raises `DatabaseUnavailable`."""
    try:
        with agent.checkpoints.turn(thread_key(actor, thread_id)):
            return False
    except StillAnswering:
        return True
    except exc.OperationalError as down:
        raise DatabaseUnavailable from down


def remove_conversation(agent: Agent, actor: Actor, thread_id: str) -> None:
    """Delete a conversation for its person, and all that the agent remembers of it.

    What was said stays in `chat_messages` for the record, as what was changed stays in the audit. Raises
    `StillAnswering` while it is answered, `ConversationNotFound`.
    """
    key = thread_key(actor, thread_id)
    with agent.checkpoints.turn(key) as saver:
        conversations.delete_conversation(agent.database, actor, thread_id)
        saver.delete_thread(key)
    agent.unsaved.take(thread_id)
    agent.fallback.delete_thread(key)
