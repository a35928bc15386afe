"""Requests whose demand is gone, several at once, and those whose demand is there again."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize, require
from dyno_core.audit.log import Origin, record
from dyno_core.audit.measured import measured
from dyno_core.booking.request_changes import bump, hold_their_vehicles, locked_request, own_open
from dyno_core.booking.texts import check_text
from dyno_core.database.engine import Database
from dyno_core.database.models import RequestRow
from dyno_core.errors import InvalidInput, StaleVersion
from dyno_core.fleet import Retired, hold_vehicle, plannable_test_type


@measured("booking", "withdraw_requests")
def withdraw_requests(
    database: Database, origin: Origin, versions: Mapping[int, int], *, reason: str
) -> Mapping[int, int]:
    """Withdraw these open requests (number → version), all or none; their versions from then on.

    Engineers withdraw their own, planners any. Raises `InvalidInput` without a reason, `RequestNotFound`,
    `RequestClosed`, `StaleVersion`, `NotAllowed`.
    """
    check_text(reason, what="The reason")
    if not reason.strip():
        raise InvalidInput("A withdrawal needs a reason, so that others understand it later; give one.")

    def change(session: Session) -> Mapping[int, int]:
        hold_their_vehicles(session, versions)
        rows = [own_open(session, origin, number, version) for number, version in sorted(versions.items())]
        for row in rows:
            _become(session, origin, row, "withdrawn", reason=reason.strip())
        return {row.id: row.version for row in rows}

    return database.transact(change)


@measured("booking", "reopen_requests")
def reopen_requests(
    database: Database, origin: Origin, versions: Mapping[int, int], *, reason: str = ""
) -> Mapping[int, int]:
    """Take their withdrawal back, all or none; their versions from then on.

    Raises `RequestNotFound`, `StaleVersion`, `Retired` for a vehicle or a test that can't be planned any more,
    `InvalidInput` for one that is not withdrawn, `NotAllowed` as for withdrawing it.
    """
    check_text(reason, what="The reason")

    def change(session: Session) -> Mapping[int, int]:
        hold_their_vehicles(session, versions)
        rows = [_own_withdrawn(session, origin, number, version) for number, version in sorted(versions.items())]
        for row in rows:
            _become(session, origin, row, "open", reason=reason.strip())
        return {row.id: row.version for row in rows}

    return database.transact(change)


def _own_withdrawn(session: Session, origin: Origin, request_id: int, version: int) -> RequestRow:
    actor = authorize(session, origin.actor, Permission.BOOK)
    row = locked_request(session, request_id)
    if row.created_by != actor.email:
        require(actor, Permission.CHANGE_ANY)
    if row.version != version:
        raise StaleVersion(what=f"Request {request_id}", expected=version, found=row.version)
    if row.status != "withdrawn":
        raise InvalidInput(f"Request {request_id} is {row.status}, so there is no withdrawal to take back.")
    if (vehicle := hold_vehicle(session, row.vehicle_id)).retired:
        raise Retired(vehicle.label)
    plannable_test_type(session, row.test_type)
    return row


def _become(session: Session, origin: Origin, row: RequestRow, status: str, *, reason: str) -> None:
    record(
        session, origin, action="withdraw" if status == "withdrawn" else "reopen", entity="request", entity_id=row.id,
        before={"status": row.status}, after={"status": status}, reason=reason,
    )  # fmt: skip
    row.status = status
    bump(session, row)
