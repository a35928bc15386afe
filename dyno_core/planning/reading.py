"""The plan and the demand as the engine works on them, read at once and not day by day."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.period import Period
from dyno_core.planning.types import Demand, Held, Plan, Rig

_RIGS: Final = text("SELECT id, name, facility, capabilities FROM dynos ORDER BY preference, name")
_SERVICE: Final = text("SELECT dyno_id, start_date, end_date FROM service_periods ORDER BY dyno_id, start_date")
# A tentative or disputed test holds no place, but people count on it: no proposal makes a conflict of it.
_HELD: Final = text("""
    SELECT a.id, a.dyno_id, a.vehicle_id, a.start_date, a.end_date FROM allocations a
    WHERE a.status <> 'cancelled' AND a.end_date >= :first AND a.id <> ALL (CAST(:without AS bigint[]))""")

_VEHICLE: Final = "coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS vehicle"
_REQUESTS: Final = text(f"""
    SELECT r.id, r.vehicle_id, {_VEHICLE}, r.test_type, v.drive_type, v.weight_class, r.start_date AS start,
           r.end_date AS end, r.latest_end_date AS latest_end, r.facility, r.priority, r.version
    FROM requests r JOIN vehicles v ON v.id = r.vehicle_id
    WHERE r.status = 'open' AND (CAST(:ids AS bigint[]) IS NULL OR r.id = ANY (CAST(:ids AS bigint[])))
      AND (CAST(:first AS date) IS NULL OR r.start_date >= :first)
      AND (CAST(:last AS date) IS NULL OR r.start_date <= :last)""")
_DISPLACED: Final = text(f"""
    SELECT a.id, a.vehicle_id, {_VEHICLE}, a.test_type, v.drive_type, v.weight_class, a.start_date AS start,
           a.end_date AS end, a.version
    FROM allocations a JOIN vehicles v ON v.id = a.vehicle_id WHERE a.id = ANY (CAST(:ids AS bigint[]))""")


def load_plan(session: Session, *, since: date, without: Collection[int] = ()) -> Plan:
    """The plan from ``since`` on. ``without``: allocations to look through."""
    service: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for dyno_id, first, last in session.execute(_SERVICE):
        service[dyno_id].append((first, last))
    rigs = tuple(
        Rig(row.id, row.name, row.facility, frozenset(row.capabilities), tuple(service[row.id]))
        for row in session.execute(_RIGS)
    )
    held = session.execute(_HELD, {"first": since, "without": list(without)})
    return Plan(rigs, tuple(Held(row.dyno_id, row.vehicle_id, Period(row.start_date, row.end_date)) for row in held))


def open_demands(
    session: Session,
    *,
    ids: Collection[int] | None = None,
    first: date | None = None,
    last: date | None = None,
) -> tuple[Demand, ...]:
    """Open requests: these, or all; of them those that wish to start from ``first`` to ``last``."""
    values = {"ids": None if ids is None else list(ids), "first": first, "last": last}
    return tuple(_demand(row) for row in session.execute(_REQUESTS, values))


def displaced_demands(session: Session, ids: Collection[int]) -> tuple[Demand, ...]:
    """Allocations that need another place, as demand of the first priority."""
    return tuple(_demand(row) for row in session.execute(_DISPLACED, {"ids": list(ids)}))


def _demand(row: Row[Any]) -> Demand:
    return Demand(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented way to name columns
