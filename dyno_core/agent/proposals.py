"""What a change would do, told before it is done: the card that a person says yes or no to.

Nothing is kept of a proposal but this text and the facts that the change is bound to: the dyno and days that were
shown, the version of the allocation that was looked at. What can't be done is refused here, without asking.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import optional_day, test_type_of, vehicle_of
from dyno_core.booking import (
    Allocation,
    cancel_allocation,
    explain_unavailable,
    find_next_windows,
    get_allocation,
    list_allocations,
    reschedule_allocation,
)
from dyno_core.booking.errors import InThePast, NoDynoAvailable, VehicleBusy
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.fleet import Vehicle, get_dyno, requirement_for
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import LONGEST, Period, parse_day, say_day, say_days

T = TypeVar("T")

BOOK: Final = "auto_allocate_vehicle"
MOVE: Final = "reschedule_allocation"
CANCEL: Final = "cancel_allocation"
WRITES: Final = frozenset({BOOK, MOVE, CANCEL})
USUAL_BACKUP_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Proposal:
    """``bound``: what the change must still find when it is carried out. ``places``: dyno and days it would take."""

    summary: str
    bound: Mapping[str, Any]
    places: tuple[tuple[str, Period], ...] = ()
    vehicles: tuple[tuple[int, Period], ...] = ()


@dataclass
class Card:
    """The proposals of one message. Each sees what those before it would take, so that two never share a place.

    ``args`` are complete: every argument of the tool is there, with its default.
    """

    proposals: list[Proposal] = field(default_factory=list)

    def add(self, context: AgentContext, name: str, args: Mapping[str, Any]) -> Proposal:
        """Raises a `DynoError` for a change that can't be made."""
        proposal = _PROPOSE[name](context, self, args)
        self.proposals.append(proposal)
        return proposal

    def takes(self, dyno: str, period: Period) -> bool:
        return any(dyno == name and period.overlaps(days) for one in self.proposals for name, days in one.places)

    def holds(self, vehicle_id: int, period: Period) -> bool:
        held = (place for one in self.proposals for place in one.vehicles)
        return any(vehicle_id == other and period.overlaps(days) for other, days in held)


class Rehearsal(Database):
    """Carries a change out, looks at the result, and takes it back: the real rules, nothing kept."""

    def __init__(self, database: Database) -> None:
        self.url, self.reader_url, self.engine = database.url, database.reader_url, database.engine

    def transact(self, work: Callable[[Session], T]) -> T:
        with self._translated(writes=False), Session(self.engine) as session:
            try:
                return work(session)
            finally:
                session.rollback()


def backup_days(args: Mapping[str, Any]) -> int:
    """How far the start may slip: a yes without a number means a week, a number without a yes means none."""
    if not args["backup"]:
        return 0
    given: int | None = args["max_backup_days"]
    if given is None:
        return USUAL_BACKUP_DAYS
    if not 0 <= given <= LONGEST:
        raise InvalidInput(f"The start can slip by 0 to {LONGEST} days, not {given}; give a number in that range.")
    return given


