"""The lab's real plan, imported: the figures that were counted by hand, and nothing the second time."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import text

from dyno_core.booking import detect_conflicts
from dyno_core.database.engine import Database
from dyno_core.demo import load_demo
from tests.builders import overlapping_pairs, scalar
from tests.database.workbook.support import TODAY, changed_tables, dump, imported
from tests.fixtures.workbooks import SAMPLE

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the lab's workbook is not part of the repository")

COUNTS = {"dynos": 42, "vehicles": 231, "allocations": 134, "requests": 137, "maintenance_windows": 1}


def test_the_whole_plan_arrives(fresh_database: Database) -> None:
    report = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name).as_json()
    assert {name: report[name] for name in COUNTS} == COUNTS
    assert (len(report["rejected"]), len(report["double_bookings"]), len(report["vehicle_overlaps"])) == (9, 12, 5)
    assert report["changes"]["created"] == 271
    stored = {
        "dynos": "SELECT count(*) FROM dynos",
        "vehicles": "SELECT count(*) FROM vehicles",
        "allocations": "SELECT count(*) FROM allocations WHERE kind = 'test' AND source = 'import'",
        "requests": "SELECT count(*) FROM requests WHERE status = 'open'",
        "maintenance_windows": "SELECT count(*) FROM maintenance",
    }
    assert {name: scalar(fresh_database, query) for name, query in stored.items()} == COUNTS
    assert scalar(fresh_database, "SELECT count(*) FROM imported_rows WHERE rejection IS NOT NULL") == 9


def test_nothing_undisputed_overlaps_and_every_double_booking_is_a_conflict(fresh_database: Database) -> None:
    report = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    assert overlapping_pairs(fresh_database) == 0
    assert report.disputed == (27, 30, 33, 68, 71, 72, 73, 74, 75, 78, 79, 80, 81)
    conflicts = detect_conflicts(fresh_database)
    on_dynos = Counter(conflict.dyno for conflict in conflicts if conflict.kind == "dyno")
    assert on_dynos == {"PGN 1": 7, "PGN 2": 3, "PGN 3": 1, "PGN 4": 1}
    days = {(one.dyno, one.period.start, one.period.end) for one in conflicts if one.kind == "dyno"}
    assert days == {(pair.dyno, pair.first_day, pair.last_day) for pair in report.double_bookings}
    # Of the five overlaps of one vehicle, one has a request in it and one stands on rejected rows.
    assert sorted(one.period.start for one in conflicts if one.kind == "vehicle") == [date(2025, 7, 20)] * 3
    assert {conflict.kind for conflict in conflicts} == {"dyno", "vehicle"}


def test_the_tests_get_the_names_that_people_use(fresh_database: Database) -> None:
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    with fresh_database.reading() as session:
        kinds = {row.name: row for row in session.execute(text("SELECT * FROM test_types"))}
    assert set(kinds) == {"150K mileage", "4K certification", "durability", "evap"}
    assert kinds["durability"].fixed_days == 21
    assert "not cert-durability" in kinds["durability"].synonyms


def test_every_change_stands_in_the_audit_log(fresh_database: Database) -> None:
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    for entity, count in {"allocation": 134, "request": 137, "vehicle": 231, "dyno": 42, "maintenance": 1}.items():
        query = "SELECT count(DISTINCT entity_id) FROM audit_log WHERE entity = :entity AND channel = 'import'"
        assert scalar(fresh_database, query, entity=entity) == count


def test_the_second_import_of_the_same_file_changes_nothing(fresh_database: Database) -> None:
    first = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    before = dump(fresh_database)
    second = imported(fresh_database, SAMPLE.read_bytes(), name="the plan again.xlsx")
    assert changed_tables(before, dump(fresh_database)) == {}
    assert second.changed_nothing
    said, again = first.as_json(), second.as_json()
    assert {name: again[name] for name in said if name != "changes"} == {
        name: said[name] for name in said if name != "changes"
    }
    assert again["changes"]["unchanged"] == 280


def test_a_dry_run_says_what_an_import_would_do_and_leaves_nothing(fresh_database: Database) -> None:
    before = dump(fresh_database)
    dry = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name, dry_run=True)
    assert changed_tables(before, dump(fresh_database)) == {}
    real = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    assert dry.as_json() == {**real.as_json(), "dry_run": True}
    assert dry.rows == real.rows


def test_the_plan_can_be_imported_beside_the_demo_lab(fresh_database: Database) -> None:
    load_demo(fresh_database, today=TODAY)
    capabilities = "SELECT string_agg(name || capabilities::text, ' ' ORDER BY name) FROM dynos WHERE name ~ '^[NRHM]'"
    demo = scalar(fresh_database, capabilities)
    report = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name).as_json()
    assert {name: report[name] for name in COUNTS} == COUNTS
    assert len(report["double_bookings"]) == 12
    assert scalar(fresh_database, capabilities) == demo
    assert scalar(fresh_database, "SELECT count(*) FROM dynos") == 24 + 42
    assert overlapping_pairs(fresh_database) == 0
    before = dump(fresh_database)
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    assert changed_tables(before, dump(fresh_database)) == {}


def test_the_summary_tells_a_person_what_to_look_at(fresh_database: Database) -> None:
    said = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name).summary
    assert "134 allocations, 137 requests without a dyno and 9 rejected" in said
    assert "PGN 1, rows 7 and 68: Sat 21 Jun 2025 to Wed 16 Jul 2025" in said
    assert "rows 256, 257: The vehicle's drive is missing" in said


def test_progress_rises_to_the_end(fresh_database: Database) -> None:
    told: list[float] = []
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name, progress=lambda done, what: told.append(done))
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0.0, 1.0)
