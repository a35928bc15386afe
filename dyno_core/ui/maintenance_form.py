"""The forms for maintenance windows, for the calendar's dialogs and for the Fleet page."""

from datetime import date, timedelta

import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import list_dynos
from dyno_core.maintenance import CATEGORIES, cancel_maintenance, end_maintenance, plan_maintenance
from dyno_core.period import Period


def plan_form(database: Database, origin: Origin, *, today: date, key: str) -> str | None:
    """Fields for a new window. The sentence that tells it once it is planned, else None.

    Raises what `plan_maintenance` raises, and `InvalidInput` while a day is missing.
    """
    with st.form(key, border=False):
        dyno = st.selectbox("Dyno", [one.name for one in list_dynos(database, today=today)], key=f"{key}_dyno")
        left, right = st.columns(2)
        first = left.date_input("First day", value=today, key=f"{key}_first")
        last = right.date_input("Last day", value=today + timedelta(days=4), key=f"{key}_last")
        category = left.selectbox("Kind", CATEGORIES, format_func=str.capitalize, key=f"{key}_category")
        reason = right.text_input("Reason", key=f"{key}_reason")
        displace = st.checkbox(
            "Displace what is booked there", key=f"{key}_displace",
            help="The allocations it runs over become disputed and need another place. A breakdown always does this.",
        )  # fmt: skip
        sent = st.form_submit_button("Plan", type="primary", key=f"{key}_send")
    if not sent:
        return None
    outage = plan_maintenance(
        database,
        origin,
        dyno=dyno,
        period=Period(chosen_day(first), chosen_day(last)),
        category=category,
        today=today,
        reason=reason,
        displace=displace,
    )
    return outage.sentence


def change_form(database: Database, origin: Origin, window_id: int, *, period: Period, version: int) -> str | None:
    """Another last day, or no window at all. The sentence that tells the change, else None.

    Raises what `end_maintenance` and `cancel_maintenance` raise, and `InvalidInput` while the day is missing.
    """
    with st.form("window", border=False):
        last = st.date_input("Last day", value=period.end, min_value=period.start, key=f"window_last_{window_id}")
        with st.container(horizontal=True):
            change = st.form_submit_button("Change the last day", type="primary", key="window_change")
            drop = st.form_submit_button("Cancel the window", key="window_cancel")
    if change:
        window = end_maintenance(database, origin, window_id, last_day=chosen_day(last), version=version)
        return f"{window.dyno} is in maintenance for {window.period} now."
    if drop:
        window = cancel_maintenance(database, origin, window_id, version=version)
        return f"The maintenance of {window.dyno} for {window.period} is cancelled."
    return None


def chosen_day(value: object) -> date:
    """The chosen day. Raises `InvalidInput` while the field is empty."""
    if not isinstance(value, date):
        raise InvalidInput("A day is missing; choose one.")
    return value
