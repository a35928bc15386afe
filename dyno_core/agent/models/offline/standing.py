"""What a card showed and what was done, read back into the memory: a correction is meant against that. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from dyno_core.agent.models.offline.answers import allocation_of
from dyno_core.agent.models.offline.calendar_words import week_around
from dyno_core.agent.models.offline.frame import Frame
from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.tables import iso_day
from dyno_core.agent.models.offline.tasks import Task


def as_shown(frame: Frame, results: Sequence[Mapping[str, Any]]) -> Frame:
    """``frame`` with the dyno and days on which its changes stood on the card or in the receipt: they may have been
    slipped or edited there. ``results`` are in the order of the tasks."""
    if frame.state != "sent" or len(results) != len(frame.tasks):
        return frame
    shown = (known.get("dyno") for payload in results if (known := _known(payload)))
    focus = replace(frame.focus, dyno=next((str(name) for name in shown if name), frame.focus.dyno))
    tasks = tuple(_stood(*pair) for pair in zip(frame.tasks, results, strict=True))
    return replace(frame, tasks=tasks, focus=focus)


def spoken_of(frame: Frame) -> date | None:
    """The first day of what was spoken of last, of its last week where only the end is known; None without days."""
    slots = frame.tasks[-1].slots if frame.tasks else Slots()
    return slots.start or (week_around(slots.end).first if slots.end else None)


def _stood(task: Task, payload: Mapping[str, Any]) -> Task:
    if not task.writes or task.intent == "cancel":
        return task
    known = _known(payload)
    first, last = (iso_day(known.get(name)) for name in ("start_date", "end_date")) if known else (None, None)
    if first is None or last is None:
        return task
    slots = replace(task.slots, start=first, end=None, window="from", days=(last - first).days + 1, shift=None)
    return replace(task, intent="book" if task.intent == "book" else "move", slots=slots)


def _known(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return allocation_of(payload.get("data")) if payload.get("ok") else _card(payload)


def _card(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    facts = payload.get("facts") if payload.get("error") == "declined" else None
    shown = facts.get("shown") if isinstance(facts, Mapping) else None
    return shown if isinstance(shown, Mapping) else None
