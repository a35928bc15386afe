"""Taking back a change of a conversation, as long as nobody has changed the same allocations since.

What was changed is read from the audit log: it knows the conversation of every change, also after a restart. What one
transaction changed is one change, and is taken back in one transaction: a booking by exchange moves the other
allocation home again. What was taken back is settled, and then the change before it can be, one at a time.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor
from dyno_core.agent import conversations
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    Allocation,
    cancel_allocation,
    get_allocation,
    reschedule_allocation,
    restore_allocation,
)
from dyno_core.booking.exchange import Within
from dyno_core.database.engine import Database
from dyno_core.database.models import AuditRow
from dyno_core.errors import DynoError
from dyno_core.fleet import get_dyno
from dyno_core.period import say_day

_MARK: Final = "/undo"
"""Ends the correlation id of an undo's audit rows: unlike a reason, no person can type it."""
_LOOKED_AT: Final = 500
_WAS_DONE: Final = {"book": "booked", "move": "moved", "cancel": "cancelled"}
_DONE_TO_IT: Final = {"start": "started", "complete": "completed", "cancel": "cancelled", "move": "moved"}


class NothingToUndo(DynoError):
    code = "nothing_to_undo"


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back, in a sentence, and the allocation as it is now."""

    sentence: str
    allocation: Allocation


@dataclass(frozen=True, slots=True)
class Standing:
    """A conversation's last change of an allocation that still stands.

    ``change`` names it, so that a second click takes back nothing more; ``why_not``: what keeps it from being undone.
    """

    change: int | None
    why_not: str | None = None


@dataclass(frozen=True, slots=True)
class _Step:
    """One allocation's part of a change. ``before``: the fields as they were, only those that changed."""

    audit_id: int
    action: str
    allocation_id: int
    before: Mapping[str, Any]
    now: Allocation


@dataclass(frozen=True, slots=True)
class _Undoing:
    """Surroundings of the steps that take a change back."""

    database: Database
    origin: Origin
    today: date
    reason: str


def undo_last(
    database: Database,
    actor: Actor,
    conversation_id: str,
    *,
    today: date,
    correlation_id: str | None = None,
    allocation_id: int | None = None,
    change: int | None = None,
) -> Undone:
    """Take back what this conversation changed last and did not take back yet, of all or of one allocation.

    ``change``: the one that is meant, as `standing` names it.

    Raises `NothingToUndo` when there is nothing, when it was undone already, was started or changed by someone since,
    or is past; and what cancelling, moving and restoring raise.
    """
    conversations.get_conversation(database, actor, conversation_id)
    steps = _undoable(database, conversation_id, today=today, allocation_id=allocation_id, change=change)
    mark = f"{correlation_id or ''}{_MARK}"
    origin = Origin(actor=actor, channel="chat", conversation_id=conversation_id, correlation_id=mark)

    def take_back(session: Session) -> list[Undone]:
        undoing = _Undoing(Within(database, session), origin, today, f"undone by {actor.name}")
        return [_TAKE_BACK[step.action](undoing, step) for step in steps]

    undone = database.transact(take_back)
    return Undone(" ".join(one.sentence for one in undone), undone[0].allocation)


def undone_since(database: Database, conversation_id: str, since: datetime) -> Undone | None:
    """What this conversation took back after a moment of the database's clock, first, or None."""
    rows = _changes_since(database, conversation_id, since)
    undone = [row for row in rows if _is_undo(row) and row.at == next(one.at for one in rows if _is_undo(one))]
    if not undone:
        return None
    told = [(row.action, get_allocation(database, int(row.entity_id))) for row in undone]
    return Undone(" ".join(_SAY[action](one) for action, one in told), told[0][1])


def told_since(database: Database, conversation_id: str, since: datetime) -> tuple[str, ...]:
    """What this conversation changed after a moment of the database's clock, each in a phrase, as it is now."""
    told = []
    for row in _changes_since(database, conversation_id, since):
        one = get_allocation(database, int(row.entity_id))
        what = _WAS_DONE.get(row.action, "changed")
        told.append(f"allocation {one.id}, {one.what} on {one.dyno}, {one.period}, was {what}")
    return tuple(dict.fromkeys(told))


def _changes_since(database: Database, conversation_id: str, since: datetime) -> Sequence[AuditRow]:
    query = (
        select(AuditRow)
        .where(AuditRow.conversation_id == conversation_id, AuditRow.entity == "allocation", AuditRow.at > since)
        .order_by(AuditRow.id)
        .limit(_LOOKED_AT)
    )
    with database.reading() as session:
        return session.scalars(query).all()


def _is_undo(row: AuditRow) -> bool:
    return (row.correlation_id or "").endswith(_MARK)


def standing(database: Database, conversation_id: str, allocation_id: int, *, today: date) -> Standing:
    """What an undo of this allocation would take back now."""
    try:
        steps = _undoable(database, conversation_id, today=today, allocation_id=allocation_id)
    except NothingToUndo as refusal:
        return Standing(None, refusal.message)
    return Standing(steps[0].audit_id)


def _undoable(
    database: Database, conversation_id: str, *, today: date, allocation_id: int | None, change: int | None = None
) -> tuple[_Step, ...]:
    """The steps of the change, the last one first."""
    rows, settled = _last_change(database, conversation_id, allocation_id)
    if change is not None and rows[0].id != change:
        raise NothingToUndo("This change was undone already; to take back the one before it, use the Undo under that.")
    # The versions first: whatever is changed after this line is refused by them.
    steps = tuple(
        _Step(row.id, row.action, int(row.entity_id), row.before or {}, get_allocation(database, int(row.entity_id)))
        for row in rows
    )
    for step in steps:
        _check_untouched(database, step, settled)
        _check_time(step, today)
    return steps


