"""How the app itself is doing: for /ready, the admin page and ``status``."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from dyno_core.accounts.roles import Actor, Permission, authorize
from dyno_core.database.engine import Database
from dyno_core.database.migrate import current_revision, newest_revision
from dyno_core.database.models import MetricRow, SessionRow
from dyno_core.errors import DatabaseUnavailable


@dataclass(frozen=True, slots=True)
class Health:
    """``server_version`` and ``size_bytes`` are None while the database does not answer."""

    database: bool
    migrations: bool
    server_version: str | None
    size_bytes: int | None

    @property
    def ready(self) -> bool:
        return self.database and self.migrations


@dataclass(frozen=True, slots=True)
class Timing:
    """The calls of one method of one service, in milliseconds."""

    service: str
    method: str
    calls: int
    failures: int
    median_ms: float
    p95_ms: float


def health_of(database: Database) -> Health:
    """Never raises for a database that is down: that is the answer."""
    try:
        with database.reading() as session:
            current = current_revision(session.connection()) == newest_revision()
            row = session.execute(
                text("SELECT current_setting('server_version'), pg_database_size(current_database())")
            ).one()
    except DatabaseUnavailable:
        return Health(database=False, migrations=False, server_version=None, size_bytes=None)
    return Health(database=True, migrations=current, server_version=row[0], size_bytes=row[1])


def active_users(database: Database, *, now: datetime) -> int:
    """How many people have a session that is neither revoked nor expired."""
    query = select(func.count(SessionRow.user_id.distinct())).where(
        SessionRow.revoked_at.is_(None), SessionRow.expires_at > now
    )
    with database.reading() as session:
        return session.scalars(query).one()


def timings(database: Database, actor: Actor, *, since: datetime) -> tuple[Timing, ...]:
    """What was measured since then, the slowest first. Raises `NotAllowed` for anyone but administrators."""
    query = (
        select(
            MetricRow.service_name,
            MetricRow.method_name,
            func.count(),
            func.count().filter(~MetricRow.success),
            func.percentile_cont(0.5).within_group(MetricRow.duration_ms),
            func.percentile_cont(0.95).within_group(MetricRow.duration_ms).label("p95"),
        )
        .where(MetricRow.created_at >= since)
        .group_by(MetricRow.service_name, MetricRow.method_name)
        .order_by(text("p95 DESC"))
        .limit(100)
    )
    with database.reading() as session:
        authorize(session, actor, Permission.MANAGE_USERS)
        return tuple(
            Timing(service=row[0], method=row[1], calls=row[2], failures=row[3], median_ms=row[4], p95_ms=row[5])
            for row in session.execute(query)
        )
