"""Puts the app together: settings → database (embedded or given) → schema → demo lab → background work.

Used by the server, the command line and the pages. Below here nothing reads the environment.
"""

import hashlib
import logging
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Final

from sqlalchemy import insert

from dyno_core.accounts.tokens import signing_key
from dyno_core.accounts.users import has_accounts, with_first_password
from dyno_core.clock import Clock
from dyno_core.database.embedded import EmbeddedServer, start_embedded
from dyno_core.database.engine import Database
from dyno_core.database.migrate import is_current, is_empty, migrate
from dyno_core.database.models import MetricRow
from dyno_core.database.reach import explain_unreachable
from dyno_core.demo import DemoSignIns, load_demo, load_demo_accounts
from dyno_core.errors import AlreadyTaken, DatabaseUnavailable, DynoError, Misconfigured
from dyno_core.settings import Settings, get_settings
from dyno_core.telemetry import Measurement, MetricsWriter, embedded_metric, set_database_up, start_writer, store_queued

_WATCH_SECONDS: Final = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DemoAccount:
    email: str
    role: str
    password: str


@dataclass
class App:
    """Everything a front door needs. `close` it at the end: the embedded server stops with its last user."""

    database: Database
    clock: Clock
    settings: Settings
    embedded: EmbeddedServer | None
    _writer: MetricsWriter | None = None
    _stop: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    @cached_property
    def key(self) -> str:
        """What sign-in tokens are signed with. Raises `DatabaseUnavailable` when it has to be read there."""
        configured = self.settings.dyno_secret_key
        return signing_key(self.database, configured.get_secret_value() if configured else None)

    def watch(self) -> None:
        """Store measurements, and start an embedded server that died again, until `close`."""
        if self._watcher is None:
            self._writer = start_writer(self._keep)
            self._watcher = threading.Thread(target=self._keep_watch, name="database-watch", daemon=True)
            self._watcher.start()

    def close(self) -> None:
        self._stop.set()
        if self._watcher is not None:
            self._watcher.join(timeout=10)
        if self._writer is not None:
            self._writer.close()
        else:
            store_queued(partial(store_measurements, self.database))
        self.database.dispose()
        if self.embedded is not None:
            self.embedded.stop()

    def _keep(self, batch: Sequence[Measurement]) -> None:
        # Before they are stored: CloudWatch is to hear of them also while the database is down.
        if namespace := self.settings.dyno_cloudwatch_namespace:
            sys.stdout.writelines(embedded_metric(one, namespace=namespace) + "\n" for one in batch)
            sys.stdout.flush()
        store_measurements(self.database, batch)

    def _keep_watch(self) -> None:
        while not self._stop.wait(_WATCH_SECONDS):
            if self.embedded is not None:
                try:
                    self.embedded.ensure_running()
                except DynoError as refusal:
                    _log.error("the embedded database is down: %s", refusal)
            set_database_up(self.database.is_reachable())


def start(settings: Settings, *, migrate_if_empty: bool) -> App:
    """The app, with its database at hand.

    Without ``DATABASE_URL`` the embedded server is started and always migrated. A given database is migrated
    only when it is empty and ``migrate_if_empty``: upgrading one with data in it is a decision of its own
    (the ``migrate`` command).

    Raises `Misconfigured`, or `DatabaseUnavailable` that says what to mend.
    """
    embedded = start_embedded(settings.dyno_home) if settings.database_url is None else None
    reader = settings.database_reader_url
    try:
        url = embedded.url if embedded else settings.database_url.get_secret_value()  # type: ignore[union-attr]
        app = App(
            database=Database(url, reader_url=reader.get_secret_value() if reader else None),
            clock=settings.clock(),
            settings=settings,
            embedded=embedded,
        )
        if (embedded is not None and not is_current(app.database)) or (migrate_if_empty and is_empty(app.database)):
            migrate_all(app.database)
    except BaseException as error:
        if embedded is not None:
            embedded.stop()
        elif isinstance(error, DatabaseUnavailable) and (plainer := explain_unreachable(url)):
            raise plainer from error
        raise
    return app


def migrate_all(database: Database) -> bool:
    """The newest schema, the agent's checkpoint tables included; True when there was something to do."""
    return migrate(database, prepare=_set_up_checkpoints)


