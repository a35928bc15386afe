"""ROI: what the agent saves, by month, with the assumptions on the table."""

from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.period import Period
from dyno_core.reports.assumptions import last_change, load_assumptions
from dyno_core.reports.roi import roi
from dyno_core.ui import charts, roi_view
from dyno_core.ui.errors import presented
from dyno_core.ui.report_window import OWN, PRESETS, own_dates
from dyno_core.ui.session import current_app, require_page

SINCE_START = "Since the start"
CHOICES = (SINCE_START, "This year", "This quarter", "Last month", OWN)


def choose() -> Period | None:
    today = current_app().clock.today()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Period", CHOICES, default=SINCE_START, required=True, key="period", bind="query-params"
        )
        if chosen == OWN:
            return own_dates(today)
    return PRESETS[chosen](today) if chosen in PRESETS else None


def draw(window: Period | None) -> None:
    app = current_app()
    zone = ZoneInfo(app.settings.dyno_timezone)
    assumptions = load_assumptions(app.database, app.settings)
    report = roi(
        app.database,
        window=window,
        assumptions=assumptions,
        today=app.clock.today(),
        tz=zone,
    )
    if report.observed is not None:
        st.caption(f"Observed: {report.observed}")
    roi_view.draw_key_figures(report)
    roi_view.draw_assumptions(assumptions, last_change(app.database), zone)
    if report.expected.total.allocations == 0:
        st.info(
            "No allocation was made through the agent in this period, so nothing was saved yet. "
            "Book a vehicle on the Chat page, and it will count here."
        )
    else:
        roi_view.draw_charts(report, charts.look(st.context.theme.type))
        roi_view.draw_tables(report)
    roi_view.draw_formula()


require_page(Permission.READ)
st.title("Return on investment")
with presented():
    draw(choose())
