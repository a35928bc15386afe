"""The conflict desk: everything in the plan that a planner has to settle, as a work list.

Beside what `detect_conflicts` finds: allocations that stand as disputed though nothing is in their way any more, those
whose length is not what their test or their request says, and vehicles that seem to be on record twice. What a planner
has accepted comes with the acceptance, apart from the rest.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.booking.conflicts import Conflict, allocations_by_id, conflicts_in
from dyno_core.booking.doubles import Double, doubles_in
from dyno_core.booking.durations import DYNO_MILES_PER_DAY, GRAIN, days_for
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.fleet import Vehicle
from dyno_core.period import FIRST_DAY, LAST_DAY, LONGEST, Period, say_day, say_days

Kind = Literal["dyno", "vehicle", "maintenance", "rule", "service", "disputed", "duration", "identity"]
Severity = Literal["now", "soon", "later", "past"]

KINDS: Final[dict[Kind, str]] = {
    "dyno": "Double booking",
    "vehicle": "Vehicle twice",
    "maintenance": "Over maintenance",
    "rule": "Against the rules",
    "service": "Out of service",
    "disputed": "Waits to be confirmed",
    "duration": "Wrong duration",
    "identity": "Double identity",
}
"""Kinds of conflict, the worst first → what people call them."""

SOON: Final = timedelta(days=14)
_LEG: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*K?\s*-\s*(\d+(?:\.\d+)?)\s*K\s*", re.ASCII | re.IGNORECASE)
_RANK: Final = {kind: rank for rank, kind in enumerate(KINDS)}

_IN_NOBODYS_WAY: Final = text("""
    SELECT a.id FROM allocations a
    WHERE a.kind = 'test' AND a.disputed AND a.status <> 'cancelled' AND a.start_date <= :last AND a.end_date >= :first
      AND NOT EXISTS (
        SELECT FROM allocations o
        WHERE o.id <> a.id AND o.status <> 'cancelled' AND o.start_date <= a.end_date AND o.end_date >= a.start_date
          AND (o.dyno_id = a.dyno_id OR o.vehicle_id = a.vehicle_id))""")

# What runs or is over has the length it has, and an end fixed by hand is meant; every other length is a plan's.
# The days of a request were looked at by who filed it, so they count for its miles; a workbook says its days itself.
_WRONG_LENGTH: Final = text(f"""
    SELECT * FROM (
      SELECT a.id, a.end_date - a.start_date + 1 AS days, a.miles, t.miles_per_day, a.leg,
             CASE WHEN i.allocation_id IS NOT NULL OR a.miles_per_day IS NULL THEN t.fixed_days END AS fixed_days,
             CASE WHEN i.allocation_id IS NOT NULL THEN t.fixed_days
                  WHEN a.miles_per_day IS NULL AND t.fixed_days IS NOT NULL
                  THEN t.fixed_days + ceil(coalesce(a.added_days, 0))
                  WHEN r.duration_days IS NOT NULL THEN r.duration_days
                  WHEN a.miles IS NOT NULL THEN greatest(1, ceil(
                      a.miles / coalesce(a.miles_per_day, t.miles_per_day, {DYNO_MILES_PER_DAY})
                      + coalesce(a.added_days, 0) - {GRAIN})) END AS expected,
             coalesce('duration_mismatch' = ANY(i.flags) AND i.stored_version = a.version, false) AS flagged
      FROM allocations a JOIN test_types t ON t.name = a.test_type
      LEFT JOIN requests r ON r.allocation_id = a.id AND r.miles = a.miles AND a.miles_per_day IS NULL
                          AND a.added_days IS NULL
      LEFT JOIN imported_rows i ON i.allocation_id = a.id
      WHERE a.kind = 'test' AND a.status IN ('scheduled', 'tentative') AND NOT a.end_fixed
        AND a.start_date <= :last AND a.end_date >= :first) lengths
    WHERE days <> expected OR (expected IS NULL AND flagged)""")

_SINCE: Final = text("""
    SELECT a.id, i.row_number FROM allocations a LEFT JOIN imported_rows i ON i.allocation_id = a.id
    WHERE a.id = ANY(:ids) AND a.source = 'import'""")

_ACCEPTED: Final = text("""
    SELECT id, subject, reason, accepted_by, accepted_at FROM accepted_conflicts WHERE subject = ANY(:subjects)""")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A planner's word that a conflict may stand."""

    id: int
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeskConflict:
    """One line of the work list.

    ``period``: the days concerned, None for records of vehicles. ``allocations``: the two that clash, the one that
    stands where or as it must not, or those of the vehicles concerned. ``expected_days``: of a wrong duration.
    ``rows``: by allocation, the row of the workbook that it was imported from. ``names`` and ``tags``: of a double
    identity, as in `Double`.
    """

    kind: Kind
    subject: str
    sentence: str
    period: Period | None
    allocations: tuple[Allocation, ...]
    vehicles: tuple[Vehicle, ...] = ()
    expected_days: int | None = None
    rows: Mapping[int, int] = field(default_factory=dict)
    acceptance: Acceptance | None = None
    names: Mapping[int, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return KINDS[self.kind]

    @property
    def what(self) -> str:
        """Who clashes: ``A1 (brake) / B2 (brake)``."""
        names = [one.label for one in self.vehicles] or [one.what for one in self.allocations]
        return " / ".join(dict.fromkeys(names))

    @property
    def dynos(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.dyno for one in self.allocations))

    @property
    def facilities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.facility for one in self.allocations))

    @property
    def programs(self) -> tuple[str, ...]:
        named = [one.program for one in self.allocations] + [one.program for one in self.vehicles]
        return tuple(dict.fromkeys(program.strip() for program in named if program))

    @property
    def cars(self) -> tuple[str, ...]:
        """What its vehicles are called."""
        named = [one.label for one in self.vehicles] + [one.vehicle for one in self.allocations if one.kind == "test"]
        return tuple(dict.fromkeys((*named, *self.tags)))

    @property
    def words(self) -> str:
        """All that people may look for it by."""
        of_vehicles = [(one.vin, one.build_id, one.contact) for one in self.vehicles]
        of_allocations = [(one.vin, one.leg, one.contact, str(one.id)) for one in self.allocations]
        more = [word for words in (*of_vehicles, *of_allocations) for word in words if word]
        names = (*self.cars, *self.dynos, *self.facilities, *self.programs)
        return " ".join((self.title, self.what, self.sentence, self.since, *names, *more))

    @property
    def since(self) -> str:
        """Since when it is there, and where the later of its allocations came from."""
        if not self.allocations:
            return ""
        newest = max(self.allocations, key=lambda one: (one.created_at, one.id))
        day = say_day(newest.created_at.date())
        if newest.id in self.rows:
            numbers = sorted(self.rows[one.id] for one in self.allocations if one.id in self.rows)
            said = f"row {numbers[0]}" if len(numbers) == 1 else f"rows {' and '.join(map(str, numbers))}"
            return f"imported {day}, {said} of the workbook"
        return f"{'imported' if newest.source == 'import' else 'planned'} {day} by {newest.created_by}"

    def severity(self, today: date) -> Severity:
        """By when it has to be settled: it goes on, begins within two weeks, begins later, or is over."""
        if self.period is None or self.kind == "identity":
            return "later"
        if self.period.end < today:
            return "past"
        if self.period.start <= today:
            return "now"
        return "soon" if self.period.start <= today + SOON else "later"

    def may_be_accepted(self, today: date) -> bool:
        """Whether it may stand on a planner's word. Two in one place can't, until it is history."""
        return self.kind in ("rule", "service", "duration", "identity") or self.severity(today) == "past"


