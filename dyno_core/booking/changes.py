"""Changing what is booked: move, swap, extend, cancel, restore, confirm, start, complete.

Each change locks its dynos and vehicles in one order, checks the version it was asked for, and writes one audit row.
"""

from datetime import date

from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.audit.measured import measured
from dyno_core.booking.demand import place_request_again, reopen_request
from dyno_core.booking.editing import (
    as_locked,
    authorize_change,
    edited,
    lock_around,
    require_place,
    set_period,
    written,
)
from dyno_core.booking.errors import InThePast, Unchanged, WrongStatus, when
from dyno_core.booking.reading import load_allocation
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow
from dyno_core.errors import InvalidInput
from dyno_core.fleet.dynos import load_dyno
from dyno_core.fleet.errors import Retired
from dyno_core.fleet.test_types import plannable_test_type
from dyno_core.fleet.vehicles import load_vehicle
from dyno_core.period import Period, say_day


@measured("booking", "reschedule")
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
    end_fixed: bool | None = None,
    version: int | None = None,
    reason: str = "",
) -> Allocation:
    """Give an allocation other days, another length, another dyno, or all of these.

    A new start moves the end along unless ``end_date`` or ``days`` is given, or the end was fixed by hand before
    (``end_fixed``, which is changed only when given). A disputed allocation that fits its new
    place is disputed no longer. Raises what `allocate_vehicle` raises, and `StaleVersion`, `WrongStatus`,
    `AllocationNotFound`; `Unchanged`, having written nothing, where it stands there already.
    """
    if end_date is not None and days is not None:
        raise InvalidInput("Both an end and a number of days were given; give one of them.")

    def target(session: Session) -> int:
        return load_dyno(session, dyno or "", today=today).id

    def move(session: Session, before: Allocation, row: AllocationRow) -> None:
        require_open(before)
        period = new_period(before, start_date=start_date, end_date=end_date, days=days)
        require_movable(before, period, today=today)
        dyno_id = target(session) if dyno is not None else before.dyno_id
        row.end_fixed = before.end_fixed if end_fixed is None else end_fixed
        same_place = (dyno_id, period) == (before.dyno_id, before.period)
        if same_place and row.end_fixed == before.end_fixed and not before.disputed:
            raise Unchanged(
                f"Allocation {before.id} is on {before.dyno} {when(before.period)} already, so nothing was changed; "
                "give other days or another dyno.",
                allocation=before.as_json(),
            )
        require_place(session, before, dyno_id=dyno_id, period=period)
        row.dyno_id, row.disputed = dyno_id, False
        set_period(session, row, before, period, origin=origin, reason=reason)

    return edited(
        database,
        origin,
        allocation_id,
        move,
        action="move",
        version=version,
        reason=reason,
        target=target if dyno is not None else None,
    )


@measured("booking", "extend")
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
    """Give an allocation another end, later or earlier; its start stays. Raises as `reschedule_allocation` does."""
    return reschedule_allocation(
        database, origin, allocation_id, today=today, end_date=end_date, version=version, reason=reason
    )


@measured("booking", "swap")
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
        seen = load_allocation(session, first_id), load_allocation(session, second_id)
        lock_around(session, seen)
        first, second = as_locked(session, seen[0], first_version), as_locked(session, seen[1], second_version)
        for one in (first, second):
            authorize_change(session, origin, one)
            if one.kind != "test" or one.status not in ("scheduled", "tentative"):
                raise wrong_status(one, wish="swapped", instead="only planned tests change places")
        if first.dyno_id == second.dyno_id:
            raise InvalidInput(f"Both allocations are on {first.dyno} already; name two on different dynos.")
        row_a, row_b = (session.get_one(AllocationRow, one.id) for one in (first, second))
        # The exclusion constraint is checked row by row: the first one steps aside while the second takes its place.
        row_a.status = "tentative"
        session.flush()
        require_place(session, second, dyno_id=first.dyno_id, period=second.period)
        row_b.dyno_id, row_b.disputed = first.dyno_id, False
        session.flush()
        require_place(session, first, dyno_id=second.dyno_id, period=first.period)
        row_a.dyno_id, row_a.status, row_a.disputed = second.dyno_id, first.status, False
        after_a = written(session, origin, first, row_a, action="swap", reason=reason)
        after_b = written(session, origin, second, row_b, action="swap", reason=reason)
        return after_a, after_b

    return database.transact(change)


@measured("booking", "cancel")
def cancel_allocation(
    database: Database, origin: Origin, allocation_id: int, *, reason: str, version: int | None = None
) -> Allocation:
    """Free the dyno; the record stays, and the request that it answered is open again.

    Raises `InvalidInput` without a reason, `WrongStatus` when it is over.
    """
    why = reason.strip()
    if not why:
        raise InvalidInput("A cancellation needs a reason, so that others understand it later; give one.")

    def cancel(session: Session, before: Allocation, row: AllocationRow) -> None:
        if before.kind != "test" or before.status in ("completed", "cancelled"):
            raise wrong_status(before, wish="cancelled", instead="there is nothing left to do")
        row.status, row.disputed = "cancelled", False
        reopen_request(session, origin, row, reason=why)

    return edited(database, origin, allocation_id, cancel, action="cancel", version=version, reason=why)


@measured("booking", "restore")
def restore_allocation(
    database: Database, origin: Origin, allocation_id: int, *, version: int | None = None, reason: str = ""
) -> Allocation:
    """Undo a cancellation, if the place is still free; a test that was running runs again.

    Raises `Retired`, and what a move to its place raises.
    """

    def restore(session: Session, before: Allocation, row: AllocationRow) -> None:
        if before.kind != "test" or before.status != "cancelled":
            raise wrong_status(before, wish="restored", instead="only a cancelled one can be")
        _refuse_retired(session, before)
        require_place(session, before, dyno_id=before.dyno_id, period=before.period)
        row.status = "in_progress" if before.actual_start_date is not None else "scheduled"
        place_request_again(session, origin, row, reason=reason)

    return edited(database, origin, allocation_id, restore, action="restore", version=version, reason=reason)


