"""The agent of one process: everything that its turns share."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from langgraph.checkpoint.memory import InMemorySaver

from dyno_core.accounts.roles import Actor
from dyno_core.agent.checkpoints import Checkpoints
from dyno_core.agent.context import AgentContext
from dyno_core.agent.conversations import NewMessage
from dyno_core.agent.knowledge import Knowledge, Lab
from dyno_core.agent.models import OFFLINE, ChosenModel, choose_model, model_name
from dyno_core.agent.runs import Runs
from dyno_core.clock import Clock
from dyno_core.database.engine import Database
from dyno_core.settings import Settings

ModelMaker = Callable[[Lab, date, bool], ChosenModel]
"""From the lab, today, and whether the offline model is wished."""


@dataclass
class Unsaved:
    """What was said while the database could not be reached, until it can be stored."""

    _messages: dict[str, list[NewMessage]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, thread_id: str, messages: Sequence[NewMessage]) -> None:
        with self._lock:
            self._messages.setdefault(thread_id, []).extend(messages)

    def take(self, thread_id: str) -> list[NewMessage]:
        with self._lock:
            return self._messages.pop(thread_id, [])


@dataclass
class Agent:
    """``fallback`` holds conversations while the database is down; ``runs`` the answers that are being given.

    ``model_name`` answers, unless the offline model is wished. ``deadline_seconds`` bound a whole turn.
    """

    database: Database
    clock: Clock
    checkpoints: Checkpoints
    make_model: ModelMaker
    model_name: str = OFFLINE
    deadline_seconds: float = 60.0
    knowledge: Knowledge = field(default_factory=Knowledge)
    fallback: InMemorySaver = field(default_factory=InMemorySaver)
    unsaved: Unsaved = field(default_factory=Unsaved)
    runs: Runs = field(default_factory=Runs)

    def context(
        self, actor: Actor, thread_id: str, *, offline: bool, database_up: bool, correlation_id: str | None
    ) -> AgentContext:
        today = self.clock.today()
        return AgentContext(
            database=self.database,
            actor=actor,
            now=self.clock.now(),
            today=today,
            thread_id=thread_id,
            knowledge=self.knowledge,
            make_model=lambda lab: self.make_model(lab, today, offline),
            database_up=database_up,
            model_name=OFFLINE if offline else self.model_name,
            answer_by=time.monotonic() + self.deadline_seconds,
            correlation_id=correlation_id,
        )

    def close(self) -> None:
        self.checkpoints.dispose()


def make_agent(database: Database, *, clock: Clock, settings: Settings) -> Agent:
    """The agent as the settings want it. Connects to nothing yet."""

    def model(lab: Lab, today: date, offline: bool) -> ChosenModel:
        return choose_model(
            settings,
            today=today,
            test_types=lab.test_types,
            dynos=[name for name, _ in lab.dynos],
            facilities=list(dict.fromkeys(facility for _, facility in lab.dynos)),
            offline=offline,
        )

    return Agent(
        database=database,
        clock=clock,
        checkpoints=Checkpoints(database),
        make_model=model,
        model_name=model_name(settings),
        deadline_seconds=settings.dyno_model_timeout_seconds,
    )
