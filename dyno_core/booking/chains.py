"""The legs of a vehicle as one chain: gaps, order and overlaps. Pure, but for the queries that read them.

A chained test runs over several allocations, its legs, such as 0K - 5K, 5K - 75K and 75K - 150K miles, with gaps
between them for inspection and travel; in the lab's own plan these are 14 to 55 days.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations, pairwise
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.booking.requests import REQUEST_COLUMNS, Request
from dyno_core.booking.sql import ALLOCATION_COLUMNS, ALLOCATION_TABLES, allocation_from
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.period import Period, say_day

_MILES: Final = re.compile(r"\s*([0-9.]{1,8})\s*K?\s*[-–]\s*([0-9.]{1,8})\s*K\s*", re.IGNORECASE)

_ALLOCATIONS: Final = f"""
    SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES}
    WHERE a.kind = 'test' AND a.status <> 'cancelled' AND a.vehicle_id IN ({{vehicles}})"""

_REQUESTS: Final = f"""
    SELECT {REQUEST_COLUMNS} FROM requests r JOIN vehicles v ON v.id = r.vehicle_id
    WHERE r.status = 'open' AND r.vehicle_id IN ({{vehicles}})"""


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a vehicle's tests: an allocation, or a request that has no dyno yet. One of the two is given."""

    allocation: Allocation | None
    request: Request | None = None

    @property
    def _it(self) -> Allocation | Request:
        found = self.allocation or self.request
        assert found is not None
        return found

    @property
    def period(self) -> Period:
        return self._it.period

    @property
    def end_fixed(self) -> bool:
        """Whether its last day stays where it is when its first day moves."""
        return self.allocation is not None and self.allocation.end_fixed

    @property
    def test_type(self) -> str:
        return self._it.test_type or ""

    @property
    def name(self) -> str:
        """What people call it: the leg, else the test."""
        return self._it.leg or self.test_type

    @property
    def status(self) -> str:
        """The allocation's status, or ``waiting``."""
        return self.allocation.status if self.allocation else "waiting"

    @property
    def where(self) -> str:
        return self.allocation.dyno if self.allocation else "without a dyno"

    @property
    def what(self) -> str:
        """``5K - 75K on PGN 1``."""
        return f"{self.name} on {self.where}" if self.allocation else f"{self.name} (without a dyno)"

    @property
    def key(self) -> tuple[str, int]:
        """``("allocation", 12)`` or ``("request", 5)``: requests have numbers of their own."""
        return ("allocation" if self.allocation else "request", self._it.id)

    @property
    def miles(self) -> tuple[float, float] | None:
        """From and to, in thousands; None where the leg's name tells no miles."""
        return miles_of(self._it.leg)


@dataclass(frozen=True, slots=True)
class Chain:
    """Every leg of a vehicle that is not called off, by its days."""

    vehicle_id: int
    vehicle: str
    vin: str | None
    program: str | None
    legs: tuple[Leg, ...]

    @property
    def period(self) -> Period:
        return Period(self.legs[0].period.start, max(leg.period.end for leg in self.legs))

    @property
    def gaps(self) -> tuple[int, ...]:
        """Free days between each leg and the next one; negative where they overlap."""
        return tuple(gap(before.period, after.period) for before, after in pairwise(self.legs))

    @property
    def warnings(self) -> tuple[str, ...]:
        return (*_overlaps(self), *_disorder(self))

    def followers(self, allocation_id: int) -> tuple[Leg, ...]:
        """The later legs that may still move, soonest first: planned allocations, and requests without a dyno."""
        anchor = next(leg.period.start for leg in self.legs if leg.allocation and leg.allocation.id == allocation_id)
        return tuple(
            leg
            for leg in self.legs
            if leg.key != ("allocation", allocation_id)
            and leg.period.start > anchor
            and leg.status in ("scheduled", "tentative", "waiting")
        )

    def travelling(self, today: date) -> tuple[Leg, Leg] | None:
        """The legs between which the vehicle is today, if one is over and the next has not begun."""
        over = [leg for leg in self.legs if leg.status == "completed" and leg.period.end < today]
        ahead = [leg for leg in self.legs if leg.status in ("scheduled", "tentative", "waiting")]
        if not over or not ahead or any(leg.status == "in_progress" for leg in self.legs):
            return None
        return over[-1], ahead[0]


