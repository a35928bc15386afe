"""What a change would do, told before it is done: the card that a person says yes or no to.

Nothing is kept of a proposal but its text and the facts that the change is bound to: the dyno and days that were
shown, the version of the allocation that was looked at. What can't be done is refused here, without asking.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from dyno_core.agent.booking_proposals import propose_booking, propose_exchange
from dyno_core.agent.cards import Card, Proposal, Rehearsal, alternatives, days_json, displaced, when
from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import optional_day
from dyno_core.agent.places import Places, places_of
from dyno_core.booking import (
    Allocation,
    cancel_allocation,
    explain_unavailable,
    get_allocation,
    reschedule_allocation,
)
from dyno_core.booking.errors import DynoBusy, DynoOutOfService, DynoUnsuitable, NoDynoAvailable, Unchanged
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.fleet import get_dyno, get_vehicle, requirement_for
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import Period

BOOK: Final = "auto_allocate_vehicle"
EXCHANGE: Final = "book_in_exchange"
MOVE: Final = "reschedule_allocation"
CANCEL: Final = "cancel_allocation"
WRITES: Final = frozenset({BOOK, EXCHANGE, MOVE, CANCEL})


def propose(context: AgentContext, card: Card, name: str, args: Mapping[str, Any]) -> Proposal:
    """Put a change on the card. ``args`` are complete: every argument of the tool is there, with its default.

    Raises a `DynoError` for a change that can't be made.
    """
    proposal = _PROPOSE[name](context, card, args)
    card.proposals.append(proposal)
    return proposal


def edited(name: str, args: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A write's arguments with another ``dyno``, ``start_date`` (ISO) or number of ``days``.

    Whoever names a day wants that one, so a start that might slip does not any more. Raises `InvalidInput` for a
    change that has neither dyno nor days of its own.
    """
    given = {key: changes[key] for key in ("dyno", "start_date", "days") if changes.get(key) is not None}
    if name == BOOK:
        days = given.pop("days", args.get("days_to_complete"))
        return {**args, **given, "days_to_complete": days, "backup": False, "max_backup_days": None}
    if name == MOVE:
        return {**args, **given} | ({"end_date": None} if "days" in given else {})
    raise InvalidInput("This change can't be edited; say no to it and ask for what you want instead.")


