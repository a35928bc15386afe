"""The vehicles on the fleet page: search, correct, add, and make one of two records of the same vehicle."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Final

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.fleet import (
    Broken,
    Vehicle,
    VehicleDraft,
    add_vehicle,
    belongings_of,
    broken_by_vehicle,
    edit_vehicle,
    find_vehicle,
    last_split,
    list_merges,
    merge_vehicles,
    preview_merge,
    retire_vehicle,
    search_vehicles,
    with_answers,
)
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES
from dyno_core.period import say_day
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, added, ask_to_confirm, confirmed, done, new_key, save_pressed
from dyno_core.ui.fleet_retiring import retire_form
from dyno_core.ui.identity_choices import made_one_again, splitting, undone_merge
from dyno_core.ui.quoting import quoted

_SHOWN: Final = 200
_MERGES_SHOWN: Final = 20
_COLUMNS: Final = {
    "id": "Number", "tag": "Tag", "vin": "VIN", "program": "Program", "model_year": "Model year",
    "weight_lbs": "Weight, lb", "weight_class": "Class", "drive_type": "Drive", "test_drive": "Tested as",
    "contact": "Contact", "cert_team": "Team", "build_type": "Build", "powertrain": "Powertrain",
    "build_id": "Build id", "notes": "Notes",
}  # fmt: skip


def draw_vehicles(desk: Desk) -> None:
    _offer_undo(desk)
    text = st.text_input(
        "Search", key="vehicle_search", placeholder="Tag, VIN, build id, program, contact or number", max_chars=100
    )
    retired = st.toggle("Retired ones, too", key="vehicles_retired")
    found = search_vehicles(desk.database, text, limit=_SHOWN, retired=retired)
    if found:
        table = pd.DataFrame([asdict(vehicle) for vehicle in found])[list(_COLUMNS)].rename(columns=_COLUMNS)
        numbers = {name: st.column_config.NumberColumn(format="%d") for name in ("Number", "Model year")}
        numbers["Weight, lb"] = st.column_config.NumberColumn(format="localized")
        st.dataframe(table, hide_index=True, column_config=numbers, placeholder="–")
        if len(found) == _SHOWN:
            st.caption(f"The first {_SHOWN} are shown; search for more of the tag to see others.")
        by_id = {vehicle.id: vehicle for vehicle in found}
        number = st.selectbox(
            "Vehicle to change", list(by_id), format_func=lambda one: _said(by_id[one]), key="vehicle"
        )
        named = quoted(by_id[number].label)
        with st.expander(f"Change {named}", icon=":material/edit:"), presented():
            _edit(desk, by_id[number])
        with st.expander(f"{named} is the same as another vehicle", icon=":material/merge:"):
            _merge(desk, by_id[number])
        with st.expander(f"{named} stands for two vehicles", icon=":material/call_split:"), presented():
            _split(desk, by_id[number])
        label = "Bring back" if by_id[number].retired else "Retire"
        with st.expander(f"{label} {named}", icon=":material/archive:"), presented():
            _retire(desk, by_id[number])
    else:
        missing = "There is no vehicle in use. Add one below, or import the workbook."
        st.info("No vehicle matches. Search for less, or add the vehicle below." if text.strip() else missing)
    _merges(desk)
    with st.expander("Add a vehicle", icon=":material/add:"), presented():
        _add(desk)


def _said(vehicle: Vehicle) -> str:
    retired = "retired" if vehicle.retired else None
    parts = (vehicle.label, vehicle.vin if vehicle.tag else None, vehicle.program, retired)
    return " · ".join(part for part in parts if part)


def _edit(desk: Desk, vehicle: Vehicle) -> None:
    key = f"vehicle_{vehicle.id}_{vehicle.version}"
    needs = _needs(vehicle, key=key)
    checked = needs.checked()
    broken: tuple[Broken, ...] = ()
    if (checked.drive_type, checked.weight_class) != (vehicle.drive_type, vehicle.weight_class):
        broken = broken_by_vehicle(
            desk.database, vehicle.id, drive_type=checked.drive_type, weight_class=checked.weight_class,
            today=desk.today,
        )  # fmt: skip
    told = confirmed(broken, key=key, today=desk.today)
    with st.form(f"{key}_form", border=False):
        draft = _names(vehicle, needs, key=key)
        sent = save_pressed(
            "Save vehicle", key="save_vehicle", record=vehicle.id, version=vehicle.version, what=vehicle.label,
            in_form=True,
        )  # fmt: skip
    if sent and told is None:
        ask_to_confirm()
    elif sent:
        saved = edit_vehicle(desk.database, desk.origin, vehicle.id, draft, version=vehicle.version, told=told)
        done(f"Saved {saved.label}.")


def _add(desk: Desk) -> None:
    key = new_key("vehicle")
    with st.form(key, border=False):
        draft = _names(None, _needs(None, key=key), key=key)
        if st.form_submit_button("Add vehicle", type="primary", key="add_vehicle"):
            vehicle = add_vehicle(desk.database, desk.origin, draft)
            added(f"Added {vehicle.label}.")


def _needs(vehicle: Vehicle | None, *, key: str) -> VehicleDraft:
    """What a dyno has to carry: the fields that decide where the vehicle may stand."""
    known = asdict(vehicle) if vehicle else {}
    columns = st.columns(3)
    weight = columns[0].number_input(
        "Weight, lb", 1, 100_000, known.get("weight_lbs"), key=f"{key}_weight_lbs", placeholder="not known"
    )
    label = "Or its weight class"
    given_class = _choice(columns[1], label, "weight_class", WEIGHT_CLASSES, known, key=key)
    return VehicleDraft(
        weight_lbs=None if weight is None else int(weight),
        weight_class=given_class if weight is None else None,
        drive_type=_choice(columns[2], "Drive", "drive_type", DRIVES, known, key=key),
    )


def _names(vehicle: Vehicle | None, needs: VehicleDraft, *, key: str) -> VehicleDraft:
    """All else that is known of it, with ``needs``."""
    known = asdict(vehicle) if vehicle else {}
    columns = st.columns(3)

    def text(place: int, label: str, name: str) -> str:
        return columns[place].text_input(label, known.get(name) or "", key=f"{key}_{name}")

    tag, vin, build_id = text(0, "Tag", "tag"), text(1, "VIN", "vin"), text(2, "Build id", "build_id")
    program = text(0, "Program", "program")
    year = columns[1].number_input("Model year", 1980, 2100, known.get("model_year"), key=f"{key}_model_year")
    tested = _choice(columns[2], "Drive it is tested in", "test_drive", DRIVES, known, key=key)
    return replace(
        needs,
        vin=vin,
        tag=tag,
        build_id=build_id,
        program=program,
        model_year=None if year is None else int(year),
        cert_team=text(0, "Team", "cert_team"),
        contact=text(1, "Contact", "contact"),
        build_type=text(2, "Build", "build_type"),
        powertrain=text(0, "Powertrain", "powertrain"),
        test_drive=tested,
        notes=st.text_area("Notes", known.get("notes", ""), key=f"{key}_notes", height=80),
    )


def _choice(
    place: DeltaGenerator, label: str, name: str, options: tuple[str, ...], known: Mapping[str, str], *, key: str
) -> str | None:
    index = options.index(known[name]) if known.get(name) in options else None
    return place.selectbox(label, options, index=index, key=f"{key}_{name}", placeholder="not known")


def _retire(desk: Desk, vehicle: Vehicle) -> None:
    def change(reason: str) -> str:
        after = retire_vehicle(
            desk.database, desk.origin, vehicle.id, version=vehicle.version, retired=not vehicle.retired, reason=reason
        )
        if not after.retired:
            return f"{after.label} is back."
        return f"{after.label} is retired; “Retired ones, too” shows it, should it come back."

    retire_form(desk, vehicle, change, key=f"vehicle_{vehicle.id}", version=vehicle.version)


def _merge(desk: Desk, vehicle: Vehicle) -> None:
    st.caption(
        f"Everything planned for the other record moves to {vehicle.label}, which takes over what it does not know. "
        "The history of both stays."
    )
    key = f"merge_{vehicle.id}_{vehicle.version}"
    reference = st.text_input("Tag, VIN or number of the other record", key=f"{key}_other")
    if not reference:
        return
    with presented():
        other = find_vehicle(desk.database, reference)
        if other.id == vehicle.id:
            st.info(f"“{reference.strip()}” leads to this very record; name the other one.")
            return
        preview = preview_merge(desk.database, keep=vehicle, merge=other, today=desk.today)
        st.markdown("\n".join(f"- {quoted(sentence)}" for sentence in preview.sentences))
        if preview.problem:
            st.warning(quoted(str(preview.problem)), icon=":material/block:")
            return
        both = f"{vehicle.id}_{other.id}"
        if save_pressed("Make them one", key="merge_vehicles", record=both, version=other.version, what=other.label):
            merged = merge_vehicles(
                desk.database, desk.origin, keep=vehicle.id, merge=other.id, keep_version=vehicle.version,
                merge_version=other.version,
            )  # fmt: skip
            done(f"{merged.merged} is part of {merged.kept} now.")


def _split(desk: Desk, vehicle: Vehicle) -> None:
    st.caption(
        f"The other vehicle gets a record of its own, with the weight, drive and program of {quoted(vehicle.label)}, "
        "and the tests that you choose. The history of both stays."
    )
    key = f"split_{vehicle.id}_{vehicle.version}"
    every = {one.key: one for one in belongings_of(desk.database, vehicle.id)}
    left, right = st.columns((1, 2))
    tag = left.text_input("Tag of the other vehicle", key=f"{key}_tag", max_chars=80).strip()
    chosen = right.multiselect(
        "Its tests and requests", list(every), format_func=lambda key: str(every[key]), key=f"{key}_tests",
        placeholder="None" if every else "There are none",
    )  # fmt: skip
    takes_vin = st.checkbox(f"The VIN {vehicle.vin} is its own", key=f"{key}_vin") if vehicle.vin else False
    if not tag:
        return
    picked = with_answers(every.values(), [every[key] for key in chosen])
    choice = splitting(desk, vehicle, tag=tag, takes_vin=takes_vin, belongings=picked)
    if choice.problem:
        st.warning(quoted(choice.problem), icon=":material/block:")
        return
    st.markdown("\n".join(f"- {quoted(sentence)}" for sentence in choice.sentences))
    reason = st.text_input("Why", key=f"{key}_why", max_chars=500)
    if save_pressed(
        "Make two of it", key="split_vehicle", record=choice.key, version=vehicle.version, what=vehicle.label
    ):
        done(choice.act(reason))


def _offer_undo(desk: Desk) -> None:
    """The last record that this person made two of can be made one again, wherever they look from.

    The button is this split's own: a click on one that is not the last any more, or the second of two, does nothing.
    """
    split = last_split(desk.database, desk.origin.actor)
    if split is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            quoted(f"You made {split.new.label} a vehicle of its own, out of {split.old.label}."), width="content"
        )
        pressed = st.button("Undo the split", icon=":material/undo:", key=f"split_undo_{split.new.id}")
    if pressed:
        with presented():
            done(made_one_again(desk, split.old, split.new))


def _merges(desk: Desk) -> None:
    """What was made one, each with its way back."""
    merges = list_merges(desk.database, limit=_MERGES_SHOWN)
    if not merges:
        return
    with st.expander("Records that were made one", icon=":material/undo:"):
        for one in merges:
            with st.container(horizontal=True, vertical_alignment="center"):
                why = f" “{one.reason}”" if one.reason else ""
                st.markdown(
                    quoted(f"{one.merged} is part of {one.kept} since {say_day(one.at.date())}, by {one.by}.{why}")
                )
                if st.button("Take back", key=f"unmerge_{one.id}"):
                    with presented():
                        done(undone_merge(desk, one))
        if len(merges) == _MERGES_SHOWN:
            st.caption(f"The last {_MERGES_SHOWN} are shown.")
