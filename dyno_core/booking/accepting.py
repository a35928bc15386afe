"""A planner's word that a conflict may stand: with a reason, on record, and taken back as easily."""

from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.booking.desk import Acceptance, DeskConflict
from dyno_core.booking.editing import as_locked
from dyno_core.booking.texts import check_text
from dyno_core.database.engine import Database
from dyno_core.database.models import AcceptedConflictRow, VehicleRow
from dyno_core.errors import InvalidInput, NotFound, StaleVersion

_ACCEPTED: Final = "accepted_conflict"


class AcceptanceGone(NotFound):
    code = "acceptance_gone"

    def __init__(self) -> None:
        super().__init__("Somebody took this acceptance back meanwhile; look at the list as it is now.")


def accept_conflict(database: Database, origin: Origin, conflict: DeskConflict, *, reason: str) -> Acceptance:
    """Let a conflict stand as it was seen; it leaves the list until one of its allocations changes place.

    Raises `InvalidInput` without a reason, `StaleVersion` when something of it was changed since it was seen,
    `ConstraintRefused` when it was accepted already, `NotAllowed`.
    """
    why = reason.strip()
    if not why:
        raise InvalidInput("An accepted conflict needs a reason, so that others understand it later; give one.")
    check_text(why, what="The reason")

    def change(session: Session) -> Acceptance:
        actor = authorize(session, origin.actor, Permission.CHANGE_ANY)
        for one in sorted(conflict.allocations, key=lambda one: one.id):
            as_locked(session, one, one.version)
        for vehicle in conflict.vehicles:
            now = session.scalar(select(VehicleRow.version).where(VehicleRow.id == vehicle.id).with_for_update())
            if now != vehicle.version:
                raise StaleVersion(what=vehicle.label, expected=vehicle.version, found=now or 0)
        row = session.execute(
            insert(AcceptedConflictRow)
            .values(subject=conflict.subject, reason=why, accepted_by=actor.email)
            .returning(AcceptedConflictRow.id, AcceptedConflictRow.accepted_at)
        ).one()
        _record(session, origin, conflict, action="accept_conflict", before=None, after=conflict.title, reason=why)
        return Acceptance(row.id, why, actor.email, row.accepted_at)

    return database.transact(change)


def take_back(database: Database, origin: Origin, conflict: DeskConflict) -> None:
    """The conflict is on the list again. Raises `AcceptanceGone`, `NotAllowed`."""

    def change(session: Session) -> None:
        authorize(session, origin.actor, Permission.CHANGE_ANY)
        gone = session.execute(
            delete(AcceptedConflictRow)
            .where(AcceptedConflictRow.subject == conflict.subject)
            .returning(AcceptedConflictRow.reason)
        ).one_or_none()
        if gone is None:
            raise AcceptanceGone
        _record(session, origin, conflict, action="reopen_conflict", before=conflict.title, after=None, reason="")

    database.transact(change)


def _record(
    session: Session,
    origin: Origin,
    conflict: DeskConflict,
    *,
    action: str,
    before: str | None,
    after: str | None,
    reason: str,
) -> None:
    """In the history of each record concerned: people look there, not for conflicts of the past."""
    if conflict.kind == "identity":
        concerned = [("vehicle", one.id) for one in conflict.vehicles]
    else:
        concerned = [
            ("maintenance" if one.kind == "maintenance" else "allocation", one.id) for one in conflict.allocations
        ]
    for entity, number in concerned:
        record(
            session,
            origin,
            action=action,
            entity=entity,
            entity_id=number,
            before={_ACCEPTED: before},
            after={_ACCEPTED: after},
            reason=reason,
        )
