"""The exported plan read back: into the same database, edited, and into an empty one."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from dyno_core.booking import allocate_vehicle, list_allocations, note_allocation, reschedule_allocation
from dyno_core.booking.requests import create_request
from dyno_core.database.engine import Database
from dyno_core.demo import load_demo
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from dyno_core.workbook import export_plan
from tests.builders import overlapping_pairs, scalar
from tests.database.workbook.support import ORIGIN, TODAY, changed_tables, dump, edited, imported, the_plan
from tests.fixtures.database import _execute, _with_name
from tests.fixtures.workbooks import SAMPLE, a_request, a_row, a_workbook


@pytest.fixture
def other_database(server_url: str, template_database: str) -> Any:
    """A second database, to which the plan of the first is carried."""
    _execute(server_url, f"CREATE DATABASE other_{template_database} TEMPLATE {template_database}")
    database = Database(_with_name(server_url, f"other_{template_database}"))
    yield database
    database.dispose()
    _execute(server_url, f"DROP DATABASE other_{template_database} WITH (FORCE)")


needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason="the lab's workbook is not part of the repository")


@needs_sample
def test_the_lab_s_plan_exported_and_imported_again_changes_nothing(fresh_database: Database) -> None:
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    before = dump(fresh_database)
    report = imported(fresh_database, export_plan(fresh_database))
    assert changed_tables(before, dump(fresh_database)) == {}
    assert report.changed_nothing
    assert (len(report.plan.allocations), len(report.plan.requests), report.kept, report.gone) == (134, 137, (), ())


@needs_sample
def test_the_lab_s_plan_exported_into_an_empty_database_is_the_same_plan(
    fresh_database: Database, other_database: Database
) -> None:
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    report = imported(other_database, export_plan(fresh_database))
    assert the_plan(other_database) == the_plan(fresh_database)
    assert len(report.double_bookings) == 12
    assert imported(other_database, export_plan(fresh_database)).changed_nothing


def test_the_demo_lab_exported_and_imported_again_changes_nothing(fresh_database: Database) -> None:
    load_demo(fresh_database, today=TODAY)
    before = dump(fresh_database)
    report = imported(fresh_database, export_plan(fresh_database))
    assert changed_tables(before, dump(fresh_database)) == {}
    assert [row.row for row in report.plan.rejected if row.outcome.reason == "dyno_unknown"] == []


def test_the_demo_lab_moves_to_an_empty_database(fresh_database: Database, other_database: Database) -> None:
    load_demo(fresh_database, today=TODAY)
    imported(other_database, export_plan(fresh_database))
    here, there = the_plan(fresh_database), the_plan(other_database)
    assert there["rules"] == here["rules"]
    assert there["dynos"] == here["dynos"]
    assert there["windows"] == here["windows"]
    where = [[row[:8] for row in plan["allocations"]] for plan in (here, there)]
    assert where[0] == where[1]
    assert overlapping_pairs(other_database) == 0


def test_an_edited_export_changes_what_was_edited(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([a_row(tag="A1"), a_row(tag="B2", dyno=2)]))
    booked = allocate_vehicle(
        fresh_database, ORIGIN, vehicle_id=1, start_date=date(2027, 3, 1), days=4, test_type="4K certification",
        today=TODAY,
    )  # fmt: skip

    def later(sheet: Any) -> None:
        headings = {cell.value: cell.column for cell in sheet[1]}
        for row in range(2, sheet.max_row + 1):
            if sheet.cell(row, headings["Estimated Start"]).value == datetime(2027, 3, 1):
                sheet.cell(row, headings["Projected End Date"]).value = datetime(2027, 3, 9)

    content = edited(export_plan(fresh_database), later)
    note_allocation(fresh_database, ORIGIN, booked.id, notes="", follow_up=True, version=booked.version)
    report = imported(fresh_database, content)
    assert report.changes == {"updated": 1, "unchanged": 2}
    (now,) = [one for one in list_allocations(fresh_database) if one.id == booked.id]
    assert (now.start_date, now.end_date, now.follow_up) == (date(2027, 3, 1), date(2027, 3, 9), True)


def test_an_export_older_than_a_change_in_the_app_does_not_undo_it(fresh_database: Database) -> None:
    imported(
        fresh_database, a_workbook([a_row(tag="A1", estimated=datetime(2027, 5, 4), projected=datetime(2027, 5, 9))])
    )
    old = export_plan(fresh_database)
    (one,) = list_allocations(fresh_database)
    moved = reschedule_allocation(fresh_database, ORIGIN, one.id, start_date=date(2027, 6, 1), today=TODAY)
    note_allocation(fresh_database, ORIGIN, one.id, notes="", follow_up=True, version=moved.version)
    before = dump(fresh_database)
    report = imported(fresh_database, old)
    assert [kept.id for kept in report.kept] == [one.id]
    assert changed_tables(before, dump(fresh_database)) == {}


def test_what_was_moved_in_the_app_reads_back_as_it_is(fresh_database: Database) -> None:
    imported(
        fresh_database, a_workbook([a_row(tag="A1", estimated=datetime(2027, 5, 4), projected=datetime(2027, 5, 9))])
    )
    (one,) = list_allocations(fresh_database)
    reschedule_allocation(fresh_database, ORIGIN, one.id, start_date=date(2027, 6, 1), today=TODAY)
    before = dump(fresh_database)
    assert imported(fresh_database, export_plan(fresh_database)).changed_nothing
    assert changed_tables(before, dump(fresh_database)) == {}


def test_a_row_copied_in_excel_is_a_new_one(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([a_row(tag="A1")]))

    def copy(sheet: Any) -> None:
        sheet.append([cell.value for cell in sheet[2]])

    report = imported(fresh_database, edited(export_plan(fresh_database), copy))
    assert report.changes == {"unchanged": 1, "created": 1}
    assert report.disputed == (3,)


DANGEROUS = ("=HYPERLINK(1)", "+1+2", "-cmd", "@SUM(A1)", "'=quoted", "'plain", "a\nb")


def test_no_cell_can_be_run_as_a_formula_and_every_text_reads_back(
    fresh_database: Database, other_database: Database
) -> None:
    rows = [a_row(tag=f"T{at}", estimated=datetime(2027, 5, 1 + at), projected=datetime(2027, 5, 1 + at), dyno=2)
            for at in range(len(DANGEROUS))]  # fmt: skip
    imported(fresh_database, a_workbook([*rows, a_request(tag="R1")]))
    with fresh_database.writing() as session:
        for at, said in enumerate(DANGEROUS):
            session.execute(
                text("UPDATE vehicles SET program = :said WHERE tag = :tag"), {"said": said, "tag": f"T{at}"}
            )
            session.execute(
                text(
                    "UPDATE allocations SET notes = :said WHERE vehicle_id = (SELECT id FROM vehicles WHERE tag = :tag)"
                ),
                {"said": said, "tag": f"T{at}"},
            )
    content = export_plan(fresh_database)
    for sheet in load_workbook(io.BytesIO(content)).worksheets:
        for row in sheet.iter_rows():
            assert not any(isinstance(cell.value, str) and cell.value[:1] in "=+-@" for cell in row if cell.value)
            assert not any(cell.data_type == "f" for cell in row)
    before = dump(fresh_database)
    assert imported(fresh_database, content).changed_nothing
    assert changed_tables(before, dump(fresh_database)) == {}
    imported(other_database, content)
    programs = "SELECT string_agg(program, '|' ORDER BY tag) FROM vehicles WHERE tag LIKE 'T%'"
    assert scalar(other_database, programs) == scalar(fresh_database, programs).replace("\n", " ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("reason", ["", "No dyno available", "All are booked until 5", "PGN 1", "-", "waiting"])
def test_a_request_s_reason_is_not_taken_for_a_dyno(
    fresh_database: Database, other_database: Database, reason: str
) -> None:
    imported(fresh_database, a_workbook([a_row(tag="A1")]))
    create_request(
        fresh_database, ORIGIN, vehicle_id=1, test_type="4K certification",
        start_date=date(2027, 3, 1), days=4, reason=reason,
    )  # fmt: skip
    before = dump(fresh_database)
    content = export_plan(fresh_database)
    assert imported(fresh_database, content).changed_nothing
    assert changed_tables(before, dump(fresh_database)) == {}
    imported(other_database, content)
    assert scalar(other_database, "SELECT reason FROM requests") == scalar(
        fresh_database, "SELECT reason FROM requests"
    )


def test_maintenance_of_every_kind_is_in_the_export(fresh_database: Database, other_database: Database) -> None:
    imported(fresh_database, a_workbook([a_row(tag="A1")]))
    for month in (1, 2):
        window = Period(date(2027, month, 1), date(2027, month, 3))
        plan_maintenance(fresh_database, ORIGIN, dyno="PGN 2", period=window, category="breakdown", today=TODAY)
    imported(other_database, export_plan(fresh_database))
    assert the_plan(other_database)["windows"] == the_plan(fresh_database)["windows"]


def test_an_empty_lab_exports_a_workbook_without_rows(fresh_database: Database) -> None:
    book = load_workbook(io.BytesIO(export_plan(fresh_database)))
    assert book.sheetnames == ["Cert Mileage Forecast - All", "DynoRules", "Maintenance"]
    assert [sheet.max_row for sheet in book.worksheets] == [1, 1, 1]


def test_the_headings_stay_in_sight_and_days_are_days(fresh_database: Database) -> None:
    imported(fresh_database, a_workbook([a_row(tag="A1")]))
    sheet = load_workbook(io.BytesIO(export_plan(fresh_database))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    cells = {cell.value: sheet.cell(2, cell.column) for cell in sheet[1]}
    assert cells["Estimated Start"].value == datetime(2026, 5, 4)
    assert cells["Estimated Start"].number_format == "yyyy-mm-dd"
    assert (cells["TEST FACILITY"].value, str(cells["DYNO"].value)) == ("PGN", "1")
