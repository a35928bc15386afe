"""Puts the demo lab into a database, and takes it out again."""

import secrets
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.passwords import hash_password
from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import (
    AcceptedConflictRow,
    AllocationDatesRow,
    AllocationRow,
    AppSettingRow,
    AuditRow,
    CapabilityRuleRow,
    DynoRow,
    HolidayRow,
    ImportedRow,
    MaintenanceRow,
    RequestRow,
    ServicePeriodRow,
    TestTypeRow,
    UserRow,
    VehicleRow,
)
from dyno_core.demo.board import service_periods
from dyno_core.demo.lab import DYNOS, PEOPLE, RULES, TESTS
from dyno_core.demo.plan import DemoAllocation, DemoPlan, make_plan
from dyno_core.errors import AlreadyTaken
from dyno_core.fleet.compatibility import envelope_of
from dyno_core.fleet.derivation import preference_order, tokens_by_dyno
from dyno_core.period import LAST_DAY, Period

_MARK: Final = "demo"
"""The setting that says that this database's plan is the demo."""

_ORIGIN: Final = Origin(actor=OPERATOR, channel="admin")

_ONE_LOAD: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('dyno demo', 0))")
"""Two servers that start at once wait for each other here, and the second one finds what the first one stored."""

_PLAN_TABLES: Final = (
    AcceptedConflictRow, ImportedRow, RequestRow, MaintenanceRow, AllocationDatesRow, AllocationRow, CapabilityRuleRow,
    ServicePeriodRow, DynoRow, VehicleRow, TestTypeRow, HolidayRow,
)  # fmt: skip
"""In the order in which they can be emptied. Accounts, conversations and the audit log stay."""


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """``password`` None: the account was there before and kept its password."""

    email: str
    name: str
    role: str
    password: str | None


@dataclass(frozen=True, slots=True)
class DemoSignIns:
    people: tuple[DemoSignIn, ...]


def is_demo_loaded(database: Database) -> bool:
    with database.reading() as session:
        return session.get(AppSettingRow, _MARK) is not None


def load_demo(database: Database, *, today: date) -> DemoSignIns:
    """Fill an empty database with the demo lab as planned around ``today``, and its accounts.

    The passwords are random and only in the answer. Raises `AlreadyTaken` when there is a plan already.
    """
    plan, accounts = make_plan(today), _new_accounts(database)
    with database.writing() as session:
        session.execute(_ONE_LOAD)
        if any(session.scalar(select(func.count()).select_from(table)) for table in (DynoRow, VehicleRow, TestTypeRow)):
            raise AlreadyTaken(
                "This database holds a plan already, so the demo was not loaded; use an empty database for it."
            )
        return _fill(session, plan, accounts, today=today)


def load_demo_accounts(database: Database) -> DemoSignIns:
    """One account per role where nobody has one, else none. The plan stays as it is."""
    accounts = _new_accounts(database)
    with database.writing() as session:
        session.execute(_ONE_LOAD)
        if session.scalar(select(func.count()).select_from(UserRow)):
            return DemoSignIns(())
        return _store_people(session, accounts)


def reset_demo(database: Database, *, today: date) -> DemoSignIns:
    """Throw the demo's plan away, whatever was changed in it, and make it anew around ``today``.

    Accounts and the audit log stay. Raises `AlreadyTaken` for a plan that is not the demo, and for a demo
    that a workbook was imported into.
    """
    plan, accounts = make_plan(today), _new_accounts(database)
    with database.writing() as session:
        is_demo = session.get(AppSettingRow, _MARK) is not None
        # A workbook imported into the demo lab is a real plan too: throwing it away with the demo can't be undone.
        real = session.scalar(select(func.count()).select_from(ImportedRow if is_demo else DynoRow))
        if real:
            raise AlreadyTaken(
                "This database holds a real plan, not just the demo, so nothing was thrown away; "
                "use an empty database for the demo."
            )
        for table in _PLAN_TABLES:
            session.execute(delete(table))
        session.execute(delete(AppSettingRow).where(AppSettingRow.key == _MARK))
        record(session, _ORIGIN, action="reset", entity="demo", entity_id=_MARK)
        return _fill(session, plan, accounts, today=today)


