"""What changed in the plan since somebody read it. Asked every few seconds by every open page, so it costs one look at
the newest entries by their primary key."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from dyno_core.audit.log import AuditEntry, entry_of
from dyno_core.database.engine import Database
from dyno_core.database.models import AuditRow, UserRow

PLAN: Final = frozenset({"allocation", "request", "maintenance", "dyno", "vehicle", "test_type", "rules", "demo"})
"""The kinds of records that a plan on screen is made of."""
_LATE: Final = 100
"""A change gets its number when it begins: a slow one comes to light below the number of a quick one."""
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class Mark:
    """The changes that a page knows: all up to ``newest`` but those just below it that are not in ``recent``."""

    newest: int
    recent: frozenset[int]


def mark_now(database: Database) -> Mark:
    """Take it before reading the plan: what changes in between is told once more rather than never."""
    with database.reading() as session:
        numbers = session.scalars(select(AuditRow.id).order_by(AuditRow.id.desc()).limit(_LATE)).all()
    return Mark(newest=max(numbers, default=0), recent=frozenset(numbers))


def changes_after(database: Database, mark: Mark) -> tuple[AuditEntry, ...]:
    """Changes of the plan that the mark does not know, newest first; of very many only the newest thousand."""
    since = (
        select(AuditRow)
        .where(AuditRow.id > mark.newest - _LATE, AuditRow.id.not_in(mark.recent), AuditRow.entity.in_(PLAN))
        .order_by(AuditRow.id.desc())
        .limit(_MOST)
    )
    with database.reading() as session:
        return tuple(entry_of(row) for row in session.scalars(since))


def names_of_people(database: Database, emails: frozenset[str]) -> dict[str, str]:
    """E-mail address → name, of those who have an account."""
    query = select(UserRow.email, UserRow.name).where(UserRow.email.in_(emails))
    with database.reading() as session:
        return {row.email: row.name for row in session.execute(query)}
