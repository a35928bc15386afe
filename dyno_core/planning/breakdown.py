"""A dyno that breaks down or is taken out for maintenance, once or often: what that hits, the best other place of each,
and all of it in one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation, reschedule_allocation
from dyno_core.booking.exchange import Within
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking, load_allocation
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, StaleVersion
from dyno_core.fleet import load_dyno
from dyno_core.maintenance import (
    MaintenanceHitsAllocations,
    MaintenanceWindow,
    Outage,
    Recurrence,
    SeriesChange,
    change_series,
    plan_maintenance,
    plan_recurring,
)
from dyno_core.period import Period, say_day
from dyno_core.planning.deeds import Deed, this_deed
from dyno_core.planning.engine import propose
from dyno_core.planning.placing import check_tolerance
from dyno_core.planning.reading import displaced_demands, load_plan
from dyno_core.planning.types import Demand, Held, Proposal


@dataclass(frozen=True, slots=True)
class Rescue:
    """An allocation that an outage hits, and where it could go instead, or why nowhere."""

    allocation: Allocation
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Rescued:
    """``outages``: one for each time that the dyno is out. ``moved``: the allocations on their new places;
    ``displaced``: those that still need one. ``deed``: by what all of it, and nothing else, is taken back.
    """

    outages: tuple[Outage, ...]
    moved: tuple[Allocation, ...]
    displaced: tuple[Allocation, ...]
    deed: Deed
    recurrence: Recurrence | None = None

    @property
    def sentence(self) -> str:
        said = [self._down]
        said += _said_moved(self.moved)
        if self.displaced:
            one = len(self.displaced) == 1
            who = f"{self.displaced[0].what} needs" if one else f"{len(self.displaced)} tests need"
            said.append(f"{who} another place: see the conflicts.")
        return " ".join(said)

    @property
    def _down(self) -> str:
        if self.recurrence is None:
            return replace(self.outages[0], displaced=()).sentence
        first, last = self.outages[0].window, self.outages[-1].window
        days = f"from {say_day(first.start_date)} to {say_day(last.end_date)}"
        return f"{first.dyno} is in maintenance {self.recurrence}, {days}."


@dataclass(frozen=True, slots=True)
class SeriesRescued:
    """``change``: what became of the series; it tells as displaced those only that still need a place. ``moved``: the
    allocations on their new places.
    """

    change: SeriesChange
    moved: tuple[Allocation, ...]

    @property
    def sentence(self) -> str:
        return " ".join((self.change.sentence, *_said_moved(self.moved)))


def _said_moved(moved: Sequence[Allocation]) -> list[str]:
    if len(moved) == 1:
        return [f"{moved[0].what} is on {moved[0].dyno} from {moved[0].period} now."]
    return [f"{len(moved)} tests moved to other places."] if moved else []


class NotRescued(DynoError):
    """One of the new places could not be had, so that neither the outage nor any move was stored."""

    code = "not_rescued"

    def __init__(self, *, what: str, dyno: str, why: DynoError) -> None:
        refused = f"{what} could not go to {dyno}: {why} Look again"
        if isinstance(why, StaleVersion):
            refused = f"{what} was changed by someone else meanwhile; look again"
        super().__init__(
            f"Nothing was stored, because {refused}, or leave that move out.",
            what=what,
            dyno=dyno,
            cause=why.code,
        )


def rescue_plan(
    database: Database,
    *,
    dyno: str,
    period: Period,
    today: date,
    recurrence: Recurrence | None = None,
    tolerance: int = 14,
) -> tuple[Rescue, ...]:
    """What taking ``dyno`` out would hit, soonest first, and the best other place of each. Changes nothing.

    ``recurrence``: ``period`` is the first of several. The places are on other dynos or, behind or between the
    outages, on the same one, and none is in another's way. A start may slip by ``tolerance`` days. A test that runs
    already gets none: whether it goes on after the repair or starts anew is for people to say. Raises `DynoNotFound`,
    `InvalidInput`.
    """
    check_tolerance(tolerance)
    periods = recurrence.periods if recurrence else (period,)
    with database.reading() as session:
        target = load_dyno(session, dyno, today=today)
        standing = blocking(session, Period(periods[0].start, periods[-1].end), dyno_id=target.id)
        hits = tuple(
            one for one in standing if one.kind == "test" and any(one.period.overlaps(each) for each in periods)
        )
        movable = [one.id for one in hits if one.status == "scheduled"]
        plan = load_plan(session, since=today, without=movable)
        demands = displaced_demands(session, [one.id for one in hits])
    plan = replace(plan, held=(*plan.held, *(Held(target.id, None, each) for each in periods)))
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
    return take_out(
        database, origin, dyno=dyno, period=period, category="breakdown", today=today, reason=reason, displace=True,
        rescues=rescues,
    )  # fmt: skip


def take_out(
    database: Database,
    origin: Origin,
    *,
    dyno: str,
    period: Period,
    category: str,
    today: date,
    recurrence: Recurrence | None = None,
    reason: str = "",
    displace: bool = False,
    rescues: Sequence[Rescue] = (),
) -> Rescued:
    """Plan maintenance, every time of its ``recurrence``, and give each of ``rescues`` its proposed place, in one
    transaction: all of it or nothing.

    ``displace``: what is hit and has no rescue becomes disputed; without it that is refused. Raises `NotRescued` naming
    the allocation whose place is not to be had, or which was changed, since the proposal was made; and what
    `plan_maintenance` and `plan_recurring` raise.
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
        # What is hit steps aside first, so that none is in another's way when each takes its place.
        may_displace = displace or bool(rescues)
        if recurrence is None:
            outages: tuple[Outage, ...] = (
                plan_maintenance(
                    within, origin, dyno=target.name, period=period, category=category, today=today, reason=reason,
                    displace=may_displace,
                ),
            )  # fmt: skip
        else:
            outages = plan_recurring(
                within, origin, dyno=target.name, recurrence=recurrence, category=category, today=today, reason=reason,
                displace=may_displace,
            )  # fmt: skip
        why = f"{target.name} broke down" if category == "breakdown" else f"maintenance of {target.name}"
        displaced = [one for outage in outages for one in outage.displaced]
        moved, left = _rescued(session, within, origin, rescues, displaced, today=today, why=why)
        if left and not displace:
            span = Period(outages[0].window.start_date, outages[-1].window.end_date)
            raise MaintenanceHitsAllocations(dyno=target.name, period=span, hits=left)
        return Rescued(outages, moved, left, this_deed(session, origin.actor, today=today), recurrence)

    return database.transact(change)


