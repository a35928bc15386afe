"""Health and timings on the admin page."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pandas as pd
import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.database.engine import Database
from dyno_core.health import health_of, timings

_SPANS: Final = {
    "Last hour": timedelta(hours=1),
    "Last 24 hours": timedelta(days=1),
    "Last 7 days": timedelta(days=7),
    "Last 30 days": timedelta(days=30),
}
_MILLISECONDS: Final = st.column_config.NumberColumn(format="%,.1f ms", width="small")
_COUNT: Final = st.column_config.NumberColumn(format="localized", width="small")


def draw_health(database: Database, actor: Actor) -> None:
    """Raises what `timings` raises."""
    health = health_of(database)
    columns = st.columns(4)
    columns[0].metric("Database", "up" if health.database else "down", border=True)
    columns[1].metric("Tables", "up to date" if health.migrations else "to be migrated", border=True)
    columns[2].metric("PostgreSQL", (health.server_version or "–").split(" ")[0], border=True)
    size = "–" if health.size_bytes is None else f"{health.size_bytes / 1e6:,.0f} MB"
    columns[3].metric("Size of the data", size, border=True)
    st.subheader("How long things take")
    span = st.segmented_control("Measured in the", list(_SPANS), default="Last 24 hours", required=True, key="span")
    measured = timings(database, actor, since=datetime.now(UTC) - _SPANS[span or "Last 24 hours"])
    if not measured:
        st.info("Nothing was measured in this time; the figures appear once people use the app.")
        return
    st.dataframe(
        pd.DataFrame(
            {
                "Part of the app": [one.service.replace("_", " ").capitalize() for one in measured],
                "Operation": [one.method.replace("_", " ") for one in measured],
                "Calls": [one.calls for one in measured],
                "Failed": [one.failures for one in measured],
                "Failed, %": [100 * one.failures / one.calls for one in measured],
                "Median": [one.median_ms for one in measured],
                "95th percentile": [one.p95_ms for one in measured],
            }
        ),
        hide_index=True,
        height="content" if len(measured) <= 20 else "auto",
        key="timings",
        column_config={
            "Calls": _COUNT,
            "Failed": _COUNT,
            "Failed, %": st.column_config.NumberColumn(format="%.1f %%", width="small"),
            "Median": _MILLISECONDS,
            "95th percentile": _MILLISECONDS,
        },
    )
    st.caption("The slowest first. Of 100 calls, 95 were at least as fast as the 95th percentile.")
