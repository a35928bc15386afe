"""A turn: a message or a decision in, events out. Everything that can go wrong between the two is a sentence here."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import uuid4

import psycopg
from langchain_core.messages import AIMessage, HumanMessage, RemoveMessage
from langgraph.errors import GraphDrained, GraphRecursionError
from langgraph.runtime import RunControl
from langgraph.types import Command, StateSnapshot
from sqlalchemy import exc

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations, events
from dyno_core.agent.agent import Agent
from dyno_core.agent.context import AgentContext
from dyno_core.agent.conversations import ConversationNotFound, NewMessage
from dyno_core.agent.events import Event, Write
from dyno_core.agent.graph import compiled
from dyno_core.agent.models import OFFLINE
from dyno_core.agent.nodes import APPROVE, ERROR_MARK, REJECT, STOPPED
from dyno_core.agent.proposals import WRITES
from dyno_core.agent.record import Record
from dyno_core.agent.settling import MOST_STEPS, Settling, config_of, is_agreed, is_cut, store_unsaved, thread_key
from dyno_core.agent.storable import storable
from dyno_core.agent.yes_no import drops, plain_answer
from dyno_core.errors import Busy, DatabaseUnavailable, DynoError
from dyno_core.telemetry import correlation_id, reference_number, track_performance

_DOWN: Final = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError, psycopg.OperationalError,
                psycopg.InterfaceError, DatabaseUnavailable)  # fmt: skip
_LOST: Final = (
    "The connection to the database was lost. The steps shown above are done; the rest is unknown and will be "
    "finished with your next message. Look at the plan before you ask for the same again."
)
_LOST_UNANSWERED: Final = (
    "The connection to the database was lost before this was answered to its end. It changed nothing; ask again in a "
    "moment."
)
_TOO_MANY: Final = (
    f"I took {MOST_STEPS} steps without coming to an end, so I stopped; what is shown above is done. "
    "Ask for less at once."
)
_STOPPED: Final = "Stopped. What is shown above is done; nothing else was changed."
_FINISHED: Final = (
    "I had been cut off while I carried out what you had approved, and have finished it now, before your last message; "
    "say “undo” to take it back."
)
_ANSWERED: Final = "That question was answered already; nothing was done twice."

_log = logging.getLogger(__name__)

DECISIONS_IN_WORDS: Final = ("Yes.", "Some of it.", "No.")
OFFLINE_INSTEAD: Final = "Answer with the offline model."
Decision = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that waits for a yes or no."""

    id: str
    writes: tuple[Write, ...]


def run_turn(
    agent: Agent,
    actor: Actor,
    thread_id: str,
    text: str,
    *,
    control: RunControl | None = None,
    offline: bool = False,
) -> Iterator[Event]:
    """Answer a message. Always ends with ``done``; refusals are ``error`` events.

    A plain yes or no answers an open question; with anything else it is dropped. ``offline`` asks for the offline
    model, this once.
    """
    try:
        said = conversations.cleaned(text)
    except DynoError as refusal:
        yield events.failure(refusal.message)
        yield events.DONE
        return
    turn = Turn(agent, actor, thread_id, control=control, offline=offline)
    is_decision = plain_answer(said) is not None
    yield from turn.recorded(said, lambda graph: turn.message(graph, said), carries_on=is_decision)


def answer_approval(
    agent: Agent,
    actor: Actor,
    thread_id: str,
    interrupt_id: str,
    decisions: Sequence[Decision] | Decision,
    *,
    control: RunControl | None = None,
    offline: bool = False,
) -> Iterator[Event]:
    """Answer the question of this id: one decision for all its writes, or one for each in their order.

    A question that is not open any more is not answered twice; another one that is open is asked again.
    """
    turn = Turn(agent, actor, thread_id, control=control, offline=offline)
    yield from turn.recorded(
        decision_in_words(decisions), lambda graph: turn.decision(graph, interrupt_id, decisions), carries_on=True
    )


def decision_in_words(decisions: Sequence[Decision] | Decision) -> str:
    """A decision as it stands in the conversation."""
    words = [decisions] if isinstance(decisions, str) else list(decisions)
    return DECISIONS_IN_WORDS[0 if set(words) == {APPROVE} else 1 if APPROVE in words else 2]


def run_offline_instead(
    agent: Agent, actor: Actor, thread_id: str, *, control: RunControl | None = None
) -> Iterator[Event]:
    """Let the offline model give the answer that the other one failed to give, this once. What was done stays done."""
    turn = Turn(agent, actor, thread_id, control=control, offline=True)
    yield from turn.recorded(OFFLINE_INSTEAD, turn.answered_instead, carries_on=True)


