"""What a change of the fleet would break, told before it is made.

Broken is a test that is tentative, scheduled or running, ends today or later, fits its dyno now and would not any more.
Whoever confirms a change hands over what was told, and a change that breaks more than that is refused.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet.service import ServicePeriod, load_periods, serves, with_service
from dyno_core.fleet.types import TestType, Vehicle
from dyno_core.period import Period

Why = Literal["capability", "service", "length"]

_TESTS: Final = text("""
    SELECT a.id, a.dyno_id, d.name AS dyno, a.vehicle_id,
           coalesce(v.tag, v.vin, 'vehicle ' || v.id) AS vehicle, a.end_fixed, a.test_type,
           a.leg, a.start_date, a.end_date, a.status,
           a.test_type || '|' || v.drive_type || '|' || v.weight_class AS token
    FROM allocations a JOIN dynos d ON d.id = a.dyno_id JOIN vehicles v ON v.id = a.vehicle_id
    WHERE a.kind = 'test' AND a.status NOT IN ('cancelled', 'completed') AND a.end_date >= :today
      AND (CAST(:dynos AS int[]) IS NULL OR a.dyno_id = ANY(CAST(:dynos AS int[])))
      AND (CAST(:vehicle AS int) IS NULL OR a.vehicle_id = CAST(:vehicle AS int))
    ORDER BY a.start_date, d.name, a.id""")
_CAPABILITIES: Final = text("SELECT id, capabilities FROM dynos WHERE id = ANY(CAST(:dynos AS int[]))")


@dataclass(frozen=True, slots=True)
class Broken:
    """An allocation that the change would leave where it must not stand."""

    allocation_id: int
    dyno_id: int
    dyno: str
    vehicle_id: int
    vehicle: str
    test_type: str
    leg: str | None
    period: Period
    status: str
    why: Why

    def __str__(self) -> str:
        would = {
            "capability": "the dyno would not be able to run it",
            "service": "the dyno would be out of service",
            "length": "it would not last as long as the test takes",
        }
        return f"{self.vehicle} ({self.test_type}) on {self.dyno}, {self.period}: {would[self.why]}"


@dataclass(frozen=True, slots=True)
class Told:
    """The allocations that somebody was told a change breaks, and who confirms it all the same; on which day."""

    allocation_ids: frozenset[int]
    today: date

    def check(self, broken: Sequence[Broken]) -> None:
        """Raises `BreaksMore` for what was booked, or moved there, since it was told."""
        if more := tuple(one for one in broken if one.allocation_id not in self.allocation_ids):
            raise BreaksMore(more)


class BreaksMore(DynoError):
    """A confirmed change would break allocations that nobody was told of."""

    code = "breaks_more"

    def __init__(self, broken: Sequence[Broken]) -> None:
        named = "; ".join(str(one) for one in broken[:3])
        more = f"; and {len(broken) - 3} more" if len(broken) > 3 else ""
        super().__init__(
            f"This breaks more than was shown, so nothing was changed: {named}{more}. Look at it and confirm it again.",
            allocations=[one.allocation_id for one in broken],
        )
        self.broken = tuple(broken)


@dataclass(frozen=True, slots=True)
class _Test:
    token: str | None
    end_fixed: bool
    broken: Broken


def broken_by_capabilities(
    database: Database, changes: Mapping[int, Collection[str]], *, today: date
) -> tuple[Broken, ...]:
    """``changes``: for each dyno's id the ``test|drive|weight`` tokens that it would have."""
    with database.reading() as session:
        return capabilities_break(session, changes, today=today)


def capabilities_break(session: Session, changes: Mapping[int, Collection[str]], *, today: date) -> tuple[Broken, ...]:
    """`broken_by_capabilities` inside the caller's transaction."""
    now = {row.id: set(row.capabilities) for row in session.execute(_CAPABILITIES, {"dynos": list(changes)})}
    return tuple(
        test.broken
        for test in _tests(session, today=today, dynos=list(changes), why="capability")
        if test.token in now[test.broken.dyno_id] and test.token not in changes[test.broken.dyno_id]
    )


