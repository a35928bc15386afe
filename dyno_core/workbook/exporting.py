"""The export: the plan as a planning workbook, which the import reads back to the same plan."""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capability_token
from dyno_core.fleet.rules import load_rules
from dyno_core.tables import safe_cell
from dyno_core.telemetry import track_performance
from dyno_core.workbook.cells import LIGHTEST_READ_LBS, text_of
from dyno_core.workbook.dynos import DynoNames
from dyno_core.workbook.stored import Kind, mark_of
from dyno_core.workbook.tasks import CYCLE, GAS_TYPE, NO_DYNO

MAIN_SHEET: Final = "Cert Mileage Forecast - All"

_STATUSES: Final = {
    "scheduled": "G", "in_progress": "RUNNING", "completed": "COMPLETED", "tentative": "TBD", "cancelled": "CANCELLED",
    "open": "G", "withdrawn": "CANCELLED",
}  # fmt: skip
_NO_REASON: Final = "No dyno available"

_GUARD: Final = re.compile(r"'+[=+\-@＝＋－＠]")
_LONGEST_CELL: Final = 32_000
"""Excel takes 32,767 characters."""


@dataclass(frozen=True, slots=True)
class _Column:
    """A heading of the main sheet, where its value comes from, and its width in characters."""

    heading: str
    value: str
    width: int


_COLUMNS: Final = tuple(
    _Column(*column)
    for column in (
        ("Test", "test_type", 18), ("TEST FACILITY", "facility", 14), ("DYNO", "dyno", 22), ("MY", "model_year", 7),
        ("Program", "program", 12), ("Cert Team", "cert_team", 14), ("Tag #", "tag", 18),
        ("BUILD ID #", "build_id", 14), ("VIN #", "vin", 21), ("Mileage Step", "step", 15), ("Status", "status", 12),
        ("Estimated Start", "estimated", 13), ("NEW EST DATE", "re_estimated", 13), ("ACTUAL START DATE", "actual", 13),
        ("Projected End Date", "projected", 13), ("TESTING COMPLETED", "completed", 13), ("><10K", "weight", 9),
        ("AWD/2WD", "drive_type", 10), ("DYNO CONSTRAINT (2WD/AWD)", "test_drive", 14),
        ("Test Contact: CDSID", "contact", 16), ("Build Type", "build_type", 12), ("Powerpack", "powertrain", 20),
        ("Mileage to complete", "miles", 12), ("Miles/Day - DYNA", "miles_per_day", 10),
        ("Added Cert time", "added_days", 10), ("Days booked", "days", 9), ("GAS TYPE (ONLY FOR CERT)", "gas_type", 14),
        ("CYCLE", "cycle", 12), ("NOTES", "notes", 50), ("Record", "record", 22),
    )
)  # fmt: skip

_ROWS: Final = text("""
    SELECT 'allocation' AS kind, a.id, a.version, a.created_at, a.test_type, a.leg, a.start_date, a.end_date, a.status,
           a.planned_start_date, a.planned_end_date, a.actual_start_date, a.actual_end_date, a.notes,
           d.name AS dyno_name, d.facility, NULL AS reason, a.miles, a.miles_per_day, a.added_days, v.vin, v.tag,
           v.build_id, v.program, v.model_year, v.cert_team, v.contact, v.build_type, v.powertrain, v.weight_lbs,
           v.weight_class, v.drive_type, v.test_drive, a.disputed, coalesce(i.row_number, 1000000000) AS place
    FROM allocations a JOIN dynos d ON d.id = a.dyno_id JOIN vehicles v ON v.id = a.vehicle_id
    LEFT JOIN imported_rows i ON i.allocation_id = a.id
    WHERE a.kind = 'test'
    UNION ALL
    SELECT 'request', r.id, r.version, r.created_at, r.test_type, r.leg, r.start_date, r.end_date, r.status,
           NULL, NULL, NULL, NULL, r.notes, NULL, r.facility, r.reason, r.miles, NULL, NULL, v.vin, v.tag,
           v.build_id, v.program, v.model_year, v.cert_team, v.contact, v.build_type, v.powertrain, v.weight_lbs,
           v.weight_class, v.drive_type, v.test_drive, false, coalesce(i.row_number, 1000000000)
    FROM requests r JOIN vehicles v ON v.id = r.vehicle_id
    LEFT JOIN imported_rows i ON i.request_id = r.id
    WHERE r.status <> 'placed'
    ORDER BY disputed, place, start_date, kind, id""")

_WINDOWS: Final = text("""
    SELECT d.name, d.facility, a.start_date, a.end_date FROM dynos d
    LEFT JOIN allocations a ON a.dyno_id = d.id AND a.kind = 'maintenance' AND a.status <> 'cancelled'
    ORDER BY d.preference, d.name, a.start_date""")

_CAPABILITIES: Final = text("SELECT name, capabilities FROM dynos ORDER BY preference, name")


