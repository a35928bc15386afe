"""What an import says it would do, row by row and field by field, and that it does just that."""

from datetime import date, datetime

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from dyno_core.booking import cancel_allocation, list_allocations, reschedule_allocation
from dyno_core.booking.requests import list_requests, place_request
from dyno_core.database.engine import Database
from dyno_core.workbook import Choices, ImportReport, PreviewStale
from tests.builders import overlapping_pairs, scalar
from tests.database.workbook.support import ORIGIN, TODAY, changed_tables, dump, imported
from tests.fixtures.workbooks import RULES, SAMPLE, Row, a_request, a_row, a_workbook, saved


def day(number: int) -> datetime:
    return datetime(2027, 5, number)


def on(tag: str, first: int, last: int, **more: object) -> Row:
    return a_row(tag=tag, estimated=day(first), projected=day(last), **more)


def told(report: ImportReport) -> dict[int, tuple[str, list[str]]]:
    return {row.row: (row.change, [str(change) for change in row.differences]) for row in report.rows}


def moved_in_the_app(database: Database, tag: str, first: int) -> None:
    (found,) = [one for one in list_allocations(database) if one.tag == tag]
    reschedule_allocation(database, ORIGIN, found.id, start_date=date(2027, 5, first), today=TODAY)


def test_every_row_says_what_becomes_of_it_and_the_counts_agree(fresh_database: Database) -> None:
    first = [on("A1", 4, 10), on("B2", 11, 15), on("C3", 4, 10, dyno=2), on("E5", 16, 18), a_request(tag="R1")]
    imported(fresh_database, a_workbook(first))
    second = [
        on("A1", 5, 10, status="RUNNING"),
        on("B2", 11, 15),
        a_request(tag="C3", estimated=day(4), projected=day(10)),
        on("N0", 20, 22),
        on("D4", 4, 5, drive="RWD/AWD"),
        on("R1", 20, 21, dyno=2, program="P-ZZ"),
    ]
    dry = imported(fresh_database, a_workbook(second), dry_run=True)
    assert told(dry)[6] == (
        "updated",
        [
            "First day: Tue 4 May 2027 → Wed 5 May 2027",
            "Status: scheduled → in progress",
            "First day as first planned: Tue 4 May 2027 → Wed 5 May 2027",
        ],
    )
    assert told(dry)[7] == ("unchanged", [])
    assert told(dry)[8][0] == "updated"
    assert told(dry)[8][1][:2] == ["Kind: allocation → request", "Status: scheduled → open"]
    assert (told(dry)[9], told(dry)[10]) == (("created", []), ("rejected", []))
    assert told(dry)[11][0] == "updated"
    assert {"Kind: request → allocation", "Dyno: – → PGN 2", "Vehicle: Program: P-A1 → P-ZZ"} <= set(told(dry)[11][1])
    assert [(row.row, row.change, row.vehicle) for row in dry.absent] == [(9, "gone", "E5")]
    assert dict(dry.changes) == {"updated": 3, "unchanged": 1, "created": 1, "rejected": 1}
    real = imported(fresh_database, a_workbook(second), expected=dry.fingerprint)
    assert real.rows == dry.rows
    assert "row 6, A1: First day: Tue 4 May 2027 → Wed 5 May 2027; Status" in real.summary


def test_a_vehicle_s_fact_is_a_change_of_its_row_alone(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10), on("B2", 11, 15)]))
    vin = "1M8GDM9AXKP042788"
    report = imported(fresh_database, a_workbook([on("A1", 4, 10, vin=vin), on("B2", 11, 15)]))
    assert told(report) == {6: ("updated", [f"Vehicle: VIN: – → {vin}"]), 7: ("unchanged", [])}


def test_a_fact_that_stays_as_in_the_app_is_told(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10)]))
    with fresh_database.writing() as session:
        session.execute(text("UPDATE vehicles SET program = 'P-ZZ'"))
        session.execute(
            text("""INSERT INTO audit_log (actor, channel, action, entity, entity_id)
                SELECT 'someone', 'calendar', 'edit', 'vehicle', id::text FROM vehicles""")
        )
    report = imported(fresh_database, a_workbook([on("A1", 4, 9)]))
    assert told(report)[6][1][-1] == "Vehicle: Program: P-ZZ → P-A1 (stays)"
    assert report.rows[0].stays


def test_what_only_the_app_changed_is_told_and_stays(fresh_database: Database) -> None:
    content = a_workbook([on("A1", 4, 10)])
    imported(fresh_database, content)
    moved_in_the_app(fresh_database, "A1", 20)
    report = imported(fresh_database, content, dry_run=True)
    assert report.changed_nothing
    assert report.rows[0].what[0].startswith("Changed in the app since the last import")
    assert "First day: Thu 20 May 2027 → Tue 4 May 2027 (stays)" in told(report)[6][1]


