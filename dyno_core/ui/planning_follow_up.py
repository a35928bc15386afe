"""What planners marked for themselves: one list of allocations and requests, each with its note to read and change."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.booking import FollowUp, list_follow_ups
from dyno_core.ui.calendar_data import STATUS_WORDS
from dyno_core.ui.columns import DAYS, WRAPPED, key_of_rows
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.note_form import note_form
from dyno_core.ui.quoting import quoted


def draw_follow_ups(desk: Desk) -> None:
    marked = list_follow_ups(desk.database)
    if not marked:
        st.success("Nothing is marked for a follow-up.", icon=":material/check_circle:")
        st.caption("Mark a request in the tab Requests, or an allocation in its details, under “Note”.")
        return
    picked = _table(marked)
    if picked is None:
        st.caption("Choose a row to read and change its note, or to take the mark off.")
        return
    place = f"on {picked.dyno}" if picked.dyno else "without a dyno"
    st.subheader(quoted(f"{picked.vehicle} ({picked.test_type}), {place}"))
    actor = desk.origin.actor
    if not (actor.may(Permission.CHANGE_ANY) or (actor.may(Permission.BOOK) and picked.created_by == actor.email)):
        st.text(picked.notes or "There is no note.")
        st.caption(f"{quoted(picked.created_by)} made this; a planner can change it.")
        return
    with presented():
        if said := note_form(desk.database, desk.origin, picked, marked=True):
            done(said)


def _table(marked: Sequence[FollowUp]) -> FollowUp | None:
    frame = pd.DataFrame(
        {
            "Vehicle": [one.vehicle for one in marked],
            "Note": [one.notes or None for one in marked],
            "Test": [one.test_type for one in marked],
            "Dyno": [one.dyno for one in marked],
            "Facility": [one.facility for one in marked],
            "First day": [one.period.start for one in marked],
            "Last day": [one.period.end for one in marked],
            "State": ["without a dyno" if one.kind == "request" else STATUS_WORDS[one.status] for one in marked],
            "Number": [f"{one.kind} {one.id}" for one in marked],
        }
    )
    picked = st.dataframe(
        frame, hide_index=True, on_select="rerun", selection_mode="single-row", placeholder="–", row_height=WRAPPED,
        key=key_of_rows("follow_ups", (f"{one.kind} {one.id}" for one in marked)),
        height=min(38 + WRAPPED * len(marked), 420),
        column_config={**DAYS, "Note": st.column_config.TextColumn(width=320)},
    )  # fmt: skip
    rows = picked["selection"]["rows"]
    return marked[rows[0]] if rows and rows[0] < len(marked) else None
