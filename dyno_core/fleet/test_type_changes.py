"""Adding and editing test types."""

from dataclasses import asdict
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import TestTypeRow
from dyno_core.errors import AlreadyTaken, StaleVersion
from dyno_core.fleet.belongings import enter_plan
from dyno_core.fleet.drafts import TestTypeDraft
from dyno_core.fleet.errors import TestTypeUnknown
from dyno_core.fleet.preview import Told, length_breaks
from dyno_core.fleet.references import folded
from dyno_core.fleet.test_types import as_test_type, load_test_types
from dyno_core.fleet.types import TestType

# The foreign keys follow by themselves; the dynos' lists hold the name as text.
_RENAME_ON_DYNOS: Final = text("""
    UPDATE dynos SET supported_test_types = array_replace(supported_test_types, :old, :new),
           excluded_combinations = ARRAY(SELECT CASE WHEN starts_with(token, :old || '|')
               THEN :new || substr(token, length(:old) + 1) ELSE token END FROM unnest(excluded_combinations) token),
           version = version + 1
    WHERE :old = ANY(supported_test_types)""")


def add_test_type(database: Database, origin: Origin, draft: TestTypeDraft) -> TestType:
    """Raises `InvalidInput`, `AlreadyTaken` when a name, label or synonym is another test type's, `NotAllowed`."""
    checked = draft.checked()

    def change(session: Session) -> TestType:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        _refuse_taken(session, checked, own_name=None)
        row = TestTypeRow(**_values(checked))
        session.add(row)
        session.flush()
        record(session, origin, action="add", entity="test_type", entity_id=row.name, after=_values(checked))
        return as_test_type(row)

    return database.transact(change)


def edit_test_type(
    database: Database, origin: Origin, draft: TestTypeDraft, *, seen: TestType, told: Told | None = None
) -> TestType:
    """Store the draft in place of ``seen``, which the caller showed. A new name is carried everywhere.

    What this breaks is told by `broken_by_length`; ``told`` refuses what breaks more. Raises `InvalidInput`,
    `AlreadyTaken`, `BreaksMore`, `TestTypeUnknown`, `StaleVersion`, `NotAllowed`.
    """
    checked = draft.checked()

    def change(session: Session) -> TestType:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        if checked.name != seen.name:  # whatever is planned of this type gets the new name
            enter_plan(session, alone=True)
        row = lock_test_type(session, seen)
        _refuse_taken(session, checked, own_name=seen.name)
        if told is not None:
            told.check(length_breaks(session, seen, fixed_days=checked.fixed_days, today=told.today))
        before, after = _stored(row), _values(checked)
        for name, value in after.items():
            setattr(row, name, value)
        session.flush()
        if checked.name != seen.name:
            session.execute(_RENAME_ON_DYNOS, {"old": seen.name, "new": checked.name})
        record(session, origin, action="edit", entity="test_type", entity_id=checked.name, before=before, after=after)
        return as_test_type(row)

    return database.transact(change)


def lock_test_type(session: Session, seen: TestType) -> TestTypeRow:
    """The row, locked. Raises `TestTypeUnknown`, and `StaleVersion` if it is not as it was seen."""
    row = session.scalars(select(TestTypeRow).where(TestTypeRow.name == seen.name).with_for_update()).one_or_none()
    if row is None:
        raise TestTypeUnknown(seen.name, known=[kind.name for kind in load_test_types(session)])
    if as_test_type(row) != seen:
        raise StaleVersion(what=f"The test type {seen.name}", expected=0, found=1)
    return row


def _refuse_taken(session: Session, draft: TestTypeDraft, *, own_name: str | None) -> None:
    """A spelling that meant two test types would book the wrong test."""
    wanted = {folded(spelling) for spelling in (draft.name, draft.label, *draft.synonyms)}
    for other in load_test_types(session):
        if other.name == own_name:
            continue
        for spelling in (other.name, other.label, *other.synonyms):
            if folded(spelling) in wanted:
                raise AlreadyTaken(
                    f"“{spelling}” already means the test type {other.name}; choose another name or synonym.",
                    test_type=other.name,
                )


def _values(draft: TestTypeDraft) -> dict[str, Any]:
    return {**asdict(draft), "synonyms": list(draft.synonyms)}


def _stored(row: TestTypeRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "label": row.label,
        "synonyms": list(row.synonyms),
        "miles_per_day": row.miles_per_day,
        "fixed_days": row.fixed_days,
        "colour": row.colour,
    }
