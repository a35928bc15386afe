"""Taking back what a paste created: all of it together, as long as nobody built on it since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, authorize, require
from dyno_core.audit.log import Origin
from dyno_core.audit.measured import measured
from dyno_core.booking.locks import lock_places
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, RequestRow, VehicleRow
from dyno_core.errors import DynoError
from dyno_core.workbook.trail import Trail

REASON: Final = "row {row} of a paste from a spreadsheet"
"""Why a request or an allocation of a paste is there, in the record of changes."""
TAKEN_BACK: Final = "the paste from a spreadsheet was taken back"
"""Why, in the record of changes; by it a vehicle is known that was retired for this reason only."""

_TABLES: Final[dict[str, Any]] = {"allocation": AllocationRow, "request": RequestRow, "vehicle": VehicleRow}
_CALLED_OFF: Final = {"allocation": ("cancel", "cancelled"), "request": ("withdraw", "withdrawn")}
_NEEDED: Final = frozenset({"weight_class", "weight_lbs", "drive_type"})
_MORE_PLANNED: Final = text("""
    SELECT vehicle_id, 'allocation ' || id AS what FROM allocations
    WHERE vehicle_id = ANY(:filled) AND status <> 'cancelled' AND NOT (id = ANY(:allocations))
    UNION ALL
    SELECT vehicle_id, 'request ' || id FROM requests
    WHERE vehicle_id = ANY(:vehicles) AND status <> 'withdrawn' AND NOT (id = ANY(:requests))
    ORDER BY 1, 2 LIMIT 1""")
_WERE_TAKEN_BACK: Final = text("""
    SELECT count(DISTINCT (entity, entity_id)) FROM audit_log
    WHERE reason = :why AND (entity = 'allocation' AND entity_id = ANY(:allocation)
                             OR entity = 'request' AND entity_id = ANY(:request))""")

# One transaction has one time. A record that was changed since, or called off, has another version than at first.
_LAST: Final = text("""
    WITH mine AS (
      SELECT l.at, bool_and(coalesce(a.version, r.version) = 1) AS stands FROM audit_log l
      LEFT JOIN allocations a ON l.entity = 'allocation' AND a.id = CAST(l.entity_id AS bigint)
      LEFT JOIN requests r ON l.entity = 'request' AND r.id = CAST(l.entity_id AS bigint)
      WHERE l.at > now() - interval '1 day' AND l.actor = :actor AND l.entity IN ('allocation', 'request')
        AND l.action IN ('book', 'request') AND l.reason LIKE :reason
      GROUP BY l.at)
    SELECT at, at = (SELECT max(at) FROM mine) AS is_newest FROM mine WHERE stands ORDER BY at DESC LIMIT 1""")
_MADE: Final = text("""
    SELECT l.entity AS kind, CAST(l.entity_id AS bigint) AS id, l.before,
           coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS name,
           CASE l.entity WHEN 'vehicle' THEN v.version - (
             SELECT count(*) FROM audit_log later
             WHERE later.entity = 'vehicle' AND later.entity_id = l.entity_id AND later.id > l.id) ELSE 1 END AS version
    FROM audit_log l
    LEFT JOIN allocations a ON l.entity = 'allocation' AND a.id = CAST(l.entity_id AS bigint)
    LEFT JOIN requests r ON l.entity = 'request' AND r.id = CAST(l.entity_id AS bigint)
    JOIN vehicles v ON v.id = coalesce(a.vehicle_id, r.vehicle_id, CAST(l.entity_id AS bigint))
    WHERE l.at = :at AND l.actor = :actor AND l.entity IN ('allocation', 'request', 'vehicle') ORDER BY l.id""")


@dataclass(frozen=True, slots=True)
class Made:
    """What a paste stored, at the version it had then. ``name``: the vehicle's.

    ``before``: of a vehicle that was there, what it held of what the paste filled in; None = the paste added it.
    """

    kind: Literal["allocation", "request", "vehicle"]
    id: int
    version: int
    name: str
    before: Mapping[str, Any] | None = None

    @property
    def told(self) -> str:
        return f"Vehicle {self.name}" if self.kind == "vehicle" else f"{self.kind.capitalize()} {self.id} ({self.name})"


@dataclass(frozen=True, slots=True)
class LastPaste:
    """What one person's paste stored, and when. ``is_newest``: this person pasted nothing after it."""

    at: datetime
    made: tuple[Made, ...]
    is_newest: bool

    def count(self, kind: str) -> int:
        return sum(one.kind == kind for one in self.made)

    @property
    def new_vehicles(self) -> int:
        return sum(one.kind == "vehicle" and one.before is None for one in self.made)


class PasteChanged(DynoError):
    """Somebody changed, or built on, what the paste created; nothing was taken back."""

    code: ClassVar[str] = "paste_changed"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} since it was pasted, so nothing of the paste was taken back; cancel or withdraw by hand what is "
            "not meant."
        )


class PasteTakenBack(DynoError):
    """It was taken back before."""

    code: ClassVar[str] = "paste_taken_back"

    def __init__(self) -> None:
        super().__init__("This paste was taken back already, so nothing was changed now; look at the plan as it is.")


def last_paste(database: Database, actor: Actor) -> LastPaste | None:
    """The newest paste of ``actor`` within a day of which no request and no allocation was changed since.

    Found in the record of changes, so also after a reload and in another browser.
    """
    with database.reading() as session:
        last = session.execute(_LAST, {"actor": actor.email, "reason": REASON.format(row="%")}).one_or_none()
        if last is None:
            return None
        rows = session.execute(_MADE, {"at": last.at, "actor": actor.email})
        return LastPaste(last.at, tuple(Made(**row._mapping) for row in rows), last.is_newest)  # noqa: SLF001


