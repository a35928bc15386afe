"""Where LangGraph keeps the state of conversations: PostgreSQL, in a schema of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import Connection, Engine, create_engine, text

from dyno_core.database.engine import Database, plain_url
from dyno_core.errors import DynoError

SCHEMA: Final = "langgraph"
# Without a list of allowed classes a row changed in the database could run code on the next read.
SERDE: Final = JsonPlusSerializer(allowed_msgpack_modules=None)
# A turn writes a handful of checkpoints, and none waits for the disk: a server that dies may forget the last half
# second of a conversation, never a booking. A turn that carries out what a person agreed to does wait.
_OPTIONS: Final = (
    f"-c search_path={SCHEMA} -c statement_timeout=5000 -c lock_timeout=2000 -c timezone=UTC -c synchronous_commit=off"
)


class StillAnswering(DynoError):
    """Two answers at once on one conversation would lose one of the two messages."""

    code = "still_answering"

    def __init__(self) -> None:
        super().__init__("I am still answering your last message in this conversation; wait for it, or stop it first.")


def set_up(database: Database) -> None:
    """Create the schema and LangGraph's tables in it.

    Call it once and alone, under the migration lock: LangGraph builds indexes concurrently, and two set-ups at once
    break each other.
    """
    with psycopg.connect(plain_url(database.url), autocommit=True, connect_timeout=5, options=_SET_UP) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
        PostgresSaver(connection).setup()  # type: ignore[arg-type]


_SET_UP: Final = f"-c search_path={SCHEMA} -c lock_timeout=10000"


class Checkpoints:
    """The connections that conversations are kept through: apart from the app's pool, each statement on its own."""

    def __init__(self, database: Database) -> None:
        self._engine: Engine = create_engine(
            database.url,
            pool_size=5,
            max_overflow=15,
            pool_timeout=5,
            pool_pre_ping=True,
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 2, "prepare_threshold": 0, "options": _OPTIONS},
        )

    @contextmanager
    def turn(self, thread_id: str, *, durable: bool = False) -> Iterator[PostgresSaver]:
        """One connection for one turn of a conversation, which nobody else can answer meanwhile.

        ``durable``: each step waits for the disk, so that a yes outlives a server that dies.

        Raises `StillAnswering`, and the driver's own errors when the database can't be reached.
        """
        with self._engine.connect() as connection:
            if not _hold(connection, thread_id, durable=durable):
                raise StillAnswering
            try:
                yield _saver(connection)
            finally:
                _release(connection, thread_id)

    @contextmanager
    def reading(self) -> Iterator[PostgresSaver]:
        """To look at a conversation without holding it."""
        with self._engine.connect() as connection:
            yield _saver(connection)

    def dispose(self) -> None:
        self._engine.dispose()


def _saver(connection: Connection) -> PostgresSaver:
    return PostgresSaver(connection.connection.driver_connection, serde=SERDE)  # type: ignore[arg-type]


def _hold(connection: Connection, thread_id: str, *, durable: bool) -> bool:
    query = text(
        "SELECT pg_try_advisory_lock(hashtextextended(:thread, 0)), set_config('synchronous_commit', :waits, false)"
    )
    return bool(connection.execute(query, {"thread": thread_id, "waits": "on" if durable else "off"}).one()[0])


def _release(connection: Connection, thread_id: str) -> None:
    if connection.invalidated or connection.closed:
        return  # the lock went with the connection
    driver = connection.connection.driver_connection
    if driver is None or driver.closed or driver.broken:
        connection.invalidate()
        return
    connection.execute(text("SELECT pg_advisory_unlock(hashtextextended(:thread, 0))"), {"thread": thread_id})
