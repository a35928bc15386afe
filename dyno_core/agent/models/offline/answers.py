"""Tool results as short clear sentences, each kind in its own way; `tables` shows the rest. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dyno_core.agent.models.offline import plan_answers
from dyno_core.agent.models.offline.holders import who_holds
from dyno_core.agent.models.offline.past import what_was_done
from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.tables import cell, general, heading, iso_day, object_lines, rows_of, table
from dyno_core.agent.models.offline.tasks import Task
from dyno_core.agent.models.offline.understood import narrowed, say_vehicle
from dyno_core.fleet.compatibility import weight_class_of
from dyno_core.period import Period, say_day

_NOTHING: Final = {
    "conflicts": "There are no conflicts in the plan.",
    "maintenance": "No maintenance is planned.",
    "requests": "Every request has a place; nothing is waiting.",
    "late": "Nothing is late.",
    "running": "Nothing is running right now.",
    "starts": "Nothing starts in that period.",
    "ends": "Nothing ends in that period.",
    "idle": "Something is planned on every dyno in that period. Name a vehicle and a test, and I look for free days.",
    "incomplete": "No vehicle lacks that.",
    "counted": "There are no allocations to count.",
    "plan": "Nothing is planned in that period.",
    "free": "No dyno is free for that in the whole period.",
    "window": "No window was found.",
    "contact": "No such vehicle is known, or it has no contact.",
    "allocation": "There is no allocation with that number.",
    "find_vehicle": "No vehicle matches that.",
    "dynos": "There are no dynos yet.",
    "status": "There are no such tests.",
}
OWN: Final = frozenset({"running", "starts", "ends", "late", "plan", "status", "counted"})
"""What can be narrowed to the bookings of the person who asks."""
_TITLES: Final = {
    "conflicts": "Conflicts", "maintenance": "Maintenance", "requests": "Requests without a dyno", "late": "Late",
    "running": "Running now", "starts": "Starting", "ends": "Ending", "idle": "What is free",
    "plan": "In the plan", "free": "Free dynos", "window": "Next free days", "contact": "Contact",
    "allocation": "Allocation",
    "find_vehicle": "Vehicles", "dynos": "Dynos", "status": "Tests", "check": "Allocations", "counted": "Allocations",
    "utilization": "Utilization", "explain": "Why", "incomplete": "Incomplete vehicles", "count": "Completed tests",
    "count_in": "Completed tests", "dyno": "Dyno", "holders": "In the plan", "now": "Today",
}  # fmt: skip


def failure(payload: Mapping[str, Any]) -> str:
    """Empty for what the person has read already."""
    if payload.get("error") == "declined":
        return "All right, nothing was changed."
    if payload.get("told"):
        return ""
    return str(payload.get("message") or "That did not work, and no reason was given; please try again.")


def opening(tasks: Sequence[Task]) -> str:
    """What is about to be looked up, in a line that stands above its answer; empty where there is nothing to say.

    Of several only the names: each answer has a heading of its own.
    """
    titles = [title for task in tasks if (title := _title(task))]
    if len(titles) != len(tasks):
        return ""
    if len(tasks) > 1:
        return f"Looking up: {', '.join(dict.fromkeys(titles))}."
    if tasks[0].intent == "allocation":
        return f"**Allocation #{tasks[0].slots.allocation_id}**"
    if tasks[0].intent == "dyno":
        return f"**{tasks[0].slots.dyno}**"
    about = narrowed(tasks[0])
    return f"**{titles[0]}**" + (f": {about}" if about else "")


def _title(task: Task) -> str:
    return _TITLES.get(task.intent, "")


def answer(task: Task, payload: Mapping[str, Any], *, opened: bool = False) -> str:
    """What to tell the user about one tool's result for ``task``.

    ``opened``: its `opening` stands above already, so neither title nor days are said again.
    """
    if not payload.get("ok", False):
        return failure(payload)
    data = payload.get("data")
    if task.intent in _BY_TASK and (told := _BY_TASK[task.intent](task, data, opened)):
        return told
    special = _SPECIAL.get(task.intent)
    text = special(task.slots, data) if special else None
    nothing = _NOTHING.get(task.intent, "Nothing was found.")
    title = _title(task) or "Result"
    if task.slots.mine and task.intent in OWN:
        nothing, title = "There is nothing of the kind that you booked.", f"{title}, booked by you"
    return text or general("" if opened else title, data, nothing=nothing)


def allocation_of(data: Any) -> Mapping[str, Any] | None:
    """The allocation in a write's result: the data itself, or under ``allocation``."""
    if isinstance(data, Mapping):
        inner = data.get("allocation")
        found = inner if isinstance(inner, Mapping) else data
        return found if isinstance(found.get("id"), int) else None
    return None


