"""Adding, editing and retiring dynos."""

from dataclasses import replace
from datetime import date
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow, ServicePeriodRow
from dyno_core.errors import AlreadyTaken
from dyno_core.fleet.drafts import DynoDraft, checked_reason
from dyno_core.fleet.dynos import load_dyno, lock_dyno
from dyno_core.fleet.preview import Told, capabilities_break, service_breaks
from dyno_core.fleet.service import ServicePeriod, check_days, load_periods, store_periods, with_service
from dyno_core.fleet.test_types import load_test_types, pick_test_type
from dyno_core.fleet.types import Dyno

_LISTS: Final = (
    "supported_weight_classes", "supported_drives", "supported_test_types", "excluded_combinations",
)  # fmt: skip
# Every rule's version is the table's, see `rules.table_version`.
_RENAME_IN_RULES: Final = text("""
    UPDATE capability_rules SET dynos = array_replace(dynos, :old, :new),
           version = (SELECT max(version) + 1 FROM capability_rules)
    WHERE :old = ANY(dynos)""")


def add_dyno(database: Database, origin: Origin, draft: DynoDraft, *, in_service_from: date) -> Dyno:
    """Raises `InvalidInput`, `AlreadyTaken` for the name, `TestTypeUnknown`, `NotAllowed`."""

    def change(session: Session) -> Dyno:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        checked = _checked(session, draft)
        _refuse_taken_name(session, checked.name, own_id=None)
        row = DynoRow(**_values(checked))
        session.add(row)
        session.flush()
        session.add(ServicePeriodRow(dyno_id=row.id, start_date=in_service_from, end_date=None))
        session.flush()
        after = {**_values(checked), "in_service_from": in_service_from}
        record(session, origin, action="add", entity="dyno", entity_id=row.id, after=after)
        return load_dyno(session, row.id, today=in_service_from)

    return database.transact(change)


def edit_dyno(
    database: Database,
    origin: Origin,
    dyno_id: int,
    draft: DynoDraft,
    *,
    version: int,
    today: date,
    reason: str = "",
    told: Told | None = None,
) -> Dyno:
    """Store the draft in place of what is known of the dyno. A new name is carried into the rules.

    What this breaks is told by `broken_by_capabilities`: the allocations show as conflicts. ``told`` refuses what
    breaks more. Raises `InvalidInput`, `AlreadyTaken` for the name, `BreaksMore`, `DynoNotFound`, `StaleVersion`,
    `TestTypeUnknown`, `NotAllowed`.
    """

    def change(session: Session) -> Dyno:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = lock_dyno(session, dyno_id, version=version)
        checked = _checked(session, draft)
        before, after = _stored(row), _values(checked)
        if before == after:
            return load_dyno(session, dyno_id, today=today)
        if told is not None:
            told.check(capabilities_break(session, {dyno_id: checked.capabilities}, today=told.today))
        if row.name != checked.name:
            _refuse_taken_name(session, checked.name, own_id=dyno_id)
            session.execute(_RENAME_IN_RULES, {"old": row.name, "new": checked.name})
        for name, value in after.items():
            setattr(row, name, value)
        row.version += 1
        session.flush()
        record(
            session,
            origin,
            action="edit",
            entity="dyno",
            entity_id=dyno_id,
            before=before,
            after=after,
            reason=checked_reason(reason),
        )
        return load_dyno(session, dyno_id, today=today)

    return database.transact(change)


def set_service(
    database: Database,
    origin: Origin,
    dyno_id: int,
    *,
    in_service: bool,
    from_day: date,
    to_day: date | None,
    version: int | None = None,
    reason: str = "",
    told: Told | None = None,
) -> tuple[ServicePeriod, ...]:
    """Take the dyno in or out of service from one day to another, both included; ``to_day`` None = from then on.

    Days outside stay as they are. What this breaks is told by `broken_by_service`: the allocations show as conflicts.
    ``told`` refuses what breaks more. Raises `InvalidInput`, `BreaksMore`, `DynoNotFound`, `StaleVersion`,
    `NotAllowed`.
    """
    check_days(from_day, to_day)

    def change(session: Session) -> tuple[ServicePeriod, ...]:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = lock_dyno(session, dyno_id, version=version)
        before = load_periods(session, dyno_id)
        after = with_service(
            before, in_service=in_service, from_day=from_day, to_day=to_day, reason=checked_reason(reason)
        )
        if after == before:
            return before
        action = "put_in_service" if in_service else "take_out_of_service"
        _store_service(session, origin, row, before, after, action=action, reason=reason, told=told)
        return after

    return database.transact(change)


def retire_dyno(
    database: Database,
    origin: Origin,
    dyno_id: int,
    *,
    from_day: date,
    version: int,
    reason: str = "",
    told: Told | None = None,
) -> Dyno:
    """Out of service from ``from_day`` on, for good. Its past stays, and `set_service` can bring it back.

    What this breaks is told by `broken_by_service`; ``told`` refuses what breaks more. Raises `BreaksMore`,
    `DynoNotFound`, `StaleVersion`, `NotAllowed`.
    """

    def change(session: Session) -> Dyno:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = lock_dyno(session, dyno_id, version=version)
        before = load_periods(session, dyno_id)
        after = with_service(before, in_service=False, from_day=from_day, to_day=None)
        _store_service(session, origin, row, before, after, action="retire", reason=reason, told=told)
        return load_dyno(session, dyno_id, today=from_day)

    return database.transact(change)


def _store_service(
    session: Session,
    origin: Origin,
    row: DynoRow,
    before: tuple[ServicePeriod, ...],
    after: tuple[ServicePeriod, ...],
    *,
    action: str,
    reason: str,
    told: Told | None,
) -> None:
    if told is not None:
        told.check(service_breaks(session, row.id, before=before, after=after, today=told.today))
    store_periods(session, row.id, after)
    row.version += 1
    session.flush()
    record(
        session,
        origin,
        action=action,
        entity="dyno",
        entity_id=row.id,
        before={"service": [str(period) for period in before]},
        after={"service": [str(period) for period in after]},
        reason=checked_reason(reason),
    )


def _checked(session: Session, draft: DynoDraft) -> DynoDraft:
    known = load_test_types(session)
    names = tuple(pick_test_type(known, name).name for name in draft.supported_test_types)
    return replace(draft, supported_test_types=names).checked()


def _refuse_taken_name(session: Session, name: str, *, own_id: int | None) -> None:
    """Two dynos whose names differ in capitals only could not be told apart in a chat."""
    for other_id, other in session.execute(select(DynoRow.id, DynoRow.name)):
        if other_id != own_id and other.casefold() == name.casefold():
            raise AlreadyTaken(f"There is a dyno “{other}” already; choose another name.", name=other)


def _values(draft: DynoDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "facility": draft.facility,
        **{name: list(getattr(draft, name)) for name in _LISTS},
        "preference": draft.preference,
        "notes": draft.notes,
    }


def _stored(row: DynoRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "facility": row.facility,
        **{name: list(getattr(row, name)) for name in _LISTS},
        "preference": row.preference,
        "notes": row.notes,
    }
