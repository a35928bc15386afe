"""Demand without a dyno: filed, placed, withdrawn; never lost."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.audit.measured import measured
from dyno_core.booking.allocations import LONGEST_KEY, allocate_vehicle
from dyno_core.booking.demand import key_of
from dyno_core.booking.durations import Mileage
from dyno_core.booking.errors import KeyReused, RequestClosed, RequestNotFound
from dyno_core.booking.reading import get_allocation
from dyno_core.booking.selection import Selection
from dyno_core.booking.texts import LONGEST_LEG, check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import REQUEST_STATUSES, RequestRow
from dyno_core.database.violations import ConstraintRefused
from dyno_core.errors import InvalidInput, StaleVersion
from dyno_core.fleet.errors import Retired
from dyno_core.fleet.test_types import plannable_test_type, resolve_test_type
from dyno_core.fleet.vehicles import hold_vehicle
from dyno_core.period import Period, say_day

REQUEST_COLUMNS: Final = """r.id, r.vehicle_id, v.vin, v.tag, v.program, v.weight_class, v.drive_type, r.test_type,
    r.leg, r.start_date, r.end_date, r.latest_end_date, r.duration_days, r.miles, r.priority, r.facility, r.reason,
    r.notes, r.status, r.allocation_id, r.created_by, r.source, r.version, v.model_year, v.contact,
    r.follow_up"""


@dataclass(frozen=True, slots=True)
class Request:
    id: int
    vehicle_id: int
    vin: str | None
    tag: str | None
    program: str | None
    weight_class: str | None
    drive_type: str | None
    test_type: str
    leg: str | None
    start_date: date
    end_date: date
    latest_end_date: date | None
    duration_days: int
    miles: float | None
    priority: int
    facility: str | None
    reason: str
    notes: str
    status: str
    allocation_id: int | None
    created_by: str
    source: str
    version: int
    model_year: int | None
    contact: str | None
    follow_up: bool = False

    @property
    def vehicle(self) -> str:
        return self.tag or self.vin or f"vehicle {self.vehicle_id}"

    @property
    def period(self) -> Period:
        return Period(self.start_date, self.end_date)

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "vehicle_id": self.vehicle_id,
            "vin": self.vin,
            "tag": self.tag,
            "test_type": self.test_type,
            "leg": self.leg,
            "start_date": self.start_date.isoformat(),
            "end_date": self.end_date.isoformat(),
            "duration_days": self.duration_days,
            "priority": self.priority,
            "reason": self.reason,
            "status": self.status,
            "allocation_id": self.allocation_id,
        }


def get_request(database: Database, request_id: int) -> Request:
    """Raises `RequestNotFound`."""
    with database.reading() as session:
        return load_request(session, request_id)


def load_request(session: Session, request_id: int) -> Request:
    """Raises `RequestNotFound`."""
    _check_id(request_id)
    row = session.execute(
        text(f"SELECT {REQUEST_COLUMNS} FROM requests r JOIN vehicles v ON v.id = r.vehicle_id WHERE r.id = :id"),
        {"id": request_id},
    ).one_or_none()
    if row is None:
        raise RequestNotFound(request_id)
    return Request(**row._mapping)  # noqa: SLF001


def list_requests(
    database: Database,
    *,
    status: str | None = "open",
    period: Period | None = None,
    selection: Selection | None = None,
    among: Iterable[int] | None = None,
    limit: int | None = None,
) -> tuple[Request, ...]:
    """Requests of a status (None = all) whose wished days share one with ``period``; by priority, then start.

    ``among``: only those with one of these ids.
    """
    if status is not None and status not in REQUEST_STATUSES:
        raise InvalidInput(
            f"“{status[:40]}” is not a status; choose {', '.join(REQUEST_STATUSES)}.", status=status[:40]
        )
    conditions, values = (selection or Selection()).of_requests()
    query = text(f"""SELECT {REQUEST_COLUMNS} FROM requests r JOIN vehicles v ON v.id = r.vehicle_id
        WHERE (CAST(:status AS text) IS NULL OR r.status = :status)
          AND (CAST(:first AS date) IS NULL OR r.start_date <= :last AND r.end_date >= :first)
          AND (CAST(:among AS bigint[]) IS NULL OR r.id = ANY(CAST(:among AS bigint[])))
          {"".join(f"AND {condition} " for condition in conditions)}
        ORDER BY r.priority, r.start_date, r.id LIMIT :most""")
    with database.reading() as session:
        rows = session.execute(
            query,
            {
                **values,
                "status": status,
                "first": period.start if period else None,
                "last": period.end if period else None,
                "among": None if among is None else list(among),
                "most": limit,
            },
        )
        return tuple(Request(**row._mapping) for row in rows)  # noqa: SLF001


@measured("booking", "create_request")
def create_request(
    database: Database,
    origin: Origin,
    *,
    vehicle_id: int,
    test_type: str,
    start_date: date,
    days: int,
    latest_end_date: date | None = None,
    priority: int = 3,
    reason: str = "",
    leg: str | None = None,
    request_key: str | None = None,
) -> Request:
    """File demand for later. The same ``request_key`` gives the first request again.

    Raises `InvalidInput`, `VehicleNotFound`, `TestTypeUnknown`, `NotAllowed`, and `KeyReused` when the key came with
    another vehicle, test or other days before.
    """
    period = Period.of(start_date, days)
    _check_wish(period, latest_end_date=latest_end_date, priority=priority)
    check_text(reason, what="The reason")
    check_text(leg, what="The leg", longest=LONGEST_LEG)
    check_text(request_key, what="The request key", longest=LONGEST_KEY)

    def file(session: Session) -> int:
        actor = authorize(session, origin.actor, Permission.BOOK)
        vehicle = hold_vehicle(session, vehicle_id)
        row = RequestRow(
            vehicle_id=vehicle.id,
            test_type=resolve_test_type(session, test_type),
            leg=leg,
            start_date=period.start,
            end_date=period.end,
            latest_end_date=latest_end_date,
            duration_days=days,
            priority=priority,
            reason=reason,
            created_by=actor.email,
            source=origin.channel,
            request_key=request_key,
        )
        if request_key is not None and (first := _first_under(session, request_key, row)) is not None:
            return first
        if vehicle.retired:
            raise Retired(vehicle.label)
        plannable_test_type(session, row.test_type)
        return _filed(session, origin, row)

    try:
        request_id = database.transact(file)
    except ConstraintRefused:  # the same key at the same moment: now the first one is there to be found
        request_id = database.transact(file)
    return get_request(database, request_id)


def _check_wish(period: Period, *, latest_end_date: date | None, priority: int) -> None:
    if not 1 <= priority <= 5:
        raise InvalidInput(
            f"A priority is 1 (first) to 5 (last), not {priority}; give one of these.", priority=priority
        )
    if latest_end_date is not None and latest_end_date < period.end:
        raise InvalidInput(
            f"The latest end, {say_day(latest_end_date)}, lies before the wished end, {say_day(period.end)}; "
            "give a later one, or none."
        )


def _first_under(session: Session, request_key: str, wish: RequestRow) -> int | None:
    """The request that was filed under this key before. Raises `KeyReused` if that was for something else."""
    first = session.scalar(select(RequestRow).where(RequestRow.request_key == request_key))
    if first is None:
        return None
    if (first.vehicle_id, first.test_type, first.start_date, first.end_date) != (
        wish.vehicle_id, wish.test_type, wish.start_date, wish.end_date,
    ):  # fmt: skip
        raise KeyReused(key=request_key, first=f"request {first.id}")
    return first.id


def _filed(session: Session, origin: Origin, row: RequestRow) -> int:
    session.add(row)
    session.flush()
    told = ("vehicle_id", "test_type", "start_date", "end_date")
    record(
        session, origin, action="request", entity="request", entity_id=row.id,
        after={name: getattr(row, name) for name in told}, reason=row.reason,
    )  # fmt: skip
    return row.id


@measured("booking", "place_request")
def place_request(
    database: Database,
    origin: Origin,
    request_id: int,
    *,
    today: date,
    dyno: str | None = None,
    start_date: date | None = None,
    days: int | None = None,
    max_backup_days: int = 0,
    version: int | None = None,
) -> Allocation:
    """Book the request's vehicle; request and allocation change together or not at all.

    ``days`` None = as many as it wishes.
    Whoever may book may place anybody's request: it is answered, not changed. Placing it twice gives the
    same allocation. Raises what `allocate_vehicle` raises, `RequestClosed`, and `StaleVersion` for an open one that
    is not as it was at ``version``.
    """
    request = get_request(database, request_id)
    if request.status == "withdrawn":
        raise RequestClosed(request_id=request.id, status=request.status)
    if request.allocation_id is not None:
        return get_allocation(database, request.allocation_id)
    if version is not None and request.version != version:
        raise StaleVersion(what=f"Request {request_id}", expected=version, found=request.version)
    return allocate_vehicle(
        database,
        origin,
        vehicle_id=request.vehicle_id,
        start_date=start_date or request.start_date,
        days=days or request.period.days,
        test_type=request.test_type,
        today=today,
        dyno=dyno,
        max_backup_days=max_backup_days,
        leg=request.leg,
        notes=request.notes,
        mileage=Mileage(request.miles),
        request_key=key_of(request.id, request.version),
        request_id=request.id,
        request_version=request.version,
    )


def _check_id(request_id: int) -> None:
    if not 0 < request_id < 2**63:
        raise RequestNotFound(request_id)