def pending(agent: Agent, actor: Actor, thread_id: str) -> Pending | None:
    """The question that a conversation waits with. Raises `ConversationNotFound`, `DatabaseUnavailable`."""
    conversations.get_conversation(agent.database, actor, thread_id)
    try:
        with agent.checkpoints.reading() as saver:
            state = compiled(saver).get_state(config_of(actor, thread_id))
    except _DOWN as down:
        raise DatabaseUnavailable from down
    if not state.interrupts:
        return None
    one = state.interrupts[0]
    asked = events.approval(one.id, one.value)
    return Pending(id=one.id, writes=tuple(asked["writes"]))


def _broken(defect: Exception) -> str:
    reference = reference_number()
    _log.error("an answer broke off, reference %s", reference, exc_info=defect)
    return (
        f"Something went wrong on our side (reference {reference}). The steps shown above are done; "
        "try again, or tell an administrator the reference."
    )


def is_receipt(event: Event) -> bool:
    return event["type"] == "tool_result" and bool(event["ok"]) and event["name"] in WRITES


class Turn(Settling):
    """One turn of one person's conversation."""

    def __init__(
        self, agent: Agent, actor: Actor, thread_id: str, *, control: RunControl | None, offline: bool
    ) -> None:
        super().__init__(agent, actor, thread_id)
        self.control = control or RunControl()
        self.offline = offline
        self.correlation_id = correlation_id() or uuid4().hex
        self.record = Record()
        self.started = False
        self.is_stored_at_end = False
        self.stored_question = False
        self.refused = False

    def recorded(
        self, said: str | None, steps: Callable[[Any], Iterator[Event]], *, carries_on: bool = False
    ) -> Iterator[Event]:
        """Run the steps and keep what was said; None for the answer to what is stored already.

        ``carries_on``: a decision needs the database it was asked with.
        """
        with track_performance("agent", "turn", user_id=self.actor.id):
            for event in map(storable, self._guarded(said, steps, carries_on=carries_on)):
                self.record.events.append(event)
                yield event
        try:
            self._store(said)
        except Exception as defect:  # noqa: BLE001 - told as a reference number, logged whole
            yield events.failure(_broken(defect))
        yield events.DONE

    def _guarded(
        self, said: str | None, steps: Callable[[Any], Iterator[Event]], *, carries_on: bool
    ) -> Iterator[Event]:
        try:
            with self.agent.checkpoints.turn(thread_key(self.actor, self.thread_id), durable=carries_on) as saver:
                self._store_question(said, waits_for_disk=carries_on)
                yield from steps(compiled(saver))
                saver.prune([self.config["configurable"]["thread_id"]])
        except _DOWN:
            if self.started:
                yield events.failure(_LOST_UNANSWERED if self.is_stored_at_end else _LOST)
            elif carries_on or said is None:
                yield events.failure(DatabaseUnavailable().message)
            else:
                yield from self._without_database(said)
        except DynoError as refusal:
            self.refused = not self.stored_question
            yield events.failure(refusal.message)
        except Exception as defect:  # noqa: BLE001 - told as a reference number, logged whole
            yield events.failure(_broken(defect))

    def message(self, graph: Any, said: str) -> Iterator[Event]:
        state = graph.get_state(self.config)
        if state.interrupts and (word := plain_answer(said)):
            yield from self.decision(graph, state.interrupts[-1].id, word)
            return
        if is_agreed(state) and drops(said):
            yield from self.dropped(graph, state, said)
            return
        yield from self.settled(graph, state)
        yield from self.streamed(graph, {"messages": [HumanMessage(said)]})

    def settled(self, graph: Any, state: StateSnapshot) -> Iterator[Event]:
        """What is left of the last turn is finished, and an open question answered with no, before a new one."""
        if is_cut(state):
            has_written = False
            for event in self.finished(graph, state):
                has_written = has_written or is_receipt(event)
                yield event
            if has_written:
                yield events.message(_FINISHED)
            state = graph.get_state(self.config)
        if state.interrupts:
            yield from self.declined(graph, state)
        self.carry_over(graph)

    def finished(self, graph: Any, state: StateSnapshot) -> Iterator[Event]:
        if is_cut(state):
            yield events.progress("Finishing what was interrupted …")
            yield from self.streamed(graph, None)

    def decision(self, graph: Any, interrupt_id: str, decisions: Sequence[Decision] | Decision) -> Iterator[Event]:
        asked = self.open_question(graph, interrupt_id)
        if asked is None:
            yield from self.not_open(graph)
            return
        words = [decisions] * len(asked.value) if isinstance(decisions, str) else list(decisions)
        words += [REJECT] * (len(asked.value) - len(words))
        answer = {one["id"]: word for one, word in zip(asked.value, words, strict=False)}
        yield from self.streamed(graph, Command(resume={interrupt_id: answer}))

    def not_open(self, graph: Any) -> Iterator[Event]:
        """The answer was meant for another question, so it does nothing. The one that waits is asked again.

        Where none waits, the first answer may have been cut off by a crash: what it began is finished.
        """
        finishing = list(self.finished(graph, graph.get_state(self.config)))
        yield from finishing
        waiting = graph.get_state(self.config).interrupts
        if not waiting:
            if not finishing:
                yield events.message(_ANSWERED)
            return
        yield events.message("That question is not open any more. This one is:")
        yield events.approval(waiting[0].id, waiting[0].value)

    def answered_instead(self, graph: Any) -> Iterator[Event]:
        messages = graph.get_state(self.config).values.get("messages", [])
        if not messages or ERROR_MARK not in messages[-1].additional_kwargs:
            yield events.message("The last message has its answer; ask me something else.")
            return
        # The failure is taken back and the turn goes on from where the model was asked, tool results included.
        graph.update_state(self.config, {"messages": [RemoveMessage(id=messages[-1].id)]}, as_node="summarize")
        yield from self.streamed(graph, None)

    def context(self, *, database_up: bool = True) -> AgentContext:
        return self.agent.context(
            self.actor,
            self.thread_id,
            offline=self.offline,
            database_up=database_up,
            correlation_id=self.correlation_id,
        )

    def streamed(self, graph: Any, given: Any, *, database_up: bool = True) -> Iterator[Event]:
        context = self.context(database_up=database_up)
        self.started = database_up
        # The rules answer a message again in a moment and the same way, so nobody waits for its steps to be stored;
        # until the person agrees, nothing is changed. What a service has thought of is kept step by step.
        self.is_stored_at_end = isinstance(given, dict) and context.model_name == OFFLINE
        held: list[Event] = []
        try:
            for mode, data in graph.stream(
                given,
                self.config,
                context=context,
                stream_mode=["messages", "custom", "updates"],
                durability="exit" if self.is_stored_at_end else "sync",
                control=self.control,
            ):
                if mode == "updates":
                    self._note(data)
                if not self.is_stored_at_end:
                    yield from held
                    held.clear()
                new = list(events.events_of(mode, data))
                # Not told before the step is stored: without the database it is done again, and may end otherwise.
                held += [event for event in new if events.is_unreached(event)]
                yield from (event for event in new if event not in held)
            yield from held
        except GraphRecursionError:
            yield self._ended(graph, events.message(_TOO_MANY))
        except GraphDrained:
            yield self._ended(graph, events.message(_STOPPED))
        except (*_DOWN, Busy):
            raise
        except DynoError as refusal:
            yield self._ended(graph, events.failure(refusal.message))
        except Exception as defect:  # noqa: BLE001 - told as a reference number, logged whole
            yield self._ended(graph, events.failure(_broken(defect)))

    def _ended(self, graph: Any, last: Event) -> Event:
        """End the turn here: left open, the next message would carry on with what was stopped, or break again."""
        said = AIMessage(last["text"], additional_kwargs={STOPPED: True})
        graph.update_state(self.config, {"messages": [said], "failure": {}}, as_node="error")
        return last

    def _without_database(self, said: str) -> Iterator[Event]:
        yield from self.streamed(compiled(self.agent.fallback), {"messages": [HumanMessage(said)]}, database_up=False)

    def _note(self, update: Mapping[str, Any]) -> None:
        for node in ("llm", "error"):
            for said in (update.get(node) or {}).get("messages", ()):
                self.record.note(said)

    def _store_question(self, said: str | None, *, waits_for_disk: bool) -> None:
        """What was said, also while the database was down. All at once: the answer waits for it.

        It waits for the disk as the turn's own steps do (`Checkpoints`): a booking that comes of it takes it along.
        """
        store_unsaved(self.agent, self.actor, self.thread_id)
        # Reading tools go by the role they are given, and a `chat` may run since yesterday.
        if said is None:
            self.actor = conversations.owner(self.agent.database, self.actor, self.thread_id)
        else:
            self.actor = conversations.store_question(
                self.agent.database, self.actor, self.thread_id, said, waits_for_disk=waits_for_disk
            )
        self.stored_question = True

    def _store(self, said: str | None) -> None:
        if self.refused or not self.record.events or (said is None and not self.stored_question):
            return
        answer = self.record.as_message()
        unsaved = [answer] if self.stored_question or said is None else [NewMessage(role="user", text=said), answer]
        try:
            if not self.stored_question:
                raise DatabaseUnavailable
            conversations.add_message(self.agent.database, self.actor, self.thread_id, answer)
        except _DOWN:
            self.agent.unsaved.keep(self.thread_id, unsaved)
        except ConversationNotFound:
            _log.info("a conversation was deleted while it was answered")
