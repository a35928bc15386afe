"""Changing what is booked: move, swap, extend, cancel, restore, confirm, start, complete.

Each change locks its dynos and vehicles in one order, checks the version it was asked for, and writes one audit row.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final, TypeVar

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.booking.allocations import dyno_refusal
from dyno_core.booking.demand import place_request_again, reopen_request
from dyno_core.booking.errors import DynoBusy, InThePast, VehicleBusy, WrongStatus
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking, load_allocation
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationDatesRow, AllocationRow
from dyno_core.database.violations import ConstraintRefused
from dyno_core.errors import InvalidInput, StaleVersion
from dyno_core.fleet.dynos import load_dyno
from dyno_core.fleet.vehicles import load_vehicle, requirement_for
from dyno_core.period import Period, say_day

T = TypeVar("T")

_AUDITED: Final = (
    "dyno",
    "start_date",
    "end_date",
    "status",
    "disputed",
    "actual_start_date",
    "actual_end_date",
    "leg",
)


def reschedule_allocation(
    database: Database,
    origin: Origin,
    allocation_id: int,
    *,
    today: date,
    start_date: date | None = None,
    end_date: date | None = None,
    days: int | None = None,
    dyno: str | None = None,
    version: int | None = None,
    reason: str = "",
) -> Allocation:
    """Give an allocation other days, another length, another dyno, or all of these.

    A new start moves the end along unless ``end_date`` or ``days`` is given. A disputed allocation that fits its new
    place is disputed no longer. Raises what `allocate_vehicle` raises, and `StaleVersion`, `WrongStatus`,
    `AllocationNotFound`.
    """
    if end_date is not None and days is not None:
        raise InvalidInput("Both an end and a number of days were given; give one of them.")
    check_text(reason, what="The reason")

    def change(session: Session) -> Allocation:
        target_dyno = load_dyno(session, dyno, today=today) if dyno is not None else None
        before = _locked(session, allocation_id, version=version, more_dynos=[target_dyno.id] if target_dyno else [])
        _authorize_change(session, origin, before)
        if before.status in ("completed", "cancelled") or before.kind != "test":
            raise WrongStatus(
                allocation_id=before.id,
                status=_state(before),
                wish="moved",
                instead="restore it first" if before.status == "cancelled" else "only planned and running tests move",
            )
        period = _new_period(before, start_date=start_date, end_date=end_date, days=days)
        if period.start != before.start_date and period.start < today:
            raise InThePast(start=period.start, today=today)
        if before.status == "in_progress" and period.start != before.start_date:
            raise WrongStatus(
                allocation_id=before.id, status=before.status, wish="given another start", instead="change its end"
            )
        dyno_id = target_dyno.id if target_dyno else before.dyno_id
        _require_place(session, before, dyno_id=dyno_id, period=period)
        row = _row(session, before.id)
        row.dyno_id, row.start_date, row.end_date, row.disputed = dyno_id, period.start, period.end, False
        if period != before.period:
            _remember_dates(session, before, period, origin=origin, reason=reason)
        return _written(session, origin, before, row, action="move", reason=reason)

    return explained(database, change)


def extend_allocation(
    database: Database,
    origin: Origin,
    allocation_id: int,
    *,
    end_date: date,
    today: date,
    version: int | None = None,
    reason: str = "",
) -> Allocation:
    """Give an allocation another end, later or earlier; its start stays."""
    return reschedule_allocation(
        database, origin, allocation_id, today=today, end_date=end_date, version=version, reason=reason
    )


def swap_allocations(
    database: Database,
    origin: Origin,
    first_id: int,
    second_id: int,
    *,
    first_version: int | None = None,
    second_version: int | None = None,
    reason: str = "",
) -> tuple[Allocation, Allocation]:
    """Let two allocations change dynos, each keeping its days; both or neither."""
    if first_id == second_id:
        raise InvalidInput("An allocation can't be swapped with itself; name two of them.")
    check_text(reason, what="The reason")

    def change(session: Session) -> tuple[Allocation, Allocation]:
        first, second = _locked_pair(session, (first_id, first_version), (second_id, second_version))
        for one in (first, second):
            _authorize_change(session, origin, one)
            if one.kind != "test" or one.status not in ("scheduled", "tentative"):
                raise WrongStatus(
                    allocation_id=one.id,
                    status=_state(one),
                    wish="swapped",
                    instead="only planned tests change places",
                )
        if first.dyno_id == second.dyno_id:
            raise InvalidInput(f"Both allocations are on {first.dyno} already; name two on different dynos.")
        row_a, row_b = _row(session, first.id), _row(session, second.id)
        # The exclusion constraint is checked row by row: the first one steps aside while the second takes its place.
        row_a.status = "tentative"
        session.flush()
        row_b.disputed = False
        _require_place(session, second, dyno_id=first.dyno_id, period=second.period)
        row_b.dyno_id = first.dyno_id
        session.flush()
        _require_place(session, first, dyno_id=second.dyno_id, period=first.period)
        row_a.dyno_id, row_a.status, row_a.disputed = second.dyno_id, first.status, False
        after_a = _written(session, origin, first, row_a, action="swap", reason=reason)
        after_b = _written(session, origin, second, row_b, action="swap", reason=reason)
        return after_a, after_b

    return explained(database, change)


def cancel_allocation(
    database: Database, origin: Origin, allocation_id: int, *, reason: str, version: int | None = None
) -> Allocation:
    """Free the dyno; the record stays, and the request that it answered is open again.

    Raises `InvalidInput` without a reason, `WrongStatus` when it is over.
    """
    if not reason.strip():
        raise InvalidInput("A cancellation needs a reason, so that others understand it later; give one.")
    check_text(reason, what="The reason")

    def change(session: Session) -> Allocation:
        before = _locked(session, allocation_id, version=version)
        _authorize_change(session, origin, before)
        if before.status in ("completed", "cancelled"):
            raise WrongStatus(
                allocation_id=before.id, status=before.status, wish="cancelled", instead="there is nothing left to do"
            )
        row = _row(session, before.id)
        row.status, row.disputed = "cancelled", False
        reopen_request(session, origin, before.id, reason=reason.strip())
        return _written(session, origin, before, row, action="cancel", reason=reason.strip())

    return explained(database, change)


def restore_allocation(
    database: Database, origin: Origin, allocation_id: int, *, version: int | None = None, reason: str = ""
) -> Allocation:
    """Undo a cancellation, if the place is still free; a test that was running runs again."""
    check_text(reason, what="The reason")

    def change(session: Session) -> Allocation:
        before = _locked(session, allocation_id, version=version)
        _authorize_change(session, origin, before)
        if before.status != "cancelled":
            raise WrongStatus(
                allocation_id=before.id, status=before.status, wish="restored", instead="only a cancelled one can be"
            )
        _require_place(session, before, dyno_id=before.dyno_id, period=before.period)
        row = _row(session, before.id)
        row.status = "in_progress" if before.actual_start_date is not None else "scheduled"
        place_request_again(session, origin, row, reason=reason)
        return _written(session, origin, before, row, action="restore", reason=reason)

    return explained(database, change)


def confirm_allocation(
    database: Database, origin: Origin, allocation_id: int, *, version: int | None = None, reason: str = ""
) -> Allocation:
    """Let a tentative or disputed allocation hold its place from now on, if nothing else does."""
    check_text(reason, what="The reason")

    def change(session: Session) -> Allocation:
        before = _locked(session, allocation_id, version=version)
        _authorize_change(session, origin, before)
        if before.status != "tentative" and not before.disputed:
            raise WrongStatus(
                allocation_id=before.id,
                status=_state(before),
                wish="confirmed",
                instead="only a tentative or disputed one needs it",
            )
        _require_place(session, before, dyno_id=before.dyno_id, period=before.period)
        row = _row(session, before.id)
        row.status = "scheduled" if before.status == "tentative" else before.status
        row.disputed = False
        return _written(session, origin, before, row, action="confirm", reason=reason)

    return explained(database, change)


def start_allocation(
    database: Database, origin: Origin, allocation_id: int, *, on: date, today: date, version: int | None = None
) -> Allocation:
    """The vehicle is on the rolls: remember the actual start. Raises `InvalidInput` for a start in the future."""
    if on > today:
        raise InvalidInput(f"{say_day(on)} has not come yet; give the day on which the test really started.")

    def change(session: Session) -> Allocation:
        before = _locked(session, allocation_id, version=version)
        _authorize_change(session, origin, before)
        if before.kind != "test" or before.status != "scheduled":
            instead = "confirm it first" if before.status == "tentative" else "only a scheduled test starts"
            raise WrongStatus(allocation_id=before.id, status=_state(before), wish="started", instead=instead)
        period = Period.of(on, (max(on, before.end_date) - on).days + 1)
        if period != before.period and not before.disputed:
            _require_place(session, before, dyno_id=before.dyno_id, period=period)
        row = _row(session, before.id)
        row.status, row.actual_start_date = "in_progress", on
        row.start_date, row.end_date = period.start, period.end
        if period != before.period:
            _remember_dates(session, before, period, origin=origin, reason="started")
        return _written(session, origin, before, row, action="start")

    return explained(database, change)


def complete_allocation(
    database: Database, origin: Origin, allocation_id: int, *, on: date, today: date, version: int | None = None
) -> Allocation:
    """The test is done: the allocation ends on its actual end, which frees the days behind it."""
    if on > today:
        raise InvalidInput(f"{say_day(on)} has not come yet; give the day on which the test really ended.")

    def change(session: Session) -> Allocation:
        before = _locked(session, allocation_id, version=version)
        _authorize_change(session, origin, before)
        if before.kind != "test" or before.status != "in_progress":
            instead = "start it first" if before.status == "scheduled" else "only a running test ends"
            raise WrongStatus(allocation_id=before.id, status=_state(before), wish="completed", instead=instead)
        if on < before.start_date:
            raise InvalidInput(
                f"The test started on {say_day(before.start_date)}, so it can't have ended on {say_day(on)}; "
                "check the day."
            )
        period = Period.of(before.start_date, (on - before.start_date).days + 1)
        if period.end > before.end_date and not before.disputed:
            _require_place(session, before, dyno_id=before.dyno_id, period=period)
        row = _row(session, before.id)
        row.status, row.actual_end_date, row.end_date = "completed", on, on
        if period != before.period:
            _remember_dates(session, before, period, origin=origin, reason="completed")
        return _written(session, origin, before, row, action="complete")

    return explained(database, change)


def _state(allocation: Allocation) -> str:
    return allocation.status if allocation.kind == "test" else "a maintenance window"


def explained(database: Database, change: Callable[[Session], T]) -> T:
    """Run the change; when a booking slipped in between check and act, once more, so that the check can name it."""
    try:
        return database.transact(change)
    except ConstraintRefused:
        return database.transact(change)


def _locked(session: Session, allocation_id: int, *, version: int | None, more_dynos: Iterable[int] = ()) -> Allocation:
    """The allocation, its dyno, its vehicle and ``more_dynos`` locked; read again then."""
    seen = load_allocation(session, allocation_id)
    lock_places(
        session,
        dyno_ids=[seen.dyno_id, *more_dynos],
        vehicle_ids=[seen.vehicle_id] if seen.vehicle_id is not None else [],
    )
    return _checked(session, seen, version)


def _locked_pair(
    session: Session, first: tuple[int, int | None], second: tuple[int, int | None]
) -> tuple[Allocation, Allocation]:
    seen = [load_allocation(session, allocation_id) for allocation_id, _ in (first, second)]
    lock_places(
        session,
        dyno_ids=[one.dyno_id for one in seen],
        vehicle_ids=[one.vehicle_id for one in seen if one.vehicle_id is not None],
    )
    return _checked(session, seen[0], first[1]), _checked(session, seen[1], second[1])


def _checked(session: Session, seen: Allocation, version: int | None) -> Allocation:
    session.execute(select(AllocationRow.id).where(AllocationRow.id == seen.id).with_for_update())
    now = load_allocation(session, seen.id)
    expected = seen.version if version is None else version
    if now.version != expected:
        raise StaleVersion(what=f"Allocation {seen.id}", expected=expected, found=now.version)
    return now


def _authorize_change(session: Session, origin: Origin, allocation: Allocation) -> None:
    own = allocation.created_by == origin.actor.email
    authorize(session, origin.actor, Permission.CHANGE_OWN if own else Permission.CHANGE_ANY)


def _new_period(before: Allocation, *, start_date: date | None, end_date: date | None, days: int | None) -> Period:
    start = start_date or before.start_date
    if end_date is not None:
        length = (end_date - start).days + 1
        return Period.of(start, length) if length > 0 else Period(start, end_date)
    return Period.of(start, days if days is not None else before.days)


def _require_place(session: Session, allocation: Allocation, *, dyno_id: int, period: Period) -> None:
    """Check before acting, so that the refusal can say who stands in the way; the constraint is the last guard."""
    if allocation.vehicle_id is None:
        if others := blocking(session, period, dyno_id=dyno_id, ignore=allocation.id):
            raise DynoBusy(dyno=others[0].dyno, period=period, other=others[0])
        return
    vehicle = load_vehicle(session, allocation.vehicle_id)
    requirement = requirement_for(vehicle, allocation.test_type or "")
    if refusal := dyno_refusal(session, dyno_id, requirement, period, ignore=allocation.id):
        raise refusal
    if others := blocking(session, period, vehicle_id=vehicle.id, ignore=allocation.id):
        raise VehicleBusy(vehicle=vehicle.label, period=period, other=others[0])


def _row(session: Session, allocation_id: int) -> AllocationRow:
    return session.get_one(AllocationRow, allocation_id)


def _remember_dates(session: Session, before: Allocation, period: Period, *, origin: Origin, reason: str) -> None:
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


def _written(
    session: Session, origin: Origin, before: Allocation, row: AllocationRow, *, action: str, reason: str = ""
) -> Allocation:
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
