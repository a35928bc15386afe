"""What can be done about vehicles that seem to be on record twice, or two of them as one: merge, split, take off."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Final

import streamlit as st

from dyno_core.booking import DeskConflict
from dyno_core.booking.doubles import belongings_by_tag
from dyno_core.fleet import (
    Belonging,
    Merge,
    RetiredVehicle,
    Vehicle,
    VehicleDraft,
    belongings_of,
    broken_by_vehicle,
    edit_vehicle,
    hand_over,
    merge_vehicles,
    preview_merge,
    split_vehicle,
    undo_merge,
    with_answers,
)
from dyno_core.ui.conflict_choice import UNDO, Choice
from dyno_core.ui.fleet_desk import Desk

_FIELDS: Final = {"vin": "VIN", "tag": "tag", "build_id": "build id"}
_LISTED: Final = 8
ONE: Final = "It is one vehicle"
TWO: Final = "They are two vehicles"


def identity_choices(desk: Desk, conflict: DeskConflict) -> dict[str, list[Choice]]:
    """The ways out that need nothing but a yes, by what they say that the vehicles are."""
    if len(conflict.vehicles) == 2:
        one, other = conflict.vehicles
        return {
            ONE: [_merging(desk, one, other), _merging(desk, other, one)],
            TWO: [_taking_off(desk, each, conflict.names[each.id]) for each in (one, other)],
        }
    (vehicle,) = conflict.vehicles
    by_tag = belongings_by_tag(desk.database, vehicle.id)
    others = [tag for tag in conflict.tags if tag.lower() != (vehicle.tag or "").lower()]
    made_two = [
        splitting(desk, vehicle, tag=tag, takes_vin=takes_vin, belongings=by_tag.get(tag, ()))
        for tag in others
        for takes_vin in ((False, True) if vehicle.vin else (False,))
    ]
    return {TWO: made_two, ONE: []}


def draw_legs(desk: Desk, conflict: DeskConflict) -> Choice | None:
    """A form for people who know which tests are whose; the choice that comes of it, once it is sent."""
    vehicles = conflict.vehicles
    if len(vehicles) == 1 and conflict.tags:
        return _split_form(desk, conflict)
    every = {f"{one.id} {each.key}": (one, each) for one in vehicles for each in belongings_of(desk.database, one.id)}
    if len(vehicles) != 2 or not every:
        return None
    with st.form("conflict_legs", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "They are two: tests that belong to the other one", list(every), key="conflict_legs_chosen",
            format_func=lambda key: f"{every[key][0].label} ({every[key][0].id}): {every[key][1]}",
        )  # fmt: skip
        if not st.form_submit_button("Move them over", key="conflict_legs_send") or not chosen:
            return None
    owners = {every[key][0].id for key in chosen}
    old = next(one for one in vehicles if one.id in owners)
    new = next(one for one in vehicles if one.id != old.id)
    problem = "Tests of both were chosen; move those of one, then those of the other." if len(owners) > 1 else ""
    own = [each for one, each in every.values() if one.id == old.id]
    picked = with_answers(own, [every[key][1] for key in chosen if every[key][0].id == old.id])
    return _handing_over(desk, old, new, picked, problem=problem)


def _split_form(desk: Desk, conflict: DeskConflict) -> Choice | None:
    (vehicle,) = conflict.vehicles
    every = {one.key: one for one in belongings_of(desk.database, vehicle.id)}
    others = [tag for tag in conflict.tags if tag.lower() != (vehicle.tag or "").lower()]
    with st.form("conflict_legs", border=False):
        st.markdown("Or choose yourself what belongs to the other vehicle:")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            tag = st.selectbox("Its tag", others, key="conflict_legs_tag", width=160)
            chosen = st.multiselect(
                "Its tests", list(every), format_func=lambda key: str(every[key]), key="conflict_legs_chosen"
            )
            takes_vin = st.checkbox("The VIN is its own", key="conflict_legs_vin") if vehicle.vin else False
            if not st.form_submit_button("Make two of it", key="conflict_legs_send") or tag is None:
                return None
    picked = with_answers(every.values(), [every[key] for key in chosen])
    return splitting(desk, vehicle, tag=tag, takes_vin=takes_vin, belongings=picked)


def splitting(desk: Desk, vehicle: Vehicle, *, tag: str, takes_vin: bool, belongings: Sequence[Belonging]) -> Choice:
    """A record of its own for ``tag``, with these tests; the VIN stays, or goes along."""

    def act(reason: str) -> str:
        old, new = split_vehicle(
            desk.database, desk.origin, vehicle.id, version=vehicle.version, tag=tag, takes_vin=takes_vin,
            belongings=belongings, reason=reason,
        )  # fmt: skip
        st.session_state[UNDO] = lambda: made_one_again(desk, old, new)
        return f"{new.label} is a vehicle of its own now (vehicle {new.id})."

    label = f"A record for {tag}{', with the VIN' if takes_vin else ''}"
    said = [f"{tag} gets a record of its own, with the weight, drive and program of {vehicle.label}."]
    if vehicle.vin:
        whose = f"goes to {tag}" if takes_vin else f"stays with {vehicle.label}"
        said.append(f"The VIN {vehicle.vin} {whose}.")
    if vehicle.retired:
        said.append(f"{vehicle.label} stays retired; {tag} can be planned.")
    said.append(_moving(belongings, to=tag))
    kept = replace(vehicle, vin=None) if takes_vin else vehicle
    said.append(f"Afterwards vehicle {vehicle.id} is called {kept.label}, and the new record {tag}.")
    problem = ""
    if tag.casefold() == kept.label.casefold():
        problem = f"Vehicle {vehicle.id} is called {tag} itself; give the tag of the other vehicle."
    key = f"split-{vehicle.id}-{vehicle.version}-{tag}-{takes_vin}-{'+'.join(one.key for one in belongings)}"
    return Choice(key, label, tuple(said), False, act, problem)


def made_one_again(desk: Desk, old: Vehicle, new: Vehicle) -> str:
    merge_vehicles(
        desk.database, desk.origin, keep=old.id, merge=new.id, keep_version=old.version, merge_version=new.version,
        reason="the split was taken back",
    )  # fmt: skip
    return f"Taken back: {new.label} is part of {old.label} again."


def _handing_over(desk: Desk, old: Vehicle, new: Vehicle, belongings: Sequence[Belonging], *, problem: str) -> Choice:
    def act(reason: str) -> str:
        moved = hand_over(desk.database, desk.origin, old=old, new=new, belongings=belongings, reason=reason)

        def back() -> str:
            hand_over(desk.database, desk.origin, old=new, new=old, belongings=moved, reason="taken back")
            return f"Taken back: what had moved belongs to {old.label} again."

        st.session_state[UNDO] = back
        return f"{len(moved)} moved from {old.label} to {new.label}. Now say what tells the two apart, or accept it."

    broken = broken_by_vehicle(
        desk.database, old.id, drive_type=new.drive_type, weight_class=new.weight_class, today=desk.today
    )
    going = {one.id for one in belongings if one.kind == "allocation"}
    said = (
        _moving(belongings, to=f"{new.label} (vehicle {new.id})"),
        *(f"That puts it where it must not stand: {one}." for one in broken if one.allocation_id in going),
    )
    if not problem and new.retired and (coming := [one for one in belongings if not one.is_over]):
        problem = str(RetiredVehicle(new.label, f"{coming[0]} is still to come", instead="choose only what is over"))
    key = f"legs-{old.id}-{new.id}-{'+'.join(one.key for one in belongings)}"
    return Choice(key, f"Move tests to {new.label}", said, False, act, problem)


def _merging(desk: Desk, keep: Vehicle, merge: Vehicle) -> Choice:
    preview = preview_merge(desk.database, keep=keep, merge=merge, today=desk.today)

    def act(reason: str) -> str:
        merged = merge_vehicles(
            desk.database, desk.origin, keep=keep.id, merge=merge.id, keep_version=keep.version,
            merge_version=merge.version, reason=reason,
        )  # fmt: skip
        st.session_state[UNDO] = lambda: undone_merge(desk, merged)
        return f"{merged.merged} is part of {merged.kept} now."

    key = f"merge-{keep.id}-{keep.version}-{merge.id}-{merge.version}"
    label = f"Keep {keep.label} ({keep.id})"
    problem = str(preview.problem) if preview.problem else ""
    return Choice(key, label, preview.sentences, False, act, problem)


def undone_merge(desk: Desk, merge: Merge) -> str:
    back = undo_merge(desk.database, desk.origin, merge.id)
    return f"Taken back: {back.label} is a vehicle of its own again, with all that had moved to {merge.kept}."


def _taking_off(desk: Desk, vehicle: Vehicle, name: str) -> Choice:
    """They are two, and one of them is called by a mistake as it is."""
    known = {each.name: getattr(vehicle, each.name) for each in fields(VehicleDraft)}
    draft, without = VehicleDraft(**known), VehicleDraft(**{**known, name: None})
    value, word = known[name], _FIELDS[name]

    def act(reason: str) -> str:
        why = reason or f"the {word} {value} is another vehicle's"
        after = edit_vehicle(desk.database, desk.origin, vehicle.id, without, version=vehicle.version, reason=why)

        def back() -> str:
            edit_vehicle(
                desk.database, desk.origin, vehicle.id, draft, version=after.version, reason="taken back", restores=True
            )
            return f"Taken back: {vehicle.label} has the {word} {value} again."

        st.session_state[UNDO] = back
        return f"The {word} {value} is off vehicle {vehicle.id}; it is called {after.label} now."

    said = (
        f"Vehicle {vehicle.id} loses the {word} {value}, and nothing else; its tests stay with it.",
        "The other vehicle stays as it is.",
    )
    label = f"Take the {word} off {vehicle.label} ({vehicle.id})"
    return Choice(f"off-{vehicle.id}-{vehicle.version}-{name}", label, said, False, act)


def _moving(belongings: Sequence[Belonging], *, to: str) -> str:
    if not belongings:
        return "No test or request moves along."
    listed = "; ".join(str(one) for one in belongings[:_LISTED])
    more = f"; and {len(belongings) - _LISTED} more" if len(belongings) > _LISTED else ""
    return f"To {to} move: {listed}{more}."
