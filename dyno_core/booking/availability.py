"""Matching: which dynos fit and are free, and when the next one is."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.booking.sql import A_BLOCKS, DYNO_IS_FREE, IN_SERVICE, VEHICLE_IS_FREE
from dyno_core.booking.types import DynoOption, Window
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import LAST_DAY, LONGEST, Period

SEARCH_DAYS: Final = 366
"""How far ahead `find_next_window` looks unless told."""

FREE_DYNOS: Final = text(f"""
    SELECT d.id, d.name, d.facility FROM dynos d
    WHERE d.capabilities @> ARRAY[CAST(:token AS text)] AND {IN_SERVICE} AND {DYNO_IS_FREE}
    ORDER BY d.preference, d.name LIMIT :most""")

_FREE_AT_ONCE: Final = text(f"""
    SELECT d.id AS dyno_id, d.name AS dyno, d.facility, CAST(:first AS date) AS start_date FROM dynos d
    WHERE d.capabilities @> ARRAY[CAST(:token AS text)] AND (CAST(:dyno_id AS int) IS NULL OR d.id = :dyno_id)
      AND {IN_SERVICE} AND {DYNO_IS_FREE} AND {VEHICLE_IS_FREE}
    ORDER BY d.preference, d.name LIMIT 1""")

# Ranges instead of a loop over days: one query whatever the horizon, and overlapping busy rows do no harm.
FREE_RANGES: Final = f"""
    WITH fitting AS MATERIALIZED (
      SELECT d.id, d.name, d.facility, d.preference, datemultirange(daterange(greatest(s.start_date, :first),
             least(coalesce(s.end_date, :last), :last), '[]')) AS service
      FROM dynos d JOIN service_periods s ON s.dyno_id = d.id AND s.start_date <= :last
           AND (s.end_date IS NULL OR s.end_date >= :first)
      WHERE d.capabilities @> ARRAY[CAST(:token AS text)] AND (CAST(:dyno_id AS int) IS NULL OR d.id = :dyno_id)),
    vehicle AS (
      SELECT coalesce(range_agg(daterange(a.start_date, a.end_date, '[]')), '{{}}'::datemultirange) AS busy
      FROM allocations a
      WHERE a.vehicle_id = CAST(:vehicle_id AS int) AND {A_BLOCKS} AND a.id IS DISTINCT FROM CAST(:ignore AS bigint)
        AND a.end_date >= :first AND a.start_date <= :last),
    free AS (
      SELECT f.id AS dyno_id, f.name AS dyno, f.facility, f.preference, lower(range.days) AS start_date,
             upper(range.days) - lower(range.days) AS days
      FROM fitting f
      CROSS JOIN vehicle
      CROSS JOIN LATERAL (
        SELECT f.service - vehicle.busy
               - coalesce(range_agg(daterange(a.start_date, a.end_date, '[]')), '{{}}'::datemultirange) AS ranges
        FROM allocations a
        WHERE a.dyno_id = f.id AND {A_BLOCKS} AND a.id IS DISTINCT FROM CAST(:ignore AS bigint)
          AND a.end_date >= :first AND a.start_date <= :last) gaps
      CROSS JOIN LATERAL unnest(gaps.ranges) AS range(days))
    SELECT dyno_id, dyno, facility, start_date, days FROM free"""
"""Every gap of the fitting dynos from ``:first`` to ``:last`` in which the vehicle, if one is named, is free too."""

_NEXT_WINDOW: Final = text(f"{FREE_RANGES} WHERE days >= :days ORDER BY start_date, preference, dyno LIMIT :most")


def find_available_dynos(
    database: Database, *, period: Period, requirement: Requirement, limit: int | None = None
) -> tuple[DynoOption, ...]:
    """The dynos that can run the test and are in service and free for the whole period, best first."""
    with database.reading() as session:
        rows = session.execute(
            FREE_DYNOS,
            {"token": requirement.token, "first": period.start, "last": period.end, "most": limit},
        )
        return tuple(DynoOption(**row._mapping) for row in rows)  # noqa: SLF001


def find_next_window(
    database: Database,
    *,
    requirement: Requirement,
    days: int,
    not_before: date,
    within_days: int = SEARCH_DAYS,
    vehicle_id: int | None = None,
    dyno_id: int | None = None,
) -> Window | None:
    """The earliest ``days`` days, starting at most ``within_days`` days after ``not_before``, or None.

    With ``vehicle_id`` the vehicle is free as well; with ``dyno_id`` only that dyno counts.
    """
    windows = find_next_windows(
        database,
        requirement=requirement,
        days=days,
        not_before=not_before,
        within_days=within_days,
        vehicle_id=vehicle_id,
        dyno_id=dyno_id,
        limit=1,
    )
    return windows[0] if windows else None


def find_next_windows(
    database: Database,
    *,
    requirement: Requirement,
    days: int,
    not_before: date,
    within_days: int = SEARCH_DAYS,
    vehicle_id: int | None = None,
    dyno_id: int | None = None,
    limit: int = 5,
) -> tuple[Window, ...]:
    """The earliest windows, soonest first, at most one for each gap in a dyno's plan."""
    with database.reading() as session:
        return next_windows_in(
            session,
            requirement=requirement,
            days=days,
            not_before=not_before,
            within_days=within_days,
            vehicle_id=vehicle_id,
            dyno_id=dyno_id,
            limit=limit,
        )


def next_windows_in(
    session: Session,
    *,
    requirement: Requirement,
    days: int,
    not_before: date,
    within_days: int = SEARCH_DAYS,
    vehicle_id: int | None = None,
    dyno_id: int | None = None,
    limit: int = 1,
    ignore: int | None = None,
) -> tuple[Window, ...]:
    """`find_next_windows` inside a transaction. ``ignore``: an allocation that is going to leave its place.

    Raises `InvalidInput` for a search nobody can wait for.
    """
    if not 1 <= within_days <= 3 * LONGEST:
        raise InvalidInput(
            f"The search can reach 1 to {3 * LONGEST} days ahead, not {within_days}; give a number in that range.",
            within_days=within_days,
        )
    if (not_before - LAST_DAY).days == 2 - days:
        return ()  # the day after the last one on which it could begin: nothing is left of the calendar
    horizon = min(Period.of(not_before, days).shifted(within_days).end, LAST_DAY)
    wish = {
        "token": requirement.token,
        "first": not_before,
        "vehicle_id": vehicle_id,
        "dyno_id": dyno_id,
        "ignore": ignore,
    }
    if limit == 1 and ignore is None:  # often the first day will do, and asking for it alone costs next to nothing
        last = Period.of(not_before, days).end
        rows = session.execute(_FREE_AT_ONCE, wish | {"last": last}).all()
        if rows:
            return _windows(rows, days)
    return _windows(session.execute(_NEXT_WINDOW, wish | {"last": horizon, "days": days, "most": limit}).all(), days)


def _windows(rows: Iterable[Row[Any]], days: int) -> tuple[Window, ...]:
    return tuple(
        Window(dyno_id=row.dyno_id, dyno=row.dyno, facility=row.facility, period=Period.of(row.start_date, days))
        for row in rows
    )
