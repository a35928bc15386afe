"""A task: one thing the user wants, what it still lacks, and the tool call that does it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from dyno_core.agent.models.offline import questions
from dyno_core.agent.models.offline.guards import is_narrowed
from dyno_core.agent.models.offline.slots import KEEPS_END, TO_END, VEHICLE_FIELDS, Slots
from dyno_core.period import say_day

NO_REASON: Final = "requested in chat"
MOST_AT_ONCE: Final = 10
"""Allocations on one card that a person still reads before the yes."""


@dataclass(frozen=True, slots=True)
class Task:
    """``words``: what to search for, count by or know of a dyno, or a day of what is moved, where no slot holds it.

    ``every``: all allocations of the vehicle are meant, not one; all ``but`` those that one of these names.
    """

    intent: str
    slots: Slots
    words: str = ""
    every: bool = False
    but: tuple[Slots, ...] = ()

    @property
    def writes(self) -> bool:
        return self.intent in ("book", "move", "extend", "cancel")


ALL_VEHICLES: Final = "*"
"""The words of a task that asks for no vehicle in particular."""


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    args: dict[str, Any]


PARTS: Final = {
    "vehicle": "the vehicle (VIN, tag or id)",
    "about": "the vehicle (VIN, tag or id) or the allocation (its number)",
    "changed": "the allocation (its number), the vehicle, the dyno or the days",
    "allocation": "the allocation (its number, such as #42, or the vehicle)",
    "start": "the first day",
    "days": "the number of days",
    "test_type": "the test type",
    "weight": "the weight (in lb or kg, or heavy or light)",
    "drive_type": "the drive (2WD or AWD)",
    "window": "the period (first and last day)",
    "change": "what to change (first day, length or dyno)",
    "dyno": "the dyno",
}


def completed(task: Task, *, today: date) -> Task:
    """``task`` with what follows from its own words: a range's length, a window's end, today clipped in."""
    slots = task.slots
    if task.intent in ("book", "move") and slots.start and slots.start < today:
        slots = _without_past(slots)
    if task.intent == "book":
        slots = _booking_days(slots)
    if slots.start is None:
        slots = _days_unsaid(replace(task, slots=slots), today)
    task = replace(task, slots=slots, intent=_narrower(task.intent, slots, today))
    if task.intent == "extend" and slots.start and not slots.end:
        return replace(task, slots=replace(slots, start=None, end=slots.start, window="range"))
    if task.intent == "extend" and slots.window == "day":
        return replace(task, slots=replace(slots, start=None, window="range"))
    if task.intent not in ("free", "explain"):
        return task
    if slots.start and slots.days and slots.window in ("day", "from"):
        slots = replace(slots, end=slots.start + timedelta(days=slots.days - 1), window="range")
    if slots.start and slots.end and slots.start < today <= slots.end and slots.window in ("week", "month"):
        slots = replace(slots, start=today)
    length = (slots.end - slots.start).days + 1 if slots.start and slots.end else 0
    if task.intent == "free" and slots.days and slots.window in ("week", "month") and slots.days < length:
        return replace(task, intent="window", slots=slots)
    return replace(task, slots=slots)


def _narrower(intent: str, slots: Slots, today: date) -> str:
    """What a question about all, or about now, is with the days, dyno or test that it names."""
    if intent == "count" and (slots.start or slots.mine or is_narrowed(slots)):
        return "count_in"
    elsewhen = slots.start and (slots.start, slots.end or slots.start) != (today, today)
    return "plan" if intent == "running" and elsewhen else intent


def _days_unsaid(task: Task, today: date) -> Slots:
    """The days that a question without a first day is about."""
    slots = task.slots
    if task.intent == "idle" or (task.intent == "holders" and task.words == "whose"):
        return replace(slots, start=today, end=today, window="day")
    if task.intent == "holders":
        return replace(slots, start=today, end=None, window="from")
    return replace(slots, start=slots.end, window="day") if task.intent == "ends" else slots


def _without_past(slots: Slots) -> Slots:
    assert slots.start is not None
    past = f"{say_day(slots.start)} is past, and only what is to come can be planned"
    end = slots.end if slots.end and slots.window == "range" and slots.days is None else None
    length = (end - slots.start).days + 1 if end else slots.days
    return replace(slots, start=None, end=None, window="", days=length, problems=(*slots.problems, past))


def _booking_days(slots: Slots) -> Slots:
    """A week or a range says both start and length; a day inside a week must be named."""
    if slots.window == "day":
        return replace(slots, end=None, window="from")
    if not slots.start or not slots.end or slots.window not in ("week", "range"):
        return slots
    length = (slots.end - slots.start).days + 1
    if slots.days in (None, length):
        return replace(slots, days=length, end=None, window="from")
    return slots


_OF_A_PERIOD: Final = frozenset(
    ["cancel", "plan", "starts", "ends", "holders", "idle", "running", "count_in", "counted", "late", "status"]
)
"""Without the days that were meant, these would be about all days."""
_TIMES: Final = ("start", "window", "change")
"""The parts that a day which doesn't exist leaves open."""