def _moving(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    before = get_allocation(context.database, args["allocation_id"])
    if card.changes(before.id):
        raise InvalidInput(f"Allocation {before.id} is already changed by this message; settle that first.")
    places = None if args["dyno"] else _left_open(context, args)
    chosen = _dyno_there(context, card, before, args, places) if places else None
    args = {**args, "dyno": args["dyno"] or chosen}
    try:
        after = _rehearsed(context, before, args)
    except (DynoBusy, DynoOutOfService, DynoUnsuitable) as refusal:
        raise _with_ways_out(context, refusal, before, args) from refusal
    if (after.dyno_id, after.period) == (before.dyno_id, before.period) and not before.disputed:
        raise InvalidInput(
            f"Allocation {before.id} already stands on {before.dyno} {before.period}; say which days or which dyno."
        )
    if card.takes(after.dyno, after.period):
        raise InvalidInput(f"Another change of this message would take {after.dyno} on these days; choose others.")
    dynos = (
        f"from {before.dyno} to {after.dyno} ({after.facility})" if after.dyno != before.dyno else f"on {after.dyno}"
    )
    days = f"from {before.period} to {when(after.period)}" if after.period != before.period else when(after.period)
    takes = displaced(context.database, after.dyno_id, after.period, but=before.id)
    requirement = _requirement(context, before)
    verdict = explain_unavailable(context.database, requirement=requirement, period=after.period)
    return Proposal(
        summary=f"Move allocation {before.id}, {before.what}, {dynos}, {days}. {takes}",
        bound={"version": before.version, "allocation_ids": [before.id]} | ({"dyno": chosen} if chosen else {}),
        shown=_shown(f"Move allocation {before.id}", after)
        | {"before": {"dyno": before.dyno} | days_json(before.period), "displaces": takes}
        | {"dynos": list(verdict.fitting)},
        alternatives=alternatives(
            context.database,
            card,
            requirement=requirement,
            vehicle_id=after.vehicle_id or 0,
            dyno=after.dyno,
            period=after.period,
            places=places,
        ),
        places=((after.dyno, after.period),),
        vehicles=((after.vehicle_id, after.period),) if after.vehicle_id is not None else (),
    )


def _left_open(context: AgentContext, args: Mapping[str, Any]) -> Places | None:
    return places_of(context.database, facility=args["facility"], not_on=args["not_on"], today=context.today)


def _dyno_there(
    context: AgentContext, card: Card, before: Allocation, args: Mapping[str, Any], places: Places
) -> str | None:
    """The best free dyno at the places that are wanted; None to stay, where the present one is one of them.

    Raises `NoDynoAvailable` when none of them is free.
    """
    if before.dyno in places.names and _may_stay(context, before, args):
        return None
    period = _wished(before, args)
    verdict = explain_unavailable(context.database, requirement=_requirement(context, before), period=period)
    free = [name for name in verdict.free if name != before.dyno and not card.takes(name, period)]
    if there := next((name for name in free if name in places.names), None):
        return there
    wish = f"is free for {before.test_type} {period}"
    if not places.names & {*verdict.fitting}:
        wish = f"can run {before.test_type} for {before.vehicle}"
    elsewhere = f" Free then: {', '.join(free[:4])}; move it there by its name if that will do." if free else ""
    raise NoDynoAvailable(
        f"No dyno {places.words} {wish}, so allocation {before.id} stays where it is; choose other days or another "
        f"place.{elsewhere}"
    )


def _may_stay(context: AgentContext, before: Allocation, args: Mapping[str, Any]) -> bool:
    try:
        _rehearsed(context, before, args)
    except Unchanged:
        pass  # it is where it is wished to be
    except (DynoBusy, DynoOutOfService, DynoUnsuitable):
        return False
    return True


def _rehearsed(context: AgentContext, before: Allocation, args: Mapping[str, Any]) -> Allocation:
    return reschedule_allocation(
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


def _with_ways_out(context: AgentContext, refusal: DynoError, before: Allocation, args: Mapping[str, Any]) -> DynoError:
    """A refused move with what would work: each way out rehearsed, since the allocation itself is in the plan."""
    period = _wished(before, args)
    verdict = explain_unavailable(
        context.database,
        requirement=_requirement(context, before),
        period=period,
        dyno_id=get_dyno(context.database, args["dyno"] or before.dyno, today=context.today).id,
        ignore=before.id,
    )
    ways = []
    for way in verdict.ways_out:
        instead = {"dyno": way.dyno, "start_date": way.period.start.isoformat(), "days": way.period.days}
        try:
            _rehearsed(context, before, edited(MOVE, args, instead))
        except DynoError:
            continue
        ways.append(way)
    in_words = f"What would work: {'; '.join(way.sentence for way in ways)}." if ways else ""
    sentence = f"{verdict.counted} {in_words}" if ways else ""
    told = [way.as_json() | {"vehicle_id": before.vehicle_id, "allocation_id": before.id} for way in ways]
    return refusal.extended(sentence, **verdict.as_json() | {"ways_out": told, "ways_in_words": in_words})


def _wished(before: Allocation, args: Mapping[str, Any]) -> Period:
    start: date = optional_day(args["start_date"]) or before.start_date
    if (end := optional_day(args["end_date"])) is not None:
        return Period(start, end)
    return Period.of(start, args["days"] or before.days)


def _requirement(context: AgentContext, allocation: Allocation) -> Requirement:
    vehicle = get_vehicle(context.database, allocation.vehicle_id or 0)
    return requirement_for(vehicle, allocation.test_type or "")


def _cancelling(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    before = get_allocation(context.database, args["allocation_id"])
    reason = args["reason"].strip()
    if card.changes(before.id):
        raise InvalidInput(f"Allocation {before.id} is already changed by this message; settle that first.")
    cancel_allocation(Rehearsal(context.database), context.origin, before.id, reason=reason, version=before.version)
    return Proposal(
        summary=f"Cancel allocation {before.id}: {before.what} on {before.dyno} ({before.facility}), "
        f"{when(before.period)}. Reason: {reason}. This frees the dyno.",
        bound={"version": before.version, "allocation_ids": [before.id]},
        shown=_shown(f"Cancel allocation {before.id}", before)
        | {"note": f"Reason: {reason}", "displaces": "This frees the dyno."},
    )


def _shown(title: str, one: Allocation) -> dict[str, Any]:
    called = {"title": title, "vehicle": one.vehicle, "test_type": one.test_type or one.kind}
    return called | days_json(one.period) | {"dyno": one.dyno, "facility": one.facility, "note": "", "dynos": []}


_PROPOSE: Final[dict[str, Callable[[AgentContext, Card, Mapping[str, Any]], Proposal]]] = {
    BOOK: propose_booking,
    EXCHANGE: propose_exchange,
    MOVE: _moving,
    CANCEL: _cancelling,
}
