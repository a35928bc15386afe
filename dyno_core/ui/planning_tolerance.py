"""How far starts may slip when places are proposed."""

from typing import Final

import streamlit as st

from dyno_core.planning.engine import LOOK_AHEAD

EACH: Final = "Each may start later by (days)"
"""For many requests at once; the field of a single one has a name of its own, as both may stand on one page."""
_OWN: Final = ", but a request with a latest end of its own may slip until then, and no further"


def choose_tolerance(key: str, *, label: str = EACH, value: int = 0) -> int:
    """Days."""
    chosen = st.number_input(
        label, min_value=0, max_value=LOOK_AHEAD, value=value, key=f"tolerance_{key}", width=250,
        help=f"0 keeps the wished days{_OWN if label == EACH else ''}. The more days a start may slip, the more finds "
        "a place: a few weeks often place most of what waits.",
    )  # fmt: skip
    return int(chosen)
