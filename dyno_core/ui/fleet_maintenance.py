"""Maintenance on the fleet page: the windows from today on, planning one, changing or cancelling one."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dyno_core.fleet import list_dynos
from dyno_core.maintenance import MaintenanceWindow, list_windows
from dyno_core.period import LAST_DAY, Period, say_days
from dyno_core.ui.columns import DAYS
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, added, done, new_key
from dyno_core.ui.maintenance_form import change_form, plan_form
from dyno_core.ui.planning_breakdown import breakdown_form, undo_outage
from dyno_core.ui.shift_form import Bench


def draw_maintenance(desk: Desk) -> None:
    if not list_dynos(desk.database, today=desk.today):
        st.info("There is no dyno yet. Add one on the Dynos tab, or import the workbook.")
        return
    with presented():
        if said := undo_outage(Bench(database=desk.database, origin=desk.origin, today=desk.today)):
            done(said)
    with st.container(horizontal=True):
        past = st.toggle("Past windows, too", key="windows_past")
        cancelled = st.toggle("Cancelled ones, too", key="windows_cancelled")
    windows = list_windows(
        desk.database, period=None if past else Period(desk.today, LAST_DAY), include_cancelled=cancelled
    )
    if windows:
        _table(desk, windows)
    else:
        st.info("No dyno is in maintenance from today on." if not past else "No dyno was ever in maintenance.")
    if standing := [window for window in windows if window.status != "cancelled"]:
        with st.expander("Change or cancel a window", icon=":material/edit_calendar:"), presented():
            _change(desk, standing)
    # Only when it is open: what a breakdown would hit, and where that could go, is looked up for it.
    report = st.expander("Report a breakdown", icon=":material/report:", key="breakdown_report", on_change="rerun")
    with report, presented():
        if report.open and (
            said := breakdown_form(desk.database, desk.origin, today=desk.today, key=new_key("breakdown"))
        ):
            added(said)
    with st.expander("Plan maintenance", icon=":material/add:", expanded=not windows), presented():
        if said := plan_form(desk.database, desk.origin, today=desk.today, key=new_key("window")):
            added(said)


def _table(desk: Desk, windows: Sequence[MaintenanceWindow]) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Dyno": [window.dyno for window in windows],
                "Facility": [window.facility for window in windows],
                "First day": [window.start_date for window in windows],
                "Last day": [window.end_date for window in windows],
                "Days": [window.period.days for window in windows],
                "State": [_state(desk, window) for window in windows],
                "Kind": [window.category.capitalize() for window in windows],
                "Reason": [window.reason for window in windows],
                "Comes back": [window.recurrence for window in windows],
                "Made by": [window.created_by for window in windows],
            }
        ),
        hide_index=True,
        column_config=DAYS,
        placeholder="–",
        key="windows",
    )


def _change(desk: Desk, windows: Sequence[MaintenanceWindow]) -> None:
    by_id = {window.id: window for window in windows}
    chosen = st.selectbox(
        "Window", list(by_id), format_func=lambda number: _named(by_id[number]), key="window_to_change"
    )
    if chosen is None:
        return
    window = by_id[chosen]
    if said := change_form(desk.database, desk.origin, window, today=desk.today):
        done(said)


def _named(window: MaintenanceWindow) -> str:
    return f"{window.dyno}: {window.category}, {window.period} ({say_days(window.period.days)})"


def _state(desk: Desk, window: MaintenanceWindow) -> str:
    if window.status == "cancelled":
        return "cancelled"
    if window.period.contains(desk.today):
        return "now"
    return "past" if window.end_date < desk.today else "to come"