@dataclass(frozen=True, slots=True)
class WorkList:
    """``open``: soonest first, what is past last. ``accepted``: those that stand on a planner's word."""

    open: tuple[DeskConflict, ...]
    accepted: tuple[DeskConflict, ...]

    def find(self, subject: str) -> DeskConflict | None:
        return next((one for one in (*self.open, *self.accepted) if one.subject == subject), None)


def list_desk(database: Database, *, today: date, past: bool = False) -> WorkList:
    """The work list from ``today`` on, or with ``past`` of all days. A fixed number of queries, whatever the plan."""
    with database.reading() as session:
        return desk_in(session, Period(FIRST_DAY if past else today, LAST_DAY), today=today)


def desk_in(session: Session, window: Period, *, today: date) -> WorkList:
    """As `list_desk`, inside the caller's transaction."""
    days = {"first": window.start, "last": window.end}
    clashes = conflicts_in(session, window)
    waiting = list(session.scalars(_IN_NOBODYS_WAY, days))
    lengths = {row.id: row for row in session.execute(_WRONG_LENGTH, days)}
    doubles = doubles_in(session)
    more = {*waiting, *lengths, *(number for double in doubles for number in double.allocation_ids)}
    by_id = allocations_by_id(session, more)
    found = [_of_clash(one) for one in clashes]
    found += [_disputed(by_id[number]) for number in waiting]
    found += [_length(by_id[number], row) for number, row in lengths.items()]
    found += [_double(one, by_id) for one in doubles]
    return _told(session, found, today=today)


