"""Cells copied from a spreadsheet: the text that was pasted becomes lines, each column a field of the plan. Pure.

Headings are known by the words that the workbook import knows, and by the shorter ones of everyday tables. Without a
row of headings a column is recognized by what stands in it.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Final

from dyno_core.errors import InvalidInput
from dyno_core.fleet.compatibility import drive_of
from dyno_core.workbook.cells import (
    STATUSES,
    UnreadableDay,
    day_of,
    leg_of,
    text_of,
    vin_of,
    weight_of,
    whole_number_of,
)
from dyno_core.workbook.columns import OPTIONAL, REQUIRED, folded
from dyno_core.workbook.dynos import DynoNames
from dyno_core.workbook.rules import NamesOfTests

MOST_LINES: Final = 1_000
MOST_CHARACTERS: Final = 2_000_000
_MOST_COLUMNS: Final = 60
_HEADER_WITHIN: Final = 10
_LOOKED_AT: Final = 60
"""Lines by which the columns are recognized."""

FIELDS: Final = {
    "test": "Test", "facility": "Facility", "dyno": "Dyno", "tag": "Tag", "vin": "VIN", "estimated": "First day",
    "projected": "Last day", "days": "Days", "miles": "Miles", "miles_per_day": "Miles per day",
    "added_days": "Added days", "weight": "Weight", "drive": "Drive", "constraint": "Drive for the test",
    "step": "Leg", "status": "Status", "program": "Program", "model_year": "Model year", "build_id": "Build id",
    "contact": "Contact", "cert_team": "Team", "build_type": "Build type", "powertrain": "Powertrain",
    "gas_type": "Gas type", "cycle": "Cycle", "re_estimated": "New first day", "actual": "Actual first day",
    "completed": "Completed on", "notes": "Notes",
}  # fmt: skip
"""Field of a row → how a person chooses it for a column."""

_ALIASES: Final = {
    "test": ("test type",), "facility": ("facility", "site"), "tag": ("vehicle", "tag number", "unit"),
    "estimated": ("start", "start date", "first day", "wished from", "from", "planned start"),
    "projected": ("end", "end date", "last day", "to", "until", "planned end"),
    "days": ("days", "days booked", "duration", "duration days"), "miles": ("miles", "mileage"),
    "miles_per_day": ("miles per day", "miles day"), "added_days": ("added days",),
    "weight": ("weight", "weight class", "weight lbs", "weight lb"), "drive": ("drive", "drive type"),
    "constraint": ("drive for the test", "test drive"), "step": ("leg",), "model_year": ("model year",),
    "build_id": ("build id",), "contact": ("contact", "test contact"), "cert_team": ("team",),
    "powertrain": ("powertrain",), "gas_type": ("gas type",), "notes": ("note", "comment", "comments"),
}  # fmt: skip
_HEADINGS: Final = {
    **{folded(name): field for field, name in (REQUIRED | OPTIONAL).items() if field in FIELDS},
    **{alias: field for field, aliases in _ALIASES.items() for alias in aliases},
}

_WORKBOOK_ORDER: Final = (
    "test", "facility", "dyno", "model_year", "program", "cert_team", "tag", "build_id", "vin", "step", "status",
    "estimated", "re_estimated", "actual", "projected", "completed", "weight", "drive", "constraint", "contact",
    "build_type", "powertrain",
)  # fmt: skip
"""The columns with which every row of the planning workbook, and of what this app exports, begins."""

_MONTHS: Final = {name: at for at, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)}  # fmt: skip
_NAMED_DAY: Final = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[-./ ]+"
    r"([A-Za-z]{3})[A-Za-z]*\.?[-./, ]+(\d{4}|\d{2})(?:[ ,].*)?"
)
_MONTH_FIRST: Final = re.compile(
    r"(?:[A-Za-z]{2,9}\.?,?\s+)?([A-Za-z]{3})[A-Za-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:[ ,].*)?"
)
_DOTTED_DAY: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})(?: .*)?")
_SLASHED_YEAR: Final = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?: .*)?")
DAY_FIELDS: Final = ("actual", "re_estimated", "estimated", "completed", "projected")


class PasteUnreadable(InvalidInput):
    """What was pasted is no table of a plan as a whole; nothing was created."""

    code: ClassVar[str] = "paste_unreadable"


@dataclass(frozen=True, slots=True)
class PastedTable:
    """``lines`` are those that hold anything, by their 1-based number, without the headings.

    ``columns`` maps a field to its 0-based column; ``headings`` is None where none were pasted.
    """

    lines: tuple[tuple[int, tuple[str, ...]], ...]
    headings: tuple[str, ...] | None
    columns: Mapping[str, int]

    @property
    def width(self) -> int:
        return max([len(self.headings or ()), *(len(cells) for _, cells in self.lines)])

    @property
    def fields(self) -> tuple[str | None, ...]:
        """What each column holds; None = it is not read."""
        of_column = {at: field for field, at in self.columns.items()}
        return tuple(of_column.get(at) for at in range(self.width))

    def with_fields(self, fields: Sequence[str | None]) -> "PastedTable":
        """The table with other fields in its columns; of a field chosen twice the first column has it."""
        columns: dict[str, int] = {}
        for at, field in enumerate(fields[: self.width]):
            if field in FIELDS:
                columns.setdefault(str(field), at)
        return replace(self, columns=columns)

    def records(self) -> tuple[tuple[int, dict[str, str]], ...]:
        """Each line's number and its cells by field, days in ISO spelling as far as they can be read."""
        return tuple(
            (number, {field: _cell(field, cells, at) for field, at in self.columns.items() if at < len(cells)})
            for number, cells in self.lines
        )

    def lack(self) -> str | None:
        """A sentence about the columns without which no row can become anything, or None."""
        missing = ["the test"] if "test" not in self.columns else []
        if not {"estimated", "re_estimated", "actual"} & set(self.columns):
            missing.append("the first day")
        if not {"projected", "completed", "days", "miles"} & set(self.columns):
            missing.append("the last day, the days or the miles")
        if not missing:
            return None
        return f"No column holds {' and none '.join(missing)}; say under Columns what each of them holds."


