"""Booking: check, lock, check, act.

`statement` does all of it at once, attempt after attempt. Whatever else writes, and whatever dies in between, two
allocations never hold one dyno or one vehicle on the same day.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from time import perf_counter
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin
from dyno_core.booking.availability import next_windows_in
from dyno_core.booking.durations import Mileage
from dyno_core.booking.errors import (
    DynoBusy,
    DynoOutOfService,
    DynoUnsuitable,
    InThePast,
    KeyReused,
    RequestClosed,
    RequestNotFound,
    VehicleBusy,
)
from dyno_core.booking.explain import no_dyno_available, with_ways_out
from dyno_core.booking.reading import blocking, load_allocation, load_by_key
from dyno_core.booking.sql import IN_SERVICE
from dyno_core.booking.statement import PREPARE, booking_statement
from dyno_core.booking.texts import LONGEST_LEG, check_text, is_storable
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.errors import Busy, DynoError, InvalidInput, StaleVersion
from dyno_core.fleet.compatibility import Requirement
from dyno_core.fleet.dynos import load_dyno
from dyno_core.fleet.errors import Retired
from dyno_core.fleet.test_types import load_test_types, pick_test_type
from dyno_core.fleet.vehicles import load_vehicle, requirement_for
from dyno_core.period import Period
from dyno_core.telemetry import record_allocation, track_performance

LONGEST_BACKUP: Final = 366
LONGEST_KEY: Final = 200
_ATTEMPTS: Final = 60
"""Each further attempt means that somebody else was booked meanwhile, so this many losers in a row is a storm."""


class _Outcome(NamedTuple):
    """What one attempt came to."""

    allowed: bool
    same_id: int | None
    candidate_id: int | None
    vehicle_free: bool
    as_looked_up: bool
    demand_is_open: bool
    booked: Allocation | None


class _ChangedMeanwhile(Exception):
    """The vehicle or the test type is not what was looked up any more: somebody changed it in between."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A booking whose vehicle, test and dyno have been looked up."""

    vehicle_id: int
    requirement: Requirement
    dyno_id: int | None
    dyno: str | None
    leg: str | None
    notes: str
    request_key: str | None
    request_id: int | None
    request_version: int | None
    mileage: Mileage


def allocate_vehicle(
    database: Database,
    origin: Origin,
    *,
    vehicle_id: int,
    start_date: date,
    days: int,
    test_type: str,
    today: date,
    dyno: str | None = None,
    max_backup_days: int = 0,
    leg: str | None = None,
    notes: str = "",
    mileage: Mileage | None = None,
    request_key: str | None = None,
    request_id: int | None = None,
    request_version: int | None = None,
) -> Allocation:
    """Put a vehicle on the best fitting free dyno, or on ``dyno``, for ``days`` days from ``start_date``.

    When none is free, the start may slip by up to ``max_backup_days`` days. The same ``request_key`` always gives the
    first result, also after its day has gone by. ``request_id`` marks that request as placed in the same statement, if
    it is as it was at ``request_version``. ``mileage`` is kept with it; the days are those given.

    Raises `InThePast`, `InvalidInput`, `VehicleNotFound`, `VehicleIncomplete`, `TestTypeUnknown`, `DynoNotFound` for
    what can't be booked at all; `VehicleBusy`, `DynoBusy`, `DynoUnsuitable`, `DynoOutOfService`, `NoDynoAvailable` for
    what the plan forbids; `NotAllowed`, `NotSignedIn` by the actor; `KeyReused`, `Busy`, `DatabaseUnavailable`.
    """
    with _measured(), track_performance("booking", "allocate", user_id=origin.actor.id):
        period = Period.of(start_date, days)
        _check(max_backup_days=max_backup_days, request_key=request_key)
        if request_id is None:  # a request's own texts were checked when it was filed, or come from a workbook
            check_text(leg, what="The leg", longest=LONGEST_LEG)
            check_text(notes, what="The note")
            mileage = mileage.checked() if mileage else None
        with database.statement() as connection:
            if period.start < today and _first_under(connection, request_key) is None:
                with Session(connection) as session:
                    authorize(session, origin.actor, Permission.BOOK)
                raise InThePast(start=period.start, today=today)
            for _ in range(_ATTEMPTS):
                wish = _prepare(
                    connection,
                    vehicle_id=vehicle_id,
                    test_type=test_type,
                    dyno=dyno,
                    today=today,
                    leg=leg,
                    notes=notes,
                    request_key=request_key,
                    request_id=request_id,
                    request_version=request_version,
                    mileage=mileage or Mileage(),
                )
                with suppress(_ChangedMeanwhile):
                    return _booked(connection, origin, wish, period, max_backup_days)
            raise Busy


@contextmanager
def _measured() -> Iterator[None]:
    """Count the outcome and its duration, in seconds."""
    begun = perf_counter()
    status = "error"
    try:
        yield
        status = "booked"
    except DynoError as refusal:
        status = refusal.code
        raise
    finally:
        record_allocation(status, perf_counter() - begun)


