"""What is said after a card or a receipt is meant against its days, not against today."""

import json
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import BOOKED, DECLINED, MOVE, Expected, book, calls, find, ok
from tests.unit.agent.offline.measure import answer, deviation
from tests.unit.agent.offline.test_misread import going_on

ORDER = "book vehicle 13 for brake from 7 December for 3 days"


def brake(start: str, days: int, vehicle_id: int = 13, **more: Any) -> Expected:
    expected = book(vehicle_id=vehicle_id, start=start, days=days, test="brake")
    expected.calls[0][1].update(more)
    return expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("make it 5 days instead, starting Wednesday", brake("2026-12-09", 5)),
        ("start on tuesday", brake("2026-12-08", 3)),
        ("no, thursday", brake("2026-12-10", 3)),
        ("Monday then", brake("2026-12-14", 3)),
        ("a day earlier", brake("2026-12-06", 3)),
        ("one day longer", brake("2026-12-07", 4)),
        ("until Friday", brake("2026-12-07", 5)),
        ("Tuesday to Thursday", brake("2026-12-08", 3)),
        ("only Monday and Tuesday", brake("2026-12-07", 2)),
        ("the 10th", brake("2026-12-10", 3)),
        ("on PGN 4 instead", brake("2026-12-07", 3, dyno="PGN 4")),
        ("for vehicle 14 instead", brake("2026-12-07", 3, vehicle_id=14)),
        ("the week after", brake("2026-12-14", 3)),
    ],
)
def test_a_card_is_corrected_from_its_own_days(text: str, expected: Expected) -> None:
    assert deviation(going_on((ORDER, DECLINED), (text, None)), expected) == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("make it 5 days instead, starting Wednesday", calls(MOVE, allocation_id=51, start_date="2026-12-09", days=5)),
        ("move it to Wednesday", calls(MOVE, allocation_id=51, start_date="2026-12-09")),
        ("extend it until Friday", calls(MOVE, allocation_id=51, end_date="2026-12-11")),
        ("until Friday", calls(MOVE, allocation_id=51, end_date="2026-12-11")),
        ("Tuesday to Friday", calls(MOVE, allocation_id=51, start_date="2026-12-08", end_date="2026-12-11")),
        ("one day longer", calls(MOVE, allocation_id=51, days=4)),
    ],
)
def test_a_booking_just_made_is_changed_from_its_own_days(text: str, expected: Expected) -> None:
    assert deviation(going_on((ORDER, BOOKED), (text, None)), expected) == ""


@pytest.mark.parametrize("text", ["not on Monday", "not the 7th", "no, not on Monday"])
@pytest.mark.parametrize("said", [DECLINED, BOOKED])
def test_a_day_that_is_not_meant_is_not_taken_for_the_next_one(text: str, said: dict[str, Any]) -> None:
    reply = going_on((ORDER, said), (text, None))
    assert reply.tool_calls == []
    assert "I still need" in reply.text


@pytest.mark.parametrize(
    ("order", "text", "expected"),
    [
        ("move allocation 42 to 14 December", "Wednesday instead", calls(MOVE, allocation_id=42, start_date="2026-12-16")),
        ("move allocation 42 to 14 December", "43 instead", calls(MOVE, allocation_id=43, start_date="2026-12-14")),
        ("extend allocation 42 until 11 December", "until Wednesday", calls(MOVE, allocation_id=42, end_date="2026-12-09")),
        ("extend allocation 42 until 11 December", "one day less", calls(MOVE, allocation_id=42, end_date="2026-12-10")),
        ("book vehicle 13 for brake from 7 January for 3 days", "the 20th", brake("2027-01-20", 3)),
        ("book vehicle 13 for brake from Friday for 1 day", "monday", brake("2026-11-23", 1)),
    ],
)  # fmt: skip
def test_other_changes_are_corrected_from_theirs(order: str, text: str, expected: Expected) -> None:
    assert deviation(going_on((order, DECLINED), (text, None)), expected) == ""


def test_days_that_slipped_on_the_card_are_those_that_are_corrected() -> None:
    """The order said the 7th and up to a week later; the card said the 10th, since nothing was free before."""
    slipped = DECLINED | {"facts": {"shown": {"start_date": "2026-12-10", "end_date": "2026-12-12"}}}
    messages: list[BaseMessage] = [HumanMessage(f"{ORDER}, up to 7 days later")]
    messages.append(answer(messages))
    messages.append(ToolMessage(json.dumps(slipped), tool_call_id=messages[-1].tool_calls[0]["id"]))  # type: ignore[attr-defined]
    corrected = answer([*messages, HumanMessage("a day later")])
    assert corrected.tool_calls[0]["args"]["start_date"] == "2026-12-11"


def test_a_moved_allocation_is_moved_on_from_where_it_stands() -> None:
    stood = ok({"allocation": {"id": 42, "start_date": "2026-12-16", "end_date": "2026-12-18", "dyno": "PGN 3"}})
    last = going_on(("move allocation 42 to 14 December", stood), ("one day longer", None))
    assert deviation(last, calls(MOVE, allocation_id=42, start_date="2026-12-16", days=4)) == ""


def test_a_question_goes_on_from_the_days_it_was_about() -> None:
    last = going_on(("what's free 7-9 December for heavy AWD brake?", ok([])), ("until Friday", None))
    heavy = {"weight_class": ">10K", "drive_type": "AWD"}
    assert deviation(last, find("2026-12-07", "2026-12-11", "brake", **heavy)) == ""
