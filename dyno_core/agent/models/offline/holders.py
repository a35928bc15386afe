"""Who holds a dyno, until when, and whether it is free: one plain answer. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.tables import cell, iso_day
from dyno_core.agent.models.offline.tasks import Task
from dyno_core.period import Period, say_day, say_days

Row = Mapping[str, Any]
MOST_STRETCHES = 3
_NEXT_STEP = "Name the vehicle and the test, and I look for another dyno or the next free days."


def who_holds(task: Task, rows: Sequence[Row]) -> str:
    """``rows``: what stands on the dyno of the task, as `questions.holders` finds it."""
    slots = task.slots
    holding = [row for row in rows if row.get("status") != "tentative"]
    tentative = [row for row in rows if row.get("status") == "tentative"]
    when = _when(slots)
    if task.words == "when" and holding:
        return _when_free(slots, holding)
    if task.words == "whose" and holding:
        return "\n".join(_whose(row, str(slots.dyno)) for row in holding)
    told = [_verdict(task, holding, when), *(f"- {_held(row, '')}" for row in holding[1:10])]
    if len(holding) > 10:
        told.append(f"- … and {len(holding) - 10} more.")
    told += [f"- Tentative, so it does not hold the dyno: {_what(row)}{_span(row)}." for row in tentative[:5]]
    if holding:
        told.append(f"\n{_NEXT_STEP}")
    return "\n".join(filter(None, told))


def _when(slots: Slots) -> str:
    if slots.start is None:
        return ""
    if slots.window == "from":
        return f" from {say_day(slots.start)} on"
    return f" {Period(slots.start, slots.end or slots.start)}"


def _verdict(task: Task, holding: Sequence[Row], when: str) -> str:
    slots = task.slots
    if not holding:
        free = f"{slots.dyno} is free{when}: nothing is planned on it."
        if task.words == "whether":
            return f"Yes, {free}"
        return free if task.words == "when" else f"{free} {_NEXT_STEP.replace('another dyno', 'what fits')}"
    first = _held(holding[0], str(slots.dyno))
    return f"{_no(task, holding)}{first}."


def _no(task: Task, holding: Sequence[Row]) -> str:
    if task.words != "whether":
        return ""
    slots = task.slots
    open_ended = slots.window == "from" or slots.start is None
    if open_ended or _covers(slots, holding):
        return "" if open_ended else "No, "
    return "Not the whole time: "


def _covers(slots: Slots, holding: Sequence[Row]) -> bool:
    """Whether every day of the period is held by something."""
    assert slots.start is not None
    last = slots.end or slots.start
    return free_stretches(slots.start, holding)[0][0] > last


def _when_free(slots: Slots, holding: Sequence[Row]) -> str:
    """The next stretches of days on which nothing stands there. ``holding``: in the order of their days."""
    if any(row.get("kind") == "out of service" for row in holding):
        return f"{slots.dyno} is out of service today, and the plan does not say until when."
    start = slots.start or date.min
    gaps = _free_within(slots, start, holding)
    if not gaps:
        free = f"{say_days(slots.days)} in a row free" if slots.days else "free day"
        return f"{slots.dyno} has no {free}{_when(slots)}: {_held(holding[0], str(slots.dyno))}."
    held = "" if gaps[0][0] == start else f"{_held(holding[0], str(slots.dyno))}. "
    *some, end = (str(Period(first, last)) if last else f"from {say_day(first)} on" for first, last in gaps)
    listed = " and ".join(filter(None, (", ".join(some), end)))
    return f"{held}{slots.dyno} is free {listed}."


def _free_within(slots: Slots, start: date, holding: Sequence[Row]) -> list[tuple[date, date | None]]:
    """The stretches in the period that was asked about, as long as was asked; the next ones without a period."""
    found = free_stretches(start, holding)
    if end := slots.end:
        found = [(first, min(last or end, end)) for first, last in found if first <= end]
    long = [(first, last) for first, last in found if last is None or (last - first).days >= (slots.days or 1) - 1]
    return long if slots.end else long[:MOST_STRETCHES]


def free_stretches(day: date, holding: Sequence[Row]) -> list[tuple[date, date | None]]:
    """First and last days from ``day`` on that none of ``holding`` has; the last stretch is open."""
    found: list[tuple[date, date | None]] = []
    for first, last in _spans(holding):
        if first > day:
            found.append((day, first - timedelta(days=1)))
        day = max(day, last + timedelta(days=1))
    return [*found, (day, None)]


def _spans(holding: Sequence[Row]) -> list[tuple[date, date]]:
    days = ((iso_day(row.get("start_date")), iso_day(row.get("end_date"))) for row in holding)
    return sorted((first, last) for first, last in days if first and last)


def _held(row: Row, dyno: str) -> str:
    """``PGN 3 is held by 195W114 (brake) until Fri 20 Nov 2026``; without a dyno, only who and when."""
    if row.get("kind") == "out of service":
        return f"{dyno} is out of service today".strip()
    if row.get("kind") == "maintenance":
        what = f"in maintenance ({cell(row.get('reason'))})" if row.get("reason") else "in maintenance"
        return f"{dyno} is {what}{_until(row)}" if dyno else f"{what}{_span(row)}"
    return f"{dyno} is held by {_what(row)}{_until(row)}" if dyno else f"{_what(row)}{_span(row)}"


def _whose(row: Row, dyno: str) -> str:
    if row.get("kind") != "test":
        return f"{_held(row, dyno)}."
    contact = f"Its contact is {cell(row['contact'])}" if row.get("contact") else "No contact is noted for it"
    return f"{_held(row, dyno)}. {contact}."


def _what(row: Row) -> str:
    vehicle = row.get("tag") or row.get("vin") or (f"vehicle {row['vehicle_id']}" if row.get("vehicle_id") else "")
    test = f" ({cell(row['test_type'])})" if row.get("test_type") else ""
    number = f", allocation {row['id']}" if isinstance(row.get("id"), int) else ""
    return f"{cell(vehicle) or 'maintenance'}{test}{number}"


def _until(row: Row) -> str:
    first, last = iso_day(row.get("start_date")), iso_day(row.get("end_date"))
    if not first or not last:
        return ""
    return f" from {say_day(first)} until {say_day(last)}" if first != last else f" on {say_day(first)}"


def _span(row: Row) -> str:
    first, last = iso_day(row.get("start_date")), iso_day(row.get("end_date"))
    return f", {Period(first, last)}" if first and last and first <= last else ""
