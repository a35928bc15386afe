"""Adding and editing vehicles, and making one of two that turned out to be the same."""

from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, RequestRow, VehicleRow
from dyno_core.errors import AlreadyTaken, DynoError, InvalidInput, StaleVersion
from dyno_core.fleet.drafts import VehicleDraft
from dyno_core.fleet.errors import VehicleNotFound
from dyno_core.fleet.types import Vehicle
from dyno_core.fleet.vehicles import as_vehicle
from dyno_core.period import Period

_FIELDS: Final = tuple(field.name for field in fields(VehicleDraft))

_CLASHES: Final = text("""
    SELECT a.id AS a_id, b.id AS b_id, greatest(a.start_date, b.start_date) AS first_day,
           least(a.end_date, b.end_date) AS last_day
    FROM allocations a JOIN allocations b ON a.vehicle_id = :keep AND b.vehicle_id = :merge
         AND a.start_date <= b.end_date AND b.start_date <= a.end_date
    WHERE a.status NOT IN ('cancelled', 'tentative') AND NOT a.disputed
      AND b.status NOT IN ('cancelled', 'tentative') AND NOT b.disputed
    ORDER BY 3 LIMIT 1""")


class VehiclesClash(DynoError):
    """Two records of one vehicle that would have to be in two places."""

    code = "vehicles_clash"

    def __init__(self, *, keep: str, merge: str, period: Period, allocations: tuple[int, int]) -> None:
        super().__init__(
            f"{keep} and {merge} are both on a dyno on {period} (allocations {allocations[0]} and {allocations[1]}), "
            "so they can't be one vehicle yet; move or cancel one of the two first.",
            allocations=list(allocations),
            first_day=period.start.isoformat(),
            last_day=period.end.isoformat(),
        )


def add_vehicle(database: Database, origin: Origin, draft: VehicleDraft) -> Vehicle:
    """Raises `InvalidInput`, `AlreadyTaken` naming the vehicle that has the VIN or tag, `NotAllowed`."""
    checked = draft.checked()

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.BOOK)
        _refuse_taken(session, checked, own_id=None)
        row = VehicleRow(**asdict(checked))
        session.add(row)
        session.flush()
        record(session, origin, action="add", entity="vehicle", entity_id=row.id, after=_filled(checked))
        session.refresh(row)
        return as_vehicle(row)

    return database.transact(change)


