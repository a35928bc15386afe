"""What the agent knows of the lab before it is asked: views for SQL, test types, dynos. Read rarely, kept in memory.

It is also all there is to show while the database can't be reached.
"""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, text

from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow, TestTypeRow

_FRESH_SECONDS: Final = 5.0
"""Long enough for one turn, short enough that an imported dyno is known to the next one."""
_COLUMNS: Final = text("""
    SELECT c.relname AS view,
           string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'reporting' AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.relname ORDER BY c.relname""")


@dataclass(frozen=True, slots=True)
class Lab:
    """``views``: one line for each reporting view. ``dynos``: (name, facility). ``test_types``: name → synonyms."""

    at: datetime
    views: tuple[str, ...]
    dynos: tuple[tuple[str, str], ...]
    test_types: Mapping[str, tuple[str, ...]]


class Knowledge:
    """The last known lab, shared by all conversations of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lab: Lab | None = None
        self._read_at = 0.0

    @property
    def last(self) -> Lab | None:
        """As last read, however long ago."""
        return self._lab

    def refresh(self, database: Database, *, now: datetime) -> Lab:
        """Read again what is older than a few seconds. Raises `DatabaseUnavailable`."""
        with self._lock:
            # The machine's own count of seconds: the lab's clock may stand still.
            if self._lab is None or time.monotonic() - self._read_at > _FRESH_SECONDS:
                # The views are those of the version that runs: a migration comes with another process.
                views = self._lab.views if self._lab else _views(database)
                self._lab = _read(database, views, now=now)
                self._read_at = time.monotonic()
            return self._lab


def _views(database: Database) -> tuple[str, ...]:
    with database.reading() as session:
        return tuple(f"reporting.{row.view}({row.columns})" for row in session.execute(_COLUMNS))


def _read(database: Database, views: tuple[str, ...], *, now: datetime) -> Lab:
    """Names only, and as few questions as that takes: somebody waits for the first word."""
    kinds = select(TestTypeRow.name, TestTypeRow.label, TestTypeRow.synonyms).order_by(TestTypeRow.name)
    dynos = select(DynoRow.name, DynoRow.facility).order_by(DynoRow.preference, DynoRow.name)
    with database.reading() as session:
        return Lab(
            at=now,
            views=views,
            dynos=tuple((dyno.name, dyno.facility) for dyno in session.execute(dynos)),
            test_types={
                kind.name: tuple(dict.fromkeys((kind.label, *kind.synonyms))) for kind in session.execute(kinds)
            },
        )
