"""A slip of one leg and what it does to the later ones: looked at first, then made as one change."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations

from sqlalchemy.orm import Session

from dyno_core.booking.availability import FREE_DYNOS, next_windows_in
from dyno_core.booking.chains import Chain, Leg, LegDays, gap, load_chain, shifted
from dyno_core.booking.changes import require_movable
from dyno_core.booking.editing import require_place
from dyno_core.booking.errors import VehicleBusy
from dyno_core.booking.reading import blocking, load_allocation
from dyno_core.booking.requests import Request
from dyno_core.booking.together import RequestStep, Step
from dyno_core.booking.types import Allocation, DynoOption, Window
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.fleet.dynos import load_dyno
from dyno_core.fleet.vehicles import load_vehicle, requirement_for
from dyno_core.period import Period, say_day, say_days

_MOST_OPTIONS = 5
SHORTEST_GAP = 14
"""Days that the lab plans at least between two legs, for inspection and travel."""


@dataclass(frozen=True, slots=True)
class LegShift:
    """One leg: from ``before`` to ``period`` on ``dyno``. ``problem``: why it can't stand there, or empty.

    With a problem, ``options`` are dynos that are free on the new days, best first, and ``window`` is the next place
    when there are none, or when no dyno would help: its vehicle stands elsewhere on these days.
    """

    before: Allocation
    period: Period
    dyno: str
    problem: str = ""
    options: tuple[DynoOption, ...] = ()
    window: Window | None = None

    @property
    def is_change(self) -> bool:
        return (self.dyno, self.period) != (self.before.dyno, self.before.period) or self.before.disputed

    @property
    def days(self) -> int:
        """By how many days its start moves; negative = sooner."""
        return (self.period.start - self.before.start_date).days


@dataclass(frozen=True, slots=True)
class RequestShift:
    """A leg without a dyno that is wished for other days. ``problem``: why it can't be, or empty."""

    before: Request
    period: Period
    problem: str = ""

    @property
    def days(self) -> int:
        """By how many days its start moves; negative = sooner."""
        return (self.period.start - self.before.start_date).days


@dataclass(frozen=True, slots=True)
class Shift:
    """The leg that moves and those that go along, in the order of their days; ``staying`` keep their days.

    ``wishes``: those of them that have no dyno yet.
    """

    moves: tuple[LegShift, ...]
    staying: tuple[Leg, ...]
    wishes: tuple[RequestShift, ...] = ()

    @property
    def is_possible(self) -> bool:
        return not any(move.problem for move in self.moves) and not any(wish.problem for wish in self.wishes)

    @property
    def count(self) -> int:
        """How many legs change."""
        return len(self.steps) + len(self.request_steps)

    @property
    def steps(self) -> tuple[Step, ...]:
        """For `move_together`."""
        return tuple(
            Step(move.before.id, move.before.version, move.period, move.dyno) for move in self.moves if move.is_change
        )

    @property
    def request_steps(self) -> tuple[RequestStep, ...]:
        """For `move_together`."""
        return tuple(
            RequestStep(wish.before.id, wish.before.version, wish.period)
            for wish in self.wishes
            if wish.period != wish.before.period
        )


def reached(chain: Chain, anchor: Allocation, period: Period) -> tuple[Leg, ...]:
    """The later legs of the anchor's test that it would reach on other days, which go along unless people choose
    otherwise: it would overlap them, or leave them less than `SHORTEST_GAP` days of a gap, and less than now.

    A longer gap takes the slip up: the leg behind it stays, and so do all after that.
    """
    found: list[Leg] = []
    was, now = anchor.period, period
    for leg in chain.followers(anchor.id):
        if leg.test_type != anchor.test_type:
            continue
        if gap(now, leg.period) >= min(gap(was, leg.period), SHORTEST_GAP):
            break
        found.append(leg)
        now = leg.period if leg.end_fixed else leg.period.shifted((now.end - was.end).days)
        was = leg.period
    return tuple(found)


def preview_shift(
    database: Database,
    allocation_id: int,
    *,
    period: Period,
    today: date,
    dyno: str | None = None,
    along: Collection[tuple[str, int]] | None = None,
    dynos: Mapping[int, str] | None = None,
) -> Shift:
    """What giving an allocation other days (and perhaps another dyno) does to the later legs of its vehicle.

    ``along``: the later legs that go along and keep their gaps (`Leg.key`); None = those that it reaches (`reached`).
    A leg without a dyno is wished for its new days; nothing is booked for it, so only its own limits are checked.
    ``dynos``: another dyno for some of them, by allocation. Each new place is checked by the rules of a move, as if
    all of them had left their old places; nothing is held until `move_together` makes the change.
    Raises `AllocationNotFound`, `WrongStatus`, `InThePast`, `DynoNotFound`, `InvalidInput`.
    """
    with database.reading() as session:
        anchor = load_allocation(session, allocation_id)
        require_movable(anchor, period, today=today)
        chain = load_chain(session, anchor.vehicle_id) if anchor.vehicle_id is not None else None
        if chain is None:
            raise InvalidInput(f"Allocation {anchor.id} belongs to no chain of tests; move it by itself.")
        chosen = {leg.key for leg in reached(chain, anchor, period)} if along is None else set(along)
        going = (Leg(anchor), *(leg for leg in chain.followers(anchor.id) if leg.key in chosen))
        periods = shifted([LegDays(leg.period, leg.end_fixed) for leg in going], period)
        wanted = {anchor.id: dyno or anchor.dyno, **(dynos or {})}
        keys = {leg.key for leg in going}
        ids = {leg.allocation.id for leg in going if leg.allocation}
        legs = [
            _move(session, leg.allocation, days, dyno=wanted.get(leg.allocation.id), going=ids, today=today)
            if leg.allocation
            else _wish(leg, days, today=today)
            for leg, days in zip(going, periods, strict=True)
        ]
        checked = tuple(_each_checked(legs))
        return Shift(
            tuple(leg for leg in checked if isinstance(leg, LegShift)),
            tuple(leg for leg in chain.legs if leg.key not in keys),
            tuple(leg for leg in checked if isinstance(leg, RequestShift)),
        )


