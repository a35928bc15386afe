"""Phrases that were misread once. They came after the corpus, so they count in no measure."""

import json

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import (
    BOOKED,
    CANCEL,
    CHECK,
    DECLINED,
    MOVE,
    NO_DYNO,
    STATUS,
    USE,
    WINDOW,
    Expected,
    Phrase,
    allocation,
    asks,
    book,
    both,
    calls,
    find,
    ok,
    p,
    says,
    sql,
)
from tests.unit.agent.offline.measure import answer, deviation, phrase_deviation

LIGHT_2WD = {"weight_class": "<10K", "drive_type": "2WD"}
EVAP_512 = book(tag="512C211", start="2026-12-08", days=2, test="evap")
BRAKE_524 = book(tag="524C218", start="2026-11-23", days=3, test="brake")
EMISSION_500 = book(tag="500J330", start="2026-12-10", days=5, test="emission")
MISREAD = (
    p("how much did we save this year? roi", says("ROI page")),
    p("what is the weather tomorrow", says("this lab's plan and nothing else")),
    p("tell me a joke", says("this lab's plan and nothing else")),
    p("How many days is PGN 1 booked in December?", calls(USE, start_date="2026-12-01", end_date="2026-12-31")),
    p("Why can 512C211 not go on PGN 1 next Tuesday?", asks("test_type")),
    p("whos vehicle is on northfield 2 right now", sql("contact", "'Northfield 2'", "start_date <= '2026-11-18'")),
    p(
        "book 512C211 evap on dec 8 2 days; 524C218 brake next monday 3 days, and 500J330 for emission from 12/10 to 12/14",
        both(EVAP_512, BRAKE_524, EMISSION_500),
    ),
    p(
        "book 512C211 for evap from dec 8 for 2 days, 524C218 for brake from next monday for 3 days and 500J330 for "
        "emission from dec 10 for 5 days, all up to 60 days later",
        both(
            book(tag="512C211", start="2026-12-08", days=2, test="evap", backup=60),
            book(tag="524C218", start="2026-11-23", days=3, test="brake", backup=60),
            book(tag="500J330", start="2026-12-10", days=5, test="emission", backup=60),
        ),
    ),
    p(
        "512C211 evap dec 8 2 days, 524C218 brake next monday 3 days, 500J330 emission dec 10 5 days, book all three",
        both(EVAP_512, BRAKE_524, EMISSION_500),
    ),
    p("book 512C211 evap dec 8 2 days; 524C218 brake next monday", asks("days")),
    p("book 512C211 with 524C218 for evap dec 8 for 2 days", says("I see 2 vehicles")),
    p("push allocation 9 out by 3 days", sql("id = 9")),
    p("move 42 two days earlier", sql("id = 42")),
    p("shorten 42 by a day", sql("id = 42")),
    p("extend allocation 42 to 5 days", calls(MOVE, allocation_id=42, days=5)),
    p("delay 42 until 14 December", calls(MOVE, allocation_id=42, start_date="2026-12-14")),
    p("move 42 from PGN 3 to PGN 4", calls(MOVE, allocation_id=42, dyno="PGN 4")),
    p("move 42 and 43 to next Monday", both(calls(MOVE, allocation_id=42, start_date="2026-11-23"),
                                            calls(MOVE, allocation_id=43, start_date="2026-11-23"))),
    p("Remove allocation 42 please, it's a duplicate", calls(CANCEL, allocation_id=42, reason="it's a duplicate")),
    p("complete allocation 42", says("calendar")),
    p("swap 42 and 43", says("calendar")),
    p("undo", says("undo")),
    p("which vehicles do you know?", sql("where true")),
    p("list heavy AWD vehicles", sql("drive_type = 'AWD' and weight_class = '>10K'")),
    p("book vehicles 13, 14 and 15 for emission on Dec 8 for 1 day",
      both(*(book(vehicle_id=number, start="2026-12-08", days=1, test="emission") for number in (13, 14, 15)))),
    p("book 13 for brake next Monday 3 days", book(vehicle_id=13, start="2026-11-23", days=3, test="brake")),
    p("book vehicle 13 for brake, start: 2026-12-07, end: 2026-12-09", book(vehicle_id=13, start="2026-12-07", days=3, test="brake")),
    p("Book: vehicle 13; test: brake; start: Dec 7; days: 3", book(vehicle_id=13, start="2026-12-07", days=3, test="brake")),
    p("book 195W114 brake 12/7-12/9", book(tag="195W114", start="2026-12-07", days=3, test="brake")),
    p("book vehicle 13 for brake for 3 days from today", book(vehicle_id=13, start="2026-11-18", days=3, test="brake")),
    p("book vehicle 13 for brake on Friday next week for 2 days", book(vehicle_id=13, start="2026-11-27", days=2, test="brake")),
    p("Could you get vehicle 22 onto a dyno for a brake test starting Dec 3rd? It needs 4 days.",
      book(vehicle_id=22, start="2026-12-03", days=4, test="brake")),
    p("heavy AWD brake 3 days next week", calls(WINDOW, weight_class=">10K", drive_type="AWD", test_type="brake", days=3, not_before="2026-11-23")),
    p("When could I test vehicle 13 (brake, 2 days) after Dec 10?", calls(WINDOW, vehicle_id=13, test_type="brake", days=2, not_before="2026-12-10")),
    p("Do we have anything for an F-250 next week?", asks("weight", "drive_type", "test_type")),
    p("free from Monday until Wednesday for vehicle 13 brake", find("2026-11-23", "2026-11-25", "brake", vehicle_id=13)),
    p("Which dynos can run 150K mileage for a heavy AWD?", calls("list_dynos")),
    p("show me vehicles of program P-B4", calls("find_vehicle", text="P-B4")),
    p("are we overbooked anywhere?", calls("detect_conflicts")),
    p("what's the load on the dynos this quarter?", calls(USE, start_date="2026-10-01", end_date="2026-12-31")),
    p("how well are we using the dynos this month?", calls(USE, start_date="2026-11-01", end_date="2026-11-30")),
    p("total completed tests", calls("completed_tests_count")),
    p("how many tests are running?", calls(STATUS, status="in_progress")),
    p("who's the engineer for 195W114?", sql("contact", "'195W114'")),
    p("what's booked on PGN 2?", sql("'PGN 2'")),
    p("what is scheduled on the ATC dynos in December?", sql("facility = 'ATC'", "2026-12-01", "2026-12-31")),
    p("How many tests did we complete last month?", sql("count(*)", "2026-10-01", "2026-10-31")),
    p("When does 195W114 finish?", calls(CHECK, tag="195W114")),
    p("book vehicle 13 for brake on the last Monday of November for 2 days", book(vehicle_id=13, start="2026-11-30", days=2, test="brake")),
    p("book vehicle 13 for brake 2026-12-07..2026-12-09", book(vehicle_id=13, start="2026-12-07", days=3, test="brake")),
    p("cancel allocation number 42, thanks", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("move vehicle 13 to PGN 4 and extend it by 2 days", both(calls(CHECK, vehicle_id=13), calls(CHECK, vehicle_id=13))),
    p("vehicle=13 test=brake start=2026-12-07 days=3", says("nothing is changed")),
    p("sign vehicle 13 up for brake on dec 7 for three (3) days", book(vehicle_id=13, start="2026-12-07", days=3, test="brake")),
    p("create an allocation for vehicle 13, brake, 7 December, 3 days", book(vehicle_id=13, start="2026-12-07", days=3, test="brake")),
    p("please have 42 moved to next monday", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    p("I need allocation 42 cancelled", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("allocation 42 should start on 14 December", says("nothing is changed")),
    p("set the start of allocation 42 to 14 December", calls(MOVE, allocation_id=42, start_date="2026-12-14")),
    p("block PGN 3 for maintenance from 7 to 9 December", says("fleet")),
    p("export the plan", says("own page")),
    p("cancel everything on PGN 3 next week", sql("'PGN 3'", "2026-11-23", "2026-11-29")),
    p("which vehicles have no weight", sql("weight_class is null")),
    p("how many AWD vehicles are in the lab", sql("drive_type = 'AWD'")),
    p("show allocations of program P-B4", sql("upper(program) = upper('P-B4')")),
    p("8,200# 2wd brake tomorrow, anything?", find("2026-11-19", "2026-11-19", "brake", weight_lbs=8200, drive_type="2WD")),
    p("anything free for 8,200# 2wd brake next week?", find("2026-11-23", "2026-11-29", "brake", weight_lbs=8200, drive_type="2WD")),
    p("anything next week for a light 2wd emission?", find("2026-11-23", "2026-11-29", "emission", **LIGHT_2WD)),
    p("got anything for a 4x4 next week?", asks("weight", "test_type")),
    p("anything for a heavy awd?", asks("window", "test_type")),
    p("room for a heavy 4x4 brake tomorrow?", find("2026-11-19", "2026-11-19", "brake", weight_class=">10K", drive_type="AWD")),
    p("anything heavy running next week?", sql("2026-11-23", "2026-11-29")),
    p("which dynos are free right now?", sql("reporting.dynos", "2026-11-18")),
    p("what is planned on the VTBs in January", sql("'VTB'", "2027-01-01", "2027-01-31")),
    p("what is planned at Northfield 7 December", sql("'Northfield'", "2026-12-07")),
    p("is Northfield 9 free tomorrow?", says("no dyno “Northfield 9”")),
    p("who do I ask about allocation 42", sql("contact", "id = 42")),
    p("is 195W114 heavy or light", calls("find_vehicle", text="195W114")),
    p("I'll book vehicle 13 for brake from 7 December for 3 days myself", says("nothing is changed")),
    p("will you cancel 42 automatically?", says("nothing is changed")),
    p("book vehicle 13 for brake from 7 December for 3 days unless somebody else has it", says("nothing is changed")),
)  # fmt: skip


@pytest.mark.parametrize("phrase", MISREAD, ids=lambda phrase: phrase.text[:60])
def test_a_phrase_that_was_misread_is_understood(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def after(*texts: str) -> AIMessage:
    """The answer to the last text, said after the others."""
    messages: list[BaseMessage] = []
    last = AIMessage("")
    for text in texts:
        last = answer([*messages, HumanMessage(text)])
        messages += [HumanMessage(text), last]
    return last


def test_a_test_type_question_in_between_keeps_the_open_order() -> None:
    assert after("book vehicle 13", "what test types are there?").additional_kwargs["frame"]["state"] == "asked"


def test_a_vehicle_named_after_a_search_takes_over_its_test_and_time() -> None:
    last = after("which dynos are free 7-9 December for heavy AWD brake?", "book vehicle 13 on PGN 3")
    expected = book(vehicle_id=13, start="2026-12-07", days=3, test="brake")
    expected.calls[0][1]["dyno"] = "PGN 3"
    assert deviation(last, expected) == ""


def going_on(*turns: tuple[str, dict[str, object] | None]) -> AIMessage:
    """The answer to the last text; each text before it is answered with its result by the tools."""
    messages: list[BaseMessage] = []
    last = AIMessage("")
    for text, result in turns:
        last = answer([*messages, HumanMessage(text)])
        messages += [HumanMessage(text), last]
        if result is not None:
            messages += [ToolMessage(json.dumps(result), tool_call_id=call["id"]) for call in last.tool_calls]
            messages.append(answer(messages))
    return last


ORDER = "book vehicle 13 for brake from 7 December for 3 days"


@pytest.mark.parametrize(
    ("made", "text", "expected"),
    [
        (BOOKED, "one day shorter please", calls(MOVE, allocation_id=51, days=2)),
        (BOOKED, "extend it by a day", sql("id = 51")),
        (BOOKED, "start on the 8th instead", calls(MOVE, allocation_id=51, start_date="2026-12-08")),
        (BOOKED, "can we start on the 8th instead?", says("nothing is changed")),
        (BOOKED, "purple monkey dishwasher", says("did not understand")),
        (DECLINED, "from the 14th", book(vehicle_id=13, start="2026-12-14", days=3, test="brake")),
        (DECLINED, "no, next week", asks("start")),
        (NO_DYNO, "when then?", calls(WINDOW, vehicle_id=13, test_type="brake", days=3, not_before="2026-12-07")),
    ],
)
def test_what_is_said_after_a_booking_is_about_it(made: dict[str, object], text: str, expected: Expected) -> None:
    assert deviation(going_on((ORDER, made), (text, None)), expected) == ""


def test_a_report_asked_for_again_looks_back_too() -> None:
    last = going_on(("utilization last month", ok({"fleet": {}, "rows": []})), ("what about Q3?", None))
    assert deviation(last, calls(USE, start_date="2026-07-01", end_date="2026-09-30")) == ""


def test_a_dyno_that_was_free_is_taken_with_its_day() -> None:
    last = going_on(("is PGN 3 free tomorrow?", ok({"rows": []})), ("book it for vehicle 13, brake, 2 days", None))
    assert last.tool_calls[0]["args"]["dyno"] == "PGN 3"
    assert last.tool_calls[0]["args"]["start_date"] == "2026-11-19"


def test_one_answer_completes_all_orders_that_lack_the_same() -> None:
    last = after("book vehicle 13 and vehicle 14 for brake", "7 December", "3 days")
    assert [call["args"]["vehicle_id"] for call in last.tool_calls] == [13, 14]


def test_nonsense_after_a_question_repeats_only_what_is_open() -> None:
    told = after("book vehicle 13 for brake from 7 December", "purple monkey dishwasher").text
    assert told == "I did not understand that. I still need the number of days; or say “never mind”."


def test_everything_on_a_dyno_is_cancelled_on_one_card_while_it_can_be_read() -> None:
    row = allocation(40, start_date="2026-11-24", end_date="2026-11-25")
    messages: list[BaseMessage] = [HumanMessage("cancel everything on PGN 3 next week")]
    asking = answer(messages)
    for count, told in ((3, ""), (11, "11 allocations"), (0, "no active allocation on PGN 3")):
        found = ok({"rows": [row | {"id": 40 + number} for number in range(count)]})
        result = ToolMessage(json.dumps(found), tool_call_id=asking.tool_calls[0]["id"])
        last = answer([*messages, asking, result])
        assert [call["args"]["allocation_id"] for call in last.tool_calls] == ([40, 41, 42] if count == 3 else [])
        assert told in last.text


def _turn(text: str, so_far: list[BaseMessage]) -> AIMessage:
    so_far.append(HumanMessage(text))
    reply = answer(so_far)
    so_far.append(reply)
    return reply


@pytest.mark.parametrize(
    ("words", "tool"),
    [
        ("ok look for the next window", "find_next_available_window"),
        ("the next free window please", "find_next_available_window"),
        ("explain why", "explain_unavailable"),
        ("ok explain", "explain_unavailable"),
    ],
)
def test_what_is_offered_after_a_no_is_about_the_question_just_asked(words: str, tool: str) -> None:
    so_far: list[BaseMessage] = []
    asked = _turn("is anything free from dec 7 to dec 9 for a heavy AWD brake test", so_far)
    so_far.append(ToolMessage(json.dumps(ok([])), tool_call_id=asked.tool_calls[0]["id"]))
    so_far.append(answer(so_far))
    call = _turn(words, so_far).tool_calls[0]
    assert call["name"] == tool
    assert call["args"] | {"weight_class": ">10K", "drive_type": "AWD", "test_type": "brake"} == call["args"]


def test_a_month_without_a_dyno_is_searched_for_a_gap_once_the_days_are_known() -> None:
    so_far: list[BaseMessage] = []
    asked = _turn("which dynos are free next month for a light 2WD emission test", so_far)
    so_far.append(ToolMessage(json.dumps(ok({"dynos": []})), tool_call_id=asked.tool_calls[0]["id"]))
    so_far.append(answer(so_far))
    assert "How many days" in so_far[-1].text
    expected = calls(WINDOW, days=3, test_type="emission", not_before="2026-12-01", **LIGHT_2WD)
    assert deviation(_turn("3 days", so_far), expected) == ""


def test_a_search_for_a_vehicle_says_that_it_stands_elsewhere_then() -> None:
    so_far: list[BaseMessage] = []
    asked = _turn("can i get 512C211 on a dyno tomorow for emmission 3 days", so_far)
    found = {"dynos": [], "note": "512C211 itself is on PGN 1."}
    so_far.append(ToolMessage(json.dumps(ok(found)), tool_call_id=asked.tool_calls[0]["id"]))
    assert "512C211 itself is on PGN 1." in answer(so_far).text


def test_whose_vehicle_is_on_a_dyno_is_told_with_its_contact() -> None:
    so_far: list[BaseMessage] = []
    asked = _turn("whos vehicle is on northfield 2 right now", so_far)
    row = {
        "kind": "test",
        "id": 7,
        "tag": "512C211",
        "test_type": "evap",
        "contact": "Ana Ruiz",
        "status": "in_progress",
    }
    days = {"start_date": "2026-11-17", "end_date": "2026-11-20"}
    so_far.append(ToolMessage(json.dumps(ok([row | days])), tool_call_id=asked.tool_calls[0]["id"]))
    told = answer(so_far).text
    assert "512C211" in told
    assert "contact is Ana Ruiz" in told
