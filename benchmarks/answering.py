"""Turns of the agent with its state in PostgreSQL, against the same graph that keeps no state at all."""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

from langchain_core.messages import HumanMessage
from langgraph.checkpoint.memory import InMemorySaver
from sqlalchemy import insert, text

from benchmarks.data import TODAY, fill_fleet
from benchmarks.measuring import Figure
from benchmarks.server import a_database
from dyno_core.accounts.roles import Actor, Role
from dyno_core.agent.agent import Agent, make_agent
from dyno_core.agent.checkpoints import set_up
from dyno_core.agent.conversations import create_conversation
from dyno_core.agent.events import events_of
from dyno_core.agent.graph import compiled
from dyno_core.agent.turns import run_turn
from dyno_core.clock import FixedClock
from dyno_core.database.engine import Database
from dyno_core.database.models import UserRow
from dyno_core.settings import get_settings

_QUESTIONS: Final = {
    "only words": "hello",
    "one lookup": "which dynos are free next week for a light 2WD common test?",
}
_LONG: Final = 120
"""Turns of a conversation that is compared with its own beginning."""


@dataclass
class _Samples:
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    def add(self, kinds: Iterable[str]) -> None:
        """Time one turn by the kinds of its events, as they come."""
        begun, first = perf_counter(), None
        for kind in kinds:
            if first is None and kind == "token":
                first = perf_counter() - begun
        self.whole.append(perf_counter() - begun)
        self.first.append(self.whole[-1] if first is None else first)


def measure_answering(server_url: str, *, rounds: int, long: int = _LONG) -> list[Figure]:
    with a_database(server_url, "answering") as database:
        set_up(database)
        fill_fleet(database, dynos=50, vehicles=100)
        agent = make_agent(database, clock=FixedClock(TODAY), settings=get_settings())
        actor = _somebody(database)
        figures = [one for name in _QUESTIONS for one in _by_saver(agent, actor, name, rounds)]
        figures += _by_length(agent, actor, long)
        agent.close()
    return figures


def _by_saver(agent: Agent, actor: Actor, kind: str, rounds: int) -> list[Figure]:
    question = _QUESTIONS[kind]
    variants = _variants(agent, actor, question)
    samples = {name: _Samples() for name in variants}
    for turn in variants.values():
        list(turn())  # the first one imports, connects and reads the lab
    shuffle = random.Random(1)
    for _ in range(rounds):
        for name in shuffle.sample(list(variants), len(variants)):
            samples[name].add(variants[name]())
    group, base = f"answering, {kind}", samples["no checkpointer"]
    return [
        Figure(group, f"{what}, {name}", "no checkpointer", median(ours) / median(theirs), "time", median(ours))
        for name, one in samples.items()
        for what, ours, theirs in (("first token", one.first, base.first), ("turn", one.whole, base.whole))
    ]


def _variants(agent: Agent, actor: Actor, question: str) -> dict[str, Callable[[], Iterator[str]]]:
    """Each gives the kinds of events of one more turn; every conversation of it is its own and grows."""
    threads = {name: create_conversation(agent.database, actor).id for name in ("memory", "postgres", "app")}
    said: list[Any] = []
    memory = InMemorySaver()

    def bare() -> Iterator[str]:
        said.append(HumanMessage(question))
        # Who keeps no state has to hand in the conversation.
        for mode, data in _stream(agent, actor, compiled(None), {"messages": list(said)}, "none"):
            if mode == "updates":
                said.extend(one for update in data.values() for one in (update or {}).get("messages", ()))
            yield from (event["type"] for event in events_of(mode, data))

    def kept_in_memory() -> Iterator[str]:
        yield from _kinds(agent, actor, compiled(memory), question, threads["memory"])

    def kept_in_postgres() -> Iterator[str]:
        with agent.checkpoints.turn(threads["postgres"]) as saver:
            yield from _kinds(agent, actor, compiled(saver), question, threads["postgres"])
            saver.prune([threads["postgres"]])

    def whole_turn() -> Iterator[str]:
        yield from (event["type"] for event in run_turn(agent, actor, threads["app"], question))

    return {
        "no checkpointer": bare,
        "in memory": kept_in_memory,
        "PostgreSQL": kept_in_postgres,
        "PostgreSQL and the record": whole_turn,
    }


def _kinds(agent: Agent, actor: Actor, graph: Any, question: str, thread: str) -> Iterator[str]:
    for mode, data in _stream(agent, actor, graph, {"messages": [HumanMessage(question)]}, thread):
        yield from (event["type"] for event in events_of(mode, data))


def _stream(agent: Agent, actor: Actor, graph: Any, given: Any, thread: str) -> Iterator[tuple[str, Any]]:
    context = agent.context(actor, thread, offline=True, database_up=True, correlation_id=uuid4().hex)
    options = {} if graph.checkpointer is None else {"durability": "exit"}
    config = {"configurable": {"thread_id": thread}, "recursion_limit": 20}
    yield from graph.stream(given, config, context=context, stream_mode=["messages", "custom", "updates"], **options)


def _by_length(agent: Agent, actor: Actor, turns: int) -> list[Figure]:
    """The end of a long conversation against its beginning, in time and in what is kept of it."""
    thread, part = create_conversation(agent.database, actor).id, turns // 6
    samples = _Samples()
    sizes = []
    for number in range(turns):
        samples.add(event["type"] for event in run_turn(agent, actor, thread, _QUESTIONS["one lookup"]))
        if number in (part - 1, turns - 1):
            sizes.append(_bytes_kept(agent.database, f"{actor.id}:{thread}"))
    group, against = f"answering, a conversation of {turns} turns", f"the first {part}"
    return [
        *(
            Figure(group, f"{what}, the last {part}", against, median(all_of[-part:]) / median(all_of[:part]), "time",
                   median(all_of[-part:]))
            for what, all_of in (("first token", samples.first), ("turn", samples.whole))
        ),
        Figure(group, f"bytes kept after {turns}", f"after {part}", sizes[1] / sizes[0], "bytes", sizes[1]),
    ]  # fmt: skip


def _bytes_kept(database: Database, thread: str) -> float:
    with database.reading() as session:
        query = text(
            "SELECT (SELECT coalesce(sum(length(blob)), 0) FROM langgraph.checkpoint_blobs WHERE thread_id = :thread)"
            " + (SELECT sum(length(checkpoint::text)) FROM langgraph.checkpoints WHERE thread_id = :thread)"
        )
        return float(session.execute(query, {"thread": thread}).scalar_one())


def _somebody(database: Database) -> Actor:
    with database.writing() as session:
        values = {"email": "bench@example.com", "name": "Bench", "role": "engineer", "password_hash": "none"}
        identifier = session.scalars(insert(UserRow).returning(UserRow.id), values).one()
    return Actor(id=identifier, email="bench@example.com", name="Bench", role=Role.ENGINEER)
