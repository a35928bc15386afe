"""What people narrow the plan to, for what is placed and for what is not."""

from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.booking import Selection, cancel_allocation, create_request, list_allocations, list_requests
from dyno_core.database.engine import Database
from dyno_core.fleet import vehicle_choices
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    """T1 to T3 on dynos of their own, T4 cancelled, a window on N2; requests of T1 and of T2."""
    for name, facility in (("N1", "North"), ("N2", "North"), ("N4", "North"), ("S1", "South")):
        given_dyno(fresh_database, name, facility=facility, tests=("brake", "fuel"))
    told: dict[str, dict[str, Any]] = {
        "T1": {"program": " PX8", "model_year": 2027, "contact": "Ada 100%"},
        "T2": {"program": "PX9", "model_year": 2027, "contact": "Grace"},
        "T3": {"program": "PX8", "model_year": 2028, "contact": None},
        "T4": {"program": "PX8", "model_year": 2027, "contact": None},
    }
    vehicles = {
        "T1": given_vehicle(fresh_database, tag="T1", vin="1FT8W3BT0SEC00001"),
        "T2": given_vehicle(fresh_database, tag="T2", weight_class=">10K", drive_type="2WD"),
        "T3": given_vehicle(fresh_database, tag="T3"),
        "T4": given_vehicle(fresh_database, tag="T4"),
    }
    with fresh_database.writing() as session:
        for tag, facts in told.items():
            session.execute(
                text(
                    "UPDATE vehicles SET program = :program, model_year = :model_year, contact = :contact WHERE id=:id"
                ),
                {**facts, "id": vehicles[tag]},
            )
    for tag, dyno in (("T1", "N1"), ("T2", "N2"), ("T3", "S1"), ("T4", "N4")):
        test = "fuel" if tag == "T2" else "brake"
        one = book(fresh_database, vehicles[tag], dyno=dyno, test=test)
        if tag == "T4":
            cancel_allocation(fresh_database, BY, one.id, reason="gone", version=one.version)
    window = Period(in_days(30), in_days(31))
    plan_maintenance(fresh_database, BY, dyno="N2", period=window, category="planned", today=TODAY)
    for tag, test in (("T1", "brake"), ("T2", "fuel")):
        create_request(fresh_database, BY, vehicle_id=vehicles[tag], test_type=test, start_date=in_days(60), days=2)
    with fresh_database.writing() as session:
        for table, tag in (("allocations", "T3"), ("requests", "T1")):
            session.execute(text(f"UPDATE {table} SET follow_up = true WHERE vehicle_id = {vehicles[tag]}"))
    return fresh_database


def test_the_plan_is_narrowed_to_what_was_asked_for(lab: Database) -> None:
    expected = [
        (Selection(), ["T1", "T2", "T3", "maintenance"], ["T1", "T2"]),
        (Selection(facilities=("South",)), ["T3"], ["T1", "T2"]),
        (Selection(tests=("fuel",)), ["T2"], ["T2"]),
        (Selection(programs=("PX8",)), ["T1", "T3"], ["T1"]),
        (Selection(model_years=(2027,)), ["T1", "T2"], ["T1", "T2"]),
        (Selection(model_years=(2027, 2028), programs=("PX8",)), ["T1", "T3"], ["T1"]),
        (Selection(contacts=("Grace",)), ["T2"], ["T2"]),
        (Selection(weights=(">10K",)), ["T2"], ["T2"]),
        (Selection(drives=("AWD",)), ["T1", "T3"], ["T1"]),
        (Selection(statuses=("cancelled",)), ["T4"], ["T1", "T2"]),
        (Selection(statuses=("scheduled",), drives=("2WD",)), ["T2"], ["T2"]),
        (Selection(search="3bt0sec"), ["T1"], ["T1"]),
        (Selection(search="0%"), ["T1"], ["T1"]),
        (Selection(search="_"), [], []),
        (Selection(search="grace"), ["T2"], ["T2"]),
        (Selection(follow_up=True), ["T3"], ["T1"]),
    ]

    def told(selection: Selection) -> tuple[Selection, list[str], list[str]]:
        found = list_allocations(lab, period=Period(TODAY, in_days(90)), kind=None, selection=selection)
        waiting = list_requests(lab, selection=selection)
        return selection, sorted(one.tag or one.what for one in found), sorted(one.vehicle for one in waiting)

    assert [told(selection) for selection, _, _ in expected] == expected


def test_the_choices_are_what_some_vehicle_has(lab: Database) -> None:
    choices = vehicle_choices(lab)
    assert (choices.programs, choices.model_years) == (("PX8", "PX9"), (2027, 2028))
    assert choices.contacts == ("Ada 100%", "Grace")