def say_allocation(row: Mapping[str, Any]) -> str:
    """``#51: 195W114, brake, on PGN 3, Mon 7 Dec 2026 to Wed 9 Dec 2026 (scheduled)``."""
    first, last = iso_day(row.get("start_date")), iso_day(row.get("end_date"))
    when = str(Period(first, last)) if first and last and first <= last else ""
    vehicle = row.get("tag") or row.get("vin") or (f"vehicle {row['vehicle_id']}" if row.get("vehicle_id") else "")
    dyno = row.get("dyno")
    parts = (vehicle, row.get("test_type"), f"on {dyno}" if dyno else "", when)
    status = f" ({cell(row['status'])})" if row.get("status") else ""
    return f"#{row.get('id')}: " + ", ".join(str(part) for part in parts if part) + status


def _written(word: str) -> Any:
    def tell(_: Slots, data: Any) -> str | None:
        if isinstance(data, Mapping) and isinstance(data.get("receipt"), str):
            return str(data["receipt"])
        row = allocation_of(data)
        return f"{word} allocation {say_allocation(row)}." if row else None

    return tell


def _explained(_: Slots, data: Any) -> str | None:
    if not isinstance(data, Mapping) or not isinstance(data.get("explanation"), str):
        return None
    holders = data.get("holders")
    return "\n\n".join(filter(None, (data["explanation"], table(holders) if holders else "")))


def _dyno(_: Task, data: Any, opened: bool) -> str | None:
    """A dyno's own facts, then what is planned on it."""
    if not isinstance(data, Mapping) or not isinstance(data.get("dyno"), Mapping):
        return None
    dyno, planned = data["dyno"], data.get("planned")
    title = "" if opened else str(dyno.get("name", "Dyno"))
    about = object_lines(title, {key: value for key, value in dyno.items() if key not in ("id", "name")})
    return f"{about}\n\n" + (
        f"Planned ({len(planned)}):\n\n{table(planned)}" if planned else "Nothing is planned on it."
    )


def _checked(task: Task, data: Any, opened: bool) -> str | None:
    rows = rows_of(data)
    vehicle, test = say_vehicle(task.slots), task.slots.test_type
    if rows is None:
        return None
    if test and any(row.get("test_type") == test for row in rows):
        rows = [row for row in rows if row.get("test_type") == test]
    if not rows:
        return f"There is no allocation for {vehicle}."
    if not (rows := [row for row in rows if _is_within(row, task.slots)]):
        return f"There is no allocation for {vehicle} in these days."
    if len(rows) == 1:
        return f"Allocation {say_allocation(rows[0])}."
    over = [row for row in rows if row.get("status") in ("completed", "cancelled")]
    ahead = [row for row in rows if row not in over]
    if not over or not ahead:
        return f"{heading('' if opened else f'Allocations of {vehicle}', len(rows))}\n\n{table(rows)}"
    more = "1 more is" if len(over) == 1 else f"{len(over)} more are"
    first = f"{_running(ahead)} {more} completed or cancelled; the calendar has them."
    return f"{heading('' if opened else f'Allocations of {vehicle}', len(ahead))}\n\n{table(ahead)}\n\n{first}"


