"""A PostgreSQL of the benchmark's own, in a temporary folder, with one database for each measurement."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from dyno_core.database.embedded import start_embedded
from dyno_core.database.engine import Database
from dyno_core.database.migrate import migrate


@contextmanager
def a_server() -> Iterator[str]:
    """Its URL. Durable as in the app: a booking that need not reach the disk would flatter every figure."""
    with tempfile.TemporaryDirectory(prefix="dyno-bench-") as home, start_embedded(Path(home)) as server:
        yield server.url


@contextmanager
def a_database(server_url: str, name: str, *, pool_size: int = 10) -> Iterator[Database]:
    """A migrated, empty database; dropped afterwards."""
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = Database(make_url(server_url).set(database=name).render_as_string(False), pool_size=pool_size)
    try:
        migrate(database)
        yield database
    finally:
        database.dispose()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()
