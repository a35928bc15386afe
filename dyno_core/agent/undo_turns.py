"""A turn that takes back what a conversation changed, once, however often it is cut off and asked for again."""

import re
from collections.abc import Generator, Iterator
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from langchain_core.messages import AIMessage, HumanMessage

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events, results
from dyno_core.agent.agent import Agent
from dyno_core.agent.events import Event
from dyno_core.agent.turns import Turn
from dyno_core.agent.undo import has_changed_since, undo_last, undone_since

UNDO: Final = "Undo the last change."
_UNDO_ONE: Final = re.compile(r"Undo the last change of allocation (\d{1,18})\.")
_WITHDRAWN: Final = "What you had approved was cut off before it was written; it won't be written."
_CUT: Final = "What you had approved was cut off by a crash; what of it was not written by then won't be written."
_LOOKED_AT: Final = 20


def run_undo(agent: Agent, actor: Actor, thread_id: str, *, allocation_id: int | None = None) -> Iterator[Event]:
    """Take back the last change of this conversation, or its last one of an allocation.

    An open question counts as answered with no, and a yes that a crash cut off is withdrawn.
    """
    turn = Turn(agent, actor, thread_id, control=None, offline=False)
    said = UNDO if allocation_id is None else undo_in_words(allocation_id)
    yield from turn.recorded(said, lambda graph: undone(turn, graph, said), carries_on=True)


def undo_in_words(allocation_id: int) -> str:
    return f"Undo the last change of allocation {allocation_id}."


def asks_undo(said: str) -> bool:
    """Whether a message of the conversation stands for an Undo that was pressed."""
    return said == UNDO or _UNDO_ONE.fullmatch(said) is not None


def undone(turn: Turn, graph: Any, said: str) -> Iterator[Event]:
    """The steps of an undo. One that was cut off after it took something back only tells that."""
    database, asked = turn.agent.database, _asked(turn, said)
    done = undone_since(database, turn.thread_id, asked) if asked else None
    if done is None:
        if (yield from _settled(turn, graph)):
            return
        one = _UNDO_ONE.fullmatch(said)
        done = undo_last(
            database,
            turn.actor,
            turn.thread_id,
            today=turn.agent.clock.today(),
            correlation_id=turn.correlation_id,
            allocation_id=int(one[1]) if one else None,
        )
    turn.started = True
    receipt = {"receipt": done.sentence, "allocation": done.allocation.as_json()}
    yield events.result("undo", results.done(receipt))
    graph.update_state(turn.config, {"messages": [HumanMessage(said), AIMessage(done.sentence)]}, as_node="error")
    yield events.message(done.sentence)


def _asked(turn: Turn, said: str) -> datetime | None:
    """Since when this undo has been asked for without an answer, however often."""
    told = conversations.messages_of(turn.agent.database, turn.actor, turn.thread_id, limit=_LOOKED_AT)
    same = list(takewhile(lambda one: one.role == "user" and one.text == said, reversed(told)))
    return same[-1].created_at if same else None


def _settled(turn: Turn, graph: Any) -> Generator[Event, None, bool]:
    """Settle what is open before an undo. True when that is all there was to take back.

    A yes that a crash cut off is withdrawn, so that nothing it agreed to is written after its undo.
    """
    state = graph.get_state(turn.config)
    if state.interrupts:
        yield from turn.declined(graph, state)
        return False
    if any(task.result for task in state.tasks):
        yield from turn.finished(graph, state)
        return False
    if "tools" not in state.next or not state.values.get("decisions"):
        return False
    told = conversations.messages_of(turn.agent.database, turn.actor, turn.thread_id, limit=_LOOKED_AT)
    agreed = next((one for one in reversed(told) if one.role == "user" and not asks_undo(one.text)), None)
    if agreed and has_changed_since(turn.agent.database, turn.thread_id, agreed.created_at):
        yield from turn.declined(graph, state, _CUT)
        return False
    yield from turn.declined(graph, state, _WITHDRAWN)
    graph.update_state(turn.config, {"messages": [AIMessage(_WITHDRAWN)]}, as_node="error")
    yield events.message(_WITHDRAWN)
    return True
