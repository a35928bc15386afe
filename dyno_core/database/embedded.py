"""The PostgreSQL that comes with the app: what runs when DATABASE_URL is not set.

`start_embedded(home)` creates the database on first use, starts its server or joins the one
that another process on the same home has started, and returns a handle with the URL. The
last process to leave stops the server.
"""

import atexit
import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from dyno_core.database.cluster import START_SECONDS, STOP_SECONDS, Cluster, lock, try_lock
from dyno_core.errors import DatabaseUnavailable, Misconfigured

POLL_SECONDS = 0.02


class EmbeddedServer:
    """One process's hold on the server of one home. Made by `start_embedded`.

    The caller sees to it that `stop` is reached: by ``with``, or by a handler that turns SIGTERM
    into SystemExit (Ctrl-C raises KeyboardInterrupt by itself). An ordinary end of the interpreter
    calls it too. A process that is killed is forgotten by the kernel; the next one to leave stops
    the server.
    """

    def __init__(self, home: Path) -> None:
        self._cluster = Cluster(home)
        self._lease: int | None = None
        self._url = ""

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the database ``dyno``; the same for as long as the home exists."""
        return self._url

    def start(self) -> Self:
        """Start the server or join it. Doing it twice is harmless. Errors: see `start_embedded`."""
        cluster = self._cluster
        with _told_plainly():
            cluster.make_home()
            with _changing(cluster.home):
                joining = self._lease is None
                if joining:
                    self._lease = try_lock(cluster.home / "users.lock", fcntl.LOCK_SH)
                    atexit.register(self.stop)
                try:
                    cluster.bring_up()
                except BaseException:  # Ctrl-C too: no server without a user
                    if joining:
                        self._leave()
                    raise
            self._url = cluster.url()
        return self

    def ensure_running(self) -> None:
        """Start the server again if it has died. Costs a millisecond when it has not.

        For an app that outlives its server: call it after a lost connection. The URL stays
        valid. Raises `DatabaseUnavailable` when this handle was stopped or the home was deleted
        (an empty database in its place would not be what the app was using), else as `start_embedded`.
        """
        if not self._is_member():
            raise DatabaseUnavailable
        if not self._cluster.accepts():
            self.start()

    def stop(self) -> None:
        """Leave; stop the server cleanly if nobody else uses it. Twice is harmless, at exit and in handlers too."""
        if self._lease is None:
            return
        if not self._is_member():  # home deleted under us: the server notices within a minute and ends itself
            self._let_go()
            return
        with _told_plainly(), _changing(self._cluster.home):
            self._leave()

    def _is_member(self) -> bool:
        """Whether our lease is on the home that is there now."""
        if self._lease is None:
            return False
        with suppress(FileNotFoundError):
            return os.path.samestat(os.fstat(self._lease), (self._cluster.home / "users.lock").stat())
        return False

    def _let_go(self) -> bool:
        lease, self._lease = self._lease, None
        if lease is None:
            return False
        atexit.unregister(self.stop)
        os.close(lease)
        return True

    def _leave(self) -> None:
        if not self._let_go():
            return
        with lock(self._cluster.home / "users.lock", fcntl.LOCK_EX) as nobody_is_left:
            if nobody_is_left:
                self._cluster.shut_down()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start_embedded(home: Path) -> EmbeddedServer:
    """The running server of ``home`` (a folder, created when missing), with the database ``dyno`` in it.

    Raises `Misconfigured` when the home can't be used (rights, disk, data of another major version
    or of another user) or the server does not come up; `DatabaseUnavailable` when it runs but
    refuses connections.
    """
    return EmbeddedServer(home).start()


@contextmanager
def _changing(home: Path) -> Iterator[None]:
    """Alone in starting or stopping the server of ``home``; waits for whoever is at it."""
    deadline = time.monotonic() + START_SECONDS + STOP_SECONDS
    while True:
        with lock(home / "change.lock", fcntl.LOCK_EX) as ours:
            if ours is not None:
                yield
                return
        if time.monotonic() > deadline:
            raise Misconfigured("Another process has been starting or stopping the embedded database for minutes.")
        time.sleep(POLL_SECONDS)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Errors of the file system as sentences."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        remedy = "free some space" if error.errno == errno.ENOSPC else "make that folder writable for this user"
        raise Misconfigured(
            f"The embedded database can't use DYNO_HOME: {reason}; {remedy}, or choose another one.",
            path=str(error.filename or ""),
        ) from error
