"""Placing requests: one proposal for all of them first, then each through the booking function."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation, get_request, place_request
from dyno_core.booking.errors import RequestClosed
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.planning.engine import LOOK_AHEAD, alternatives, propose
from dyno_core.planning.reading import load_plan, open_demands
from dyno_core.planning.types import Place, Proposal


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one request: ``allocation``, or ``sentence`` says why there is none.

    ``before``: it had been placed already, by the same proposal or by somebody else, and was left as it is.
    """

    request_id: int
    vehicle: str
    allocation: Allocation | None
    sentence: str = ""
    before: bool = False

    def as_json(self) -> dict[str, object]:
        return {
            "request": self.request_id,
            "vehicle": self.vehicle,
            "allocation": self.allocation.as_json() if self.allocation else None,
            "placed_before": self.before,
            "message": self.sentence or None,
        }


def propose_places(
    database: Database,
    *,
    today: date,
    request_ids: Collection[int] | None = None,
    tolerance: int = 0,
    facility: str | None = None,
    first: date | None = None,
    last: date | None = None,
    look_later: bool = False,
) -> tuple[Proposal, ...]:
    """Where each open request would go, or why nowhere, in the order in which they are served: wishes of the past
    come last. Changes nothing.

    ``request_ids`` None = all; of them those whose wished start lies from ``first`` to ``last``. ``tolerance``: days.
    ``look_later``: those that find nothing are told the first place that is left.
    Raises `InvalidInput` for a tolerance out of range and for a facility without dynos.
    """
    check_tolerance(tolerance)
    with database.reading() as session:
        plan = load_plan(session, since=today)
        demands = open_demands(session, ids=request_ids, first=first, last=last)
    known = {rig.facility.casefold(): rig.facility for rig in plan.rigs}
    if facility is not None and facility.strip().casefold() not in known:
        raise InvalidInput(
            f"There is no dyno at “{facility[:40]}”; choose {', '.join(sorted(known.values()))}.",
            facility=facility[:40],
        )
    # Perhaps nobody wants them any more, and people look at each before it is placed.
    return propose(
        plan, demands, today=today, tolerance=tolerance, facility=facility, past_last=True, look_later=look_later
    )


def propose_one(
    database: Database, request_id: int, *, today: date, tolerance: int = 0
) -> tuple[Proposal, tuple[Place, ...]]:
    """The best place of one request, or why it has none, and the earliest on each fitting dyno; best first.

    Raises `RequestNotFound`, `RequestClosed` for one that is not open, `InvalidInput`.
    """
    check_tolerance(tolerance)
    with database.reading() as session:
        plan = load_plan(session, since=today)
        demands = open_demands(session, ids=[request_id])
    if not demands:
        raise RequestClosed(request_id=request_id, status=get_request(database, request_id).status)
    (proposal,) = propose(plan, demands, today=today, tolerance=tolerance)
    return proposal, alternatives(plan, demands[0], today=today, tolerance=tolerance)


def place_proposals(
    database: Database, origin: Origin, proposals: Iterable[Proposal], *, today: date
) -> Iterator[Outcome]:
    """Book each proposal that has a place, one after the other; an outcome as soon as it is known.

    Each is a booking of its own: what somebody else took, or changed, since the proposal was made is told and left
    alone. Run again, after a crash in the middle or by a second click, it finds what was placed and books nothing
    twice. Raises `NotAllowed`, `NotSignedIn` before anything is booked.
    """
    with database.reading() as session:
        authorize(session, origin.actor, Permission.PLAN)
    # By it the record of changes knows what was placed at once, and is taken back at once.
    origin = replace(origin, correlation_id=origin.correlation_id or uuid4().hex)
    for proposal in proposals:
        if proposal.place is not None:
            yield _placed(database, origin, proposal, proposal.place, today=today)


def check_tolerance(days: int) -> None:
    """Raises `InvalidInput` outside 0 to 366 days."""
    if not 0 <= days <= LOOK_AHEAD:
        raise InvalidInput(
            f"The start can slip by 0 to {LOOK_AHEAD} days, not {days}; give a number in that range.", tolerance=days
        )


def _placed(database: Database, origin: Origin, proposal: Proposal, place: Place, *, today: date) -> Outcome:
    wish = proposal.demand
    try:
        request = get_request(database, wish.id)
        booked = place_request(
            database,
            origin,
            wish.id,
            today=today,
            dyno=place.dyno,
            start_date=place.period.start,
            version=wish.version,
        )
    except DynoError as refusal:
        return Outcome(wish.id, wish.vehicle, None, str(refusal))
    if request.allocation_id is None and (booked.dyno_id, booked.period) == (place.dyno_id, place.period):
        return Outcome(wish.id, wish.vehicle, booked)
    return Outcome(
        wish.id, wish.vehicle, booked, f"Placed already, on {booked.dyno} from {booked.period}; left as it is.", True
    )
