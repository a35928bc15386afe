from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from dyno_core.accounts.roles import OPERATOR, Actor, Role
from dyno_core.audit.log import Origin, history
from dyno_core.database.engine import Database
from dyno_core.database.models import AllocationRow, UserRow
from dyno_core.errors import AlreadyTaken, InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import (
    Dyno,
    DynoDraft,
    DynoNotFound,
    RuleDraft,
    Vehicle,
    VehicleDraft,
    VehicleNotFound,
    VehiclesClash,
    add_dyno,
    add_test_type,
    add_vehicle,
    broken_by_capabilities,
    broken_by_length,
    broken_by_merge,
    broken_by_service,
    broken_by_vehicle,
    edit_dyno,
    edit_test_type,
    edit_vehicle,
    find_vehicle,
    get_dyno,
    get_test_type,
    get_vehicle,
    list_dynos,
    list_rules,
    merge_vehicles,
    preview_rules,
    retire_dyno,
    service_periods,
    set_rules,
    set_service,
    table_version,
)
from dyno_core.fleet import TestTypeDraft as TypeDraft
from dyno_core.fleet import TestTypeUnknown as TypeUnknown

TODAY = date(2026, 3, 9)
DAY = timedelta(days=1)
VIN = "1FTFW1ET5DFC10312"
OPERATING = Origin(actor=OPERATOR, channel="planner")

FULL = DynoDraft(
    name="North 1", facility="North", supported_weight_classes=("<10K", ">10K"), supported_drives=("2WD", "AWD"),
    supported_test_types=("brake", "evap"), excluded_combinations=("evap|AWD|>10K",),
)  # fmt: skip


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    for name in ("brake", "evap"):
        add_test_type(fresh_database, OPERATING, TypeDraft(name=name))
    return fresh_database


def given_dyno(database: Database, name: str = "North 1") -> Dyno:
    return add_dyno(database, OPERATING, replace(FULL, name=name), in_service_from=TODAY - 100 * DAY)


def given_vehicle(database: Database, **changes: object) -> Vehicle:
    draft = VehicleDraft(tag="T1", weight_lbs=12_000, drive_type="2WD")
    return add_vehicle(database, OPERATING, replace(draft, **changes))


def given_test(
    database: Database, dyno: Dyno, vehicle: Vehicle, *, start: int, days: int = 3, status: str = "scheduled"
) -> int:
    row = AllocationRow(
        vehicle_id=vehicle.id, dyno_id=dyno.id, test_type="brake", start_date=TODAY + start * DAY,
        end_date=TODAY + (start + days - 1) * DAY, status=status, created_by="x", source="calendar",
    )  # fmt: skip
    with database.writing() as session:
        session.add(row)
        session.flush()
        return row.id


def origin_of(database: Database, role: Role) -> Origin:
    email = f"{role}@lab.test"
    with database.writing() as session:
        row = UserRow(email=email, name=role, role=role, password_hash="-")
        session.add(row)
        session.flush()
        return Origin(actor=Actor(id=row.id, email=email, name=role, role=role), channel="calendar")


def actions(database: Database, entity: str, entity_id: int | str) -> list[str]:
    return [entry.action for entry in history(database, entity=entity, entity_id=entity_id)]


# Dynos


def test_a_new_dyno_is_in_service_and_audited(lab: Database) -> None:
    dyno = given_dyno(lab)
    assert dyno == get_dyno(lab, "north 1", today=TODAY - 100 * DAY)
    assert get_dyno(lab, dyno.id, today=TODAY).enabled
    assert "evap|AWD|<10K" in dyno.capabilities
    assert "evap|AWD|>10K" not in dyno.capabilities
    assert actions(lab, "dyno", dyno.id) == ["add"]


def test_two_dynos_of_one_name_in_other_capitals_are_refused(lab: Database) -> None:
    given_dyno(lab)
    with pytest.raises(AlreadyTaken, match="North 1"):
        given_dyno(lab, "NORTH 1")


