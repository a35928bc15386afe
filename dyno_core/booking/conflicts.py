"""Everything in the plan that people have to settle."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.booking.sql import A_BLOCKS, ALLOCATION_COLUMNS, ALLOCATION_TABLES, allocation_from
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.period import FIRST_DAY, LAST_DAY, Period

Kind = Literal["dyno", "vehicle", "maintenance", "service", "rule"]

# Two rows that hold their places can't overlap, so each pair has a tentative or disputed one in it: start from those.
# The others are looked up on the dyno and on the vehicle each for itself: joined by either, no index or hash would
# serve, and each would be compared with the whole plan.
_PAIRS: Final = text(f"""
    WITH unsettled AS MATERIALIZED (
      SELECT * FROM allocations
      WHERE status <> 'cancelled' AND (disputed OR status = 'tentative')
        AND start_date <= :last AND end_date >= :first),
    pairs AS (
      SELECT u.id AS u_id, a.id AS o_id FROM unsettled u
      JOIN allocations a ON a.dyno_id = u.dyno_id AND {A_BLOCKS}
           AND a.end_date >= u.start_date AND a.start_date <= u.end_date
      UNION SELECT u.id, a.id FROM unsettled u
      JOIN allocations a ON a.vehicle_id = u.vehicle_id AND {A_BLOCKS}
           AND a.end_date >= u.start_date AND a.start_date <= u.end_date
      UNION SELECT u.id, o.id FROM unsettled u
      JOIN unsettled o ON o.dyno_id = u.dyno_id AND o.id > u.id
           AND o.end_date >= u.start_date AND o.start_date <= u.end_date
      UNION SELECT u.id, o.id FROM unsettled u
      JOIN unsettled o ON o.vehicle_id = u.vehicle_id AND o.id > u.id
           AND o.end_date >= u.start_date AND o.start_date <= u.end_date)
    SELECT DISTINCT least(u.id, o.id) AS a_id, greatest(u.id, o.id) AS b_id, u.dyno_id = o.dyno_id AS same_dyno,
           u.vehicle_id = o.vehicle_id AS same_vehicle, u.kind = 'maintenance' OR o.kind = 'maintenance' AS maintenance,
           greatest(u.start_date, o.start_date) AS first_day, least(u.end_date, o.end_date) AS last_day
    FROM pairs JOIN allocations u ON u.id = pairs.u_id JOIN allocations o ON o.id = pairs.o_id
    WHERE greatest(u.start_date, o.start_date) <= :last AND least(u.end_date, o.end_date) >= :first
    ORDER BY first_day, a_id, b_id""")

_ALONE: Final = text("""
    SELECT * FROM (
      SELECT a.id, a.start_date AS first_day, a.end_date AS last_day,
             NOT EXISTS (SELECT FROM service_periods s WHERE s.dyno_id = a.dyno_id AND s.start_date <= a.start_date
                         AND (s.end_date IS NULL OR s.end_date >= a.end_date)) AS out_of_service,
             NOT coalesce(d.capabilities @> ARRAY[a.test_type || '|' || v.drive_type || '|' || v.weight_class], false)
               AS against_rules
      FROM allocations a JOIN dynos d ON d.id = a.dyno_id JOIN vehicles v ON v.id = a.vehicle_id
      WHERE a.kind = 'test' AND a.status NOT IN ('cancelled', 'completed')
        AND a.start_date <= :last AND a.end_date >= :first) every
    WHERE out_of_service OR against_rules
    ORDER BY first_day, id""")

_ACCEPTED: Final = text("SELECT subject FROM accepted_conflicts WHERE subject = ANY(:subjects)")


@dataclass(frozen=True, slots=True)
class Conflict:
    """``allocations``: the two that clash, or the one that stands where it must not. ``period``: the days concerned."""

    kind: Kind
    dyno: str
    period: Period
    allocations: tuple[Allocation, ...]
    sentence: str

    @property
    def subject(self) -> str:
        """What an acceptance of it holds for: these allocations where, and when, they stand now."""
        ids = "+".join(str(one.id) for one in self.allocations)
        if self.kind == "rule":
            return f"rule:{ids}:dyno {self.allocations[0].dyno_id}:{self.allocations[0].test_type}"
        return f"{self.kind}:{ids}:dyno {self.allocations[0].dyno_id}:{self.period.start}:{self.period.end}"

    def as_json(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "dyno": self.dyno,
            "first_day": self.period.start.isoformat(),
            "last_day": self.period.end.isoformat(),
            "days": self.period.days,
            "allocations": [allocation.as_json() for allocation in self.allocations],
            "message": self.sentence,
        }


def detect_conflicts(database: Database, *, period: Period | None = None) -> tuple[Conflict, ...]:
    """Double bookings (tentative and disputed allocations included), allocations over maintenance, out of service or
    against the rules; soonest first. ``period`` limits them to those that concern one of its days. What a planner has
    accepted is left out.
    """
    with database.reading() as session:
        found = conflicts_in(session, period)
        accepted = set(session.scalars(_ACCEPTED, {"subjects": [one.subject for one in found]})) if found else set()
    return tuple(one for one in found if one.subject not in accepted)


def conflicts_in(session: Session, period: Period | None) -> tuple[Conflict, ...]:
    """As `detect_conflicts`, inside the caller's transaction and with those that were accepted."""
    window = {"first": period.start if period else FIRST_DAY, "last": period.end if period else LAST_DAY}
    pairs = session.execute(_PAIRS, window).all()
    alone = session.execute(_ALONE, window).all()
    ids = {row.a_id for row in pairs} | {row.b_id for row in pairs} | {row.id for row in alone}
    by_id = allocations_by_id(session, ids)
    conflicts = [conflict for row in pairs for conflict in _pair(row, by_id)]
    conflicts += [conflict for row in alone for conflict in _alone(row, by_id[row.id])]
    return tuple(sorted(conflicts, key=lambda one: (one.period.start, one.allocations[0].id, one.kind)))


