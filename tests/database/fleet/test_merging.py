"""Two records of one vehicle made one, one of two made two: what is said first, done, taken back, and interfered with."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin, history, history_of_vehicle
from dyno_core.booking import (
    DeskConflict,
    allocate_vehicle,
    cancel_allocation,
    create_request,
    get_allocation,
    get_request,
    list_allocations,
    list_desk,
    list_requests,
    place_request,
    reschedule_allocation,
    withdraw_requests,
)
from dyno_core.booking.doubles import belongings_by_tag
from dyno_core.database.engine import Database
from dyno_core.errors import AlreadyTaken, InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import (
    Merge,
    MergeChanged,
    MergeNotFound,
    RetiredVehicle,
    VehicleDraft,
    VehiclesClash,
    add_vehicle,
    belongings_of,
    edit_vehicle,
    find_vehicle,
    get_vehicle,
    hand_over,
    last_split,
    list_merges,
    merge_vehicles,
    preview_merge,
    retire_vehicle,
    split_vehicle,
    undo_merge,
    with_answers,
)
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, at_once, book, given_dyno, given_user, in_days, overlapping_pairs
from tests.database.workbook.support import imported
from tests.fixtures.workbooks import a_request, a_row, a_workbook

VIN = "1FTFW1ET5DFC10312"


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    return fresh_database


@pytest.fixture
def two(lab: Database) -> tuple[int, int]:
    """A1, whose contact and VIN are not known, and B2, which has both, a test and a request."""
    keep = add_vehicle(lab, BY, VehicleDraft(tag="A1", weight_lbs=12_000, drive_type="AWD"))
    draft = VehicleDraft(tag="B2", vin=VIN, weight_lbs=9_000, drive_type="AWD", contact="Ana")
    merge = add_vehicle(lab, BY, draft)
    book(lab, merge.id, start=in_days(3))
    create_request(lab, BY, vehicle_id=merge.id, test_type="brake", start_date=in_days(20), days=2)
    return keep.id, merge.id


def merged(database: Database, keep: int, merge: int) -> Merge:
    versions = {number: get_vehicle(database, number).version for number in (keep, merge)}
    return merge_vehicles(
        database,
        BY,
        keep=keep,
        merge=merge,
        keep_version=versions[keep],
        merge_version=versions[merge],
        reason="one car",
    )


def test_what_a_merge_changes_is_said_before_it_is_made(lab: Database, two: tuple[int, int]) -> None:
    keep, merge = (get_vehicle(lab, number) for number in two)
    preview = preview_merge(lab, keep=keep, merge=merge, today=TODAY)
    said = " ".join(preview.sentences)
    assert "B2 (vehicle 2) becomes part of A1 (vehicle 1)." in said
    assert f"A1 takes over: VIN {VIN}, contact Ana." in said
    assert "tag B2 (A1 says A1), weight 9,000 lb (A1 says 12,000 lb)" in said
    assert "To A1 move: brake on N1, Fri 27 Nov 2026 to Sun 29 Nov 2026 (scheduled); brake wished, " in said
    assert (preview.problem, preview.broken) == (None, ())
    assert get_vehicle(lab, merge.id) == merge


def test_the_history_of_a_vehicle_has_what_those_that_became_part_of_it_underwent(
    lab: Database, two: tuple[int, int]
) -> None:
    keep, merge = two
    own = {entry.id for entry in history_of_vehicle(lab, merge) if entry.entity == "vehicle"}
    merged(lab, keep, merge)
    told = {entry.id for entry in history_of_vehicle(lab, keep)}
    assert len(own) == 1, "it was added"
    assert own < told


def test_a_merge_is_taken_back_with_all_that_had_moved(lab: Database, two: tuple[int, int]) -> None:
    keep, merge = (get_vehicle(lab, number) for number in two)
    done = merged(lab, *two)
    assert (get_allocation(lab, 1).vehicle_id, get_request(lab, 1).vehicle_id) == (keep.id, keep.id)
    assert find_vehicle(lab, VIN).id == keep.id
    assert list_merges(lab, vehicle_id=merge.id) == list_merges(lab) == (done,)
    later = book(lab, keep.id, start=in_days(40))

    back = undo_merge(lab, BY, done.id)

    assert replace(back, version=0) == replace(merge, version=0)
    assert replace(get_vehicle(lab, keep.id), version=0) == replace(keep, version=0)
    assert (get_allocation(lab, 1).vehicle_id, get_request(lab, 1).vehicle_id) == (merge.id, merge.id)
    assert get_allocation(lab, later.id).vehicle_id == keep.id
    assert find_vehicle(lab, "B2") == find_vehicle(lab, VIN) == back
    assert list_merges(lab) == ()
    entries = history(lab, entity="vehicle", entity_id=merge.id)
    assert [one.action for one in entries] == ["unmerge", "merge", "add"]
    assert entries[1].reason == "one car"
    with pytest.raises(MergeNotFound, match="taken back already"):
        undo_merge(lab, BY, done.id)
    assert merged(lab, *two).id > done.id


@pytest.mark.parametrize("meanwhile", ["moved", "corrected", "merged on"])
def test_what_was_changed_since_is_not_overwritten_by_taking_a_merge_back(
    lab: Database, two: tuple[int, int], meanwhile: str
) -> None:
    done = merged(lab, *two)
    if meanwhile == "moved":
        reschedule_allocation(lab, BY, 1, today=TODAY, start_date=in_days(5))
    elif meanwhile == "corrected":
        draft = VehicleDraft(tag="A1", vin=VIN, weight_lbs=12_000, drive_type="AWD", contact="Ben")
        edit_vehicle(lab, BY, two[0], draft, version=2)
    else:
        merged(lab, add_vehicle(lab, BY, VehicleDraft(tag="C3")).id, two[0])
    now = (get_vehicle(lab, two[0]), get_allocation(lab, 1))

    with pytest.raises(MergeChanged, match=r"since the two were made one, so .* nothing was changed; give"):
        undo_merge(lab, BY, done.id)

    assert (get_vehicle(lab, two[0]), get_allocation(lab, 1)) == now


def test_what_led_to_a_merged_record_leads_to_it_again(lab: Database, two: tuple[int, int]) -> None:
    first = add_vehicle(lab, BY, VehicleDraft(tag="C3")).id
    merged(lab, two[1], first)
    done = merged(lab, *two)
    assert get_vehicle(lab, first).id == two[0]
    undo_merge(lab, BY, done.id)
    assert get_vehicle(lab, first).id == two[1]


def test_merges_one_upon_the_other_are_taken_back_in_turn(lab: Database, two: tuple[int, int]) -> None:
    first = merged(lab, *two)
    second = merged(lab, add_vehicle(lab, BY, VehicleDraft(tag="C3")).id, two[0])
    undo_merge(lab, BY, second.id)
    undo_merge(lab, BY, first.id)
    assert (get_allocation(lab, 1).vehicle_id, get_request(lab, 1).vehicle_id) == (two[1], two[1])

    first = merged(lab, *two)
    second = merged(lab, find_vehicle(lab, "C3").id, two[0])
    undo_merge(lab, BY, second.id)
    reschedule_allocation(lab, BY, 1, today=TODAY, start_date=in_days(5))
    with pytest.raises(MergeChanged, match="Allocation 1 was changed"):
        undo_merge(lab, BY, first.id)


def test_what_a_test_was_booked_by_is_not_taken_back_from_under_it(lab: Database) -> None:
    keep = add_vehicle(lab, BY, VehicleDraft(tag="A1")).id
    done = merged(lab, keep, add_vehicle(lab, BY, VehicleDraft(tag="B2", weight_lbs=9_000, drive_type="AWD")).id)
    own = book(lab, keep, start=in_days(3))
    with pytest.raises(MergeChanged, match=f"Allocation {own.id} was booked by the drive or weight that A1 took over"):
        undo_merge(lab, BY, done.id)
    cancel_allocation(lab, BY, own.id, reason="not needed")
    undo_merge(lab, BY, done.id)
    assert get_vehicle(lab, keep).drive_type is None


def test_two_at_two_places_at_once_are_told_before_and_refused(lab: Database, two: tuple[int, int]) -> None:
    book(lab, two[0], start=in_days(4))
    keep, merge = (get_vehicle(lab, number) for number in two)
    assert isinstance(preview_merge(lab, keep=keep, merge=merge, today=TODAY).problem, VehiclesClash)
    with pytest.raises(VehiclesClash):
        merged(lab, *two)
    assert list_merges(lab) == ()


def test_an_engineer_neither_merges_nor_takes_back(lab: Database, two: tuple[int, int]) -> None:
    engineer = Origin(given_user(lab, Role.ENGINEER), "calendar")
    with pytest.raises(NotAllowed):
        merge_vehicles(lab, engineer, keep=two[0], merge=two[1], keep_version=1, merge_version=1)
    done = merged(lab, *two)
    with pytest.raises(NotAllowed):
        undo_merge(lab, engineer, done.id)
    assert list_merges(lab) == (done,)


# Two vehicles on one record


@pytest.fixture
def one_for_two(lab: Database) -> int:
    """A VIN beside two tags, as an import makes one vehicle of it: two tests of 100W100, one of 200W200."""
    imported(lab, a_workbook([
        a_row(vin=VIN),
        a_row(vin=VIN, estimated=datetime(2026, 6, 1), projected=datetime(2026, 6, 5)),
        a_row(tag="200W200", vin=VIN, estimated=datetime(2026, 7, 1), projected=datetime(2026, 7, 5)),
        a_request(tag="200W200", vin=VIN, estimated=datetime(2026, 8, 1), projected=datetime(2026, 8, 5)),
    ]), name="plan.xlsx")  # fmt: skip
    return find_vehicle(lab, VIN).id


def identities(database: Database) -> list[DeskConflict]:
    return [one for one in list_desk(database, today=date(2026, 1, 1)).open if one.kind == "identity"]


@pytest.mark.parametrize("takes_vin", [False, True], ids=["the VIN stays", "the VIN goes along"])
def test_a_vin_on_two_tags_becomes_two_vehicles_each_with_its_own_tests(
    lab: Database, one_for_two: int, takes_vin: bool
) -> None:
    (conflict,) = identities(lab)
    assert (conflict.tags, conflict.vehicles[0].id) == (("100W100", "200W200"), one_for_two)
    own = belongings_by_tag(lab, one_for_two)["200W200"]
    assert [one.kind for one in own] == ["allocation", "request"]

    old, new = split_vehicle(
        lab, BY, one_for_two, version=conflict.vehicles[0].version, tag="200W200", takes_vin=takes_vin, belongings=own
    )

    assert (old.vin, new.vin) == ((None, VIN) if takes_vin else (VIN, None))
    assert (new.tag, new.drive_type, new.weight_class) == ("200W200", old.drive_type, old.weight_class)
    assert [len(list_allocations(lab, vehicle_id=number)) for number in (old.id, new.id)] == [2, 1]
    assert [one.vehicle_id for one in list_requests(lab)] == [new.id]
    assert identities(lab) == []
    assert last_split(lab, given_user(lab, Role.PLANNER)) is None
    found = last_split(lab, BY.actor)
    assert found is not None
    assert (found.old, found.new) == (old, new)
    merged(lab, old.id, new.id)
    assert last_split(lab, BY.actor) is None
    assert (get_vehicle(lab, old.id).vin, find_vehicle(lab, "200W200").id) == (VIN, old.id)
    assert [one.subject for one in identities(lab)] == [conflict.subject]


def test_a_split_of_what_somebody_changed_meanwhile_is_refused_whole(lab: Database, one_for_two: int) -> None:
    own = belongings_by_tag(lab, one_for_two)["200W200"]
    vehicle = get_vehicle(lab, one_for_two)
    withdraw_requests(lab, BY, {own[1].id: own[1].version}, reason="not needed")
    with pytest.raises(StaleVersion, match="Request 1 was changed by someone else"):
        split_vehicle(lab, BY, one_for_two, version=vehicle.version, tag="200W200", takes_vin=True, belongings=own)
    assert (get_vehicle(lab, one_for_two), find_vehicle(lab, VIN).id) == (vehicle, one_for_two)
    with pytest.raises(InvalidInput, match="The reason has 501 characters, but 500 is the most"):
        split_vehicle(
            lab, BY, one_for_two, version=vehicle.version, tag="X1", takes_vin=False, belongings=(), reason="x" * 501
        )
    with pytest.raises(AlreadyTaken, match="has the tag 100W100"):
        split_vehicle(lab, BY, one_for_two, version=vehicle.version, tag="100w100", takes_vin=False, belongings=())


def test_chosen_tests_move_to_the_other_of_two_records_and_back(lab: Database, two: tuple[int, int]) -> None:
    keep, merge = (get_vehicle(lab, number) for number in two)
    every = belongings_of(lab, merge.id)
    moved = hand_over(lab, BY, old=merge, new=keep, belongings=every[:1])
    assert (get_allocation(lab, 1).vehicle_id, get_request(lab, 1).vehicle_id) == (keep.id, merge.id)
    assert hand_over(lab, BY, old=keep, new=merge, belongings=moved)[0].version == moved[0].version + 1
    with pytest.raises(StaleVersion, match="Allocation 1 was changed"):
        hand_over(lab, BY, old=keep, new=merge, belongings=moved)
    book(lab, keep.id, start=in_days(4))
    with pytest.raises(VehiclesClash):
        hand_over(lab, BY, old=merge, new=keep, belongings=belongings_of(lab, merge.id)[:1])


def test_a_request_and_the_allocation_that_answers_it_stay_together(lab: Database, two: tuple[int, int]) -> None:
    keep, merge = (get_vehicle(lab, number) for number in two)
    placed = place_request(lab, BY, 1, today=TODAY)
    every = belongings_of(lab, merge.id)
    (request,) = [one for one in every if one.kind == "request"]
    with pytest.raises(InvalidInput, match=f"Request 1 was placed as allocation {placed.id}; they belong"):
        hand_over(lab, BY, old=merge, new=keep, belongings=[request])
    both = with_answers(every, [request])
    hand_over(lab, BY, old=merge, new=keep, belongings=both)
    assert (get_allocation(lab, placed.id).vehicle_id, get_request(lab, 1).vehicle_id) == (keep.id, keep.id)
    assert get_allocation(lab, 1).vehicle_id == merge.id


# At the same moment


def test_of_two_who_take_one_merge_back_one_does_it(lab: Database, two: tuple[int, int]) -> None:
    done = merged(lab, *two)
    refusals = at_once(*[lambda: undo_merge(lab, BY, done.id)] * 3)
    assert sorted(type(one).__name__ for one in refusals) == ["MergeNotFound", "MergeNotFound", "NoneType"]
    assert get_allocation(lab, 1).vehicle_id == two[1]


def test_a_test_that_moves_while_its_merge_is_taken_back_keeps_its_new_days(
    lab: Database, two: tuple[int, int]
) -> None:
    for _ in range(5):
        done = merged(lab, *two)
        before = get_allocation(lab, 1)
        moved, undone = at_once(
            lambda before=before: reschedule_allocation(
                lab, BY, 1, today=TODAY, start_date=before.start_date.replace(day=before.start_date.day + 1),
                version=before.version,
            ),
            lambda done=done: undo_merge(lab, BY, done.id),
        )  # fmt: skip
        after = get_allocation(lab, 1)
        assert (moved, undone).count(None) == 1
        assert {type(one) for one in (moved, undone) if one} <= {StaleVersion, MergeChanged}
        assert after.vehicle_id == two[0 if undone else 1]
        assert (after.start_date > before.start_date) == (moved is None)
        if undone:
            return
    assert overlapping_pairs(lab) == 0


def test_the_tag_of_a_merged_record_leads_to_the_one_that_stays_and_is_nobody_elses(
    lab: Database, two: tuple[int, int]
) -> None:
    merged(lab, *two)
    message = r"The tag B2 belongs to A1 \(vehicle 1\), which vehicle 2 was made part of; use that one, or give"
    with pytest.raises(AlreadyTaken, match=message):
        add_vehicle(lab, BY, VehicleDraft(tag="b2"))
    other = add_vehicle(lab, BY, VehicleDraft(tag="C3"))
    with pytest.raises(AlreadyTaken, match=message):
        edit_vehicle(lab, BY, other.id, VehicleDraft(tag="B2"), version=1)
    assert find_vehicle(lab, "B2").id == two[0]
    kept = get_vehicle(lab, two[0])
    renamed = edit_vehicle(lab, BY, kept.id, VehicleDraft(tag="B2", vin=VIN), version=kept.version)
    assert find_vehicle(lab, "B2") == renamed


def test_of_two_who_give_one_tag_at_once_one_is_told_of_the_others_vehicle(lab: Database) -> None:
    refusals = at_once(*[lambda: add_vehicle(lab, BY, VehicleDraft(tag="D4"))] * 4)
    assert [type(one) for one in refusals if one] == [AlreadyTaken] * 3


def test_what_is_to_come_is_not_given_to_a_retired_vehicle_and_what_is_over_is(
    lab: Database, two: tuple[int, int]
) -> None:
    keep, merge = two
    retired = retire_vehicle(lab, BY, keep, version=1)
    coming = get_vehicle(lab, merge)
    preview = preview_merge(lab, keep=retired, merge=coming, today=TODAY)
    assert isinstance(preview.problem, RetiredVehicle)
    with pytest.raises(
        RetiredVehicle, match="A1 is retired, and B2 has 1 test running or to come and 1 request without a dyno,"
    ):
        merged(lab, keep, merge)
    test, wish = belongings_of(lab, merge)
    with pytest.raises(InvalidInput, match="These tests are B2's already; choose another vehicle"):
        hand_over(lab, BY, old=coming, new=coming, belongings=[test])
    with pytest.raises(
        RetiredVehicle, match=r"A1 is retired, and brake on N1, .* is still to come, which could not be"
    ):
        hand_over(lab, BY, old=coming, new=retired, belongings=[test])
    cancel_allocation(lab, BY, test.id, reason="sold")
    withdraw_requests(lab, BY, {wish.id: wish.version}, reason="sold")
    (over,) = (one for one in belongings_of(lab, merge) if one.kind == "allocation")
    hand_over(lab, BY, old=coming, new=retired, belongings=[over])
    said = preview_merge(lab, keep=get_vehicle(lab, keep), merge=coming, today=TODAY).sentences
    assert "A1 is retired, so nothing can be planned for B2 any more either." in said
    other_way = preview_merge(lab, keep=coming, merge=get_vehicle(lab, keep), today=TODAY).sentences
    assert "A1 is retired and B2 is not: what moves is B2's from then on." in other_way
    merged(lab, merge, keep)
    assert not find_vehicle(lab, "A1").retired


def test_a_split_gives_no_word_for_nothing_as_a_tag_and_its_vehicle_can_be_planned(lab: Database) -> None:
    one = add_vehicle(lab, BY, VehicleDraft(tag="A1", weight_class="<10K", drive_type="AWD"))
    retired = retire_vehicle(lab, BY, one.id, version=1)
    for tag in ("", "TBD", "n/a"):
        with pytest.raises(InvalidInput, match="needs a tag of its own"):
            split_vehicle(lab, BY, one.id, version=2, tag=tag, takes_vin=False, belongings=())
    old, new = split_vehicle(lab, BY, one.id, version=retired.version, tag="B2", takes_vin=False, belongings=())
    assert (old.retired, new.retired) == (True, False)
    assert book(lab, new.id).vehicle_id == new.id


def test_a_booking_at_the_moment_of_a_merge_ends_at_the_record_that_stays(lab: Database, two: tuple[int, int]) -> None:
    keep, merge = two
    for number in range(6):
        versions = {"keep_version": get_vehicle(lab, keep).version, "merge_version": get_vehicle(lab, merge).version}
        booked, filed, made = at_once(
            lambda number=number: allocate_vehicle(
                lab, BY, vehicle_id=merge, start_date=in_days(50 + 5 * number), days=2, test_type="brake", today=TODAY
            ),
            lambda: create_request(lab, BY, vehicle_id=merge, test_type="brake", start_date=in_days(90), days=2),
            lambda versions=versions: merge_vehicles(lab, BY, keep=keep, merge=merge, **versions),
        )
        assert (booked, filed, made) == (None, None, None)
        assert {one.vehicle_id for one in (*list_allocations(lab), *list_requests(lab))} == {keep}
        undo_merge(lab, BY, list_merges(lab)[0].id)
        assert overlapping_pairs(lab) == 0
