"""The connection pool and the transactions that all reading and writing goes through."""

import select
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from dyno_core.database.violations import ConstraintRefused, is_overlap, refusal_of
from dyno_core.errors import Busy, DatabaseUnavailable, Misconfigured

T = TypeVar("T")
_SCHEMES: Final = ("postgresql+psycopg://", "postgresql://", "postgres://")

# A generic plan guesses that a capability fits 0.5 % of the dynos and then sorts instead of walking the order
# (up to 25 times slower); planning each query costs 0.1 ms. Compiling a query (jit) takes up to a second where
# PostgreSQL was built with it, and saves milliseconds at a lab's size. lock_timeout bounds every wait.
_SESSION_OPTIONS = "-c plan_cache_mode=force_custom_plan -c jit=off -c lock_timeout=5000 -c timezone=UTC"
_RETRYABLE = ("40001", "40P01")
_LOST_CLASSES = ("08", "53", "57P")
"""Connection failures, a server out of resources, a server that shuts down or crashed."""

_OVERLAP_ATTEMPTS: Final = 10
"""Each further one means that yet another booking slipped in within milliseconds."""

_PING_AFTER_SECONDS: Final = 30
"""Firewalls and failovers drop idle connections without a word; only a question shows that."""


def sqlalchemy_url(url: str, *, setting: str = "DATABASE_URL") -> str:
    """The address with psycopg 3 as its driver, whatever of the usual spellings it came in.

    Raises `Misconfigured`, naming the setting; the address itself holds a password and is not repeated.
    """
    for scheme in _SCHEMES:
        if url.startswith(scheme):
            with_driver = _SCHEMES[0] + url.removeprefix(scheme)
            break
    else:
        raise Misconfigured(f"{setting} must start with postgresql://; no other kind of database is supported.")
    try:
        parsed = make_url(with_driver)
        as_libpq = conninfo_to_dict("postgresql://" + with_driver.removeprefix(_SCHEMES[0]))
        # The two read a password with signs in it differently, and take a part of it for the host.
        same = as_libpq.get("user", parsed.username) == parsed.username and "@" not in (parsed.host or "")
        readable = same and 0 < (parsed.port or 5432) < 65536
    except (exc.ArgumentError, ValueError, psycopg.ProgrammingError):
        readable = False
    if not readable:
        raise Misconfigured(
            f"{setting} can't be read; write it as postgresql://user:password@host:5432/name, and signs such as "
            "@ : / # ? in the password as %40 %3A %2F %23 %3F."
        )
    return with_driver


def plain_url(url: str) -> str:
    """The address as libpq and psycopg take it."""
    return "postgresql://" + sqlalchemy_url(url).removeprefix(_SCHEMES[0])


