"""A request that no dyno can take on all of its wished days: fewer days, or an exchange with another allocation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dyno_core.accounts.roles import Actor
from dyno_core.booking import (
    Allocation,
    Request,
    RoomMaker,
    WayOut,
    explain_unavailable,
    get_allocation,
    preview_shift,
)
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet import get_vehicle, list_dynos, requirement_for

_MOST_ASKED: Final = 6
"""Dynos of the wished facility that are asked, best first."""
_MOST_WAYS: Final = 8


@dataclass(frozen=True, slots=True)
class Instead:
    """``moving``: the allocation that would make room, as it was when the exchange was checked."""

    way: WayOut
    moving: Allocation | None = None

    @property
    def room(self) -> RoomMaker | None:
        if self.way.exchange is None or self.moving is None:
            return None
        return RoomMaker(self.moving.id, self.way.exchange.to_dyno, self.moving.version)


def instead_of_wished(database: Database, request: Request, *, today: date, actor: Actor) -> tuple[Instead, ...]:
    """At most one with fewer days and one exchange, within the wished days and facility; each checked against the plan.

    An exchange that needs somebody's word first is not `WayOut.is_open`. Empty when the days are past, or when no dyno
    could run the test anyway.
    """
    if request.start_date < today:
        return ()
    try:
        requirement = requirement_for(get_vehicle(database, request.vehicle_id), request.test_type)
    except DynoError:  # weight or drive are not known yet: the proposal says so
        return ()
    asked: Sequence[int | None] = [None]
    if request.facility:
        site = request.facility.casefold()
        asked = [
            dyno.id
            for dyno in list_dynos(database, today=today)
            if dyno.facility.casefold() == site and dyno.supports(requirement)
        ][:_MOST_ASKED]
    found: dict[str, Instead] = {}
    for dyno_id in asked:
        told = explain_unavailable(
            database, requirement=requirement, period=request.period, vehicle_id=request.vehicle_id, dyno_id=dyno_id,
            actor=actor, most=_MOST_WAYS,
        )  # fmt: skip
        for one in _checked(database, told.ways_out, today=today):
            best = found.get(one.way.kind)
            if best is None or _rank(one) > _rank(best):
                found[one.way.kind] = one
    return tuple(found.values())


def _checked(database: Database, ways: tuple[WayOut, ...], *, today: date) -> Iterator[Instead]:
    for way in ways:
        if way.kind == "shorten":
            yield Instead(way)
        elif way.exchange is not None:
            moving = get_allocation(database, way.exchange.allocation_id)
            try:
                moved = preview_shift(
                    database, moving.id, period=moving.period, dyno=way.exchange.to_dyno, along=(), today=today
                )
            except DynoError:  # it began, or may not move for another reason
                continue
            if moved.is_possible:
                yield Instead(way, moving)


def _rank(one: Instead) -> tuple[bool, int]:
    return one.way.is_open, one.way.period.days
