"""Taking back the last change of a conversation, as long as nobody has changed the same allocation since.

What was changed is read from the audit log: it knows the conversation of every change, also after a restart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations
from dyno_core.audit.log import Origin, history
from dyno_core.booking import (
    Allocation,
    cancel_allocation,
    get_allocation,
    reschedule_allocation,
    restore_allocation,
)
from dyno_core.database.engine import Database
from dyno_core.database.models import AuditRow
from dyno_core.errors import DynoError

_UNDONE: Final = "undone by "


class NothingToUndo(DynoError):
    code = "nothing_to_undo"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in a sentence, and the allocation as it is now."""

    sentence: str
    allocation: Allocation


def undo_last(
    database: Database, actor: Actor, conversation_id: str, *, today: date, correlation_id: str | None = None
) -> Undone:
    """Take back what this conversation changed last.

    Raises `NothingToUndo` when there is nothing, when it was undone already or changed by someone since; and what
    cancelling, moving and restoring raise.
    """
    conversations.get_conversation(database, actor, conversation_id)
    allocation_id = _last_changed(database, conversation_id)
    # The version first: whatever is changed after this line is refused by it.
    now = get_allocation(database, allocation_id)
    latest = history(database, entity="allocation", entity_id=allocation_id, limit=1)[0]
    if latest.conversation_id != conversation_id:
        raise NothingToUndo(
            f"Allocation {allocation_id} was changed by {latest.actor} since, so it stays as it is; "
            "look at it in the calendar."
        )
    if latest.reason.startswith(_UNDONE):
        raise NothingToUndo("The last change of this conversation was undone already; there is nothing more to undo.")
    take_back = _TAKE_BACK.get(latest.action)
    if take_back is None:
        raise NothingToUndo(f"The last change of allocation {allocation_id} can't be undone from here.")
    origin = Origin(actor=actor, channel="chat", conversation_id=conversation_id, correlation_id=correlation_id)
    return take_back(_Change(database, origin, now, latest.before or {}, today, f"{_UNDONE}{actor.name}"))


def _last_changed(database: Database, conversation_id: str) -> int:
    query = (
        select(AuditRow.entity_id)
        .where(AuditRow.conversation_id == conversation_id, AuditRow.entity == "allocation")
        .order_by(AuditRow.id.desc())
        .limit(1)
    )
    with database.reading() as session:
        found = session.scalar(query)
    if found is None:
        raise NothingToUndo("This conversation has changed nothing yet, so there is nothing to undo.")
    return int(found)


@dataclass(frozen=True)
class _Change:
    """``before``: the fields as they were, only those that changed. ``now``: the allocation as it is."""

    database: Database
    origin: Origin
    now: Allocation
    before: Mapping[str, Any]
    today: date
    reason: str


def _unbook(change: _Change) -> Undone:
    now = change.now
    after = cancel_allocation(change.database, change.origin, now.id, reason=change.reason, version=now.version)
    return Undone(f"Undone: allocation {now.id}, {now.what} on {now.dyno}, {now.period}, is cancelled again.", after)


def _move_back(change: _Change) -> Undone:
    now, before = change.now, change.before
    start, end = _day(before.get("start_date")), _day(before.get("end_date"))
    after = reschedule_allocation(
        change.database,
        change.origin,
        now.id,
        today=change.today,
        start_date=start,
        end_date=end or (now.end_date if start else None),
        dyno=before.get("dyno"),
        version=now.version,
        reason=change.reason,
    )
    return Undone(f"Undone: allocation {after.id}, {after.what}, is back on {after.dyno}, {after.period}.", after)


def _restore(change: _Change) -> Undone:
    now = change.now
    if change.before.get("status") != "scheduled" or change.before.get("disputed"):
        raise NothingToUndo(
            f"Allocation {now.id} was not simply scheduled before it was cancelled; restore it in the calendar."
        )
    after = restore_allocation(change.database, change.origin, now.id, version=now.version, reason=change.reason)
    where = f"{after.dyno}, {after.period}"
    return Undone(f"Undone: allocation {after.id}, {after.what}, is scheduled again on {where}.", after)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_TAKE_BACK: Final[dict[str, Callable[[_Change], Undone]]] = {
    "book": _unbook,
    "move": _move_back,
    "cancel": _restore,
}
