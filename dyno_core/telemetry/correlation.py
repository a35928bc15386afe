"""The id that ties together everything one click or one message causes: logs, timings, audit rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import uuid4

_current: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def correlation_id() -> str | None:
    return _current.get()


@contextmanager
def correlated(identifier: str | None = None) -> Iterator[str]:
    """Everything inside carries ``identifier``, or the one already set, or a new one."""
    chosen = identifier or _current.get() or uuid4().hex
    token = _current.set(chosen)
    try:
        yield chosen
    finally:
        _current.reset(token)
