"""Runs one function in many processes at the same moment, each with its own connections."""

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dyno_core.database.engine import Database
from dyno_core.errors import DynoError

Job = Callable[[Database, Any], Any]


@dataclass(frozen=True)
class Outcome:
    """``value`` of a job that went through, else ``code`` and ``sentence`` of its refusal, else ``crash``."""

    argument: Any
    value: Any = None
    code: str | None = None
    sentence: str | None = None
    crash: str | None = None


def storm(database: Database, job: Job, arguments: Sequence[Any], *, processes: int | None = None) -> list[Outcome]:
    """One call of ``job`` for each argument, all released by one barrier; several calls share a process as threads
    would in the app when ``processes`` is smaller than their number.
    """
    processes = min(processes or len(arguments), len(arguments))
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(processes)
    outcomes = context.SimpleQueue()
    shares = [list(arguments[number::processes]) for number in range(processes)]
    workers = [
        context.Process(target=_work, args=(database.url, job, share, barrier, outcomes), daemon=True)
        for share in shares
    ]
    database.dispose()
    for worker in workers:
        worker.start()
    collected = [outcomes.get() for _ in arguments]
    for worker in workers:
        worker.join(30)
    return collected


def _work(url: str, job: Job, share: list[Any], barrier: Any, outcomes: Any) -> None:
    database = Database(url, pool_size=1)
    database.is_reachable()
    barrier.wait(60)
    for argument in share:
        try:
            outcomes.put(Outcome(argument, value=job(database, argument)))
        except DynoError as refusal:
            outcomes.put(Outcome(argument, code=refusal.code, sentence=str(refusal)))
        except BaseException:  # noqa: BLE001 - reported to the test, which fails on it
            outcomes.put(Outcome(argument, crash=traceback.format_exc()))
    database.dispose()
