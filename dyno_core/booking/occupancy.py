"""How full the dynos are, counted in the database: what stands in for bars where there are too many to send."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text

from dyno_core.booking.selection import Selection
from dyno_core.booking.sql import ALLOCATION_TABLES
from dyno_core.database.engine import Database
from dyno_core.period import Period

_MATCHING: Final = "a.start_date <= :last AND a.end_date >= :first"

# Rows that hold their dyno never overlap, so their days add up; disputed and tentative ones would count a day twice.
_OCCUPANCY: Final = """
    SELECT a.dyno_id, bucket,
           coalesce(sum(days) FILTER (WHERE a.kind = 'test' AND NOT a.disputed
                                      AND (a.status <> 'tentative' OR :every_status)), 0)::int AS booked,
           coalesce(sum(days) FILTER (WHERE a.kind = 'maintenance'), 0)::int AS down,
           bool_or(a.disputed) AS disputed
    FROM {tables}
    CROSS JOIN LATERAL generate_series((greatest(a.start_date, :first) - CAST(:first AS date)) / :step,
                                       (least(a.end_date, :last) - CAST(:first AS date)) / :step) bucket
    CROSS JOIN LATERAL (SELECT least(a.end_date, :last, CAST(:first AS date) + (bucket + 1) * :step - 1)
                               - greatest(a.start_date, CAST(:first AS date) + bucket * :step) + 1 AS days) share
    WHERE {where} GROUP BY a.dyno_id, bucket"""


@dataclass(frozen=True, slots=True)
class Occupied:
    """A dyno in one stretch, counted from 0: its days booked and in maintenance, and whether something is disputed."""

    dyno_id: int
    bucket: int
    booked: int
    down: int
    disputed: bool


def occupancy(
    database: Database,
    *,
    period: Period,
    step: int,
    selection: Selection | None = None,
    among: Iterable[int] | None = None,
) -> tuple[Occupied, ...]:
    """``period`` cut into stretches of ``step`` days, for every dyno that has something in them."""
    where, values = _where(period, selection, among)
    query = text(_OCCUPANCY.format(tables=ALLOCATION_TABLES, where=where))
    values |= {"step": step, "every_status": bool(selection and selection.statuses)}
    with database.reading() as session:
        return tuple(Occupied(*row) for row in session.execute(query, values))


def count_allocations(
    database: Database,
    *,
    period: Period,
    selection: Selection | None = None,
    among: Iterable[int] | None = None,
    most: int | None = None,
) -> int:
    """How many `list_allocations` would give of both kinds; counting ends at ``most``."""
    where, values = _where(period, selection, among)
    query = text(f"SELECT count(*) FROM (SELECT FROM {ALLOCATION_TABLES} WHERE {where} LIMIT :most) matching")
    with database.reading() as session:
        return session.execute(query, values | {"most": most}).scalar_one()


def _where(
    period: Period, selection: Selection | None, among: Iterable[int] | None
) -> tuple[str, dict[str, date | object]]:
    conditions, values = (selection or Selection()).of_allocations()
    if among is not None:
        conditions.append("a.id = ANY(CAST(:among AS bigint[]))")
        values["among"] = list(among)
    return " AND ".join([_MATCHING, *conditions]), values | {"first": period.start, "last": period.end}
