"""Several legs moved as one change, placed or not: all of them or none, and all of them back again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.audit.measured import measured
from dyno_core.booking.changes import require_movable, require_startable, wrong_status
from dyno_core.booking.durations import Mileage
from dyno_core.booking.editing import as_locked, authorize_change, lock_around, require_place, set_period, written
from dyno_core.booking.errors import InThePast, Unchanged
from dyno_core.booking.reading import load_allocation
from dyno_core.booking.request_changes import wish_other_days
from dyno_core.booking.requests import Request
from dyno_core.booking.texts import check_text
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow
from dyno_core.errors import InvalidInput
from dyno_core.fleet.dynos import load_dyno
from dyno_core.period import Period

MOST_STEPS = 200

_LAST_CHANGE: Final = text("""
    SELECT action, coalesce(CAST(before ->> 'start_date' AS date), :first) AS first,
           coalesce(CAST(before ->> 'end_date' AS date), :last) AS last
    FROM audit_log WHERE entity = 'allocation' AND entity_id = CAST(:id AS text) ORDER BY id DESC LIMIT 1""")

_LAST_DAYS: Final = text("""
    SELECT old_start_date, old_end_date FROM allocation_dates WHERE allocation_id = :id ORDER BY id DESC LIMIT 1""")


@dataclass(frozen=True, slots=True)
class Step:
    """Where one allocation goes. ``version``: as it was when that was agreed.

    ``end_fixed``, ``mileage``: None = as it is. ``begun``: True = the test has really begun, on the first day of
    ``period``; False = it has not, after all; None = as it is.
    """

    allocation_id: int
    version: int
    period: Period
    dyno: str
    end_fixed: bool | None = None
    mileage: Mileage | None = None
    begun: bool | None = None


@dataclass(frozen=True, slots=True)
class RequestStep:
    """The days for which an open request is wished from now on. ``version``: as it was when that was agreed."""

    request_id: int
    version: int
    period: Period


@dataclass(frozen=True, slots=True)
class Moved:
    """The allocations that changed, in the order of the steps: as they were, and as they are now; requests likewise."""

    before: tuple[Allocation, ...]
    after: tuple[Allocation, ...]
    requests_before: tuple[Request, ...] = ()
    requests_after: tuple[Request, ...] = ()

    @property
    def count(self) -> int:
        return len(self.after) + len(self.requests_after)

    @property
    def has_begun(self) -> bool:
        """Whether a test was started with it."""
        return any(old.status != now.status for old, now in zip(self.before, self.after, strict=True))

    @property
    def back(self) -> tuple[Step, ...]:
        """The steps that take the change back, for as long as nobody has changed one of the allocations since."""
        return tuple(
            Step(
                now.id, now.version, old.period, old.dyno, old.end_fixed,
                mileage=old.mileage if now.mileage != old.mileage else None,
                begun=False if now.status != old.status else None,
            )
            for old, now in zip(self.before, self.after, strict=True)
        )  # fmt: skip

    @property
    def requests_back(self) -> tuple[RequestStep, ...]:
        """Those of the requests."""
        return tuple(
            RequestStep(now.id, now.version, old.period)
            for old, now in zip(self.requests_before, self.requests_after, strict=True)
        )


@measured("booking", "move_together")
def move_together(
    database: Database,
    origin: Origin,
    steps: Sequence[Step],
    *,
    requests: Sequence[RequestStep] = (),
    today: date,
    reason: str = "",
) -> Moved:
    """Move every allocation to its new days and dyno, in one transaction, by the rules of `reschedule_allocation`.

    ``requests`` are wished for other days in the same transaction, by the rules of `edit_request`; what is started
    (``begun``) starts by those of `start_allocation`. What goes back to the days on which it stood before its last
    change may do so although they have gone by. Whoever may change a test may start it, and take its start back for as
    long as that was the last thing that happened to it.

    They may take each other's places: a chain that slips by less than a leg's length needs the days it stands on.
    Each has its own audit row and keeps its history. Raises what `reschedule_allocation` raises, about the first
    allocation that can't have its place; then nothing is changed. `Unchanged` when all of them stand there already.
    """
    check_text(reason, what="The reason")
    for step in steps:
        if step.mileage is not None:
            step.mileage.checked()
    ids = [step.allocation_id for step in steps]
    wishes = {step.request_id: step for step in requests}
    if not (1 <= len(set(ids)) == len(ids) <= MOST_STEPS and len(wishes) == len(requests) <= MOST_STEPS):
        raise InvalidInput(f"Between 1 and {MOST_STEPS} allocations can move together, each once; choose fewer.")

    def change(session: Session) -> Moved:
        dynos = {step.dyno: load_dyno(session, step.dyno, today=today).id for step in steps}
        seen = {step.allocation_id: load_allocation(session, step.allocation_id) for step in steps}
        lock_around(session, seen.values(), more_dynos=dynos.values())
        versions = {step.allocation_id: step.version for step in steps}
        before = {number: as_locked(session, seen[number], versions[number]) for number in sorted(seen)}
        for step in steps:
            authorize_change(session, origin, before[step.allocation_id])
            _require_may_go(session, before[step.allocation_id], step, today=today)
        moving = [step for step in steps if _goes(before[step.allocation_id], step)]
        if not moving and not requests:
            raise Unchanged("Every allocation is on these days and dynos already, so nothing was changed.")
        # The exclusion constraints are checked row by row: all step aside before the first one takes its place.
        for step in moving:
            session.get_one(AllocationRow, step.allocation_id).status = "tentative"
        session.flush()
        after = [
            _placed(session, origin, before[step.allocation_id], step, dyno_id=dynos[step.dyno], reason=reason)
            for step in moving
        ]
        # In one order, so that two who move the same ones wait for each other instead of crossing.
        wished = [
            wish_other_days(session, origin, number, wishes[number].period, version=wishes[number].version, why=reason)
            for number in sorted(wishes)
        ]
        return Moved(
            tuple(before[step.allocation_id] for step in moving), tuple(after),
            tuple(old for old, _ in wished), tuple(now for _, now in wished),
        )  # fmt: skip

    return database.transact(change)


def _goes(before: Allocation, step: Step) -> bool:
    fixed = before.end_fixed if step.end_fixed is None else step.end_fixed
    runs = before.mileage if step.mileage is None else step.mileage
    if step.begun is not None or before.disputed or (fixed, runs) != (before.end_fixed, before.mileage):
        return True
    return (before.dyno, before.period) != (step.dyno, step.period)


def _require_may_go(session: Session, before: Allocation, step: Step, *, today: date) -> None:
    if step.begun:
        require_startable(before, on=step.period.start, today=today)
        return
    if step.begun is False:
        if before.status != "in_progress" or not _was_just_started(session, before, step.period):
            raise wrong_status(before, wish="planned again", instead="only the last start can be taken back, once")
        return
    try:
        require_movable(before, step.period, today=today)
    except InThePast:
        if not _stood_there(session, before, step.period):
            raise


def _was_just_started(session: Session, before: Allocation, period: Period) -> bool:
    """Whether its start is the last thing that was changed of it, and ``period`` is when it was planned until then."""
    known = {"id": before.id, "first": before.start_date, "last": before.end_date}
    last = session.execute(_LAST_CHANGE, known).one_or_none()
    return last is not None and last.action == "start" and period == Period(last.first, last.last)


def _stood_there(session: Session, before: Allocation, period: Period) -> bool:
    """Whether it stands on these days, or did so until its days were changed last."""
    last = session.execute(_LAST_DAYS, {"id": before.id}).one_or_none()
    return period == before.period or (last is not None and period == Period(*last))


def _placed(
    session: Session, origin: Origin, before: Allocation, step: Step, *, dyno_id: int, reason: str
) -> Allocation:
    require_place(session, before, dyno_id=dyno_id, period=step.period)
    row = session.get_one(AllocationRow, before.id)
    row.dyno_id, row.status, row.disputed = dyno_id, before.status, False
    if step.begun is not None:
        row.status = "in_progress" if step.begun else "scheduled"
        row.actual_start_date = step.period.start if step.begun else None
    row.end_fixed = before.end_fixed if step.end_fixed is None else step.end_fixed
    if step.mileage is not None and step.mileage != before.mileage:
        runs = step.mileage
        row.miles, row.miles_per_day, row.added_days = runs.miles, runs.per_day, runs.added_days
    set_period(session, row, before, step.period, origin=origin, reason=reason or ("started" if step.begun else ""))
    action = {None: "move", True: "start", False: "undo"}[step.begun]
    return written(session, origin, before, row, action=action, reason=reason)
