"""Matching with availability, and the next free window, against what else one could have written."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from benchmarks.data import TODAY, fill_plan
from benchmarks.measuring import Figure, seconds_each, time_ratios
from benchmarks.server import a_database
from dyno_core.booking import find_available_dynos
from dyno_core.booking.availability import FREE_DYNOS, next_windows_in
from dyno_core.booking.sql import A_BLOCKS
from dyno_core.database.engine import Database
from dyno_core.fleet.compatibility import Requirement
from dyno_core.period import Period

_COMMON: Final = Requirement("common", "2WD", "<10K")
_RARE: Final = Requirement("rare", "2WD", "<10K")

_THREE_JOINS: Final = text(f"""
    SELECT d.id, d.name, d.facility FROM dynos d
    JOIN dyno_tests t ON t.dyno_id = d.id AND t.test_type = :test_type
    JOIN dyno_drives r ON r.dyno_id = d.id AND r.drive_type = :drive_type
    JOIN dyno_weights w ON w.dyno_id = d.id AND w.weight_class = :weight_class
    WHERE EXISTS (SELECT FROM service_periods s WHERE s.dyno_id = d.id AND s.start_date <= :first
                  AND (s.end_date IS NULL OR s.end_date >= :last))
      AND NOT EXISTS (SELECT FROM allocations a WHERE a.dyno_id = d.id AND {A_BLOCKS}
                      AND a.start_date <= :last AND a.end_date >= :first)
    ORDER BY d.preference, d.name LIMIT :most""")

_FITTING: Final = text(
    "SELECT id, name FROM dynos WHERE capabilities @> ARRAY[CAST(:token AS text)] ORDER BY preference, name"
)
_BUSY_ON: Final = text(
    f"SELECT a.dyno_id FROM allocations a WHERE {A_BLOCKS} AND a.start_date <= :day AND a.end_date >= :day"
)


def measure_matching(server_url: str, *, sizes: list[tuple[int, int]], rounds: int) -> list[Figure]:
    figures = []
    for dynos, allocations in sizes:
        with a_database(server_url, f"match_{dynos}_{allocations}") as database:
            fill_plan(database, dynos=dynos, allocations=allocations)
            with database.statement() as connection:
                name = f"{dynos:,} dynos, {allocations:,} allocations"
                figures += _matching(database, connection, name, rounds)
                figures += _next_window(connection, name, rounds)
    return figures


def _matching(database: Database, connection: Connection, size: str, rounds: int) -> list[Figure]:
    period = Period.of(TODAY + timedelta(days=20), 5)

    def run(query: Any, need: Requirement, most: int) -> Callable[[], object]:
        values = {
            "token": need.token, "test_type": need.test_type, "drive_type": need.drive_type,
            "weight_class": need.weight_class, "first": period.start, "last": period.end, "most": most,
        }  # fmt: skip
        wanted = {name: values[name] for name in query._bindparams}  # noqa: SLF001 - what the query asks for
        return lambda: connection.execute(query, wanted).all()

    def read_one() -> object:
        with database.reading() as session:
            return session.execute(text("SELECT 1")).all()

    seconds = seconds_each(
        {
            "SELECT 1": lambda: connection.execute(text("SELECT 1")).all(),
            "LIMIT 1, common": run(FREE_DYNOS, _COMMON, 1),
            "LIMIT 5, common": run(FREE_DYNOS, _COMMON, 5),
            "LIMIT 5, rare": run(FREE_DYNOS, _RARE, 5),
            "three JOINs + NOT EXISTS, LIMIT 1, common": run(_THREE_JOINS, _COMMON, 1),
            "three JOINs + NOT EXISTS, LIMIT 5, common": run(_THREE_JOINS, _COMMON, 5),
            "three JOINs + NOT EXISTS, LIMIT 5, rare": run(_THREE_JOINS, _RARE, 5),
            "day by day, common": lambda: _day_by_day(connection, _COMMON, period),
            "reading() + SELECT 1": read_one,
            "find_available_dynos, LIMIT 5": lambda: find_available_dynos(
                database, period=period, requirement=_COMMON, limit=5
            ),
        },
        rounds=rounds,
    )
    group = f"matching, {size}"
    ours = {name: seconds[name] for name in ("SELECT 1", "LIMIT 1, common", "LIMIT 5, common", "LIMIT 5, rare")}
    figures = time_ratios(group, ours, base="SELECT 1")
    for limit in ("LIMIT 1, common", "LIMIT 5, common", "LIMIT 5, rare"):
        other = f"three JOINs + NOT EXISTS, {limit}"
        figures += time_ratios(group, {limit: seconds[limit], other: seconds[other]}, base=limit)
    days = {name: seconds[name] for name in ("LIMIT 5, common", "day by day, common")}
    function = {name: seconds[name] for name in ("reading() + SELECT 1", "find_available_dynos, LIMIT 5")}
    return (
        figures
        + time_ratios(group, days, base="LIMIT 5, common")
        + time_ratios(group, function, base="reading() + SELECT 1")
    )


def _day_by_day(connection: Connection, need: Requirement, period: Period) -> list[str]:
    """Ask for each day who is busy, and cross them off a list."""
    free = {row.id: row.name for row in connection.execute(_FITTING, {"token": need.token})}
    for day in period.each_day():
        for dyno_id in connection.execute(_BUSY_ON, {"day": day}).scalars():
            free.pop(dyno_id, None)
    return list(free.values())[:5]


def _next_window(connection: Connection, size: str, rounds: int) -> list[Figure]:
    group = f"next window, {size}"
    figures = []
    wishes = (
        ("2 days, free at once", _COMMON, 2, 60),
        ("10 days, rare", _RARE, 10, 60),
        # Longer than any gap: the search walks all of its horizon.
        ("150 days, never free", _COMMON, 150, 60),
    )
    for what, need, days, within in wishes:
        seconds = seconds_each(
            {
                what: lambda need=need, days=days, within=within: _search(connection, need, days, within),  # type: ignore[misc]
                f"{what}, day loop": lambda need=need, days=days, within=within: _day_loop(  # type: ignore[misc]
                    connection, need, days, within
                ),
            },
            rounds=max(3, rounds // 2),
        )
        figures += time_ratios(group, seconds, base=what)
    return figures


def _search(connection: Connection, need: Requirement, days: int, within: int) -> object:
    with Session(connection) as session:
        return next_windows_in(session, requirement=need, days=days, not_before=TODAY, within_days=within)


def _day_loop(connection: Connection, need: Requirement, days: int, within: int) -> object:
    """The matching query for one start after the other."""
    for shift in range(within + 1):
        first = TODAY + timedelta(days=shift)
        values = {"token": need.token, "first": first, "last": first + timedelta(days=days - 1), "most": 1}
        if found := connection.execute(FREE_DYNOS, values).all():
            return found
    return None
