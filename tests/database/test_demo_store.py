from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, text

from dyno_core.accounts.passwords import verify_password
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, AuditRow, DynoRow, ImportedRow, RequestRow, UserRow, VehicleRow
from dyno_core.demo import is_demo_loaded, load_demo, reset_demo
from dyno_core.errors import AlreadyTaken

TODAY = date(2026, 3, 9)

_OVERLAPS = """
    SELECT count(*) FROM allocations a JOIN allocations b ON a.id < b.id
    AND daterange(a.start_date, a.end_date, '[]') && daterange(b.start_date, b.end_date, '[]')
    AND (a.dyno_id = b.dyno_id OR a.vehicle_id = b.vehicle_id)
    WHERE NOT a.disputed AND NOT b.disputed
    AND a.status NOT IN ('cancelled', 'tentative') AND b.status NOT IN ('cancelled', 'tentative')"""

_UNSUPPORTED = """
    SELECT count(*) FROM allocations a JOIN dynos d ON d.id = a.dyno_id JOIN vehicles v ON v.id = a.vehicle_id
    WHERE NOT d.capabilities @> ARRAY[a.test_type || '|' || v.drive_type || '|' || v.weight_class]"""

_OUT_OF_SERVICE = """
    SELECT count(*) FROM allocations a WHERE NOT EXISTS (SELECT FROM service_periods s WHERE s.dyno_id = a.dyno_id
    AND daterange(s.start_date, s.end_date, '[]') @> daterange(a.start_date, a.end_date, '[]'))"""


def test_the_demo_fills_an_empty_database_and_breaks_no_rule(fresh_database: Database) -> None:
    assert not is_demo_loaded(fresh_database)
    sign_ins = load_demo(fresh_database, today=TODAY)
    assert is_demo_loaded(fresh_database)
    with fresh_database.reading() as session:
        counts = [session.scalar(select(func.count()).select_from(row)) for row in (DynoRow, VehicleRow, RequestRow)]
        assert counts == [24, 66, 20]
        assert session.scalar(text(_OVERLAPS)) == 0
        assert session.scalar(text(_UNSUPPORTED)) == 0
        assert session.scalar(text(_OUT_OF_SERVICE)) == 0
        booked = session.scalar(select(func.count()).select_from(AllocationRow)) or 0
        assert booked > 700
        audited = select(func.count(func.distinct(AuditRow.entity_id))).where(
            AuditRow.entity.in_(("allocation", "maintenance"))
        )
        assert session.scalar(audited) == booked
        moments = session.scalars(
            select(AuditRow.at).where(AuditRow.action.in_(("book", "maintain"))).order_by(AuditRow.id)
        )
        assert (told := moments.all()) == sorted(told)
        hashes = dict(session.execute(select(UserRow.email, UserRow.password_hash)).all())
    assert [person.role for person in sign_ins.people] == ["viewer", "engineer", "planner", "manager", "admin"]
    engineer = sign_ins.people[1]
    assert verify_password(engineer.password or "", hashes["engineer@demo.lab"])
    assert len({person.password for person in sign_ins.people}) == 5

    with pytest.raises(AlreadyTaken, match="holds a plan already"):
        load_demo(fresh_database, today=TODAY)

    with fresh_database.writing() as session:
        session.execute(text("UPDATE vehicles SET notes = 'scribbled'"))
        newest = session.scalar(select(func.max(AuditRow.id)))
    again = reset_demo(fresh_database, today=TODAY + timedelta(days=1))
    assert {person.password for person in again.people} == {None}
    with fresh_database.reading() as session:
        assert session.scalar(select(func.count()).where(VehicleRow.notes == "scribbled")) == 0
        assert session.scalar(select(func.count()).select_from(DynoRow)) == 24
        assert session.scalar(select(func.count()).where(AuditRow.action == "reset", AuditRow.id > newest)) == 1
        assert dict(session.execute(select(UserRow.email, UserRow.password_hash)).all()) == hashes


def test_a_real_plan_is_neither_filled_up_nor_thrown_away(fresh_database: Database) -> None:
    with fresh_database.writing() as session:
        session.add(DynoRow(name="PGN 1", facility="PGN"))
    with pytest.raises(AlreadyTaken):
        load_demo(fresh_database, today=TODAY)
    with pytest.raises(AlreadyTaken, match="real plan"):
        reset_demo(fresh_database, today=TODAY)
    with fresh_database.reading() as session:
        assert session.scalars(select(DynoRow.name)).all() == ["PGN 1"]
        assert session.scalar(select(func.count()).select_from(UserRow)) == 0


def test_a_workbook_imported_into_the_demo_is_not_thrown_away_with_it(fresh_database: Database) -> None:
    load_demo(fresh_database, today=TODAY)
    with fresh_database.writing() as session:
        session.add(ImportedRow(row_key="k", row_number=6, content_hash="h", rejection="drive_missing"))

    with pytest.raises(AlreadyTaken, match="real plan"):
        reset_demo(fresh_database, today=TODAY)

    with fresh_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportedRow)) == 1
