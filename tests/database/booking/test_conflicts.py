from datetime import date

import pytest
from sqlalchemy import text

from dyno_core.booking import cancel_allocation, detect_conflicts, list_allocations
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    return fresh_database


def _unsettle(database: Database, allocation_id: int, what: str) -> None:
    change = "disputed = true" if what == "disputed" else "status = 'tentative'"
    with database.writing() as session:
        session.execute(text(f"UPDATE allocations SET {change} WHERE id = :id"), {"id": allocation_id})


@pytest.mark.parametrize("what", ["disputed", "tentative"])
def test_two_on_one_dyno_are_a_conflict(lab: Database, what: str) -> None:
    one = book(lab, given_vehicle(lab, tag="A1"), dyno="N1", days=5)
    _unsettle(lab, one.id, what)
    two = book(lab, given_vehicle(lab, tag="B2"), dyno="N1", start=in_days(3), days=5)

    (conflict,) = detect_conflicts(lab)

    assert (conflict.kind, conflict.dyno, conflict.period) == ("dyno", "N1", Period(in_days(3), in_days(4)))
    assert [allocation.id for allocation in conflict.allocations] == [one.id, two.id]
    assert conflict.sentence == (
        "A1 (brake) and B2 (brake) are both on N1 for Fri 27 Nov 2026 to Sat 28 Nov 2026; move or cancel one of them."
    )
    assert conflict.as_json()["first_day"] == "2026-11-27"
    assert conflict.as_json()["days"] == 2


def test_a_vehicle_on_two_dynos_is_a_conflict(lab: Database) -> None:
    vehicle = given_vehicle(lab, tag="A1")
    one = book(lab, vehicle, dyno="N1")
    _unsettle(lab, one.id, "disputed")
    book(lab, vehicle, dyno="N2", start=in_days(2))

    (conflict,) = detect_conflicts(lab)

    assert conflict.kind == "vehicle"
    assert conflict.sentence == ("A1 is booked twice for Thu 26 Nov 2026, on N1 and N2; move or cancel one of the two.")


def test_a_vehicle_twice_on_one_dyno_is_a_conflict_of_both_kinds(lab: Database) -> None:
    vehicle = given_vehicle(lab, tag="A1")
    _unsettle(lab, book(lab, vehicle, dyno="N1").id, "disputed")
    book(lab, vehicle, dyno="N1")

    found = detect_conflicts(lab)

    assert [conflict.kind for conflict in found] == ["dyno", "vehicle"]
    assert "on N1; move" in found[1].sentence


def test_what_a_breakdown_ran_over_is_a_conflict(lab: Database) -> None:
    one = book(lab, given_vehicle(lab, tag="A1"), dyno="N1")
    outage = plan_maintenance(lab, BY, dyno="N1", period=Period.of(in_days(1), 9), category="breakdown", today=TODAY)

    (conflict,) = detect_conflicts(lab)

    assert (conflict.kind, conflict.period) == ("maintenance", Period(in_days(1), in_days(2)))
    assert [allocation.id for allocation in conflict.allocations] == [one.id, outage.window.id]
    assert conflict.sentence == (
        "A1 (brake) stands on N1 while it is in maintenance (Wed 25 Nov 2026 to Thu 26 Nov 2026); "
        "move it or the window."
    )


def test_an_allocation_on_a_dyno_that_left_service_is_a_conflict(lab: Database) -> None:
    one = book(lab, given_vehicle(lab, tag="A1"), dyno="N1")
    with lab.writing() as session:
        session.execute(text("UPDATE service_periods SET end_date = :day"), {"day": in_days(1)})

    (conflict,) = detect_conflicts(lab)

    assert (conflict.kind, [allocation.id for allocation in conflict.allocations]) == ("service", [one.id])
    assert conflict.sentence.startswith("A1 (brake) stands on N1, which is not in service for all of Tue 24 Nov 2026")


def test_an_allocation_against_the_rules_is_a_conflict_also_when_the_vehicle_is_unknown(lab: Database) -> None:
    book(lab, given_vehicle(lab, tag="A1"), dyno="N1")
    book(lab, given_vehicle(lab, tag="B2"), dyno="N2")
    with lab.writing() as session:
        session.execute(text("UPDATE dynos SET supported_drives = '{2WD}' WHERE name = 'N1'"))
        session.execute(text("UPDATE vehicles SET weight_class = NULL WHERE tag = 'B2'"))

    found = detect_conflicts(lab)

    assert [(conflict.kind, conflict.dyno) for conflict in found] == [("rule", "N1"), ("rule", "N2")]
    assert found[0].sentence == "A1 (brake) stands on N1, which can't run that test for this vehicle; move it."


def test_a_settled_plan_has_no_conflicts_and_cancelled_allocations_are_none(lab: Database) -> None:
    one = book(lab, given_vehicle(lab), dyno="N1")
    _unsettle(lab, one.id, "disputed")
    book(lab, given_vehicle(lab), dyno="N1")
    book(lab, given_vehicle(lab), dyno="N1", start=in_days(3))
    assert len(detect_conflicts(lab)) == 1

    cancel_allocation(lab, BY, one.id, reason="off")

    assert detect_conflicts(lab) == ()


def test_conflicts_are_told_for_the_days_asked_and_soonest_first(lab: Database) -> None:
    late = book(lab, given_vehicle(lab), dyno="N1", start=in_days(20), days=5)
    soon = book(lab, given_vehicle(lab), dyno="N2", start=in_days(10))
    for one in (late, soon):
        _unsettle(lab, one.id, "disputed")
        book(lab, given_vehicle(lab), dyno=one.dyno, start=one.start_date, days=2)

    assert [one.dyno for one in detect_conflicts(lab)] == ["N2", "N1"]
    assert [one.dyno for one in detect_conflicts(lab, period=Period.of(in_days(21), 1))] == ["N1"]
    # The disputed allocation lasts longer than its clash.
    assert detect_conflicts(lab, period=Period.of(in_days(22), 9)) == ()


def test_allocations_are_listed_by_days_status_dyno_vehicle_and_kind(lab: Database) -> None:
    vehicle = given_vehicle(lab)
    one = book(lab, vehicle, dyno="N1")
    two = book(lab, vehicle, dyno="N2", start=in_days(10))
    cancel_allocation(lab, BY, two.id, reason="off")
    window = plan_maintenance(
        lab, BY, dyno="N1", period=Period.of(in_days(30), 1), category="planned", today=TODAY
    ).window

    def ids(**wish: object) -> list[int]:
        return [allocation.id for allocation in list_allocations(lab, **wish)]

    assert ids() == [one.id, two.id]
    assert ids(kind=None) == [one.id, two.id, window.id]
    assert ids(kind="maintenance") == [window.id]
    assert ids(statuses=["cancelled"]) == [two.id]
    assert ids(statuses=["scheduled", "cancelled"], limit=1) == [one.id]
    assert ids(dyno_id=one.dyno_id) == [one.id]
    assert ids(vehicle_id=vehicle) == [one.id, two.id]
    assert ids(vehicle_id=2**70) == ids(dyno_id=-(2**70)) == []
    assert ids(period=Period(in_days(2), in_days(9))) == [one.id]
    assert ids(from_day=in_days(3)) == [two.id]
    assert ids(to_day=in_days(9)) == [one.id]
    assert ids(from_day=date.min, to_day=date.max) == [one.id, two.id]
    with pytest.raises(InvalidInput, match="“lost” is not a status"):
        ids(statuses=["lost"])
