"""One proposal for many demands: who goes where, and why the others go nowhere. Pure and deterministic.

First come, first served in order of priority, wished start and number; each takes the earliest start it may have, and
on that day the first fitting dyno in the order of the rules. Nothing that stands in the plan is touched.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from dyno_core.fleet.compatibility import capability_token
from dyno_core.period import FIRST_DAY, LAST_DAY, LONGEST, Period, say_day, say_days
from dyno_core.planning.calendar import NEVER, TakenDays, out_of_service
from dyno_core.planning.types import Demand, Place, Plan, Proposal, Rig

LOOK_AHEAD: Final = 366
"""Days beyond the wished start in which the first free days are looked for, to tell them in a refusal."""


def propose(
    plan: Plan,
    demands: Iterable[Demand],
    *,
    today: date,
    tolerance: int = 0,
    facility: str | None = None,
    past_last: bool = False,
    look_later: bool = False,
) -> tuple[Proposal, ...]:
    """A place or a reason for each demand, none of them in another's way; in the order in which they are served.

    ``tolerance``: days by which a start may slip where the demand has no latest end of its own. ``facility``: use only
    the dynos that stand there. ``past_last``: whoever wished to start before today takes only what the others leave.
    ``look_later``: whoever finds nothing, and sets no latest end, is given the first place that is left after that.
    """
    board = _Board(plan, facility=facility)
    ordered = sorted(demands, key=lambda one: (past_last and one.start < today, one.priority, one.start, one.id))
    served = tuple(board.serve(demand, today=today, tolerance=tolerance) for demand in ordered)
    return tuple(board.look_later(one, today=today) for one in served) if look_later else served


def alternatives(plan: Plan, demand: Demand, *, today: date, tolerance: int = 0) -> tuple[Place, ...]:
    """The earliest place on each fitting dyno within the latest end or the tolerance; best first."""
    board = _Board(plan, facility=None)
    if board.unmatched(demand) is not None:
        return ()
    window = _Window(demand, today=today, tolerance=tolerance)
    return tuple(
        _place(rig, first, demand) for first, rig in board.openings(demand, window.first) if first <= window.last
    )


class _Window:
    """From which to which day a demand may start, as ordinals."""

    def __init__(self, demand: Demand, *, today: date, tolerance: int) -> None:
        latest = demand.latest_end or demand.end + timedelta(days=min(tolerance, (LAST_DAY - demand.end).days))
        self.first = max(demand.start, today).toordinal()
        self.last = demand.start.toordinal() + max((latest - demand.end).days, 0)


class _Board:
    """The plan with what was placed so far."""

    def __init__(self, plan: Plan, *, facility: str | None) -> None:
        self._facility = facility
        self._all = plan.rigs
        self._rigs = tuple(rig for rig in plan.rigs if facility is None or _same(rig.facility, facility))
        spans = {rig.id: out_of_service(rig.service) for rig in self._rigs}
        vehicles: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for held in plan.held:
            span = held.period.start.toordinal(), held.period.end.toordinal()
            if held.dyno_id in spans:
                spans[held.dyno_id].append(span)
            if held.vehicle_id is not None:
                vehicles[held.vehicle_id].append(span)
        self._dynos = {number: TakenDays(taken) for number, taken in spans.items()}
        self._vehicles = {number: TakenDays(taken) for number, taken in vehicles.items()}
        self._by_token: dict[str, list[Rig]] = defaultdict(list)
        for rig in self._rigs:
            for token in rig.capabilities:
                self._by_token[token].append(rig)

    def serve(self, demand: Demand, *, today: date, tolerance: int) -> Proposal:
        if refusal := self.unmatched(demand):
            return refusal
        window = _Window(demand, today=today, tolerance=tolerance)
        opening = self._first_opening(demand, window.first, window.last)
        if opening is not None:
            return Proposal(demand, self._take(demand, opening))
        return self._none_free(demand, window)

    def look_later(self, proposal: Proposal, *, today: date) -> Proposal:
        """With the first place that is left for it, where only its days were in the way."""
        demand = proposal.demand
        if proposal.place or demand.latest_end or self.unmatched(demand):
            return proposal
        window = _Window(demand, today=today, tolerance=LOOK_AHEAD)
        opening = self._first_opening(demand, window.first, window.last)
        return replace(proposal, later=self._take(demand, opening)) if opening else proposal

    def _take(self, demand: Demand, opening: tuple[int, Rig]) -> Place:
        first, rig = opening
        place = _place(rig, first, demand)
        last = place.period.end.toordinal()
        self._dynos[rig.id].take(first, last)
        self._vehicles.setdefault(demand.vehicle_id, TakenDays()).take(first, last)
        return place

    def openings(self, demand: Demand, first: int) -> list[tuple[int, Rig]]:
        """The earliest start on each fitting dyno that has one, the vehicle free as well; soonest and best first."""
        days = (demand.end - demand.start).days + 1
        own = self._vehicles.get(demand.vehicle_id) or TakenDays()
        found = [
            (start, rig)
            for rig in self._fitting(demand)
            if (start := _both(self._dynos[rig.id], own, first, days, until=NEVER))
        ]
        return sorted(found, key=lambda opening: opening[0])  # stable: dynos stay in order of preference

    def _first_opening(self, demand: Demand, first: int, last: int) -> tuple[int, Rig] | None:
        """The first of `openings` if it is no later than ``last``. No dyno is searched beyond what another has."""
        days = (demand.end - demand.start).days + 1
        own = self._vehicles.get(demand.vehicle_id) or TakenDays()
        best = None
        for rig in self._fitting(demand) if first <= last else ():
            start = _both(self._dynos[rig.id], own, first, days, until=last)
            if start is not None:
                best, last = (start, rig), start - 1
                if start == first:
                    break
        return best

    def unmatched(self, demand: Demand) -> Proposal | None:
        """Why no dyno at all can be looked for, or None."""
        return _bad_dates(demand) or _incomplete(demand) or self._misfit(demand)

    def _misfit(self, demand: Demand) -> Proposal | None:
        if self._fitting(demand):
            return None
        token = capability_token(demand.test_type, demand.drive_type or "", demand.weight_class or "")
        if fitting := [rig for rig in self._all if token in rig.capabilities]:
            there = self._facility or demand.facility
            return _refused(
                demand, "facility_incompatible",
                f"No dyno at {there} can run it; {_listed(fitting)} could. Change the wished facility.",
            )  # fmt: skip
        if any(one.startswith(f"{demand.test_type}|") for rig in self._all for one in rig.capabilities):
            return _refused(
                demand, "no_dyno_fits",
                f"No dyno runs {demand.test_type} for {demand.drive_type} and {demand.weight_class}; check the "
                "vehicle's weight and drive, or the rules.",
            )  # fmt: skip
        return _refused(
            demand, "test_invalid", f"No dyno runs {demand.test_type}; check the test, or add a rule for it."
        )

    def _fitting(self, demand: Demand) -> Sequence[Rig]:
        token = capability_token(demand.test_type, demand.drive_type or "", demand.weight_class or "")
        rigs = self._by_token.get(token, [])
        if not demand.facility:
            return rigs
        return [rig for rig in rigs if _same(rig.facility, demand.facility)]

    def _none_free(self, demand: Demand, window: _Window) -> Proposal:
        days = say_days((demand.end - demand.start).days + 1)
        opening = self._first_opening(demand, window.first, window.first + LOOK_AHEAD)
        if opening is not None:
            start, rig = opening
            slip = start - demand.start.toordinal()
            way_out = (
                f"the first free days are on {rig.name} from {say_day(date.fromordinal(start))}, "
                f"{say_days(slip)} later than wished."
            )
        else:
            way_out = "nothing becomes free within a year."
        if window.last < window.first:
            wished = "latest" if demand.latest_end else "wished"
            return _refused(
                demand, "past", f"The {wished} start, {say_day(date.fromordinal(window.last))}, is past; {way_out}"
            )
        if demand.latest_end:
            way_out += f" Its own latest end, {say_day(demand.latest_end)}, lets it start no later."
        if self._vehicle_stands_elsewhere(demand, window):
            return _refused(
                demand, "vehicle_busy", f"{demand.vehicle} stands on another dyno on some of these days; {way_out}"
            )
        count = len(self._fitting(demand))
        fitting = "The one fitting dyno is not" if count == 1 else f"None of the {count} fitting dynos is"
        span = f"from {say_day(date.fromordinal(window.first))}"
        if window.last > window.first:
            first, last = (say_day(date.fromordinal(day)) for day in (window.first, window.last))
            span = f"that start between {first} and {last}"
        return _refused(demand, "none_free", f"{fitting} free for {days} {span}; {way_out}")

    def _vehicle_stands_elsewhere(self, demand: Demand, window: _Window) -> bool:
        """Whether a dyno would have been free, had the vehicle been."""
        free_of_itself = replace(demand, vehicle_id=0)
        return self._first_opening(free_of_itself, window.first, window.last) is not None


def _both(dyno: TakenDays, vehicle: TakenDays, day: int, days: int, *, until: int) -> int | None:
    """The first start from ``day`` to ``until`` that suits both; None when there is none before the calendar ends."""
    until = min(until, NEVER - days)
    while day <= until:
        start = dyno.gap_from(day, days, until=until)
        day = vehicle.gap_from(start, days, until=until)
        if day == start and start <= until:
            return start
    return None


def _bad_dates(demand: Demand) -> Proposal | None:
    if demand.end < demand.start:
        return _refused(
            demand, "end_before_start",
            f"It ends on {say_day(demand.end)}, before it starts on {say_day(demand.start)}; correct its days.",
        )  # fmt: skip
    days = (demand.end - demand.start).days + 1
    if days > LONGEST:
        return _refused(
            demand, "dates_invalid",
            f"It lasts {say_days(days)}, and at most {LONGEST} can be planned in one piece; make legs of it.",
        )  # fmt: skip
    if demand.start < FIRST_DAY or demand.end > LAST_DAY:
        return _refused(
            demand, "dates_invalid", "Its days lie outside the years 2000 to 2099; correct them."
        )  # fmt: skip
    return None


def _incomplete(demand: Demand) -> Proposal | None:
    if demand.weight_class is None:
        return _refused(
            demand, "weight_missing",
            f"The weight of {demand.vehicle} is not known; give its weight or weight class first.",
        )  # fmt: skip
    if demand.drive_type is None:
        return _refused(
            demand, "drive_missing", f"The drive of {demand.vehicle} is not known; give 2WD or AWD for it first."
        )  # fmt: skip
    return None


def _place(rig: Rig, first: int, demand: Demand) -> Place:
    start = date.fromordinal(first)
    period = Period(start, start + (demand.end - demand.start))
    return Place(rig.id, rig.name, rig.facility, period, (start - demand.start).days)


def _refused(demand: Demand, reason: str, sentence: str) -> Proposal:
    return Proposal(demand, None, reason, sentence)


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _listed(rigs: Sequence[Rig]) -> str:
    named = ", ".join(f"{rig.name} ({rig.facility})" for rig in rigs[:3])
    return f"{named} and {len(rigs) - 3} more" if len(rigs) > 3 else named
