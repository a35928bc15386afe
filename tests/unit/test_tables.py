"""Cells that a spreadsheet would run are text in every file."""

import io

import pytest
from openpyxl import load_workbook

from dyno_core.tables import safe_cell, to_csv, to_xlsx


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =cmd|' /C calc'!A0", "＝1+1"])
def test_text_that_would_run_as_a_formula_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["PGN 1", "a=b", "", -5, 0.25, None])
def test_harmless_cells_pass_as_they_are(value: object) -> None:
    assert safe_cell(value) == value


def test_control_characters_hide_no_formula_and_break_no_file() -> None:
    assert safe_cell("\x00=1+1\x1f") == "'=1+1"


def test_a_csv_file_starts_with_the_mark_excel_knows_and_quotes_what_it_must() -> None:
    assert to_csv([["Dyno", "Note"], ["Ä 1", 'a,"b"']]) == '\ufeffDyno,Note\r\nÄ 1,"a,""b"""\r\n'.encode()


def test_an_excel_file_holds_numbers_as_numbers_and_formulas_as_text() -> None:
    sheet = load_workbook(io.BytesIO(to_xlsx("A/B: utilization", [["Dyno", "Days"], ["=1+1", 5], [None, None]]))).active

    assert [cell.value for cell in sheet[2]] == ["'=1+1", 5]
    assert sheet["A2"].data_type == "s"
