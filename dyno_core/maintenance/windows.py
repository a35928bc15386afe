"""Maintenance windows: rows of the allocations table without a vehicle, so that one constraint guards both."""

from datetime import date
from operator import itemgetter
from typing import Final, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.audit.measured import measured
from dyno_core.booking.errors import Unchanged
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking, load_allocation
from dyno_core.booking.sql import A_BLOCKS
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, MaintenanceRow
from dyno_core.errors import Busy, InvalidInput, StaleVersion
from dyno_core.fleet.dynos import load_dyno
from dyno_core.fleet.types import Dyno
from dyno_core.maintenance.errors import AlreadyInMaintenance, MaintenanceHitsAllocations, MaintenanceNotFound
from dyno_core.maintenance.types import MaintenanceWindow, Outage
from dyno_core.period import Period, say_day

CATEGORIES: Final = ("planned", "calibration", "breakdown", "upgrade", "other")
_ATTEMPTS: Final = 20

_COLUMNS: Final = """a.id, a.dyno_id, d.name AS dyno, d.facility, a.start_date, a.end_date, a.status, m.category,
    m.reason, m.recurrence, a.created_by, a.version, m.series_id"""
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


@measured("maintenance", "plan")
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

    A breakdown happened whether the plan likes it or not, so it is accepted whatever is there. The allocations it runs
    over become disputed in the same transaction. Days on which the dyno is in maintenance anyway stay with the window
    that has them, planned or broken: windows never share a day, and neither its reason nor its end is known better
    now. The breakdown gets the days between, as one window for each gap, and `Outage.covered_by` tells the rest. With
    no day left there is nothing to store, and `AlreadyInMaintenance` says which windows hold them.

    Any other window is refused while something is booked there, unless ``displace`` allows it to do as a breakdown
    does; over another window it is always refused, its days can still be chosen. Raises `MaintenanceHitsAllocations`,
    `AlreadyInMaintenance`, `InvalidInput`, `DynoNotFound`, `NotAllowed`, `Busy`.
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
        actor = authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
        target = load_dyno(session, dyno, today=today)
        lock_places(session, dyno_ids=[target.id])
        breakdown = category == "breakdown"
        by = {"actor": actor.email, "channel": "planner" if origin.channel == "admin" else origin.channel}
        taken = _take(session, by, dyno=target, period=period, displace=displace or breakdown, around=breakdown)
        for window_id in taken.windows:
            session.add(
                MaintenanceRow(allocation_id=window_id, category=category, reason=reason, recurrence=recurrence)
            )
        _record_windows(session, origin, taken, dyno=target.name, category=category, reason=reason)
        record_displaced(session, origin, taken.displaced, why=f"{category} of {target.name}", reason=reason)
        session.flush()
        return Outage(
            windows=tuple(load_window(session, window_id) for window_id in taken.windows),
            displaced=taken.displaced,
            covered_by=taken.covered_by,
        )

    return database.transact(change)


@measured("maintenance", "end")
def end_maintenance(
    database: Database, origin: Origin, window_id: int, *, last_day: date, version: int | None = None, reason: str = ""
) -> MaintenanceWindow:
    """Give a window another last day: earlier (back sooner) or later (takes longer).

    A breakdown that takes longer displaces what is booked there, as in `plan_maintenance`; any other window is refused
    then with `MaintenanceHitsAllocations`, and so are both over another window. Raises `Unchanged`, having written
    nothing, when that is its last day already; `InvalidInput`, `StaleVersion`, `MaintenanceNotFound`, `NotAllowed`.
    """
    check_text(reason, what="The reason")

    def change(session: Session) -> MaintenanceWindow:
        before = lock_window(session, origin, window_id, version)
        if before.status == "cancelled":
            raise InvalidInput(f"Maintenance window {before.id} is cancelled already; plan a new one instead.")
        if last_day < before.start_date:
            raise InvalidInput("The last day lies before the window starts; cancel the window instead.")
        if last_day == before.end_date:
            raise Unchanged(
                f"{say_day(last_day)} is the last day of maintenance window {before.id} already, "
                "so nothing was changed; give another day.",
                window=before.as_json(),
            )
        period = Period.of(before.start_date, (last_day - before.start_date).days + 1)
        displace = before.category == "breakdown"
        require_free(blocking(session, period, dyno_id=before.dyno_id, ignore=[before.id]), period, displace=displace)
        if displace:
            hits = displaced_by(session, period, before.dyno_id)
            record_displaced(session, origin, hits, why=f"{before.category} of {before.dyno}", reason=reason)
        return _changed(session, origin, before, action="change maintenance", reason=reason, end_date=last_day)

    return database.transact(change)


