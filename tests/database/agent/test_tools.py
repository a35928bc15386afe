"""What each tool tells, by the plan as it is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.agent.tools import TOOLS
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    allocate_vehicle,
    cancel_allocation,
    complete_allocation,
    create_request,
    reschedule_allocation,
    start_allocation,
)
from dyno_core.clock import FixedClock
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.fixtures.agent import TODAY, VIN, Chat, given_person, of_type, say

NOVEMBER = {"start_date": "2026-11-24", "end_date": "2026-11-26"}
LIGHT_BRAKE = {"weight_lbs": 8000, "drive_type": "2WD", "test_type": "brake"}


def tell(chat: Chat, tool: str, /, **args: object) -> Any:
    """The data of one tool call."""
    chat.script.turns = [[(tool, args, "c1")], "There."]
    result = of_type(say(chat, "look it up"), "tool_result")[0]
    assert result["ok"], result["data"]
    return result["data"]


@pytest.fixture
def origin(chat: Chat) -> Origin:
    return Origin(actor=given_person(chat.agent.database, role=Role.PLANNER), channel="calendar")


def book(chat: Chat, origin: Origin, vehicle_id: int = 1, **changes: Any) -> int:
    wish = {"start_date": date(2026, 11, 24), "days": 3, "test_type": "brake", "today": TODAY} | changes
    return allocate_vehicle(chat.agent.database, origin, vehicle_id=vehicle_id, **wish).id


def test_every_tool_tells_the_model_when_to_use_it() -> None:
    assert len(TOOLS) == 20
    for tool in TOOLS:
        assert len(tool.description) > 40, tool.name


def test_free_dynos_are_found_by_weight_by_class_and_by_vehicle(chat: Chat, origin: Origin) -> None:
    both = ["North 1", "North 2"]
    for wish in (
        LIGHT_BRAKE,
        {"weight_class": "<10K", "drive_type": "fwd", "test_type": "BRAKES"},
        {"weight_class": "light", "drive_type": "2WD", "test_type": "brake"},
        {"tag": "100w100", "test_type": "brake"},
        {"vin": VIN, "test_type": "brake"},
        {"vehicle_id": 1, "test_type": "brake"},
    ):
        found = tell(chat, "find_available_dynos", **NOVEMBER, **wish)
        assert [one["name"] for one in found["dynos"]] == both, wish
    book(chat, origin)
    found = tell(chat, "find_available_dynos", **NOVEMBER, **LIGHT_BRAKE)
    assert [one["name"] for one in found["dynos"]] == ["North 2"]
    assert "note" not in found
    own = tell(chat, "find_available_dynos", **NOVEMBER, tag="100W100", test_type="brake")
    assert "itself is on North 1" in own["note"]


def test_the_allocations_of_a_vehicle_are_told_with_their_numbers(chat: Chat, origin: Origin) -> None:
    number = book(chat, origin)
    found = tell(chat, "check_vehicle_allocation", tag="100W100")
    assert found["vehicle"]["vin"] == VIN
    assert [(one["id"], one["dyno"], one["status"]) for one in found["allocations"]] == [
        (number, "North 1", "scheduled")
    ]
    assert tell(chat, "check_vehicle_allocation", tag="100W101")["allocations"] == []


def test_conflicts_requests_and_maintenance_are_listed(chat: Chat, origin: Origin) -> None:
    database = chat.agent.database
    assert tell(chat, "detect_conflicts")["conflicts"] == []
    book(chat, origin)
    plan_maintenance(
        database, origin, dyno="North 1", period=Period(date(2026, 11, 25), date(2026, 11, 27)), category="breakdown",
        reason="oil leak", today=TODAY,
    )  # fmt: skip
    create_request(database, origin, vehicle_id=2, test_type="brake", start_date=date(2026, 12, 1), days=2)
    (conflict,) = tell(chat, "detect_conflicts")["conflicts"]
    assert (conflict["kind"], conflict["dyno"], conflict["first_day"]) == ("maintenance", "North 1", "2026-11-25")
    chat.agent.clock = FixedClock(date(2027, 3, 1))
    assert tell(chat, "detect_conflicts")["note"] == "1 of 1 are past."
    chat.agent.clock = FixedClock(TODAY)
    (window,) = tell(chat, "maintenance_check")["maintenance"]
    assert (window["dyno"], window["reason"]) == ("North 1", "oil leak")
    (request,) = tell(chat, "list_requests")["requests"]
    assert (request["tag"], request["start_date"]) == ("100W101", "2026-12-01")


def test_tests_are_counted_and_listed_by_status(chat: Chat, origin: Origin) -> None:
    number = book(chat, origin, start_date=TODAY, days=2)
    start_allocation(chat.agent.database, origin, number, on=TODAY, today=TODAY)
    assert [one["id"] for one in tell(chat, "get_tests_by_status", status="In Progress")["tests"]] == [number]
    assert [one["id"] for one in tell(chat, "get_tests_by_status", status="running")["tests"]] == [number]
    assert tell(chat, "completed_tests_count") == {"completed_tests": 0}
    complete_allocation(chat.agent.database, origin, number, on=TODAY, today=TODAY)
    assert tell(chat, "completed_tests_count") == {"completed_tests": 1}
    done = tell(chat, "get_tests_by_status", status="completed")
    assert [one["id"] for one in done["tests"]] == [number]
    assert done["note"] == "From Thu 20 Aug 2026 on."


def test_dynos_and_vehicles_are_described(chat: Chat, origin: Origin) -> None:
    book(chat, origin)
    assert [one["name"] for one in tell(chat, "list_dynos")["dynos"]] == ["North 1", "North 2", "South 1"]
    north = tell(chat, "get_dyno", name="north-1")
    assert north["dyno"]["test_types"] == "brake, emission"
    assert [one["what"] for one in north["planned"]] == ["100W100 (brake)"]
    assert [one["tag"] for one in tell(chat, "find_vehicle", text="W10")["vehicles"]] == [
        "100W100",
        "100W101",
        "100W102",
    ]


def test_the_next_window_and_the_reason_for_a_no_are_told(chat: Chat, origin: Origin) -> None:
    book(chat, origin, vehicle_id=1)
    book(chat, origin, vehicle_id=2, days=5)
    window = tell(chat, "find_next_available_window", days=2, not_before="2026-11-24", **LIGHT_BRAKE)["windows"][0]
    assert (window["dyno"], window["start_date"], window["end_date"]) == ("North 1", "2026-11-27", "2026-11-28")
    why = tell(chat, "explain_unavailable", **NOVEMBER, **LIGHT_BRAKE)
    assert "2 of 3 dynos can run it" in why["explanation"]
    assert [one["held_by"] for one in why["holders"]] == ["100W100 (brake)", "100W101 (brake)"]
    assert why["earliest"]["start_date"] == "2026-11-27"


def test_a_search_that_finds_no_window_says_why_and_what_next(chat: Chat) -> None:
    heavy = {"weight_class": ">10K", "drive_type": "AWD", "test_type": "brake"}
    none = tell(chat, "find_next_available_window", days=2, **heavy, dyno="North 1")
    assert none["windows"] == []
    assert none["note"].startswith("North 1 does not take AWD"), none
    assert none["note"].endswith("Check the vehicle's data, or ask a planner."), none
    with chat.agent.database.writing() as session:
        session.execute(text("UPDATE service_periods SET end_date = :day"), {"day": TODAY + timedelta(days=20)})
    long = tell(chat, "find_next_available_window", days=30, **LIGHT_BRAKE, facility="North")
    assert long["windows"] == []
    assert "there are no 30 days in a row on a dyno at North; try fewer days or other dynos" in long["note"], long


def test_a_search_for_a_window_never_begins_in_the_past(chat: Chat) -> None:
    found = tell(chat, "find_next_available_window", days=2, not_before="2020-01-01", **LIGHT_BRAKE)
    assert found["windows"][0]["start_date"] == TODAY.isoformat()


def test_utilization_counts_booked_days_of_the_fleet(chat: Chat, origin: Origin) -> None:
    book(chat, origin)
    told = tell(chat, "utilization_report", start_date="2026-11-21", end_date="2026-11-30")
    by_dyno = {row["dyno"]: row["utilization"] for row in told["rows"]}
    assert by_dyno == {"North 1": 0.3, "North 2": 0.0, "South 1": 0.0}
    assert told["fleet"]["utilization"] == pytest.approx(0.1)


def test_a_question_in_sql_is_answered_from_the_reporting_views(chat: Chat, origin: Origin) -> None:
    book(chat, origin)
    told = tell(chat, "query_database", sql="select dyno, count(*) as n from reporting.allocations group by dyno")
    assert told == {"rows": [{"dyno": "North 1", "n": 1}]}


def test_a_long_list_is_cut_and_says_so(chat: Chat, origin: Origin) -> None:
    for week in range(101):
        create_request(
            chat.agent.database, origin, vehicle_id=1, test_type="brake", start_date=date(2027, 1, 1), days=week + 1
        )
    told = tell(chat, "list_requests")
    assert len(told["requests"]) == 100
    assert told["note"].startswith("Only the first 100 are shown; there are more.")


def test_who_changed_an_allocation_or_a_vehicle_is_told_newest_first(chat: Chat, origin: Origin) -> None:
    mine = Origin(actor=chat.actor, channel="chat")
    number = book(chat, mine)
    cancel_allocation(chat.agent.database, origin, number, reason="axle broke")
    book(chat, origin, vehicle_id=2)
    for asked in ({"allocation_id": number}, {"vehicle_id": 1}):
        found = tell(chat, "change_history", **asked)
        assert [(one["who"], one["action"], one["reason"]) for one in found["changes"]] == [
            (origin.actor.email, "cancel", "axle broke"), ("you", "book", ""),
        ]  # fmt: skip
        assert found["changes"][0]["what"].startswith(f"cancelled allocation {number} (100W100)")
    assert tell(chat, "change_history", allocation_id=number)["about"].startswith(f"allocation {number}, 100W100")


def test_what_happened_to_a_dyno_and_to_the_plan_is_told_for_the_days_that_are_asked_about(
    chat: Chat, origin: Origin
) -> None:
    mine = Origin(actor=chat.actor, channel="chat")
    number = book(chat, mine)
    reschedule_allocation(chat.agent.database, origin, number, today=TODAY, dyno="North 2")
    here, there = (tell(chat, "change_history", dyno=name) for name in ("North 1", "North 2"))
    assert here["about"] == "dyno North 1"
    assert [one["action"] for one in here["changes"]] == ["move", "book"], "what was moved away is told too"
    assert [one["action"] for one in there["changes"]] == ["move", "book"]
    now = datetime.now(UTC).astimezone(chat.agent.clock.now().tzinfo).date()
    plan = tell(chat, "change_history", since=now.isoformat())
    assert [one["action"] for one in plan["changes"]][:2] == ["move", "book"]
    assert [one["who"] for one in tell(chat, "change_history", since=now.isoformat(), mine=True)["changes"]] == ["you"]
    before = {"since": "2020-01-01", "until": "2020-12-31"}
    assert tell(chat, "change_history", dyno="North 1", **before)["changes"] == []
    who = origin.actor
    for named in (who.email, who.name.upper(), who.name.split()[0].lower()):
        theirs = tell(chat, "change_history", since=now.isoformat(), person=named)
        assert theirs["about"].endswith(f", by {who.email}"), named
        assert {one["who"] for one in theirs["changes"]} == {who.email}, named
    with chat.agent.database.writing() as session:
        again = (
            "INSERT INTO audit_log (actor, channel, action, entity, entity_id, before, after, reason) "
            "SELECT actor, channel, action, entity, entity_id, before, after, reason FROM audit_log "
            "CROSS JOIN generate_series(1, 120) WHERE action = 'book'"
        )
        session.execute(text(again))
    (old,) = tell(chat, "change_history", allocation_id=number, person=who.email)["changes"]
    assert old["action"] == "move", "found behind more changes than are told at once"
    chat.script.turns = [[("change_history", {"since": now.isoformat(), "person": "Nemo"}, "c1")], "There."]
    unknown = of_type(say(chat, "what did Nemo change?"), "tool_result")[0]
    assert unknown["data"]["message"].startswith("Nobody here is called “Nemo”")
    assert tell(chat, "change_history", **before)["about"] == "the plan, changes of Wed 1 Jan 2020 to Thu 31 Dec 2020"
    chat.script.turns = [[("change_history", {}, "c1")], "There."]
    assert "since when" in of_type(say(chat, "what changed?"), "tool_result")[0]["data"]["message"]
