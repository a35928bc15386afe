"""Brings a database to the newest schema. Safe to start from several processes at once."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from dyno_core.database.engine import Database
from dyno_core.errors import Busy, Misconfigured

MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"
OLDEST_SERVER: Final = 150000
_LOCK: Final = 4_190_401
_WAIT_SECONDS: Final = 120


def migrate(database: Database, *, prepare: Callable[[Database], None] | None = None) -> bool:
    """Upgrade to the newest revision; True when there was something to do.

    ``prepare`` runs first and under the same lock, so that what it creates is created once, and is there whenever the
    schema is current.
    Raises `Misconfigured` for a server before PostgreSQL 15 and for a schema newer than this program,
    `Busy` when another process has been migrating for more than two minutes.
    """
    with _alone(database), database.engine.connect() as connection:
        _check_server(connection)
        _check_not_newer(connection)
        before = current_revision(connection)
        connection.rollback()
        if prepare is not None:
            prepare(database)
        config = _config(connection)
        command.upgrade(config, "head")
        connection.commit()
        return current_revision(connection) != before


def is_current(database: Database) -> bool:
    """Whether the schema is the newest one this program knows."""
    with database.reading() as session:
        return current_revision(session.connection()) == newest_revision()


def is_empty(database: Database) -> bool:
    """Whether no migration ever ran here."""
    with database.reading() as session:
        return current_revision(session.connection()) is None


def current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@cache
def newest_revision() -> str | None:
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def known_revisions() -> frozenset[str]:
    return frozenset(script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def downgrade(database: Database, revision: str) -> None:
    """Go back to ``revision`` (``base`` = an empty schema). For tests and for undoing a release by hand."""
    with _alone(database), database.engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _check_server(connection: Connection) -> None:
    version = connection.execute(text("SELECT current_setting('server_version_num')::int")).scalar_one()
    connection.rollback()
    if version < OLDEST_SERVER:
        raise Misconfigured(
            f"This PostgreSQL server is version {version // 10000}, but 15 is the oldest that works; use a newer one."
        )


def _check_not_newer(connection: Connection) -> None:
    current = current_revision(connection)
    connection.rollback()
    if current is not None and current not in known_revisions():
        raise Misconfigured(
            "The database was migrated by a newer release of this app; start that release, or restore a backup."
        )


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Hold the migration lock. Polled: a waiting session's snapshot would block CREATE INDEX CONCURRENTLY."""
    with database.statement() as connection:
        deadline = time.monotonic() + _WAIT_SECONDS
        while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": _LOCK}).scalar_one():
            if time.monotonic() > deadline:
                raise Busy
            time.sleep(0.1)
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
