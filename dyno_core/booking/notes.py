"""Notes on what is planned, and the mark that somebody has to follow it up: the planner's own work list."""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin, record
from dyno_core.audit.measured import measured
from dyno_core.booking.editing import edited
from dyno_core.booking.errors import Unchanged
from dyno_core.booking.imported import tell_import
from dyno_core.booking.request_changes import bump, own_open
from dyno_core.booking.requests import Request, get_request
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow
from dyno_core.errors import InvalidInput
from dyno_core.period import Period

_MARKED: Final = text("""
    SELECT 'allocation' AS kind, a.id, a.version, coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS vehicle,
           a.test_type, d.name AS dyno, d.facility, a.start_date, a.end_date, a.status,
           a.notes, a.created_by
    FROM allocations a JOIN dynos d ON d.id = a.dyno_id JOIN vehicles v ON v.id = a.vehicle_id WHERE a.follow_up
    UNION ALL
    SELECT 'request', r.id, r.version, coalesce(v.tag, v.vin, 'vehicle ' || v.id), r.test_type, NULL, r.facility,
           r.start_date, r.end_date, r.status, r.notes, r.created_by
    FROM requests r JOIN vehicles v ON v.id = r.vehicle_id WHERE r.follow_up AND r.status = 'open'
    ORDER BY start_date, kind, id""")


@dataclass(frozen=True, slots=True)
class FollowUp:
    """An allocation, or an open request, that bears the mark. ``dyno`` None: it has no place yet."""

    kind: Literal["allocation", "request"]
    id: int
    version: int
    vehicle: str
    test_type: str
    dyno: str | None
    facility: str | None
    period: Period
    status: str
    notes: str
    created_by: str


def list_follow_ups(database: Database) -> tuple[FollowUp, ...]:
    """All that is marked, by first day. A placed request is told as its allocation, which takes the mark over."""
    with database.reading() as session:
        return tuple(
            FollowUp(
                row.kind, row.id, row.version, row.vehicle, row.test_type, row.dyno, row.facility,
                Period(row.start_date, row.end_date), row.status, row.notes, row.created_by,
            )
            for row in session.execute(_MARKED)
        )  # fmt: skip


@measured("booking", "note_allocation")
def note_allocation(
    database: Database, origin: Origin, allocation_id: int, *, notes: str, follow_up: bool, version: int
) -> Allocation:
    """Store note and mark, whatever became of the allocation. Engineers note their own, planners any.

    Raises `AllocationNotFound`, `StaleVersion`, `NotAllowed`, `InvalidInput`, and `Unchanged` when both are so already.
    """
    kept = _checked(notes)

    def note(session: Session, before: Allocation, row: AllocationRow) -> None:
        if before.kind != "test":
            raise InvalidInput("A maintenance window has a reason instead of a note; change that where it is planned.")
        if (before.notes, before.follow_up) == (kept, follow_up):
            raise Unchanged(f"Allocation {allocation_id} has that note already, so nothing was changed.")
        tell_import(session, row, changed=["notes", "follow_up"] if before.notes != kept else ["follow_up"])
        row.notes, row.follow_up = kept, follow_up

    return edited(database, origin, allocation_id, note, action="edit", version=version)


@measured("booking", "note_request")
def note_request(
    database: Database, origin: Origin, request_id: int, *, notes: str, follow_up: bool, version: int
) -> Request:
    """As `note_allocation`, of an open request. Raises `RequestNotFound` and `RequestClosed`, too."""
    kept = _checked(notes)

    def change(session: Session) -> None:
        row = own_open(session, origin, request_id, version)
        before, after = {"notes": row.notes, "follow_up": row.follow_up}, {"notes": kept, "follow_up": follow_up}
        if before == after:
            raise Unchanged(f"Request {request_id} has that note already, so nothing was changed.")
        tell_import(session, row, changed=[name for name in after if before[name] != after[name]])
        row.notes, row.follow_up = kept, follow_up
        bump(session, row)
        record(session, origin, action="edit", entity="request", entity_id=request_id, before=before, after=after)

    database.transact(change)
    return get_request(database, request_id)


def _checked(notes: str) -> str:
    check_text(notes, what="The note")
    return notes.strip()