def change_series_around(
    database: Database,
    origin: Origin,
    windows: Sequence[MaintenanceWindow],
    recurrence: Recurrence,
    *,
    today: date,
    reason: str = "",
    displace: bool = False,
    rescues: Sequence[Rescue] = (),
) -> SeriesRescued:
    """`change_series`, and give each of ``rescues`` its proposed place, in one transaction: all of it or nothing.

    ``displace``: what is hit and has no rescue becomes disputed; without it that is refused. Raises `NotRescued` as
    `take_out` does, and what `change_series` raises.
    """

    def change(session: Session) -> SeriesRescued:
        authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
        places = [one.proposal.place for one in rescues if one.proposal.place]
        lock_places(
            session,
            dyno_ids=[windows[0].dyno_id, *(place.dyno_id for place in places)],
            vehicle_ids=[one.proposal.demand.vehicle_id for one in rescues],
        )
        within = Within(database, session)
        changed = change_series(
            within, origin, windows, recurrence, today=today, reason=reason, displace=displace or bool(rescues)
        )
        moved, left = _rescued(
            session, within, origin, rescues, changed.displaced, today=today, why=f"maintenance of {windows[0].dyno}"
        )
        if left and not displace:
            span = Period(changed.windows[0].start_date, changed.windows[-1].end_date)
            raise MaintenanceHitsAllocations(dyno=windows[0].dyno, period=span, hits=left)
        return SeriesRescued(replace(changed, displaced=left), moved)

    return database.transact(change)


def _rescued(
    session: Session,
    within: Within,
    origin: Origin,
    rescues: Sequence[Rescue],
    displaced: Sequence[Allocation],
    *,
    today: date,
    why: str,
) -> tuple[tuple[Allocation, ...], tuple[Allocation, ...]]:
    """Those that have a place again, and of ``displaced`` those that have none."""
    of = {one.id: one for one in displaced}
    for one in rescues:
        _refuse_changed(session, one, of.get(one.allocation.id))
    moved = tuple(_moved(within, origin, one, today=today, why=why) for one in rescues)
    ids = {one.id for one in moved}
    return moved, tuple(one for one in displaced if one.id not in ids)


def _refuse_changed(session: Session, rescue: Rescue, displaced: Allocation | None) -> None:
    """Raises `NotRescued` unless the outage displaced just what was seen: its version alone, one more, may be of
    somebody else's move. ``displaced``: as the outage left it, None where it was not in its way.
    """
    one, place = rescue.allocation, rescue.proposal.place
    if displaced is not None and displaced.version == one.version + 1:
        return
    found = displaced.version - 1 if displaced else load_allocation(session, one.id).version
    stale = StaleVersion(what=f"Allocation {one.id}", expected=one.version, found=found)
    raise NotRescued(what=one.what, dyno=place.dyno if place else one.dyno, why=stale)


def _moved(within: Within, origin: Origin, rescue: Rescue, *, today: date, why: str) -> Allocation:
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
            version=one.version + 1,  # the outage displaced it in this transaction
            reason=why,
        )
    except DynoError as refusal:
        raise NotRescued(what=one.what, dyno=place.dyno, why=refusal) from refusal
