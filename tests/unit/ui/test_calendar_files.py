"""The calendar taken along: a workbook that is drawn as the screen is, and pages to print."""

import base64
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from openpyxl import load_workbook

from dyno_core.booking import Request, Selection
from dyno_core.period import Period
from dyno_core.ui import calendar_files
from dyno_core.ui.calendar_files import calendar_workbook
from dyno_core.ui.calendar_paper import calendar_pdf
from dyno_core.ui.calendar_reading import Filters
from dyno_core.ui.calendar_view import CalendarView, filters_in_words
from dyno_core.ui.timeline import Bar, Row

MONDAY = date(2026, 5, 4)
WINDOW = Period(MONDAY, MONDAY + timedelta(days=27))


def a_row(number: int, *, facility: str = "North") -> Row:
    return Row(number, f"{facility[0]}{number}", facility, "AWD", 0.5)


def a_bar(number: int, dyno: int, first: int, last: int, **changes: object) -> Bar:
    day = MONDAY + timedelta(days=first)
    bar = Bar(
        allocation_id=number, dyno_id=dyno, start=day, end=MONDAY + timedelta(days=last), kind="test",
        test_type="brake", status="scheduled", disputed=False, conflict=False, label=f"T-{number} · brake", tooltip="",
        version=1,
    )  # fmt: skip
    return replace(bar, **changes)  # type: ignore[arg-type]


def a_request(number: int, reason: str = "all are taken") -> Request:
    return Request(
        id=number, vehicle_id=number, vin=None, tag=f"R-{number}", program=None, model_year=None, contact=None, weight_class="<10K", drive_type="AWD",
        test_type="brake", leg=None, start_date=MONDAY, end_date=MONDAY, latest_end_date=None, duration_days=1,
        miles=None, priority=3, facility=None, reason=reason, notes="", status="open", allocation_id=None,
        created_by="me", source="api", version=1,
    )  # fmt: skip


def a_view(rows: list[Row], bars: list[Bar], **changes: object) -> CalendarView:
    view = CalendarView(
        title="May 2026", window=WINDOW, filters=("Facility: North",), rows=tuple(rows), bars=tuple(bars),
        allocations=(), conflicts=(), requests=(), colours={"brake": "0", "evap": "1"},
        tests=("brake", "evap"), today=MONDAY,
    )  # fmt: skip
    return replace(view, **changes)  # type: ignore[arg-type]


def test_filters_are_told_in_words() -> None:
    assert filters_in_words(Filters()) == ()
    asked = Selection(search="W1", facilities=("PGN", "ATC"), statuses=("in_progress",), model_years=(2027,))
    assert filters_in_words(Filters(replace(asked, follow_up=True), only_conflicts=True)) == (
        "Search: “W1”", "Facility: PGN, ATC", "Status: in progress", "Model year: 2027", "Only follow-ups", "Only conflicts",
    )  # fmt: skip


def test_the_workbook_draws_each_bar_over_its_days_and_one_below_the_other_where_they_clash() -> None:
    bars = [
        a_bar(1, 1, -3, 1),
        a_bar(2, 1, 1, 2, conflict=True),
        a_bar(3, 2, 5, 6, kind="maintenance", test_type="", label="=Calibration"),
        a_bar(4, 2, 20, 40, status="in_progress"),
    ]
    book = load_workbook(io.BytesIO(calendar_workbook(a_view([a_row(1), a_row(2)], bars))))
    sheet = book["Calendar"]
    assert sheet["A1"].value == "Calendar: May 2026"
    assert sheet["A2"].value == "Mon 4 May 2026 to Sun 31 May 2026 · Facility: North"
    lines = {
        cell.value: [other.column - cell.column for other in row if other.fill.patternType]
        for row in sheet.iter_rows(min_row=6, min_col=4)
        for cell in row
        if cell.value
    }
    assert lines == {
        "T-1 · brake": [0, 1],
        "! T-2 · brake": [0, 1],
        "'=Calibration": [0, 1, *range(15, 23)],
        "T-4 · brake": [-15, -14, *range(8)],
    }
    assert [sheet.cell(row, 2).value for row in (6, 7, 8)] == ["N1", None, "N2"]
    assert book.sheetnames == ["Calendar", "Plan", "Conflicts", "Requests without a dyno"]


def test_a_plan_too_large_to_draw_is_listed_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar_files, "_MOST_CELLS", 10)
    view = a_view([a_row(1)], [a_bar(1, 1, 0, 1)], requests=(a_request(7, "=cmd"),))
    book = load_workbook(io.BytesIO(calendar_workbook(view)))
    assert book["Calendar"]["A3"].value.startswith("There are too many days and dynos to draw them here")
    assert [cell.value for cell in book["Requests without a dyno"][2]][::11] == [7, "'=cmd"]


def texts_of(pdf: bytes) -> list[list[str]]:
    """The strings of each page, in the order in which they are drawn, as somebody who copies them gets them."""
    objects = dict(re.findall(rb"(\d+) 0 obj\n(.*?)endobj", pdf, re.DOTALL))
    named = [re.search(rb"/Name /(\S+).*/ToUnicode (\d+) ", one, re.DOTALL) for one in objects.values()]
    fonts = {found[1].decode(): _letters(objects[found[2]]) for found in named if found}
    return [list(_drawn(_stream(one), fonts)) for one in objects.values() if b"/ASCII85Decode" in one]