def _last_change(
    database: Database, conversation_id: str, allocation_id: int | None
) -> tuple[tuple[AuditRow, ...], frozenset[int]]:
    """The rows of the last change that stands; and of all that was taken back, with what took it back."""
    query = (
        select(AuditRow)
        .where(AuditRow.conversation_id == conversation_id, AuditRow.entity == "allocation")
        .order_by(AuditRow.id.desc())
        .limit(_LOOKED_AT)
    )
    with database.reading() as session:
        rows = session.scalars(query).all()
    every = [tuple(group) for _, group in groupby(rows, key=lambda row: row.at)]  # one transaction has one time
    about = [one for one in every if allocation_id is None or str(allocation_id) in {row.entity_id for row in one}]
    if not about:
        raise NothingToUndo(
            "This conversation has changed nothing yet, so there is nothing to undo; a change made elsewhere is taken "
            "back in the calendar."
        )
    still = list(_not_undone(every))
    last = next((one for one in about if one in still), None)
    if last is None:
        raise NothingToUndo("The last change of this conversation was undone already; there is nothing more to undo.")
    return last, frozenset(row.id for one in every if one not in still for row in one)


def _not_undone(changes: list[tuple[AuditRow, ...]]) -> Iterator[tuple[AuditRow, ...]]:
    """Newest first. An undo takes itself and the change before it, of the same allocations, out of the list."""
    undone: list[set[str]] = []
    for change in changes:
        whom = {row.entity_id for row in change}
        if all(_is_undo(row) for row in change):
            undone.append(whom)
        elif whom in undone:
            undone.remove(whom)
        else:
            yield change


def _check_untouched(database: Database, step: _Step, settled: frozenset[int]) -> None:
    """``settled``: later changes that were taken back, so that the allocation is what the step made of it."""
    later = next((row for row in _since(database, step) if row.id not in settled), None)
    if later is not None:
        what = _DONE_TO_IT.get(later.action, "changed")
        raise NothingToUndo(
            f"Allocation {step.allocation_id} was {what} by {later.actor} since, so it stays as it is; "
            "look at it in the calendar."
        )
    if step.action not in _TAKE_BACK:
        raise NothingToUndo(f"The last change of allocation {step.allocation_id} can't be undone from here.")


def _since(database: Database, step: _Step) -> Sequence[AuditRow]:
    """What was done to the allocation of a step after it, the last first."""
    query = (
        select(AuditRow)
        .where(
            AuditRow.entity == "allocation",
            AuditRow.entity_id == str(step.allocation_id),
            AuditRow.id > step.audit_id,
        )
        .order_by(AuditRow.id.desc())
        .limit(_LOOKED_AT)
    )
    with database.reading() as session:
        return session.scalars(query).all()


def _check_time(step: _Step, today: date) -> None:
    """A plan is taken back, not what happened by it."""
    now, back = step.now, _day(step.before.get("start_date"))
    if step.action == "book" and now.start_date < today:
        raise NothingToUndo(
            f"Allocation {now.id} began on {say_day(now.start_date)}, so the booking can't be undone any more; "
            "cancel it, with the reason, if the test did not take place."
        )
    if step.action == "move" and back is not None and back < today:
        raise NothingToUndo(
            f"Allocation {now.id} would go back to {say_day(back)}, which is past; move it to other days instead."
        )
    if step.action == "cancel" and now.end_date < today:
        raise NothingToUndo(
            f"The days of allocation {now.id} ended on {say_day(now.end_date)}, so it can't be scheduled again; "
            "book other days."
        )


def _unbook(undoing: _Undoing, step: _Step) -> Undone:
    now = step.now
    after = cancel_allocation(undoing.database, undoing.origin, now.id, reason=undoing.reason, version=now.version)
    return Undone(f"Undone: allocation {now.id}, {now.what} on {now.dyno}, {now.period}, is cancelled.", after)


def _move_back(undoing: _Undoing, step: _Step) -> Undone:
    now, before = step.now, step.before
    start, end = _day(before.get("start_date")), _day(before.get("end_date"))
    # By its number, where the record has it: it may be called otherwise by now.
    number = before.get("dyno_id")
    dyno = get_dyno(undoing.database, int(number), today=undoing.today).name if number else before.get("dyno")
    after = reschedule_allocation(
        undoing.database,
        undoing.origin,
        now.id,
        today=undoing.today,
        start_date=start,
        end_date=end or (now.end_date if start else None),
        dyno=dyno,
        version=now.version,
        reason=undoing.reason,
    )
    return Undone(_SAY["move"](after), after)


def _restore(undoing: _Undoing, step: _Step) -> Undone:
    now = step.now
    if step.before.get("status") != "scheduled" or step.before.get("disputed"):
        raise NothingToUndo(
            f"Allocation {now.id} was not simply scheduled before it was cancelled; restore it in the calendar."
        )
    after = restore_allocation(undoing.database, undoing.origin, now.id, version=now.version, reason=undoing.reason)
    return Undone(_SAY["restore"](after), after)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# By the action that took it back.
_SAY: Final[dict[str, Callable[[Allocation], str]]] = {
    "cancel": lambda one: f"Undone: allocation {one.id}, {one.what} on {one.dyno}, {one.period}, is cancelled again.",
    "move": lambda one: f"Undone: allocation {one.id}, {one.what}, is back on {one.dyno}, {one.period}.",
    "restore": lambda one: f"Undone: allocation {one.id}, {one.what}, is scheduled again on {one.dyno}, {one.period}.",
}
_TAKE_BACK: Final[dict[str, Callable[[_Undoing, _Step], Undone]]] = {
    "book": _unbook,
    "move": _move_back,
    "cancel": _restore,
}
