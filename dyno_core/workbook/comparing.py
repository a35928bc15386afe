"""The rows of an import beside what is stored: what changes, what stays, what is not in the file any more."""

from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dyno_core.database.models import DynoRow, VehicleRow
from dyno_core.period import Period
from dyno_core.workbook.changes import FieldChange, Names, field_changes, vehicle_changes
from dyno_core.workbook.outcome import LeftAlone, RowReport
from dyno_core.workbook.placing import Placed, may_give_way
from dyno_core.workbook.plan import REASONS, PlanRow, Rejected
from dyno_core.workbook.stored import StoredItem
from dyno_core.workbook.tasks import Change, Tasks
from dyno_core.workbook.vehicles import StoredVehicles

_BOTH_CHANGED: Final = "changed in the app and in the file, so it stays as it is in the app"
_UNTIL_THEN: Final = "until then it stays as it is in the app"
_GONE: Final = "not in this file any more; cancel it if it is not needed"
_ABSENT: Final = "In an earlier import and still in the plan, but not in this file: it stays; cancel it if not needed."


def load_names(session: Session, tasks: Tasks, placed: Placed) -> Names:
    """Of every vehicle and dyno that a report of these rows names. A vehicle without tag and VIN has no name."""
    told = {number for number, change in placed.changes.items() if change == "kept"}
    items = [task.item for task in tasks.tasks if task.item is not None and task.row.row in told]
    items += [compared.item for compared in placed.compared.values()]
    items += [old.item for old in tasks.gone if old.item is not None]
    ids = {item.values["vehicle_id"] for item in items}
    ids |= {compared.news["vehicle_id"] for compared in placed.compared.values() if "vehicle_id" in compared.news}
    label = func.coalesce(VehicleRow.tag, VehicleRow.vin)
    vehicles: dict[int, str] = {}
    wanted = sorted(ids)
    for at in range(0, len(wanted), 10_000):
        rows = session.execute(select(VehicleRow.id, label).where(VehicleRow.id.in_(wanted[at : at + 10_000])))
        vehicles |= {row[0]: row[1] for row in rows if row[1]}
    dynos = session.execute(select(DynoRow.id, DynoRow.name))
    return Names(vehicles, {row.id: row.name for row in dynos})


def changes_by_row(
    tasks: Tasks, placed: Placed, vehicles: StoredVehicles, *, names: Names
) -> tuple[Mapping[int, tuple[FieldChange, ...]], Mapping[int, Change]]:
    """Row → the fields that differ, and row → what becomes of it: one that changes its vehicle only is a change too."""
    differences = {number: field_changes(compared, names=names) for number, compared in placed.compared.items()}
    changes: dict[int, Change] = dict(placed.changes)
    for task in tasks.tasks:
        facts = vehicles.compared.get(task.row.vehicle_key) if task.kind and task.has_news else None
        found = vehicle_changes(facts, task.row.vehicle) if facts is not None else ()
        if not found:
            continue
        number = task.row.row
        differences[number] = (*differences.get(number, ()), *found)
        if changes[number] == "unchanged" and any(change.applied for change in found):
            changes[number] = "updated"
    return differences, changes


def left_alone(tasks: Tasks, placed: Placed, *, names: Names) -> tuple[tuple[LeftAlone, ...], tuple[LeftAlone, ...]]:
    """What stays as in the app although its row says otherwise, and what no row of the file is about any more."""
    kept = tuple(
        _left(
            task.row.row, task.item, _why_kept(task.row), names=names,
            may=task.kind is not None and may_give_way(task.item), lacking=task.kind is None,
        )
        for task in tasks.tasks
        if task.item is not None and placed.changes[task.row.row] == "kept"
    )  # fmt: skip
    gone = tuple(_left(number, item, _GONE, names=names, may=False) for number, item in _absent(tasks))
    return kept, gone


def absent_rows(tasks: Tasks, *, names: Names) -> tuple[RowReport, ...]:
    """The rows that are in the plan and not in the file any more, by their number in the earlier import."""
    return tuple(_row_of(number, item, names) for number, item in _absent(tasks))


def _absent(tasks: Tasks) -> Iterable[tuple[int, StoredItem]]:
    for old in tasks.gone:
        if old.item is not None and old.item.values["status"] not in ("cancelled", "withdrawn"):
            yield old.row_number, old.item


def _row_of(number: int, item: StoredItem, names: Names) -> RowReport:
    values = item.values
    return RowReport(
        row=number,
        outcome=item.kind,
        change="gone",
        vehicle=names.vehicles.get(values["vehicle_id"], "future vehicle"),
        test=values["test_type"],
        dyno=names.dynos.get(values.get("dyno_id", 0)),
        first_day=values["start_date"],
        last_day=values["end_date"],
        status=values["status"],
        disputed=bool(values.get("disputed")),
        flags=(),
        what=(_ABSENT,),
    )


def _why_kept(row: PlanRow) -> str:
    if not isinstance(row.outcome, Rejected):
        return _BOTH_CHANGED
    said = REASONS[row.outcome.reason].rstrip(".")
    return f"{said[0].lower()}{said[1:]}; {_UNTIL_THEN}"


def _left(number: int, item: StoredItem, why: str, *, names: Names, may: bool, lacking: bool = False) -> LeftAlone:
    values = item.values
    period = Period(values["start_date"], values["end_date"])
    vehicle = names.vehicles.get(values["vehicle_id"], f"vehicle {values['vehicle_id']}")
    what = f"{vehicle}, {values['test_type']} from {period}"
    return LeftAlone(number, item.kind, item.id, what, why, may, lacking)
