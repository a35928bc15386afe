"""Reading dynos, with their service told for one day."""

from datetime import date
from typing import Any

from sqlalchemy import Row, Select, false, func, or_, select, true
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow, ServicePeriodRow
from dyno_core.errors import StaleVersion
from dyno_core.fleet.errors import DynoNotFound
from dyno_core.fleet.references import folded, near_misses, number_in, tidy
from dyno_core.fleet.types import Dyno


def list_dynos(database: Database, *, today: date) -> tuple[Dyno, ...]:
    """All dynos, retired ones too, in order of preference, then name."""
    with database.reading() as session:
        return load_dynos(session, today=today)


def get_dyno(database: Database, reference: str | int, *, today: date) -> Dyno:
    """The dyno of this name (in any case and spacing) or id. Raises `DynoNotFound` with near misses."""
    with database.reading() as session:
        return load_dyno(session, reference, today=today)


def load_dynos(session: Session, *, today: date) -> tuple[Dyno, ...]:
    rows = session.execute(_dynos_on(today).order_by(DynoRow.preference, DynoRow.name))
    return tuple(_as_dyno(row) for row in rows)


def load_dyno(session: Session, reference: str | int, *, today: date) -> Dyno:
    wanted = tidy(str(reference))
    # A name wins over an id: a dyno may be called “7”.
    for condition in _conditions(reference, wanted):
        row = session.execute(_dynos_on(today).where(condition)).first()
        if row is not None:
            return _as_dyno(row)
    names = session.scalars(select(DynoRow.name).order_by(DynoRow.preference, DynoRow.name)).all()
    alike = [name for name in names if folded(name) == folded(wanted)]
    if len(alike) == 1 and folded(wanted):
        return _as_dyno(session.execute(_dynos_on(today).where(DynoRow.name == alike[0])).one())
    raise DynoNotFound(wanted, near=near_misses(wanted, names))


def _conditions(reference: str | int, wanted: str) -> list[Any]:
    if isinstance(reference, int):
        return [DynoRow.id == reference if 0 < reference < 2**31 else false()]
    number = number_in(wanted)
    by_name = func.lower(DynoRow.name) == wanted.lower()
    return [by_name] if number is None else [by_name, DynoRow.id == number]


def _dynos_on(today: date) -> Select[Any]:
    """Each dyno with the service period that holds ``today``, else its next one."""
    period = (
        select(ServicePeriodRow.start_date, ServicePeriodRow.end_date)
        .where(
            ServicePeriodRow.dyno_id == DynoRow.id,
            or_(ServicePeriodRow.end_date.is_(None), ServicePeriodRow.end_date >= today),
        )
        .order_by(ServicePeriodRow.start_date)
        .limit(1)
        .lateral()
    )
    in_service = func.coalesce(period.c.start_date <= today, False)
    return select(
        DynoRow, in_service.label("enabled"), period.c.start_date.label("since"), period.c.end_date.label("until")
    ).outerjoin(period, true())


def _as_dyno(row: Row[Any]) -> Dyno:
    dyno: DynoRow = row.DynoRow
    return Dyno(
        id=dyno.id,
        name=dyno.name,
        facility=dyno.facility,
        supported_weight_classes=tuple(dyno.supported_weight_classes),
        supported_drives=tuple(dyno.supported_drives),
        supported_test_types=tuple(dyno.supported_test_types),
        excluded_combinations=tuple(dyno.excluded_combinations),
        preference=dyno.preference,
        notes=dyno.notes,
        version=dyno.version,
        enabled=row.enabled,
        available_from=row.since,
        available_to=row.until,
    )


def lock_dyno(session: Session, dyno_id: int, *, version: int | None) -> DynoRow:
    """The row, locked against other changes and against bookings of it until the transaction ends.

    ``version``: what the caller saw, None = whatever it is. Raises `DynoNotFound`, `StaleVersion`.
    """
    row = session.scalars(select(DynoRow).where(DynoRow.id == dyno_id).with_for_update()).one_or_none()
    if row is None:
        raise DynoNotFound(dyno_id)
    if version is not None and row.version != version:
        raise StaleVersion(what=row.name, expected=version, found=row.version)
    return row
