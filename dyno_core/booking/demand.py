"""What becomes of a request when the allocation that answered it is cancelled or restored."""

import re
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin, record
from dyno_core.database.models import AllocationRow, RequestRow

_KEY: Final = re.compile(r"request:(\d{1,18}):\d+", re.ASCII)


def key_of(request_id: int, version: int) -> str:
    """The request key under which a request is placed. The version makes a second placing another one."""
    return f"request:{request_id}:{version}"


def reopen_request(session: Session, origin: Origin, allocation_id: int, *, reason: str) -> None:
    """The demand outlives its place: without this it would be lost, and nobody could place it again."""
    request = session.scalar(select(RequestRow).where(RequestRow.allocation_id == allocation_id).with_for_update())
    if request is not None:
        _settle(session, origin, request, allocation_id=None, reason=reason)


def place_request_again(session: Session, origin: Origin, row: AllocationRow, *, reason: str) -> None:
    """The request that the restored allocation was booked for, if it has no other place by now."""
    found = _KEY.fullmatch(row.request_key or "")
    request = session.get(RequestRow, int(found[1]), with_for_update=True) if found else None
    if request is not None and request.status == "open" and request.vehicle_id == row.vehicle_id:
        _settle(session, origin, request, allocation_id=row.id, reason=reason)


def _settle(session: Session, origin: Origin, request: RequestRow, *, allocation_id: int | None, reason: str) -> None:
    before = {"status": request.status, "allocation_id": request.allocation_id}
    after = {"status": "open" if allocation_id is None else "placed", "allocation_id": allocation_id}
    request.status, request.allocation_id = str(after["status"]), allocation_id
    request.version += 1
    record(
        session,
        origin,
        action="reopen" if allocation_id is None else "place",
        entity="request",
        entity_id=request.id,
        before=before,
        after=after,
        reason=reason,
    )
