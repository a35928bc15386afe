"""Tables for spreadsheets: CSV and Excel files in which no cell is taken for a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
"""The media type of an Excel workbook."""

_STARTS_A_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠\t\r\n]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def safe_cell(value: Any) -> Any:
    """``value`` as a spreadsheet may hold it.

    Text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, “CSV Injection”);
    control characters, which no Excel file may hold, are dropped. Numbers, days and None pass as they are.
    """
    if not isinstance(value, str):
        return value
    clean = _CONTROL.sub("", value)
    return f"'{clean}" if _STARTS_A_FORMULA.match(clean) else clean


def to_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Comma-separated UTF-8, with the mark by which Excel knows it. The first row is the heading."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(title: str, rows: Iterable[Sequence[Any]]) -> bytes:
    """A workbook of one sheet. The first row is the heading; it stays in sight when scrolling."""
    from openpyxl import Workbook  # noqa: PLC0415 - 30 MB that only a download needs

    book = Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", title)[:31]
    fill_sheet(sheet, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill_sheet(sheet: Any, rows: Iterable[Sequence[Any]]) -> None:
    """Write a heading and its rows into an empty openpyxl sheet, columns as wide as what is in them."""
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    for row in rows:
        sheet.append([safe_cell(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column in sheet.columns:
        longest = max((len(str(cell.value)) for cell in column if cell.value is not None), default=0)
        sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, 60)