def _is_within(row: Mapping[str, Any], slots: Slots) -> bool:
    """Whether it stands on some of the days that were asked about; days are compared as they are written, in ISO."""
    begins, ends = str(row.get("start_date")), str(row.get("end_date"))
    too_late = slots.end is not None and begins > slots.end.isoformat()
    return not too_late and not (slots.start is not None and ends < slots.start.isoformat())


def _running(rows: Sequence[Mapping[str, Any]]) -> str:
    """Where the vehicle stands now, else what is next: asked after “where” and “when”, that is the answer."""
    now = next((row for row in rows if row.get("status") == "in_progress"), None)
    following = min(rows, key=lambda row: str(row.get("start_date")))
    return f"Now: {say_allocation(now)}." if now else f"Not on a dyno now; next: {say_allocation(following)}."


def _takes(row: Mapping[str, Any], names: tuple[str, ...], wish: str) -> bool:
    """Whether one of the lists ``names`` holds ``wish``; a row without such a list is not left out."""
    given = next((row[name] for name in names if row.get(name)), None)
    listed = given.split(", ") if isinstance(given, str) else given
    return listed is None or wish in listed


def _one_allocation(_: Task, data: Any, opened: bool) -> str | None:
    rows = rows_of(data)
    if not rows or len(rows) != 1:
        return None
    by = f" Booked by {cell(rows[0]['created_by'])}." if rows[0].get("created_by") else ""
    told = say_allocation(rows[0])
    return f"{told.partition(': ')[2] if opened else f'Allocation {told}'}.{by}"


def _holders(task: Task, data: Any, opened: bool) -> str:
    """Each of its sentences needs its own days, so nothing is left out."""
    del opened
    return who_holds(task, rows_of(data) or [])


def _dynos(task: Task, data: Any, opened: bool) -> str | None:
    """All dynos, or those that take the drive, weight class, test or stand at the facility that was named."""
    rows, slots = rows_of(data), task.slots
    if not rows:
        return None
    weight_class = slots.weight_class or (weight_class_of(slots.weight_lbs) if slots.weight_lbs else None)
    wishes = (
        (("supported_drives", "drives"), slots.drive_type),
        (("supported_weight_classes", "weight_classes"), weight_class),
        (("supported_test_types", "test_types"), slots.test_type),
    )
    fitting = [
        row
        for row in rows
        if all(wish is None or _takes(row, names, wish) for names, wish in wishes)
        and (slots.facility is None or f"{row.get('facility')} {row.get('name')}".find(slots.facility) >= 0)
    ]
    shown = [{name: value for name, value in row.items() if name != "id"} for row in fitting]
    if opened:
        return general("", shown, nothing="No dyno of the lab does that.")
    return general(f"Dynos: {len(fitting)} of {len(rows)}" if len(fitting) < len(rows) else "Dynos", shown)


def _free(task: Task, data: Any, opened: bool) -> str | None:
    rows, slots = rows_of(data), task.slots
    if rows is None:
        return None
    when = f" {Period(slots.start, slots.end)}" if slots.start and slots.end and not opened else ""
    busy = f"\n\n{data['note']}" if isinstance(data, Mapping) and data.get("note") else ""
    if not rows:
        none = f"No dyno is free for that in the whole period{when}."
        if slots.window == "month" and slots.days is None:
            return (
                f"No dyno is free for that on every day{when}. How many days do you need? Then I look for a gap.{busy}"
            )
        return f"{none} Ask “when then?” for the next free days, or “why?”.{busy}"
    names = [row.get("name") or row.get("dyno") for row in rows]
    head = f"{len(rows)} {'dyno is' if len(rows) == 1 else 'dynos are'} free{when}, in order of preference:"
    if slots.dyno:
        head = f"{slots.dyno} is {'' if slots.dyno in names else 'not '}free{when}. {head}"
    more = "\n\nSay “book it” with the vehicle to go on."
    return f"{head}\n\n{table(rows)}{busy}{more}"


