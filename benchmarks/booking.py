"""Booking through the app's own function against pgbench sending the very same statements."""

import multiprocessing
import os
import random
import re
import subprocess
import tempfile
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any, Final

from sqlalchemy import make_url, text

from benchmarks.data import TODAY, fill_fleet
from benchmarks.measuring import Figure
from benchmarks.server import a_database
from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin
from dyno_core.booking import allocate_vehicle
from dyno_core.booking.statement import PREPARE, booking_statement
from dyno_core.database.cluster import programs_folder
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError

_DYNOS: Final = 100
_VEHICLES: Final = 20_000
_DAYS: Final = 15_000
"""Starts are spread over forty years, so that a run of many thousand bookings meets few clashes."""
_LENGTH: Final = 3
_LONGEST_POOL: Final = 50
_BY: Final = Origin(OPERATOR, "api")


def measure_booking(server_url: str, *, clients: list[int], seconds: float, rounds: int) -> list[Figure]:
    figures = []
    with a_database(server_url, "booking", pool_size=_LONGEST_POOL) as database:
        fill_fleet(database, dynos=_DYNOS, vehicles=_VEHICLES)
        with tempfile.TemporaryDirectory(prefix="dyno-bench-") as folder:
            script = Path(folder) / "book.sql"
            script.write_text(_script())
            for number, durable in [(number, durable) for durable in (True, False) for number in clients]:
                _set_durable(database, durable)
                variants: dict[str, Callable[[], float]] = {
                    "pgbench": lambda number=number: _pgbench(database, script, number, seconds),  # type: ignore[misc]
                    "threads of one process": lambda number=number: _threads(database, number, seconds),  # type: ignore[misc]
                }
                if number > 1:
                    variants["2 processes"] = lambda number=number: _processes(database, 2, number, seconds)  # type: ignore[misc]
                rates = _in_turn(variants, rounds)
                group = f"booking, {number} client{'s' if number > 1 else ''}"
                figures += [
                    Figure(
                        group if durable else f"{group}, not waiting for the disk",
                        name,
                        f"pgbench ({rates['pgbench']:.0f}/s)",
                        rate / rates["pgbench"],
                        "throughput",
                        rate,
                    )
                    for name, rate in rates.items()
                    if name != "pgbench"
                ]
    return figures


def _set_durable(database: Database, durable: bool) -> None:
    """Waiting for the disk hides what the code costs, and not waiting is not what the app does: so both are told."""
    with database.statement() as connection:
        name = make_url(database.url).database
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = {'on' if durable else 'off'}"))
    database.dispose()


def _in_turn(variants: dict[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """The median rate of each; every second round runs backwards, since the plan fills up meanwhile."""
    samples: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(rounds):
        for name in list(variants)[:: -1 if number % 2 else 1]:
            samples[name].append(variants[name]())
    return {name: median(values) for name, values in samples.items()}


def _script() -> str:
    """What `allocate_vehicle` sends when nobody is in its way, with pgbench's own names for what varies."""
    constants = {
        "actor_id": "NULL", "actor": "'operator'", "channel": "'api'", "leg": "NULL",
        "conversation_id": "NULL", "correlation_id": "NULL", "request_key": "NULL", "dyno_id": "NULL", "dyno": "NULL",
        "miles": "NULL", "miles_per_day": "NULL", "added_days": "NULL", "weight_class": "'<10K'", "drive_type": "'2WD'",
        "test_type": "'common'", "token": "'common|2WD|<10K'", "notes": "''",
        "first": "(date '2026-11-24' + CAST(:day AS int))",
        "last": f"(date '2026-11-24' + CAST(:day AS int) + {_LENGTH - 1})",
    }  # fmt: skip
    statements = (PREPARE.statement, booking_statement(waiting=False, places_request=False).statement)
    lines = [f"\\set vehicle_id random(0, {_VEHICLES // 4 - 1}) * 4 + 4", f"\\set day random(1, {_DAYS})"]
    for statement in statements:
        for name, value in constants.items():
            statement = re.sub(rf"(?<!:):{name}\b", value, statement)  # noqa: PLW2901
        lines.append(" ".join(statement.split()) + ";")
    return "\n".join(lines) + "\n"


def _pgbench(database: Database, script: Path, clients: int, seconds: float) -> float:
    """Bookings per second."""
    url = make_url(database.url)
    command: list[str | Path] = [
        programs_folder() / "pgbench", "-n", "-M", "prepared", "-f", script, "-c", str(clients),
        "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds))),
        "-h", str(url.query["host"]), "-p", str(url.query["port"]), "-U", str(url.username), str(url.database),
    ]  # fmt: skip
    options = "-c plan_cache_mode=force_custom_plan -c lock_timeout=5000 -c timezone=UTC"
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PATH": os.defpath, "PGOPTIONS": options}
    )
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"pgbench said: {done.stdout} {done.stderr}")
    return float(found[1])


def _threads(database: Database, clients: int, seconds: float) -> float:
    """Bookings per second of ``clients`` threads that share one process and its pool."""
    counts = [0] * clients
    barrier = threading.Barrier(clients + 1)

    def work(number: int) -> None:
        chance = random.Random()
        _book(database, chance)
        barrier.wait()
        end = monotonic() + seconds
        while monotonic() < end:
            counts[number] += _book(database, chance)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    for worker in workers:
        worker.start()
    barrier.wait()
    begun = monotonic()
    for worker in workers:
        worker.join()
    rate = sum(counts) / (monotonic() - begun)
    database.dispose()  # the server has room for one pool of fifty at a time
    return rate


def _book(database: Database, chance: random.Random) -> int:
    """1, or 0 when vehicle or dyno was taken."""
    try:
        allocate_vehicle(
            database,
            _BY,
            vehicle_id=chance.randrange(_VEHICLES // 4) * 4 + 4,
            start_date=TODAY + timedelta(days=chance.randrange(1, _DAYS)),
            days=_LENGTH,
            test_type="common",
            today=TODAY,
        )
    except DynoError:
        return 0
    return 1


def _processes(database: Database, processes: int, clients: int, seconds: float) -> float:
    """The same with the threads spread over several processes, as replicas of the app would be."""
    context = multiprocessing.get_context("spawn")
    barrier, rates = context.Barrier(processes), context.SimpleQueue()
    workers = [
        context.Process(target=_replica, args=(database.url, clients // processes, seconds, barrier, rates))
        for _ in range(processes)
    ]
    for worker in workers:
        worker.start()
    total = sum(rates.get() for _ in workers)
    for worker in workers:
        worker.join()
    return total


def _replica(url: str, clients: int, seconds: float, barrier: Any, rates: Any) -> None:
    database = Database(url, pool_size=clients)
    database.is_reachable()
    barrier.wait()
    rates.put(_threads(database, clients, seconds))
    database.dispose()
