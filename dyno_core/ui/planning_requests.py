"""Requests on the planning page: demand that has no dyno yet."""

import streamlit as st

from dyno_core.booking import list_requests
from dyno_core.ui.columns import DAY
from dyno_core.ui.fleet_desk import Desk


def draw_requests(desk: Desk) -> None:
    requests = list_requests(desk.database)
    if not requests:
        st.success("Every request has a place.", icon=":material/check_circle:")
        return
    st.dataframe(
        [
            {
                "Number": one.id,
                "Priority": one.priority,
                "Vehicle": one.vehicle,
                "Test": one.test_type,
                "Wished from": one.start_date,
                "To": one.end_date,
                "Days": one.period.days,
                "Why it has no place": one.reason,
            }
            for one in requests
        ],
        hide_index=True,
        key="planning_requests",
        column_config={"Wished from": DAY, "To": DAY},
    )
