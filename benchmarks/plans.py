"""Whole plans as a lab would have them, sent to the database by COPY: to look at, not to change."""

import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import text

from benchmarks.data import TODAY, fill_fleet
from dyno_core.database.engine import Database

DAYS: Final = 730
"""How long the plan is; today stands in the middle of it."""
_EACH_VEHICLE: Final = 4
"""Vehicles that take turns on one dyno."""
_COLUMNS: Final = (
    "kind", "vehicle_id", "dyno_id", "test_type", "start_date", "end_date", "status", "disputed", "created_by",
    "source",
)  # fmt: skip

_ABLE: Final = """
    UPDATE dynos SET supported_weight_classes = '{<10K,>10K}', supported_drives = '{2WD,AWD}',
           supported_test_types = '{common,frequent,seldom}', excluded_combinations = '{}'"""


def fill_whole_plan(database: Database, *, dynos: int, allocations: int) -> None:
    """About ``allocations`` of them over two years, one in twenty a maintenance window and one in a hundred disputed,
    and a request without a dyno for every hundred. Every dyno can run everything.

    Without the exclusion constraints, whose indexes cost more than the rest of the measurement.
    """
    fill_fleet(database, dynos=dynos, vehicles=dynos * _EACH_VEHICLE)
    with database.writing() as session:
        for name in ("ex_allocations_dyno_overlap", "ex_allocations_vehicle_overlap"):
            session.execute(text(f"ALTER TABLE allocations DROP CONSTRAINT {name}"))
        session.execute(text(_ABLE))
    chance = random.Random(7)
    rows = list(_allocations(chance, dynos, allocations // dynos))
    _copy(database, "allocations", _COLUMNS, rows)
    wishes = ("vehicle_id", "test_type", "start_date", "end_date", "duration_days", "created_by", "source", "reason")
    _copy(database, "requests", wishes, _requests(chance, dynos, max(10, allocations // 100)))
    with database.statement() as connection:
        connection.exec_driver_sql("INSERT INTO maintenance (allocation_id, category) SELECT id, 'planned' "
                                   "FROM allocations WHERE kind = 'maintenance'")  # fmt: skip
        connection.exec_driver_sql("VACUUM ANALYZE")


def _allocations(chance: random.Random, dynos: int, each: int) -> Iterator[tuple[Any, ...]]:
    slot = DAYS / each
    first = TODAY - timedelta(days=DAYS // 2)
    for dyno in range(1, dynos + 1):
        for turn in range(each):
            start = first + timedelta(days=round(turn * slot))
            end = first + timedelta(days=round((turn + 1) * slot) - 1 - (chance.random() < 0.3 and slot > 2))
            vehicle = (dyno - 1) * _EACH_VEHICLE + turn % _EACH_VEHICLE + 1
            disputed = chance.random() < 0.01
            if chance.random() < 0.05:
                yield "maintenance", None, dyno, None, start, end, "scheduled", False, "bench", "import"
                continue
            test = ("common", "frequent", "seldom")[chance.randrange(3)]
            if disputed:  # it stands over the next one's first days
                end += timedelta(days=2)
            yield "test", vehicle, dyno, test, start, end, _status(start, end), disputed, "bench", "import"


def _status(start: date, end: date) -> str:
    return "completed" if end < TODAY else "in_progress" if start <= TODAY else "scheduled"


def _requests(chance: random.Random, dynos: int, count: int) -> Iterator[tuple[Any, ...]]:
    for _ in range(count):
        start = TODAY + timedelta(days=chance.randrange(DAYS // 2))
        days = chance.randint(2, 15)
        vehicle = chance.randint(1, dynos * _EACH_VEHICLE)
        yield vehicle, "common", start, start + timedelta(days=days - 1), days, "bench", "import", "all full"


def _copy(database: Database, table: str, columns: Iterable[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with database.writing() as session:
        connection = session.connection().connection.driver_connection
        assert connection is not None
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
