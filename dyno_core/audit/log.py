"""The record of every change: who, when, through what, from what to what, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import select
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
        return tuple(_entry(row) for row in rows)


def latest(database: Database, *, limit: int = 200, actor: str | None = None) -> tuple[AuditEntry, ...]:
    """The newest changes of all records, newest first."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    if actor:
        query = query.where(AuditRow.actor == actor)
    with database.reading() as session:
        return tuple(_entry(row) for row in session.scalars(query))


def _entry(row: AuditRow) -> AuditEntry:
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
