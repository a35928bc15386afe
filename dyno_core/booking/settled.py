"""Taking a way out of a conflict, and taking that back: each all together or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.booking.changes import (
    cancel_allocation,
    confirm_allocation,
    reschedule_allocation,
    swap_allocations,
)
from dyno_core.booking.demand import place_request_again
from dyno_core.booking.editing import as_locked, authorize_change, lock_around, require_place, set_period, written
from dyno_core.booking.errors import DynoBusy, VehicleBusy
from dyno_core.booking.exchange import Within
from dyno_core.booking.reading import blocking, load_allocation
from dyno_core.booking.settling import Settlement
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow
from dyno_core.fleet.dynos import load_dyno

_UNDONE: Final = "way out of a conflict taken back"
SETTLED: Final = "/settled"
"""Ends the correlation id of a way out's audit rows: unlike a reason, no person can type it."""
_DYNO_CHANGED: Final = text("""
    SELECT EXISTS (
      SELECT FROM audit_log WHERE entity = 'dyno' AND entity_id = :dyno_id
        AND id > (SELECT max(id) FROM audit_log WHERE entity = 'allocation' AND entity_id = :id))""")


@dataclass(frozen=True, slots=True)
class Settled:
    """What was done: every allocation that it touched, before and after, in the same order."""

    way: Settlement
    before: tuple[Allocation, ...]
    after: tuple[Allocation, ...]

    @property
    def sentence(self) -> str:
        one = self.after[0]
        if one.status == "cancelled":
            return f"{one.what} on {one.dyno} is cancelled."
        more = f" {self.after[1].what} is settled too." if len(self.after) > 1 else ""
        return f"{one.what} is on {one.dyno} for {one.period}.{more}"


def as_way_out(origin: Origin) -> Origin:
    """For a change that settles a conflict, so that it is found again in the record of changes."""
    return replace(origin, correlation_id=f"{origin.correlation_id or ''}{SETTLED}")


def settle(database: Database, origin: Origin, way: Settlement, *, today: date, reason: str = "") -> Settled:
    """Take a way out that `ways_to_settle` offered.

    Raises what moving, swapping, confirming and cancelling raise; `StaleVersion` when somebody was faster.
    """
    origin = as_way_out(origin)

    def change(session: Session) -> Settled:
        touched = (way.allocation, *((way.partner,) if way.partner else ()), *way.confirms)
        # All places first, in the one order of all writers: what follows queues for none of them.
        lock_around(session, [*touched, *way.clash], more_dynos=[load_dyno(session, way.dyno, today=today).id])
        for one in sorted({*touched, *way.clash}, key=lambda one: one.id):
            as_locked(session, one, one.version)  # settled by somebody else, it needs no second way out
        within = Within(database, session)
        after = [*_TAKE[way.kind](within, origin, way, today, reason)]
        after += [
            confirm_allocation(within, origin, one.id, version=one.version, reason=reason) for one in way.confirms
        ]
        return Settled(way, touched, tuple(after))

    return database.transact(change)


def undo_settled(
    database: Database, origin: Origin, settled: Settled, *, reason: str = _UNDONE
) -> tuple[Allocation, ...]:
    """Put everything back as it was, the conflict included.

    Raises `StaleVersion` when something of it was changed since, and what `put_back` raises when a place is not to be
    had any more.
    """

    def change(session: Session) -> tuple[Allocation, ...]:
        lock_around(session, [*settled.before, *settled.after])
        return put_back(session, origin, zip(settled.before, settled.after, strict=True), reason=reason)

    return database.transact(change)


def put_back(
    session: Session, origin: Origin, pairs: Iterable[tuple[Allocation, Allocation]], *, reason: str
) -> tuple[Allocation, ...]:
    """Every allocation as it was: the first of each pair; the second is how it was left. The caller holds the places.

    One audit row for each. Raises `StaleVersion`, `DynoBusy`, `VehicleBusy`, `NotAllowed`; `DynoOutOfService` and
    `DynoUnsuitable` where the dyno was changed since.
    """
    rows: list[tuple[Allocation, Allocation, AllocationRow]] = []
    for old, new in sorted(pairs, key=lambda pair: pair[0].id):
        now = as_locked(session, load_allocation(session, old.id), new.version)
        authorize_change(session, origin, now)
        rows.append((old, now, session.get_one(AllocationRow, old.id)))
    for _, _, row in rows:
        row.disputed = True  # out of each other's way while they change places
    session.flush()
    # Those that held no place go back first: the others are checked against what stands then.
    rows.sort(key=lambda item: not item[0].disputed)
    return tuple(_put_back(session, origin, old, now, row, reason=reason) for old, now, row in rows)


def _require_free(session: Session, old: Allocation) -> None:
    if old.disputed or old.status in ("cancelled", "tentative"):
        return
    if _is_dyno_changed(session, old):
        require_place(session, old, dyno_id=old.dyno_id, period=old.period)
    if others := blocking(session, old.period, ignore=[old.id], dyno_id=old.dyno_id):
        raise DynoBusy(dyno=old.dyno, period=old.period, other=others[0])
    if others := blocking(session, old.period, ignore=[old.id], vehicle_id=old.vehicle_id):
        raise VehicleBusy(vehicle=old.vehicle, period=old.period, other=others[0])


def _is_dyno_changed(session: Session, old: Allocation) -> bool:
    """Whether the dyno was changed after the allocation left it; what stood there against a rule before may again."""
    return bool(session.execute(_DYNO_CHANGED, {"id": str(old.id), "dyno_id": str(old.dyno_id)}).scalar_one())


def _put_back(
    session: Session, origin: Origin, old: Allocation, now: Allocation, row: AllocationRow, *, reason: str
) -> Allocation:
    _require_free(session, old)
    row.dyno_id, row.status, row.disputed, row.end_fixed = old.dyno_id, old.status, old.disputed, old.end_fixed
    set_period(session, row, now, old.period, origin=origin, reason=reason)
    if now.status == "cancelled":
        place_request_again(session, origin, row, reason=reason)
    return written(session, origin, now, row, action="undo", reason=reason)


_Take = Callable[[Database, Origin, Settlement, date, str], tuple[Allocation, ...]]


def _move(within: Database, origin: Origin, way: Settlement, today: date, reason: str) -> tuple[Allocation, ...]:
    one = way.allocation
    return (
        reschedule_allocation(
            within,
            origin,
            one.id,
            today=today,
            start_date=way.period.start,
            end_date=way.period.end,
            dyno=way.dyno,
            version=one.version,
            reason=reason,
        ),
    )


def _swap(within: Database, origin: Origin, way: Settlement, _: date, reason: str) -> tuple[Allocation, ...]:
    one, partner = way.allocation, way.partner
    assert partner is not None
    return swap_allocations(
        within,
        origin,
        one.id,
        partner.id,
        first_version=one.version,
        second_version=partner.version,
        reason=reason,
    )


def _confirm(within: Database, origin: Origin, way: Settlement, _: date, reason: str) -> tuple[Allocation, ...]:
    return (confirm_allocation(within, origin, way.allocation.id, version=way.allocation.version, reason=reason),)


def _cancel(within: Database, origin: Origin, way: Settlement, _: date, reason: str) -> tuple[Allocation, ...]:
    one = way.allocation
    return (cancel_allocation(within, origin, one.id, reason=reason, version=one.version),)


_TAKE: Final[dict[str, _Take]] = {
    "other_dyno": _move,
    "shift": _move,
    "shorten": _move,
    "set_end": _move,
    "swap": _swap,
    "confirm": _confirm,
    "cancel": _cancel,
}
