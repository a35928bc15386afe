"""What a page on screen learns of changes that others make."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event, text

from dyno_core.accounts.roles import Role
from dyno_core.audit import KINDS, Origin, changes_after, mark_now, names_of_people
from dyno_core.audit.news import PLAN
from dyno_core.booking import allocate_vehicle, cancel_allocation
from dyno_core.database.engine import Database
from tests.builders import OPERATOR_ORIGIN, TODAY, given_dyno, given_vehicle, in_days
from tests.fixtures.app import given_user


@pytest.fixture
def database(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1")
    return fresh_database


def book(database: Database) -> int:
    return allocate_vehicle(
        database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(database), start_date=in_days(1), days=2,
        test_type="brake", today=TODAY, max_backup_days=60,
    ).id  # fmt: skip


def test_only_changes_after_the_mark_are_told_newest_first(database: Database) -> None:
    number = book(database)
    mark = mark_now(database)
    assert changes_after(database, mark) == ()

    cancel_allocation(database, OPERATOR_ORIGIN, number, reason="late", version=1)
    book(database)

    assert [one.action for one in changes_after(database, mark)] == ["book", "cancel"]
    assert changes_after(database, mark_now(database)) == ()


def test_a_change_that_began_before_the_mark_and_ended_after_it_is_told(database: Database) -> None:
    slow = database.engine.connect()
    slow.execute(
        text(
            "INSERT INTO audit_log (actor, channel, action, entity, entity_id) VALUES ('a', 'import', 'add', 'dyno', '1')"
        )
    )
    book(database)
    mark = mark_now(database)
    slow.commit()
    slow.close()

    assert [one.entity for one in changes_after(database, mark)] == ["dyno"]
    assert changes_after(database, mark_now(database)) == ()


def test_what_is_no_part_of_the_plan_is_not_told(database: Database) -> None:
    mark = mark_now(database)
    with database.writing() as session:
        session.execute(
            text(
                "INSERT INTO audit_log (actor, channel, action, entity, entity_id) VALUES ('a', 'admin', 'create', 'user', '1')"
            )
        )

    assert changes_after(database, mark) == ()
    assert set(KINDS) >= PLAN


def test_a_look_is_one_query_by_the_primary_key(database: Database) -> None:
    with database.writing() as session:
        session.execute(
            text("""INSERT INTO audit_log (actor, channel, action, entity, entity_id)
                    SELECT 'a', 'api', 'book', 'allocation', n::text FROM generate_series(1, 20000) n""")
        )
        session.execute(text("ANALYZE audit_log"))
    mark = mark_now(database)
    asked: list[tuple[str, object]] = []
    event.listen(
        database.engine,
        "before_cursor_execute",
        lambda _c, _cu, statement, values, *_: asked.append((statement, values)),
    )

    changes_after(database, mark)

    # the snapshot's mode + the look
    assert len(asked) == 2
    with database.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN {asked[1][0]}", asked[1][1]).scalars().all()
    assert any("Index Scan Backward using pk_audit_log" in line for line in plan)


def test_people_are_known_by_name(database: Database) -> None:
    paula = given_user(database, role=Role.PLANNER)
    mark = mark_now(database)
    allocate_vehicle(
        database, Origin(paula, "calendar"), vehicle_id=given_vehicle(database), start_date=in_days(1), days=2,
        test_type="brake", today=TODAY,
    )  # fmt: skip

    (change,) = changes_after(database, mark)

    assert change.at <= datetime.now(UTC)
    assert names_of_people(database, frozenset({change.actor, "operator"})) == {"planner@example.com": "Planner"}