def test_a_dyno_for_an_unknown_test_type_is_refused_and_not_stored(lab: Database) -> None:
    with pytest.raises(TypeUnknown, match="brake, evap"):
        add_dyno(lab, OPERATING, replace(FULL, supported_test_types=("crash",)), in_service_from=TODAY)
    assert list_dynos(lab, today=TODAY) == ()


def test_an_edit_of_what_someone_else_changed_meanwhile_is_refused(lab: Database) -> None:
    seen = given_dyno(lab)
    changed = edit_dyno(lab, OPERATING, seen.id, replace(FULL, notes="new"), version=seen.version, today=TODAY)
    assert changed.version == seen.version + 1
    with pytest.raises(StaleVersion, match="changed by someone else"):
        edit_dyno(lab, OPERATING, seen.id, replace(FULL, notes="old"), version=seen.version, today=TODAY)
    assert get_dyno(lab, seen.id, today=TODAY).notes == "new"
    (edit, _) = history(lab, entity="dyno", entity_id=seen.id)
    assert (edit.before, edit.after) == ({"notes": ""}, {"notes": "new"})


def test_storing_what_is_there_already_changes_nothing(lab: Database) -> None:
    seen = given_dyno(lab)
    assert edit_dyno(lab, OPERATING, seen.id, FULL, version=seen.version, today=TODAY).version == seen.version
    assert actions(lab, "dyno", seen.id) == ["add"]


def test_a_renamed_dyno_keeps_its_place_in_the_rules(lab: Database) -> None:
    dyno = given_dyno(lab)
    rules = set_rules(lab, OPERATING, [RuleDraft("brake", None, None, ("North 1",))], version=0)
    dyno = get_dyno(lab, dyno.id, today=TODAY)
    edit_dyno(lab, OPERATING, dyno.id, replace(FULL, name="South 1"), version=dyno.version, today=TODAY)
    (rule,) = list_rules(lab)
    assert rule.dynos == ("South 1",)
    assert table_version([rule]) > table_version(rules)


def test_a_retired_dyno_keeps_its_past_and_can_come_back(lab: Database) -> None:
    dyno = given_dyno(lab)
    given_test(lab, dyno, given_vehicle(lab), start=-20, status="completed")
    retired = retire_dyno(lab, OPERATING, dyno.id, from_day=TODAY, version=dyno.version, reason="worn out")
    assert not retired.enabled
    assert get_dyno(lab, dyno.id, today=TODAY - DAY).enabled
    with lab.reading() as session:
        assert len(session.scalars(select(AllocationRow.id)).all()) == 1
    set_service(lab, OPERATING, dyno.id, in_service=True, from_day=TODAY + 10 * DAY, to_day=None)
    assert [period.start for period in service_periods(lab, dyno.id)] == [TODAY - 100 * DAY, TODAY + 10 * DAY]
    assert actions(lab, "dyno", dyno.id) == ["put_in_service", "retire", "add"]


def test_only_planners_and_administrators_change_dynos(lab: Database) -> None:
    dyno = given_dyno(lab)
    for role in (Role.VIEWER, Role.ENGINEER, Role.MANAGER):
        origin = origin_of(lab, role)
        with pytest.raises(NotAllowed, match="ask a planner"):
            edit_dyno(lab, origin, dyno.id, replace(FULL, notes="x"), version=dyno.version, today=TODAY)
        with pytest.raises(NotAllowed):
            set_service(lab, origin, dyno.id, in_service=False, from_day=TODAY, to_day=None)
        with pytest.raises(NotAllowed):
            set_rules(lab, origin, [], version=0)
    edit_dyno(lab, origin_of(lab, Role.PLANNER), dyno.id, replace(FULL, notes="x"), version=dyno.version, today=TODAY)


# What a change would break


