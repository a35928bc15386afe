"""The memory between two messages. It travels in ``AIMessage.additional_kwargs["frame"]``, so that the
checkpointer keeps it and no other state is needed. Plain JSON in, frozen values out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from dyno_core.agent.models.offline.slots import Slots, filled
from dyno_core.agent.models.offline.tasks import Task

KEY = "frame"
State = Literal["", "asked", "offered", "reading", "lookup", "sent", "answered", "declined"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several allocations that a change can mean."""

    id: int
    start: date | None = None
    end: date | None = None
    dyno: str | None = None
    test_type: str | None = None

    def to_json(self) -> dict[str, Any]:
        days = {"start": self.start and self.start.isoformat(), "end": self.end and self.end.isoformat()}
        return {"id": self.id, **days, "dyno": self.dyno, "test_type": self.test_type}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | int) -> "Choice":
        """An older version stored the number alone."""
        if isinstance(stored, int):
            return cls(stored)
        days = {name: date.fromisoformat(stored[name]) for name in ("start", "end") if stored.get(name)}
        return cls(stored["id"], **days, dyno=stored.get("dyno"), test_type=stored.get("test_type"))


@dataclass(frozen=True, slots=True)
class Frame:
    """``tasks`` and where they stand; ``asked``: the missing parts that were asked for.

    ``state`` ``reading``: the first of ``tasks`` are being answered before the others are taken up.
    ``behind``: the question whose answer became the offer. ``focus``: the vehicle, allocation and window spoken of
    last, for "it" and "that". ``choices``: the allocations to choose from. ``made``: the last booking was made.
    ``sure``: the tasks were ordered rather than asked about. ``refused``: what got a no last, for a “why?”.
    """

    tasks: tuple[Task, ...] = ()
    state: State = ""
    asked: tuple[str, ...] = ()
    focus: Slots = field(default_factory=Slots)
    choices: tuple[Choice, ...] = ()
    made: bool = False
    sure: bool = True
    behind: Task | None = None
    refused: Task | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "tasks": [_task_json(task) for task in self.tasks],
            "state": self.state,
            "asked": list(self.asked),
            "focus": self.focus.to_json(),
            "choices": [choice.to_json() for choice in self.choices],
            "made": self.made,
            "sure": self.sure,
            "behind": _task_json(self.behind) if self.behind else None,
            "refused": _task_json(self.refused) if self.refused else None,
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Frame":
        """What an older version did not store yet has its default: conversations outlive releases."""
        behind, refused = stored.get("behind"), stored.get("refused")
        return cls(
            tasks=tuple(_task(task) for task in stored.get("tasks", ())),
            state=stored.get("state", ""),
            asked=tuple(stored.get("asked", ())),
            focus=Slots.from_json(stored.get("focus", {})),
            choices=tuple(Choice.from_json(choice) for choice in stored.get("choices", ())),
            made=bool(stored.get("made", False)),
            sure=bool(stored.get("sure", True)),
            behind=_task(behind) if behind else None,
            refused=_task(refused) if refused else None,
        )


def _task_json(task: Task) -> dict[str, Any]:
    return {
        "intent": task.intent,
        "slots": task.slots.to_json(),
        "words": task.words,
        "every": task.every,
        "but": [one.to_json() for one in task.but],
    }


def _task(stored: Mapping[str, Any]) -> Task:
    return Task(
        stored["intent"],
        Slots.from_json(stored["slots"]),
        stored.get("words", ""),
        every=bool(stored.get("every")),
        but=tuple(Slots.from_json(one) for one in stored.get("but", ())),
    )


def remembering(new: Frame, old: Frame) -> Frame:
    """``new``, which keeps the last refusal of ``old`` unless it has one of its own."""
    return replace(new, refused=new.refused or old.refused)


_FOCUS = ("vehicle_id", "vin", "tag")


def focused(focus: Slots, slots: Slots) -> Slots:
    """What is spoken of after a message about ``slots``. A new vehicle forgets the old one's allocation."""
    if slots.has_vehicle and slots.vehicle != focus.vehicle:
        focus = Slots()
    kept = Slots(vehicle_id=slots.vehicle_id, vin=slots.vin, tag=slots.tag, allocation_id=slots.allocation_id)
    return filled(kept, focus, (*_FOCUS, "allocation_id", "start", "end", "dyno", "window"))


def with_allocation(focus: Slots, number: int | None) -> Slots:
    return replace(focus, allocation_id=number)
