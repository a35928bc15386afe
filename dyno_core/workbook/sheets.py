"""Opens a file of bytes as sheets of cells. Only here does anything know how Excel and CSV files are built."""

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePath
from typing import Final

from openpyxl import load_workbook

from dyno_core.workbook.cells import Cell, is_blank
from dyno_core.workbook.errors import WorkbookUnreadable

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_UNPACKED_BYTES: Final = 150 * 1024 * 1024
MOST_PARTS: Final = 2_000
MOST_ROWS: Final = 100_000
MOST_COLUMNS: Final = 120
MOST_SHEETS: Final = 100

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_DELIMITERS: Final = (",", ";", "\t", "|")

# What openpyxl and the libraries below it were seen to raise for damaged files; it has no error family of its own.
_DAMAGED: Final = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError,
    SyntaxError, TypeError, ValueError, zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error,
)  # fmt: skip

CellRow = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's cells. ``rows[0]`` is row 1; rows may differ in length; blank rows at the end are gone."""

    title: str
    hidden: bool
    rows: tuple[CellRow, ...]


def read_sheets(content: bytes, file_name: str) -> tuple[Sheet, ...]:
    """Every sheet of an ``.xlsx`` or ``.xlsm`` workbook; of a ``.csv`` file, one per delimiter that splits it.

    Formulas come as their stored results. Raises `WorkbookUnreadable`.
    """
    name = PurePath(file_name.replace("\\", "/")).name[:80] or "The file"
    suffix = PurePath(name).suffix.lower()
    if suffix not in (".xlsx", ".xlsm", ".csv"):
        hint = "save it in Excel as .xlsx" if suffix in (".xls", ".xlsb", ".ods") else "give an .xlsx, .xlsm or .csv"
        raise WorkbookUnreadable(f"“{name}” can't be imported, because it is not of a kind that is read; {hint} file.")
    if not content:
        raise WorkbookUnreadable(f"“{name}” is empty, so there is nothing to import; save the plan again and retry.")
    if len(content) > MOST_BYTES:
        raise WorkbookUnreadable(
            f"“{name}” has {len(content) / 1024 / 1024:.0f} MB, more than the 20 MB that are read; "
            "remove pictures and unused sheets and try again.",
            bytes=len(content),
        )
    return _csv_sheets(content, name) if suffix == ".csv" else _excel_sheets(content, name)


def _excel_sheets(content: bytes, name: str) -> tuple[Sheet, ...]:
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise WorkbookUnreadable(
                f"“{name}” is protected with a password and can't be opened; remove the password and try again."
            )
        raise WorkbookUnreadable(f"“{name}” is in Excel's old format; save it in Excel as .xlsx and try again.")
    if not content.startswith(_ZIP):
        raise WorkbookUnreadable(
            f"“{name}” is not an Excel workbook, whatever its name says; choose the plan's .xlsx or .xlsm file."
        )
    with _damage_told(name):
        _refuse_bomb(content, name)
        return tuple(_walk(content, name))


@contextmanager
def _damage_told(name: str) -> Iterator[None]:
    try:
        # openpyxl warns of every extension it does not know (validation lists, slicers); none concerns the cells.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except WorkbookUnreadable:
        raise
    except _DAMAGED:
        raise WorkbookUnreadable(
            f"“{name}” is damaged or incomplete and can't be opened; open it in Excel, save it again and retry."
        ) from None


def _refuse_bomb(content: bytes, name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        # The declared size binds: zipfile stops reading there, and the checksum then fails.
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED_BYTES:
            raise WorkbookUnreadable(
                f"“{name}” unpacks to more than {MOST_UNPACKED_BYTES // 1024 // 1024} MB and is not opened; "
                "copy the plan's sheets into a new workbook and try again."
            )


def _walk(content: bytes, name: str) -> Iterator[Sheet]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets[:MOST_SHEETS]:
            sheet.reset_dimensions()  # the stored extent is often wrong, and rows beyond it would be lost
            cells = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
            yield Sheet(sheet.title, sheet.sheet_state != "visible", _without_tail(cells, name))
    finally:
        book.close()


def _without_tail(cells: Iterator[CellRow], name: str) -> tuple[CellRow, ...]:
    """Cut blank rows at the end: a formatted column makes a million of them."""
    rows: list[CellRow] = []
    last = 0
    for row in cells:
        blank = all(map(is_blank, row))
        rows.append(() if blank else row)
        if not blank:
            last = len(rows)
        if last > MOST_ROWS:
            raise WorkbookUnreadable(
                f"“{name}” has more than {MOST_ROWS:,} rows in one sheet, more than are read; "
                "split the plan into several files."
            )
    return tuple(islice(rows, last))


def _csv_sheets(content: bytes, name: str) -> tuple[Sheet, ...]:
    text = _decoded(content)
    if text is None or "\x00" in text or content.startswith((_ZIP, _OLE)):
        raise WorkbookUnreadable(
            f"“{name}” is not a text file, whatever its name says; save the plan's sheet as CSV and try again."
        )
    if not text.strip():
        raise WorkbookUnreadable(f"“{name}” is empty, so there is nothing to import; save the plan again and retry.")
    title = PurePath(name).stem
    head = text[:20_000]
    likely = sorted((mark for mark in _DELIMITERS if mark in head), key=head.count, reverse=True)
    return tuple(Sheet(title, False, _csv_rows(text, delimiter, name)) for delimiter in likely[:2])


def _csv_rows(text: str, delimiter: str, name: str) -> tuple[CellRow, ...]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return _without_tail((tuple(row[:MOST_COLUMNS]) for row in reader), name)
    except csv.Error:
        raise WorkbookUnreadable(
            f"“{name}” is not a readable CSV file; save the plan's sheet as CSV again and retry."
        ) from None


def _decoded(content: bytes) -> str | None:
    encodings = ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