def _drawn(page: str, fonts: dict[str, dict[int, str]]) -> Iterator[str]:
    font: dict[int, str] = {}
    for name, text in re.findall(r"/(\S+) \S+ Tf|\(((?:\\.|[^()\\])*)\) Tj", page, re.DOTALL):
        if name:
            font = fonts.get(name, {})
        else:
            yield "".join(font[ord(letter)] for letter in _plain(text))


def _letters(font: bytes) -> dict[int, str]:
    pairs = re.findall(r"<(..)> <(....)>", _stream(font))
    return {int(code, 16): chr(int(letter, 16)) for code, letter in pairs}


def _stream(found: bytes) -> str:
    packed = found.split(b"stream\n", maxsplit=1)[1].rsplit(b"endstream", maxsplit=1)[0]
    if b"/ASCII85Decode" in found:
        packed = base64.a85decode(b"<~" + packed.strip(), adobe=True)
    return zlib.decompress(packed).decode("latin-1")


def _plain(text: str) -> str:
    """Without the escapes of a PDF's strings: ``\\(`` for a bracket, ``\\225`` for a byte."""
    return re.sub(r"\\(\d{3}|.)", lambda found: chr(int(found[1], 8)) if found[1].isdecimal() else found[1], text)


def test_every_facility_has_pages_of_its_own_with_title_filters_and_legend() -> None:
    rows = [a_row(1), a_row(2), a_row(3, facility="South")]
    bars = [
        a_bar(1, 1, 0, 3, status="in_progress"),
        a_bar(2, 2, 0, 9, test_type="evap", conflict=True, label="T-2 · evap"),
        a_bar(3, 3, 2, 8, kind="maintenance", test_type="", label="Calibration"),
    ]
    view = a_view(rows, bars, requests=(a_request(1),))
    north, south, waiting = texts_of(calendar_pdf(view, paper="A3"))
    for number, page in enumerate((north, south, waiting), start=1):
        assert page[0] == "Calendar: May 2026"
        assert page[1] == "Mon 4 May 2026 to Sun 31 May 2026 · Facility: North"
        assert {"brake", "evap", "scheduled", "in progress", "maintenance", "conflict"} <= set(page)
        assert f"Page {number} of 3" in page
    assert {"North", "N1", "N2", "T-1 · brake", "T-2 · evap", "50%"} <= set(north)
    assert {"South", "S3", "Calibration"} <= set(south)
    assert not {"South", "S3"} & set(north)
    assert {"Requests without a dyno (1)", "R-1", "all are taken"} <= set(waiting)


def test_facilities_share_a_page_when_asked_and_a_long_one_goes_on_on_the_next_page() -> None:
    rows = [a_row(number) for number in range(1, 41)]
    south = [a_row(number, facility="South") for number in range(41, 43)]
    few = texts_of(calendar_pdf(a_view(rows[:2] + south, []), page_per_facility=False))
    assert len(few) == 1
    assert {"North", "South"} <= set(few[0])
    first, second, third = texts_of(calendar_pdf(a_view(rows + south, [])))
    assert "North" in first
    assert "North (continued)" in second
    assert {"South", "S41"} <= set(third)
    assert sum(text in {f"N{number}" for number in range(1, 41)} for text in first + second) == 40


@pytest.mark.parametrize("status", ["tentative", "scheduled", "in_progress", "completed", "cancelled"])
def test_a_page_takes_any_name_any_status_and_any_crowd(status: str) -> None:
    bars = [a_bar(number, 1, 0, 0, status=status, label=f"试验 {number} · <b>&(") for number in range(40)]
    pages = texts_of(calendar_pdf(a_view([a_row(1)], bars, filters=("Search: “" + "x" * 4000 + "”",))))
    assert len(pages) == 1
    assert len(texts_of(calendar_pdf(a_view([], [])))) == 1


def test_names_from_all_over_europe_are_printed_and_what_has_no_letter_is_a_box() -> None:
    names = ["Žižek", "Łukasz", "Ωmega", "Дмитрий", "Ğül €", "试\tx 😀"]
    bars = [a_bar(at, at, 0, 27, label=name) for at, name in enumerate(names, start=1)]
    pdf = calendar_pdf(a_view([a_row(at, facility=names[at - 1]) for at in range(1, 7)], bars), page_per_facility=False)
    (page,) = texts_of(pdf)
    assert {"Žižek", "Łukasz", "Ωmega", "Дмитрий", "Ğül €", "□ x □"} <= set(page)
    assert len(pdf) < 60_000  # of the fonts only the letters that are used
    assert page.count("Дмитрий") == 2  # as a heading, too


def test_a_year_on_a_page_and_a_list_over_several() -> None:
    year = Period(date(2026, 1, 1), date(2026, 12, 31))
    view = a_view([a_row(1)], [a_bar(1, 1, 0, 3)], window=year, requests=tuple(map(a_request, range(400))))
    pages = texts_of(calendar_pdf(view, paper="A4"))
    assert {"Jan", "Dec"} <= set(pages[0])
    assert "and 100 more" in pages[-1]
