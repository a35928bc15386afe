"""What hangs on a vehicle's record: its allocations and requests, and giving them another vehicle."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin, record
from dyno_core.database.models import AllocationRow, RequestRow
from dyno_core.errors import DynoError, StaleVersion
from dyno_core.period import Period

# Whoever has the plan to themselves may need any vehicle, dyno or test type; whoever writes into the plan waits for
# them before there is anything of the kind that they could wait for in turn.
_ALONE: Final = text("LOCK TABLE allocations, requests IN SHARE ROW EXCLUSIVE MODE")
_WITH_OTHERS: Final = text("LOCK TABLE allocations, requests IN ROW EXCLUSIVE MODE")

Kind = Literal["allocation", "request"]

TABLES: Final[dict[Kind, type[AllocationRow] | type[RequestRow]]] = {"allocation": AllocationRow, "request": RequestRow}

_OF_VEHICLE: Final = text("""
    SELECT 'allocation' AS kind, a.id, a.version, a.test_type, a.leg, a.start_date, a.end_date, a.status,
           d.name AS dyno, CAST(NULL AS bigint) AS answer
    FROM allocations a JOIN dynos d ON d.id = a.dyno_id WHERE a.vehicle_id = :vehicle
    UNION ALL
    SELECT 'request', r.id, r.version, r.test_type, r.leg, r.start_date, r.end_date, r.status, NULL,
           r.allocation_id
    FROM requests r WHERE r.vehicle_id = :vehicle
    ORDER BY start_date, kind, id""")

_CLASHES: Final = text("""
    SELECT a.id AS a_id, b.id AS b_id, greatest(a.start_date, b.start_date) AS first_day,
           least(a.end_date, b.end_date) AS last_day
    FROM allocations a JOIN allocations b ON a.vehicle_id = :keep AND b.vehicle_id = :merge
         AND a.start_date <= b.end_date AND b.start_date <= a.end_date
    WHERE a.status NOT IN ('cancelled', 'tentative') AND NOT a.disputed
      AND b.status NOT IN ('cancelled', 'tentative') AND NOT b.disputed
      AND (CAST(:only AS bigint[]) IS NULL OR b.id = ANY(CAST(:only AS bigint[])))
    ORDER BY 3 LIMIT 1""")


class VehiclesClash(DynoError):
    """Two records of one vehicle that would have to be in two places."""

    code = "vehicles_clash"

    def __init__(self, *, keep: str, merge: str, period: Period, allocations: tuple[int, int]) -> None:
        super().__init__(
            f"{keep} and {merge} are both on a dyno on {period} (allocations {allocations[0]} and {allocations[1]}), "
            "so they can't be one vehicle yet; move or cancel one of the two first.",
            allocations=list(allocations),
            first_day=period.start.isoformat(),
            last_day=period.end.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Belonging:
    """An allocation or a request of a vehicle, at the version it was seen at.

    ``answer``: of a placed request, the allocation that answers it.
    """

    kind: Kind
    id: int
    version: int
    test_type: str
    leg: str | None
    period: Period
    status: str
    dyno: str | None
    answer: int | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("completed", "cancelled", "withdrawn")

    @property
    def key(self) -> str:
        return f"{self.kind} {self.id}"

    def __str__(self) -> str:
        leg = f", {self.leg}" if self.leg else ""
        where = f"on {self.dyno}" if self.dyno else "wished"
        return f"{self.test_type}{leg} {where}, {self.period} ({self.status.replace('_', ' ')})"


def enter_plan(session: Session, *, alone: bool = False) -> None:
    """Before rows are locked to write allocations or requests; ``alone``: nobody else writes any until the end."""
    session.execute(_ALONE if alone else _WITH_OTHERS)


def belongings_in(session: Session, vehicle_id: int) -> tuple[Belonging, ...]:
    """All that is planned, wished or over for it, by first day."""
    return tuple(
        Belonging(
            row.kind, row.id, row.version, row.test_type, row.leg, Period(row.start_date, row.end_date), row.status,
            row.dyno,
            row.answer,
        )
        for row in session.execute(_OF_VEHICLE, {"vehicle": vehicle_id})
    )  # fmt: skip


def find_clash(
    session: Session, *, keep: tuple[int, str], merge: tuple[int, str], only: Iterable[int] | None = None
) -> VehiclesClash | None:
    """The first days on which both, named by id and label, hold a dyno; ``only`` these allocations of ``merge``."""
    wish = {"keep": keep[0], "merge": merge[0], "only": None if only is None else sorted(only)}
    clash = session.execute(_CLASHES, wish).one_or_none()
    if clash is None:
        return None
    return VehiclesClash(
        keep=keep[1],
        merge=merge[1],
        period=Period(clash.first_day, clash.last_day),
        allocations=(clash.a_id, clash.b_id),
    )


def lock_belongings(session: Session, kind: Kind, ids: Iterable[int]) -> Mapping[int, tuple[int, int]]:
    """By id, of which vehicle and version each is behind its lock. Locked in one order, as every other change does."""
    table = TABLES[kind]
    rows = session.execute(
        select(table.id, table.vehicle_id, table.version).where(table.id.in_(ids)).order_by(table.id).with_for_update()
    )
    return {row.id: (row.vehicle_id or 0, row.version) for row in rows}


def require_unchanged(session: Session, kind: Kind, seen: Mapping[int, int], *, of: int) -> None:
    """Lock them. Raises `StaleVersion` for one that is not vehicle ``of``'s any more, or of another version."""
    now = lock_belongings(session, kind, seen)
    for number, version in sorted(seen.items()):
        vehicle_id, found = now.get(number, (0, 0))
        if (vehicle_id, found) != (of, version):
            raise StaleVersion(what=f"{kind.capitalize()} {number}", expected=version, found=found)


def give_to(
    session: Session, origin: Origin, kind: Kind, ids: Iterable[int], *, old: int, new: int, reason: str
) -> dict[int, int]:
    """Give these, locked by the caller, to vehicle ``new``, each with its audit row. Their versions from then on."""
    table = TABLES[kind]
    rows = session.execute(
        update(table)
        .where(table.id.in_(sorted(ids)), table.vehicle_id == old)
        .values(vehicle_id=new, version=table.version + 1, updated_at=func.now())
        .returning(table.id, table.version)
    ).all()
    for number, _ in sorted((row.id, row.version) for row in rows):
        record(
            session, origin, action="change_vehicle", entity=kind, entity_id=number, before={"vehicle_id": old},
            after={"vehicle_id": new}, reason=reason,
        )  # fmt: skip
    return {row.id: row.version for row in rows}
