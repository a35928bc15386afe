"""Looking up allocations."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from dyno_core.booking.errors import AllocationNotFound
from dyno_core.booking.selection import Selection
from dyno_core.booking.sql import A_BLOCKS, ALLOCATION_COLUMNS, ALLOCATION_TABLES, allocation_from
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import ALLOCATION_STATUSES
from dyno_core.errors import InvalidInput
from dyno_core.period import Period

_BY_ID = text(f"SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES} WHERE a.id = :id")
_BY_KEY = text(f"SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES} WHERE a.request_key = :key")
_BLOCKING = text(f"""
    SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES}
    WHERE {A_BLOCKS} AND a.start_date <= :last AND a.end_date >= :first AND a.id <> ALL(CAST(:ignore AS bigint[]))
      AND (a.dyno_id = CAST(:dyno_id AS int) OR a.vehicle_id = CAST(:vehicle_id AS int))
    ORDER BY a.start_date, a.id""")


def get_allocation(database: Database, allocation_id: int) -> Allocation:
    """Raises `AllocationNotFound`."""
    with database.reading() as session:
        return load_allocation(session, allocation_id)


def load_allocation(session: Session | Connection, allocation_id: int) -> Allocation:
    # A number beyond bigint can't be one of ours; the database would refuse the comparison itself.
    row = session.execute(_BY_ID, {"id": allocation_id}).one_or_none() if abs(allocation_id) < 2**62 else None
    if row is None:
        raise AllocationNotFound(allocation_id)
    return allocation_from(row)


def load_by_key(session: Session | Connection, key: str) -> Allocation | None:
    row = session.execute(_BY_KEY, {"key": key}).one_or_none()
    return None if row is None else allocation_from(row)


def blocking(
    session: Session | Connection,
    period: Period,
    *,
    dyno_id: int | None = None,
    vehicle_id: int | None = None,
    ignore: Iterable[int] = (),
) -> tuple[Allocation, ...]:
    """What holds the dyno, or the vehicle, on some day of ``period``, less the ones to ignore; soonest first."""
    rows = session.execute(
        _BLOCKING,
        {
            "first": period.start,
            "last": period.end,
            "dyno_id": dyno_id,
            "vehicle_id": vehicle_id,
            "ignore": list(ignore),
        },
    )
    return tuple(allocation_from(row) for row in rows)


def list_allocations(
    database: Database,
    *,
    period: Period | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
    statuses: Iterable[str] = (),
    dyno_id: int | None = None,
    dyno_ids: Iterable[int] | None = None,
    vehicle_id: int | None = None,
    kind: str | None = "test",
    selection: Selection | None = None,
    among: Iterable[int] | None = None,
    limit: int | None = None,
) -> tuple[Allocation, ...]:
    """Allocations that share a day with the window, by start. ``kind`` None brings maintenance windows too.
    ``selection`` narrows them further, ``among`` to those numbers.

    Raises `InvalidInput` for a status that does not exist.
    """
    statuses = list(statuses)
    if unknown := [status for status in statuses if status not in ALLOCATION_STATUSES]:
        raise InvalidInput(
            f"“{unknown[0][:40]}” is not a status; choose {', '.join(ALLOCATION_STATUSES)}.", status=unknown[0][:40]
        )
    first, last = (period.start, period.end) if period else (from_day, to_day)
    conditions: dict[str, tuple[str, Any]] = {
        "first": ("a.end_date >= :first", first),
        "last": ("a.start_date <= :last", last),
        "of_status": ("a.status = ANY(:of_status)", statuses or None),
        "dyno_id": ("a.dyno_id = :dyno_id", dyno_id),
        "dyno_ids": ("a.dyno_id = ANY(CAST(:dyno_ids AS int[]))", None if dyno_ids is None else list(dyno_ids)),
        "vehicle_id": ("a.vehicle_id = :vehicle_id", vehicle_id),
        "kind": ("a.kind = :kind", kind),
        "among": ("a.id = ANY(CAST(:among AS bigint[]))", None if among is None else list(among)),
    }
    wanted = {name: (sql, value) for name, (sql, value) in conditions.items() if value is not None}
    narrowed, values = selection.of_allocations() if selection else ([], {})
    where = " AND ".join([*(sql for sql, _ in wanted.values()), *narrowed]) or "true"
    values |= {name: value for name, (_, value) in wanted.items()} | {"most": limit}
    query = text(f"""SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES}
        WHERE {where} ORDER BY a.start_date, a.id LIMIT :most""")
    with database.reading() as session:
        rows = session.execute(query, values)
        return tuple(allocation_from(row) for row in rows)
