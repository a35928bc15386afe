"""The conflict desk: what is on the list, each way out of it really taken, and the real workbook solved to the end."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import (
    DeskConflict,
    Settled,
    Settlement,
    accept_conflict,
    cancel_allocation,
    get_allocation,
    list_desk,
    reschedule_allocation,
    settle,
    take_back,
    undo_settled,
    ways_to_settle,
)
from dyno_core.database.engine import Database
from dyno_core.database.violations import ConstraintRefused
from dyno_core.errors import InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import get_vehicle, merge_vehicles
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import (
    TODAY,
    book,
    given_dyno,
    given_user,
    given_vehicle,
    in_days,
    overlapping_pairs,
    rows,
)
from tests.database.booking.support import audited, statements, stored
from tests.database.workbook.support import imported
from tests.fixtures.workbooks import SAMPLE


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    return fresh_database


def run(database: Database, statement: str, **values: object) -> None:
    with database.writing() as session:
        session.execute(text(statement), values)


def only(database: Database, **wish: bool) -> DeskConflict:
    (conflict,) = list_desk(database, today=TODAY, **wish).open
    return conflict


def ways(database: Database, conflict: DeskConflict, *, today: date = TODAY) -> tuple[Settlement, ...]:
    return ways_to_settle(database, conflict, actor=OPERATOR, today=today)


def a_double_booking(database: Database) -> DeskConflict:
    """A1 stands disputed on N1 for days 2 to 6; B2 holds N1 for days 5 to 9."""
    one = book(database, given_vehicle(database, tag="A1"), dyno="N1", start=in_days(2), days=5)
    run(database, "UPDATE allocations SET disputed = true WHERE id = :id", id=one.id)
    book(database, given_vehicle(database, tag="B2"), dyno="N1", start=in_days(5), days=5)
    return only(database)


def test_an_empty_desk_asks_the_same_few_questions_as_a_full_one(
    lab: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with statements(monkeypatch) as sent:
        assert list_desk(lab, today=TODAY).open == ()
    empty = len(sent)
    a_double_booking(lab)
    with statements(monkeypatch) as sent:
        assert len(list_desk(lab, today=TODAY).open) == 1
    # BEGIN, isolation, pairs, alone, in nobody's way, lengths, doubles, two tags, end; then the allocations twice, their
    # rows and what was accepted.
    assert (empty <= 9, len(sent) <= empty + 4) == (True, True), (empty, len(sent))


def test_a_double_booking_offers_the_lightest_ways_first_and_each_of_them_settles_it(lab: Database) -> None:
    conflict = a_double_booking(lab)
    assert (conflict.what, conflict.severity(TODAY), conflict.facilities) == (
        "A1 (brake) / B2 (brake)",
        "soon",
        ("North",),
    )
    assert conflict.since.endswith("by operator")

    found = ways(lab, conflict)

    assert [(way.allocation.vehicle, way.kind, way.label) for way in found] == [
        ("A1", "other_dyno", "N2, same days"),
        ("A1", "shift", "Same dyno, 8 days later"),
        ("A1", "shift", "N2, 1 day later"),
        ("A1", "shorten", "3 days instead of 5"),
        ("A1", "cancel", "Cancel the test"),
        ("B2", "other_dyno", "N2, same days"),
        ("B2", "shift", "Same dyno, 2 days later"),
        ("B2", "shift", "N2, 1 day later"),
        ("B2", "shorten", "3 days instead of 5"),
        ("B2", "cancel", "Cancel the test"),
    ]
    before = rows(lab, "SELECT id, dyno_id, start_date, end_date, status, disputed FROM allocations ORDER BY id")
    for number in range(len(found)):
        way = ways(lab, only(lab))[number]
        done = settle(lab, BY, way, today=TODAY, reason="settled at the desk")
        assert list_desk(lab, today=TODAY).open == (), way
        assert overlapping_pairs(lab) == 0
        # Of the two, whoever stays holds the place now.
        assert rows(lab, "SELECT count(*) FROM allocations WHERE disputed") == [(0,)], way
        undo_settled(lab, BY, done)
        after = rows(lab, "SELECT id, dyno_id, start_date, end_date, status, disputed FROM allocations ORDER BY id")
        assert after == before, way
    assert audited(lab)[-1][0] == "undo"


def test_no_way_out_leads_onto_another_test_that_is_not_settled_yet(lab: Database) -> None:
    """It holds no place, so that the booking itself would let it be run over."""
    conflict = a_double_booking(lab)
    for name in ("N1", "N2"):
        waiting = book(lab, given_vehicle(lab), dyno=name, start=in_days(12), days=4)
        run(lab, "UPDATE allocations SET status = 'tentative' WHERE id = :id", id=waiting.id)

    found = ways(lab, conflict)

    assert [way.label for way in found if way.allocation.vehicle == "A1" and way.kind == "shift"] == [
        "Same dyno, 14 days later",
        "N2, 1 day later",
    ]


def test_a_swap_is_offered_where_both_fit_and_changes_both_or_neither(lab: Database) -> None:
    given_dyno(lab, "Heavy", weights=[">10K"], preference=3)
    heavy = given_vehicle(lab, tag="C3", weight_class=">10K")
    book(lab, heavy, dyno="N2", start=in_days(2), days=3)
    one = book(lab, given_vehicle(lab, tag="A1"), dyno="N1", start=in_days(2), days=5)
    run(lab, "UPDATE dynos SET supported_weight_classes = '{>10K}' WHERE name = 'N1'")
    conflict = only(lab)
    assert conflict.kind == "rule"

    (swap,) = [way for way in ways(lab, conflict) if way.kind == "swap"]
    assert swap.label == "Swap with C3 on N2"
    done = settle(lab, BY, swap, today=TODAY)

    assert list_desk(lab, today=TODAY).open == ()
    assert [each.dyno for each in done.after] == ["N2", "N1"]
    undo_settled(lab, BY, done)
    assert get_allocation(lab, one.id).dyno == "N1"


def test_what_stands_disputed_in_nobodys_way_is_on_the_list_until_it_is_confirmed(lab: Database) -> None:
    conflict = a_double_booking(lab)
    disputed, holder = conflict.allocations
    cancel_allocation(lab, BY, holder.id, reason="off")

    left = only(lab)
    assert (left.kind, left.allocations[0].id) == ("disputed", disputed.id)
    assert "though nothing is in its way any more" in left.sentence
    first = ways(lab, left)[0]
    assert first.kind == "confirm"
    settle(lab, BY, first, today=TODAY)
    assert list_desk(lab, today=TODAY).open == ()


def test_a_clash_of_yesterday_leaves_nothing_in_the_way_of_the_days_to_come_only_with_past(lab: Database) -> None:
    a_double_booking(lab)
    later = TODAY + timedelta(days=60)
    assert list_desk(lab, today=later).open == ()
    (past,) = list_desk(lab, today=later, past=True).open
    assert past.severity(later) == "past"
    assert past.may_be_accepted(later)
    assert not past.may_be_accepted(TODAY)
    assert {way.kind for way in ways(lab, past, today=later)} >= {"other_dyno", "shift", "cancel"}


def test_a_wrong_length_is_set_right_or_goes_where_the_right_one_fits(lab: Database) -> None:
    run(lab, "UPDATE test_types SET fixed_days = 5 WHERE name = 'brake'")
    one = book(lab, given_vehicle(lab, tag="A1"), dyno="N1", start=in_days(2), days=3)
    conflict = only(lab)
    assert (conflict.kind, conflict.expected_days) == ("duration", 5)
    assert "brake takes a fixed 5 days" in conflict.sentence

    first = ways(lab, conflict)[0]
    assert (first.kind, first.label) == ("set_end", "5 days, to the right end")
    done = settle(lab, BY, first, today=TODAY)
    assert list_desk(lab, today=TODAY).open == ()
    undo_settled(lab, BY, done)

    other = book(lab, given_vehicle(lab, tag="B2"), dyno="N1", start=in_days(5), days=5)
    found = ways(lab, only(lab))
    assert [way.kind for way in found] == ["shift", "shift"]
    assert settle(lab, BY, found[0], today=TODAY).after[0].days == 5
    assert (get_allocation(lab, other.id).version, get_allocation(lab, one.id).days) == (1, 5)


def test_the_second_planner_gets_a_sentence_and_nothing_is_changed(lab: Database) -> None:
    conflict = a_double_booking(lab)
    found = ways(lab, conflict)
    settle(lab, BY, found[0], today=TODAY)
    before = stored(lab)

    for way in found[1:]:
        with pytest.raises(StaleVersion, match="was changed by someone else meanwhile"):
            settle(lab, BY, way, today=TODAY, reason="me too")
    with pytest.raises(StaleVersion, match="was changed by someone else meanwhile"):
        ways(lab, conflict)
    with pytest.raises(StaleVersion, match="was changed by someone else meanwhile"):
        accept_conflict(lab, BY, conflict, reason="me too")
    assert stored(lab) == before


def test_of_two_planners_who_take_different_ways_at_once_one_is_refused(lab: Database) -> None:
    for _ in range(5):
        run(lab, "TRUNCATE vehicles, allocations CASCADE")
        found = ways(lab, a_double_booking(lab))
        start = Barrier(2)

        def take(way: Settlement, start: Barrier = start) -> Settled | StaleVersion:
            start.wait()
            try:
                return settle(lab, BY, way, today=TODAY, reason="at once")
            except StaleVersion as refusal:
                return refusal

        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(take, (found[0], found[-1])))
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Settled", "StaleVersion"]
        assert list_desk(lab, today=TODAY).open == ()


def test_only_what_the_actor_may_change_is_offered(lab: Database) -> None:
    conflict = a_double_booking(lab)
    engineer, viewer = given_user(lab, Role.ENGINEER), given_user(lab, Role.VIEWER)
    assert ways_to_settle(lab, conflict, actor=viewer, today=TODAY) == ()
    assert ways_to_settle(lab, conflict, actor=engineer, today=TODAY) == ()
    run(lab, "UPDATE allocations SET created_by = :me WHERE NOT disputed", me=engineer.email)

    found = ways_to_settle(lab, only(lab), actor=engineer, today=TODAY)

    assert {way.allocation.vehicle for way in found} == {"B2"}
    assert found[0].confirms == ()
    assert found[0].stays == ("A1 (brake) stays disputed until operator or a planner confirms it.",)
    with pytest.raises(NotAllowed, match="someone else made"):
        accept_conflict(lab, Origin(engineer, "planner"), only(lab), reason="fine")


def test_a_rule_violation_stands_on_a_planners_word_until_it_is_taken_back_or_moved(lab: Database) -> None:
    one = book(lab, given_vehicle(lab, tag="A1"), dyno="N1", start=in_days(2))
    run(lab, "UPDATE dynos SET supported_drives = '{2WD}'")
    conflict = only(lab)
    with pytest.raises(InvalidInput, match="needs a reason"):
        accept_conflict(lab, BY, conflict, reason="  ")

    accept_conflict(lab, BY, conflict, reason="with the low-inertia rolls")

    listed = list_desk(lab, today=TODAY)
    assert listed.open == ()
    assert listed.accepted[0].acceptance is not None
    assert listed.accepted[0].acceptance.reason == "with the low-inertia rolls"
    with pytest.raises(ConstraintRefused, match="accepted meanwhile"):
        accept_conflict(lab, BY, conflict, reason="twice")
    entry = history(lab, entity="allocation", entity_id=one.id)[0]
    assert (entry.action, entry.after) == ("accept_conflict", {"accepted_conflict": "Against the rules"})

    take_back(lab, BY, listed.accepted[0])
    assert only(lab).subject == conflict.subject
    accept_conflict(lab, BY, only(lab), reason="after all")
    run(lab, "UPDATE dynos SET supported_drives = '{2WD,AWD}' WHERE name = 'N2'")
    reschedule_allocation(lab, BY, one.id, today=TODAY, dyno="N2")
    run(lab, "UPDATE dynos SET supported_drives = '{2WD}'")
    assert only(lab).dynos == ("N2",)


def test_two_records_of_one_vehicle_are_made_one_or_said_to_be_two(lab: Database) -> None:
    run(
        lab,
        "INSERT INTO vehicles (tag, build_id) VALUES ('951W751', 'H2YG'), ('h2yg', NULL), ('TBD-1', NULL), ('TBD-1', NULL)",
    )
    conflict = only(lab)
    assert conflict.kind == "identity"
    assert "H2YG" in conflict.sentence.upper()
    accept_conflict(lab, BY, conflict, reason="two cars")
    assert list_desk(lab, today=TODAY).open == ()
    take_back(lab, BY, list_desk(lab, today=TODAY).accepted[0])

    keep, merge = only(lab).vehicles
    merge_vehicles(lab, BY, keep=keep.id, merge=merge.id, keep_version=keep.version, merge_version=merge.version)

    assert list_desk(lab, today=TODAY).open == ()
    assert get_vehicle(lab, merge.id).id == keep.id


@pytest.mark.skipif(not SAMPLE.exists(), reason="the lab's workbook is not part of this repository")
@pytest.mark.parametrize("choose", [min, max], ids=["the first way", "the last but cancelling"])
def test_all_conflicts_of_the_real_workbook_are_settled_one_after_the_other(
    fresh_database: Database, choose: Callable[[list[int]], int]
) -> None:
    """Each pair by one way out that moves somebody, cancelling only where nothing else is left."""
    today = date(2025, 5, 1)
    imported(fresh_database, SAMPLE.read_bytes(), name=SAMPLE.name)
    opened = list_desk(fresh_database, today=today, past=True).open
    kinds = [one.kind for one in opened]
    # Two of the five overlaps of vehicles are between rows that have no dyno: requests can't be in two places.
    assert (kinds.count("dyno"), kinds.count("vehicle"), kinds.count("rule")) == (12, 3, 0)
    assert next(one for one in opened if one.kind == "dyno").since.endswith("of the workbook")
    steps = 0
    while left := [
        one
        for one in list_desk(fresh_database, today=today, past=True).open
        if one.kind in ("dyno", "vehicle", "disputed")
    ]:
        found = ways_to_settle(fresh_database, left[0], actor=OPERATOR, today=today)
        gentle = [number for number, way in enumerate(found) if way.kind != "cancel"]
        settle(fresh_database, BY, found[choose(gentle) if gentle else 0], today=today, reason="at the desk")
        assert overlapping_pairs(fresh_database) == 0
        steps += 1
        assert steps <= 20
    for one in list_desk(fresh_database, today=today, past=True).open:
        assert one.kind in ("duration", "identity")
        accept_conflict(fresh_database, BY, one, reason="known")
    assert list_desk(fresh_database, today=today, past=True).open == ()
    assert len(list_desk(fresh_database, today=today, past=True).accepted) > 2
