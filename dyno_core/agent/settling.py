"""The state of a conversation between two turns: what was left open or cut off, and how it is settled."""

from collections.abc import Generator, Iterator
from datetime import datetime
from typing import Any, Final

from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableConfig
from langgraph.types import Interrupt, StateSnapshot
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events, results
from dyno_core.agent.agent import Agent
from dyno_core.agent.events import Event
from dyno_core.agent.nodes import APPROVE
from dyno_core.agent.undo import told_since
from dyno_core.agent.undo_words import undo_wish
from dyno_core.agent.yes_no import drops
from dyno_core.errors import Busy, DatabaseUnavailable

MOST_STEPS: Final = 20
_LOOKED_AT: Final = 20
WITHDRAWN: Final = "What you had approved was cut off before it was written; it won't be written."
_CUT: Final = "What you had approved was cut off by a crash; what of it was not written by then won't be written."
_WITHOUT_YES: Final = "The person went on without a yes; nothing was changed."
_DROPPED: Final = "The open question was dropped and nothing was changed; ask for it again if you still want it."


def thread_key(actor: Actor, thread_id: str) -> str:
    """What a conversation's state is kept under. The person is part of it, so that no mistake elsewhere can open
    another one's conversation."""
    return f"{actor.id}:{thread_id}"


def config_of(actor: Actor, thread_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": thread_key(actor, thread_id)}, "recursion_limit": MOST_STEPS}


def store_unsaved(agent: Agent, actor: Actor, thread_id: str) -> None:
    """Put on record what was said while the database was down, if there is any.

    Raises `DatabaseUnavailable` and `Busy`; then it is kept.
    """
    said = agent.unsaved.take(thread_id)
    if not said:
        return

    def store(session: Session) -> None:
        for message in said:
            conversations.store_message(session, actor, thread_id, message)

    try:
        agent.database.transact(store)
    except (DatabaseUnavailable, Busy):
        agent.unsaved.keep(thread_id, said)
        raise


def is_cut(state: StateSnapshot) -> bool:
    """Whether a turn ended before its end, and is not waiting for an answer."""
    return not state.interrupts and bool(state.next or any(task.result for task in state.tasks))


def is_agreed(state: StateSnapshot) -> bool:
    """Whether a turn was cut off behind a yes and before its writes were done, or known to be done."""
    agreed = APPROVE in (state.values.get("decisions") or {}).values()
    return is_cut(state) and agreed and "tools" in state.next and not any(task.result for task in state.tasks)


class Settling:
    """One person's conversation, while no model speaks in it."""

    def __init__(self, agent: Agent, actor: Actor, thread_id: str) -> None:
        self.agent, self.actor, self.thread_id = agent, actor, thread_id
        self.config = config_of(actor, thread_id)

    def open_question(self, graph: Any, interrupt_id: str) -> Interrupt | None:
        """The question of this id, if it is the one that waits."""
        waiting = graph.get_state(self.config).interrupts
        return next((one for one in waiting if one.id == interrupt_id), None)

    def declined(self, graph: Any, state: StateSnapshot, why: str = _WITHOUT_YES) -> Iterator[Event]:
        """Whoever types something else has not said yes."""
        calls = state.values["messages"][-1].tool_calls
        proposals = state.values.get("proposals") or {}
        answers = [
            ToolMessage(
                results.declined(why, proposals.get(call["id"], {})),
                name=call["name"],
                tool_call_id=call["id"],
                status="error",
            )
            for call in calls
        ]
        graph.update_state(self.config, {"messages": answers}, as_node="tools")
        for answer in answers:
            yield events.result(answer.name or "", answer.text)
        if why == _WITHOUT_YES:
            yield events.message(_DROPPED)

    def carry_over(self, graph: Any) -> None:
        """What was said while the database was down becomes part of the conversation."""
        kept = self.agent.fallback.get_tuple(self.config)
        if kept is None:
            return
        messages = kept.checkpoint["channel_values"].get("messages", [])
        graph.update_state(self.config, {"messages": messages}, as_node="db_disabled")
        self.agent.fallback.delete_thread(self.config["configurable"]["thread_id"])

    def dropped(self, graph: Any, state: StateSnapshot, said: str) -> Iterator[Event]:
        """A yes that a crash cut off is withdrawn, and told what of it had been written by then."""
        written = yield from self.withdrawn(graph, state)
        last = WITHDRAWN
        if written:
            last = f"{_CUT} Written is: {'; '.join(written)}. Say “undo” to take it back."
        told = [HumanMessage(said), AIMessage(last)]
        graph.update_state(self.config, {"messages": told}, as_node="error")
        yield events.message(last)

    def withdrawn(self, graph: Any, state: StateSnapshot) -> Generator[Event, None, tuple[str, ...]]:
        """Nothing more of what was agreed to is written; what had been is returned, each change in a phrase."""
        since = self.agreed_at()
        written = told_since(self.agent.database, self.thread_id, since) if since else ()
        yield from self.declined(graph, state, _CUT if written else WITHDRAWN)
        return written

    def agreed_at(self) -> datetime | None:
        """When the person said the yes that was cut off; what came since is that it is not wanted any more."""
        told = conversations.messages_of(self.agent.database, self.actor, self.thread_id, limit=_LOOKED_AT)
        said = (one for one in reversed(told) if one.role == "user")
        return next((one.created_at for one in said if not drops(one.text) and not undo_wish(one.text)), None)
