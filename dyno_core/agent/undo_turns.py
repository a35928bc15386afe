"""A turn that takes back what a conversation changed, once, however often it is cut off and asked for again."""

from collections.abc import Generator, Iterator
from datetime import datetime
from itertools import takewhile
from typing import Any, Final

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.runtime import RunControl

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events, results
from dyno_core.agent.agent import Agent
from dyno_core.agent.events import Event
from dyno_core.agent.settling import WITHDRAWN, is_agreed
from dyno_core.agent.turns import Turn, run_turn
from dyno_core.agent.undo import undo_last, undone_since
from dyno_core.agent.undo_words import UNDO, undo_in_words, undo_wish

_LOOKED_AT: Final = 20
_CARD_FIRST: Final = (
    "The open question is dropped; nothing was changed. Say “undo” once more to take back what this conversation "
    "changed last."
)


def run_message(
    agent: Agent, actor: Actor, thread_id: str, text: str, *, control: RunControl | None = None
) -> Iterator[Event]:
    """Answer what a person typed, as `run_turn` does. Plain words for an undo do what its button does, at once."""
    if undo_wish(text.strip()) is None:
        yield from run_turn(agent, actor, thread_id, text, control=control)
    else:
        turn = Turn(agent, actor, thread_id, control=control, offline=False)
        said = text.strip()
        yield from turn.recorded(said, lambda graph: undone(turn, graph, said), carries_on=True)


def run_undo(
    agent: Agent, actor: Actor, thread_id: str, *, allocation_id: int | None = None, change: int | None = None
) -> Iterator[Event]:
    """Take back the last change of this conversation that stands, or its last one of an allocation.

    ``change``: the one that a button stands under; once that is undone, the button does nothing more.
    An open question counts as answered with no, and a yes that a crash cut off is withdrawn.
    """
    turn = Turn(agent, actor, thread_id, control=None, offline=False)
    said = UNDO if allocation_id is None else undo_in_words(allocation_id)
    yield from turn.recorded(said, lambda graph: undone(turn, graph, said, change=change), carries_on=True)


def undone(turn: Turn, graph: Any, said: str, *, change: int | None = None) -> Iterator[Event]:
    """The steps of an undo. One that was cut off after it took something back only tells that."""
    database, asked = turn.agent.database, _asked(turn, said)
    done = undone_since(database, turn.thread_id, asked) if asked else None
    if done is None:
        wish = undo_wish(said)
        if (yield from _settled(turn, graph, said, is_typed=wish is not None and wish.typed)):
            return
        done = undo_last(
            database,
            turn.actor,
            turn.thread_id,
            today=turn.agent.clock.today(),
            correlation_id=turn.correlation_id,
            allocation_id=wish.allocation_id if wish else None,
            change=change,
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


def _settled(turn: Turn, graph: Any, said: str, *, is_typed: bool) -> Generator[Event, None, bool]:
    """Settle what is open before an undo. True when that is all there was to take back.

    A yes that a crash cut off is withdrawn, so that nothing it agreed to is written after its undo. A button stands
    under the change that it takes back; typed words may have meant the card that is open.
    """
    state = graph.get_state(turn.config)
    if state.interrupts:
        yield from turn.declined(graph, state)
        if is_typed:
            graph.update_state(turn.config, {"messages": [HumanMessage(said), AIMessage(_CARD_FIRST)]}, as_node="error")
            yield events.message(_CARD_FIRST)
        return is_typed
    if any(task.result for task in state.tasks):
        yield from turn.finished(graph, state)
        return False
    if not is_agreed(state) or (yield from turn.withdrawn(graph, state)):
        return False
    graph.update_state(turn.config, {"messages": [HumanMessage(said), AIMessage(WITHDRAWN)]}, as_node="error")
    yield events.message(WITHDRAWN)
    return True
