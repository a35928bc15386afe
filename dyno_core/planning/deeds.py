"""What one person did to allocations at once, found in the record of changes and taken back whole or not at all: a dyno
taken out with what that moved, or a way out of a conflict. So it is found again after a reload and in another browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar, Final

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor
from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation
from dyno_core.booking.exchange import Within
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import load_allocation
from dyno_core.booking.settled import SETTLED, put_back
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet import load_dyno
from dyno_core.maintenance import MaintenanceWindow, cancel_maintenance
from dyno_core.maintenance.windows import load_window

_TAKEN_BACK: Final = "the whole change was taken back"
"""Why, in the record of changes; by it a second undo is known."""

# One transaction has one time. What was changed since has a later row, whatever its transaction's time.
_IS_CHANGED: Final = """EXISTS (
    SELECT FROM audit_log own JOIN audit_log later
      ON later.entity = own.entity AND later.entity_id = own.entity_id AND later.id > own.id AND later.at <> own.at
    WHERE own.at = deeds.at AND own.actor = :actor)"""


# A dyno may have got another name since, and another dyno its name: only the number tells which it was.
_IS_NUMBERED: Final = """NOT EXISTS (
    SELECT FROM audit_log own WHERE own.at = deeds.at AND own.actor = :actor AND own.entity = 'allocation'
      AND own.before ->> 'dyno' IS NOT NULL AND own.before ->> 'dyno_id' IS NULL)"""


def _last(which: str) -> TextClause:
    return text(f"""
    WITH deeds AS (
      SELECT DISTINCT at FROM audit_log
      WHERE at > now() - interval '1 day' AND actor = :actor AND {which})
    SELECT at, at = (SELECT max(at) FROM deeds) AS is_newest FROM deeds
    WHERE NOT {_IS_CHANGED} AND {_IS_NUMBERED} ORDER BY at DESC LIMIT 1""")


# Changing a series may plan further windows as well; calling off all that it touched would not take that back.
_LAST_OUTAGE: Final = _last("""entity = 'maintenance' AND action = 'maintain' AND NOT EXISTS (
    SELECT FROM audit_log own WHERE own.at = audit_log.at AND own.actor = :actor
      AND own.entity = 'maintenance' AND own.action <> 'maintain')""")
_LAST_WAY_OUT: Final = _last(f"entity = 'allocation' AND correlation_id LIKE '%{SETTLED}'")

_ROWS: Final = text("""
    SELECT entity, CAST(entity_id AS bigint) AS id, before FROM audit_log
    WHERE at = :at AND actor = :actor AND entity IN ('allocation', 'maintenance')
    ORDER BY audit_log.id""")

_SINCE: Final = text("""
    SELECT later.entity, later.entity_id, later.actor, later.action = 'undo' OR later.reason = :taken_back AS is_undo
    FROM audit_log own JOIN audit_log later
      ON later.entity = own.entity AND later.entity_id = own.entity_id AND later.id > own.id AND later.at <> own.at
    WHERE own.at = :at AND own.actor = :actor ORDER BY later.id""")


@dataclass(frozen=True, slots=True)
class Deed:
    """``before``, ``after``: the allocations that it changed, in the same order. ``windows``: for which it took dynos
    out. ``is_newest``: this person did nothing of its kind after it, not even what was changed or taken back since.
    """

    at: datetime
    actor: str
    before: tuple[Allocation, ...]
    after: tuple[Allocation, ...]
    windows: tuple[MaintenanceWindow, ...]
    is_newest: bool

    @property
    def moved(self) -> tuple[Allocation, ...]:
        """Those that stand on another dyno or other days than before."""
        pairs = zip(self.before, self.after, strict=True)
        return tuple(now for old, now in pairs if (old.dyno_id, old.period) != (now.dyno_id, now.period))

    @property
    def displaced(self) -> tuple[Allocation, ...]:
        """Those that need another place since then."""
        pairs = zip(self.before, self.after, strict=True)
        return tuple(now for old, now in pairs if now.disputed and not old.disputed)


class DeedChanged(DynoError):
    """Somebody changed something of it since; nothing was taken back."""

    code: ClassVar[str] = "deed_changed"

    def __init__(self, *, what: str, by: str) -> None:
        super().__init__(
            f"{what} was changed by {by} since, so nothing was taken back; look at the plan as it is, and change by "
            "hand what is not meant.",
            what=what,
            by=by,
        )


class DeedTakenBack(DynoError):
    """It was taken back before."""

    code: ClassVar[str] = "deed_taken_back"

    def __init__(self) -> None:
        super().__init__("This was taken back already, so nothing was changed now; look at the plan as it is.")


def last_outage(database: Database, actor: Actor, *, today: date) -> Deed | None:
    """The newest breakdown or maintenance that ``actor`` stored within a day, with what it displaced and moved, of
    which nothing was changed since.
    """
    return _found(database, _LAST_OUTAGE, actor, today=today)


def last_way_out(database: Database, actor: Actor, *, today: date) -> Deed | None:
    """The newest way out of a conflict that ``actor`` took within a day and of which nothing was changed since."""
    return _found(database, _LAST_WAY_OUT, actor, today=today)


def this_deed(session: Session, actor: Actor, *, today: date) -> Deed:
    """What ``actor`` did in the transaction that is open."""
    session.flush()
    at = session.execute(text("SELECT now()")).scalar_one()
    return _read(session, actor.email, at, is_newest=True, today=today)


def undo_deed(database: Database, origin: Origin, deed: Deed, *, today: date) -> tuple[Allocation, ...]:
    """Call its windows off and put its allocations back as they were, in one transaction: all of it or nothing.

    Raises `DeedChanged` when anybody changed something of it since, `DeedTakenBack` the second time, `DynoBusy` and
    `VehicleBusy` when a place was taken meanwhile, `DynoOutOfService` when the dyno was; `NotAllowed`, `Busy`.
    """

    def change(session: Session) -> tuple[Allocation, ...]:
        touched = (*deed.before, *deed.after)
        lock_places(
            session,
            dyno_ids={*(one.dyno_id for one in touched), *(window.dyno_id for window in deed.windows)},
            vehicle_ids={one.vehicle_id for one in touched if one.vehicle_id is not None},
        )
        _refuse_changed(session, deed)
        now = _read(session, deed.actor, deed.at, is_newest=deed.is_newest, today=today)
        within = Within(database, session)
        for window in now.windows:
            cancel_maintenance(within, origin, window.id, reason=_TAKEN_BACK)
        return put_back(session, origin, zip(now.before, now.after, strict=True), reason=_TAKEN_BACK)

    return database.transact(change)


def _found(database: Database, which: TextClause, actor: Actor, *, today: date) -> Deed | None:
    with database.reading() as session:
        last = session.execute(which, {"actor": actor.email}).one_or_none()
        return _read(session, actor.email, last.at, is_newest=last.is_newest, today=today) if last else None


def _refuse_changed(session: Session, deed: Deed) -> None:
    values = {"at": deed.at, "actor": deed.actor, "taken_back": _TAKEN_BACK}
    rows = session.execute(_SINCE, values).all()
    if not rows:
        return
    # Only what stands as the deed left it is taken back, so the undo of this one comes before any other change.
    if rows[0].is_undo:
        raise DeedTakenBack
    since = rows[-1]
    kind = "Maintenance window" if since.entity == "maintenance" else since.entity.capitalize()
    named = {("allocation", str(one.id)): f" ({one.what})" for one in deed.after}
    raise DeedChanged(what=f"{kind} {since.entity_id}{named.get((since.entity, since.entity_id), '')}", by=since.actor)


def _read(session: Session, actor: str, at: datetime, *, is_newest: bool, today: date) -> Deed:
    rows = session.execute(_ROWS, {"at": at, "actor": actor}).all()
    was: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        if row.entity == "allocation":  # changed twice, it was at first what the first row says
            was[row.id] = {**(row.before or {}), **was.get(row.id, {})}
    after = tuple(load_allocation(session, number) for number in was)
    return Deed(
        at=at,
        actor=actor,
        before=tuple(_as_it_was(session, one, was[one.id], today=today) for one in after),
        after=after,
        windows=tuple(load_window(session, row.id) for row in rows if row.entity == "maintenance"),
        is_newest=is_newest,
    )


def _as_it_was(session: Session, one: Allocation, was: Mapping[str, Any], *, today: date) -> Allocation:
    dyno = load_dyno(session, int(was["dyno_id"]), today=today) if "dyno_id" in was else None
    return replace(
        one,
        dyno_id=dyno.id if dyno else one.dyno_id,
        dyno=dyno.name if dyno else one.dyno,
        facility=dyno.facility if dyno else one.facility,
        start_date=date.fromisoformat(was["start_date"]) if "start_date" in was else one.start_date,
        end_date=date.fromisoformat(was["end_date"]) if "end_date" in was else one.end_date,
        status=was.get("status", one.status),
        disputed=was.get("disputed", one.disputed),
        end_fixed=was.get("end_fixed", one.end_fixed),
    )
