"""Small labs for tests: what a test does not name does not matter to it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import count
from threading import Barrier
from time import monotonic

from sqlalchemy import text

from dyno_core.accounts.roles import OPERATOR, Actor, Role
from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation, allocate_vehicle
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError

TODAY = date(2026, 11, 24)
OPERATOR_ORIGIN = Origin(OPERATOR, "api")

WHO_MAY_CHANGE = (
    (Role.VIEWER, False, False),
    (Role.ENGINEER, True, False),
    (Role.MANAGER, True, False),
    (Role.PLANNER, True, True),
    (Role.ADMIN, True, True),
)
"""Role; whether it may change its own tests; whether it may change those of others."""

_numbers = count(1)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


def given_dyno(
    database: Database,
    name: str,
    *,
    tests: Sequence[str] = ("brake",),
    drives: Sequence[str] = ("2WD", "AWD"),
    weights: Sequence[str] = ("<10K", ">10K"),
    excluded: Sequence[str] = (),
    preference: int = 100,
    facility: str = "North",
    service: tuple[date, date | None] | None = (date(2020, 1, 1), None),
) -> int:
    """A dyno in service since 2020; returns its id."""
    with database.writing() as session:
        for test in tests:
            session.execute(
                text("INSERT INTO test_types (name, label) VALUES (:name, :name) ON CONFLICT DO NOTHING"),
                {"name": test},
            )
        dyno_id = session.execute(
            text("""INSERT INTO dynos (name, facility, supported_weight_classes, supported_drives, supported_test_types,
                    excluded_combinations, preference)
                    VALUES (:name, :facility, :weights, :drives, :tests, :excluded, :preference) RETURNING id"""),
            {
                "name": name,
                "facility": facility,
                "weights": list(weights),
                "drives": list(drives),
                "tests": list(tests),
                "excluded": list(excluded),
                "preference": preference,
            },
        ).scalar_one()
        if service is not None:
            session.execute(
                text("INSERT INTO service_periods (dyno_id, start_date, end_date) VALUES (:id, :first, :last)"),
                {"id": dyno_id, "first": service[0], "last": service[1]},
            )
    return int(dyno_id)


def given_vehicle(
    database: Database,
    *,
    tag: str | None = None,
    vin: str | None = None,
    weight_class: str | None = "<10K",
    drive_type: str | None = "AWD",
) -> int:
    with database.writing() as session:
        return int(
            session.execute(
                text("""INSERT INTO vehicles (tag, vin, weight_class, drive_type)
                        VALUES (:tag, :vin, :weight_class, :drive_type) RETURNING id"""),
                {
                    "tag": tag or f"V{next(_numbers):04}",
                    "vin": vin,
                    "weight_class": weight_class,
                    "drive_type": drive_type,
                },
            ).scalar_one()
        )


def given_user(database: Database, role: Role, *, disabled: bool = False) -> Actor:
    email = f"{role.value}{next(_numbers)}@example.com"
    with database.writing() as session:
        user_id = session.execute(
            text("""INSERT INTO users (email, name, password_hash, role, disabled)
                    VALUES (:email, :name, 'not a hash', :role, :disabled) RETURNING id"""),
            {"email": email, "name": role.value.title(), "role": role.value, "disabled": disabled},
        ).scalar_one()
    return Actor(id=user_id, email=email, name=role.value.title(), role=role)


def book(
    database: Database,
    vehicle_id: int,
    *,
    start: date = TODAY,
    days: int = 3,
    test: str = "brake",
    origin: Origin = OPERATOR_ORIGIN,
    dyno: str | None = None,
    backup: int = 0,
    key: str | None = None,
    today: date = TODAY,
) -> Allocation:
    return allocate_vehicle(
        database,
        origin,
        vehicle_id=vehicle_id,
        start_date=start,
        days=days,
        test_type=test,
        today=today,
        dyno=dyno,
        max_backup_days=backup,
        request_key=key,
    )


def overlapping_pairs(database: Database) -> int:
    """How many pairs of allocations hold one dyno, or one vehicle, on the same day. Must always be 0."""
    with database.reading() as session:
        return int(
            session.execute(
                text("""SELECT count(*) FROM allocations a JOIN allocations b ON a.id < b.id
                    AND (a.dyno_id = b.dyno_id OR a.vehicle_id = b.vehicle_id)
                    AND a.start_date <= b.end_date AND b.start_date <= a.end_date
                    WHERE a.status NOT IN ('cancelled', 'tentative') AND NOT a.disputed
                      AND b.status NOT IN ('cancelled', 'tentative') AND NOT b.disputed""")
            ).scalar_one()
        )


def scalar(database: Database, query: str, **values: object) -> object:
    with database.reading() as session:
        return session.execute(text(query), values).scalar_one()


def rows(database: Database, query: str, **values: object) -> list[tuple[object, ...]]:
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(query), values)]


def until_waiting(database: Database, number: int = 1) -> None:
    """Return as soon as this many connections wait for a lock in the database."""
    deadline = monotonic() + 30
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    while int(str(scalar(database, waiting))) < number:
        assert monotonic() < deadline, "nobody waited for half a minute"


def at_once(*changes: Callable[[], object]) -> list[DynoError | None]:
    """Run all of them together; for each the refusal, or None."""
    start = Barrier(len(changes))

    def run(change: Callable[[], object]) -> DynoError | None:
        start.wait(timeout=10)
        try:
            change()
        except DynoError as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(run, changes))