def missing(task: Task) -> tuple[str, ...]:
    """Names of `PARTS` without which nothing can be called, in the order they are asked for."""
    needs = _NEEDS.get(task.intent, ())
    lacks = tuple(part for part in needs if not _HAS[part](task))
    if task.slots.problems and not lacks and task.intent in _OF_A_PERIOD and task.slots.allocation_id is None:
        lacks = ("window",)
    if task.slots.problems and not any(part in lacks for part in (*_TIMES, "days")):
        lacks += tuple(part for part in needs if part in _TIMES)[:1] or (("start",) if task.intent == "window" else ())
    return lacks + tuple(name for name in _asked_again(task) if name not in lacks)


def _asked_again(task: Task) -> tuple[str, ...]:
    """Parts for which two values were given at once."""
    names = {name: name for name in PARTS} | dict.fromkeys(VEHICLE_FIELDS, "vehicle") | {"allocation_id": "allocation"}
    needed = (*_NEEDS.get(task.intent, ()), *(("dyno",) if task.writes else ()))
    return tuple(names[name] for name in task.slots.unclear if names.get(name) in needed)


def _has_start(task: Task) -> bool:
    slots = task.slots
    return slots.start is not None and slots.window in ("from", "range") and not (slots.days and slots.end)


def _has_days(task: Task) -> bool:
    slots = task.slots
    return slots.days is not None and (
        task.intent == "window" or slots.start is None or slots.end is None or slots.window != "range"
    )


def _has_change(task: Task) -> bool:
    slots = task.slots
    if slots.start and slots.window in ("week", "month"):
        return False
    times = (slots.start, slots.end, slots.days, slots.shift)
    return any(value is not None for value in times) or bool(slots.dyno or slots.facility or slots.avoided)


def _stands_somewhere(task: Task) -> bool:
    """“Cancel the booking on PGN 3 on 7 December”: what is cancelled is found by where and when it stands."""
    return task.intent == "cancel" and task.slots.dyno is not None and task.slots.start is not None


def _has_window(task: Task) -> bool:
    return task.slots.start is not None and task.slots.end is not None


