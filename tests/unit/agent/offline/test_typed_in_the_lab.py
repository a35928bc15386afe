"""Messages as they are really typed in a lab: short, sloppy, dates in every way. Each was misread once."""

import json
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import USE, WINDOW, Phrase, asks, book, calls, find, no_write, ok, p, says, sql
from tests.unit.agent.offline.measure import answer, phrase_deviation
from tests.unit.agent.offline.test_misread import going_on


def brake(start: str, days: int) -> Any:
    return book(tag="536C288", start=start, days=days, test="brake")


TYPED = (
    p("book 536C288 brake 14th-16th", brake("2026-12-14", 3)),
    p("book 536C288 brake from the 14th to 16th", brake("2026-12-14", 3)),
    p("book 536C288 for brake on 14th for 2 days", brake("2026-12-14", 2)),
    p("book 536C288 for brake from 14.12. for 2 days", brake("2026-12-14", 2)),
    p("book 536C288 brake starting monday week for 3 days", brake("2026-11-30", 3)),
    p("book 536C288 brake friday week for a day", brake("2026-11-27", 1)),
    p("book 536C288 brake 1.5 days", asks("start", "days")),
    p("536C288 brake monday 2 days?", find("2026-11-23", "2026-11-24", "brake", tag="536C288")),
    p("would be great to have 536C288 on a dyno monday for brake 2 days", no_write()),
    p("don't book anything yet, just show me what's free for 536C288 brake mon-wed",
      find("2026-11-23", "2026-11-25", "brake", tag="536C288")),
    p("don't book 536C288 for brake on monday", says("nothing was changed")),
    p("can 536C288 go on PGN 3 on thursday?", asks("test_type")),
    p("536C288 needs one more day", says("1 day later. Nothing is changed yet")),
    p("shift my thursday booking by 2 days", sql("created_by = :me", "end_date >= '2026-11-18'")),
    p("push everything on PGN 3 back a day", says("I move allocations by their numbers")),
    p("how busy are we in january", calls(USE, start_date="2027-01-01", end_date="2027-01-31")),
    p("has 42 been cancelled", sql("id = 42")),
    p("booking request: vehicle 13, test: brake, start: 2026-12-07, days: 3", says("book vehicle 13, brake test")),
    p("why was 42 moved to friday", calls("change_history", allocation_id=42)),
    p("can 42 be moved to friday", sql("id = 42")),
    p("please tell me if 42 can be cancelled", no_write()),
    p("195W114, brake, 2d, from mo 7.12.", says("Mon 7 Dec 2026 to Tue 8 Dec 2026 (2 days). Nothing is changed yet")),
    p("what about christmas week", sql("2026-12-21", "2026-12-27")),
    p("what's planned at xmas", sql("2026-12-25")),
    p("earliest for 9500 lb 4wd emission 2 days not northfield", calls(
        WINDOW, weight_lbs=9500, drive_type="AWD", test_type="emission", days=2, not_before="2026-11-18",
        not_on=["Northfield"])),
)  # fmt: skip


@pytest.mark.parametrize("phrase", TYPED, ids=lambda phrase: phrase.text[:60])
def test_it_is_understood(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def test_an_order_of_its_own_is_no_answer_to_an_open_question() -> None:
    rows = [
        {"id": number, "tag": "536C288", "start_date": "2027-01-11", "end_date": "2027-01-14", "status": "scheduled"}
        for number in (7, 8)
    ]
    for text in ("shift my thursday booking by 2 days", "push everything on PGN 3 back a day"):
        last = going_on(("move 536C288 to next friday", ok(rows)), (text, None))
        assert "536C288" not in last.text
        assert "536C288" not in str(last.tool_calls)


def test_a_vehicle_is_told_by_where_it_stands_and_what_is_ahead() -> None:
    past = {"id": 1, "dyno": "PGN 1", "tag": "536C288", "test_type": "evap", "start_date": "2026-08-03",
            "end_date": "2026-08-04", "status": "completed"}  # fmt: skip
    now = past | {"id": 2, "start_date": "2026-11-17", "end_date": "2026-11-20", "status": "in_progress"}
    ahead = past | {"id": 3, "start_date": "2026-12-07", "end_date": "2026-12-09", "status": "scheduled"}
    messages: list[BaseMessage] = [HumanMessage("where is 536C288 now")]
    asked = answer(messages)
    found = ToolMessage(json.dumps(ok([past, now, ahead])), tool_call_id=asked.tool_calls[0]["id"])
    told = answer([*messages, asked, found]).text
    assert "Now: #2: 536C288, evap, on PGN 1" in told
    assert "2026-08-03" not in told
    assert "1 more is completed or cancelled" in told


def test_a_place_that_is_not_wanted_is_repeated() -> None:
    told = answer([HumanMessage("earliest for 9500 lb 4wd emission 2 days not northfield")]).text
    assert "not at Northfield" in told
