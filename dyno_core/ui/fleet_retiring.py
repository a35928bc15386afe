"""Retiring a vehicle or a test type on the fleet page, and bringing it back: what that means is said first."""

from collections.abc import Callable

import streamlit as st

from dyno_core.fleet import TestType, Vehicle, still_planned
from dyno_core.ui.fleet_desk import Desk, done, save_pressed
from dyno_core.ui.quoting import quoted


def retire_form(desk: Desk, one: Vehicle | TestType, change: Callable[[str], str], *, key: str, version: int) -> None:
    """``change`` does it for a reason, and tells it."""
    if one.retired:
        st.caption("It is retired: nothing can be planned for it. Its history is kept.")
    elif problem := still_planned(desk.database, one):
        st.info(quoted(str(problem)), icon=":material/info:")
        return
    else:
        st.caption("Nothing is planned for it. Retired, it can't be planned any more; its history is kept.")
    with st.form(f"{key}_retire", border=False):
        reason = st.text_input("Why", key=f"{key}_retire_why_{version}", max_chars=500)
        sent = save_pressed(
            "Bring it back" if one.retired else "Retire it", key=f"{key}_retire_send", record=key, version=version,
            what=one.label, kind="secondary", in_form=True,
        )  # fmt: skip
    if sent:
        done(change(reason))