def test_a_planner_s_change_gives_way_only_where_the_importer_says_so(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10), on("B2", 11, 15)]))
    moved_in_the_app(fresh_database, "A1", 20)
    moved_in_the_app(fresh_database, "B2", 27)
    content = a_workbook([on("A1", 2, 3), on("B2", 12, 16)])
    kept = imported(fresh_database, content, dry_run=True)
    assert [(one.row, one.may_give_way) for one in kept.kept] == [(6, True), (7, True)]
    assert told(kept)[6][1][0] == "First day: Thu 20 May 2027 → Sun 2 May 2027 (stays)"
    report = imported(fresh_database, content, choices=Choices(overwrite=frozenset({6})))
    assert dict(report.changes) == {"updated": 1, "kept": 1}
    days = {one.tag: one.start_date.day for one in list_allocations(fresh_database)}
    assert days == {"A1": 2, "B2": 27}
    assert imported(fresh_database, content).changed_nothing


def test_a_row_that_says_too_little_stays_as_in_the_app_and_says_what_it_lacks(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10)]))
    (kept,) = imported(fresh_database, a_workbook([on("A1", 4, 10, drive="")]), dry_run=True).kept
    assert (kept.lacking, kept.may_give_way) == (True, False)
    assert kept.why == ("the vehicle's drive is missing; write 2WD or AWD; until then it stays as it is in the app")


def test_what_was_settled_in_the_app_never_gives_way(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10), a_request(tag="R1", estimated=day(4), projected=day(9))]))
    (first,) = list_allocations(fresh_database)
    cancel_allocation(fresh_database, ORIGIN, first.id, reason="The vehicle is broken.")
    (request,) = list_requests(fresh_database)
    place_request(fresh_database, ORIGIN, request.id, today=TODAY)
    before = dump(fresh_database)
    content = a_workbook([on("A1", 2, 3), a_request(tag="R1", estimated=day(5), projected=day(9))])
    report = imported(fresh_database, content, choices=Choices(overwrite=frozenset({6, 7})))
    assert [(one.row, one.may_give_way) for one in report.kept] == [(6, False), (7, False)]
    assert changed_tables(before, dump(fresh_database)) == {}


def test_a_preview_that_no_longer_holds_imports_nothing(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([on("A1", 4, 10)]))
    content = a_workbook([on("A1", 5, 10)])
    preview = imported(fresh_database, content, dry_run=True)
    moved_in_the_app(fresh_database, "A1", 20)
    before = dump(fresh_database)
    with pytest.raises(PreviewStale, match="changed since this preview was made, so nothing was imported"):
        imported(fresh_database, content, expected=preview.fingerprint)
    assert changed_tables(before, dump(fresh_database)) == {}


def test_rules_changed_in_the_app_give_way_only_when_the_importer_says_so(fresh_database: Database) -> None:
    rows = [on("A1", 4, 10)]
    imported(fresh_database, a_workbook(rows))
    with fresh_database.writing() as session:
        session.execute(
            text("""INSERT INTO audit_log (actor, channel, action, entity, entity_id)
                VALUES ('someone', 'calendar', 'replace', 'rules', 'all')""")
        )
    content = a_workbook(rows, rules=[("4k certification", "any", "any", "PGN 2, PGN 1, Track"), *RULES[1:]])
    before = dump(fresh_database)
    kept = imported(fresh_database, content)
    (change,) = kept.news.rule_changes
    assert kept.news.rules_stay
    assert (change.before[:2], change.after[:2]) == (("PGN 1", "PGN 2"), ("PGN 2", "PGN 1"))
    assert changed_tables(before, dump(fresh_database)) == {}
    assert imported(fresh_database, content, choices=Choices(take_rules=True)).fleet["rules_replaced"] == 1
    assert imported(fresh_database, content).changed_nothing


@pytest.mark.skipif(not SAMPLE.exists(), reason="the lab's workbook is not part of the repository")
def test_the_lab_s_plan_with_one_row_moved_differs_in_that_row_alone(fresh_database: Database) -> None:
    first = imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    row = next(row for row in first.plan.allocations if row.status == "scheduled" and row.dates.actual is None)
    book = load_workbook(SAMPLE, data_only=True)
    sheet = book[first.plan.sheet]
    (column,) = [cell.column for cell in sheet[5] if str(cell.value).strip() == "NEW EST DATE"]
    sheet.cell(row.row, column, datetime(2025, 1, 2))
    content = saved(book)
    dry = imported(fresh_database, content, name=SAMPLE.name, dry_run=True)
    changed = {one.row: [change.field for change in one.differences] for one in dry.rows if one.differences}
    # Where it stood a dispute may end and where it stands now another may begin; nothing else is a change.
    assert "First day" in changed.pop(row.row)
    assert all(fields == ["Disputed"] for fields in changed.values())
    assert len(changed) + 1 == dict(dry.changes)["updated"]
    assert overlapping_pairs(fresh_database) == 0
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == len(first.plan.allocations) + 1
