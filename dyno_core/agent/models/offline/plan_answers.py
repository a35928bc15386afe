"""Answers about the whole plan, narrowed to the dyno, facility and days that the question names. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.tables import MOST_ROWS, cell, general, heading, iso_day, rows_of, table
from dyno_core.agent.models.offline.tasks import Task
from dyno_core.period import Period

Row = Mapping[str, Any]
_STRETCH = ("free_from", "free_until", "days")


def conflicts(task: Task, data: Any, opened: bool) -> str | None:
    """The plan's own sentences, where it has them: a table would cut them."""
    rows = rows_of(data)
    if not rows or not all(isinstance(row.get("message"), str) for row in rows):
        return None
    meant = _meant(task.slots, rows, first="first_day", last="last_day")
    if not meant:
        return f"There are no conflicts{_about(task.slots)}."
    lines = [f"- {row['message']}" for row in meant[:MOST_ROWS]]
    more = f"\n\n… and {len(meant) - MOST_ROWS} more." if len(meant) > MOST_ROWS else ""
    return f"{heading('' if opened else 'Conflicts', len(meant))}\n\n" + "\n".join(lines) + more


def maintenance(task: Task, data: Any, opened: bool) -> str | None:
    rows = rows_of(data)
    if not rows:
        return None
    meant = _meant(task.slots, rows, first="start_date", last="end_date")
    nothing = f"No maintenance is planned{_about(task.slots)}."
    return general("" if opened else "Maintenance", meant, nothing=nothing)


def _meant(slots: Slots, rows: Sequence[Row], *, first: str, last: str) -> list[Row]:
    """The rows of the dyno, facility and days that are named; all when none is."""
    return [row for row in rows if _at(slots, row) and _in(slots, row, first=first, last=last)]


def _at(slots: Slots, row: Row) -> bool:
    name = str(row.get("dyno", ""))
    if slots.dyno:
        return name == slots.dyno
    return slots.facility is None or slots.facility in (row.get("facility"), name[: len(slots.facility)])


def _in(slots: Slots, row: Row, *, first: str, last: str) -> bool:
    begin, stop = iso_day(row.get(first)), iso_day(row.get(last))
    if slots.start is None or begin is None or stop is None:
        return True
    return stop >= slots.start and (slots.window == "from" or begin <= (slots.end or slots.start))


def _about(slots: Slots) -> str:
    """`` on PGN 3 Thu 19 Nov 2026``, as far as it was named."""
    where = f" on {slots.dyno}" if slots.dyno else f" at {slots.facility}" if slots.facility else ""
    return f"{where} {Period(slots.start, slots.end or slots.start)}" if slots.start else where or " ahead"


def idle_dynos(task: Task, data: Any, opened: bool) -> str | None:
    """The dynos with nothing planned in the whole period; where there is none, the longest free stretches in it."""
    rows, slots = rows_of(data), task.slots
    if not rows or not slots.start:
        return None
    period = Period(slots.start, slots.end or slots.start)
    when = "" if opened else f" {period}"
    whole = [row for row in rows if row.get("days") == period.days]
    if whole:
        head = f"Nothing is planned on {len(whole)} {'dyno' if len(whole) == 1 else 'dynos'}{when}:"
        shown = [{name: value for name, value in row.items() if name not in _STRETCH} for row in whole]
    else:
        head = f"No dyno is free the whole time{when}. Free in it, the longest first:"
        shown = [{name: row.get(name) for name in ("dyno", "facility", *_STRETCH)} for row in rows]
    return f"{head}\n\n{table(shown)}\n\nName a vehicle, or weight, drive and test, and I tell which of them fit."


def utilization(task: Task, data: Any, opened: bool) -> str | None:
    """The fleet's share first; of one dyno, its own before that; by “busiest” and “bottleneck” in that order."""
    slots, rows = task.slots, rows_of(data)
    fleet = data.get("fleet") if isinstance(data, Mapping) else None
    if rows is None or not isinstance(fleet, Mapping):
        return None
    when = f" {Period(slots.start, slots.end)}" if slots.start and slots.end and not opened else ""
    track = data.get("track")
    told = [_share("The fleet", fleet, when)]
    if isinstance(track, Mapping):
        told.append(_share("Not counted in it: the track", track, ""))
    shown = [row for row in rows if _at(slots, row)]
    if slots.dyno and len(shown) == 1:
        return f"{_share(slots.dyno, shown[0], when)}\n\n{' '.join(told)}"
    if slots.facility and not slots.dyno and shown:
        told.insert(0, _share(slots.facility, _summed(shown), when))
    if task.words and shown:
        shown = sorted(shown, key=_used, reverse=task.words == "most")
        told.insert(0, f"{task.words.capitalize()} used is {cell(shown[0].get('dyno'))}.")
    return "\n\n".join(filter(None, (" ".join(told), table(shown) if shown else "")))


def _summed(rows: Sequence[Row]) -> Row:
    """Several dynos as one: their days together, and the share of them that is booked."""
    booked, capacity = (
        sum(row.get(name) or 0 for row in rows) for name in ("booked_in_capacity_days", "capacity_days")
    )
    share = booked / capacity if capacity else None
    return {"utilization": share, "booked_in_capacity_days": booked, "capacity_days": capacity}


def _used(row: Row) -> float:
    share = row.get("utilization")
    return float(share) if isinstance(share, (int, float)) else -1.0


def _share(whose: str, row: Row, when: str) -> str:
    share = row.get("utilization")
    if isinstance(share, bool) or not isinstance(share, (int, float)):
        return f"{whose} had no capacity{when}."
    days = f"{cell(row.get('booked_in_capacity_days'))} of {cell(row.get('capacity_days'))} days are booked."
    return f"{whose}'s utilization{when} is {share:.0%}." + (f" {days}" if row.get("capacity_days") else "")