_HAS: Final[dict[str, Callable[[Task], bool]]] = {
    "vehicle": lambda task: bool(task.slots.has_vehicle or task.words or "vehicle_id" in task.slots.unclear),
    "allocation": lambda task: (
        task.slots.allocation_id is not None
        or task.slots.has_vehicle
        or task.slots.mine
        or _stands_somewhere(task)
        or (task.every and task.slots.dyno is not None)
    ),
    "start": _has_start,
    "days": _has_days,
    "test_type": lambda task: task.slots.test_type is not None,
    "weight": lambda task: bool(task.slots.has_vehicle or task.slots.weight_lbs or task.slots.weight_class),
    "drive_type": lambda task: task.slots.has_vehicle or task.slots.drive_type is not None,
    "window": _has_window,
    "about": lambda task: task.slots.allocation_id is not None or task.slots.has_vehicle,
    "changed": lambda task: _HAS["about"](task) or task.slots.dyno is not None or task.slots.start is not None,
    "change": _has_change,
    "dyno": lambda task: task.slots.dyno is not None,
}
_NEEDS: Final[dict[str, tuple[str, ...]]] = {
    "book": ("vehicle", "start", "days", "test_type"),
    "free": ("window", "weight", "drive_type", "test_type"),
    "explain": ("window", "weight", "drive_type", "test_type"),
    "window": ("weight", "drive_type", "test_type", "days"),
    "move": ("allocation", "change"),
    "extend": ("allocation", "change"),
    "cancel": ("allocation",),
    "utilization": ("window",),
    "contact": ("about",),
    "history": ("changed",),
    "check": ("vehicle",),
    "find_vehicle": ("vehicle",),
}


def lookup(task: Task, *, today: date) -> Call | None:
    """What must be looked up before a change can be proposed, None when all is known."""
    if task.intent not in ("move", "extend", "cancel"):
        return None
    slots = task.slots
    some = task.every or slots.mine or _stands_somewhere(task)
    if slots.allocation_id is None and some and (not slots.has_vehicle or _all_own(task)):
        # Of a move, days and dyno say where to; of what is cancelled, where it stands.
        where = slots if task.intent == "cancel" else Slots(mine=slots.mine)
        return Call("query_database", {"sql": questions.plan(where, today=today)})
    if slots.allocation_id is None:
        return Call("check_vehicle_allocation", slots.vehicle)
    # “Cancel 42 tomorrow” may name its day, or the day on which to cancel it.
    dated = task.intent == "cancel" and slots.start is not None and slots.start != today
    if slots.shift is not None or slots.window in (TO_END, KEEPS_END) or dated:
        return Call("query_database", {"sql": questions.one_allocation(slots.allocation_id)})
    return None


def _all_own(task: Task) -> bool:
    return task.every and task.slots.mine


def _requirement(slots: Slots) -> dict[str, Any]:
    """The vehicle, or its weight and drive, and the test."""
    if slots.has_vehicle:
        return {**slots.vehicle, "test_type": slots.test_type}
    weight = {"weight_lbs": slots.weight_lbs} if slots.weight_lbs else {"weight_class": slots.weight_class}
    return {**weight, "drive_type": slots.drive_type, "test_type": slots.test_type}


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _known(**args: Any) -> dict[str, Any]:
    return {name: value for name, value in args.items() if value is not None}


def _book(task: Task) -> Call:
    slots = task.slots
    backup = {"backup": True} if slots.flexible and slots.backup_days is None else _backup(slots.backup_days or 0)
    return Call(
        "auto_allocate_vehicle",
        slots.vehicle
        | {"start_date": _iso(slots.start), "days_to_complete": slots.days, "test_type": slots.test_type}
        | backup
        | (_known(dyno=slots.dyno) or _left_open(slots)),
    )


def _left_open(slots: Slots) -> dict[str, Any]:
    """The dynos that may be taken, where not every one will do."""
    return _known(facility=slots.facility, not_on=list(slots.avoided) or None)


def _backup(days: int) -> dict[str, Any]:
    return {"backup": days > 0, "max_backup_days": days}


def _window_args(slots: Slots) -> dict[str, Any]:
    return {"start_date": _iso(slots.start), "end_date": _iso(slots.end)}


def _move(task: Task) -> Call:
    slots = task.slots
    end = slots.end if slots.window == "range" or slots.start is None else None
    return Call(
        "reschedule_allocation",
        _known(
            allocation_id=slots.allocation_id,
            start_date=_iso(slots.start),
            end_date=_iso(end),
            days=slots.days,
            dyno=slots.dyno,
            reason=slots.reason,
        )
        | ({} if slots.dyno else _left_open(slots)),
    )


