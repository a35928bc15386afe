"""The calendar as a PDF to print: landscape, the bars as on the screen, legend and axis on every page. Pure."""

import io
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from dyno_core.period import say_day
from dyno_core.ui.calendar_data import STATUS_WORDS
from dyno_core.ui.calendar_view import CalendarView
from dyno_core.ui.paper_pen import INK, MAINTENANCE_BACK, MUTED, Pen, ink_on, mixed
from dyno_core.ui.timeline import Bar, Row
from dyno_core.ui.timeline.lanes import Lane, assign_lanes
from dyno_core.ui.timeline.palette import colour_of

Paper = Literal["A3", "A4"]

_MM: Final = 72 / 25.4
_SIZES: Final[dict[Paper, tuple[float, float]]] = {"A3": (420 * _MM, 297 * _MM), "A4": (297 * _MM, 210 * _MM)}
_MARGIN: Final = 10 * _MM
_NAMES: Final = 40 * _MM
_AXIS: Final = 22.0
_FACILITY: Final = 15.0
_LOWEST_ROW: Final = 16.0
_TALLEST_ROW: Final = 46.0
"""Where a facility has pages of its own; where several share one, `_USUAL_ROW`."""
_USUAL_ROW: Final = 28.0
_LANE: Final = 11.0
_FOOT: Final = 14.0
_LINE: Final = 11.0
_MOST_REQUESTS: Final = 300
"""Lines of the list of requests without a dyno; the workbook has them all."""

