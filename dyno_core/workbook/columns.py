"""Finds the plan among a file's sheets: the sheet, its header row, and which column holds what."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dyno_core.workbook.cells import Cell, text_of
from dyno_core.workbook.errors import WorkbookUnreadable
from dyno_core.workbook.sheets import CellRow, Sheet

HEADER_WITHIN_ROWS: Final = 50
_PUNCTUATION: Final = re.compile(r"[^a-z0-9<>]+")

REQUIRED: Final = {
    "test": "Test",
    "facility": "TEST FACILITY",
    "dyno": "DYNO",
    "tag": "Tag #",
    "status": "Status",
    "estimated": "Estimated Start",
    "projected": "Projected End Date",
    "weight": "><10K",
    "drive": "AWD/2WD",
}
"""Field → the column's name. Without all of them a sheet is not a plan."""

OPTIONAL: Final = {
    "model_year": "MY",
    "program": "Program",
    "cert_team": "Cert Team",
    "build_id": "BUILD ID #",
    "vin": "VIN #",
    "step": "Mileage Step",
    "re_estimated": "NEW EST DATE",
    "actual": "ACTUAL START DATE",
    "completed": "TESTING COMPLETED",
    "constraint": "DYNO CONSTRAINT (2WD/AWD)",
    "contact": "Test Contact: CDSID",
    "build_type": "Build Type",
    "powertrain": "Powerpack",
    "miles": "Mileage to complete",
    "miles_per_day": "Miles/Day - DYNA",
    "miles_per_day_driver": "Miles/day -DRIVER",
    "added_days": "Added Cert time",
    "days": "Days to complete",
    "gas_type": "GAS TYPE (ONLY FOR CERT)",
    "cycle": "CYCLE",
    "notes": "NOTES",
    "record": "Record",
}


def folded(name: str) -> str:
    """A column's name without case, blanks and punctuation: ``TEST FACILITY `` and ``Test facility`` are one."""
    return _PUNCTUATION.sub(" ", name.casefold()).strip()


_FIELDS: Final = {folded(name): field for field, name in (REQUIRED | OPTIONAL).items()}


@dataclass(frozen=True, slots=True)
class PlanTable:
    """The plan's sheet. ``header_row`` is 1-based; ``columns`` maps a field to its 0-based column."""

    sheet: Sheet
    header_row: int
    columns: Mapping[str, int]

    def records(self) -> Iterator[tuple[int, dict[str, Cell]]]:
        """Each row below the header that holds anything in a known column, with its 1-based number."""
        for number, row in enumerate(self.sheet.rows[self.header_row :], start=self.header_row + 1):
            record = {field: row[at] for field, at in self.columns.items() if at < len(row)}
            if any(text_of(cell) for cell in record.values()):
                yield number, record


def find_plan(sheets: tuple[Sheet, ...], *, file_name: str) -> tuple[PlanTable, tuple[Sheet, ...]]:
    """The plan, and the further sheets that have a plan's columns too (archives) and are not read.

    A visible sheet goes before a hidden one, a sheet named forecast before others. Raises `WorkbookUnreadable`,
    naming the missing columns when a sheet has most of them.
    """
    found = [table for sheet in sheets if (table := _table_of(sheet)) is not None]
    complete = [table for table in found if _missing(table) == ()]
    if complete:
        complete.sort(key=lambda table: (table.sheet.hidden, "forecast" not in table.sheet.title.casefold()))
        return complete[0], tuple(table.sheet for table in complete[1:])
    if found:
        nearest = min(found, key=lambda table: len(_missing(table)))
        missing = _missing(nearest)
        raise WorkbookUnreadable(
            f"The sheet “{nearest.sheet.title}” can't be imported, because it lacks the "
            f"{'column' if len(missing) == 1 else 'columns'} {', '.join(missing)}; add what is missing and try again.",
            sheet=nearest.sheet.title,
            missing=list(missing),
        )
    raise WorkbookUnreadable(
        f"“{file_name[:80]}” holds no plan: no sheet has the columns {', '.join(REQUIRED.values())} "
        f"in one of its first {HEADER_WITHIN_ROWS} rows; choose the planning workbook."
    )


def _table_of(sheet: Sheet) -> PlanTable | None:
    best: PlanTable | None = None
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN_ROWS], start=1):
        columns = _columns_of(row)
        if best is None or len(columns) > len(best.columns):
            best = PlanTable(sheet, number, columns)
    # Fewer than four names in one row are a coincidence ("Test", "Status"), not a plan's header.
    return best if best is not None and sum(field in best.columns for field in REQUIRED) >= 4 else None


def _columns_of(row: CellRow) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, cell in enumerate(row):
        field = _FIELDS.get(folded(cell)) if isinstance(cell, str) else None
        if field is not None:
            columns.setdefault(field, at)
    return columns


def _missing(table: PlanTable) -> tuple[str, ...]:
    return tuple(name for field, name in REQUIRED.items() if field not in table.columns)
