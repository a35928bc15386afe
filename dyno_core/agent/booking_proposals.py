"""Bookings as they stand on a card: the dyno and days that booking would choose now, or why there are none."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Actor, Permission, authorize
from dyno_core.agent.cards import Card, Proposal, Rehearsal, alternatives, days_json, displaced, when
from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import test_type_of, vehicle_of
from dyno_core.agent.places import EVERY_WINDOW, Places, places_of
from dyno_core.booking import (
    Allocation,
    Explanation,
    RoomMaker,
    explain_unavailable,
    find_next_windows,
    get_allocation,
)
from dyno_core.booking.errors import InThePast, NoDynoAvailable, VehicleBusy
from dyno_core.booking.exchange import Within, move_for_exchange
from dyno_core.booking.explain import explain_in
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.fleet import Vehicle, get_dyno, requirement_for
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import LONGEST, Period, parse_day, say_day, say_days

USUAL_BACKUP_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class _Wish:
    """A booking as asked for. ``slip``: days by which its start may slip; ``places``: None when every dyno will do."""

    vehicle: Vehicle
    requirement: Requirement
    period: Period
    dyno_id: int | None
    slip: int
    actor: Actor
    places: Places | None = None

    def may_be_on(self, dyno: str) -> bool:
        return self.places is None or dyno in self.places.names


@dataclass(frozen=True, slots=True)
class _Place:
    """``note``: why the start is not the wished one."""

    dyno: str
    period: Period
    fitting: tuple[str, ...]
    note: str = ""


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


def propose_booking(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    """Raises the refusal that says why there is no dyno, with the ways out."""
    database = context.database
    wish = _wish(context, args, dyno=args["dyno"], slip=backup_days(args))
    if not args["dyno"]:  # Who names a dyno wants that one, also where it was left out before.
        left_open = places_of(database, facility=args["facility"], not_on=args["not_on"], today=context.today)
        wish = replace(wish, places=left_open)
    place = _place(database, card, wish)
    dyno = get_dyno(database, place.dyno, today=context.today)
    takes = displaced(database, dyno.id, place.period)
    what = f"{_called(wish.vehicle)} for {wish.requirement.test_type} on {dyno.name} ({dyno.facility})"
    return Proposal(
        summary=f"Book {what}, {when(place.period)}.{f' {place.note}.' if place.note else ''} {takes}",
        bound=_bound(wish, dyno.name, place.period),
        shown=_shown(wish, "Book", place.period)
        | {"dyno": dyno.name, "facility": dyno.facility, "note": place.note, "displaces": takes}
        | {"dynos": list(place.fitting)},
        alternatives=alternatives(
            database,
            card,
            requirement=wish.requirement,
            vehicle_id=wish.vehicle.id,
            dyno=dyno.name,
            period=place.period,
            places=wish.places,
        ),
        places=((dyno.name, place.period),),
        vehicles=((wish.vehicle.id, place.period),),
    )


def propose_exchange(context: AgentContext, card: Card, args: Mapping[str, Any]) -> Proposal:
    """A booking for which another allocation moves. Rehearsed whole, so that both can be had when it is asked."""
    database = context.database
    wish = _wish(context, args, dyno=args["dyno"], slip=0)
    other = get_allocation(database, args["other_allocation_id"])
    room = RoomMaker(other.id, get_dyno(database, args["other_dyno"], today=context.today).name, other.version)
    if card.changes(other.id) or card.takes(other.dyno, wish.period) or card.takes(room.to_dyno, other.period):
        raise InvalidInput("Another change of this message is in the way of this exchange; settle that one first.")
    if card.holds(wish.vehicle.id, wish.period):
        raise _twice(wish)

    def rehearse(session: Session) -> tuple[Allocation, Explanation]:
        moved = move_for_exchange(Within(database, session), context.origin, room, today=context.today)
        return moved, explain_in(session, **_asked(wish))

    moved, verdict = Rehearsal(database).transact(rehearse)
    if verdict.elsewhere or not verdict.free:
        raise _refusal(wish, verdict)
    name = verdict.free[0]
    dyno = get_dyno(database, name, today=context.today)
    also = f"For it, allocation {other.id}, {other.what}, moves from {other.dyno} to {moved.dyno}, {other.period}"
    what = f"{_called(wish.vehicle)} for {wish.requirement.test_type} on {dyno.name} ({dyno.facility})"
    return Proposal(
        summary=f"Book {what}, {when(wish.period)}. {also}.",
        bound=_bound(wish, dyno.name, wish.period)
        | {"allocation_ids": [other.id], "other_version": other.version, "other_dyno": moved.dyno},
        shown=_shown(wish, "Book by exchange", wish.period)
        | {"dyno": dyno.name, "facility": dyno.facility, "note": "", "displaces": f"{also}.", "dynos": []},
        places=((dyno.name, wish.period), (moved.dyno, other.period)),
        vehicles=((wish.vehicle.id, wish.period),),
    )


def _wish(context: AgentContext, args: Mapping[str, Any], *, dyno: str | None, slip: int) -> _Wish:
    database, today = context.database, context.today
    with database.reading() as session:
        authorize(session, context.actor, Permission.BOOK)
    vehicle = vehicle_of(database, vehicle_id=args["vehicle_id"], vin=args["vin"], tag=args["tag"])
    requirement = requirement_for(vehicle, test_type_of(database, args["test_type"]))
    period = Period.of(parse_day(args["start_date"]), args["days_to_complete"])
    if period.start < today:
        raise InThePast(start=period.start, today=today)
    only = get_dyno(database, dyno, today=today).id if dyno else None
    return _Wish(vehicle, requirement, period, dyno_id=only, slip=slip, actor=context.actor)


def _bound(wish: _Wish, dyno: str, period: Period) -> dict[str, Any]:
    return {
        "dyno": dyno,
        "start_date": period.start.isoformat(),
        "days": period.days,
        "vehicle_id": wish.vehicle.id,
        "test_type": wish.requirement.test_type,
    }


def _shown(wish: _Wish, title: str, period: Period) -> dict[str, Any]:
    called = {"title": title, "vehicle": _called(wish.vehicle), "test_type": wish.requirement.test_type}
    return called | days_json(period)


def _place(database: Database, card: Card, wish: _Wish) -> _Place:
    verdict = explain_unavailable(database, **_asked(wish))
    refusal: DynoError
    why = f"No dyno was free from {say_day(wish.period.start)}"
    if (busy := verdict.elsewhere) is not None:
        why = f"The vehicle is on {busy.dyno} until {say_day(busy.end_date)}"
        refusal = _refusal(wish, verdict)
    elif card.holds(wish.vehicle.id, wish.period):
        refusal = _twice(wish)
    else:
        for name in verdict.free:
            if wish.may_be_on(name) and not card.takes(name, wish.period):
                return _Place(name, wish.period, verdict.fitting)
        refusal = _none_there(database, wish, verdict) if wish.places else _refusal(wish, verdict)
    for name, period in _later(database, card, wish):
        later = say_days((period.start - wish.period.start).days)
        if busy is not None and (period.start - busy.end_date).days > 1:
            why += f", and nothing fits before {say_day(period.start)}"
        return _Place(name, period, verdict.fitting, note=f"{why}, so this starts {later} later")
    raise refusal


def _asked(wish: _Wish) -> dict[str, Any]:
    return {
        "requirement": wish.requirement,
        "period": wish.period,
        "vehicle_id": wish.vehicle.id,
        "dyno_id": wish.dyno_id,
        "actor": wish.actor,
    }


def _refusal(wish: _Wish, verdict: Explanation) -> DynoError:
    if verdict.elsewhere is not None:
        busy = VehicleBusy(vehicle=wish.vehicle.label, period=wish.period, other=verdict.elsewhere)
        return busy.extended(f"{verdict.counted} {verdict.instead}", **verdict.as_json())
    if verdict.free:
        return InvalidInput(
            f"The other changes of this message take every dyno that is free for {wish.period}; choose other days."
        )
    return NoDynoAvailable(verdict.sentence, **verdict.as_json())


def _none_there(database: Database, wish: _Wish, verdict: Explanation) -> DynoError:
    """The refusal of a wish for some dynos only. Those that were left out are told of, and not offered."""
    assert wish.places is not None
    there = [name for name in verdict.fitting if wish.may_be_on(name)]
    elsewhere = [name for name in verdict.free if not wish.may_be_on(name)]
    free = f" Free then: {', '.join(elsewhere[:4])}; book it by its name if that will do." if elsewhere else ""
    if not there:
        return NoDynoAvailable(f"No dyno {wish.places.words} can run it. {verdict.counted}{free}", **_bare(verdict))
    windows = find_next_windows(
        database,
        requirement=wish.requirement,
        days=wish.period.days,
        not_before=wish.period.start + timedelta(days=1),
        vehicle_id=wish.vehicle.id,
        limit=EVERY_WINDOW,
    )
    first = next((window for window in windows if wish.may_be_on(window.dyno)), None)
    earliest = f" The earliest there is {first.dyno} {when(first.period)}." if first else ""
    return NoDynoAvailable(
        f"No dyno {wish.places.words} is free for {wish.requirement.test_type} {wish.period}; {', '.join(there[:4])} "
        f"could run it at another time.{earliest}{free}",
        **_bare(verdict) | {"earliest": first.as_json() if first else None},
    )


def _bare(verdict: Explanation) -> dict[str, Any]:
    """Without the ways out, which know nothing of what was left out."""
    return verdict.as_json() | {"earliest": None, "ways_out": [], "ways_in_words": ""}


def _twice(wish: _Wish) -> DynoError:
    return InvalidInput(f"{wish.vehicle.label} would stand on two dynos at once by these changes; book one of the two.")


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
        limit=EVERY_WINDOW if wish.places else 20,
    )
    for window in windows:
        if not wish.may_be_on(window.dyno):
            continue
        near = (window.period.start - wish.period.start).days <= wish.slip
        if near and not card.takes(window.dyno, window.period) and not card.holds(wish.vehicle.id, window.period):
            yield window.dyno, window.period


def _called(vehicle: Vehicle) -> str:
    more = [part for part in (vehicle.vin if vehicle.tag else None, vehicle.program) if part]
    return f"{vehicle.label} ({', '.join(more)})" if more else vehicle.label