def prepare_first_look(app: App, *, with_lab: bool) -> None:
    """Somebody to sign in as, one per role, where nobody has an account yet; outside production.

    ``with_lab`` fills a database without any plan with the demo lab around today. A plan that is there, for
    example imported before the first start, stays as it is.
    """
    if app.settings.dyno_env == "production" or lacks_accounts(app) is not True:
        return
    make_demo_note(app.settings)  # first: passwords that can't be noted would be known to nobody
    try:
        sign_ins = load_demo(app.database, today=app.clock.today()) if with_lab else load_demo_accounts(app.database)
    except AlreadyTaken:
        sign_ins = load_demo_accounts(app.database)
    note_demo_accounts(app.settings, sign_ins)


def lacks_accounts(app: App) -> bool | None:
    """Whether nobody can sign in yet; None where the schema is too old to tell."""
    return not has_accounts(app.database) if is_current(app.database) else None


def note_demo_accounts(settings: Settings, sign_ins: DemoSignIns) -> None:
    """Keep the random passwords in a file of DYNO_HOME that only this user can read, to be told at each start.

    Accounts that were there before keep their passwords, and what is noted of them.
    """
    fresh = {one.email: f"{one.email} {one.role} {one.password}\n" for one in sign_ins.people if one.password}
    kept = [f"{one.email} {one.role} {one.password}\n" for one in demo_accounts(settings) if one.email not in fresh]
    make_demo_note(settings).write_text("".join([*kept, *fresh.values()]), encoding="utf-8")


def make_demo_note(settings: Settings) -> Path:
    """The file for `note_demo_accounts`, made if it is missing. Raises `Misconfigured` where none can be written."""
    note = _demo_note(settings)
    try:
        settings.dyno_home.mkdir(mode=0o700, parents=True, exist_ok=True)
        note.touch(mode=0o600)
    except OSError as error:
        raise Misconfigured(
            f"The sign-ins of the first accounts are noted in DYNO_HOME, which can't be used: "
            f"{(error.strerror or 'unknown reason').lower()}; make that folder writable for this user, "
            "or choose another one."
        ) from None
    return note


def demo_accounts(settings: Settings) -> tuple[DemoAccount, ...]:
    """The accounts that were made for a first look; none in production, and none where people made their own."""
    note = _demo_note(settings)
    if settings.dyno_env == "production" or not note.exists():
        return ()
    lines = (line.split() for line in note.read_text(encoding="utf-8").splitlines())
    return tuple(DemoAccount(*words) for words in lines if len(words) == 3)


def demo_sign_ins(app: App) -> tuple[DemoAccount, ...]:
    """Those of the `demo_accounts` that one can sign in with: without the ones whose password was changed since."""
    noted = demo_accounts(app.settings)
    try:
        known = with_first_password(app.database) if noted else frozenset[str]()
    except DatabaseUnavailable:
        return noted
    return tuple(one for one in noted if one.email in known)


def _demo_note(settings: Settings) -> Path:
    """One file per database: the passwords of one are wrong for another."""
    if settings.database_url is None:
        return settings.dyno_home / "demo-sign-ins.txt"
    which = hashlib.sha256(settings.database_url.get_secret_value().encode()).hexdigest()[:12]
    return settings.dyno_home / f"demo-sign-ins-{which}.txt"


def store_measurements(database: Database, batch: Sequence[Measurement]) -> None:
    """Into the table `metrics`, in one statement."""
    rows = [
        {
            "correlation_id": one.correlation_id,
            "service_name": one.service_name,
            "method_name": one.method_name,
            "user_id": one.user_id,
            "duration_ms": one.duration_ms,
            "success": one.success,
            "error_message": one.error_message,
            "extra_data": dict(one.extra_data),
            "created_at": one.created_at,
        }
        for one in batch
    ]
    with database.writing() as session:
        session.execute(insert(MetricRow), rows)


def _set_up_checkpoints(database: Database) -> None:
    from dyno_core.agent.checkpoints import set_up  # for weight: imports LangGraph  # noqa: PLC0415

    set_up(database)


_shared: App | None = None
_sharing = threading.Lock()


def share(app: App | None) -> None:
    """Make ``app`` the one that `shared_app` returns: the server does so with its own, tests with theirs."""
    global _shared  # noqa: PLW0603 - one app per process is what this module is for
    with _sharing:
        _shared = app


def shared_app() -> App:
    """The process's app; started on first use when no server has shared one."""
    global _shared  # noqa: PLW0603
    with _sharing:
        if _shared is None:
            _shared = start(get_settings(), migrate_if_empty=True)
            _shared.watch()
        return _shared
