"""The dynos that a person left open: those of one facility, or all but the ones that are not wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import Dyno, list_dynos

EVERY_WINDOW: Final = 500
"""Windows to look through for those of some dynos only: more than a year of a large lab has."""
Facility = Annotated[str | None, "Only the dynos of this facility, when the user wants one of these."]
NotOn = Annotated[list[str] | None, "Dynos or facilities that the user does not want; none of them is taken."]


@dataclass(frozen=True, slots=True)
class Places:
    """``names``: the dynos left open. ``words``: how they were told, worded to follow “dynos”."""

    names: frozenset[str]
    words: str


def places_of(database: Database, *, facility: str | None, not_on: Sequence[str] | None, today: date) -> Places | None:
    """None when every dyno will do. A place is a dyno's name, a facility, or what dynos' names begin with.

    Raises `InvalidInput` for a place that the lab does not have: leaving out nothing would be another wish.
    """
    unwanted = [place.strip() for place in not_on or () if place.strip()]
    if not facility and not unwanted:
        return None
    dynos = list_dynos(database, today=today)
    left = _at(dynos, facility) if facility else {dyno.name for dyno in dynos}
    for place in unwanted:
        left -= _at(dynos, place)
    at = f" at {facility}" if facility else ""
    dynos_left_out = [place for place in unwanted if place[-1].isdigit()]
    facilities_left_out = [place for place in unwanted if place not in dynos_left_out]
    but = f" other than {' and '.join(dynos_left_out)}" if dynos_left_out else ""
    but += f" outside {' and '.join(facilities_left_out)}" if facilities_left_out else ""
    return Places(frozenset(left), f"{at}{but}".strip())


def _at(dynos: Sequence[Dyno], place: str) -> set[str]:
    wanted = _plain(place)
    named = {dyno.name for dyno in dynos if _plain(dyno.name) == wanted}
    found = named or {
        dyno.name
        for dyno in dynos
        if _plain(dyno.facility) == wanted or _plain(dyno.name.rstrip("0123456789")) == wanted
    }
    if not found:
        raise InvalidInput(f"There is no dyno or facility “{place[:40]}” in this lab; ask for all dynos to see them.")
    return found


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