def _booking(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    database, today = context.database, context.today
    with database.reading() as session:
        authorize(session, context.actor, Permission.BOOK)
    vehicle = vehicle_of(database, vehicle_id=args["vehicle_id"], vin=args["vin"], tag=args["tag"])
    requirement = requirement_for(vehicle, test_type_of(database, args["test_type"]))
    wished = Period.of(parse_day(args["start_date"]), args["days_to_complete"])
    if wished.start < today:
        raise InThePast(start=wished.start, today=today)
    only = get_dyno(database, args["dyno"], today=today) if args["dyno"] else None
    wish = _Wish(vehicle, requirement, wished, dyno_id=only.id if only else None, slip=backup_days(args))
    name, period, why = _place(database, card, wish)
    dyno = get_dyno(database, name, today=today)
    later = ""
    if period.start != wished.start:
        later = f" {why}, so this starts {say_days((period.start - wished.start).days)} later."
    what = f"{_called(vehicle)} for {requirement.test_type} on {dyno.name} ({dyno.facility})"
    return Proposal(
        summary=f"Book {what}, {_when(period)}.{later} {_displaced(database, dyno.id, period)}",
        bound={
            "dyno": dyno.name,
            "start_date": period.start.isoformat(),
            "days": period.days,
            "vehicle_id": vehicle.id,
            "test_type": requirement.test_type,
        },
        places=((dyno.name, period),),
        vehicles=((vehicle.id, period),),
    )


@dataclass(frozen=True, slots=True)
class _Wish:
    """A booking as asked for. ``slip``: days by which its start may slip."""

    vehicle: Vehicle
    requirement: Requirement
    period: Period
    dyno_id: int | None
    slip: int


def _place(database: Database, card: Card, wish: _Wish) -> tuple[str, Period, str]:
    """The dyno and days that booking would choose now, and why it is not the wished start.

    Raises the refusal that says why there are none.
    """
    refusal: DynoError
    why = f"No dyno was free from {say_day(wish.period.start)}"
    busy = _vehicle_in_plan(database, wish.vehicle, wish.period)
    if busy is not None:
        refusal = VehicleBusy(vehicle=wish.vehicle.label, period=wish.period, other=busy)
        why = f"The vehicle is on {busy.dyno} until {say_day(busy.end_date)}"
    elif card.holds(wish.vehicle.id, wish.period):
        refusal = InvalidInput(
            f"{wish.vehicle.label} would stand on two dynos at once by these changes; book one of the two."
        )
    else:
        verdict = explain_unavailable(
            database,
            requirement=wish.requirement,
            period=wish.period,
            vehicle_id=wish.vehicle.id,
            dyno_id=wish.dyno_id,
        )
        for name in verdict.free:
            if not card.takes(name, wish.period):
                return name, wish.period, ""
        refusal = NoDynoAvailable(verdict.sentence, **verdict.as_json())
        if verdict.free:
            refusal = InvalidInput(
                f"The other changes of this message take every dyno that is free for {wish.period}; choose other days."
            )
    for name, period in _later(database, card, wish):
        return name, period, why
    raise refusal


def _later(database: Database, card: Card, wish: _Wish) -> Iterator[tuple[str, Period]]:
    if not wish.slip:
        return
    windows = find_next_windows(
        database,
        requirement=wish.requirement,
        days=wish.period.days,
        not_before=wish.period.start + timedelta(days=1),
        within_days=max(wish.slip - 1, 1),
        vehicle_id=wish.vehicle.id,
        dyno_id=wish.dyno_id,
        limit=20,
    )
    for window in windows:
        near = (window.period.start - wish.period.start).days <= wish.slip
        if near and not card.takes(window.dyno, window.period) and not card.holds(wish.vehicle.id, window.period):
            yield window.dyno, window.period


def _vehicle_in_plan(database: Database, vehicle: Vehicle, period: Period) -> Allocation | None:
    held = ("scheduled", "in_progress", "completed")
    for one in list_allocations(database, vehicle_id=vehicle.id, period=period, statuses=held):
        if not one.disputed:
            return one
    return None


def _moving(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    before = get_allocation(context.database, args["allocation_id"])
    after = reschedule_allocation(
        Rehearsal(context.database),
        context.origin,
        before.id,
        today=context.today,
        start_date=optional_day(args["start_date"]),
        end_date=optional_day(args["end_date"]),
        days=args["days"],
        dyno=args["dyno"] or None,
        version=before.version,
    )
    if (after.dyno_id, after.period) == (before.dyno_id, before.period) and not before.disputed:
        raise InvalidInput(
            f"Allocation {before.id} already stands on {before.dyno} {before.period}; say which days or which dyno."
        )
    if card.takes(after.dyno, after.period):
        raise InvalidInput(f"Another change of this message would take {after.dyno} on these days; choose others.")
    dynos = (
        f"from {before.dyno} to {after.dyno} ({after.facility})" if after.dyno != before.dyno else f"on {after.dyno}"
    )
    days = f"from {before.period} to {_when(after.period)}" if after.period != before.period else _when(after.period)
    return Proposal(
        summary=f"Move allocation {before.id}, {before.what}, {dynos}, {days}. "
        f"{_displaced(context.database, after.dyno_id, after.period, but=before.id)}",
        bound={"version": before.version, "allocation_id": before.id},
        places=((after.dyno, after.period),),
        vehicles=((after.vehicle_id, after.period),) if after.vehicle_id is not None else (),
    )


def _cancelling(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    before = get_allocation(context.database, args["allocation_id"])
    reason = args["reason"].strip()
    if any(one.bound.get("allocation_id") == before.id for one in card.proposals):
        raise InvalidInput(f"Allocation {before.id} is already changed by this message; settle that first.")
    cancel_allocation(Rehearsal(context.database), context.origin, before.id, reason=reason, version=before.version)
    return Proposal(
        summary=f"Cancel allocation {before.id}: {before.what} on {before.dyno} ({before.facility}), "
        f"{_when(before.period)}. Reason: {reason}. This frees the dyno.",
        bound={"version": before.version, "allocation_id": before.id},
    )


def _called(vehicle: Vehicle) -> str:
    more = [part for part in (vehicle.vin if vehicle.tag else None, vehicle.program) if part]
    return f"{vehicle.label} ({', '.join(more)})" if more else vehicle.label


def _when(period: Period) -> str:
    return f"{period} ({say_days(period.days)})"


def _displaced(database: Database, dyno_id: int, period: Period, *, but: int | None = None) -> str:
    """Who else is meant to stand there: tentative and disputed allocations hold no place, but people count on it."""
    there: Sequence[Allocation] = [
        one
        for one in list_allocations(database, dyno_id=dyno_id, period=period)
        if one.id != but and one.status != "cancelled" and (one.disputed or one.status == "tentative")
    ]
    if not there:
        return "It displaces nothing."
    named = ", ".join(
        f"{one.what}, {'disputed' if one.disputed else 'tentative'}, {one.period} (allocation {one.id})"
        for one in there[:3]
    )
    more = f" and {len(there) - 3} more" if len(there) > 3 else ""
    return f"It takes days that others are waiting for: {named}{more}."


_PROPOSE: Final[dict[str, Callable[[AgentContext, Card, Mapping[str, Any]], Proposal]]] = {
    BOOK: _booking,
    MOVE: _moving,
    CANCEL: _cancelling,
}
