"""The note on an allocation or a request, and its mark for a follow-up: one small form wherever one is opened."""

import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.booking import Allocation, FollowUp, Request, note_allocation, note_request
from dyno_core.booking.texts import LONGEST_TEXT
from dyno_core.database.engine import Database
from dyno_core.ui.fleet_desk import save_pressed


def note_form(database: Database, by: Origin, one: Allocation | Request | FollowUp, *, marked: bool) -> str | None:
    """What was stored, in words, once it was. ``marked``: whether it bears the mark now."""
    is_request = isinstance(one, Request) or (isinstance(one, FollowUp) and one.kind == "request")
    kind = "request" if is_request else "allocation"
    key = f"note_{kind}_{one.id}_{one.version}"
    with st.form(f"{key}_form", border=False):
        notes = st.text_area("Note", one.notes, key=key, height=80, max_chars=LONGEST_TEXT)
        follow_up = st.checkbox("Somebody has to follow this up", marked, key=f"{key}_mark")
        sent = save_pressed(
            "Save the note", key=f"save_note_{kind}", record=one.id, version=one.version,
            what=f"{kind.capitalize()} {one.id}", kind="secondary", in_form=True,
        )  # fmt: skip
    if not sent:
        return None
    store = note_request if is_request else note_allocation
    store(database, by, one.id, notes=notes, follow_up=follow_up, version=one.version)
    mark = "" if marked == follow_up else ", and it is marked for a follow-up" if follow_up else ", its mark is off"
    return f"The note on {one.vehicle} is saved{mark}."
