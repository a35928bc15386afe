"""The memory between two messages. It travels in ``AIMessage.additional_kwargs["frame"]``, so that the
checkpointer keeps it and no other state is needed. Plain JSON in, frozen values out.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from dyno_core.agent.models.offline.slots import Slots, filled
from dyno_core.agent.models.offline.tasks import Task

KEY = "frame"
State = Literal["", "asked", "offered", "lookup", "sent", "answered"]


@dataclass(frozen=True, slots=True)
class Frame:
    """``tasks`` and where they stand; ``asked``: the missing parts that were asked for.

    ``focus``: the vehicle, allocation and window spoken of last, for "it" and "that".
    ``choices``: numbers of the allocations to choose from. ``made``: the last booking was made.
    ``sure``: the tasks were ordered rather than asked about.
    """

    tasks: tuple[Task, ...] = ()
    state: State = ""
    asked: tuple[str, ...] = ()
    focus: Slots = field(default_factory=Slots)
    choices: tuple[int, ...] = ()
    made: bool = False
    sure: bool = True

    def to_json(self) -> dict[str, Any]:
        return {
            "tasks": [
                {"intent": task.intent, "slots": task.slots.to_json(), "words": task.words} for task in self.tasks
            ],
            "state": self.state,
            "asked": list(self.asked),
            "focus": self.focus.to_json(),
            "choices": list(self.choices),
            "made": self.made,
            "sure": self.sure,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Frame":
        """What an older version did not store yet has its default: conversations outlive releases."""
        tasks = (
            Task(task["intent"], Slots.from_json(task["slots"]), task.get("words", ""))
            for task in stored.get("tasks", ())
        )
        return cls(
            tasks=tuple(tasks),
            state=stored.get("state", ""),
            asked=tuple(stored.get("asked", ())),
            focus=Slots.from_json(stored.get("focus", {})),
            choices=tuple(stored.get("choices", ())),
            made=bool(stored.get("made", False)),
            sure=bool(stored.get("sure", True)),
        )


_FOCUS = ("vehicle_id", "vin", "tag")


def focused(focus: Slots, slots: Slots) -> Slots:
    """What is spoken of after a message about ``slots``. A new vehicle forgets the old one's allocation."""
    if slots.has_vehicle and slots.vehicle != focus.vehicle:
        focus = Slots()
    kept = Slots(vehicle_id=slots.vehicle_id, vin=slots.vin, tag=slots.tag, allocation_id=slots.allocation_id)
    return filled(kept, focus, (*_FOCUS, "allocation_id", "start", "end", "dyno", "window"))


def with_allocation(focus: Slots, number: int | None) -> Slots:
    return replace(focus, allocation_id=number)