@track_performance("workbook", "export")
def export_plan(database: Database) -> bytes:
    """The whole plan as an ``.xlsx``: allocations and requests with their vehicles, rules, maintenance.

    Each row says in its column Record which allocation or request it was written from; so the file may be edited
    and imported again. A disputed row stands below the one it clashes with, which is how an import tells them apart.
    Placed requests are their allocations; service periods and accounts are not part of a plan.
    """
    with database.reading() as session:
        rows = session.execute(_ROWS).all()
        windows = session.execute(_WINDOWS).all()
        rules = _rules(session)
    names = DynoNames(row.name for row in windows)
    book = Workbook(write_only=False)
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = MAIN_SHEET
    lines = (_line(row, names) for row in rows)
    _fill(sheet, [column.heading for column in _COLUMNS], lines, widths=[column.width for column in _COLUMNS])
    _fill(
        book.create_sheet("DynoRules"),
        ["TestType", "DriveType", "WeightClass", "Dynos"],
        rules,
        widths=[22, 11, 13, 100],
    )
    _fill(
        book.create_sheet("Maintenance"),
        ["Dyno", "Start Date", "End Date", "Facility"],
        [(row.name, row.start_date, row.end_date, row.facility) for row in windows],
        widths=[22, 13, 13, 18],
    )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rules(session: Session) -> list[tuple[str, str, str, str]]:
    """The stored table; of a lab without one, what its dynos can do written out."""
    stored = [
        (rule.test_type, rule.drive_type or "any", rule.weight_class or "any", ", ".join(rule.dynos))
        for rule in load_rules(session)
    ]
    if stored:
        return stored
    dynos = session.execute(_CAPABILITIES).all()
    tests = sorted({token.split("|")[0] for dyno in dynos for token in dyno.capabilities})
    able = {
        (test, drive, weight): [d.name for d in dynos if capability_token(test, drive, weight) in d.capabilities]
        for test in tests
        for drive in DRIVES
        for weight in WEIGHT_CLASSES
    }
    return [(*demand, ", ".join(names)) for demand, names in able.items() if names]


def _line(row: Row[Any], names: DynoNames) -> list[Any]:
    notes, gas_type, cycle = _split_notes(row.notes)
    facility, dyno = _place(row, names)
    values: dict[str, Any] = {
        **row._mapping,  # noqa: SLF001 - SQLAlchemy's documented way to name columns
        **_dates(row),
        "facility": facility,
        "dyno": dyno,
        "step": row.leg,
        "status": _STATUSES[row.status],
        "weight": row.weight_lbs if (row.weight_lbs or 0) >= LIGHTEST_READ_LBS else row.weight_class,
        "days": (row.end_date - row.start_date).days + 1,
        "notes": notes,
        "gas_type": gas_type,
        "cycle": cycle,
        "record": mark_of(_kind(row), row.id, version=row.version, created_at=row.created_at),
    }
    return [values[column.value] for column in _COLUMNS]


def _kind(row: Row[Any]) -> Kind:
    return "allocation" if row.kind == "allocation" else "request"


def _dates(row: Row[Any]) -> dict[str, date | None]:
    """The five dates of a row, so that the import reads start and end out of them as they are stored."""
    actual = row.actual_start_date if row.actual_start_date == row.start_date else None
    completed = row.actual_end_date if row.actual_end_date == row.end_date else None
    estimated = row.planned_start_date or row.start_date
    return {
        "estimated": estimated,
        "re_estimated": row.start_date if actual is None and estimated != row.start_date else None,
        "actual": actual,
        "projected": (row.planned_end_date or row.end_date) if completed else row.end_date,
        "completed": completed,
    }


def _place(row: Row[Any], names: DynoNames) -> tuple[str | None, str]:
    """TEST FACILITY and DYNO. The reason why there is no dyno is worded so that it is not taken for one."""
    if row.kind == "allocation":
        if row.dyno_name.startswith(f"{row.facility} "):
            return row.facility, row.dyno_name.removeprefix(f"{row.facility} ")
        return None, row.dyno_name
    reason = text_of(row.reason)
    for said in (reason, f"{NO_DYNO}{reason}"):
        placement = names.place(row.facility or "", said)
        if placement.kind == "none" and (placement.name or "") == said:
            return row.facility, said
    return row.facility, _NO_REASON


def _split_notes(notes: str) -> tuple[str, str | None, str | None]:
    """Notes, gas type and cycle, which have columns of their own in the sheet."""
    found: dict[str, str] = {}
    left = []
    for line in notes.splitlines():
        label = next((label for label in (GAS_TYPE, CYCLE) if line.startswith(label) and label not in found), None)
        if label is None:
            left.append(line)
        else:
            found[label] = line.removeprefix(label)
    return "\n".join(left), found.get(GAS_TYPE), found.get(CYCLE)


def _fill(sheet: Worksheet, headings: Sequence[str], lines: Iterable[Sequence[Any]], *, widths: Sequence[int]) -> None:
    sheet.append(list(headings))
    for line in lines:
        sheet.append([_safe(value) for value in line])
    for cell in sheet[1]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="1F3A5F")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    for at, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if isinstance(cell.value, date):
                cell.number_format = "yyyy-mm-dd"


def _safe(value: Any) -> Any:
    """As `safe_cell`, and such that the import, which takes one apostrophe off, gives the text back."""
    if not isinstance(value, str):
        return value
    cut = value[:_LONGEST_CELL]
    return f"'{cut}" if _GUARD.match(cut) else safe_cell(cut)