def _check(*, max_backup_days: int, request_key: str | None) -> None:
    if not 0 <= max_backup_days <= LONGEST_BACKUP:
        raise InvalidInput(
            f"The start can slip by 0 to {LONGEST_BACKUP} days, not {max_backup_days}; give a number in that range.",
            max_backup_days=max_backup_days,
        )
    if request_key is not None and not 1 <= len(request_key) <= LONGEST_KEY:
        raise InvalidInput(f"A request key has 1 to {LONGEST_KEY} characters; give another one.")
    check_text(request_key, what="The request key")


def _first_under(connection: Connection, key: str | None) -> Allocation | None:
    """What this key stands for already."""
    return None if key is None else load_by_key(connection, key)


def _prepare(
    connection: Connection, *, vehicle_id: int, test_type: str, dyno: str | None, today: date, **rest: Any
) -> _Wish:
    """Look everything up in one query; what it does not find is looked up again by the functions that explain it."""
    row = None
    if 0 < vehicle_id < 2**31 and is_storable(test_type + (dyno or "")):
        row = PREPARE.row(connection, {"vehicle_id": vehicle_id, "test_type": test_type, "dyno": dyno})
    if row and None not in row[:4] and (dyno is None) == (row[4] is None):
        found_id, weight_class, drive_type, known_test, dyno_id = row
        requirement = Requirement(known_test, drive_type, weight_class)
        return _Wish(vehicle_id=found_id, requirement=requirement, dyno_id=dyno_id, dyno=dyno, **rest)
    with Session(connection) as session:
        vehicle = load_vehicle(session, vehicle_id)
        kind = pick_test_type(load_test_types(session), test_type)
        requirement = requirement_for(vehicle, kind.name)
        if (vehicle.retired or kind.retired) and _first_under(connection, rest["request_key"]) is None:
            raise Retired(vehicle.label if vehicle.retired else kind.name)
        known = load_dyno(session, dyno, today=today) if dyno is not None else None
        return _Wish(
            vehicle_id=vehicle.id,
            requirement=requirement,
            dyno_id=known.id if known else None,
            dyno=known.name if known else None,
            **rest,
        )


def _booked(connection: Connection, origin: Origin, wish: _Wish, period: Period, max_backup_days: int) -> Allocation:
    """What was wished for, or why it can't be had. Raises `_ChangedMeanwhile` when it is to be looked up again."""
    allocation = _book(connection, origin, wish, period)
    if allocation is None and max_backup_days:
        allocation = _book_later(connection, origin, wish, period, max_backup_days)
    allocation = allocation or _first_under(connection, wish.request_key)  # booked by now, by the same call
    if allocation is None:
        raise _refusal(connection, origin, wish, period)
    return _answering(connection, allocation, wish, period, max_backup_days)


def _book(connection: Connection, origin: Origin, wish: _Wish, period: Period) -> Allocation | None:
    """The new allocation, or the one the request key already stands for; None when nothing can be had."""
    waiting = closed = False
    for _ in range(_ATTEMPTS):
        outcome = _attempt(connection, origin, wish, period, waiting=waiting)
        if not outcome.allowed:
            with Session(connection) as session:
                authorize(session, origin.actor, Permission.BOOK)
        if outcome.booked is not None:
            return outcome.booked
        if outcome.same_id is not None:
            return load_allocation(connection, outcome.same_id)
        if not outcome.as_looked_up:
            raise _ChangedMeanwhile
        if not outcome.vehicle_free:
            return None
        if wish.request_id is not None and closed and not outcome.demand_is_open:
            raise _request_closed(connection, wish.request_id, wish.request_version)
        closed = not outcome.demand_is_open  # placed or withdrawn during this statement: the next one sees by whom
        if closed or outcome.candidate_id is not None:
            waiting = False  # somebody was faster than this snapshot: look again
        elif waiting:
            return None
        else:
            waiting = True  # none is free, or each free one is being booked right now: wait for those
    raise Busy


def _attempt(connection: Connection, origin: Origin, wish: _Wish, period: Period, *, waiting: bool) -> _Outcome:
    row = booking_statement(waiting=waiting, places_request=wish.request_id is not None).row(
        connection,
        {
            "actor_id": origin.actor.id,
            "actor": origin.actor.email,
            "channel": origin.channel,
            "conversation_id": origin.conversation_id,
            "correlation_id": origin.correlation_id,
            "token": wish.requirement.token,
            "test_type": wish.requirement.test_type,
            "vehicle_id": wish.vehicle_id,
            "weight_class": wish.requirement.weight_class,
            "drive_type": wish.requirement.drive_type,
            "dyno_id": wish.dyno_id,
            "leg": wish.leg,
            "notes": wish.notes,
            "request_key": wish.request_key,
            "request_id": wish.request_id,
            "request_version": wish.request_version,
            "miles": wish.mileage.miles,
            "miles_per_day": wish.mileage.per_day,
            "added_days": wish.mileage.added_days,
            "first": period.start,
            "last": period.end,
        },
    )
    assert row is not None  # it selects from nothing that could be empty
    allowed, same_id, candidate_id, free, unchanged, open_, *record = row  # in the order of `ALLOCATION_COLUMNS`
    booked = Allocation(*record) if record[0] is not None else None
    return _Outcome(allowed, same_id, candidate_id, free, unchanged, open_, booked)