def _new_accounts(database: Database) -> dict[str, tuple[str, str]]:
    """Password and hash by e-mail address, for those who have no account yet. Slow: outside the transaction."""
    with database.reading() as session:
        known = set(session.scalars(select(UserRow.email)))
    passwords = {person.email: secrets.token_urlsafe(12) for person in PEOPLE if person.email not in known}
    return {email: (password, hash_password(password)) for email, password in passwords.items()}


def _fill(session: Session, plan: DemoPlan, accounts: dict[str, tuple[str, str]], *, today: date) -> DemoSignIns:
    sign_ins = _store_people(session, accounts)
    dyno_ids = _store_lab(session, today=today)
    vehicle_ids = _store_vehicles(session, plan)
    _store_allocations(session, plan, dyno_ids=dyno_ids, vehicle_ids=vehicle_ids)
    _store_requests(session, plan, vehicle_ids=vehicle_ids)
    session.add(AppSettingRow(key=_MARK, value={"today": today.isoformat()}, updated_by=OPERATOR.email))
    after = {"today": today, "dynos": len(dyno_ids), "vehicles": len(vehicle_ids), "allocations": len(plan.allocations)}
    record(session, _ORIGIN, action="load", entity="demo", entity_id=_MARK, after=after)
    return sign_ins


def _store_people(session: Session, accounts: dict[str, tuple[str, str]]) -> DemoSignIns:
    for person in PEOPLE:
        if person.email in accounts:
            row = UserRow(
                email=person.email,
                name=person.name,
                role=person.role.value,
                password_hash=accounts[person.email][1],
            )
            session.add(row)
            session.flush()
            after = {"email": person.email, "name": person.name, "role": person.role.value}
            record(session, _ORIGIN, action="create", entity="user", entity_id=row.id, after=after)
    return DemoSignIns(
        tuple(
            DemoSignIn(person.email, person.name, person.role.value, accounts.get(person.email, (None,))[0])
            for person in PEOPLE
        )
    )


def _store_lab(session: Session, *, today: date) -> dict[str, int]:
    """The ids of the dynos by name."""
    session.execute(
        insert(TestTypeRow),
        [
            {
                "name": test.name,
                "label": test.label,
                "synonyms": list(test.synonyms),
                "miles_per_day": test.miles_per_day,
                "fixed_days": test.fixed_days,
                "colour": test.colour,
            }
            for test in TESTS
        ],
    )
    session.execute(
        insert(CapabilityRuleRow),
        [
            {
                "test_type": rule.test_type,
                "drive_type": rule.drive_type,
                "weight_class": rule.weight_class,
                "dynos": list(rule.dynos),
            }
            for rule in RULES
        ],
    )
    ids = _inserted(session, DynoRow, _dyno_values())
    dyno_ids = {dyno.name: number for dyno, number in zip(DYNOS, ids, strict=True)}
    session.execute(
        insert(ServicePeriodRow),
        [
            {
                "dyno_id": dyno_ids[dyno.name],
                "start_date": period.start,
                "end_date": None if period.end == LAST_DAY else period.end,
            }
            for dyno in DYNOS
            for period in service_periods(dyno, today)
        ],
    )
    return dyno_ids


def _dyno_values() -> list[dict[str, Any]]:
    tokens, order = tokens_by_dyno(RULES), preference_order(RULES)
    values = []
    for dyno in DYNOS:
        envelope = envelope_of(tokens[dyno.name])
        values.append(
            {
                "name": dyno.name,
                "facility": dyno.facility,
                "supported_test_types": list(envelope.test_types),
                "supported_drives": list(envelope.drives),
                "supported_weight_classes": list(envelope.weight_classes),
                "excluded_combinations": list(envelope.excluded),
                "preference": 10 * (1 + order.index(dyno.name)),
                "notes": dyno.notes,
            }
        )
    return values


_VEHICLE_FIELDS: Final = (
    "vin", "tag", "build_id", "program", "model_year", "cert_team", "contact", "build_type", "powertrain", "weight_lbs",
    "weight_class", "drive_type", "test_drive", "notes",
)  # fmt: skip


def _store_vehicles(session: Session, plan: DemoPlan) -> dict[int, int]:
    """The ids of the vehicles by their number in the plan."""
    values = [{name: getattr(vehicle, name) for name in _VEHICLE_FIELDS} for vehicle in plan.vehicles]
    ids = _inserted(session, VehicleRow, values)
    return {vehicle.number: number for vehicle, number in zip(plan.vehicles, ids, strict=True)}


