"""A dyno that breaks down: what it hits, the best other place of each, and all of it in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation, reschedule_allocation
from dyno_core.booking.exchange import Within
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet import load_dyno
from dyno_core.maintenance import Outage, plan_maintenance
from dyno_core.period import Period
from dyno_core.planning.engine import propose
from dyno_core.planning.placing import check_tolerance
from dyno_core.planning.reading import displaced_demands, load_plan
from dyno_core.planning.types import Demand, Held, Proposal


@dataclass(frozen=True, slots=True)
class Rescue:
    """An allocation that a breakdown hits, and where it could go instead, or why nowhere."""

    allocation: Allocation
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Rescued:
    """``moved``: the allocations on their new places; ``displaced``: those that still need one."""

    outage: Outage
    moved: tuple[Allocation, ...]
    displaced: tuple[Allocation, ...]

    @property
    def sentence(self) -> str:
        down = replace(self.outage, displaced=()).sentence
        said = [down]
        if len(self.moved) == 1:
            said.append(f"{self.moved[0].what} is on {self.moved[0].dyno} from {self.moved[0].period} now.")
        elif self.moved:
            said.append(f"{len(self.moved)} tests moved to other places.")
        if self.displaced:
            one = len(self.displaced) == 1
            who = f"{self.displaced[0].what} needs" if one else f"{len(self.displaced)} tests need"
            said.append(f"{who} another place: see the conflicts.")
        return " ".join(said)


class NotRescued(DynoError):
    """One of the new places could not be had, so that neither the breakdown nor any move was stored."""

    code = "not_rescued"

    def __init__(self, *, what: str, dyno: str, why: DynoError) -> None:
        super().__init__(
            f"Nothing was stored, because {what} could not go to {dyno}: {why} Look again, or report the breakdown "
            "without that move.",
            what=what,
            dyno=dyno,
            cause=why.code,
        )


def rescue_plan(
    database: Database, *, dyno: str, period: Period, today: date, tolerance: int = 14
) -> tuple[Rescue, ...]:
    """What a breakdown of ``dyno`` would hit, soonest first, and the best other place of each. Changes nothing.

    The places are on other dynos or, behind the breakdown, on the same one, and none is in another's way. A start may
    slip by ``tolerance`` days. A test that runs already gets none: whether it goes on after the repair or starts anew
    is for people to say. Raises `DynoNotFound`, `InvalidInput`.
    """
    check_tolerance(tolerance)
    with database.reading() as session:
        target = load_dyno(session, dyno, today=today)
        hits = tuple(one for one in blocking(session, period, dyno_id=target.id) if one.kind == "test")
        movable = [one.id for one in hits if one.status == "scheduled"]
        plan = load_plan(session, since=today, without=movable)
        demands = displaced_demands(session, [one.id for one in hits])
    plan = replace(plan, held=(*plan.held, Held(target.id, None, period)))
    found = {
        one.demand.id: one
        for one in propose(
            plan, [_from_today(one, today) for one in demands if one.id in movable], today=today, tolerance=tolerance
        )
    }
    for one in demands:
        if one.id not in found:
            found[one.id] = Proposal(
                one, None, "running", f"{one.vehicle} is on the dyno already; settle it when the repair is known."
            )
    return tuple(Rescue(one, found[one.id]) for one in hits)


def _from_today(demand: Demand, today: date) -> Demand:
    """A test that should have begun by now may still slip as far as any other, counted from today."""
    late = max((today - demand.start).days, 0)
    return replace(demand, start=demand.start + timedelta(days=late), end=demand.end + timedelta(days=late))


def report_breakdown(
    database: Database,
    origin: Origin,
    *,
    dyno: str,
    period: Period,
    today: date,
    reason: str = "",
    rescues: Sequence[Rescue] = (),
) -> Rescued:
    """Take the dyno out and give each of ``rescues`` its proposed place, in one transaction: all of it or nothing.

    What is hit and has no rescue becomes disputed, as with any breakdown; without rescues a breakdown is always
    accepted. Raises `NotRescued` naming the allocation whose place is not to be had, or which was changed, since the
    proposal was made; and what `plan_maintenance` raises.
    """

    def change(session: Session) -> Rescued:
        authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
        target = load_dyno(session, dyno, today=today)
        places = [one.proposal.place for one in rescues if one.proposal.place]
        # All of them at once and in order, before any step takes its own: no deadlock with whoever else writes.
        lock_places(
            session,
            dyno_ids=[target.id, *(place.dyno_id for place in places)],
            vehicle_ids=[one.proposal.demand.vehicle_id for one in rescues],
        )
        within = Within(database, session)
        outage = plan_maintenance(
            within, origin, dyno=target.name, period=period, category="breakdown", today=today, reason=reason
        )
        moved = tuple(_moved(within, origin, one, today=today) for one in rescues)
        ids = {one.id for one in moved}
        return Rescued(outage, moved, tuple(one for one in outage.displaced if one.id not in ids))

    return database.transact(change)


def _moved(within: Within, origin: Origin, rescue: Rescue, *, today: date) -> Allocation:
    one, place = rescue.allocation, rescue.proposal.place
    assert place is not None  # only those that have one are rescued
    try:
        return reschedule_allocation(
            within,
            origin,
            one.id,
            today=today,
            start_date=place.period.start,
            end_date=place.period.end,
            dyno=place.dyno,
            version=one.version + 1,  # the breakdown displaced it in this transaction
            reason=f"{one.dyno} broke down",
        )
    except DynoError as refusal:
        raise NotRescued(what=one.what, dyno=place.dyno, why=refusal) from refusal