def read_table(text: str, *, tests: NamesOfTests, dynos: DynoNames, facilities: Iterable[str]) -> PastedTable:
    """The table that was pasted, with its columns recognized as far as possible. Raises `PasteUnreadable`."""
    if len(text) > MOST_CHARACTERS:
        raise PasteUnreadable(
            f"{len(text) / 1e6:.1f} million characters are more than can be pasted at once; paste fewer rows, or "
            "import the workbook on the Fleet page."
        )
    # Half of a surrogate pair is no character; neither the database nor a browser takes it.
    rows = _rows_of(text.encode("utf-8", "replace").decode())
    lines = [(number, row) for number, row in enumerate(rows, start=1) if any(map(text_of, row))]
    if not lines:
        raise PasteUnreadable("Nothing was pasted; copy the cells in the spreadsheet and paste them here.")
    if len(lines) > MOST_LINES + _HEADER_WITHIN:
        raise PasteUnreadable(
            f"{len(lines):,} rows are more than the {MOST_LINES:,} that can be pasted at once; paste fewer, or import "
            "the workbook on the Fleet page."
        )
    at, columns = _header_of(lines)
    if at is not None:
        if at + 1 == len(lines):
            raise PasteUnreadable("Only headings were pasted; copy the rows below them, too.")
        return PastedTable(tuple(lines[at + 1 :]), tuple(map(text_of, lines[at][1])), columns)
    return PastedTable(tuple(lines), None, _recognized(lines, tests, dynos, {site.casefold() for site in facilities}))


def _rows_of(text: str) -> list[tuple[str, ...]]:
    # A browser has one kind of line end, Excel another, and a NUL would end the text for some readers.
    text = text.replace("\x00", " ").replace("\r\n", "\n").replace("\r", "\n")
    mark = "\t" if "\t" in text else max((";", ",", "|"), key=text.count)
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_NONE):
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, quoting=quoting, strict=True)
        try:
            return [tuple(row[:_MOST_COLUMNS]) for row in reader]
        except csv.Error:  # a lone quotation mark (5" wheels) opens no cell
            continue
    raise PasteUnreadable("One of the pasted cells is too long to be read; paste the plan's columns only.")