@measured("workbook", "undo_paste")
def undo_paste(database: Database, origin: Origin, made: Sequence[Made]) -> None:
    """Cancel the allocations, withdraw the requests, retire the vehicles that were added, and put back what was filled
    in of others; one audit row for each, all in one transaction.

    Engineers take back what they pasted themselves, planners any. Raises `PasteChanged`, `PasteTakenBack` the second
    time, `NotAllowed`, `Busy`.
    """

    def work(session: Session) -> None:
        _Undoing(session, origin, made).undo()

    database.transact(work)


class _Undoing:
    def __init__(self, session: Session, origin: Origin, made: Sequence[Made]) -> None:
        self._session = session
        self._origin = origin
        self._trail = Trail(origin)
        self._of: dict[str, dict[int, Made]] = {
            kind: {one.id: one for one in made if one.kind == kind} for kind in _TABLES
        }

    def undo(self) -> None:
        actor = authorize(self._session, self._origin.actor, Permission.BOOK)
        self._hold()
        if self._was_taken_back():
            raise PasteTakenBack
        rows = {kind: self._unchanged(kind) for kind in _TABLES}
        if any(row.created_by != actor.email for kind in _CALLED_OFF for row in rows[kind]):
            require(actor, Permission.CHANGE_ANY)
        self._refuse_more_planned()
        for kind in _CALLED_OFF:
            self._call_off(kind, rows[kind])
        for row in rows["vehicle"]:
            self._put_back(row, self._of["vehicle"][row.id])
        self._trail.write(self._session)

    def _hold(self) -> None:
        """Queue behind every other change of these places, in the order of all writers: places, vehicles, the rest."""
        placed = select(AllocationRow.dyno_id, AllocationRow.vehicle_id).where(
            AllocationRow.id.in_(self._ids("allocation"))
        )
        wished = select(RequestRow.vehicle_id).where(RequestRow.id.in_(self._ids("request")))
        places = self._session.execute(placed).all()
        vehicles = {row.vehicle_id for row in places} | set(self._session.scalars(wished)) | set(self._ids("vehicle"))
        lock_places(self._session, dyno_ids={row.dyno_id for row in places}, vehicle_ids=vehicles - {None})
        for kind in ("vehicle", "allocation", "request"):
            table = _TABLES[kind]
            self._session.execute(
                select(table.id).where(table.id.in_(self._ids(kind))).order_by(table.id).with_for_update()
            )

    def _ids(self, kind: str) -> list[int]:
        return list(self._of[kind])

    def _was_taken_back(self) -> bool:
        """Going by what only this paste made: a vehicle of it may have been pasted, and taken back, more often."""
        made = {kind: [str(number) for number in self._of[kind]] for kind in _CALLED_OFF}
        taken_back = self._session.scalar(_WERE_TAKEN_BACK, {"why": TAKEN_BACK, **made})
        return 0 < sum(map(len, made.values())) == taken_back

    def _unchanged(self, kind: str) -> list[Any]:
        """The rows behind their locks. Raises `PasteChanged` for one that is not as it was pasted."""
        table = _TABLES[kind]
        found = {row.id: row for row in self._session.scalars(select(table).where(table.id.in_(self._ids(kind))))}
        for number, one in self._of[kind].items():
            if number not in found or found[number].version != one.version:
                raise PasteChanged(f"{one.told} was changed")
        return list(found.values())

    def _refuse_more_planned(self) -> None:
        vehicles = self._of["vehicle"].items()
        wish = {
            "vehicles": [number for number, one in vehicles if _is_new(one)],
            # Without weight and drive nobody could have booked it before the paste, and nobody could move it after.
            "filled": [number for number, one in vehicles if _is_new(one) or _NEEDED & set(one.before or ())],
            "allocations": self._ids("allocation"),
            "requests": self._ids("request"),
        }
        if more := self._session.execute(_MORE_PLANNED, wish).first():
            one = self._of["vehicle"][more.vehicle_id]
            raise PasteChanged(f"{one.told} was given {more.what}")

    def _call_off(self, kind: str, rows: Iterable[Any]) -> None:
        table = _TABLES[kind]
        action, status = _CALLED_OFF[kind]
        for row in rows:
            self._trail.add(
                action=action, entity=kind, entity_id=row.id, before={"status": row.status}, after={"status": status},
                reason=TAKEN_BACK,
            )  # fmt: skip
        values = {"status": status, "version": table.version + 1, "updated_at": func.now()}
        if kind == "allocation":
            values["disputed"] = False
        self._session.execute(
            update(table)
            .where(table.id.in_(self._ids(kind)))
            .values(values)
            .execution_options(synchronize_session=False)
        )

    def _put_back(self, row: VehicleRow, made: Made) -> None:
        values = {"retired": True} if made.before is None else dict(made.before)
        before = {name: getattr(row, name) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        self._session.flush()
        self._trail.add(
            action="retire" if values.get("retired") else "undo", entity="vehicle", entity_id=row.id, before=before,
            after=values, reason=TAKEN_BACK,
        )  # fmt: skip


def _is_new(made: Made) -> bool:
    """Whether the vehicle is out of the plan again when the paste is taken back."""
    return made.before is None or bool(made.before.get("retired"))
