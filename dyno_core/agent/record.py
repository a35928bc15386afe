"""What is kept of an answer: its events, who gave it by which prompt and tools, and what it took."""

import time
from dataclasses import dataclass, field
from decimal import Decimal

from langchain_core.messages import AIMessage

from dyno_core.agent import events
from dyno_core.agent.conversations import NewMessage
from dyno_core.agent.events import Event
from dyno_core.agent.nodes import ANSWERED_BY, COST_USD, PROMPT


@dataclass
class Record:
    """Filled while an answer is given."""

    events: list[Event] = field(default_factory=list)
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    prompt_version: str | None = None
    cost_usd: Decimal | None = None
    begun: float = field(default_factory=time.perf_counter)

    def as_message(self) -> NewMessage:
        kept = [event for event in self.events if event["type"] not in ("token", "done")]
        return NewMessage(
            role="assistant",
            text=events.text_of(kept),
            events=kept,
            model=self.model,
            input_tokens=self.input_tokens or None,
            output_tokens=self.output_tokens or None,
            latency_ms=round((time.perf_counter() - self.begun) * 1000),
            prompt_version=self.prompt_version,
            tools=tuple(event["name"] for event in kept if event["type"] == "tool_result"),
            cost_usd=self.cost_usd,
        )

    def note(self, said: AIMessage) -> None:
        """Add up what one answer of the model was and took."""
        marks = said.additional_kwargs
        self.model = marks.get(ANSWERED_BY, self.model)
        self.prompt_version = marks.get(PROMPT, self.prompt_version)
        if used := said.usage_metadata:
            self.input_tokens += used["input_tokens"]
            self.output_tokens += used["output_tokens"]
        if COST_USD in marks:
            self.cost_usd = (self.cost_usd or Decimal(0)) + Decimal(marks[COST_USD])
