"""One record that stood for two vehicles made two, and tests given to the vehicle that they belong to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import VehicleRow
from dyno_core.errors import InvalidInput
from dyno_core.fleet.belongings import (
    TABLES,
    Belonging,
    belongings_in,
    enter_plan,
    find_clash,
    give_to,
    require_unchanged,
)
from dyno_core.fleet.drafts import VehicleDraft, checked_reason
from dyno_core.fleet.references import is_placeholder_tag
from dyno_core.fleet.retiring import RetiredVehicle
from dyno_core.fleet.types import Vehicle
from dyno_core.fleet.vehicle_changes import lock_vehicle, refuse_taken, stored, write
from dyno_core.fleet.vehicles import as_vehicle, load_vehicle

_OWN: Final = frozenset({"vin", "tag", "build_id", "notes"})
"""What names one vehicle only, and is not known of the other by being known of the first."""

_ANSWERED: Final = text(
    "SELECT id, allocation_id FROM requests WHERE vehicle_id = :vehicle AND allocation_id IS NOT NULL"
)

# One transaction has one time. A record that was changed since is not as the split left it.
_OWN_SPLITS: Final = text("""
    SELECT s.at, CAST(s.entity_id AS int) AS old_id, CAST(n.entity_id AS int) AS new_id
    FROM audit_log s
    JOIN audit_log n ON n.at = s.at AND n.actor = s.actor AND n.entity = 'vehicle' AND n.action = 'add'
    WHERE s.at > now() - interval '1 day' AND s.actor = :actor AND s.entity = 'vehicle' AND s.action = 'split'
      AND NOT EXISTS (
        SELECT FROM audit_log l
        WHERE l.entity = 'vehicle' AND l.entity_id IN (s.entity_id, n.entity_id) AND l.id > s.id)
    ORDER BY s.id DESC LIMIT 1""")


@dataclass(frozen=True, slots=True)
class Split:
    """One record that somebody made two of, both as they are."""

    at: datetime
    old: Vehicle
    new: Vehicle


def last_split(database: Database, actor: Actor) -> Split | None:
    """What ``actor`` split last within a day, as long as neither record was changed since; merging takes it back."""
    with database.reading() as session:
        row = session.execute(_OWN_SPLITS, {"actor": actor.email}).one_or_none()
        if row is None:
            return None
        return Split(row.at, load_vehicle(session, row.old_id), load_vehicle(session, row.new_id))


def belongings_of(database: Database, vehicle_id: int) -> tuple[Belonging, ...]:
    """The vehicle's allocations and requests, by first day."""
    with database.reading() as session:
        return belongings_in(session, vehicle_id)


def with_answers(every: Iterable[Belonging], chosen: Iterable[Belonging]) -> tuple[Belonging, ...]:
    """The chosen ones, and with a request the allocation that answers it, and the other way round. Pure."""
    picked = {one.key for one in chosen}
    pairs = [(one.key, f"allocation {one.answer}") for one in every if one.answer is not None]
    picked |= {other for pair in pairs for other in pair if picked & set(pair)}
    return tuple(one for one in every if one.key in picked)


def split_vehicle(
    database: Database,
    origin: Origin,
    vehicle_id: int,
    *,
    version: int,
    tag: str,
    takes_vin: bool,
    belongings: Sequence[Belonging],
    reason: str = "",
) -> tuple[Vehicle, Vehicle]:
    """Give the vehicle ``tag`` a record of its own, as heavy and driven as this one, with these tests and requests.

    ``takes_vin``: the VIN is the new one's. Where the old one is retired, the new one is not. The old and the new
    vehicle; merging them takes it back. Raises `InvalidInput`, `AlreadyTaken` for the tag, `VehicleNotFound`,
    `StaleVersion`, `NotAllowed`.
    """
    draft = VehicleDraft(tag=tag).checked()
    if not draft.tag or is_placeholder_tag(draft.tag):
        raise InvalidInput("The other vehicle needs a tag of its own, by which it can be found again; give one.")

    def change(session: Session) -> tuple[Vehicle, Vehicle]:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        enter_plan(session)
        old = lock_vehicle(session, vehicle_id, version=version)
        refuse_taken(session, draft, own_id=None)
        vin, before = old.vin if takes_vin else None, stored(old)
        write(old, {"vin": None} if vin else {})
        session.flush()
        facts = {name: value for name, value in before.items() if name not in _OWN}
        new = VehicleRow(**facts, tag=draft.tag, vin=vin)
        session.add(new)
        session.flush()
        session.refresh(new)
        record(
            session, origin, action="add", entity="vehicle", entity_id=new.id,
            after={name: value for name, value in stored(new).items() if value}, reason=checked_reason(reason),
        )  # fmt: skip
        record(
            session, origin, action="split", entity="vehicle", entity_id=old.id, before=before, after=stored(old),
            reason=checked_reason(reason) or f"vehicle {new.id} got a record of its own",
        )  # fmt: skip
        _hand_over(session, origin, belongings, old=old, new=new, reason=checked_reason(reason))
        return as_vehicle(old), as_vehicle(new)

    return database.transact(change)


def hand_over(
    database: Database,
    origin: Origin,
    *,
    old: Vehicle,
    new: Vehicle,
    belongings: Sequence[Belonging],
    reason: str = "",
) -> tuple[Belonging, ...]:
    """Give tests and requests of one vehicle to another, both as they were seen; as they are then.

    Raises `InvalidInput`, `VehiclesClash` when the other one is elsewhere on those days, `RetiredVehicle` when it is
    retired and one of them is still to come, `StaleVersion`, `NotAllowed`.
    """
    if not belongings:
        raise InvalidInput("No test was chosen, so nothing moves; choose at least one.")
    if old.id == new.id:
        raise InvalidInput(f"These tests are {new.label}'s already; choose another vehicle.", vehicle_id=new.id)

    def change(session: Session) -> tuple[Belonging, ...]:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        enter_plan(session)
        versions = {old.id: old.version, new.id: new.version}
        rows = {number: lock_vehicle(session, number, version=versions[number]) for number in sorted(versions)}
        return _hand_over(
            session, origin, belongings, old=rows[old.id], new=rows[new.id], reason=checked_reason(reason)
        )

    return database.transact(change)


def _hand_over(
    session: Session,
    origin: Origin,
    belongings: Sequence[Belonging],
    *,
    old: VehicleRow,
    new: VehicleRow,
    reason: str,
) -> tuple[Belonging, ...]:
    seen = {kind: {one.id: one.version for one in belongings if one.kind == kind} for kind in TABLES}
    for kind, versions in seen.items():
        require_unchanged(session, kind, versions, of=old.id)
    for row in session.execute(_ANSWERED, {"vehicle": old.id}):
        if (row.id in seen["request"]) != (row.allocation_id in seen["allocation"]):
            raise InvalidInput(
                f"Request {row.id} was placed as allocation {row.allocation_id}; they belong to one vehicle, so choose "
                "both or neither."
            )
    one, other = as_vehicle(new), as_vehicle(old)
    if one.retired and (coming := [each for each in belongings if not each.is_over]):
        raise RetiredVehicle(one.label, f"{coming[0]} is still to come", instead="choose only what is over")
    if clash := find_clash(session, keep=(one.id, one.label), merge=(other.id, other.label), only=seen["allocation"]):
        raise clash
    after = {
        kind: give_to(session, origin, kind, versions, old=old.id, new=new.id, reason=reason)
        for kind, versions in seen.items()
    }
    return tuple(replace(each, version=after[each.kind][each.id]) for each in belongings)
