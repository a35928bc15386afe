"""What tests of booking look at besides the answer: that a refusal changed nothing, and what a change wrote down."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet.compatibility import Requirement

BRAKE = Requirement("brake", "AWD", "<10K")
_TABLES = ("allocations", "allocation_dates", "maintenance", "requests", "audit_log")


def stored(database: Database) -> dict[str, list[str]]:
    """Every row that booking writes, as text."""
    with database.reading() as session:
        return {
            table: list(session.scalars(text(f"SELECT t::text FROM {table} t ORDER BY t::text"))) for table in _TABLES
        }


@contextmanager
def refused(database: Database, kind: type[DynoError], *, code: str, says: str) -> Iterator[Any]:
    """The block is refused with this code and with ``says`` in its sentence, and no row changed."""
    before = stored(database)
    with pytest.raises(kind) as caught:
        yield caught
    assert caught.value.code == code
    assert says in str(caught.value)
    assert str(caught.value).endswith(".")
    assert stored(database) == before


def audited(database: Database) -> list[tuple[Any, ...]]:
    """``action, entity, before, after, reason, actor`` of every audit row, oldest first."""
    with database.reading() as session:
        rows = session.execute(text("SELECT action, entity, before, after, reason, actor FROM audit_log ORDER BY id"))
        return [tuple(row) for row in rows]


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the driver sends to the server meanwhile, through SQLAlchemy or not."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def note(cursor: Any, query: Any, *args: Any, **more: Any) -> Any:
        sent.append(str(query))
        return execute(cursor, query, *args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", note)
        yield sent
