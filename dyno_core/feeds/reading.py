"""What stands in a feed: from a month ago on, whatever is planned."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import text

from dyno_core.booking import Allocation, list_allocations
from dyno_core.database.engine import Database
from dyno_core.feeds.addresses import Feed
from dyno_core.maintenance import list_windows

_BACK: Final = timedelta(days=31)
_MOST: Final = 2_000

# A vehicle that was merged into another lives on as that one. Who imported a plan has not booked all of it.
_WANTED: Final = {
    "dyno": "a.dyno_id = :dyno_id",
    "vehicle": "a.vehicle_id = (SELECT coalesce(merged_into_id, id) FROM vehicles WHERE id = :vehicle_id)",
    "person": """a.kind = 'test' AND (
        (a.created_by = :email AND a.source IN ('chat', 'calendar'))
        OR a.vehicle_id IN (SELECT id FROM vehicles WHERE lower(btrim(contact)) IN (lower(:name), lower(:email))))""",
}


@dataclass(frozen=True, slots=True)
class Event:
    """An allocation, or a maintenance window with its reason; ``changed_at`` is when its row was last written."""

    allocation: Allocation
    changed_at: datetime
    reason: str = ""


def events_of(database: Database, feed: Feed, *, today: date) -> tuple[Event, ...]:
    """Neither cancelled nor over for more than a month, by start; of very many the soonest two thousand."""
    kind = "dyno" if feed.dyno_id is not None else "vehicle" if feed.vehicle_id is not None else "person"
    query = f"""
        SELECT a.id, a.updated_at FROM allocations a
        WHERE a.status <> 'cancelled' AND a.end_date >= :first AND ({_WANTED[kind]})
        ORDER BY a.start_date, a.id LIMIT {_MOST}"""
    values: dict[str, object] = {"first": today - _BACK}
    if kind == "person":
        values |= {"email": feed.owner_email, "name": feed.owner_name}
    else:
        values |= {f"{kind}_id": feed.dyno_id if kind == "dyno" else feed.vehicle_id}
    with database.reading() as session:
        changed = {row.id: row.updated_at for row in session.execute(text(query), values)}
    if not changed:
        return ()
    reasons = {one.id: one.reason for one in list_windows(database, dyno_id=feed.dyno_id)} if kind == "dyno" else {}
    # What was cancelled in between is not in the feed either.
    return tuple(
        Event(one, changed[one.id], reasons.get(one.id, ""))
        for one in list_allocations(database, among=changed, kind=None)
        if one.status != "cancelled"
    )
