"""The record of every change: who, when, through what, from what to what, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import TextClause, select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor
from dyno_core.database.engine import Database
from dyno_core.database.models import AuditRow

Channel = Literal["chat", "calendar", "import", "planner", "api", "admin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a change comes from. Built at the front door from the signed-in person, never from user input."""

    actor: Actor
    channel: Channel
    conversation_id: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    id: int
    at: datetime
    actor: str
    channel: str
    action: str
    entity: str
    entity_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str
    conversation_id: str | None


def record(
    session: Session,
    origin: Origin,
    *,
    action: str,
    entity: str,
    entity_id: int | str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add one audit row to the caller's transaction, holding only the fields that changed."""
    if before is not None and after is not None:
        changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
        before = {key: value for key, value in before.items() if key in changed}
        after = {key: value for key, value in after.items() if key in changed}
    session.add(
        AuditRow(
            actor_id=origin.actor.id,
            actor=origin.actor.email,
            channel=origin.channel,
            conversation_id=origin.conversation_id,
            correlation_id=origin.correlation_id,
            action=action,
            entity=entity,
            entity_id=str(entity_id),
            before=None if before is None else {key: as_json(value) for key, value in before.items()},
            after=None if after is None else {key: as_json(value) for key, value in after.items()},
            reason=reason,
        )
    )


def as_json(value: Any) -> Any:
    """Dates as ISO text, everything JSON knows as it is."""
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def history(database: Database, *, entity: str, entity_id: int | str, limit: int = 200) -> tuple[AuditEntry, ...]:
    """What happened to one record, newest first."""
    with database.reading() as session:
        rows = session.scalars(
            select(AuditRow)
            .where(AuditRow.entity == entity, AuditRow.entity_id == str(entity_id))
            .order_by(AuditRow.id.desc())
            .limit(limit)
        )
        return tuple(entry_of(row) for row in rows)


# Each thing's entries by the index: the record is never read through for those of a few.
_OF_A_VEHICLE: Final = text("""
    WITH RECURSIVE ones (id) AS (
      SELECT CAST(:vehicle_id AS integer)
      UNION SELECT v.id FROM vehicles v JOIN ones ON v.merged_into_id = ones.id),
    things (entity, entity_id) AS (
      SELECT 'vehicle', id::text FROM ones
      UNION ALL SELECT 'allocation', a.id::text FROM allocations a JOIN ones ON a.vehicle_id = ones.id
      UNION ALL SELECT 'request', r.id::text FROM requests r JOIN ones ON r.vehicle_id = ones.id)
    SELECT entry.id FROM things CROSS JOIN LATERAL (
      SELECT l.id FROM audit_log l WHERE l.entity = things.entity AND l.entity_id = things.entity_id
      ORDER BY l.id DESC LIMIT :most) entry
    ORDER BY entry.id DESC LIMIT :most""")


def history_of_vehicle(database: Database, vehicle_id: int, *, limit: int = 200) -> tuple[AuditEntry, ...]:
    """What happened to one vehicle, those that were made part of it, their allocations and requests, newest first."""
    return _found(database, _OF_A_VEHICLE, {"vehicle_id": vehicle_id, "most": limit})


# What was moved away stands in the values only, which no index has: it is looked for among the newest changes.
_OF_A_DYNO: Final = text("""
    WITH things (entity, entity_id) AS (
      SELECT 'dyno', CAST(:dyno_id AS text)
      UNION ALL SELECT CASE a.kind WHEN 'maintenance' THEN 'maintenance' ELSE 'allocation' END, a.id::text
        FROM allocations a WHERE a.dyno_id = CAST(:dyno_id AS integer)),
    newest AS (SELECT l.id, l.before, l.after FROM audit_log l ORDER BY l.id DESC LIMIT 5000),
    entries AS (
      SELECT entry.id, entry.at FROM things CROSS JOIN LATERAL (
        SELECT l.id, l.at FROM audit_log l WHERE l.entity = things.entity AND l.entity_id = things.entity_id
        ORDER BY l.id DESC LIMIT :most) entry
      UNION SELECT l.id, l.at FROM newest JOIN audit_log l ON l.id = newest.id
        JOIN dynos d ON d.id = CAST(:dyno_id AS integer)
        WHERE d.name IN (newest.before ->> 'dyno', newest.after ->> 'dyno')
          OR d.id::text IN (newest.before ->> 'dyno_id', newest.after ->> 'dyno_id'))
    SELECT id FROM entries
    WHERE (CAST(:since AS timestamptz) IS NULL OR at >= :since)
      AND (CAST(:before AS timestamptz) IS NULL OR at < :before)
    ORDER BY id DESC LIMIT :most""")


def history_of_dyno(
    database: Database,
    dyno_id: int,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    limit: int = 200,
) -> tuple[AuditEntry, ...]:
    """What happened to one dyno and to what stands on it or was moved away lately, newest first."""
    return _found(database, _OF_A_DYNO, {"dyno_id": dyno_id, "since": since, "before": before, "most": limit})


def _found(database: Database, statement: TextClause, values: Mapping[str, Any]) -> tuple[AuditEntry, ...]:
    with database.reading() as session:
        found = session.scalars(statement, values).all()
        rows = session.scalars(select(AuditRow).where(AuditRow.id.in_(found)).order_by(AuditRow.id.desc()))
        return tuple(entry_of(row) for row in rows)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes to list; None = all. ``entities``: several kinds at once. ``about`` is a record's number, or the
    name of a dyno, vehicle or person.
    """

    person: str | None = None
    entity: str | None = None
    about: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    entities: tuple[str, ...] | None = None


# A dyno or a vehicle is named by its own changes and by those of the allocations that concern it.
_ABOUT: Final = """
audit_log.entity_id = :about
OR (audit_log.entity, audit_log.entity_id) IN (
    SELECT 'dyno', id::text FROM dynos WHERE lower(name) = lower(:about)
    UNION ALL SELECT 'vehicle', id::text FROM vehicles WHERE lower(:about) IN (lower(tag), lower(vin))
    UNION ALL SELECT 'user', id::text FROM users WHERE lower(email) = lower(:about)
    UNION ALL SELECT kinds.kind, a.id::text FROM allocations a JOIN dynos d ON d.id = a.dyno_id
        LEFT JOIN vehicles v ON v.id = a.vehicle_id
        CROSS JOIN (VALUES ('allocation'), ('maintenance')) kinds(kind)
        WHERE lower(:about) IN (lower(d.name), lower(v.tag), lower(v.vin)))"""


def latest(database: Database, *, limit: int = 200, wanted: Wanted | None = None) -> tuple[AuditEntry, ...]:
    """The newest changes, newest first."""
    wanted = wanted or Wanted()
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if wanted.person:
        query = query.where(AuditRow.actor == wanted.person)
    if wanted.entity:
        query = query.where(AuditRow.entity == wanted.entity)
    if wanted.entities:
        query = query.where(AuditRow.entity.in_(wanted.entities))
    if wanted.about:
        query = query.where(text(f"({_ABOUT})").bindparams(about=wanted.about.replace("\x00", "")))
    if wanted.since:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.before:
        query = query.where(AuditRow.at < wanted.before)
    with database.reading() as session:
        return tuple(entry_of(row) for row in session.scalars(query))


def people_on_record(database: Database) -> tuple[str, ...]:
    """Everyone who ever changed something, by name."""
    with database.reading() as session:
        return tuple(session.scalars(select(AuditRow.actor).distinct().order_by(AuditRow.actor)))


def entry_of(row: AuditRow) -> AuditEntry:
    return AuditEntry(
        id=row.id,
        at=row.at,
        actor=row.actor,
        channel=row.channel,
        action=row.action,
        entity=row.entity,
        entity_id=row.entity_id,
        before=row.before,
        after=row.after,
        reason=row.reason,
        conversation_id=row.conversation_id,
    )