class Database:
    """One pool per process, shared by all its threads."""

    def __init__(self, url: str, *, reader_url: str | None = None, pool_size: int = 10) -> None:
        self.url = sqlalchemy_url(url)
        self.reader_url = sqlalchemy_url(reader_url, setting="DATABASE_READER_URL") if reader_url else None
        self._pool_size = pool_size
        self.engine: Engine = self._engine()

    def _engine(self) -> Engine:
        engine = create_engine(
            self.url,
            pool_size=self._pool_size,
            max_overflow=10,
            pool_timeout=10,
            connect_args={"connect_timeout": 3, "options": _SESSION_OPTIONS},
        )
        replace_dead_connections(engine)
        return engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A read-only snapshot: everything read inside belongs to one moment. A write fails in the database."""
        with self._translated(writes=False), Session(self.engine) as session:
            session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield session

    @contextmanager
    def asking(self) -> Iterator[Connection]:
        """For one question alone, in one round trip; `reading` takes four, and is for what has to agree.

        Nothing here refuses a write: it is for what each click asks before anything else, who somebody is and where.
        """
        with self._translated(writes=False), self.engine.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def writing(self, *, waits_for_disk: bool = True) -> Iterator[Session]:
        """One transaction: commits when the block ends, rolls back when it raises.

        What does not wait for the disk is seen by everybody at once, but a server that dies may forget it, with all
        that was written after it and did not wait either.
        """
        with self._translated(writes=True), Session(self.engine, expire_on_commit=False) as session, session.begin():
            if not waits_for_disk:
                session.execute(text("SET LOCAL synchronous_commit TO off"))
            yield session

    @contextmanager
    def statement(self) -> Iterator[Connection]:
        """A connection on which each statement is a transaction of its own."""
        try:
            with self._translated(writes=True), self.engine.connect() as connection:
                yield connection.execution_options(isolation_level="AUTOCOMMIT")
        except psycopg.Error as error:
            if is_retryable(error):  # the second time: `Prepared` has tried again
                raise Busy from error
            raise

    def transact(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in one transaction, once more when the database chose it as a deadlock's victim.

        ``work`` checks before it acts. When a booking slips in between, the constraint refuses the act, and ``work``
        runs again: its check finds what stands there now and names it, or the place is free again. Raises `Busy` when
        that goes on and on, never the constraint's own sentence about an overlap, which could not say whose.
        """
        for _ in range(_OVERLAP_ATTEMPTS):
            try:
                return self._transact(work)
            except ConstraintRefused as refusal:
                if not is_overlap(refusal):
                    raise
        raise Busy

    def _transact(self, work: Callable[[Session], T]) -> T:
        try:
            with self.writing() as session:
                return work(session)
        except (exc.DBAPIError, psycopg.Error) as error:  # psycopg's own come from a COPY
            if not is_retryable(error):
                raise
        try:
            with self.writing() as session:
                return work(session)
        except (exc.DBAPIError, psycopg.Error) as error:
            raise (Busy() if is_retryable(error) else error) from error

    def is_reachable(self) -> bool:
        try:
            with self.reading() as session:
                session.execute(text("SELECT 1"))
        except DatabaseUnavailable:
            return False
        return True

    def connections(self) -> tuple[int, int]:
        """How many of the pool's connections are in use, and how many are idle."""
        pool = self.engine.pool
        return (pool.checkedout(), pool.checkedin()) if isinstance(pool, QueuePool) else (0, 0)

    def dispose(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _translated(self, *, writes: bool) -> Iterator[None]:
        """The database's errors as sentences; what has none passes, it is a defect."""
        try:
            yield
        except exc.DBAPIError as error:
            if refusal := refusal_of(error.orig):
                raise refusal from error
            if is_lost(error):
                raise DatabaseUnavailable(in_the_middle=writes and error.connection_invalidated) from error
            raise
        except psycopg.Error as error:  # of a `Prepared` statement or a COPY
            if refusal := refusal_of(error):
                raise refusal from error
            if is_lost(error):
                raise DatabaseUnavailable(in_the_middle=writes) from error
            raise
        except exc.TimeoutError as full:
            raise DatabaseUnavailable from full


def replace_dead_connections(engine: Engine) -> None:
    """What ``pool_pre_ping`` does, without its round trip.

    A server that ended has closed the socket, and one that is about to has said so: then there is something to read
    on a connection that nobody has asked anything. Looking costs microseconds; a ping would be a third of what a
    booking sends. One that was idle for long is pinged all the same.
    """
    event.listen(engine, "checkin", _note_last_use)
    event.listen(engine, "checkout", _replace_if_dead)


def _note_last_use(_connection: Any, record: Any) -> None:
    record.info["last_used"] = time.monotonic()


def _replace_if_dead(connection: Any, record: Any, _proxy: Any) -> None:
    last_used = record.info.get("last_used")
    if last_used is None:
        return  # just made
    if _has_something_to_read(connection):
        raise exc.DisconnectionError
    if time.monotonic() - last_used > _PING_AFTER_SECONDS:
        try:
            connection.execute("")
        except psycopg.OperationalError:
            raise exc.DisconnectionError from None
        connection.rollback()


def _has_something_to_read(connection: Any) -> bool:
    try:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return bool(poll.poll(0))
    except psycopg.OperationalError:  # closed already
        return True


def sqlstate_of(error: BaseException | None) -> str | None:
    original: Any = error.orig if isinstance(error, exc.DBAPIError) else error
    return getattr(original, "sqlstate", None)


def is_retryable(error: exc.DBAPIError | psycopg.Error) -> bool:
    """Serialization failure or deadlock: the same transaction may well succeed when run again."""
    return sqlstate_of(error) in _RETRYABLE


def is_lost(error: exc.DBAPIError | psycopg.Error) -> bool:
    """Whether the server can't be reached, or the connection to it broke."""
    state = sqlstate_of(error)
    if state is None:
        original = error.orig if isinstance(error, exc.DBAPIError) else error
        return isinstance(original, (psycopg.OperationalError, psycopg.InterfaceError))
    return state.startswith(_LOST_CLASSES)
