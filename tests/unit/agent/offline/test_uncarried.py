"""Words for which an allocation has no field are told beside the card, and a day behind “cancel 42” is not dropped."""

import json

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import CANCEL, STATUS, Dialogue, Turn, allocation, book, calls, ok, p, says, sql
from tests.unit.agent.offline.measure import answer, deviation, dialogue_deviation, phrase_deviation

BOOKS = book(vehicle_id=13, start="2026-12-07", days=3, test="brake")
TIME = "from 7 December for 3 days"


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        (f"book 13 for brake twice {TIME}", "twice", "one order books one allocation"),
        (f"book vehicle 13 for 2 brake tests {TIME} each", "2 brake tests", "one order books one allocation"),
        (f"book 13 tentatively for brake {TIME}", "tentatively", "holds its dyno"),
        (f"tentatively book vehicle 13 for brake {TIME}", "tentatively", "holds its dyno"),
        (f"pencil vehicle 13 in for brake {TIME}", "pencil in", "holds its dyno"),
        (f"book vehicle 13 for brake {TIME} with priority 1", "with priority 1", "has no priority"),
        (f"book vehicle 13 for brake, prio 1, {TIME}", "prio 1", "has no priority"),
        (f"book vehicle 13 for brake {TIME}, high priority", "high priority", "has no priority"),
        ("book vehicle 13 for brake from 7 Dec 08:00 to 9 Dec 16:00", "08:00”, “16:00", "whole days only"),
        (f"book vehicle 13 for brake {TIME} in the morning", "in the morning", "whole days only"),
        (f"book vehicle 13 for brake {TIME} cold soak at -7C", "cold soak at -7C", "the note of the allocation"),
        (f"book vehicle 13 for brake {TIME} with driver Miguel", "with driver Miguel", "the note of the allocation"),
        (f"book vehicle 13 for brake {TIME}, note: needs ballast", "note: needs ballast", "the note of the allocation"),
    ],
)
def test_what_no_allocation_can_carry_is_told_beside_the_card(text: str, words: str, why: str) -> None:
    reply = answer([HumanMessage(text)])
    assert deviation(reply, BOOKS) == ""
    assert f"Not on the card (“{words}”): " in reply.text
    assert why in reply.text


def test_a_question_and_an_order_about_others_keep_such_words() -> None:
    assert phrase_deviation(p("show tentative bookings", calls(STATUS, status="tentative"))) == ""
    assert phrase_deviation(p("cancel my tentative bookings", sql("status = 'tentative'"))) == ""
    assert phrase_deviation(p("make 42 tentative", says("own page"))) == ""


CANCELS_42 = calls(CANCEL, allocation_id=42, reason="requested in chat")
STANDS = ok({"rows": [allocation(42, start_date="2026-12-07", end_date="2026-12-09")]})
DIALOGUES = (
    Dialogue("it has that day", (Turn("cancel 42 on 8 December", sql("id = 42"), (STANDS,), CANCELS_42),)),
    Dialogue("it has no such day", (
        Turn("cancel 42 tomorrow", sql("id = 42"), (STANDS,),
             says("has no day on Thu 19 Nov 2026, and a cancelling can't wait until then")),
        Turn("yes", CANCELS_42),
    )),
    Dialogue("today is now", (Turn("cancel 42 today", CANCELS_42),)),
    Dialogue("the day is part of the reason", (
        Turn("cancel 42, no driver tomorrow", calls(CANCEL, allocation_id=42, reason="no driver tomorrow")),
    )),
)  # fmt: skip


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_a_day_behind_the_number_that_is_to_be_cancelled_is_kept_to(dialogue: Dialogue) -> None:
    assert dialogue_deviation(dialogue) == ""


def test_the_days_of_what_is_cancelled_are_said() -> None:
    messages: list[BaseMessage] = [HumanMessage("cancel 42 on 8 December")]
    asked = answer(messages)
    found = ToolMessage(json.dumps(STANDS), tool_call_id=asked.tool_calls[0]["id"])
    assert "Mon 7 Dec 2026 to Wed 9 Dec 2026" in answer([*messages, asked, found]).text
