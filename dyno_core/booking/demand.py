"""What becomes of a request when the allocation that answered it is cancelled or restored."""

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin, record
from dyno_core.database.models import AllocationRow, RequestRow

_KEY: Final = re.compile(r"request:(\d{1,18}):\d+", re.ASCII)


def key_of(request_id: int, version: int) -> str:
    """The request key under which a request is placed. The version makes a second placing another one."""
    return f"request:{request_id}:{version}"


def reopen_request(session: Session, origin: Origin, row: AllocationRow, *, reason: str) -> None:
    """The demand outlives its place: without this it would be lost, and nobody could place it again.

    The note and the mark for a follow-up go back to it, as they are by now.
    """
    request = session.scalar(select(RequestRow).where(RequestRow.allocation_id == row.id).with_for_update())
    if request is not None:
        handed = {"notes": row.notes, "follow_up": row.follow_up}
        row.follow_up = False
        _settle(session, origin, request, {"status": "open", "allocation_id": None, **handed}, reason=reason)


def place_request_again(session: Session, origin: Origin, row: AllocationRow, *, reason: str) -> None:
    """The request that the restored allocation was booked for, if it has no other place by now.

    Its note and its mark go along, as whenever it is placed; what was marked since it was cancelled keeps its own note.
    """
    found = _KEY.fullmatch(row.request_key or "")
    request = session.get(RequestRow, int(found[1]), with_for_update=True) if found else None
    if request is not None and request.status == "open" and request.vehicle_id == row.vehicle_id:
        if not row.follow_up:
            row.notes, row.follow_up = request.notes, request.follow_up
        after = {"status": "placed", "allocation_id": row.id, "follow_up": False}
        _settle(session, origin, request, after, reason=reason)


def _settle(session: Session, origin: Origin, request: RequestRow, after: Mapping[str, Any], *, reason: str) -> None:
    before = {name: getattr(request, name) for name in after}
    for name, value in after.items():
        setattr(request, name, value)
    request.version += 1
    record(
        session,
        origin,
        action="reopen" if after["status"] == "open" else "place",
        entity="request",
        entity_id=request.id,
        before=before,
        after=after,
        reason=reason,
    )
