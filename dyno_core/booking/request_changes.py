"""Filing requests in numbers, and changing open ones."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize, require
from dyno_core.audit.log import Origin, record
from dyno_core.audit.measured import measured
from dyno_core.booking.errors import KeyReused, RequestClosed, RequestNotFound, Unchanged
from dyno_core.booking.imported import tell_import
from dyno_core.booking.requests import Request, get_request, load_request
from dyno_core.booking.texts import LONGEST_LEG, check_text
from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow, RequestRow, VehicleRow
from dyno_core.database.violations import ConstraintRefused
from dyno_core.errors import InvalidInput, StaleVersion
from dyno_core.fleet import Retired, VehicleDraft, hold_vehicle, plannable_test_type
from dyno_core.fleet.belongings import enter_plan
from dyno_core.period import Period, say_day

MOST_UNITS: Final = 200
PRIORITIES: Final = (1, 2, 3, 4, 5)
"""First to last."""


# The vehicle before what hangs on it, as whoever gives that to another vehicle.
_THEIR_VEHICLES: Final = text("""
    SELECT v.id FROM requests r JOIN vehicles v ON v.id = r.vehicle_id
    WHERE r.id = ANY(CAST(:ids AS bigint[])) ORDER BY v.id FOR SHARE OF v""")


@dataclass(frozen=True, slots=True)
class RequestDraft:
    """What people enter of a request. ``facility``: where it must stand; None = anywhere."""

    test_type: str
    start_date: date
    days: int
    latest_end_date: date | None = None
    priority: int = 3
    facility: str | None = None
    leg: str | None = None
    reason: str = ""
    notes: str = ""
    miles: float | None = None

    @property
    def period(self) -> Period:
        """Raises `InvalidInput` unless 1 to 366 days from 2000 to 2099."""
        return Period.of(self.start_date, self.days)


@measured("booking", "file_requests")
def file_requests(
    database: Database,
    origin: Origin,
    draft: RequestDraft,
    *,
    vehicle_id: int | None = None,
    units: int = 1,
    vehicle: VehicleDraft | None = None,
    request_key: str | None = None,
) -> tuple[Request, ...]:
    """One request for a known vehicle, or ``units`` for as many future vehicles like ``vehicle``; all or none.

    A future vehicle has neither tag nor VIN yet; `identify_vehicle` gives them later. The same ``request_key`` gives
    the first requests again. Raises `InvalidInput`, `VehicleNotFound`, `TestTypeUnknown`, `NotAllowed`, `KeyReused`.
    """
    _check(draft)
    if not 1 <= units <= (MOST_UNITS if vehicle_id is None else 1):
        raise InvalidInput(
            f"1 to {MOST_UNITS} units can be filed at once, and a vehicle that is known by itself; give another number."
        )
    like = replace(vehicle or VehicleDraft(), tag=None, vin=None).checked()
    check_text(request_key, what="The request key", longest=150)

    def change(session: Session) -> tuple[int, ...]:
        actor = authorize(session, origin.actor, Permission.BOOK)
        if request_key is not None and (first := _filed_under(session, request_key)):
            if len(first) != units or any((row.start_date, row.duration_days) != _days(draft) for row in first):
                raise KeyReused(key=request_key, first=f"request {first[0].id}")
            return tuple(row.id for row in first)
        values = _values(session, draft)
        filed = []
        for number in range(units):
            owner = _known(session, vehicle_id) if vehicle_id is not None else _future(session, origin, like)
            row = RequestRow(
                vehicle_id=owner,
                created_by=actor.email,
                source=origin.channel,
                request_key=None if request_key is None else f"{request_key}:{number}",
                **values,
            )
            session.add(row)
            session.flush()
            record(
                session, origin, action="request", entity="request", entity_id=row.id,
                after={name: values[name] for name in ("test_type", "start_date", "end_date")} | {"vehicle_id": owner},
                reason=draft.reason,
            )  # fmt: skip
            filed.append(row.id)
        return tuple(filed)

    try:
        numbers = database.transact(change)
    except ConstraintRefused:  # the same key at the same moment: now the first ones are there to be found
        numbers = database.transact(change)
    return tuple(get_request(database, number) for number in numbers)


@measured("booking", "edit_request")
def edit_request(
    database: Database, origin: Origin, request_id: int, draft: RequestDraft, *, version: int, why: str = ""
) -> Request:
    """Store the draft in place of what an open request wishes. Engineers change their own requests, planners any.

    Raises `InvalidInput`, `TestTypeUnknown`, `RequestNotFound`, `RequestClosed`, `StaleVersion`, `NotAllowed`;
    `Unchanged`, having written nothing, when it wishes that already.
    """
    _check(draft)
    check_text(why, what="The reason")

    def change(session: Session) -> None:
        row = own_open(session, origin, request_id, version)
        after = _values(session, draft)
        before = {name: getattr(row, name) for name in after}
        changed = [name for name in after if before[name] != after[name]]
        if not changed:
            raise Unchanged(f"Request {request_id} wishes just that already, so nothing was changed.")
        tell_import(session, row, changed=changed)
        for name in changed:
            setattr(row, name, after[name])
        bump(session, row)
        record(
            session, origin, action="edit", entity="request", entity_id=request_id,
            before={name: before[name] for name in changed}, after={name: after[name] for name in changed}, reason=why,
        )  # fmt: skip

    database.transact(change)
    return get_request(database, request_id)


def wish_other_days(
    session: Session, origin: Origin, request_id: int, period: Period, *, version: int, why: str
) -> tuple[Request, Request]:
    """An open request before and after it is wished for ``period``, in the caller's transaction.

    Raises `RequestNotFound`, `RequestClosed`, `StaleVersion`, `NotAllowed`, and `InvalidInput` when it must end sooner.
    """
    row = own_open(session, origin, request_id, version)
    before = load_request(session, request_id)
    if row.latest_end_date is not None and row.latest_end_date < period.end:
        raise InvalidInput(
            f"Request {request_id} must end by {say_day(row.latest_end_date)}, so it can't end on "
            f"{say_day(period.end)}; give it a later latest end first, or leave it out."
        )
    row.start_date, row.end_date = period.start, period.end
    if period.days != before.period.days:
        row.duration_days = period.days
    bump(session, row)
    record(
        session, origin, action="edit", entity="request", entity_id=request_id,
        before={"start_date": before.start_date, "end_date": before.end_date},
        after={"start_date": period.start, "end_date": period.end}, reason=why,
    )  # fmt: skip
    return before, load_request(session, request_id)


@measured("booking", "prioritize")
def prioritize(database: Database, origin: Origin, versions: dict[int, int], *, priority: int) -> int:
    """Give these requests (number → version) a priority, all or none; how many changed.

    Raises `InvalidInput`, `RequestNotFound`, `RequestClosed`, `StaleVersion`, `NotAllowed`.
    """
    _check_priority(priority)

    def change(session: Session) -> int:
        changed = 0
        authorize(session, origin.actor, Permission.BOOK)
        hold_their_vehicles(session, versions)
        for request_id, version in sorted(versions.items()):
            row = own_open(session, origin, request_id, version)
            if row.priority == priority:
                continue
            record(
                session, origin, action="edit", entity="request", entity_id=request_id,
                before={"priority": row.priority}, after={"priority": priority},
            )  # fmt: skip
            tell_import(session, row, changed=["priority"])
            row.priority = priority
            bump(session, row)
            changed += 1
        return changed

    return database.transact(change)


def own_open(session: Session, origin: Origin, request_id: int, version: int) -> RequestRow:
    """`lock_open`, if the actor may change it. Raises `NotAllowed`, too."""
    actor = authorize(session, origin.actor, Permission.BOOK)
    row = lock_open(session, request_id, version)
    if row.created_by != actor.email:
        require(actor, Permission.CHANGE_ANY)
    return row


def lock_open(session: Session, request_id: int, version: int) -> RequestRow:
    """The open request as it was at ``version``, locked, after its vehicle.

    Raises `RequestNotFound`, `RequestClosed`, `StaleVersion`.
    """
    row = locked_request(session, request_id)
    if row.status != "open":
        raise RequestClosed(request_id=request_id, status=row.status)
    if row.version != version:
        raise StaleVersion(what=f"Request {request_id}", expected=version, found=row.version)
    return row


def locked_request(session: Session, request_id: int) -> RequestRow:
    """The request, locked after its vehicle. Raises `RequestNotFound`."""
    hold_their_vehicles(session, [request_id])
    row = session.get(RequestRow, request_id, with_for_update=True) if _can_be(request_id) else None
    if row is None:
        raise RequestNotFound(request_id)
    return row


def hold_their_vehicles(session: Session, request_ids: Iterable[int]) -> None:
    """All of them before the first request, in one order, as whoever merges two."""
    enter_plan(session)
    session.execute(_THEIR_VEHICLES, {"ids": [number for number in request_ids if _can_be(number)]})


def _can_be(request_id: int) -> bool:
    return 0 < request_id < 2**63


def bump(session: Session, row: RequestRow) -> None:
    """Store the row as its next version."""
    row.version += 1
    row.updated_at = session.execute(select(func.now())).scalar_one()
    session.flush()


def _filed_under(session: Session, key: str) -> list[RequestRow]:
    keys = [f"{key}:{number}" for number in range(MOST_UNITS)]
    return list(session.scalars(select(RequestRow).where(RequestRow.request_key.in_(keys)).order_by(RequestRow.id)))


def _known(session: Session, vehicle_id: int) -> int:
    vehicle = hold_vehicle(session, vehicle_id)
    if vehicle.retired:
        raise Retired(vehicle.label)
    return vehicle.id


def _future(session: Session, origin: Origin, like: VehicleDraft) -> int:
    row = VehicleRow(**asdict(like))
    session.add(row)
    session.flush()
    known = {name: value for name, value in asdict(like).items() if value not in (None, "")}
    record(session, origin, action="add", entity="vehicle", entity_id=row.id, after=known)
    return row.id


def _days(draft: RequestDraft) -> tuple[date, int]:
    return draft.start_date, draft.days


def _values(session: Session, draft: RequestDraft) -> dict[str, Any]:
    """The columns of the draft. Raises `TestTypeUnknown`, and `InvalidInput` for a facility without dynos."""
    facility = (draft.facility or "").strip() or None
    if facility is not None:
        sites = {name.casefold(): name for name in session.scalars(select(DynoRow.facility).distinct())}
        if facility.casefold() not in sites:
            known = ", ".join(sorted(sites.values()))
            raise InvalidInput(f"There is no dyno at “{facility[:40]}”; choose {known}, or leave it out.")
        facility = sites[facility.casefold()]
    return {
        "test_type": plannable_test_type(session, draft.test_type),
        "start_date": draft.period.start,
        "end_date": draft.period.end,
        "duration_days": draft.days,
        "miles": draft.miles,
        "latest_end_date": draft.latest_end_date,
        "priority": draft.priority,
        "facility": facility,
        "leg": (draft.leg or "").strip() or None,
        "reason": draft.reason.strip(),
        "notes": draft.notes.strip(),
    }


def _check(draft: RequestDraft) -> None:
    _check_priority(draft.priority)
    if draft.latest_end_date is not None and draft.latest_end_date < draft.period.end:
        raise InvalidInput(
            f"The latest end, {say_day(draft.latest_end_date)}, lies before the wished end, "
            f"{say_day(draft.period.end)}; give a later one, or none."
        )
    check_text(draft.reason, what="The reason")
    check_text(draft.notes, what="The note")
    check_text(draft.leg, what="The leg", longest=LONGEST_LEG)


def _check_priority(priority: int) -> None:
    if priority not in PRIORITIES:
        raise InvalidInput(f"A priority is 1 (first) to 5 (last), not {priority}; give one of these.")