@measured("booking", "confirm")
def confirm_allocation(
    database: Database, origin: Origin, allocation_id: int, *, version: int | None = None, reason: str = ""
) -> Allocation:
    """Let a tentative or disputed allocation hold its place from now on, if nothing else does."""

    def confirm(session: Session, before: Allocation, row: AllocationRow) -> None:
        if before.kind != "test" or (before.status != "tentative" and not before.disputed):
            raise wrong_status(before, wish="confirmed", instead="only a tentative or disputed one needs it")
        require_place(session, before, dyno_id=before.dyno_id, period=before.period)
        row.status = "scheduled" if before.status == "tentative" else before.status
        row.disputed = False

    return edited(database, origin, allocation_id, confirm, action="confirm", version=version, reason=reason)


@measured("booking", "start")
def start_allocation(
    database: Database, origin: Origin, allocation_id: int, *, on: date, today: date, version: int | None = None
) -> Allocation:
    """The vehicle is on the rolls: remember the actual start. Raises `InvalidInput` for a start in the future."""

    def start(session: Session, before: Allocation, row: AllocationRow) -> None:
        require_startable(before, on=on, today=today)
        period = Period.of(on, (max(on, before.end_date) - on).days + 1)
        if period != before.period and not before.disputed:
            require_place(session, before, dyno_id=before.dyno_id, period=period)
        row.status, row.actual_start_date = "in_progress", on
        set_period(session, row, before, period, origin=origin, reason="started")

    return edited(database, origin, allocation_id, start, action="start", version=version)


@measured("booking", "complete")
def complete_allocation(
    database: Database, origin: Origin, allocation_id: int, *, on: date, today: date, version: int | None = None
) -> Allocation:
    """The test is done: the allocation ends on its actual end, which frees the days behind it."""
    if on > today:
        raise InvalidInput(f"{say_day(on)} has not come yet; give the day on which the test really ended.")

    def complete(session: Session, before: Allocation, row: AllocationRow) -> None:
        if before.kind != "test" or before.status != "in_progress":
            instead = "start it first" if before.status == "scheduled" else "only a running test ends"
            raise wrong_status(before, wish="completed", instead=instead)
        if on < before.start_date:
            raise InvalidInput(
                f"The test started on {say_day(before.start_date)}, so it can't have ended on {say_day(on)}; "
                "check the day."
            )
        period = Period.of(before.start_date, (on - before.start_date).days + 1)
        if period.end > before.end_date and not before.disputed:
            require_place(session, before, dyno_id=before.dyno_id, period=period)
        row.status, row.actual_end_date = "completed", on
        set_period(session, row, before, period, origin=origin, reason="completed")

    return edited(database, origin, allocation_id, complete, action="complete", version=version)


def _refuse_retired(session: Session, before: Allocation) -> None:
    assert before.vehicle_id is not None
    if (vehicle := load_vehicle(session, before.vehicle_id)).retired:
        raise Retired(vehicle.label)
    plannable_test_type(session, before.test_type or "")


def wrong_status(allocation: Allocation, *, wish: str, instead: str) -> WrongStatus:
    """The refusal of a change that the life cycle does not lead to."""
    if allocation.kind != "test":
        state, instead = "a maintenance window", "change it in the list of maintenance windows"
    else:
        state = allocation.status
    return WrongStatus(allocation_id=allocation.id, status=state, wish=wish, instead=instead)


def require_open(before: Allocation) -> None:
    """Raises `WrongStatus` for what is over, and for maintenance, which moves by its own rules."""
    if before.status in ("completed", "cancelled") or before.kind != "test":
        instead = "restore it first" if before.status == "cancelled" else "only planned and running tests move"
        raise wrong_status(before, wish="moved", instead=instead)


def require_startable(before: Allocation, *, on: date, today: date) -> None:
    """Raises `InvalidInput` for a start in the future, `WrongStatus` for what is not planned."""
    if on > today:
        raise InvalidInput(f"{say_day(on)} has not come yet; give the day on which the test really started.")
    if before.kind != "test" or before.status != "scheduled":
        instead = "confirm it first" if before.status == "tentative" else "only a scheduled test starts"
        raise wrong_status(before, wish="started", instead=instead)


def require_movable(before: Allocation, period: Period, *, today: date) -> None:
    """Whether an allocation may get these days at all, wherever it stands. Raises `WrongStatus`, `InThePast`."""
    require_open(before)
    if period.start != before.start_date and period.start < today:
        raise InThePast(start=period.start, today=today)
    if before.status == "in_progress" and period.start != before.start_date:
        raise wrong_status(before, wish="given another start", instead="change its end")


def new_period(
    before: Allocation, *, start_date: date | None = None, end_date: date | None = None, days: int | None = None
) -> Period:
    """The days an allocation gets from what was given of them. Raises `InvalidInput` for days that are none."""
    start = start_date or before.start_date
    if end_date is None and days is None and before.end_fixed:
        if start > before.end_date:
            raise InvalidInput(
                f"The last day of allocation {before.id} was fixed on {say_day(before.end_date)}, so it can't start on "
                f"{say_day(start)}; give another last day, or a number of days.",
                end_date=before.end_date.isoformat(),
            )
        end_date = before.end_date
    if end_date is not None:
        length = (end_date - start).days + 1
        return Period.of(start, length) if length > 0 else Period(start, end_date)
    return Period.of(start, days if days is not None else before.days)
