"""Taking along what the calendar shows: Excel, CSV, and a PDF to print. Nothing is read before it is asked for."""

from typing import Final

import streamlit as st

from dyno_core.period import Period
from dyno_core.start import App
from dyno_core.tables import XLSX, to_csv
from dyno_core.ui.calendar_data import title_of
from dyno_core.ui.calendar_files import calendar_workbook, plan_table
from dyno_core.ui.calendar_paper import Paper, calendar_pdf
from dyno_core.ui.calendar_reading import Filters
from dyno_core.ui.calendar_view import MOST_BARS, CalendarView, read_view

_PAPERS: Final[tuple[Paper, ...]] = ("A4", "A3")


def offer_downloads(app: App, filters: Filters, window: Period, *, count: int) -> None:
    """``count``: how many bars the window has."""
    name = f"calendar-{window.start}-{window.end}"
    title = title_of(window, st.session_state.get("zoom") or "Quarter")

    def view() -> CalendarView:
        return read_view(app.database, filters, window, title=title, today=app.clock.today())

    with st.popover("Export", icon=":material/download:", key="calendar_take"):
        st.caption(f"{window}, with the filters that are on.")
        with st.container(horizontal=True):
            st.download_button(
                "Excel", lambda: calendar_workbook(view()), f"{name}.xlsx", XLSX, key="calendar_xlsx",
                on_click="ignore", help="The calendar drawn day by day, the plan, conflicts and requests.",
            )  # fmt: skip
            st.download_button(
                "CSV", lambda: to_csv(plan_table(view())), f"{name}.csv", "text/csv", key="calendar_csv",
                on_click="ignore", help="The plan as a table, a line for each allocation and window, with the notes.",
            )  # fmt: skip
        if count > MOST_BARS:
            st.caption(f"{count:,} bars are too many for pages; narrow the days or the filters to print them.")
            return
        paper: Paper = st.segmented_control("Paper", _PAPERS, default="A4", required=True, key="calendar_paper") or "A4"
        apart = st.toggle("Each facility on pages of its own", value=True, key="calendar_pages")
        st.download_button(
            "PDF to print", lambda: calendar_pdf(view(), paper=paper, page_per_facility=apart),
            f"{name}-{paper}.pdf", "application/pdf", key="calendar_pdf", on_click="ignore", icon=":material/print:",
        )  # fmt: skip