_GRID: Final = "#e3e7ea"
_STRONG: Final = "#b6bec5"
_WEEKEND: Final = "#f1f3f5"
_BAND: Final = "#e9edef"
_RED: Final = "#d3222f"


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows of one facility that stand together on a page; ``goes_on``: it began on the page before."""

    facility: str
    rows: tuple[Row, ...]
    goes_on: bool


def calendar_pdf(view: CalendarView, *, paper: Paper = "A4", page_per_facility: bool = True) -> bytes:
    """The window of ``view`` on as many pages as its facilities need, and requests without a dyno after them.

    ``page_per_facility``: each facility begins a page of its own; otherwise only one that does not fit any more does.
    """
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 - 20 MB that only this download needs

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=_SIZES[paper], pageCompression=1)
    canvas.setTitle(f"Calendar {view.title}")
    canvas.setCreator("Dyno-Agent")
    sheet = _Sheet(canvas, view, _SIZES[paper], page_per_facility=page_per_facility)
    pages = [*sheet.pages()] or [[]]
    lists = [*sheet.lists()]
    for number, bands in enumerate(pages, start=1):
        sheet.draw_page(bands, number=number, of=len(pages) + len(lists))
    for number, lines in enumerate(lists, start=len(pages) + 1):
        sheet.draw_list(lines, number=number, of=len(pages) + len(lists))
    canvas.save()
    return out.getvalue()


class _Sheet:
    """Everything that is drawn on one canvas. Lengths in points, from the upper left, as on a screen."""

    def __init__(self, canvas: Any, view: CalendarView, size: tuple[float, float], *, page_per_facility: bool) -> None:
        self._apart = page_per_facility
        self._canvas = canvas
        self._pen = Pen(canvas, height=size[1])
        self._view = view
        self._width, self._height = size
        self._left = _MARGIN + _NAMES
        self._per_day = (self._width - _MARGIN - self._left) / view.window.days
        self._bars: dict[int, list[tuple[Bar, Lane]]] = {}
        for bar, lane in zip(view.bars, assign_lanes(view.bars), strict=True):
            self._bars.setdefault(bar.dyno_id, []).append((bar, lane))
        self._legend = self._legend_lines()
        self._top = _MARGIN + 23 + _LINE * (len(self._filter_lines()) + len(self._legend)) + 4
        room = self._height - _MARGIN - _FOOT - self._top - _AXIS
        most = max((len(rows) for rows in view.facilities.values()), default=1)
        self._row = min(_TALLEST_ROW if page_per_facility else _USUAL_ROW, max(_LOWEST_ROW, (room - _FACILITY) / most))
        self._room = room

    # What stands where

    def pages(self) -> Iterator[list[_Band]]:
        page: list[_Band] = []
        left = self._room
        for facility, rows in self._view.facilities.items():
            whole = _FACILITY + sum(map(self._height_of, rows))
            if page and (self._apart or whole > left):
                yield page
                page, left = [], self._room
            waiting = list(rows)
            goes_on = False
            while waiting:
                fitting = self._fitting(waiting, left)
                page.append(_Band(facility, tuple(waiting[:fitting]), goes_on))
                left -= _FACILITY + sum(map(self._height_of, waiting[:fitting]))
                waiting, goes_on = waiting[fitting:], True
                if waiting:
                    yield page
                    page, left = [], self._room
        if page:
            yield page

    def _fitting(self, rows: Sequence[Row], left: float) -> int:
        """How many of the rows the rest of the page takes; at least one, so that it goes on."""
        left -= _FACILITY
        for at, row in enumerate(rows):
            left -= self._height_of(row)
            if left < 0:
                return max(at, 1)
        return len(rows)

    def _height_of(self, row: Row) -> float:
        lanes = max((lane.of for _, lane in self._bars.get(row.dyno_id, ())), default=1)
        return min(max(self._row, lanes * _LANE + 4), self._room - _FACILITY)

    def lists(self) -> Iterator[list[tuple[str, ...]]]:
        """The open requests in pages of lines."""
        requests = self._view.requests[:_MOST_REQUESTS]
        lines: list[tuple[str, ...]] = [
            (
                str(one.id), one.vehicle, one.test_type + (f", {one.leg}" if one.leg else ""), str(one.period),
                one.facility or "anywhere", one.reason or "",
            )
            for one in requests
        ]  # fmt: skip
        if len(self._view.requests) > len(requests):
            lines.append(("", f"and {len(self._view.requests) - len(requests):,} more", "", "", "", ""))
        most = max(1, int((self._height - self._top - _MARGIN - _FOOT - 2 * _LINE) / _LINE) - 2)
        for at in range(0, len(lines), most):
            yield lines[at : at + most]

    # Drawing

    def draw_page(self, bands: Sequence[_Band], *, number: int, of: int) -> None:
        self._draw_head(number, of)
        end = self._top + _AXIS + sum(_FACILITY + sum(map(self._height_of, band.rows)) for band in bands)
        self._draw_days(end)
        y = self._top + _AXIS
        for band in bands:
            y = self._draw_band(band, y)
        self._draw_today(end)
        self._canvas.showPage()

    def draw_list(self, lines: Sequence[tuple[str, ...]], *, number: int, of: int) -> None:
        self._draw_head(number, of)
        inner = self._width - 2 * _MARGIN
        starts = [_MARGIN + share * inner for share in (0, 0.05, 0.14, 0.26, 0.45, 0.54, 1)]
        y = self._top
        self._pen.text(_MARGIN, y + 10, f"Requests without a dyno ({len(self._view.requests):,})", size=10, bold=True)
        heads = ("Number", "Vehicle", "Test", "Wished", "Facility", "Why it has no place")
        for row, line in enumerate((heads, *lines)):
            at = y + 2 * _LINE + row * _LINE
            for start, end, cell in zip(starts, starts[1:], line, strict=False):
                self._pen.text(
                    start, at, self._pen.cut(cell, end - start - 4, 7), size=7, colour=MUTED if row == 0 else INK
                )
            self._pen.line(_MARGIN, at + 3, self._width - _MARGIN, at + 3, _GRID)
        self._canvas.showPage()

    def _draw_head(self, number: int, of: int) -> None:
        view = self._view
        self._pen.text(_MARGIN, _MARGIN + 12, view.heading, size=14, bold=True)
        y = _MARGIN + 14
        for line in self._filter_lines():
            y += _LINE
            self._pen.text(_MARGIN, y, line, size=8, colour=MUTED)
        y += 3
        for entries in self._legend:
            y += _LINE
            x = _MARGIN
            for kind, name, label in entries:
                self._draw_sample(x, y, kind, name)
                self._pen.text(x + 17, y, label, size=8)
                x += self._entry_width(label)
        foot = self._height - _MARGIN
        self._pen.text(_MARGIN, foot, f"As planned on {say_day(view.today)}", size=7, colour=MUTED)
        page = f"Page {number} of {of}"
        self._pen.text(self._width - _MARGIN - self._pen.measure(page, 7), foot, page, size=7, colour=MUTED)

    def _filter_lines(self) -> list[str]:
        view = self._view
        told = " · ".join((str(view.window), *(view.filters or ("everything",))))
        return self._pen.wrapped(told, self._width - 2 * _MARGIN, 8)[:3]

    def _legend_lines(self) -> list[list[tuple[str, str, str]]]:
        """What is on the pages, in words beside small samples, as many in a line as fit."""
        view = self._view
        entries = [("test", name, name) for name in view.test_types]
        entries += [("status", status, STATUS_WORDS[status]) for status in view.statuses]
        if any(bar.kind == "maintenance" for bar in view.bars):
            entries.append(("maintenance", "", "maintenance"))
        if any(bar.conflict for bar in view.bars):
            entries.append(("conflict", "", "conflict"))
        lines: list[list[tuple[str, str, str]]] = [[]]
        x = 0.0
        for entry in entries:
            width = self._entry_width(entry[2])
            if x + width > self._width - 2 * _MARGIN and lines[-1]:
                lines.append([])
                x = 0.0
            lines[-1].append(entry)
            x += width
        return [line for line in lines if line]

    def _entry_width(self, label: str) -> float:
        return 17 + self._pen.measure(label, 8) + 12

    def _draw_sample(self, x: float, y: float, kind: str, name: str) -> None:
        box = (x, y - 7, 13.0, 8.0)
        if kind == "test":
            self._pen.box(*box, fill=colour_of(name, self._view.colours).light)
        elif kind == "status":
            self._draw_test(box, status=name, solid="#5c6b7a")
        elif kind == "maintenance":
            self._pen.hatched(*box)
        else:
            self._pen.box(*box, edge=_RED, stroke=1.4)

    def _draw_days(self, end: float) -> None:
        """Weekends, weeks or days, and months, over the height of the page's rows."""
        view, top = self._view, self._top
        for day in view.window.each_day():
            x = self._x(day)
            if day.isoweekday() > 5 and self._per_day >= 1.2:
                self._pen.box(x, top + _AXIS, self._per_day, end - top - _AXIS, fill=_WEEKEND, radius=0)
        for day in view.window.each_day():
            x = self._x(day)
            first = day == view.window.start
            if day.day == 1 or first:
                self._pen.line(x, top, x, end, _STRONG)
                self._pen.text(x + 3, top + 8, self._month(day), size=7, bold=True)
            if self._per_day >= 13:
                self._pen.line(x, top + 11, x, end, _GRID)
                self._pen.text(x + 2, top + 19, f"{day:%a} {day.day}" if self._per_day > 24 else str(day.day), size=6.5)
            elif day.isoweekday() == 1:
                self._pen.line(x, top + 11, x, end, _GRID)
                week = f"W{day.isocalendar().week}"
                room = min(self._per_day * 7, self._width - _MARGIN - x) - 3
                told = next(
                    (one for one in (f"{week} {day:%d %b}", week, "") if self._pen.measure(one, 5.5) <= room), ""
                )
                self._pen.text(x + 2, top + 19, told, size=5.5, colour=MUTED)
        for y in (top + _AXIS, end):
            self._pen.line(_MARGIN, y, self._width - _MARGIN, y, _STRONG)

    def _month(self, first: date) -> str:
        """As long as there is room: in every month, or in this one that begins before the window."""
        days = min(monthrange(first.year, first.month)[1] - first.day, (self._view.window.end - first).days) + 1
        is_wide = self._pen.measure("September 2026", 7.7) < self._per_day * 28 - 4
        names = (f"{first:%B %Y}", f"{first:%b %Y}", f"{first:%b}") if is_wide else (f"{first:%b}",)
        return next((one for one in names if self._pen.measure(one, 7.7) <= days * self._per_day - 5), "")

    def _draw_today(self, end: float) -> None:
        today = self._view.today
        if self._view.window.contains(today):
            x = self._x(today) + self._per_day / 2
            self._pen.line(x, self._top + _AXIS, x, end, _RED, width=1.2)

    def _draw_band(self, band: _Band, y: float) -> float:
        self._pen.box(_MARGIN, y, self._width - 2 * _MARGIN, _FACILITY, fill=_BAND, radius=0)
        self._pen.text(
            _MARGIN + 4, y + 10.5, band.facility + (" (continued)" if band.goes_on else ""), size=8.5, bold=True
        )
        y += _FACILITY
        for row in band.rows:
            height = self._height_of(row)
            share = "" if row.utilization is None else f"{row.utilization:.0%}"
            name = self._pen.cut(row.name, _NAMES - self._pen.measure(share, 7) - 10, 8)
            self._pen.text(_MARGIN + 4, y + 10, name, size=8)
            self._pen.text(self._left - 5 - self._pen.measure(share, 7), y + 10, share, size=7, colour=MUTED)
            if height >= 21:
                self._pen.text(
                    _MARGIN + 4, y + 18.5, self._pen.cut(row.detail, _NAMES - 8, 6.5), size=6.5, colour=MUTED
                )
            for bar, lane in self._bars.get(row.dyno_id, ()):
                self._draw_bar(bar, lane, y, height)
            y += height
            self._pen.line(_MARGIN, y, self._width - _MARGIN, y, _GRID)
        return y

    def _draw_bar(self, bar: Bar, lane: Lane, y: float, height: float) -> None:
        part = bar.period.clip(self._view.window)
        if part is None:
            return
        each = (height - 4) / lane.of
        box = (
            self._x(part.start) + 0.4,
            y + 2 + lane.index * each,
            part.days * self._per_day - 0.8,
            max(each - 1, 1.0),
        )
        ink = INK
        if bar.kind == "maintenance":
            self._pen.hatched(*box)
        else:
            ink = self._draw_test(box, status=bar.status, solid=colour_of(bar.test_type, self._view.colours).light)
        if bar.conflict:
            self._pen.box(*(box[0] + 0.6, box[1] + 0.6, box[2] - 1.2, box[3] - 1.2), edge=_RED, stroke=1.4)
        self._draw_label(bar, box, ink)

    def _draw_label(self, bar: Bar, box: tuple[float, float, float, float], ink: str) -> None:
        x, y, width, height = box
        pen, size = self._pen, min(7.5, height - 2)
        label = self._label(bar.label, width - 4, size) if size >= 4.5 else ""
        tag = bar.label.split(" · ", maxsplit=1)[0]
        if not label.startswith(tag) and bar.kind == "test" and width >= 7.5 and pen.measure(tag, 6) <= height - 3:
            pen.text_up(x + width / 2 + 2, y + height - 2, tag, size=6, colour=ink)  # whole, rather than cut
            return
        if not label:
            return
        middle = y + height / 2 + size * 0.36
        if bar.kind == "maintenance":
            pen.box(x + 1, middle - size, pen.measure(label, size) + 4, size + 2, fill=MAINTENANCE_BACK)
        pen.text(x + 3, middle, label, size=size, colour=ink)
        if bar.status == "cancelled":
            pen.line(x + 2, middle - size * 0.3, x + 4 + pen.measure(label, size), middle - size * 0.3, MUTED)

    def _draw_test(self, box: tuple[float, float, float, float], *, status: str, solid: str) -> str:
        """Colour says the test type, the way of filling says the status; the ink for a text on it."""
        if status == "in_progress":
            self._pen.box(*box, fill=solid)
            return ink_on(solid)
        if status == "completed":
            self._pen.box(*box, fill=mixed(solid, "#ffffff", 0.66))
        elif status == "tentative":
            self._pen.box(*box, fill="#ffffff", edge=solid, dashed=True)
        elif status == "cancelled":
            self._pen.box(*box, edge=mixed(solid, "#ffffff", 0.62))
            return MUTED
        else:
            self._pen.box(*box, fill=mixed(solid, "#ffffff", 0.87), edge=solid)
        return INK

    def _label(self, label: str, room: float, size: float) -> str:
        """``Tag · TEST``, else ``Tag``, else nothing; cut, but never to a stump."""
        if self._pen.measure(label, size) <= room:
            return label
        short = label.split(" · ", maxsplit=1)[0]
        cut = self._pen.cut(short, room, size)
        return cut if cut == short or len(cut) >= 6 else ""

    def _x(self, day: date) -> float:
        return self._left + (day - self._view.window.start).days * self._per_day