def test_a_change_of_capabilities_says_first_what_it_breaks(lab: Database) -> None:
    dyno, vehicle = given_dyno(lab), given_vehicle(lab)
    coming = given_test(lab, dyno, vehicle, start=-1)
    given_test(lab, dyno, vehicle, start=-20, status="completed")
    given_test(lab, dyno, vehicle, start=30, status="cancelled")
    light_only = replace(FULL, supported_weight_classes=("<10K",)).capabilities
    (broken,) = broken_by_capabilities(lab, {dyno.id: light_only}, today=TODAY)
    assert (broken.allocation_id, broken.vehicle, broken.dyno) == (coming, "T1", "North 1")
    assert "would not be able to run it" in str(broken)
    assert broken_by_capabilities(lab, {dyno.id: FULL.capabilities}, today=TODAY) == ()


def test_taking_a_dyno_out_of_service_says_first_what_it_breaks(lab: Database) -> None:
    dyno, vehicle = given_dyno(lab), given_vehicle(lab)
    ids = [given_test(lab, dyno, vehicle, start=start) for start in (5, 10, 15)]
    days = {"from_day": TODAY + 12 * DAY, "to_day": TODAY + 15 * DAY}
    broken = broken_by_service(lab, dyno.id, in_service=False, today=TODAY, **days)
    assert [one.allocation_id for one in broken] == ids[1:]
    assert broken_by_service(lab, dyno.id, in_service=True, today=TODAY, **days) == ()


def test_another_drive_of_a_vehicle_says_first_what_it_breaks(lab: Database) -> None:
    draft = replace(FULL, supported_drives=("2WD",))
    dyno = add_dyno(lab, OPERATING, draft, in_service_from=TODAY)
    vehicle = given_vehicle(lab)
    number = given_test(lab, dyno, vehicle, start=5)
    broken = broken_by_vehicle(lab, vehicle.id, drive_type="AWD", weight_class=">10K", today=TODAY)
    assert [one.allocation_id for one in broken] == [number]
    assert broken_by_vehicle(lab, vehicle.id, drive_type="2WD", weight_class="<10K", today=TODAY) == ()


def test_what_a_merge_and_a_fixed_length_would_break_is_told_before_they_are_made(lab: Database) -> None:
    draft = replace(FULL, supported_drives=("2WD",))
    dyno = add_dyno(lab, OPERATING, draft, in_service_from=TODAY)
    merge = given_vehicle(lab)
    number = given_test(lab, dyno, merge, start=5)
    keep = add_vehicle(lab, OPERATING, VehicleDraft(tag="AWD one", drive_type="AWD"))

    assert [one.allocation_id for one in broken_by_merge(lab, keep=keep, merge=merge, today=TODAY)] == [number]
    # The other way round the test's own vehicle is kept, and with it what is known of it.
    assert broken_by_merge(lab, keep=merge, merge=keep, today=TODAY) == ()

    kind = get_test_type(lab, "brake")
    (broken,) = broken_by_length(lab, kind, fixed_days=40, today=TODAY)
    assert (broken.allocation_id, str(broken).rsplit(": ", 1)[1]) == (
        number,
        "it would not last as long as the test takes",
    )
    assert broken_by_length(lab, kind, fixed_days=broken.period.days, today=TODAY) == ()
    assert broken_by_length(lab, kind, fixed_days=None, today=TODAY) == ()


# Rules


def test_the_rules_give_each_dyno_its_exact_capabilities_and_order(lab: Database) -> None:
    for name in ("A", "B", "C"):
        given_dyno(lab, name)
    rules = [
        RuleDraft("brake", None, None, ("C", "A")),
        RuleDraft("evap", "2WD", "<10K", ("C",)),
    ]
    set_rules(lab, OPERATING, rules, version=0)
    dynos = list_dynos(lab, today=TODAY)
    assert [dyno.name for dyno in dynos] == ["C", "A", "B"]
    by_name = {dyno.name: dyno for dyno in dynos}
    assert by_name["B"].capabilities == frozenset()
    assert "evap|2WD|<10K" in by_name["C"].capabilities
    assert by_name["C"].excluded_combinations == ("evap|2WD|>10K", "evap|AWD|<10K", "evap|AWD|>10K")
    assert len(by_name["A"].capabilities) == 4


