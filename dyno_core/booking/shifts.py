"""A slip of one leg and what it does to the later ones: looked at first, then made as one change."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from sqlalchemy.orm import Session

from dyno_core.booking.availability import FREE_DYNOS, next_windows_in
from dyno_core.booking.chains import Chain, Leg, LegDays, load_chain, shifted
from dyno_core.booking.changes import require_movable
from dyno_core.booking.editing import require_place
from dyno_core.booking.reading import load_allocation
from dyno_core.booking.together import Step
from dyno_core.booking.types import Allocation, DynoOption, Window
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.fleet.dynos import load_dyno
from dyno_core.fleet.vehicles import load_vehicle, requirement_for
from dyno_core.period import Period, say_days

_MOST_OPTIONS = 5


@dataclass(frozen=True, slots=True)
class LegShift:
    """One leg: from ``before`` to ``period`` on ``dyno``. ``problem``: why it can't stand there, or empty.

    With a problem, ``options`` are dynos that are free on the new days, best first, and ``window`` is the next place
    when there are none.
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
class Shift:
    """The leg that moves and those that go along, in the order of their days; ``staying`` keep their days."""

    moves: tuple[LegShift, ...]
    staying: tuple[Leg, ...]

    @property
    def is_possible(self) -> bool:
        return not any(move.problem for move in self.moves)

    @property
    def steps(self) -> tuple[Step, ...]:
        """For `move_together`."""
        return tuple(
            Step(move.before.id, move.before.version, move.period, move.dyno) for move in self.moves if move.is_change
        )


def linked(chain: Chain, anchor: Allocation) -> tuple[Allocation, ...]:
    """The later legs that belong to the anchor's test, which a slip of it moves unless people choose otherwise."""
    return tuple(one for one in chain.followers(anchor.id) if one.test_type == anchor.test_type)


def preview_shift(
    database: Database,
    allocation_id: int,
    *,
    period: Period,
    today: date,
    dyno: str | None = None,
    along: Collection[int] | None = None,
    dynos: Mapping[int, str] | None = None,
) -> Shift:
    """What giving an allocation other days (and perhaps another dyno) does to the later legs of its vehicle.

    ``along``: the later allocations that go along and keep their gaps; None = the later legs of the same test.
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
        followers = chain.followers(anchor.id)
        chosen = {one.id for one in linked(chain, anchor)} if along is None else set(along)
        going = (anchor, *(one for one in followers if one.id in chosen))
        periods = shifted([LegDays(one.period, one.end_fixed) for one in going], period)
        wanted = {anchor.id: dyno or anchor.dyno, **(dynos or {})}
        ids = {one.id for one in going}
        moves = [
            _move(session, one, days, dyno=wanted.get(one.id, one.dyno), going=ids, today=today)
            for one, days in zip(going, periods, strict=True)
        ]
        staying = tuple(leg for leg in chain.legs if leg.allocation is None or leg.allocation.id not in ids)
        return Shift(tuple(_each_checked(moves)), staying)


def _move(
    session: Session, one: Allocation, period: Period, *, dyno: str, going: Collection[int], today: date
) -> LegShift:
    dyno_id = one.dyno_id if dyno == one.dyno else load_dyno(session, dyno, today=today).id
    try:
        require_movable(one, period, today=today)
        require_place(session, one, dyno_id=dyno_id, period=period, ignore=going)
    except DynoError as refusal:
        options, window = _instead(session, one, period)
        return LegShift(one, period, dyno, str(refusal), options, window)
    return LegShift(one, period, dyno)


def _instead(session: Session, one: Allocation, period: Period) -> tuple[tuple[DynoOption, ...], Window | None]:
    """Other dynos on these days; when there are none, the next place for as many days."""
    assert one.vehicle_id is not None
    vehicle = load_vehicle(session, one.vehicle_id)
    try:
        requirement = requirement_for(vehicle, one.test_type or "")
    except DynoError:  # told already as what keeps it from moving: something of the vehicle is not known
        return (), None
    rows = session.execute(
        FREE_DYNOS,
        {"token": requirement.token, "first": period.start, "last": period.end, "most": _MOST_OPTIONS},
    )
    if options := tuple(DynoOption(**row._mapping) for row in rows):  # noqa: SLF001
        return options, None
    windows = next_windows_in(session, requirement=requirement, days=period.days, not_before=period.start)
    return (), windows[0] if windows else None


def _each_checked(moves: list[LegShift]) -> Iterator[LegShift]:
    """Legs that go along are looked through above, so they are compared with each other here."""
    clashing: dict[int, str] = {}
    for first, second in combinations(moves, 2):
        if shared := first.period.clip(second.period):
            clashing[second.before.id] = (
                f"It would overlap {first.before.leg or first.before.test_type} of the same vehicle for "
                f"{say_days(shared.days)}; give the two legs other days."
            )
    for move in moves:
        if move.before.id in clashing and not move.problem:
            yield LegShift(move.before, move.period, move.dyno, clashing[move.before.id])
        else:
            yield move