def _store_allocations(
    session: Session, plan: DemoPlan, *, dyno_ids: dict[str, int], vehicle_ids: dict[int, int]
) -> None:
    values = [
        _allocation_values(
            allocation,
            dyno_id=dyno_ids[allocation.dyno],
            vehicle_id=None if allocation.vehicle is None else vehicle_ids[allocation.vehicle],
        )
        for allocation in plan.allocations
    ]
    ids = _inserted(session, AllocationRow, values)
    stored = list(zip(plan.allocations, ids, strict=True))
    session.execute(
        insert(MaintenanceRow),
        [
            {"allocation_id": number, "category": allocation.category, "reason": allocation.notes}
            for allocation, number in stored
            if allocation.category
        ],
    )
    replanned = [
        _dates_values(allocation, allocation.planned, number)
        for allocation, number in stored
        if allocation.planned and allocation.planned != allocation.period
    ]
    session.execute(insert(AllocationDatesRow), replanned)
    _audit_bookings(
        session, [(allocation, number, row) for (allocation, number), row in zip(stored, values, strict=True)]
    )


def _allocation_values(allocation: DemoAllocation, *, dyno_id: int, vehicle_id: int | None) -> dict[str, Any]:
    planned = allocation.planned or allocation.period
    begun = allocation.status in ("in_progress", "completed")
    return {
        "kind": allocation.kind,
        "vehicle_id": vehicle_id,
        "dyno_id": dyno_id,
        "test_type": allocation.test_type,
        "leg": allocation.leg,
        "start_date": allocation.period.start,
        "end_date": allocation.period.end,
        "status": allocation.status,
        "disputed": allocation.disputed,
        "planned_start_date": planned.start,
        "planned_end_date": planned.end,
        "actual_start_date": allocation.period.start if begun else None,
        "actual_end_date": allocation.period.end if allocation.status == "completed" else None,
        "miles": allocation.miles,
        "notes": allocation.notes,
        "created_by": allocation.created_by,
        "created_at": allocation.created_at,
        "updated_at": allocation.created_at,
        "source": allocation.source,
    }


def _dates_values(allocation: DemoAllocation, planned: Period, allocation_id: int) -> dict[str, Any]:
    return {
        "allocation_id": allocation_id,
        "old_start_date": planned.start,
        "old_end_date": planned.end,
        "new_start_date": allocation.period.start,
        "new_end_date": allocation.period.end,
        "changed_by": "planner@demo.lab",
        "changed_at": allocation.created_at,
        "reason": "The vehicle came late.",
    }


def _audit_bookings(session: Session, stored: list[tuple[DemoAllocation, int, dict[str, Any]]]) -> None:
    """What was booked first stands first, as in a record that grew: it is listed by number, newest first."""
    users = dict(session.execute(select(UserRow.email, UserRow.id)).all())
    fields = ("dyno_id", "vehicle_id", "test_type", "start_date", "end_date", "status")
    session.execute(
        insert(AuditRow),
        [
            {
                "at": allocation.created_at,
                "actor_id": users.get(allocation.created_by),
                "actor": allocation.created_by,
                "channel": allocation.source,
                "action": "book" if allocation.kind == "test" else "maintain",
                "entity": "allocation" if allocation.kind == "test" else "maintenance",
                "entity_id": str(number),
                "after": {name: row[name].isoformat() if isinstance(row[name], date) else row[name] for name in fields},
            }
            for allocation, number, row in sorted(stored, key=lambda one: one[0].created_at)
        ],
    )


def _store_requests(session: Session, plan: DemoPlan, *, vehicle_ids: dict[int, int]) -> None:
    session.execute(
        insert(RequestRow),
        [
            {
                "vehicle_id": vehicle_ids[request.vehicle],
                "test_type": request.test_type,
                "start_date": request.period.start,
                "end_date": request.period.end,
                "latest_end_date": request.latest_end,
                "duration_days": request.period.days,
                "miles": request.miles,
                "priority": request.priority,
                "reason": request.reason,
                "status": request.status,
                "created_by": "planner@demo.lab",
                "created_at": request.created_at,
                "updated_at": request.created_at,
                "source": "planner",
            }
            for request in plan.requests
        ],
    )


def _inserted(session: Session, table: Any, values: list[dict[str, Any]]) -> list[int]:
    """The new ids, in the order of ``values``."""
    return list(session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), values))
