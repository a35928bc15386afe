"""Rows that plan what is planned no more in the app: imported all the same, and told."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.database.models import TestTypeRow, VehicleRow
from dyno_core.workbook.placing import Placed
from dyno_core.workbook.tasks import Tasks

_OVER = ("completed", "cancelled")


def retired_rows(
    session: Session, tasks: Tasks, placed: Placed, *, vehicle_ids: Mapping[str, int]
) -> dict[int, set[str]]:
    """Row → flags, of the rows just written that are still to come, for a retired vehicle or test type."""
    vehicles = set(session.scalars(select(VehicleRow.id).where(VehicleRow.retired)))
    kinds = set(session.scalars(select(TestTypeRow.name).where(TestTypeRow.retired)))
    flags: dict[int, set[str]] = defaultdict(set)
    for task in tasks.tasks if vehicles or kinds else ():
        row = task.row
        if placed.changes.get(row.row) not in ("created", "updated") or row.status in _OVER:
            continue
        if vehicle_ids[row.vehicle_key] in vehicles:
            flags[row.row].add("vehicle_retired")
        if row.test_type in kinds:
            flags[row.row].add("test_retired")
    return flags
