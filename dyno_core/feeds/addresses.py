"""Whose feeds there are, and which feed a secret address stands for.

The secret is a random token of 256 bits. Only its hash is stored, and looking that up is the whole comparison: a wrong
token says nothing about right ones, neither by the answer nor by its time.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, func, select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import CalendarFeedRow, DynoRow, UserRow, VehicleRow
from dyno_core.errors import InvalidInput, NotFound, NotSignedIn

MOST_FEEDS: Final = 50
"""Per person."""
_BYTES: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_NOTE_USE: Final = text("""
    UPDATE calendar_feeds SET last_used_at = now()
    WHERE id = :id AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')""")
"""Programs that ask every few seconds write once a minute."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A dyno's, a vehicle's, or with neither of them the owner's own."""

    id: int
    owner_name: str
    owner_email: str
    dyno_id: int | None
    vehicle_id: int | None
    label: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewFeed:
    """``token`` is known only now."""

    feed: Feed
    token: str


def create_feed(
    database: Database, origin: Origin, *, dyno_id: int | None = None, vehicle_id: int | None = None
) -> NewFeed:
    """A feed of a dyno, of a vehicle, or with neither of what concerns oneself.

    Raises `NotFound` for a dyno or vehicle that does not exist, `InvalidInput` for too many feeds, `NotSignedIn`.
    """
    token = secrets.token_urlsafe(_BYTES)

    def create(session: Session) -> NewFeed:
        owner = _owner(session, origin)
        # Two tabs that make one at once wait for each other here, so that neither goes over the limit.
        session.execute(select(UserRow.id).where(UserRow.id == owner.id).with_for_update())
        open_ones = select(func.count()).where(
            CalendarFeedRow.owner_id == owner.id, CalendarFeedRow.revoked_at.is_(None)
        )
        if (count := session.scalar(open_ones) or 0) >= MOST_FEEDS:
            raise InvalidInput(f"You have {count} calendar feeds, the most there can be; revoke one first.")
        if dyno_id is not None and session.get(DynoRow, dyno_id) is None:
            raise NotFound("There is no such dyno; look at the list of dynos.", dyno_id=dyno_id)
        if vehicle_id is not None and session.get(VehicleRow, vehicle_id) is None:
            raise NotFound("There is no such vehicle; look at the list of vehicles.", vehicle_id=vehicle_id)
        row = CalendarFeedRow(owner_id=owner.id, token_hash=_hash(token), dyno_id=dyno_id, vehicle_id=vehicle_id)
        session.add(row)
        session.flush()
        feed = _feed(session.execute(_feeds().where(CalendarFeedRow.id == row.id)).one())
        record(
            session, origin, action="subscribe", entity="calendar_feed", entity_id=row.id, after={"name": feed.label}
        )
        return NewFeed(feed, token)

    return database.transact(create)


def list_feeds(database: Database, actor: Actor) -> tuple[Feed, ...]:
    """One's own that still work, newest first."""
    query = _feeds().where(CalendarFeedRow.owner_id == actor.id, CalendarFeedRow.revoked_at.is_(None))
    with database.reading() as session:
        return tuple(_feed(row) for row in session.execute(query.order_by(CalendarFeedRow.id.desc())))


def revoke_feed(database: Database, origin: Origin, feed_id: int) -> None:
    """From now on the address leads nowhere; nothing is written where it is so already.

    Raises `NotFound` for a feed that is not one's own.
    """

    def revoke(session: Session) -> None:
        owner = _owner(session, origin)
        row = session.scalar(
            select(CalendarFeedRow)
            .where(CalendarFeedRow.id == feed_id, CalendarFeedRow.owner_id == owner.id)
            .with_for_update()
        )
        if row is None:
            raise NotFound("There is no such feed of yours; look at the list as it is now.", id=feed_id)
        if row.revoked_at is not None:
            return
        label = _feed(session.execute(_feeds().where(CalendarFeedRow.id == row.id)).one()).label
        row.revoked_at = func.now()  # type: ignore[assignment]
        record(session, origin, action="revoke", entity="calendar_feed", entity_id=row.id, before={"name": label})

    database.transact(revoke)


def open_feed(database: Database, token: str) -> Feed | None:
    """The feed that a token opens now, and note that it was used; None for any other token.

    Nobody's feed outlives their account: it is asked each time whether its owner may still read the plan.
    """
    if not _TOKEN.fullmatch(token):
        return None
    active = (CalendarFeedRow.revoked_at.is_(None), UserRow.disabled.is_(False))
    with database.reading() as session:
        row = session.execute(_feeds().where(CalendarFeedRow.token_hash == _hash(token), *active)).one_or_none()
    if row is None:
        return None
    feed = _feed(row)
    with database.writing() as session:
        session.execute(_NOTE_USE, {"id": feed.id})
    return feed


def _owner(session: Session, origin: Origin) -> Actor:
    actor = authorize(session, origin.actor, Permission.READ)
    if actor.id is None:
        raise NotSignedIn  # the operator at the command line has no account that a feed could belong to
    return actor


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _feeds() -> Select[*tuple[Any, ...]]:
    return (
        select(
            CalendarFeedRow.id,
            CalendarFeedRow.dyno_id,
            CalendarFeedRow.vehicle_id,
            CalendarFeedRow.created_at,
            CalendarFeedRow.last_used_at,
            UserRow.name.label("owner_name"),
            UserRow.email.label("owner_email"),
            DynoRow.name.label("dyno"),
            func.coalesce(VehicleRow.tag, VehicleRow.vin).label("vehicle"),
        )
        .join(UserRow, UserRow.id == CalendarFeedRow.owner_id)
        .outerjoin(DynoRow, DynoRow.id == CalendarFeedRow.dyno_id)
        .outerjoin(VehicleRow, VehicleRow.id == CalendarFeedRow.vehicle_id)
    )


def _feed(row: Row[Any]) -> Feed:
    vehicle = row.vehicle or f"vehicle {row.vehicle_id}" if row.vehicle_id is not None else None
    return Feed(
        id=row.id,
        owner_name=row.owner_name,
        owner_email=row.owner_email,
        dyno_id=row.dyno_id,
        vehicle_id=row.vehicle_id,
        label=row.dyno or vehicle or f"Vehicles of {row.owner_name}",
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
