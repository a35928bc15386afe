"""A plan is imported while people book, move and maintain: whatever comes first, nobody is booked twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.booking import allocate_vehicle, list_allocations, reschedule_allocation
from dyno_core.database.copying import copy_rows
from dyno_core.database.engine import Database
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN, TODAY, given_vehicle, in_days, overlapping_pairs, scalar, until_waiting
from tests.concurrency.storm import Outcome, storm
from tests.database.workbook.support import imported
from tests.fixtures.workbooks import a_row, a_workbook

_CALM = (
    "already_in_maintenance", "busy", "dyno_busy", "maintenance_hits_allocations", "no_dyno_available", "stale",
    "unchanged", "vehicle_busy",
)  # fmt: skip
"""What people may be told in a storm."""


def _row(number: int, start: int, *, tag: str = "T") -> Any:
    first = datetime.combine(in_days(start), datetime.min.time())
    return a_row(tag=f"{tag}{number:02}", dyno=number % 2 + 1, estimated=first, projected=first + timedelta(days=3))


PLAN = a_workbook([_row(number, 2 * number) for number in range(30)])
MOVED = a_workbook([_row(number, 2 * number + 3) for number in range(30)])
OTHERS = a_workbook([_row(number, 2 * number + 1, tag="U") for number in range(30)])


def _job(database: Database, argument: tuple[str, int]) -> Any:
    what, number = argument
    if what == "import":
        content = (MOVED, OTHERS, PLAN)[number % 3]
        return imported(database, content).changes
    if what == "maintain":
        period = Period(in_days(number), in_days(number + 2))
        plan_maintenance(
            database, OPERATOR_ORIGIN, dyno="PGN 1", period=period, category="breakdown", today=TODAY
        )  # fmt: skip
        return None
    mine = next(one for one in list_allocations(database) if one.tag == f"T{number % 30:02}")
    if what == "move":
        reschedule_allocation(database, OPERATOR_ORIGIN, mine.id, start_date=in_days(number), today=TODAY)
        return None
    return allocate_vehicle(
        database, OPERATOR_ORIGIN, vehicle_id=mine.vehicle_id or 0, start_date=in_days(100 + number % 7), days=3,
        test_type="4K certification", today=TODAY, max_backup_days=20,
    ).id  # fmt: skip


def _refusals(outcomes: list[Outcome]) -> list[str]:
    return [one.crash or one.sentence or "" for one in outcomes if one.crash or (one.code and one.code not in _CALM)]


def test_imports_amid_bookings_moves_and_maintenance_leave_nothing_double_booked(fresh_database: Database) -> None:
    imported(fresh_database, PLAN)
    jobs = [("import", 0), ("import", 1), ("import", 2)]
    jobs += [(what, number) for number in range(12) for what in ("book", "move", "book")]
    jobs += [("maintain", 10), ("maintain", 20)]
    outcomes = storm(fresh_database, _job, jobs, processes=10)
    assert _refusals(outcomes) == []
    assert [one.code for one in outcomes if one.argument[0] == "import"] == [None, None, None]
    assert overlapping_pairs(fresh_database) == 0
    booked = [one.value for one in outcomes if one.argument[0] == "book" and one.value]
    found = {one.id for one in list_allocations(fresh_database)}
    assert len(booked) > 0
    assert set(booked) <= found


def test_one_file_imported_by_many_at_once_is_imported_once(fresh_database: Database) -> None:
    outcomes = storm(fresh_database, _job, [("import", 1)] * 6, processes=6)
    assert _refusals(outcomes) == []
    # On a busy machine the last in the queue may be told that the plan is busy; nobody else may have written anything.
    changes = [one.value for one in outcomes if one.code is None]
    assert changes.count({"created": 30}) == 1
    assert changes.count({"unchanged": 30}) == len(changes) - 1
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == 30
    assert overlapping_pairs(fresh_database) == 0


def test_rows_that_were_copied_into_a_deadlock_are_copied_again(fresh_database: Database) -> None:
    lab = fresh_database
    take_it, vehicle = text("SELECT FROM vehicles WHERE id = :id FOR UPDATE"), {"id": given_vehicle(lab)}
    taken, awaited = Event(), Event()
    attempts = []

    def copy(session: Session) -> None:
        session.execute(text("SET LOCAL deadlock_timeout = '10ms'"))  # whose time is up first is the victim
        session.execute(take_it, vehicle)
        taken.set()
        assert awaited.wait(30)
        attempts.append("copy")
        copy_rows(session, "test_types", [{"name": "copied", "label": "Copied"}])

    def cross() -> None:
        with Session(lab.engine) as session:
            session.execute(text("SET LOCAL deadlock_timeout = '1min'"))
            session.execute(text("INSERT INTO test_types (name, label) VALUES ('copied', 'Never stored')"))
            session.execute(take_it, vehicle)
            session.rollback()

    with ThreadPoolExecutor(2) as pool:
        copying = pool.submit(lab.transact, copy)
        assert taken.wait(30)
        crossing = pool.submit(cross)
        until_waiting(lab)
        awaited.set()
        crossing.result(timeout=30)
        copying.result(timeout=30)

    assert attempts == ["copy", "copy"]
    assert scalar(lab, "SELECT label FROM test_types WHERE name = 'copied'") == "Copied"
