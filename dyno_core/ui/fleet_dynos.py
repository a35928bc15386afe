"""The dynos on the fleet page: what each can run and when it is in service, with every change previewed."""

from dataclasses import replace
from typing import Final

import pandas as pd
import streamlit as st

from dyno_core.fleet import (
    Broken,
    Dyno,
    DynoDraft,
    TestType,
    add_dyno,
    broken_by_capabilities,
    broken_by_service,
    edit_dyno,
    list_dynos,
    list_test_types,
    retire_dyno,
    service_periods,
    set_service,
)
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capabilities
from dyno_core.ui.columns import DAYS
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, added, ask_to_confirm, confirmed, done, new_key, save_pressed
from dyno_core.ui.fleet_grid import capability_grid

_MARK_WIDTH: Final = 135
"""Pixels: the longest usual mark is not cut off."""
_OUT, _BACK, _RETIRE = "Out of service", "In service", "Retire"


def draw_dynos(desk: Desk) -> None:
    dynos = list_dynos(desk.database, today=desk.today)
    test_types = list_test_types(desk.database)
    facilities = sorted({dyno.facility for dyno in dynos})
    chosen = st.pills("Facility", facilities, selection_mode="multi", key="dyno_facilities") if dynos else []
    shown = [dyno for dyno in dynos if not chosen or dyno.facility in chosen]
    if shown:
        widths = {kind.label: st.column_config.TextColumn(width=_MARK_WIDTH) for kind in test_types}
        widths["Dyno"] = st.column_config.TextColumn(pinned=True)
        widths["In service"] = st.column_config.TextColumn(width=_MARK_WIDTH)
        st.dataframe(capability_grid(shown, test_types), hide_index=True, column_config=widths)
        name = st.selectbox("Dyno to change", [dyno.name for dyno in shown], key="dyno")
        dyno = next(one for one in shown if one.name == name)
        with st.expander(f"What {dyno.name} can run", icon=":material/tune:"), presented():
            _edit(desk, dyno, test_types)
        with st.expander(f"When {dyno.name} is in service", icon=":material/event_available:"), presented():
            _service(desk, dyno)
    else:
        st.info("There is no dyno yet. Add one below, or import the workbook.")
    with st.expander("Add a dyno", icon=":material/add:", expanded=not dynos), presented():
        _add(desk, test_types)


def _edit(desk: Desk, dyno: Dyno, test_types: tuple[TestType, ...]) -> None:
    # The version in the keys: after a change by anyone the fields show what is stored now.
    key = f"dyno_{dyno.id}_{dyno.version}"
    runs = _runs(dyno, test_types, key=key)
    broken: tuple[Broken, ...] = ()
    if runs.capabilities != dyno.capabilities:
        broken = broken_by_capabilities(desk.database, {dyno.id: runs.capabilities}, today=desk.today)
    told = confirmed(broken, key=key, today=desk.today)
    with st.form(f"{key}_form", border=False):
        draft = _names(dyno, runs, key=key)
        sent = save_pressed(
            "Save dyno", key="save_dyno", record=dyno.id, version=dyno.version, what=dyno.name, in_form=True
        )
    if sent and told is None:
        ask_to_confirm()
    elif sent:
        edit_dyno(desk.database, desk.origin, dyno.id, draft, version=dyno.version, today=desk.today, told=told)
        done(f"Saved {draft.name}.")


