"""The calendar as a table and as an Excel workbook: drawn day by day, and as the lists behind it. Pure."""

import io
from functools import cache
from typing import Any, Final

from dyno_core.tables import fill_sheet, safe_cell
from dyno_core.ui.calendar_data import line_of
from dyno_core.ui.calendar_view import CalendarView
from dyno_core.ui.paper_pen import ink_on, mixed
from dyno_core.ui.timeline import Bar
from dyno_core.ui.timeline.lanes import assign_lanes
from dyno_core.ui.timeline.palette import colour_of

_MOST_CELLS: Final = 120_000
"""Days times lines of the drawn sheet; beyond them a workbook opens too slowly, and it has the lists only."""
_FIRST_DAY: Final = 4
"""The column of the window's first day."""
_TOP: Final = 5
"""The line with the days; bars stand below it."""
_WEEKEND: Final = "F1F3F5"
_MAINTENANCE: Final = "C9CED3"
_RED: Final = "D3222F"

Table = list[list[Any]]


def plan_table(view: CalendarView) -> Table:
    """Heading and a line for each allocation and window in view."""
    lines = [line_of(one, today=view.today) | {"Notes": one.notes} for one in view.allocations]
    return [list(lines[0]) if lines else ["Nothing is planned in these days with these filters."]] + [
        list(line.values()) for line in lines
    ]


def calendar_workbook(view: CalendarView) -> bytes:
    """Sheets: the calendar drawn with a column for each day, the plan, conflicts, and requests without a dyno."""
    from openpyxl import Workbook  # noqa: PLC0415 - 30 MB that only a download needs

    book = Workbook()
    sheet = book.active
    sheet.title = "Calendar"
    _draw(sheet, view)
    for title, table in (
        ("Plan", plan_table(view)),
        ("Conflicts", _conflicts(view)),
        ("Requests without a dyno", _waiting(view)),
    ):
        fill_sheet(book.create_sheet(title), table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _conflicts(view: CalendarView) -> Table:
    return [
        ["Dyno", "First day", "Last day", "What to settle"],
        *([one.dyno, one.period.start, one.period.end, one.sentence] for one in view.conflicts),
    ]


def _waiting(view: CalendarView) -> Table:
    heading = ["Number", "Vehicle", "Test", "Leg", "Wished from", "To", "Days", "Facility", "Drive", "Weight",
               "Priority", "Why it has no place"]  # fmt: skip
    return [
        heading,
        *(
            [one.id, one.vehicle, one.test_type, one.leg, one.start_date, one.end_date, one.period.days, one.facility,
             one.drive_type, one.weight_class, one.priority, one.reason]
            for one in view.requests
        ),
    ]  # fmt: skip


def _draw(sheet: Any, view: CalendarView) -> None:
    """A line for each dyno, as many as it has vehicles at once, and a column for each day."""
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    sheet["A1"] = safe_cell(view.heading)
    sheet["A1"].font = Font(bold=True, size=14)
    sheet["A2"] = safe_cell(" · ".join((str(view.window), *(view.filters or ("everything",)))))
    for at, name in enumerate(view.test_types):
        cell = sheet.cell(3, _FIRST_DAY + 4 * at, safe_cell(name))
        _paint(cell, colour_of(name, view.colours).light)
    lanes = assign_lanes(view.bars)
    bars: dict[int, list[tuple[Bar, int]]] = {}
    for bar, lane in zip(view.bars, lanes, strict=True):
        bars.setdefault(bar.dyno_id, []).append((bar, lane.index))
    lines = {row.dyno_id: 1 + max((below for _, below in bars.get(row.dyno_id, ())), default=0) for row in view.rows}
    if sum(lines.values()) * view.window.days > _MOST_CELLS:
        sheet["A3"] = "There are too many days and dynos to draw them here; the next sheet lists all of it."
        return
    for at, heading in enumerate(("Facility", "Dyno", "Booked"), start=1):
        sheet.cell(_TOP, at, heading).font = Font(bold=True)
    for at, day in enumerate(view.window.each_day(), start=_FIRST_DAY):
        cell = sheet.cell(_TOP, at, day)
        cell.number_format = "d"
        cell.alignment = Alignment(horizontal="center")
        if day.day == 1 or day == view.window.start:
            sheet.cell(_TOP - 1, at, f"{day:%b %Y}").font = Font(bold=True)
        if day.isoweekday() > 5:
            cell.fill = PatternFill("solid", start_color=_WEEKEND)
        if day == view.today:
            cell.font = Font(bold=True, color=_RED)
        sheet.column_dimensions[get_column_letter(at)].width = 3.4
    number = _TOP + 1
    for row in view.rows:
        sheet.cell(number, 1, safe_cell(row.facility))
        sheet.cell(number, 2, safe_cell(row.name))
        if row.utilization is not None:
            sheet.cell(number, 3, round(row.utilization, 4)).number_format = "0%"
        for bar, below in bars.get(row.dyno_id, ()):
            _draw_bar(sheet, view, bar, number + below)
        number += lines[row.dyno_id]
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 20
    sheet.freeze_panes = sheet.cell(_TOP + 1, _FIRST_DAY)
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def _draw_bar(sheet: Any, view: CalendarView, bar: Bar, line: int) -> None:
    part = bar.period.clip(view.window)
    if part is None:
        return
    colour, ink = _look(view, bar)
    first = _FIRST_DAY + (part.start - view.window.start).days
    for column in range(first, first + part.days):
        _paint(sheet.cell(line, column), colour, ink=ink, bold=bar.conflict)
    # Text runs on over the empty cells beside it, as far as the bar goes.
    sheet.cell(line, first).value = safe_cell(f"! {bar.label}" if bar.conflict else bar.label)


def _look(view: CalendarView, bar: Bar) -> tuple[str, str]:
    """Fill and ink. A conflict is red and begins with an exclamation mark: cells have no frame that stands out."""
    if bar.kind == "maintenance":
        return f"#{_MAINTENANCE}", "#1b2733"
    solid = colour_of(bar.test_type, view.colours).light
    shares = {"in_progress": 0.0, "completed": 0.66, "scheduled": 0.5, "tentative": 0.87, "cancelled": 0.95}
    fill = mixed(solid, "#ffffff", shares[bar.status])
    return fill, f"#{_RED}" if bar.conflict else ink_on(fill)


def _paint(cell: Any, colour: str, *, ink: str | None = None, bold: bool = False) -> None:
    cell.fill, cell.font = _paints(colour, ink or ink_on(colour), bold=bold)


@cache
def _paints(colour: str, ink: str, *, bold: bool) -> tuple[Any, Any]:
    """Fill and font: made once, not for each of thousands of cells."""
    from openpyxl.styles import Font, PatternFill  # noqa: PLC0415

    return PatternFill("solid", start_color=colour[1:].upper()), Font(color=ink[1:].upper(), bold=bold, size=9)