def broken_by_service(
    database: Database, dyno_id: int, *, in_service: bool, from_day: date, to_day: date | None, today: date
) -> tuple[Broken, ...]:
    """What `fleet.set_service` with the same arguments would break."""
    with database.reading() as session:
        before = load_periods(session, dyno_id)
        after = with_service(before, in_service=in_service, from_day=from_day, to_day=to_day)
        return service_breaks(session, dyno_id, before=before, after=after, today=today)


def service_breaks(
    session: Session,
    dyno_id: int,
    *,
    before: Sequence[ServicePeriod],
    after: Sequence[ServicePeriod],
    today: date,
) -> tuple[Broken, ...]:
    """What other service periods of the dyno break, inside the caller's transaction."""
    return tuple(
        test.broken
        for test in _tests(session, today=today, dynos=[dyno_id], why="service")
        if serves(before, test.broken.period) and not serves(after, test.broken.period)
    )


def broken_by_vehicle(
    database: Database, vehicle_id: int, *, drive_type: str | None, weight_class: str | None, today: date
) -> tuple[Broken, ...]:
    """What another drive or weight class of the vehicle would break."""
    with database.reading() as session:
        return vehicle_breaks(session, vehicle_id, drive_type=drive_type, weight_class=weight_class, today=today)


def vehicle_breaks(
    session: Session, vehicle_id: int, *, drive_type: str | None, weight_class: str | None, today: date
) -> tuple[Broken, ...]:
    """`broken_by_vehicle` inside the caller's transaction."""
    tests = _tests(session, today=today, vehicle=vehicle_id, why="capability")
    dynos = [test.broken.dyno_id for test in tests]
    now = {row.id: set(row.capabilities) for row in session.execute(_CAPABILITIES, {"dynos": dynos})}
    return tuple(
        test.broken
        for test in tests
        if test.token in now[test.broken.dyno_id]
        and f"{test.broken.test_type}|{drive_type}|{weight_class}" not in now[test.broken.dyno_id]
    )


def broken_by_merge(database: Database, *, keep: Vehicle, merge: Vehicle, today: date) -> tuple[Broken, ...]:
    """What `fleet.merge_vehicles` would break: tests of ``merge`` that go by what is known of ``keep`` from then on."""
    knows_weight = keep.weight_lbs is not None or keep.weight_class is not None
    return broken_by_vehicle(
        database,
        merge.id,
        drive_type=keep.drive_type or merge.drive_type,
        weight_class=keep.weight_class if knows_weight else merge.weight_class,
        today=today,
    )


def broken_by_length(
    database: Database, test_type: TestType, *, fixed_days: int | None, today: date
) -> tuple[Broken, ...]:
    """Planned tests that last as long as the test type says now, and would not with ``fixed_days``."""
    with database.reading() as session:
        return length_breaks(session, test_type, fixed_days=fixed_days, today=today)


def length_breaks(session: Session, test_type: TestType, *, fixed_days: int | None, today: date) -> tuple[Broken, ...]:
    """`broken_by_length` inside the caller's transaction."""
    if fixed_days is None or fixed_days == test_type.fixed_days:
        return ()
    return tuple(
        test.broken
        for test in _tests(session, today=today, why="length")
        if test.broken.test_type == test_type.name
        and test.broken.status in ("scheduled", "tentative")
        and not test.end_fixed
        and test.broken.period.days != fixed_days
        and test_type.fixed_days in (None, test.broken.period.days)
    )


def _tests(
    session: Session, *, today: date, why: Why, dynos: list[int] | None = None, vehicle: int | None = None
) -> list[_Test]:
    rows = session.execute(_TESTS, {"today": today, "dynos": dynos, "vehicle": vehicle})
    return [
        _Test(
            token=row.token,
            end_fixed=row.end_fixed,
            broken=Broken(
                allocation_id=row.id,
                dyno_id=row.dyno_id,
                dyno=row.dyno,
                vehicle_id=row.vehicle_id,
                vehicle=row.vehicle,
                test_type=row.test_type,
                leg=row.leg,
                period=Period(row.start_date, row.end_date),
                status=row.status,
                why=why,
            ),
        )
        for row in rows
    ]