def _move(
    session: Session, one: Allocation, period: Period, *, dyno: str | None, going: Collection[int], today: date
) -> LegShift:
    dyno = dyno or one.dyno
    dyno_id = one.dyno_id if dyno == one.dyno else load_dyno(session, dyno, today=today).id
    try:
        require_movable(one, period, today=today)
        _require_vehicle(session, one, period, going=going)
        require_place(session, one, dyno_id=dyno_id, period=period, ignore=going)
    except DynoError as refusal:
        free = not isinstance(refusal, VehicleBusy)
        options, window = _instead(session, one, period, not_on=dyno_id, is_vehicle_free=free, going=going)
        return LegShift(one, period, dyno, str(refusal), options, window)
    return LegShift(one, period, dyno)


def _require_vehicle(session: Session, one: Allocation, period: Period, *, going: Collection[int]) -> None:
    """Told before anything of the dyno: what keeps the vehicle elsewhere, no other dyno can mend."""
    if one.vehicle_id is None:
        return
    if others := blocking(session, period, vehicle_id=one.vehicle_id, ignore=[one.id, *going]):
        raise VehicleBusy(vehicle=one.vehicle, period=period, other=others[0])


def _wish(leg: Leg, period: Period, *, today: date) -> RequestShift:
    request = leg.request
    assert request is not None
    problem = ""
    if request.latest_end_date is not None and period.end > request.latest_end_date:
        problem = (
            f"It would end on {say_day(period.end)}, but must end by {say_day(request.latest_end_date)}; give it a "
            "later latest end first, or leave it out."
        )
    elif period != request.period and period.start < today:
        problem = f"It would be wished for {say_day(period.start)}, which is over; leave it out."
    return RequestShift(request, period, problem)


def _instead(
    session: Session,
    one: Allocation,
    period: Period,
    *,
    not_on: int,
    is_vehicle_free: bool,
    going: Collection[int],
) -> tuple[tuple[DynoOption, ...], Window | None]:
    """Other dynos on these days than ``not_on``; when there are none, the next place for as many days that the vehicle
    can come to.
    """
    assert one.vehicle_id is not None
    vehicle = load_vehicle(session, one.vehicle_id)
    try:
        requirement = requirement_for(vehicle, one.test_type or "")
    except DynoError:  # told already as what keeps it from moving: something of the vehicle is not known
        return (), None
    if is_vehicle_free:
        rows = session.execute(
            FREE_DYNOS,
            {"token": requirement.token, "first": period.start, "last": period.end, "most": _MOST_OPTIONS},
        )
        options = tuple(DynoOption(**row._mapping) for row in rows)  # noqa: SLF001
        if not_on != one.dyno_id and period != one.period and _can_stay(session, one, period, going=going):
            options = (DynoOption(one.dyno_id, one.dyno, one.facility), *(o for o in options if o.id != one.dyno_id))
        if options:
            return options, None
    windows = next_windows_in(
        session, requirement=requirement, days=period.days, not_before=period.start, vehicle_id=vehicle.id,
        ignore=one.id,
    )  # fmt: skip
    return (), windows[0] if windows else None


def _can_stay(session: Session, one: Allocation, period: Period, *, going: Collection[int]) -> bool:
    """Whether its own dyno would take it: the days it holds there now are not in its way."""
    try:
        require_place(session, one, dyno_id=one.dyno_id, period=period, ignore=going)
    except DynoError:
        return False
    return True


def _each_checked(legs: Iterable[LegShift | RequestShift]) -> Iterator[LegShift | RequestShift]:
    """Legs that go along are looked through above, so they are compared with each other here."""
    legs = list(legs)
    clashing: dict[int, str] = {}
    for (_, first), (at, second) in combinations(enumerate(legs), 2):
        if shared := first.period.clip(second.period):
            clashing[at] = (
                f"It would overlap {first.before.leg or first.before.test_type} of the same vehicle for "
                f"{say_days(shared.days)}; give the two legs other days."
            )
    for at, leg in enumerate(legs):
        if at not in clashing or leg.problem:
            yield leg
        else:
            yield replace(leg, problem=clashing[at])
