"""How long each service took: measured where it happens, stored in the background.

`track_performance` puts a `Measurement` on a bounded queue and goes on. One thread takes them off in batches
and hands them to the function given to `start_writer`. A full queue, a database that is down or a writer that
was never started lose measurements, which are counted, and nothing else.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ContextDecorator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from queue import Empty, Full, Queue
from types import TracebackType
from typing import Any, Final

from dyno_core.errors import DynoError
from dyno_core.telemetry.correlation import correlation_id
from dyno_core.telemetry.logs import redact
from dyno_core.telemetry.prometheus import record_dropped, record_operation

QUEUE_SIZE: Final = 2_000
BATCH_SIZE: Final = 200
_FLUSH_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One call of one service. ``error_message`` is None when it succeeded."""

    service_name: str
    method_name: str
    duration_ms: float
    success: bool
    error_message: str | None
    correlation_id: str | None
    user_id: int | None
    created_at: datetime
    extra_data: Mapping[str, Any] = field(default_factory=dict)


Store = Callable[[Sequence[Measurement]], None]

_queue: Queue[Measurement] = Queue(maxsize=QUEUE_SIZE)


class track_performance(ContextDecorator):  # noqa: N801 - used as a function
    """Measures a ``with`` block or a decorated function; its exceptions pass unchanged.

    ``note`` adds facts while inside: ``with track_performance("booking", "allocate") as run: run.note(rows=3)``.
    """

    def __init__(self, service: str, method: str, *, user_id: int | None = None) -> None:
        self._service = service
        self._method = method
        self._user_id = user_id
        self._extra: dict[str, Any] = {}
        self._started = 0.0

    def _recreate_cm(self) -> "track_performance":
        """A fresh one for each call of a decorated function, so that calls at once do not share a start."""
        return track_performance(self._service, self._method, user_id=self._user_id)

    def note(self, **facts: Any) -> None:
        self._extra.update(facts)

    def __enter__(self) -> "track_performance":
        self._started = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.perf_counter() - self._started
        record_operation(self._service, self._method, outcome_of(error), seconds)
        _enqueue(
            Measurement(
                service_name=self._service,
                method_name=self._method,
                duration_ms=seconds * 1000,
                success=error is None,
                error_message=_said(error),
                correlation_id=correlation_id(),
                user_id=self._user_id,
                created_at=datetime.now(UTC),
                extra_data=dict(self._extra),
            )
        )


class MetricsWriter:
    """The background thread. `close` stores what is still queued."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics-writer", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stop.is_set():
            _write(self._store, _take(timeout=_FLUSH_SECONDS))
        store_queued(self._store)


def store_queued(store: Store) -> None:
    """Store what is queued now: for a process that is too short for a writer."""
    while batch := _take(timeout=0):
        _write(store, batch)


def _write(store: Store, batch: list[Measurement]) -> None:
    if not batch:
        return
    try:
        store(batch)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with storing, measuring goes on
        record_dropped("not_stored", len(batch))
        _log.warning("measurements could not be stored", extra={"facts": {"count": len(batch), "error": _said(error)}})


def start_writer(store: Store) -> MetricsWriter:
    """Begin to hand measurements, up to `BATCH_SIZE` at a time, to ``store``."""
    return MetricsWriter(store)


def _enqueue(measurement: Measurement) -> None:
    try:
        _queue.put_nowait(measurement)
    except Full:
        record_dropped("queue_full")


def _take(*, timeout: float) -> list[Measurement]:
    """The next batch; waits for its first measurement for up to ``timeout`` seconds."""
    batch: list[Measurement] = []
    try:
        batch.append(_queue.get(timeout=timeout) if timeout else _queue.get_nowait())
        while len(batch) < BATCH_SIZE:
            batch.append(_queue.get_nowait())
    except Empty:
        pass
    return batch


def outcome_of(error: BaseException | None) -> str:
    """``ok``, the code of a refusal, or ``error`` for a defect."""
    if error is None:
        return "ok"
    return error.code if isinstance(error, DynoError) else "error"


def _said(error: BaseException | None) -> str | None:
    """A refusal in its own words; of anything else the kind only, its text may hold data."""
    if error is None:
        return None
    return redact(str(error))[:500] if isinstance(error, DynoError) else type(error).__name__