def _book_later(
    connection: Connection, origin: Origin, wish: _Wish, period: Period, max_backup_days: int
) -> Allocation | None:
    """Book the earliest window within the backup days; search again when somebody else takes it first."""
    for _ in range(_ATTEMPTS):
        with Session(connection) as session:
            windows = next_windows_in(
                session,
                requirement=wish.requirement,
                days=period.days,
                not_before=period.start + timedelta(days=1),
                within_days=max_backup_days - 1 or 1,
                vehicle_id=wish.vehicle_id,
                dyno_id=wish.dyno_id,
            )
        if not windows or (windows[0].period.start - period.start).days > max_backup_days:
            return None
        if found := _book(connection, origin, wish, windows[0].period):
            return found
    raise Busy


def _answering(
    connection: Connection, allocation: Allocation, wish: _Wish, period: Period, max_backup_days: int
) -> Allocation:
    """The allocation, if it is what was wished for; under a reused key it may be another wish's."""
    if wish.request_key is None:
        return allocation
    same = allocation.vehicle_id == wish.vehicle_id and allocation.test_type == wish.requirement.test_type
    if wish.request_id is None:  # a request may be placed on other days, and has its key from its own number
        planned = Period(allocation.planned_start_date or period.start, allocation.planned_end_date or period.end)
        slipped = (planned.start - period.start).days
        same &= planned.days == period.days and 0 <= slipped <= max_backup_days
        same &= wish.dyno_id is None or wish.dyno_id == _first_dyno(connection, allocation)
    if not same:
        raise KeyReused(key=wish.request_key, first=f"allocation {allocation.id}")
    return allocation


def _first_dyno(connection: Connection, allocation: Allocation) -> int:
    """Where it was booked, which may be another dyno than the one it was moved to since."""
    if allocation.version == 1:
        return allocation.dyno_id
    booked = text("""SELECT CAST(after ->> 'dyno_id' AS int) FROM audit_log
        WHERE entity = 'allocation' AND entity_id = :id AND action = 'book' ORDER BY id LIMIT 1""")
    first = connection.execute(booked, {"id": str(allocation.id)}).scalar_one_or_none()
    return allocation.dyno_id if first is None else int(first)


def _refusal(connection: Connection, origin: Origin, wish: _Wish, period: Period) -> DynoError:
    """Why nothing could be had, as the plan is now, and what would work instead."""
    with Session(connection) as session:
        wished = {"vehicle_id": wish.vehicle_id, "dyno_id": wish.dyno_id}
        refusal: DynoError | None = None
        if others := blocking(session, period, vehicle_id=wish.vehicle_id):
            label = load_vehicle(session, wish.vehicle_id).label
            refusal = VehicleBusy(vehicle=label, period=period, other=others[0])
        elif wish.dyno_id is not None:
            refusal = dyno_refusal(session, wish.dyno_id, wish.requirement, period)
        if refusal is None:
            return no_dyno_available(session, wish.requirement, period, **wished, actor=origin.actor)
        return with_ways_out(session, refusal, wish.requirement, period, **wished, actor=origin.actor)


def _request_closed(connection: Connection, request_id: int, version: int | None) -> DynoError:
    query = text("SELECT status, version FROM requests WHERE id = :id")
    row = connection.execute(query, {"id": request_id}).one_or_none()
    if row is None:
        return RequestNotFound(request_id)
    if row.status == "open" and version is not None:  # changed between the look at it and the booking
        return StaleVersion(what=f"Request {request_id}", expected=version, found=row.version)
    return RequestClosed(request_id=request_id, status=row.status)


def dyno_refusal(
    session: Session, dyno_id: int, requirement: Requirement, period: Period, *, ignore: Iterable[int] = ()
) -> DynoError | None:
    """What keeps this dyno from running the test in ``period``, or None. ``ignore``: allocations to look through."""
    row = session.execute(
        text(f"""SELECT d.name, d.capabilities @> ARRAY[CAST(:token AS text)] AS fits, {IN_SERVICE} AS in_service
            FROM dynos d WHERE d.id = :dyno_id"""),
        {"token": requirement.token, "dyno_id": dyno_id, "first": period.start, "last": period.end},
    ).one()
    if not row.fits:
        return DynoUnsuitable(
            dyno=row.name,
            test_type=requirement.test_type,
            drive_type=requirement.drive_type,
            weight_class=requirement.weight_class,
        )
    if not row.in_service:
        return DynoOutOfService(dyno=row.name, period=period)
    if others := blocking(session, period, dyno_id=dyno_id, ignore=ignore):
        return DynoBusy(dyno=row.name, period=period, other=others[0])
    return None
