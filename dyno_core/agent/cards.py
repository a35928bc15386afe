"""What stands on an approval card, and what the changes on it would take from each other."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session

from dyno_core.agent.places import EVERY_WINDOW, Places
from dyno_core.booking import Allocation, find_available_dynos, find_next_windows, list_allocations
from dyno_core.database.engine import Database
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import Period, say_day, say_days

T = TypeVar("T")
_OTHER_DYNOS: Final = 3


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another way to have the same change. ``changes``: ``dyno``, ``start_date`` (ISO), ``days``; those that differ."""

    label: str
    changes: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"label": self.label, "changes": dict(self.changes)}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change as a person is asked about it.

    ``bound``: what it must still find when it is carried out. ``shown``: the parts of ``summary``, for a card that
    draws them: title, vehicle, test_type, dyno, facility, start_date, end_date, days, before, note, displaces, and
    ``dynos``, the fitting ones, when dyno and days can be edited. ``places``: dyno and days it would take.
    """

    summary: str
    bound: Mapping[str, Any]
    shown: Mapping[str, Any] = field(default_factory=dict)
    alternatives: tuple[Alternative, ...] = ()
    places: tuple[tuple[str, Period], ...] = ()
    vehicles: tuple[tuple[int, Period], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """What is stored with the question, and asked."""
        return {
            "summary": self.summary,
            "bound": dict(self.bound),
            "shown": dict(self.shown),
            "alternatives": [one.as_json() for one in self.alternatives],
        }


@dataclass
class Card:
    """The proposals of one message. Each sees what those before it would take, so that two never share a place."""

    proposals: list[Proposal] = field(default_factory=list)

    def takes(self, dyno: str, period: Period) -> bool:
        return any(dyno == name and period.overlaps(days) for one in self.proposals for name, days in one.places)

    def holds(self, vehicle_id: int, period: Period) -> bool:
        held = (place for one in self.proposals for place in one.vehicles)
        return any(vehicle_id == other and period.overlaps(days) for other, days in held)

    def changes(self, allocation_id: int) -> bool:
        return any(allocation_id in one.bound.get("allocation_ids", ()) for one in self.proposals)


class Rehearsal(Database):
    """Carries a change out, looks at the result, and takes it back: the real rules, nothing kept."""

    def __init__(self, database: Database) -> None:
        self.url, self.reader_url, self.engine = database.url, database.reader_url, database.engine

    def transact(self, work: Callable[[Session], T]) -> T:
        with self._translated(writes=False), Session(self.engine) as session:
            try:
                return work(session)
            finally:
                session.rollback()


def alternatives(
    database: Database,
    card: Card,
    *,
    requirement: Requirement,
    vehicle_id: int,
    dyno: str,
    period: Period,
    places: Places | None = None,
) -> tuple[Alternative, ...]:
    """The other dynos that are free on these days, and the next window after their first one; only at ``places``."""
    day = period.start.isoformat()
    others = [
        Alternative(option.name, {"dyno": option.name, "start_date": day, "days": period.days})
        for option in find_available_dynos(database, period=period, requirement=requirement)
        if option.name != dyno and not card.takes(option.name, period) and (not places or option.name in places.names)
    ]
    windows = find_next_windows(
        database,
        requirement=requirement,
        days=period.days,
        not_before=period.start + timedelta(days=1),
        vehicle_id=vehicle_id,
        limit=EVERY_WINDOW if places else 5,
    )
    later = [
        Alternative(
            f"{say_day(window.period.start)} on {window.dyno}",
            {"dyno": window.dyno, "start_date": window.period.start.isoformat(), "days": period.days},
        )
        for window in windows
        if (not places or window.dyno in places.names)
        and not card.takes(window.dyno, window.period)
        and not card.holds(vehicle_id, window.period)
    ]
    return (*others[:_OTHER_DYNOS], *later[:1])


def when(period: Period) -> str:
    return f"{period} ({say_days(period.days)})"


def days_json(period: Period) -> dict[str, Any]:
    return {"start_date": period.start.isoformat(), "end_date": period.end.isoformat(), "days": period.days}


def displaced(database: Database, dyno_id: int, period: Period, *, but: int | None = None) -> str:
    """Who else is meant to stand there: tentative and disputed allocations hold no place, but people count on it."""
    there: Sequence[Allocation] = [
        one
        for one in list_allocations(database, dyno_id=dyno_id, period=period)
        if one.id != but and one.status != "cancelled" and (one.disputed or one.status == "tentative")
    ]
    if not there:
        return "It displaces nothing."
    named = ", ".join(
        f"{one.what}, {'disputed' if one.disputed else 'tentative'}, {one.period} (allocation {one.id})"
        for one in there[:3]
    )
    more = f" and {len(there) - 3} more" if len(there) > 3 else ""
    return f"It takes days that others are waiting for: {named}{more}."
