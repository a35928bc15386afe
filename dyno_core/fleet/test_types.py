"""The kinds of tests and the names people give them."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.database.models import TestTypeRow
from dyno_core.fleet.errors import Retired, TestTypeUnknown
from dyno_core.fleet.references import folded, tidy
from dyno_core.fleet.types import TestType


def list_test_types(database: Database, *, retired: bool = True) -> tuple[TestType, ...]:
    """All of them, or without the ``retired`` ones; by name."""
    with database.reading() as session:
        return tuple(kind for kind in load_test_types(session) if retired or not kind.retired)


def load_test_types(session: Session) -> tuple[TestType, ...]:
    rows = session.scalars(select(TestTypeRow).order_by(TestTypeRow.name))
    return tuple(as_test_type(row) for row in rows)


def get_test_type(database: Database, text: str) -> TestType:
    """The test type of this name, label or synonym. Raises `TestTypeUnknown`."""
    return pick_test_type(list_test_types(database), text)


def resolve_test_type(source: Session | Database, text: str) -> str:
    """The canonical name for a name, label or synonym in any case. Raises `TestTypeUnknown` naming the known ones."""
    known = list_test_types(source) if isinstance(source, Database) else load_test_types(source)
    return pick_test_type(known, text).name


def plannable_test_type(session: Session, text: str) -> str:
    """As `resolve_test_type`, for a test that is to come: nobody retires it before the transaction ends.

    Raises `Retired`, too.
    """
    name = resolve_test_type(session, text)
    held = select(TestTypeRow).where(TestTypeRow.name == name).with_for_update(read=True)
    row = session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if row is None:  # renamed while this waited
        raise TestTypeUnknown(tidy(text), known=[kind.name for kind in load_test_types(session)])
    if row.retired:
        raise Retired(name)
    return name


def pick_test_type(known: Iterable[TestType], text: str) -> TestType:
    """Names win over labels, labels over synonyms, so that a synonym never hides a test type. Pure."""
    known = tuple(known)
    wanted = folded(text)
    for spellings in (
        {folded(kind.name): kind for kind in known},
        {folded(kind.label): kind for kind in known},
        {folded(synonym): kind for kind in known for synonym in kind.synonyms},
    ):
        if wanted and wanted in spellings:
            return spellings[wanted]
    raise TestTypeUnknown(tidy(text), known=[kind.name for kind in known])


def as_test_type(row: TestTypeRow) -> TestType:
    return TestType(
        name=row.name,
        label=row.label,
        synonyms=tuple(row.synonyms),
        miles_per_day=row.miles_per_day,
        fixed_days=row.fixed_days,
        colour=row.colour,
        retired=row.retired,
    )
