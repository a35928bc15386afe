"""Adding and editing vehicles."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import VehicleRow
from dyno_core.errors import AlreadyTaken, InvalidInput, StaleVersion
from dyno_core.fleet.drafts import VehicleDraft, checked_reason
from dyno_core.fleet.errors import VehicleNotFound
from dyno_core.fleet.preview import Told, vehicle_breaks
from dyno_core.fleet.types import Vehicle
from dyno_core.fleet.vehicles import as_vehicle

_ONE_PER_TAG: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('vehicle tag ' || :tag, 0))")
"""Two people who give the same tag at once find each other's vehicle."""

FIELDS: Final = tuple(field.name for field in fields(VehicleDraft))


def add_vehicle(database: Database, origin: Origin, draft: VehicleDraft) -> Vehicle:
    """Raises `InvalidInput`, `AlreadyTaken` naming the vehicle that has the VIN or tag, `NotAllowed`."""
    checked = draft.checked()

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.BOOK)
        refuse_taken(session, checked, own_id=None)
        row = VehicleRow(**asdict(checked))
        session.add(row)
        session.flush()
        record(session, origin, action="add", entity="vehicle", entity_id=row.id, after=_filled(checked))
        session.refresh(row)
        return as_vehicle(row)

    return database.transact(change)


def edit_vehicle(
    database: Database,
    origin: Origin,
    vehicle_id: int,
    draft: VehicleDraft,
    *,
    version: int,
    reason: str = "",
    restores: bool = False,
    told: Told | None = None,
) -> Vehicle:
    """Store the draft in place of what is known of the vehicle. `broken_by_vehicle` tells what that breaks.

    ``restores``: it puts back what was there before, also a tag that another vehicle has. ``told`` refuses what breaks
    more than that.
    Raises `InvalidInput`, `AlreadyTaken`, `BreaksMore`, `VehicleNotFound`, `StaleVersion`, `NotAllowed`.
    """
    checked = draft.checked()

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = lock_vehicle(session, vehicle_id, version=version)
        before, after = stored(row), asdict(checked)
        if before == after:
            return as_vehicle(row)
        needs = {"drive_type": checked.drive_type, "weight_class": checked.weight_class}
        if told is not None and needs != {name: before[name] for name in needs}:
            told.check(vehicle_breaks(session, vehicle_id, today=told.today, **needs))
        if not restores:
            refuse_taken(session, checked, own_id=vehicle_id)
        write(row, after)
        session.flush()
        record(
            session, origin, action="edit", entity="vehicle", entity_id=vehicle_id, before=before, after=after,
            reason=checked_reason(reason),
        )  # fmt: skip
        return as_vehicle(row)

    return database.transact(change)


def identify_vehicle(
    database: Database,
    origin: Origin,
    vehicle_id: int,
    *,
    version: int,
    tag: str | None = None,
    vin: str | None = None,
) -> Vehicle:
    """Give a future vehicle the tag, the VIN or both that it lacked. What it has already only `edit_vehicle` corrects.

    Raises `AlreadyTaken` naming the vehicle that has one of them, `InvalidInput`, `VehicleNotFound`, `StaleVersion`,
    `NotAllowed`.
    """
    given = VehicleDraft(tag=tag, vin=vin).checked()
    if not given.tag and not given.vin:
        raise InvalidInput("Neither a tag nor a VIN was given; give at least one of them.")

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.BOOK)
        row = lock_vehicle(session, vehicle_id, version=version)
        after = {name: value for name, value in (("tag", given.tag), ("vin", given.vin)) if value}
        for name, value in after.items():
            if (known := getattr(row, name)) and known != value:
                word = "VIN" if name == "vin" else "tag"
                raise InvalidInput(f"{as_vehicle(row).label} has the {word} {known} already; a planner can correct it.")
        before = {name: getattr(row, name) for name in after}
        if before == after:
            return as_vehicle(row)
        refuse_taken(session, given, own_id=vehicle_id)
        write(row, after)
        session.flush()
        record(session, origin, action="edit", entity="vehicle", entity_id=vehicle_id, before=before, after=after)
        return as_vehicle(row)

    return database.transact(change)


def lock_vehicle(session: Session, vehicle_id: int, *, version: int) -> VehicleRow:
    """The row, locked. Raises `VehicleNotFound`, also for one that was merged, and `StaleVersion`."""
    row = session.scalars(select(VehicleRow).where(VehicleRow.id == vehicle_id).with_for_update()).one_or_none()
    if row is None or row.merged_into_id is not None:
        raise VehicleNotFound(str(vehicle_id))
    if row.version != version:
        raise StaleVersion(what=as_vehicle(row).label, expected=version, found=row.version)
    return row


def refuse_taken(session: Session, draft: VehicleDraft, *, own_id: int | None) -> None:
    """A VIN is unique in the database; a tag twice is possible there (imports bring it), but no one may add it.

    Nor may anyone add the tag of a record that was merged, which leads to the vehicle it became part of.
    """
    same = [VehicleRow.vin == draft.vin] if draft.vin else []
    if draft.tag:
        same.append(func.lower(VehicleRow.tag) == draft.tag.lower())
        session.execute(_ONE_PER_TAG, {"tag": draft.tag.lower()})
    if not same:
        return
    leads_to = func.coalesce(VehicleRow.merged_into_id, VehicleRow.id)
    query = select(VehicleRow).where(or_(*same), leads_to != (own_id or 0))
    own_tag = session.scalar(select(VehicleRow.tag).where(VehicleRow.id == own_id)) if own_id else None
    for other in session.scalars(query.order_by(VehicleRow.merged_into_id.nulls_first(), VehicleRow.id)):
        if draft.vin and other.vin == draft.vin:
            raise AlreadyTaken(
                f"Vehicle {other.id} ({as_vehicle(other).label}) has the VIN {draft.vin} already; use that one.",
                vehicle_id=other.id,
            )
        # A tag that was twice there before must not keep people from correcting the rest of the record.
        if (own_tag or "").lower() != (draft.tag or "").lower():
            if other.merged_into_id is not None:
                kept = as_vehicle(session.get_one(VehicleRow, other.merged_into_id))
                raise AlreadyTaken(
                    f"The tag {other.tag} belongs to {kept.label} (vehicle {kept.id}), which vehicle {other.id} was "
                    "made part of; use that one, or give another tag.",
                    vehicle_id=kept.id,
                )
            raise AlreadyTaken(
                f"Vehicle {other.id} has the tag {other.tag} already; use that one, or give another tag.",
                vehicle_id=other.id,
            )


def write(row: VehicleRow, values: Mapping[str, Any]) -> None:
    """Give the row these values, as its next version."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1


def stored(row: VehicleRow) -> dict[str, Any]:
    """All that a draft holds, as it is in the row."""
    return {name: getattr(row, name) for name in FIELDS}


def _filled(draft: VehicleDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if value not in (None, "")}
