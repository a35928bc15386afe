"""Reading vehicles: by number, VIN, tag, or what someone remembers of them."""

from typing import Any

from sqlalchemy import SQLColumnExpression, func, or_, select
from sqlalchemy.orm import Session, aliased

from dyno_core.database.engine import Database
from dyno_core.database.models import VehicleRow
from dyno_core.fleet.belongings import enter_plan
from dyno_core.fleet.compatibility import Requirement, weight_class_of
from dyno_core.fleet.errors import VehicleAmbiguous, VehicleIncomplete, VehicleNotFound
from dyno_core.fleet.references import near_misses, number_in, tidy
from dyno_core.fleet.types import Vehicle, VehicleChoices

_COMPARED = 5000
"""Names looked through for near misses: more would make a typing mistake slow."""


def get_vehicle(database: Database, vehicle_id: int) -> Vehicle:
    """The vehicle of this number; of one that was merged, what it was merged into. Raises `VehicleNotFound`."""
    with database.reading() as session:
        return load_vehicle(session, vehicle_id)


def find_vehicle(database: Database, reference: str) -> Vehicle:
    """The vehicle of this number (``13``, ``#13``, ``vehicle 13``), VIN or tag, in any case.

    Raises `VehicleNotFound` with near misses, `VehicleAmbiguous` when it names several vehicles.
    """
    with database.reading() as session:
        return search_reference(session, reference)


def search_vehicles(database: Database, text: str, *, limit: int = 20, retired: bool = True) -> tuple[Vehicle, ...]:
    """Vehicles with ``text`` in their VIN, tag, build id, program or contact, or of that number; or without the
    ``retired`` ones.
    """
    wanted = tidy(text)[:100]
    columns = (VehicleRow.vin, VehicleRow.tag, VehicleRow.build_id, VehicleRow.program, VehicleRow.contact)
    matches = [column.icontains(wanted, autoescape=True) for column in columns]
    if (number := number_in(wanted)) is not None:
        matches.append(VehicleRow.id == number)
    query = select(VehicleRow).where(VehicleRow.merged_into_id.is_(None), or_(*matches))
    if not retired:
        query = query.where(VehicleRow.retired.is_(False))
    with database.reading() as session:
        rows = session.scalars(query.order_by(VehicleRow.tag.nulls_last(), VehicleRow.id).limit(limit))
        return tuple(as_vehicle(row) for row in rows)


def list_vehicles(database: Database, *, program: str | None = None, limit: int | None = None) -> tuple[Vehicle, ...]:
    """All vehicles that were not merged into another, by tag, those without one last."""
    query = select(VehicleRow).where(VehicleRow.merged_into_id.is_(None))
    if program is not None:
        query = query.where(VehicleRow.program == program)
    with database.reading() as session:
        rows = session.scalars(query.order_by(VehicleRow.tag.nulls_last(), VehicleRow.id).limit(limit))
        return tuple(as_vehicle(row) for row in rows)


def vehicle_choices(database: Database) -> VehicleChoices:
    """The programs, model years and contacts that some vehicle has."""
    with database.reading() as session:

        def each(expression: SQLColumnExpression[Any]) -> tuple[Any, ...]:
            kept = (VehicleRow.merged_into_id.is_(None), expression.is_not(None))
            found = session.scalars(select(expression).where(*kept).distinct().order_by(expression))
            return tuple(value for value in found if value != "")

        return VehicleChoices(
            programs=each(func.btrim(VehicleRow.program)),
            model_years=each(VehicleRow.model_year),
            contacts=each(func.btrim(VehicleRow.contact)),
        )


def load_vehicle(session: Session, vehicle_id: int) -> Vehicle:
    """As `get_vehicle`, inside the caller's transaction."""
    into = aliased(VehicleRow)
    if 0 < vehicle_id < 2**31:
        row = session.execute(
            select(VehicleRow, into)
            .outerjoin(into, into.id == VehicleRow.merged_into_id)
            .where(VehicleRow.id == vehicle_id)
        ).one_or_none()
        if row is not None:
            return as_vehicle(row[1] or row[0])
    raise VehicleNotFound(str(vehicle_id))


def hold_vehicle(session: Session, vehicle_id: int) -> Vehicle:
    """As `load_vehicle`, for who writes into the plan: nobody merges or retires it before the transaction ends."""
    enter_plan(session)
    while True:
        number = load_vehicle(session, vehicle_id).id
        own = select(VehicleRow).where(VehicleRow.id == number, VehicleRow.merged_into_id.is_(None))
        locked = own.with_for_update(read=True).execution_options(populate_existing=True)
        if (row := session.scalars(locked).one_or_none()) is not None:
            return as_vehicle(row)


def search_reference(session: Session, reference: str) -> Vehicle:
    """As `find_vehicle`, inside the caller's transaction."""
    wanted = tidy(reference)
    matches = [VehicleRow.vin == wanted.upper(), func.lower(VehicleRow.tag) == wanted.lower()]
    if (number := number_in(wanted)) is not None:
        matches.append(VehicleRow.id == number)
    into = aliased(VehicleRow)
    rows = session.execute(
        select(VehicleRow, into)
        .outerjoin(into, into.id == VehicleRow.merged_into_id)
        .where(or_(*matches))
        .order_by(VehicleRow.id)
    ).all()
    found = {vehicle.id: vehicle for vehicle in (as_vehicle(row[1] or row[0]) for row in rows)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise VehicleAmbiguous(wanted, candidates=[(vehicle.id, _told_apart(vehicle)) for vehicle in found.values()])
    raise VehicleNotFound(wanted, near=_near(session, wanted))


def requirement_for(vehicle: Vehicle, test_type: str) -> Requirement:
    """What the test asks of a dyno. Raises `VehicleIncomplete` naming what is not known of the vehicle."""
    weight_class = vehicle.weight_class
    if weight_class is None and vehicle.weight_lbs is not None:
        weight_class = weight_class_of(vehicle.weight_lbs)
    missing = []
    if weight_class is None:
        missing.append("weight or weight class")
    if vehicle.drive_type is None:
        missing.append("drive type")
    if weight_class is None or vehicle.drive_type is None:
        raise VehicleIncomplete(vehicle_id=vehicle.id, label=vehicle.label, missing=missing)
    return Requirement(test_type=test_type, drive_type=vehicle.drive_type, weight_class=weight_class)


def as_vehicle(row: VehicleRow) -> Vehicle:
    return Vehicle(
        id=row.id,
        vin=row.vin,
        tag=row.tag,
        build_id=row.build_id,
        program=row.program,
        model_year=row.model_year,
        cert_team=row.cert_team,
        contact=row.contact,
        build_type=row.build_type,
        powertrain=row.powertrain,
        weight_lbs=row.weight_lbs,
        weight_class=row.weight_class,
        drive_type=row.drive_type,
        test_drive=row.test_drive,
        notes=row.notes,
        version=row.version,
        retired=row.retired,
    )


def _told_apart(vehicle: Vehicle) -> str:
    parts = (vehicle.vin, vehicle.tag if vehicle.vin else None, vehicle.program, vehicle.build_id)
    return ", ".join(part for part in parts if part) or "no VIN"


def _near(session: Session, wanted: str) -> tuple[str, ...]:
    rows = session.execute(
        select(VehicleRow.vin, VehicleRow.tag)
        .where(VehicleRow.merged_into_id.is_(None))
        .order_by(VehicleRow.id.desc())
        .limit(_COMPARED)
    )
    return near_misses(wanted, (name for row in rows for name in row if name))
