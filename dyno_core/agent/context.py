"""What a turn knows beside the conversation: who speaks, what day it is, where the plan is.

It is handed to the graph for one run and never stored. Tools take identity and time from here, and nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from dyno_core.accounts.roles import Actor
from dyno_core.agent.knowledge import Knowledge, Lab
from dyno_core.agent.models import ChosenModel
from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database


@dataclass(frozen=True)
class AgentContext:
    """One turn's surroundings.

    ``thread_id`` is the conversation's id, as in `chat_threads`. ``database_up`` is False when the turn began without
    a database: nothing is looked up or booked then. ``answer_by`` ends the whole turn, on the monotonic clock.
    """

    database: Database
    actor: Actor
    now: datetime
    today: date
    thread_id: str
    knowledge: Knowledge
    make_model: Callable[[Lab], ChosenModel]
    model_name: str
    answer_by: float
    database_up: bool = True
    correlation_id: str | None = None

    @property
    def origin(self) -> Origin:
        return Origin(
            actor=self.actor, channel="chat", conversation_id=self.thread_id, correlation_id=self.correlation_id
        )

    def lab(self) -> Lab:
        """The lab as known a few seconds ago at most. Raises `DatabaseUnavailable`."""
        return self.knowledge.refresh(self.database, now=self.now)

    def request_key(self, message_id: str, tool_call_id: str) -> str:
        """The same for every attempt at one tool call, also after a crash between booking and checkpoint.

        A model may number its calls anew in every message, so the message is part of it. Hashed: the ids may be long.
        """
        call = sha256(f"{message_id}:{tool_call_id}".encode()).hexdigest()[:32]
        return f"{self.thread_id}:{call}"
