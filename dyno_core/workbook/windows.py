"""Stores the maintenance windows of a file; each of them once, whatever became of it later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.database.models import AllocationRow, MaintenanceRow
from dyno_core.workbook.occupancy import Occupancy
from dyno_core.workbook.plan import PlanWindow
from dyno_core.workbook.trail import Trail

_REASON: Final = "From the workbook's maintenance sheet."


@dataclass(frozen=True, slots=True)
class WindowTask:
    """A window that is to be stored: as a new one, or in place of ``stored``, whose key was ``old_key``."""

    window: PlanWindow
    dyno_id: int
    stored: AllocationRow | None = None
    old_key: str | None = None


@dataclass(frozen=True, slots=True)
class StoredWindows:
    """``memory``: key → id of the windows stored by imports, for the next one. ``clashes``: in words."""

    memory: Mapping[str, int]
    created: int
    updated: int
    clashes: tuple[str, ...]


def key_of(window: PlanWindow) -> str:
    return f"{window.dyno}|{window.period.start.isoformat()}|{window.period.end.isoformat()}"


def decide_windows(
    session: Session, windows: Sequence[PlanWindow], *, memory: Mapping[str, int], dyno_ids: Mapping[str, int]
) -> tuple[WindowTask, ...]:
    """The windows with news; what will be moved is taken off its place.

    A window that an import stored before is left as the app has it now, and so is one that stands there with these
    days by whatever way. One whose dates were changed in the file moves, unless it was changed in the app too.
    """
    keys = {key_of(window) for window in windows}
    left = {key: window_id for key, window_id in memory.items() if key not in keys}
    tasks = []
    for window in windows:
        dyno_id = dyno_ids[window.dyno]
        if key_of(window) in memory or _stands(session, window, dyno_id):
            continue
        old_key, row = _moved(session, window, left)
        if row is not None:
            left.pop(old_key or "")
            row.disputed = True
        tasks.append(WindowTask(window, dyno_id, row, old_key))
    session.flush()
    return tuple(tasks)


def _stands(session: Session, window: PlanWindow, dyno_id: int) -> bool:
    query = select(AllocationRow.id).where(
        AllocationRow.kind == "maintenance",
        AllocationRow.dyno_id == dyno_id,
        AllocationRow.status != "cancelled",
        AllocationRow.start_date == window.period.start,
        AllocationRow.end_date == window.period.end,
    )
    return session.scalars(query).first() is not None


def _moved(
    session: Session, window: PlanWindow, left: Mapping[str, int]
) -> tuple[str, AllocationRow] | tuple[None, None]:
    """The window of this dyno that shares days with the new one and is not in the file any more."""
    for key, window_id in left.items():
        row = session.get(AllocationRow, window_id) if key.rsplit("|", 2)[0] == window.dyno else None
        if row is None or key != f"{window.dyno}|{row.start_date.isoformat()}|{row.end_date.isoformat()}":
            continue
        if row.status != "cancelled" and row.start_date <= window.period.end and window.period.start <= row.end_date:
            return key, row
    return None, None


def store_windows(
    session: Session,
    origin: Origin,
    tasks: Sequence[WindowTask],
    *,
    memory: Mapping[str, int],
    occupancy: Occupancy,
    trail: Trail,
) -> StoredWindows:
    """Write the windows. Where something else holds the dyno, the window is stored as disputed: people decide."""
    known = dict(memory)
    clashes: list[str] = []
    for task in tasks:
        window = task.window
        disputed = not occupancy.take(window.period, dyno_id=task.dyno_id)
        if disputed:
            told = occupancy.stored_in_the_way(window.period, dyno_id=task.dyno_id) or "an allocation of this file"
            clashes.append(f"Maintenance of {window.dyno} from {window.period} runs over {told}; move one of the two.")
        values = {"start_date": window.period.start, "end_date": window.period.end, "disputed": disputed}
        if task.stored is None:
            known[key_of(window)] = _insert(session, origin, task, values, trail=trail)
        else:
            known.pop(task.old_key or "", None)
            known[key_of(window)] = task.stored.id
            _rewrite(session, task.stored, values, trail=trail)
    moved = sum(task.stored is not None for task in tasks)
    return StoredWindows(known, len(tasks) - moved, moved, tuple(clashes))


def _insert(session: Session, origin: Origin, task: WindowTask, values: dict[str, Any], *, trail: Trail) -> int:
    days = {"planned_start_date": values["start_date"], "planned_end_date": values["end_date"]}
    row = AllocationRow(
        kind="maintenance", dyno_id=task.dyno_id, status="scheduled", created_by=origin.actor.email, source="import",
        **values, **days,
    )  # fmt: skip
    session.add(row)
    session.flush()
    session.execute(insert(MaintenanceRow), {"allocation_id": row.id, "category": "planned", "reason": _REASON})
    after = {"dyno": task.window.dyno, "category": "planned", **values}
    trail.add(action="import", entity="maintenance", entity_id=row.id, after=after)
    return row.id


def _rewrite(session: Session, row: AllocationRow, values: dict[str, Any], *, trail: Trail) -> None:
    before = {"start_date": row.start_date, "end_date": row.end_date, "disputed": False}
    table: Any = AllocationRow
    session.execute(update(table).where(table.id == row.id).values(**values, version=table.version + 1))
    trail.add(action="edit", entity="maintenance", entity_id=row.id, before=before, after=values)
