"""Where LangGraph keeps the state of conversations: PostgreSQL, in a schema of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple, copy_checkpoint
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from sqlalchemy import Connection, Engine, create_engine, text

from dyno_core.database.engine import Database, plain_url, replace_dead_connections
from dyno_core.errors import DynoError

SCHEMA: Final = "langgraph"
# Without a list of allowed classes a row changed in the database could run code on the next read.
SERDE: Final = JsonPlusSerializer(allowed_msgpack_modules=None)
_WHICH: Final = ("thread_id", "checkpoint_ns", "checkpoint_id")
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
            pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": 2, "prepare_threshold": 0, "options": _OPTIONS},
        )
        replace_dead_connections(self._engine)

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
                yield _TurnSaver(_driver(connection), serde=SERDE)
            finally:
                _release(connection, thread_id)

    @contextmanager
    def reading(self) -> Iterator[PostgresSaver]:
        """To look at a conversation without holding it."""
        with self._engine.connect() as connection:
            yield PostgresSaver(_driver(connection), serde=SERDE)

    def dispose(self) -> None:
        self._engine.dispose()


class _TurnSaver(PostgresSaver):
    """A turn looks at its conversation before it goes on with it, and nobody else changes it between the two: what was
    read for the first is handed out once more, unless the turn has written meanwhile."""

    _read: tuple[dict[str, Any], CheckpointTuple | None] | None = None

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        which = {key: config["configurable"].get(key) or "" for key in _WHICH}
        known, self._read = self._read, None
        if known and known[0] == which:
            return known[1]
        found = super().get_tuple(config)
        # LangGraph works on the checkpoint that it is given, so that what is kept is a copy.
        kept = found and found._replace(checkpoint=copy_checkpoint(found.checkpoint))
        self._read = (which, kept)
        return found

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        self._read = None
        return super().put(config, checkpoint, metadata, new_versions)

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        self._read = None
        super().put_writes(config, writes, task_id, task_path)


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


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