def allocations_by_id(session: Session, ids: Iterable[int]) -> dict[int, Allocation]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    query = text(f"SELECT {ALLOCATION_COLUMNS} FROM {ALLOCATION_TABLES} WHERE a.id = ANY(:ids)")
    return {row.id: allocation_from(row) for row in session.execute(query, {"ids": wanted})}


def _pair(row: Any, by_id: dict[int, Allocation]) -> list[Conflict]:
    first, second = by_id[row.a_id], by_id[row.b_id]
    days = Period(row.first_day, row.last_day)
    if row.maintenance:
        test, window = (second, first) if first.kind == "maintenance" else (first, second)
        if not row.same_dyno or test.kind == "maintenance":
            return []
        sentence = f"{test.what} stands on {test.dyno} while it is in maintenance ({days}); move it or the window."
        return [Conflict("maintenance", test.dyno, days, (test, window), sentence)]
    conflicts = []
    if row.same_dyno:
        sentence = f"{first.what} and {second.what} are both on {first.dyno} for {days}; move or cancel one of them."
        conflicts.append(Conflict("dyno", first.dyno, days, (first, second), sentence))
    if row.same_vehicle:
        where = first.dyno if row.same_dyno else f"{first.dyno} and {second.dyno}"
        sentence = f"{first.vehicle} is booked twice for {days}, on {where}; move or cancel one of the two."
        conflicts.append(Conflict("vehicle", first.dyno, days, (first, second), sentence))
    return conflicts


def _alone(row: Any, allocation: Allocation) -> list[Conflict]:
    days = Period(row.first_day, row.last_day)
    conflicts = []
    if row.out_of_service:
        sentence = f"{allocation.what} stands on {allocation.dyno}, which is not in service for all of {days}; move it."
        conflicts.append(Conflict("service", allocation.dyno, days, (allocation,), sentence))
    if row.against_rules:
        sentence = (
            f"{allocation.what} stands on {allocation.dyno}, which can't run that test for this vehicle; move it."
        )
        conflicts.append(Conflict("rule", allocation.dyno, days, (allocation,), sentence))
    return conflicts
