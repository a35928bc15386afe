"""Which dyno a row means, and which place of a pool it gets."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from dyno_core.fleet.references import says_nothing
from dyno_core.fleet.types import POOLS as POOLED_FACILITIES
from dyno_core.period import Period
from dyno_core.workbook.taken import TakenDays

POOLS: Final = dict.fromkeys(POOLED_FACILITIES, 20)
"""What the sheets call one dyno but is so many places, each a dyno of its own: ``Track 1`` to ``Track 20``."""

_LABEL: Final = re.compile(r"#?\s*\d+[A-Za-z]?")
_NOT_LETTERS: Final = re.compile(r"[^a-z0-9]+")
_MESSAGE: Final = re.compile(r"(?:no|none|not|invalid|incompatible|unknown|cannot|can't)\b.*", re.IGNORECASE)
_NUMBER_AT_END: Final = re.compile(r"(?:^|\s)#?\s*\d+[A-Za-z]?$")


def places_of(name: str) -> tuple[str, ...]:
    """The dynos a name stands for: the places of a pool, else the name alone."""
    for pool, size in POOLS.items():
        if _fold(name) == _fold(pool):
            return tuple(f"{pool} {number}" for number in range(1, size + 1))
    return (name,)


def facility_of(dyno: str) -> str:
    """``PGN`` of ``PGN 1``: the name less its last word."""
    return dyno.rsplit(" ", 1)[0]


def _fold(name: str) -> str:
    return _NOT_LETTERS.sub("", name.casefold())


@dataclass(frozen=True, slots=True)
class Placement:
    """``dyno`` and ``pool`` carry a name, ``none`` the sheet's message (or nothing), ``unknown`` nothing."""

    kind: Literal["dyno", "pool", "none", "unknown"]
    name: str | None = None


class DynoNames:
    """The dynos there are. Without any list of them (``known`` empty) a well-formed name is taken at its word."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = {name: name for dyno in known for name in places_of(dyno)}
        self._by_fold: dict[str, str | None] = {}
        for name in self._known:
            folded = _fold(name)
            # Two names that fold to one can only be told apart by their exact spelling.
            self._by_fold[folded] = None if folded in self._by_fold else name

    @property
    def closed(self) -> bool:
        """Whether a list of dynos exists, so that a name outside it is wrong."""
        return bool(self._known)

    def find(self, name: str) -> str | None:
        """The dyno of that name, whatever its blanks, case and ``#``."""
        return self._known.get(name) or self._by_fold.get(_fold(name))

    def place(self, facility: str, label: str) -> Placement:
        """What TEST FACILITY and DYNO of a row mean together."""
        if says_nothing(label):
            return Placement("none", None if label in ("", "-") else label)
        for name in (f"{facility} {label}".strip(), label):
            if (dyno := self.find(name)) is not None and facility_matches(facility, dyno):
                return Placement("dyno", dyno)
        pool = self._pool(facility, label)
        if pool is not None:
            return Placement("pool", pool)
        if _is_message(facility, label):
            return Placement("none", label)
        if self.closed or not facility:
            return Placement("unknown")
        return Placement("dyno", label if _fold(label).startswith(_fold(facility)) else f"{facility} {label}")

    def _pool(self, facility: str, label: str) -> str | None:
        for pool in POOLS:
            known = not self.closed or f"{pool} 1" in self._known
            if known and _fold(label) == _fold(pool) and (not facility or _fold(facility) == _fold(pool)):
                return pool
        return None


def facility_matches(facility: str, dyno: str) -> bool:
    return not facility or _fold(dyno).startswith(_fold(facility))


def _is_message(facility: str, label: str) -> bool:
    """Words such as ``No dyno available``. With a facility given, one word alone is a dyno's name, not a message."""
    if _MESSAGE.fullmatch(label):
        return True
    if _LABEL.fullmatch(label) or _NUMBER_AT_END.search(label):
        return False
    return not facility or " " in label


@dataclass(frozen=True, slots=True)
class PoolWish:
    """A row that wants a place: ``blocking`` when it takes part in clashes."""

    row: int
    pool: str
    period: Period
    key: str
    blocking: bool


@dataclass(frozen=True, slots=True)
class PoolPlaces:
    places: Mapping[int, str]
    full: frozenset[int]


def give_places(wishes: Iterable[PoolWish], *, taken: Iterable[tuple[str, Period]] = ()) -> PoolPlaces:
    """Row → place. ``taken`` are rows that name their place.

    By first day, each the first free place: this needs no more places than vehicles are there at once, and a row
    added to the sheet moves only what overlaps it later. Where all are taken, the first to be free is shared,
    and the clash is reported like any other.
    """
    busy: dict[str, TakenDays] = {}
    for place, period in taken:
        busy.setdefault(place, TakenDays()).take(period)
    places: dict[int, str] = {}
    full: set[int] = set()
    order = sorted(wishes, key=lambda wish: (not wish.blocking, wish.period.start, wish.period.end, wish.key))
    for wish in order:
        options = places_of(wish.pool)
        free = next((place for place in options if busy.setdefault(place, TakenDays()).is_free(wish.period)), None)
        if free is None and wish.blocking:
            full.add(wish.row)
        place = free or min(options, key=lambda option: busy[option].last_day)
        busy[place].take(wish.period)
        places[wish.row] = place
    return PoolPlaces(places, frozenset(full))