def _cancel(task: Task) -> Call:
    return Call(
        "cancel_allocation",
        {"allocation_id": task.slots.allocation_id, "reason": task.slots.reason or NO_REASON},
    )


def _changed(slots: Slots) -> dict[str, Any]:
    """One allocation or vehicle, or a dyno or the whole plan in a period."""
    mine = {"mine": True} if slots.mine else _known(person=slots.person)
    if one := _known(allocation_id=slots.allocation_id) or slots.vehicle:
        return one | _known(person=slots.person)
    return _known(dyno=slots.dyno, since=_iso(slots.start), until=_iso(slots.end)) | mine


def _find_vehicle(task: Task) -> Call:
    """By what a vehicle is called; a bare number is looked up as such, since it is a part of many tags."""
    if task.slots.vehicle_id is not None:
        return _sql(questions.vehicle_details(task.slots.vehicle_id))
    slots = task.slots
    kinds = (slots.drive_type, slots.weight_class, slots.model_year)
    if not slots.has_vehicle and (task.words == ALL_VEHICLES or any(kinds)):
        return _sql(questions.vehicles_like(*kinds))
    return Call("find_vehicle", {"text": str(next(iter(task.slots.vehicle.values()), task.words))})


def _sql(text: str) -> Call:
    return Call("query_database", {"sql": text})


def call_for(task: Task, *, today: date) -> Call:
    """The tool call of a task that lacks nothing."""
    slots = task.slots
    calls: dict[str, Callable[[], Call]] = {
        "book": lambda: _book(task),
        "move": lambda: _move(task),
        "extend": lambda: _move(task),
        "cancel": lambda: _cancel(task),
        "free": lambda: Call(
            "find_available_dynos",
            _window_args(slots) | _requirement(slots) | ({} if slots.dyno else _left_open(slots)),
        ),
        "explain": lambda: Call(
            "explain_unavailable", _window_args(slots) | _requirement(slots) | _known(dyno=slots.dyno)
        ),
        "window": lambda: Call(
            "find_next_available_window",
            _requirement(slots)
            | {"days": slots.days, "not_before": _iso(max(slots.start or today, today))}
            | (_known(dyno=slots.dyno) or _left_open(slots)),
        ),
        "history": lambda: Call("change_history", _changed(slots)),
        "check": lambda: Call("check_vehicle_allocation", slots.vehicle),
        "find_vehicle": lambda: _find_vehicle(task),
        "conflicts": lambda: Call("detect_conflicts", {}),
        "count": lambda: Call("completed_tests_count", {}),
        "status": lambda: (
            Call("get_tests_by_status", {"status": slots.status})
            if not (slots.mine or is_narrowed(slots))
            else _sql(questions.of_status(slots))
        ),
        "maintenance": lambda: Call("maintenance_check", {}),
        "dynos": lambda: Call("list_dynos", {}),
        "dyno": lambda: Call("get_dyno", {"name": slots.dyno}),
        "requests": lambda: Call("list_requests", {}),
        "utilization": lambda: Call("utilization_report", _window_args(slots)),
        "now": lambda: Call("get_datetime_now", {}),
        "running": lambda: _sql(questions.running_now(slots, today=today)),
        "starts": lambda: _sql(questions.starting(slots)),
        "late": lambda: _sql(questions.late(slots, today=today)),
        "plan": lambda: _sql(questions.plan(slots, today=today)),
        "count_in": lambda: _sql(questions.completed_in(slots)),
        "ends": lambda: _sql(questions.ending(slots)),
        "holders": lambda: _sql(questions.holders(slots, today=today)),
        "idle": lambda: _sql(questions.free_days(slots)),
        "incomplete": lambda: _sql(questions.incomplete_vehicles(task.words)),
        "counted": lambda: _sql(questions.counted(task.words, slots)),
        "contact": lambda: _sql(questions.contact_of(slots)),
        "allocation": lambda: _sql(questions.one_allocation(slots.allocation_id or 0)),
    }
    return calls[task.intent]()
