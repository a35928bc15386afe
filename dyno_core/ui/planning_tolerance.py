"""How far starts may slip when places are proposed."""

import streamlit as st

from dyno_core.planning.engine import LOOK_AHEAD


def choose_tolerance(key: str, *, value: int = 0) -> int:
    """Days."""
    chosen = st.number_input(
        "Start may slip by (days)", min_value=0, max_value=LOOK_AHEAD, value=value, key=f"tolerance_{key}", width=190,
        help="0 keeps the wished days. The more days a start may slip, the more finds a place: a few weeks often place "
        "most of what waits. A request with a latest end of its own may slip until then and no further.",
    )  # fmt: skip
    return int(chosen)