def test_new_rules_say_first_which_dynos_they_change_and_what_they_break(lab: Database) -> None:
    dyno = given_dyno(lab)
    number = given_test(lab, dyno, given_vehicle(lab), start=3)
    preview = preview_rules(lab, [RuleDraft("brake", "AWD", None, ("north 1",))], today=TODAY)
    (change,) = preview.dynos
    assert change.gained == ()
    assert "brake|2WD|>10K" in change.lost
    assert [one.allocation_id for one in preview.broken] == [number]
    assert list_rules(lab) == ()


def test_rules_that_contradict_what_is_known_are_refused_and_nothing_changes(lab: Database) -> None:
    dyno = given_dyno(lab)
    any_brake = RuleDraft("brake", None, None, ("North 1",))
    with pytest.raises(InvalidInput, match="two rules for brake, any drive, any weight"):
        set_rules(lab, OPERATING, [any_brake, any_brake], version=0)
    with pytest.raises(DynoNotFound, match="North 1"):
        set_rules(lab, OPERATING, [replace(any_brake, dynos=("North 2",))], version=0)
    with pytest.raises(TypeUnknown):
        set_rules(lab, OPERATING, [replace(any_brake, test_type="crash")], version=0)
    assert get_dyno(lab, dyno.id, today=dyno.available_from or TODAY) == dyno


def test_a_rule_table_changed_meanwhile_is_not_overwritten(lab: Database) -> None:
    given_dyno(lab)
    set_rules(lab, OPERATING, [RuleDraft("brake", None, None, ("North 1",))], version=0)
    with pytest.raises(StaleVersion, match="rule table"):
        set_rules(lab, OPERATING, [], version=0)
    assert len(list_rules(lab)) == 1


# Vehicles


def test_an_engineer_adds_a_vehicle_but_does_not_edit_one(lab: Database) -> None:
    engineer = origin_of(lab, Role.ENGINEER)
    vehicle = add_vehicle(lab, engineer, VehicleDraft(vin=VIN.lower(), tag="A"))
    assert find_vehicle(lab, VIN) == vehicle
    assert actions(lab, "vehicle", vehicle.id) == ["add"]
    with pytest.raises(NotAllowed):
        edit_vehicle(lab, engineer, vehicle.id, VehicleDraft(tag="B"), version=1)
    with pytest.raises(NotAllowed):
        add_vehicle(lab, origin_of(lab, Role.VIEWER), VehicleDraft(tag="C"))


def test_a_vin_or_tag_that_is_taken_names_the_vehicle_that_has_it(lab: Database) -> None:
    first = add_vehicle(lab, OPERATING, VehicleDraft(vin=VIN, tag="A"))
    for draft in (VehicleDraft(vin=VIN), VehicleDraft(tag="a")):
        with pytest.raises(AlreadyTaken, match=f"Vehicle {first.id}"):
            add_vehicle(lab, OPERATING, draft)


def test_a_future_vehicle_gets_its_tag_and_vin_later(lab: Database) -> None:
    placeholder = add_vehicle(lab, OPERATING, VehicleDraft(program="Cedar"))
    assert placeholder.is_placeholder
    assert placeholder.label == f"vehicle {placeholder.id}"
    known = edit_vehicle(lab, OPERATING, placeholder.id, VehicleDraft(program="Cedar", vin=VIN), version=1)
    assert (known.label, known.is_placeholder, known.version) == (VIN, False, 2)
    with pytest.raises(StaleVersion):
        edit_vehicle(lab, OPERATING, placeholder.id, VehicleDraft(), version=1)


def test_a_tag_that_stands_twice_from_an_import_does_not_block_other_corrections(lab: Database) -> None:
    first, second = given_vehicle(lab, tag="A"), given_vehicle(lab, tag="B")
    with lab.writing() as session:
        session.execute(text("UPDATE vehicles SET tag = 'A'"))
    draft = VehicleDraft(tag="A", weight_lbs=9000, drive_type="2WD")
    assert edit_vehicle(lab, OPERATING, second.id, draft, version=1).weight_class == "<10K"
    assert get_vehicle(lab, first.id).weight_class == ">10K"