def _next_window(slots: Slots, data: Any) -> str | None:
    row = window_of(data)
    if row is None:
        return None
    first, last = iso_day(row.get("start_date") or row.get("start")), iso_day(row.get("end_date") or row.get("end"))
    dyno = row.get("dyno") or row.get("dyno_name") or row.get("name")
    if first is None:
        return None
    period = Period(first, last) if last and last >= first else Period.of(first, slots.days or 1)
    return f"The earliest window is {period}{f' on {cell(dyno)}' if dyno else ''}. Say “book it” to take it."


_WINDOW_NAMES: Final = ("earliest", "window", "next_window", "earliest_window", "next", "windows")


def named_window(facts: Any) -> Mapping[str, Any] | None:
    """The window that a refusal proposes; its other days are those that were refused."""
    return window_of(facts) if isinstance(facts, Mapping) and any(name in facts for name in _WINDOW_NAMES) else None


def window_of(data: Any) -> Mapping[str, Any] | None:
    """The (first) window in a result: under its name where there is one, else an object with a start."""
    if isinstance(data, list):
        return window_of(data[0]) if data else None
    if not isinstance(data, Mapping):
        return None
    named = [data[name] for name in _WINDOW_NAMES if name in data]
    if named:
        return next((found for part in named if (found := window_of(part))), None)
    return data if iso_day(data.get("start_date") or data.get("start")) else None


def _count(_: Slots, data: Any) -> str | None:
    value = next(iter(data.values()), None) if isinstance(data, Mapping) and len(data) == 1 else data
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return f"{value:,} {'test is' if value == 1 else 'tests are'} completed."


def _count_in(slots: Slots, data: Any) -> str | None:
    rows = rows_of(data)
    return _count(slots, rows[0]) if rows and len(rows) == 1 else None


def _now(_: Slots, data: Any) -> str | None:
    values = [data] if isinstance(data, str) else list(data.values()) if isinstance(data, Mapping) else []
    day = next((found for value in values if (found := iso_day(value))), None)
    clock = next((match[1] for value in values if (match := re.match(r"\d{4}-\d\d-\d\dT(\d\d:\d\d)", str(value)))), "")
    return f"Today is {say_day(day)}{f', {clock}' if clock else ''}." if day else None


_SPECIAL: Final[dict[str, Any]] = {
    "book": _written("Booked:"),
    "move": _written("Moved:"),
    "extend": _written("Changed:"),
    "cancel": _written("Cancelled:"),
    "window": _next_window,
    "count": _count,
    "count_in": _count_in,
    "now": _now,
    "explain": _explained,
}
_BY_TASK: Final[dict[str, Callable[[Task, Any, bool], str | None]]] = {
    "check": _checked,
    "allocation": _one_allocation,
    "free": _free,
    "dynos": _dynos,
    "dyno": _dyno,
    "holders": _holders,
    "history": what_was_done,
    "conflicts": plan_answers.conflicts,
    "maintenance": plan_answers.maintenance,
    "idle": plan_answers.idle_dynos,
    "utilization": plan_answers.utilization,
}
HELP: Final = (
    "I book vehicles onto dynos and answer questions about the plan. For example:\n"
    "- “Book 195W114 for a brake test from next Monday for 3 days”\n"
    "- “What is free next week for a heavy AWD emission test?”\n"
    "- “Cancel allocation 42 because the axle broke”\n"
    "- “What is running now?”, “What starts this week?”, “What is late?”, “Which dynos are idle next week?”\n"
    "- “Why is nothing free for 195W114, brake, next week?”, “Utilization this year”, “Any conflicts?”, “My bookings”"
)
