"""Which files are opened, and what is said of the others."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from dyno_core.workbook import WorkbookUnreadable, read_plan
from dyno_core.workbook import sheets as sheets_module
from tests.fixtures.workbooks import HEADINGS, a_csv, a_request, a_row, a_workbook, saved

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
SOUND = a_workbook([a_row()])


def _truncated() -> bytes:
    return SOUND[: len(SOUND) // 2]


def _zip_of(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def _with_broken_part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    return _zip_of({**parts, name: parts[name][: len(parts[name]) // 2]})


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "plan.xlsx", "is empty"),
        (b"", "plan.csv", "is empty"),
        (b"\n \r\n", "plan.csv", "is empty"),
        (PNG, "plan.xlsx", "not an Excel workbook, whatever its name says"),
        (b"just text", "plan.xlsm", "not an Excel workbook"),
        (PNG, "plan.csv", "not a text file"),
        (SOUND, "plan.csv", "not a text file"),
        (_truncated(), "plan.xlsx", "damaged or incomplete"),
        (_zip_of({"a.txt": b"x"}), "plan.xlsx", "damaged or incomplete"),
        (_with_broken_part("xl/workbook.xml"), "plan.xlsx", "damaged or incomplete"),
        (_with_broken_part("xl/worksheets/sheet1.xml"), "plan.xlsx", "damaged or incomplete"),
        (OLE, "plan.xlsx", "old format"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "plan.xlsx", "password"),
        (SOUND, "plan.pdf", "give an .xlsx, .xlsm or .csv file"),
        (SOUND, "plan.xls", "save it in Excel as .xlsx"),
        (SOUND, "", "not of a kind that is read"),
        (saved(Workbook()), "plan.xlsx", "holds no plan"),
        (b"a,b\n1,2\n", "plan.csv", "holds no plan"),
        (a_workbook([]), "plan.xlsx", "no row below them"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_one_sentence(content: bytes, name: str, says: str) -> None:
    with pytest.raises(WorkbookUnreadable) as refusal:
        read_plan(content, name)
    assert says in str(refusal.value)
    assert refusal.value.__cause__ is None
    for inside in ("openpyxl", "zip", "Traceback", "KeyError", "xl/"):
        assert inside not in str(refusal.value)


def test_a_file_of_more_than_20_mb_is_refused_before_it_is_opened() -> None:
    with pytest.raises(WorkbookUnreadable, match="21 MB, more than the 20 MB"):
        read_plan(b"PK\x03\x04" + bytes(21 * 1024 * 1024), "plan.xlsx")


def test_a_zip_bomb_is_refused_by_what_it_would_unpack_to() -> None:
    bomb = _zip_of({"xl/workbook.xml": bytes(160 * 1024 * 1024)})
    assert len(bomb) < 1024 * 1024
    with pytest.raises(WorkbookUnreadable, match="unpacks to more than"):
        read_plan(bomb, "plan.xlsx")


def test_an_entity_bomb_in_a_part_is_refused_as_damaged() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol" * 10}">' for n in range(12))
    part = f'<?xml version="1.0"?><!DOCTYPE w [{entities}]><workbook>&e11;</workbook>'.encode()
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with pytest.raises(WorkbookUnreadable, match="damaged"):
        read_plan(_zip_of({**parts, "xl/workbook.xml": part}), "plan.xlsx")


def test_more_rows_than_the_limit_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets_module, "MOST_ROWS", 20)
    with pytest.raises(WorkbookUnreadable, match="more than 20 rows"):
        read_plan(a_workbook([a_row() for _ in range(30)]), "plan.xlsx")


def test_formatted_rows_far_below_the_plan_do_not_count() -> None:
    book = Workbook()
    book.active.append(HEADINGS)
    book.active.append([a_row().get(heading) for heading in HEADINGS])
    book.active.cell(200_000, 3).number_format = "0.00"
    assert len(read_plan(saved(book), "plan.xlsx").rows) == 1


def test_missing_columns_are_named() -> None:
    headings = [heading for heading in HEADINGS if heading not in ("Tag #", "AWD/2WD")]
    with pytest.raises(WorkbookUnreadable, match="lacks the columns Tag #, AWD/2WD") as refusal:
        read_plan(a_workbook([a_row()], headings=headings), "plan.xlsx")
    assert refusal.value.facts["missing"] == ["Tag #", "AWD/2WD"]


@pytest.mark.parametrize("header_at", [1, 2, 5, 50])
def test_the_header_is_found_wherever_it_stands(header_at: int) -> None:
    plan = read_plan(a_workbook([a_row(), a_row(tag="2")], header_at=header_at), "C:\\plans\\plan.XLSM")
    assert (plan.header_row, [row.row for row in plan.rows]) == (header_at, [header_at + 1, header_at + 2])


def test_a_header_below_row_50_is_not_looked_for() -> None:
    with pytest.raises(WorkbookUnreadable, match="holds no plan"):
        read_plan(a_workbook([a_row()], header_at=51), "plan.xlsx")


def test_the_order_case_and_blanks_of_the_headings_do_not_matter() -> None:
    headings = [f"\xa0{heading.strip().upper()}\n" for heading in reversed(HEADINGS)]
    row = {f"\xa0{heading.strip().upper()}\n": value for heading, value in a_row().items()}
    moved, plain = read_plan(a_workbook([row], headings=headings), "a.xlsx"), read_plan(SOUND, "b.xlsx")
    assert moved.rows[0].content_hash == plain.rows[0].content_hash


def test_the_plan_is_the_visible_forecast_sheet_and_other_plans_are_told() -> None:
    archive = [HEADINGS, [a_row(tag="old").get(heading) for heading in HEADINGS]]
    plan = read_plan(a_workbook([a_row()], more={"Archive": archive, "Notes": [("x",)]}), "plan.xlsx")
    assert plan.sheet == "Cert Mileage Forecast - All"
    assert [(problem.sheet, problem.row) for problem in plan.problems] == [("Archive", None)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_of_the_main_sheet_reads_as_the_sheet_does(delimiter: str, encoding: str) -> None:
    rows = [a_row(notes="Prüfstand, später; eilt"), a_row(tag="B", dyno=2), a_request(tag="C")]
    sheet = read_plan(a_workbook(rows, rules=None, maintenance=None), "plan.xlsx")
    plan = read_plan(a_csv(rows, delimiter=delimiter, encoding=encoding, us_dates=True), "plan.csv")
    assert [row.content_hash for row in plan.rows] == [row.content_hash for row in sheet.rows]
    assert plan.rows[0].row == 4


def test_a_workbook_with_macros_is_read_without_them() -> None:
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    plain = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    kinds = parts["[Content_Types].xml"]
    assert plain in kinds
    macros = kinds.replace(plain, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml")
    content = _zip_of({**parts, "[Content_Types].xml": macros, "xl/vbaProject.bin": bytes(64)})
    assert len(read_plan(content, "plan.xlsm").allocations) == 1