def test_merging_moves_allocations_fills_gaps_and_keeps_the_history(lab: Database) -> None:
    dyno = given_dyno(lab)
    keep = given_vehicle(lab, tag="A", vin=None)
    merge = given_vehicle(lab, tag="B", vin=VIN, weight_lbs=9000, contact="Ana")
    number = given_test(lab, dyno, merge, start=3)
    versions = {"keep_version": 1, "merge_version": 1}
    merge_vehicles(lab, OPERATING, keep=keep.id, merge=merge.id, **versions)
    merged = get_vehicle(lab, keep.id)
    assert (merged.tag, merged.vin, merged.contact, merged.weight_lbs) == ("A", VIN, "Ana", 12_000)
    assert find_vehicle(lab, "B") == find_vehicle(lab, VIN) == merged
    with lab.reading() as session:
        row = session.get_one(AllocationRow, number)
        assert (row.vehicle_id, row.version) == (keep.id, 2)
    assert actions(lab, "allocation", number) == ["change_vehicle"]
    assert "merge" in actions(lab, "vehicle", merge.id)
    with pytest.raises(VehicleNotFound):
        merge_vehicles(lab, OPERATING, keep=keep.id, merge=merge.id, keep_version=2, merge_version=2)


def test_two_vehicles_at_two_places_at_once_can_not_be_merged(lab: Database) -> None:
    keep, merge = given_vehicle(lab, tag="A"), given_vehicle(lab, tag="B")
    first = given_test(lab, given_dyno(lab, "D1"), keep, start=3)
    second = given_test(lab, given_dyno(lab, "D2"), merge, start=5)
    with pytest.raises(VehiclesClash, match="Sat 14 Mar 2026") as refused:
        merge_vehicles(lab, OPERATING, keep=keep.id, merge=merge.id, keep_version=1, merge_version=1)
    assert refused.value.facts["allocations"] == [first, second]
    assert get_vehicle(lab, merge.id).tag == "B"


def test_two_vins_are_two_vehicles(lab: Database) -> None:
    keep, merge = given_vehicle(lab, tag="A", vin=VIN), given_vehicle(lab, tag="B", vin="1M8GDM9AXKP042788")
    with pytest.raises(InvalidInput, match="two different VINs"):
        merge_vehicles(lab, OPERATING, keep=keep.id, merge=merge.id, keep_version=1, merge_version=1)
    with pytest.raises(InvalidInput, match="with itself"):
        merge_vehicles(lab, OPERATING, keep=keep.id, merge=keep.id, keep_version=1, merge_version=1)


# Test types


def test_a_spelling_that_would_mean_two_test_types_is_refused(lab: Database) -> None:
    with pytest.raises(AlreadyTaken, match="already means the test type brake"):
        add_test_type(lab, OPERATING, TypeDraft(name="stopping", synonyms=("BRAKE",)))


def test_a_renamed_test_type_is_renamed_everywhere(lab: Database) -> None:
    dyno, vehicle = given_dyno(lab), given_vehicle(lab)
    number = given_test(lab, dyno, vehicle, start=3)
    seen = get_test_type(lab, "brake")
    renamed = edit_test_type(lab, OPERATING, TypeDraft(name="brakes", label="Brakes", colour=3), seen=seen)
    assert renamed == get_test_type(lab, "Brakes")
    with lab.reading() as session:
        assert session.get_one(AllocationRow, number).test_type == "brakes"
    assert get_dyno(lab, dyno.id, today=TODAY).supported_test_types == ("brakes", "evap")
    assert "brakes|2WD|>10K" in get_dyno(lab, dyno.id, today=TODAY).capabilities
    with pytest.raises(TypeUnknown):
        edit_test_type(lab, OPERATING, TypeDraft(name="x"), seen=seen)


def test_a_test_type_changed_meanwhile_is_not_overwritten(lab: Database) -> None:
    seen = get_test_type(lab, "evap")
    edit_test_type(lab, OPERATING, TypeDraft(name="evap", fixed_days=3), seen=seen)
    with pytest.raises(StaleVersion):
        edit_test_type(lab, OPERATING, TypeDraft(name="evap", fixed_days=4), seen=seen)