@measured("maintenance", "cancel")
def cancel_maintenance(
    database: Database, origin: Origin, window_id: int, *, version: int | None = None, reason: str = ""
) -> MaintenanceWindow:
    """The window is not needed; the dyno is free again. Displaced allocations stay disputed until confirmed."""
    check_text(reason, what="The reason")

    def change(session: Session) -> MaintenanceWindow:
        before = lock_window(session, origin, window_id, version)
        if before.status == "cancelled":
            return before
        return _changed(session, origin, before, action="cancel maintenance", reason=reason, status="cancelled")

    return database.transact(change)


class _Taken(NamedTuple):
    """``windows``: the id of each new one and its days."""

    windows: dict[int, Period]
    displaced: tuple[Allocation, ...]
    covered_by: tuple[MaintenanceWindow, ...]


def _take(session: Session, by: dict[str, str], *, dyno: Dyno, period: Period, displace: bool, around: bool) -> _Taken:
    """Fill the days of ``period`` that no window has yet. ``around``: there may be windows on some of them."""
    windows: dict[int, Period] = {}
    displaced: list[Allocation] = []
    # A booking in flight may commit between the look and the insert; then what it booked is seen next time round.
    for _ in range(_ATTEMPTS):
        hits = tuple(hit for hit in blocking(session, period, dyno_id=dyno.id) if hit.id not in windows)
        others = tuple(hit for hit in hits if hit.kind == "maintenance")
        if not around:
            require_free(hits, period, displace=displace)
        gaps = period.without([*windows.values(), *(other.period for other in others)])
        if not gaps:
            covered_by = tuple(load_window(session, other.id) for other in others)
            if not windows:
                raise AlreadyInMaintenance(dyno=dyno.name, period=period, windows=covered_by)
            return _Taken(dict(sorted(windows.items(), key=itemgetter(1))), tuple(displaced), covered_by)
        if displace:
            displaced += displaced_by(session, period, dyno.id)
        for gap in gaps:
            values = by | {"dyno_id": dyno.id, "first": gap.start, "last": gap.end}
            if (inserted := session.execute(_INSERT, values).scalar_one_or_none()) is not None:
                windows[inserted] = gap
    raise Busy


def _record_windows(session: Session, origin: Origin, taken: _Taken, *, dyno: str, category: str, reason: str) -> None:
    for window_id, days in taken.windows.items():
        record(
            session,
            origin,
            action="maintain",
            entity="maintenance",
            entity_id=window_id,
            after={
                "dyno": dyno,
                "start_date": days.start,
                "end_date": days.end,
                "category": category,
                "displaced": [hit.id for hit in taken.displaced if hit.period.overlaps(days)],
            },
            reason=reason,
        )


def require_free(hits: tuple[Allocation, ...], period: Period, *, displace: bool) -> None:
    """Raises `MaintenanceHitsAllocations` for what may not be displaced; another window never is."""
    windows = tuple(hit for hit in hits if hit.kind == "maintenance")
    if hits and (windows or not displace):
        raise MaintenanceHitsAllocations(dyno=hits[0].dyno, period=period, hits=windows or hits)


def displaced_by(session: Session, period: Period, dyno_id: int) -> tuple[Allocation, ...]:
    """Mark the tests there as disputed: those that stand there now, whoever was booked since somebody looked."""
    values = {"dyno_id": dyno_id, "first": period.start, "last": period.end}
    hits = [load_allocation(session, hit) for hit in sorted(session.scalars(_DISPLACE, values))]
    return tuple(sorted(hits, key=lambda hit: hit.period))


def record_displaced(
    session: Session, origin: Origin, displaced: tuple[Allocation, ...], *, why: str, reason: str
) -> None:
    """One audit row for each."""
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


def lock_window(session: Session, origin: Origin, window_id: int, version: int | None) -> MaintenanceWindow:
    """The window behind its locks. Raises `StaleVersion`, `MaintenanceNotFound`, `NotAllowed`."""
    authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
    lock_places(session, dyno_ids=[load_window(session, window_id).dyno_id])
    session.execute(select(AllocationRow.id).where(AllocationRow.id == window_id).with_for_update())
    now = load_window(session, window_id)
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
    return load_window(session, before.id)


def load_window(session: Session, window_id: int) -> MaintenanceWindow:
    """Raises `MaintenanceNotFound`."""
    if not 0 < window_id < 2**63:
        raise MaintenanceNotFound(window_id)
    row = session.execute(text(f"SELECT {_COLUMNS} FROM {_TABLES} WHERE a.id = :id"), {"id": window_id}).one_or_none()
    if row is None:
        raise MaintenanceNotFound(window_id)
    return MaintenanceWindow(**row._mapping)  # noqa: SLF001
