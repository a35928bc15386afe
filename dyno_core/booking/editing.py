"""The steps every change of what is booked shares: lock, check, authorize, write, and one audit row for it."""

from collections.abc import Callable, Iterable
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize, require
from dyno_core.audit.log import Origin, record
from dyno_core.booking.allocations import dyno_refusal
from dyno_core.booking.errors import DynoBusy, VehicleBusy
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking, load_allocation
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationDatesRow, AllocationRow
from dyno_core.errors import StaleVersion
from dyno_core.fleet.vehicles import load_vehicle, requirement_for
from dyno_core.period import Period

Edit = Callable[[Session, Allocation, AllocationRow], None]
"""Checks what is particular to one kind of change, against the allocation as it is, and changes its row."""

_AUDITED: Final = (
    "dyno",
    "dyno_id",
    "start_date",
    "end_date",
    "status",
    "disputed",
    "actual_start_date",
    "actual_end_date",
    "leg",
    "end_fixed",
    "miles",
    "miles_per_day",
    "added_days",
    "notes",
    "follow_up",
)


def edited(
    database: Database,
    origin: Origin,
    allocation_id: int,
    edit: Edit,
    *,
    action: str,
    version: int | None,
    reason: str = "",
    target: Callable[[Session], int] | None = None,
) -> Allocation:
    """One allocation after ``edit``, in a transaction of its own. ``target`` gives the dyno it is going to stand on.

    Raises `AllocationNotFound`, `StaleVersion`, `NotAllowed`, `NotSignedIn`, `InvalidInput`, and what ``edit`` raises.
    """
    check_text(reason, what="The reason")

    def change(session: Session) -> Allocation:
        more_dynos = [target(session)] if target else []
        seen = load_allocation(session, allocation_id)
        lock_around(session, [seen], more_dynos=more_dynos)
        before = as_locked(session, seen, version)
        authorize_change(session, origin, before)
        row = session.get_one(AllocationRow, before.id)
        edit(session, before, row)
        return written(session, origin, before, row, action=action, reason=reason)

    return database.transact(change)


def lock_around(session: Session, seen: Iterable[Allocation], *, more_dynos: Iterable[int] = ()) -> None:
    """Queue behind every other change of the dynos and vehicles of these allocations."""
    seen = tuple(seen)
    lock_places(
        session,
        dyno_ids=[*(one.dyno_id for one in seen), *more_dynos],
        vehicle_ids=[one.vehicle_id for one in seen if one.vehicle_id is not None],
    )


def as_locked(session: Session, seen: Allocation, version: int | None) -> Allocation:
    """The allocation as it is behind the locks. Raises `StaleVersion` if that is not what was seen or asked for."""
    session.execute(select(AllocationRow.id).where(AllocationRow.id == seen.id).with_for_update())
    now = load_allocation(session, seen.id)
    expected = seen.version if version is None else version
    if now.version != expected:
        raise StaleVersion(what=f"Allocation {seen.id}", expected=expected, found=now.version)
    return now


def authorize_change(session: Session, origin: Origin, allocation: Allocation) -> None:
    """Whose it is counts by the account as the database knows it, not by what the caller says of it."""
    actor = authorize(session, origin.actor, Permission.READ)
    own = allocation.created_by == actor.email
    require(actor, Permission.CHANGE_OWN if own else Permission.CHANGE_ANY)


def require_place(
    session: Session, allocation: Allocation, *, dyno_id: int, period: Period, ignore: Iterable[int] = ()
) -> None:
    """Check before acting, so that the refusal can say who stands in the way; the constraint is the last guard.

    ``ignore``: allocations that move away together with this one.
    """
    ignore = [allocation.id, *ignore]
    if allocation.vehicle_id is None:
        if others := blocking(session, period, dyno_id=dyno_id, ignore=ignore):
            raise DynoBusy(dyno=others[0].dyno, period=period, other=others[0])
        return
    vehicle = load_vehicle(session, allocation.vehicle_id)
    requirement = requirement_for(vehicle, allocation.test_type or "")
    if refusal := dyno_refusal(session, dyno_id, requirement, period, ignore=ignore):
        raise refusal
    if others := blocking(session, period, vehicle_id=vehicle.id, ignore=ignore):
        raise VehicleBusy(vehicle=vehicle.label, period=period, other=others[0])


def set_period(
    session: Session, row: AllocationRow, before: Allocation, period: Period, *, origin: Origin, reason: str
) -> None:
    """Give the row other days and keep the old ones in the history of its dates."""
    if period == before.period:
        return
    row.start_date, row.end_date = period.start, period.end
    session.add(
        AllocationDatesRow(
            allocation_id=before.id,
            old_start_date=before.start_date,
            old_end_date=before.end_date,
            new_start_date=period.start,
            new_end_date=period.end,
            changed_by=origin.actor.email,
            reason=reason,
        )
    )


def written(
    session: Session, origin: Origin, before: Allocation, row: AllocationRow, *, action: str, reason: str
) -> Allocation:
    """Store the row as the next version, with its audit row."""
    row.version = before.version + 1
    row.updated_at = session.execute(text("SELECT now()")).scalar_one()
    session.flush()
    after = load_allocation(session, before.id)
    record(
        session,
        origin,
        action=action,
        entity="allocation",
        entity_id=before.id,
        before=_audited(before),
        after=_audited(after),
        reason=reason,
    )
    return after


def _audited(allocation: Allocation) -> dict[str, object]:
    return {name: getattr(allocation, name) for name in _AUDITED}
