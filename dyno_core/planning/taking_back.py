"""Taking back the places that requests were given, and finding requests that were just filed. What belongs together,
and whose it is, stands in the database: so it is found again after a reload and in another browser, and nobody else's
is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, authorize
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    Allocation,
    Request,
    cancel_allocation,
    list_allocations,
    list_requests,
    reschedule_allocation,
)
from dyno_core.booking.exchange import Within
from dyno_core.booking.locks import lock_places
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, StaleVersion
from dyno_core.planning.placing import Outcome

# What was done at once has one correlation id, and one placing alone has its own moment. An allocation that was changed
# since, or cancelled, has another version than the one it was booked with.
_LAST: Final = text("""
    WITH mine AS (
      SELECT l.id, l.at, coalesce(l.correlation_id, CAST(l.at AS text)) AS deed, a.id AS allocation_id,
             a.version = 1 AS stands
      FROM audit_log l JOIN allocations a ON a.id = CAST(l.after ->> 'allocation_id' AS bigint)
      WHERE l.at > now() - interval '1 day' AND l.actor = :actor AND l.channel = 'planner'
        AND l.entity = 'request' AND l.action = 'place')
    SELECT min(at) AS at, array_agg(allocation_id) FILTER (WHERE stands) AS allocations,
           max(id) = (SELECT max(id) FROM mine) AS is_newest
    FROM mine WHERE deed = (SELECT deed FROM mine WHERE stands ORDER BY id DESC LIMIT 1) HAVING count(*) > 0""")

# Those filed at once share their key but for the number at its end. One that was changed since, placed or withdrawn has
# another version.
_FILED: Final = text("""
    WITH mine AS (
      SELECT id, created_at, regexp_replace(request_key, ':[0-9]+$', '') AS deed,
             version = 1 AND status = 'open' AS stands
      FROM requests
      WHERE created_at > now() - interval '1 day' AND created_by = :actor AND source = 'planner'
        AND request_key LIKE :key)
    SELECT min(created_at) AS at, array_agg(id ORDER BY id) FILTER (WHERE stands) AS requests,
           max(id) = (SELECT max(id) FROM mine) AS is_newest
    FROM mine WHERE deed = (SELECT deed FROM mine WHERE stands ORDER BY id DESC LIMIT 1) HAVING count(*) > 0""")
FILED_BY_HAND: Final = "planning:"
"""How the key of a request begins that was filed in the form of the planning page."""

# What the same transaction moved, and how often it was changed since.
_MADE_ROOM: Final = text("""
    SELECT a.id, a.version, a.dyno_id, a.vehicle_id, d.name AS home,
           (SELECT count(*) FROM audit_log l
            WHERE l.entity = 'allocation' AND l.entity_id = m.entity_id AND l.id > m.id) AS changes
    FROM audit_log b
    JOIN audit_log m ON m.at = b.at AND m.actor = b.actor AND m.entity = 'allocation' AND m.action = 'move'
    JOIN allocations a ON a.id = CAST(m.entity_id AS bigint)
    JOIN dynos d ON d.id = (SELECT dyno_id FROM allocations WHERE id = :allocation)
    WHERE b.entity = 'allocation' AND b.entity_id = CAST(:allocation AS text) AND b.action = 'book'""")


@dataclass(frozen=True, slots=True)
class LastPlaced:
    """What one person placed at once, so far as it is as it was placed.

    ``is_newest``: this person placed nothing after it, not even what was changed or taken back since.
    """

    at: datetime
    allocations: tuple[Allocation, ...]
    is_newest: bool


def last_placed(database: Database, actor: Actor) -> LastPlaced | None:
    """The newest places that ``actor`` gave to requests on the planning page within a day and that still stand."""
    with database.reading() as session:
        row = session.execute(_LAST, {"actor": actor.email}).one_or_none()
    return LastPlaced(row.at, list_allocations(database, among=row.allocations), row.is_newest) if row else None


@dataclass(frozen=True, slots=True)
class LastFiled:
    """Requests that one person filed at once, so far as they are as they were filed.

    ``is_newest``: this person filed nothing after it, not even what was changed or taken back since.
    """

    at: datetime
    requests: tuple[Request, ...]
    is_newest: bool


def last_filed(database: Database, actor: Actor) -> LastFiled | None:
    """The newest requests that ``actor`` filed in the form of the planning page within a day and that still stand.

    They are taken back by `withdraw_requests`.
    """
    with database.reading() as session:
        row = session.execute(_FILED, {"actor": actor.email, "key": f"{FILED_BY_HAND}%"}).one_or_none()
    return LastFiled(row.at, list_requests(database, among=row.requests), row.is_newest) if row else None


def undo_places(
    database: Database, origin: Origin, allocations: Iterable[Allocation], *, today: date
) -> Iterator[Outcome]:
    """Cancel what was placed, as long as nobody changed it since; each request is open again, and what made room for it
    by an exchange is home again, in one transaction.

    Raises `NotAllowed`, `NotSignedIn` before anything is changed.
    """
    with database.reading() as session:
        authorize(session, origin.actor, Permission.BOOK)
    for one in allocations:
        try:
            yield Outcome(one.id, one.vehicle, _off_again(database, origin, one, today=today))
        except DynoError as refusal:
            yield Outcome(one.id, one.vehicle, None, str(refusal))


def _off_again(database: Database, origin: Origin, one: Allocation, *, today: date) -> Allocation:
    why = "the placing of requests was undone"

    def change(session: Session) -> Allocation:
        within = Within(database, session)
        moved = session.execute(_MADE_ROOM, {"allocation": one.id}).one_or_none()
        if moved:
            lock_places(
                session, dyno_ids={one.dyno_id, moved.dyno_id}, vehicle_ids={one.vehicle_id, moved.vehicle_id} - {None}
            )
            if moved.changes:
                raise StaleVersion(
                    what=f"Allocation {moved.id}, which made room for it,", expected=moved.version - moved.changes,
                    found=moved.version,
                )  # fmt: skip
        gone = cancel_allocation(within, origin, one.id, reason=why, version=one.version)
        if moved:
            reschedule_allocation(
                within, origin, moved.id, today=today, dyno=moved.home, version=moved.version, reason=why
            )
        return gone

    return database.transact(change)
