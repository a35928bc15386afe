"""Two records of one vehicle made one, and taken back as long as nothing of it was changed since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import VehicleMergeRow, VehicleRow
from dyno_core.errors import DynoError, InvalidInput, NotFound
from dyno_core.fleet.belongings import (
    TABLES,
    Belonging,
    Kind,
    belongings_in,
    enter_plan,
    find_clash,
    give_to,
    lock_belongings,
)
from dyno_core.fleet.drafts import checked_reason
from dyno_core.fleet.preview import Broken, broken_by_merge
from dyno_core.fleet.retiring import RetiredVehicle, planned_for
from dyno_core.fleet.types import Vehicle
from dyno_core.fleet.vehicle_changes import lock_vehicle, stored, write
from dyno_core.fleet.vehicles import as_vehicle

_WORDS: Final = {
    "vin": "VIN", "tag": "tag", "build_id": "build id", "program": "program", "model_year": "model year",
    "cert_team": "team", "contact": "contact", "build_type": "build", "powertrain": "powertrain",
    "weight_lbs": "weight", "weight_class": "weight class", "drive_type": "drive", "test_drive": "drive for the test",
}  # fmt: skip
_LISTED: Final = 6

_MERGES: Final = text("""
    SELECT m.id, m.kept_id, m.merged_id, m.merged_by, m.merged_at, m.reason, m.undone_at,
           coalesce(k.tag, k.vin, 'vehicle ' || k.id) AS kept,
           coalesce(v.tag, m.merged_vin, 'vehicle ' || v.id) AS merged
    FROM vehicle_merges m JOIN vehicles k ON k.id = m.kept_id JOIN vehicles v ON v.id = m.merged_id
    WHERE m.undone_at IS NULL AND (CAST(:vehicle AS int) IS NULL OR :vehicle IN (m.kept_id, m.merged_id))
    ORDER BY m.id DESC LIMIT :limit""")

# Without the drive or the weight that it took over, the kept vehicle could not run what was booked for it since.
_BOOKED_BY_IT: Final = text("""
    SELECT a.id FROM vehicle_merges m JOIN allocations a ON a.vehicle_id = m.kept_id AND a.created_at > m.merged_at
    WHERE m.id = :merge AND m.filled ?| ARRAY['drive_type', 'weight_class', 'weight_lbs']
      AND a.status NOT IN ('cancelled', 'completed') AND NOT m.moved['allocation'] ? CAST(a.id AS text)
    ORDER BY a.id LIMIT 1""")


class MergeChanged(DynoError):
    """What a merge did was changed since, so that taking it back would overwrite that."""

    code = "merge_changed"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} since the two were made one, so the merge can't be taken back as a whole and nothing was "
            "changed; give the tests that belong elsewhere a record of their own instead.",
            what=what,
        )


class MergeNotFound(NotFound):
    code = "merge_not_found"

    def __init__(self) -> None:
        super().__init__("This merge was taken back already; look at the vehicles as they are now.")


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge that stands. ``kept`` and ``merged`` are what the two are called."""

    id: int
    kept_id: int
    merged_id: int
    kept: str
    merged: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What making ``merge`` part of ``keep`` changes. ``problem``: why it would be refused now."""

    keep: Vehicle
    merge: Vehicle
    moves: tuple[Belonging, ...]
    fills: Mapping[str, Any]
    set_aside: Mapping[str, Any]
    broken: tuple[Broken, ...]
    problem: DynoError | None

    @property
    def sentences(self) -> tuple[str, ...]:
        keep, merge = self.keep, self.merge
        said = [f"{merge.label} (vehicle {merge.id}) becomes part of {keep.label} (vehicle {keep.id})."]
        if self.fills:
            told = ", ".join(f"{_WORDS[name]} {_told(name, value)}" for name, value in self.fills.items())
            said.append(f"{keep.label} takes over: {told}.")
        if self.set_aside:
            told = ", ".join(
                f"{_WORDS[name]} {_told(name, value)} ({keep.label} says {_told(name, getattr(keep, name))})"
                for name, value in self.set_aside.items()
            )
            said.append(f"Set aside, {keep.label} knows better: {told}.")
        said.append(_moving(self.moves, to=keep.label))
        said += [f"That puts it where it must not stand: {one}." for one in self.broken]
        if keep.retired and not self.problem:
            said.append(f"{keep.label} is retired, so nothing can be planned for {merge.label} any more either.")
        elif merge.retired:
            said.append(f"{merge.label} is retired and {keep.label} is not: what moves is {keep.label}'s from then on.")
        return (*said, "The history of both stays, and the merge can be taken back.")


def preview_merge(database: Database, *, keep: Vehicle, merge: Vehicle, today: date) -> MergePreview:
    """What `merge_vehicles` would change, move and break, and whether it would be refused."""
    broken = broken_by_merge(database, keep=keep, merge=merge, today=today)
    with database.reading() as session:
        rows = {
            row.id: row for row in session.scalars(select(VehicleRow).where(VehicleRow.id.in_((keep.id, merge.id))))
        }
        kept, merged = rows.get(keep.id), rows.get(merge.id)
        if kept is None or merged is None:
            raise MergeNotFound
        fills = _fills(kept, merged)
        aside = {
            name: value
            for name, value in stored(merged).items()
            if name in _WORDS and value and name not in fills and value != getattr(kept, name)
        }
        return MergePreview(
            keep, merge, belongings_in(session, merge.id), fills, aside, broken, _problem(session, kept, merged)
        )


def list_merges(database: Database, *, vehicle_id: int | None = None, limit: int = 50) -> tuple[Merge, ...]:
    """The merges that stand, newest first; of one vehicle, those it was kept or merged in."""
    with database.reading() as session:
        rows = session.execute(_MERGES, {"vehicle": vehicle_id, "limit": limit})
        return tuple(
            Merge(row.id, row.kept_id, row.merged_id, row.kept, row.merged, row.merged_by, row.merged_at, row.reason)
            for row in rows
        )


def merge_vehicles(
    database: Database,
    origin: Origin,
    *,
    keep: int,
    merge: int,
    keep_version: int,
    merge_version: int,
    reason: str = "",
) -> Merge:
    """Make ``merge`` part of ``keep``: its allocations and requests move, and fill what ``keep`` does not know.

    The merged record stays for the history and leads to the kept one; `undo_merge` takes it back. Raises
    `InvalidInput` for one vehicle merged with itself or for two VINs, `VehiclesClash`, `RetiredVehicle` when ``keep``
    is retired and ``merge`` has tests to come, `VehicleNotFound`, `StaleVersion`, `NotAllowed`.
    """
    if keep == merge:
        raise InvalidInput("A vehicle can't be merged with itself; choose another one.", vehicle_id=keep)

    def change(session: Session) -> Merge:
        actor = authorize(session, origin.actor, Permission.EDIT_FLEET)
        enter_plan(session)
        versions = {keep: keep_version, merge: merge_version}
        # In one order, so that two people who merge the same two the other way round don't wait for each other.
        rows = {number: lock_vehicle(session, number, version=versions[number]) for number in sorted(versions)}
        kept, merged = rows[keep], rows[merge]
        if problem := _problem(session, kept, merged):
            raise problem
        called = as_vehicle(merged).label
        row = _join(session, origin, kept, merged, reason=checked_reason(reason))
        row.merged_by = actor.email
        session.add(row)
        session.flush()
        session.refresh(row)
        return Merge(row.id, keep, merge, as_vehicle(kept).label, called, row.merged_by, row.merged_at, row.reason)

    return database.transact(change)


def undo_merge(database: Database, origin: Origin, merge_id: int, *, reason: str = "") -> Vehicle:
    """Give the merged vehicle its record, its VIN and all that moved back. What was booked since stays with the kept.

    The merged vehicle. Raises `MergeChanged` when something that the merge changed was changed since,
    `MergeNotFound` when it was taken back already, `NotAllowed`.
    """

    def change(session: Session) -> Vehicle:
        actor = authorize(session, origin.actor, Permission.EDIT_FLEET)
        enter_plan(session)
        wanted = select(VehicleMergeRow).where(VehicleMergeRow.id == merge_id, VehicleMergeRow.undone_at.is_(None))
        row = session.scalars(wanted.with_for_update()).one_or_none()
        if row is None:
            raise MergeNotFound
        both = select(VehicleRow).where(VehicleRow.id.in_((row.kept_id, row.merged_id))).order_by(VehicleRow.id)
        vehicles = {vehicle.id: vehicle for vehicle in session.scalars(both.with_for_update())}
        kept, merged = vehicles[row.kept_id], vehicles[row.merged_id]
        _refuse_changed(session, row, kept, merged)
        _part(session, origin, row, kept, merged, reason=checked_reason(reason) or "the merge was taken back")
        row.undone_by, row.undone_at = actor.email, session.execute(text("SELECT now()")).scalar_one()
        session.flush()
        return as_vehicle(merged)

    return database.transact(change)


def _join(session: Session, origin: Origin, kept: VehicleRow, merged: VehicleRow, *, reason: str) -> VehicleMergeRow:
    before, filled, vin = stored(kept), _fills(kept, merged), merged.vin
    merged.vin = None if "vin" in filled else merged.vin
    merged.merged_into_id = kept.id
    merged.version += 1
    session.flush()
    led = update(VehicleRow).where(VehicleRow.merged_into_id == merged.id).values(merged_into_id=kept.id)
    leading = session.execute(led.returning(VehicleRow.id, VehicleRow.version)).all()
    write(kept, filled)
    session.flush()
    moved = {"allocation": {}, "request": {}, "vehicle": {str(row.id): row.version for row in leading}}
    for kind, table in TABLES.items():
        ids = session.scalars(
            select(table.id).where(table.vehicle_id == merged.id).order_by(table.id).with_for_update()
        )
        versions = give_to(session, origin, kind, ids.all(), old=merged.id, new=kept.id, reason=reason)
        moved[kind] = {str(number): version for number, version in versions.items()}
    record(
        session, origin, action="merge", entity="vehicle", entity_id=merged.id,
        before={"merged_into_id": None}, after={"merged_into_id": kept.id}, reason=reason,
    )  # fmt: skip
    record(
        session, origin, action="edit", entity="vehicle", entity_id=kept.id, before=before, after=stored(kept),
        reason=reason or f"merged with vehicle {merged.id}",
    )  # fmt: skip
    return VehicleMergeRow(
        kept_id=kept.id, merged_id=merged.id, merged_version=merged.version, filled=filled, moved=moved, reason=reason,
        merged_vin=vin,
    )  # fmt: skip


def _part(
    session: Session, origin: Origin, row: VehicleMergeRow, kept: VehicleRow, merged: VehicleRow, *, reason: str
) -> None:
    before = stored(kept)
    write(kept, dict.fromkeys(row.filled))
    session.flush()
    merged.vin, merged.merged_into_id = row.merged_vin, None
    merged.version += 1
    led = [int(number) for number in row.moved["vehicle"]]
    session.execute(update(VehicleRow).where(VehicleRow.id.in_(led)).values(merged_into_id=merged.id))
    session.flush()
    back = {
        kind: give_to(session, origin, kind, map(int, row.moved[kind]), old=kept.id, new=merged.id, reason=reason)
        for kind in TABLES
    }
    _let_earlier_ones_know(session, row, back)
    record(
        session, origin, action="unmerge", entity="vehicle", entity_id=merged.id,
        before={"merged_into_id": kept.id}, after={"merged_into_id": None}, reason=reason,
    )  # fmt: skip
    record(
        session, origin, action="edit", entity="vehicle", entity_id=kept.id, before=before, after=stored(kept),
        reason=reason,
    )  # fmt: skip


def _let_earlier_ones_know(session: Session, row: VehicleMergeRow, back: Mapping[Kind, Mapping[int, int]]) -> None:
    """What had come to the merged vehicle by a merge of its own is as that one left it, and can be taken back, too."""
    wanted = select(VehicleMergeRow).where(
        VehicleMergeRow.kept_id == row.merged_id, VehicleMergeRow.undone_at.is_(None)
    )
    for earlier in session.scalars(wanted.order_by(VehicleMergeRow.id).with_for_update()):
        earlier.moved = earlier.moved | {
            kind: {
                number: now[int(number)] if row.moved[kind].get(number) == version + 1 else version
                for number, version in earlier.moved[kind].items()
            }
            for kind, now in back.items()
        }


def _refuse_changed(session: Session, row: VehicleMergeRow, kept: VehicleRow, merged: VehicleRow) -> None:
    called = as_vehicle(kept).label
    if kept.merged_into_id is not None:
        raise MergeChanged(f"{called} was made part of another vehicle")
    if merged.merged_into_id != kept.id or merged.version != row.merged_version:
        raise MergeChanged(f"The record of vehicle {merged.id} was changed")
    for name, value in row.filled.items():
        if getattr(kept, name) != value:
            raise MergeChanged(f"The {_WORDS[name]} of {called} was changed")
    if number := session.scalar(_BOOKED_BY_IT, {"merge": row.id}):
        raise MergeChanged(f"Allocation {number} was booked by the drive or weight that {called} took over")
    for kind in TABLES:
        seen = {int(number): version for number, version in row.moved[kind].items()}
        now = lock_belongings(session, kind, seen)
        for number, version in sorted(seen.items()):
            if now.get(number) != (kept.id, version):
                raise MergeChanged(f"{kind.capitalize()} {number} was changed")
    led = [int(number) for number in row.moved["vehicle"]]
    elsewhere = select(VehicleRow.id).where(VehicleRow.id.in_(led), VehicleRow.merged_into_id.is_distinct_from(kept.id))
    if (other := session.scalars(elsewhere.limit(1)).first()) is not None:
        raise MergeChanged(f"The record of vehicle {other} was changed")


def _fills(kept: VehicleRow, merged: VehicleRow) -> dict[str, Any]:
    """What the kept record does not know, and the merged one does."""
    known = stored(kept)
    gained = {name: value for name, value in stored(merged).items() if value and not known[name] and name != "notes"}
    if kept.weight_lbs is not None or kept.weight_class is not None:
        # Weight and class go together: half of each record would contradict itself.
        gained = {name: value for name, value in gained.items() if name not in ("weight_lbs", "weight_class")}
    return gained


def _problem(session: Session, kept: VehicleRow, merged: VehicleRow) -> DynoError | None:
    if kept.vin and merged.vin and kept.vin != merged.vin:
        return InvalidInput(
            f"{kept.vin} and {merged.vin} are two different VINs, so these are two vehicles; correct a VIN first.",
            vins=[kept.vin, merged.vin],
        )
    one, other = as_vehicle(kept), as_vehicle(merged)
    if one.retired and (planned := planned_for(session, other)):
        return RetiredVehicle(one.label, f"{other.label} has {planned}", instead=f"keep {other.label}")
    return find_clash(session, keep=(one.id, one.label), merge=(other.id, other.label))


def _moving(moves: tuple[Belonging, ...], *, to: str) -> str:
    if not moves:
        return "It has no tests and no requests that would move."
    coming = [one for one in moves if not one.is_over]
    listed = "; ".join(str(one) for one in coming[:_LISTED])
    more = f"; and {len(coming) - _LISTED} more" if len(coming) > _LISTED else ""
    over = len(moves) - len(coming)
    past = f"{over} that {'is' if over == 1 else 'are'} over" if over else ""
    return f"To {to} move: {'; '.join(part for part in (f'{listed}{more}', past) if part)}."


def _told(name: str, value: object) -> str:
    return f"{value:,} lb" if name == "weight_lbs" and value else str(value or "nothing")