def _told(session: Session, found: list[DeskConflict], *, today: date) -> WorkList:
    """With the rows they come from and what was accepted; in order."""
    if not found:
        return WorkList((), ())
    ids = sorted({one.id for conflict in found for one in conflict.allocations})
    rows = {row.id: row.row_number for row in session.execute(_SINCE, {"ids": ids}) if row.row_number is not None}
    known = session.execute(_ACCEPTED, {"subjects": [one.subject for one in found]})
    accepted = {row.subject: Acceptance(row.id, row.reason, row.accepted_by, row.accepted_at) for row in known}
    told = [
        replace(
            one,
            rows={each.id: rows[each.id] for each in one.allocations if each.id in rows},
            acceptance=accepted.get(one.subject),
        )
        for one in sorted(found, key=lambda one: _order(one, today))
    ]
    return WorkList(
        tuple(one for one in told if one.acceptance is None), tuple(one for one in told if one.acceptance is not None)
    )


def _order(conflict: DeskConflict, today: date) -> tuple[bool, date, int, str]:
    """Soonest first; of those that go on, and of one day, the worst kind. What is past comes last."""
    if conflict.period is None:
        return (False, LAST_DAY, _RANK[conflict.kind], conflict.subject)
    is_past = conflict.period.end < today
    first = conflict.period.start if is_past else max(conflict.period.start, today)
    return (is_past, first, _RANK[conflict.kind], conflict.subject)


def _of_clash(one: Conflict) -> DeskConflict:
    return DeskConflict(one.kind, one.subject, one.sentence, one.period, one.allocations)


def _disputed(one: Allocation) -> DeskConflict:
    sentence = (
        f"{one.what} stands on {one.dyno} for {one.period} as disputed, though nothing is in its way any more; "
        "confirm its place, or cancel it."
    )
    return DeskConflict("disputed", f"disputed:{one.id}:{one.version}", sentence, one.period, (one,))


def _length(one: Allocation, row: Row[Any]) -> DeskConflict:
    miles = _miles_of(one.leg) if row.miles is None else row.miles
    expected = None if row.expected is None else int(row.expected)
    if expected is None and miles and row.miles_per_day and miles / row.miles_per_day <= LONGEST:
        expected = days_for(miles=miles, miles_per_day=row.miles_per_day)
    takes = say_days(expected) if expected else ""
    if row.fixed_days:
        why = f"{one.test_type} takes a fixed {takes}; set the end right"
    elif row.flagged:
        take = f" (its {miles:,.0f} miles alone take {takes})" if expected else ""
        why = f"the workbook's days to complete say otherwise{take}; set the end right, or let it stand"
    else:
        why = f"its {miles:,.0f} miles take {takes}; set the end right"
    sentence = f"{one.what} stands on {one.dyno} for {say_days(one.days)}, {one.period}, but {why}."
    subject = f"duration:{one.id}:{one.days} of {expected}"
    offered = expected if expected != one.days else None
    return DeskConflict("duration", subject, sentence, one.period, (one,), expected_days=offered)


def _miles_of(leg: str | None) -> float | None:
    """70,000 for ``5K - 75K``: what a leg of a mileage test runs. None for other names."""
    found = _LEG.fullmatch(leg or "")
    if found is None:
        return None
    first, last = float(found[1]), float(found[2])
    return (last - first) * 1000 if last > first else None


def _double(double: Double, by_id: Mapping[int, Allocation]) -> DeskConflict:
    own: Iterable[Allocation] = (by_id[number] for number in double.allocation_ids)
    return DeskConflict(
        "identity", double.subject, double.sentence, None, tuple(own), vehicles=double.vehicles, names=double.names,
        tags=double.tags,
    )  # fmt: skip
