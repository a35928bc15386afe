"""Maintenance windows: rows of the allocations table without a vehicle, so that one constraint guards both."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.booking.changes import explained
from dyno_core.booking.errors import when
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking
from dyno_core.booking.sql import A_BLOCKS
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow
from dyno_core.errors import Busy, DynoError, InvalidInput, NotFound, StaleVersion
from dyno_core.fleet.dynos import load_dyno
from dyno_core.period import Period

CATEGORIES: Final = ("planned", "calibration", "breakdown", "upgrade", "other")
_ATTEMPTS: Final = 20

_COLUMNS: Final = """a.id, a.dyno_id, d.name AS dyno, d.facility, a.start_date, a.end_date, a.status, m.category,
    m.reason, m.recurrence, a.created_by, a.version"""
_TABLES: Final = "allocations a JOIN dynos d ON d.id = a.dyno_id JOIN maintenance m ON m.allocation_id = a.id"

# A plain INSERT against an exclusion constraint deadlocks under contention; with ON CONFLICT it waits and gives way.
_INSERT: Final = text("""
    INSERT INTO allocations (kind, dyno_id, start_date, end_date, status, planned_start_date, planned_end_date,
                             created_by, source)
    VALUES ('maintenance', :dyno_id, :first, :last, 'scheduled', :first, :last, :actor, :channel)
    ON CONFLICT DO NOTHING RETURNING id""")

_DISPLACE: Final = text(f"""
    UPDATE allocations a SET disputed = true, version = version + 1, updated_at = now()
    WHERE a.dyno_id = :dyno_id AND a.kind = 'test' AND {A_BLOCKS} AND a.start_date <= :last AND a.end_date >= :first
    RETURNING a.id""")


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    id: int
    dyno_id: int
    dyno: str
    facility: str
    start_date: date
    end_date: date
    status: str
    category: str
    reason: str
    recurrence: str | None
    created_by: str
    version: int

    @property
    def period(self) -> Period:
        return Period(self.start_date, self.end_date)

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "dyno": self.dyno,
            "start_date": self.start_date.isoformat(),
            "end_date": self.end_date.isoformat(),
            "category": self.category,
            "reason": self.reason,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Outage:
    """A window and the allocations it displaced: they are disputed now and need another place."""

    window: MaintenanceWindow
    displaced: tuple[Allocation, ...]


class MaintenanceHitsAllocations(DynoError):
    """A planned window would run over what is booked."""

    code = "maintenance_hits_allocations"

    def __init__(self, *, dyno: str, period: Period, hits: tuple[Allocation, ...]) -> None:
        named = ", ".join(f"{hit.what} {when(hit.period)} (allocation {hit.id})" for hit in hits[:3])
        more = f" and {len(hits) - 3} more" if len(hits) > 3 else ""
        super().__init__(
            f"{dyno} is taken on some days of {period} by {named}{more}; "
            "move them first, choose other days, or displace them.",
            dyno=dyno,
            hits=[hit.as_json() for hit in hits],
        )
        self.hits = hits


class MaintenanceNotFound(NotFound):
    code = "maintenance_not_found"

    def __init__(self, window_id: int) -> None:
        super().__init__(
            f"There is no maintenance window {window_id}; look it up in the list of windows.", window_id=window_id
        )


def list_windows(
    database: Database, *, period: Period | None = None, dyno_id: int | None = None, include_cancelled: bool = False
) -> tuple[MaintenanceWindow, ...]:
    """Maintenance windows that share a day with ``period`` (None = all), soonest first."""
    query = text(f"""SELECT {_COLUMNS} FROM {_TABLES}
        WHERE (CAST(:first AS date) IS NULL OR a.start_date <= :last AND a.end_date >= :first)
          AND (CAST(:dyno_id AS int) IS NULL OR a.dyno_id = :dyno_id) AND (:all OR a.status <> 'cancelled')
        ORDER BY a.start_date, d.preference, d.name""")
    values = {
        "first": period.start if period else None,
        "last": period.end if period else None,
        "dyno_id": dyno_id,
        "all": include_cancelled,
    }
    with database.reading() as session:
        return tuple(MaintenanceWindow(**row._mapping) for row in session.execute(query, values))  # noqa: SLF001


def plan_maintenance(
    database: Database,
    origin: Origin,
    *,
    dyno: str,
    period: Period,
    category: str,
    today: date,
    reason: str = "",
    displace: bool = False,
    recurrence: str | None = None,
) -> Outage:
    """Take a dyno out for ``period``.

    A breakdown happened whether the plan likes it or not: it is always accepted, and so is a window with ``displace``;
    the allocations it runs over become disputed in the same transaction. Any other window is refused while something
    is booked there. Raises `MaintenanceHitsAllocations`, `InvalidInput`, `DynoNotFound`, `NotAllowed`.
    """
    if category not in CATEGORIES:
        raise InvalidInput(
            f"“{category[:40]}” is not a category of maintenance; choose {', '.join(CATEGORIES)}.",
            category=category[:40],
        )
    Period.of(period.start, period.days)  # the bounds that hold for every period in the plan
    check_text(reason, what="The reason")
    check_text(recurrence, what="The recurrence")

    def change(session: Session) -> Outage:
        authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
        target = load_dyno(session, dyno, today=today)
        lock_places(session, dyno_ids=[target.id])
        window_id, displaced = _insert(
            session, origin, dyno_id=target.id, period=period, displace=displace or category == "breakdown"
        )
        session.execute(
            text(
                "INSERT INTO maintenance (allocation_id, category, reason, recurrence) VALUES (:id, :cat, :why, :rec)"
            ),
            {"id": window_id, "cat": category, "why": reason, "rec": recurrence},
        )
        record(
            session,
            origin,
            action="maintain",
            entity="maintenance",
            entity_id=window_id,
            after={
                "dyno": target.name,
                "start_date": period.start,
                "end_date": period.end,
                "category": category,
                "displaced": [hit.id for hit in displaced],
            },
            reason=reason,
        )
        _record_displaced(session, origin, displaced, why=f"{category} of {target.name}", reason=reason)
        return Outage(window=_load(session, window_id), displaced=displaced)

    return database.transact(change)


def end_maintenance(
    database: Database, origin: Origin, window_id: int, *, last_day: date, version: int | None = None, reason: str = ""
) -> MaintenanceWindow:
    """Give a window another last day: earlier (back sooner) or later (takes longer).

    A breakdown that takes longer displaces what is booked there, as in `plan_maintenance`; any other window is refused
    then with `MaintenanceHitsAllocations`. Raises `InvalidInput`, `StaleVersion`, `MaintenanceNotFound`, `NotAllowed`.
    """
    check_text(reason, what="The reason")

    def change(session: Session) -> MaintenanceWindow:
        before = _locked(session, origin, window_id, version)
        if before.status == "cancelled":
            raise InvalidInput(f"Maintenance window {before.id} is cancelled already; plan a new one instead.")
        if last_day < before.start_date:
            raise InvalidInput("The last day lies before the window starts; cancel the window instead.")
        period = Period.of(before.start_date, (last_day - before.start_date).days + 1)
        hits = _hits(session, period, before.dyno_id, ignore=before.id, displace=before.category == "breakdown")
        if hits:
            session.execute(_DISPLACE, {"dyno_id": before.dyno_id, "first": period.start, "last": period.end})
            _record_displaced(session, origin, hits, why=f"{before.category} of {before.dyno}", reason=reason)
        return _changed(session, origin, before, action="change maintenance", reason=reason, end_date=last_day)

    return explained(database, change)


def cancel_maintenance(
    database: Database, origin: Origin, window_id: int, *, version: int | None = None, reason: str = ""
) -> MaintenanceWindow:
    """The window is not needed; the dyno is free again. Displaced allocations stay disputed until confirmed."""
    check_text(reason, what="The reason")

    def change(session: Session) -> MaintenanceWindow:
        before = _locked(session, origin, window_id, version)
        if before.status == "cancelled":
            return before
        return _changed(session, origin, before, action="cancel maintenance", reason=reason, status="cancelled")

    return database.transact(change)


def _insert(
    session: Session, origin: Origin, *, dyno_id: int, period: Period, displace: bool
) -> tuple[int, tuple[Allocation, ...]]:
    values = {
        "dyno_id": dyno_id,
        "first": period.start,
        "last": period.end,
        "actor": origin.actor.email,
        "channel": "planner" if origin.channel == "admin" else origin.channel,
    }
    displaced: dict[int, Allocation] = {}
    # A booking in flight may commit between the look and the insert; then what it booked is seen next time round.
    for _ in range(_ATTEMPTS):
        if hits := _hits(session, period, dyno_id, displace=displace):
            session.execute(_DISPLACE, values)
            displaced |= {hit.id: hit for hit in hits}
        inserted = session.execute(_INSERT, values).scalar_one_or_none()
        if inserted is not None:
            return inserted, tuple(displaced.values())
    raise Busy


def _hits(
    session: Session, period: Period, dyno_id: int, *, displace: bool, ignore: int | None = None
) -> tuple[Allocation, ...]:
    """What is to be displaced. Raises `MaintenanceHitsAllocations` if it may not be; another window never is."""
    hits = blocking(session, period, dyno_id=dyno_id, ignore=ignore)
    windows = tuple(hit for hit in hits if hit.kind == "maintenance")
    if hits and (windows or not displace):
        raise MaintenanceHitsAllocations(dyno=hits[0].dyno, period=period, hits=windows or hits)
    return hits


def _record_displaced(
    session: Session, origin: Origin, displaced: tuple[Allocation, ...], *, why: str, reason: str
) -> None:
    for hit in displaced:
        record(
            session,
            origin,
            action="displace",
            entity="allocation",
            entity_id=hit.id,
            before={"disputed": False},
            after={"disputed": True},
            reason=f"{why}: {reason}" if reason else why,
        )


def _locked(session: Session, origin: Origin, window_id: int, version: int | None) -> MaintenanceWindow:
    authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
    lock_places(session, dyno_ids=[_load(session, window_id).dyno_id])
    session.execute(select(AllocationRow.id).where(AllocationRow.id == window_id).with_for_update())
    now = _load(session, window_id)
    if version is not None and now.version != version:
        raise StaleVersion(what=f"Maintenance window {window_id}", expected=version, found=now.version)
    return now


def _changed(
    session: Session, origin: Origin, before: MaintenanceWindow, *, action: str, reason: str, **values: object
) -> MaintenanceWindow:
    row = session.get_one(AllocationRow, before.id)
    for name, value in values.items():
        setattr(row, name, value)
    row.version = before.version + 1
    row.updated_at = session.execute(text("SELECT now()")).scalar_one()
    session.flush()
    record(
        session,
        origin,
        action=action,
        entity="maintenance",
        entity_id=before.id,
        before={name: getattr(before, name) for name in values},
        after=dict(values),
        reason=reason,
    )
    return _load(session, before.id)


def _load(session: Session, window_id: int) -> MaintenanceWindow:
    if not 0 < window_id < 2**63:
        raise MaintenanceNotFound(window_id)
    row = session.execute(text(f"SELECT {_COLUMNS} FROM {_TABLES} WHERE a.id = :id"), {"id": window_id}).one_or_none()
    if row is None:
        raise MaintenanceNotFound(window_id)
    return MaintenanceWindow(**row._mapping)  # noqa: SLF001