def _runs(dyno: Dyno | None, test_types: tuple[TestType, ...], *, key: str) -> DynoDraft:
    """The three lists and what is cut out of them; its names are still missing."""
    names = [kind.name for kind in test_types]
    tests = st.multiselect("Test types", names, dyno.supported_test_types if dyno else (), key=f"{key}_tests")
    left, right = st.columns(2)
    drives = left.multiselect("Drives", DRIVES, dyno.supported_drives if dyno else (), key=f"{key}_drives")
    weights = right.multiselect(
        "Weight classes", WEIGHT_CLASSES, dyno.supported_weight_classes if dyno else (), key=f"{key}_weights"
    )
    every = sorted(capabilities(tuple(tests), tuple(drives), tuple(weights), ()))
    excluded = st.multiselect(
        "Except these combinations",
        every,
        [token for token in every if dyno and token in dyno.excluded_combinations],
        format_func=lambda token: token.replace("|", " · "),
        key=f"{key}_excluded",
        help="Of everything the three lists allow, what this dyno must not run.",
    )
    return DynoDraft(
        name="",
        facility="",
        supported_weight_classes=tuple(weights),
        supported_drives=tuple(drives),
        supported_test_types=tuple(tests),
        excluded_combinations=tuple(excluded),
    )


def _names(dyno: Dyno | None, runs: DynoDraft, *, key: str) -> DynoDraft:
    """All else that is known of it, with what it ``runs``."""
    left, right = st.columns(2)
    name = left.text_input("Name", dyno.name if dyno else "", key=f"{key}_name")
    facility = right.text_input("Facility", dyno.facility if dyno else "", key=f"{key}_facility")
    left, right = st.columns([1, 3])
    preference = left.number_input(
        "Preference", 0, 1_000_000, dyno.preference if dyno else 1000, key=f"{key}_preference",
        help="Where several dynos fit, the one with the smallest number is taken first.",
    )  # fmt: skip
    notes = right.text_input("Notes", dyno.notes if dyno else "", key=f"{key}_notes")
    return replace(runs, name=name, facility=facility, preference=int(preference), notes=notes)


def _service(desk: Desk, dyno: Dyno) -> None:
    periods = service_periods(desk.database, dyno.id)
    table = pd.DataFrame(
        {
            "First day": [period.start for period in periods],
            "Last day": [period.end for period in periods],
            "Why": [period.reason for period in periods],
        }
    )
    st.dataframe(table, hide_index=True, column_config=DAYS, placeholder="–")
    st.caption("No last day means until further notice. For a few days of repair plan maintenance instead.")
    key = f"service_{dyno.id}_{dyno.version}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        change = st.segmented_control("Change to", (_OUT, _BACK, _RETIRE), key=f"{key}_change")
        first = st.date_input("From", desk.today, key=f"{key}_from")
        last = None if change == _RETIRE else st.date_input("To (empty: for good)", None, key=f"{key}_to")
    if change is None:
        return
    broken = broken_by_service(
        desk.database, dyno.id, in_service=change == _BACK, from_day=first, to_day=last, today=desk.today
    )
    told = confirmed(broken, key=key, today=desk.today)
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("Why", key=f"{key}_reason", max_chars=500)
        sent = save_pressed(
            "Save service", key="save_service", record=dyno.id, version=dyno.version, what=dyno.name, in_form=True
        )
    if not sent:
        return
    if told is None:
        ask_to_confirm()
        return
    if change == _RETIRE:
        retire_dyno(desk.database, desk.origin, dyno.id, from_day=first, version=dyno.version, reason=reason, told=told)
    else:
        set_service(
            desk.database, desk.origin, dyno.id, in_service=change == _BACK, from_day=first, to_day=last,
            version=dyno.version, reason=reason, told=told,
        )  # fmt: skip
    done(f"Saved when {dyno.name} is in service.")


def _add(desk: Desk, test_types: tuple[TestType, ...]) -> None:
    key = new_key("dyno")
    runs = _runs(None, test_types, key=key)
    with st.form(f"{key}_form", border=False):
        draft = _names(None, runs, key=key)
        first = st.date_input("In service from", desk.today, key=f"{key}_from")
        sent = st.form_submit_button("Add dyno", type="primary", key="add_dyno")
    if sent:
        dyno = add_dyno(desk.database, desk.origin, draft, in_service_from=first)
        added(f"Added {dyno.name}.")