def _header_of(lines: Sequence[tuple[int, tuple[str, ...]]]) -> tuple[int | None, dict[str, int]]:
    best: tuple[int | None, dict[str, int]] = (None, {})
    for at, (_, cells) in enumerate(lines[:_HEADER_WITHIN]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(cells):
            if field := _HEADINGS.get(folded(text_of(cell))):
                columns.setdefault(field, column)
        if len(columns) > max(1, len(best[1])):  # one known word in a row may be a cell
            best = (at, columns)
    return best


def _recognized(
    lines: Sequence[tuple[int, tuple[str, ...]]], tests: NamesOfTests, dynos: DynoNames, facilities: set[str]
) -> dict[str, int]:
    """Field → column by what stands in the cells of the first lines."""
    width = max(len(cells) for _, cells in lines)
    values = [
        [text_of(cells[at]) for _, cells in lines[:_LOOKED_AT] if at < len(cells) and text_of(cells[at])]
        for at in range(width)
    ]
    kinds: dict[str, Callable[[str], bool]] = {
        "vin": lambda cell: vin_of(cell) is not None,
        "day": _is_day,
        "test": lambda cell: tests.find(cell) is not None,
        "drive": lambda cell: drive_of(cell) is not None,
        "weight": lambda cell: not cell.isdecimal() and weight_of(cell)[1] is not None,
        "facility": lambda cell: cell.casefold() in facilities,
        "dyno": lambda cell: dynos.closed and dynos.find(cell) is not None,
        "step": lambda cell: leg_of(cell) is not None,
        "status": lambda cell: cell.upper() in STATUSES,
        "days": lambda cell: (whole_number_of(cell) or 0) in range(1, 367),
    }
    found = [_kind(cells, kinds) for cells in values]
    if width >= len(_WORKBOOK_ORDER) and (found[0], found[11]) == ("test", "day"):
        return {field: at for at, field in enumerate(_WORKBOOK_ORDER)}
    days = [at for at, kind in enumerate(found) if kind == "day"]
    columns = dict(zip(("estimated", "projected"), [*days[:1], *days[1:][-1:]], strict=False))
    for at, kind in enumerate(found):
        if kind == "days" and at and found[at - 1] == "facility":
            columns.setdefault("dyno", at)  # PGN in one column, its number in the next
        elif kind not in (None, "day"):
            columns.setdefault(str(kind), at)
    rest = [at for at, cells in enumerate(values) if cells and found[at] is None]
    if "tag" not in columns and rest:
        columns["tag"] = rest.pop(0)
    if wordy := [at for at in rest if any(" " in cell for cell in values[at])]:
        columns["notes"] = wordy[-1]
    return columns


def _kind(cells: Sequence[str], kinds: Mapping[str, Callable[[str], bool]]) -> str | None:
    """The first kind that most cells of the column are of."""
    return next((name for name, fits in kinds.items() if cells and sum(map(fits, cells)) * 3 >= len(cells) * 2), None)


def _is_day(cell: str) -> bool:
    try:
        return day_of(iso_spelling(cell)) is not None
    except UnreadableDay:
        return False


def _cell(field: str, cells: Sequence[str], at: int) -> str:
    return iso_spelling(cells[at]) if field in DAY_FIELDS else cells[at]


def iso_spelling(cell: str) -> str:
    """``2026-03-09`` for the spellings in which spreadsheets show days: ``9-Mar-26``, ``Mon 9 Mar 2026``, ``9.3.2026``.

    Whatever else stands there, US days among it, is left as it is.
    """
    text = text_of(cell)
    if found := _NAMED_DAY.fullmatch(text):
        day, month, year = int(found[1]), _MONTHS.get(found[2].casefold()), int(found[3])
    elif found := _MONTH_FIRST.fullmatch(text):
        day, month, year = int(found[2]), _MONTHS.get(found[1].casefold()), int(found[3])
    elif found := _DOTTED_DAY.fullmatch(text):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    elif found := _SLASHED_YEAR.fullmatch(text):
        day, month, year = int(found[3]), int(found[2]), int(found[1])
    else:
        return cell
    try:
        return date(year if year > 99 else 2000 + year, month or 0, day).isoformat()
    except ValueError:
        return cell