def edit_vehicle(
    database: Database, origin: Origin, vehicle_id: int, draft: VehicleDraft, *, version: int, reason: str = ""
) -> Vehicle:
    """Store the draft in place of what is known of the vehicle. `broken_by_vehicle` tells what that breaks.

    Raises `InvalidInput`, `AlreadyTaken`, `VehicleNotFound`, `StaleVersion`, `NotAllowed`.
    """
    checked = draft.checked()

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = _locked(session, vehicle_id, version=version)
        before, after = _stored(row), asdict(checked)
        if before == after:
            return as_vehicle(row)
        _refuse_taken(session, checked, own_id=vehicle_id)
        _write(row, after)
        session.flush()
        record(
            session, origin, action="edit", entity="vehicle", entity_id=vehicle_id, before=before, after=after,
            reason=reason,
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
        row = _locked(session, vehicle_id, version=version)
        after = {name: value for name, value in (("tag", given.tag), ("vin", given.vin)) if value}
        for name, value in after.items():
            if (known := getattr(row, name)) and known != value:
                word = "VIN" if name == "vin" else "tag"
                raise InvalidInput(f"{as_vehicle(row).label} has the {word} {known} already; a planner can correct it.")
        before = {name: getattr(row, name) for name in after}
        if before == after:
            return as_vehicle(row)
        _refuse_taken(session, given, own_id=vehicle_id)
        _write(row, after)
        session.flush()
        record(session, origin, action="edit", entity="vehicle", entity_id=vehicle_id, before=before, after=after)
        return as_vehicle(row)

    return database.transact(change)


def merge_vehicles(
    database: Database,
    origin: Origin,
    *,
    keep: int,
    merge: int,
    keep_version: int,
    merge_version: int,
    reason: str = "",
) -> Vehicle:
    """Make ``merge`` part of ``keep``: its allocations and requests move, and fill what ``keep`` does not know.

    The merged record stays for the history and leads to the kept one. Raises `InvalidInput` for one vehicle merged
    with itself or for two VINs, `VehiclesClash`, `VehicleNotFound`, `StaleVersion`, `NotAllowed`.
    """
    if keep == merge:
        raise InvalidInput("A vehicle can't be merged with itself; choose another one.", vehicle_id=keep)

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        versions = {keep: keep_version, merge: merge_version}
        # In one order, so that two people who merge the same two the other way round don't wait for each other.
        rows = {number: _locked(session, number, version=versions[number]) for number in sorted(versions)}
        _refuse_unmergeable(session, rows[keep], rows[merge])
        _join(session, origin, rows[keep], rows[merge], reason=reason.strip())
        return as_vehicle(rows[keep])

    return database.transact(change)


def _join(session: Session, origin: Origin, kept: VehicleRow, merged: VehicleRow, *, reason: str) -> None:
    before = _stored(kept)
    gained = {name: value for name, value in _stored(merged).items() if value and not before[name] and name != "notes"}
    if kept.weight_lbs is not None or kept.weight_class is not None:
        # Weight and class go together: half of each record would contradict itself.
        gained = {name: value for name, value in gained.items() if name not in ("weight_lbs", "weight_class")}
    merged.vin = None if "vin" in gained else merged.vin
    merged.merged_into_id = kept.id
    merged.version += 1
    session.flush()
    session.execute(update(VehicleRow).where(VehicleRow.merged_into_id == merged.id).values(merged_into_id=kept.id))
    _write(kept, {**before, **gained})
    session.flush()
    for table, entity in ((AllocationRow, "allocation"), (RequestRow, "request")):
        moved = session.scalars(
            update(table)
            .where(table.vehicle_id == merged.id)
            .values(vehicle_id=kept.id, version=table.version + 1, updated_at=func.now())
            .returning(table.id)
        ).all()
        for number in sorted(moved):
            record(
                session, origin, action="change_vehicle", entity=entity, entity_id=number,
                before={"vehicle_id": merged.id}, after={"vehicle_id": kept.id}, reason=reason,
            )  # fmt: skip
    record(
        session, origin, action="merge", entity="vehicle", entity_id=merged.id,
        before={"merged_into_id": None}, after={"merged_into_id": kept.id}, reason=reason,
    )  # fmt: skip
    record(
        session, origin, action="edit", entity="vehicle", entity_id=kept.id, before=before, after=_stored(kept),
        reason=reason or f"merged with vehicle {merged.id}",
    )  # fmt: skip


def _refuse_unmergeable(session: Session, kept: VehicleRow, merged: VehicleRow) -> None:
    if kept.vin and merged.vin and kept.vin != merged.vin:
        raise InvalidInput(
            f"{kept.vin} and {merged.vin} are two different VINs, so these are two vehicles; correct a VIN first.",
            vins=[kept.vin, merged.vin],
        )
    clash = session.execute(_CLASHES, {"keep": kept.id, "merge": merged.id}).one_or_none()
    if clash is not None:
        raise VehiclesClash(
            keep=as_vehicle(kept).label,
            merge=as_vehicle(merged).label,
            period=Period(clash.first_day, clash.last_day),
            allocations=(clash.a_id, clash.b_id),
        )


def _locked(session: Session, vehicle_id: int, *, version: int) -> VehicleRow:
    row = session.scalars(select(VehicleRow).where(VehicleRow.id == vehicle_id).with_for_update()).one_or_none()
    if row is None or row.merged_into_id is not None:
        raise VehicleNotFound(str(vehicle_id))
    if row.version != version:
        raise StaleVersion(what=as_vehicle(row).label, expected=version, found=row.version)
    return row


def _refuse_taken(session: Session, draft: VehicleDraft, *, own_id: int | None) -> None:
    """A VIN is unique in the database; a tag twice is possible there (imports bring it), but no one may add it."""
    same = [VehicleRow.vin == draft.vin] if draft.vin else []
    if draft.tag:
        same.append(func.lower(VehicleRow.tag) == draft.tag.lower())
    if not same:
        return
    query = select(VehicleRow).where(or_(*same), VehicleRow.id != (own_id or 0), VehicleRow.merged_into_id.is_(None))
    own_tag = session.scalar(select(VehicleRow.tag).where(VehicleRow.id == own_id)) if own_id else None
    for other in session.scalars(query.order_by(VehicleRow.id)):
        if draft.vin and other.vin == draft.vin:
            raise AlreadyTaken(
                f"Vehicle {other.id} ({as_vehicle(other).label}) has the VIN {draft.vin} already; use that one.",
                vehicle_id=other.id,
            )
        # A tag that was twice there before must not keep people from correcting the rest of the record.
        if (own_tag or "").lower() != (draft.tag or "").lower():
            raise AlreadyTaken(
                f"Vehicle {other.id} has the tag {other.tag} already; use that one, or give another tag.",
                vehicle_id=other.id,
            )


def _write(row: VehicleRow, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1


def _stored(row: VehicleRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _FIELDS}


def _filled(draft: VehicleDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if value not in (None, "")}