def gap(before: Period, after: Period) -> int:
    """Free days between the two."""
    return (after.start - before.end).days - 1


def miles_of(leg: str | None) -> tuple[float, float] | None:
    """``5K - 37.5K`` → (5, 37.5), in thousands of miles."""
    found = _MILES.fullmatch(leg or "")
    try:
        return (float(found[1]), float(found[2])) if found else None
    except ValueError:  # several points
        return None


def load_chain(session: Session, vehicle_id: int) -> Chain | None:
    found = _chains(session, ":vehicle_id", {"vehicle_id": vehicle_id})
    return found[0] if found else None


def get_chain(database: Database, vehicle_id: int) -> Chain | None:
    """The chain of this vehicle, or None when nothing is planned for it."""
    with database.reading() as session:
        return load_chain(session, vehicle_id)


def list_chains(database: Database, vehicle_ids: Collection[int]) -> tuple[Chain, ...]:
    """The chains of these vehicles, less those for which nothing is planned; by the first day of the chain."""
    with database.reading() as session:
        return _chains(session, "SELECT unnest(CAST(:vehicles AS int[]))", {"vehicles": list(vehicle_ids)})


def _chains(session: Session, vehicles: str, values: Mapping[str, object]) -> tuple[Chain, ...]:
    legs: defaultdict[int, list[Leg]] = defaultdict(list)
    for row in session.execute(text(_ALLOCATIONS.format(vehicles=vehicles)), values):
        allocation = allocation_from(row)
        assert allocation.vehicle_id is not None
        legs[allocation.vehicle_id].append(Leg(allocation))
    for row in session.execute(text(_REQUESTS.format(vehicles=vehicles)), values):
        request = Request(**row._mapping)  # noqa: SLF001
        legs[request.vehicle_id].append(Leg(None, request))
    chains = (chain_from(each) for each in legs.values())
    return tuple(sorted(chains, key=lambda chain: (chain.period.start, chain.vehicle, chain.vehicle_id)))


def chain_from(legs: Iterable[Leg]) -> Chain:
    """The chain of these legs, which are one vehicle's."""
    ordered = tuple(sorted(legs, key=lambda leg: (leg.period, leg.name)))
    first = ordered[0].allocation or ordered[0].request
    assert first is not None
    assert first.vehicle_id is not None
    return Chain(first.vehicle_id, first.vehicle, first.vin, first.program, ordered)


def _overlaps(chain: Chain) -> list[str]:
    found = []
    for first, second in combinations(chain.legs, 2):
        if shared := first.period.clip(second.period):
            found.append(f"{chain.vehicle}: {first.what} and {second.what} overlap for {shared}; move one of them.")
    return found


def _disorder(chain: Chain) -> list[str]:
    """Legs of one test whose days and miles disagree about which comes first."""
    found = []
    for first, second in combinations(chain.legs, 2):
        if first.miles and second.miles and first.test_type == second.test_type and second.miles < first.miles:
            found.append(
                f"{chain.vehicle}: {second.what} comes after {first.what}, though its miles come first; swap their "
                "days or mend a leg's name."
            )
    return found


@dataclass(frozen=True, slots=True)
class LegDays:
    """What a shift needs of a leg. ``end_fixed``: its last day stays where it is."""

    period: Period
    end_fixed: bool = False


def shifted(legs: Sequence[LegDays], to: Period) -> tuple[Period, ...]:
    """The days of every leg after the first one has moved ``to``: each keeps its length and its gap to the one before.

    A leg whose end is fixed keeps that end, so its length takes the shift, and the legs after it stay. Raises
    `InvalidInput` where its start would come after its fixed end, and for days outside the calendar.
    """
    moved = [to]
    for before, leg in pairwise(legs):
        start_shift = (moved[-1].end - before.period.end).days
        start = leg.period.shifted(start_shift).start
        if leg.end_fixed and start > leg.period.end:
            raise InvalidInput(
                f"A later leg would start on {say_day(start)}, after its last day, which was fixed on "
                f"{say_day(leg.period.end)}; give that leg another last day first, or leave it out of the shift."
            )
        moved.append(Period(start, leg.period.end) if leg.end_fixed else Period.of(start, leg.period.days))
    return tuple(moved)
