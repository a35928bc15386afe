"""What a message refers to by other words: the dyno that was asked about, the rows of the list that was shown."""

import json
from datetime import date
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import BOOK, CANCEL, MOVE, SQL, WINDOW, ok
from tests.unit.agent.offline.measure import answer

ROWS = [
    {
        "id": 41 + at, "dyno": "PGN 3", "tag": f"100W10{at}", "test_type": "brake", "status": "scheduled",
        "start_date": f"2026-12-0{1 + 2 * at}", "end_date": f"2026-12-0{2 + 2 * at}",
    }
    for at in range(3)
]  # fmt: skip


class Conversation:
    """A person's messages one after the other; a question is answered with ``rows``."""

    def __init__(self, rows: list[dict[str, Any]] = ROWS) -> None:
        self.messages: list[BaseMessage] = []
        self.rows = rows

    def say(self, text: str) -> AIMessage:
        """The first answer to ``text``, which calls a tool or says something."""
        self.messages.append(HumanMessage(text))
        first = answer(self.messages)
        self.messages.append(first)
        if any(call["name"] == SQL for call in first.tool_calls):
            told = json.dumps(ok({"rows": self.rows}))
            self.messages += [ToolMessage(told, tool_call_id=call["id"]) for call in first.tool_calls]
            self.messages.append(answer(self.messages))
        return first

    @property
    def said(self) -> str:
        return self.messages[-1].text


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("who has it on 7 December?", "end_date >= '2026-12-07' and start_date <= '2026-12-07'"),
        ("when is it free?", "dyno = 'PGN 3' and end_date >= '2026-11-18'"),
        ("and is it free tomorrow?", "end_date >= '2026-11-19' and start_date <= '2026-11-19'"),
        ("what's on it in January?", "start_date <= '2027-01-31' and end_date >= '2027-01-01'"),
        ("is anything there for January?", "start_date <= '2027-01-31' and end_date >= '2027-01-01'"),
        ("anything planned there in January?", "start_date <= '2027-01-31' and end_date >= '2027-01-01'"),
    ],
)
def test_it_and_there_mean_the_dyno_that_was_asked_about(text: str, asked: str) -> None:
    talk = Conversation()
    talk.say("what's on PGN 3 this week?")
    sql = talk.say(text).tool_calls[0]["args"]["sql"]
    assert "dyno = 'PGN 3'" in sql
    assert asked in sql


@pytest.mark.parametrize("text", ["book vehicle 13 on it for brake", "book it then for vehicle 13, brake"])
def test_a_vehicle_is_booked_on_it(text: str) -> None:
    talk = Conversation()
    talk.say("what's on PGN 3 this week?")
    (call,) = talk.say(f"{text} from 7 December for 3 days").tool_calls
    assert (call["name"], call["args"]["dyno"], call["args"]["vehicle_id"]) == (BOOK, "PGN 3", 13)


@pytest.mark.parametrize("text", ["when is it?", "is it possible to see the conflicts?", "cancel it"])
def test_it_is_no_dyno_where_it_may_be_something_else(text: str) -> None:
    talk = Conversation()
    talk.say("what's on PGN 3 this week?")
    assert "PGN 3" not in json.dumps(talk.say(text).tool_calls)


def test_when_it_is_free_for_so_long_is_told_and_the_day_is_not_guessed() -> None:
    talk = Conversation()
    talk.say("what's on PGN 3 this week?")
    talk.say("when is it free for two weeks?")
    assert talk.said.endswith(
        "allocation 41 from Tue 1 Dec 2026 until Wed 2 Dec 2026. PGN 3 is free from Mon 7 Dec 2026 on."
    )
    asked = talk.say("book it then for vehicle 13, brake")
    assert not asked.tool_calls
    assert "book vehicle 13, brake test, for 14 days, on PGN 3. To book it I still need the first day." in asked.text


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("cancel the first one", CANCEL, [{"allocation_id": 41}]),
        ("please cancel the last booking in the list", CANCEL, [{"allocation_id": 43}]),
        ("cancel the first two of them", CANCEL, [{"allocation_id": 41}, {"allocation_id": 42}]),
        ("move the second one to 11 December", MOVE, [{"allocation_id": 42, "start_date": "2026-12-11"}]),
    ],
)
def test_a_row_of_the_list_is_meant_by_its_place(text: str, name: str, args: list[dict[str, Any]]) -> None:
    talk = Conversation()
    talk.say("show me my bookings")
    calls = talk.say(text).tool_calls
    assert [call["name"] for call in calls] == [name] * len(args)
    assert [call["args"] | want for call, want in zip(calls, args, strict=True)] == [call["args"] for call in calls]


def test_what_is_over_is_named_with_how_it_ended() -> None:
    talk = Conversation([ROWS[0] | {"status": "completed"}])
    talk.say("move 41 two days later")
    assert "#41: 100W100, brake, on PGN 3, Tue 1 Dec 2026 to Wed 2 Dec 2026 (completed) is over" in talk.said


@pytest.mark.parametrize("text", ["cancel the fourth one", "cancel the first available one"])
def test_a_row_that_is_not_there_is_asked_for(text: str) -> None:
    talk = Conversation()
    talk.say("show me my bookings")
    asked = talk.say(text)
    assert not asked.tool_calls
    assert "I still need the allocation" in asked.text


def test_the_last_one_of_a_long_list_is_asked_for() -> None:
    talk = Conversation([ROWS[0] | {"id": number} for number in range(1, 40)])
    talk.say("show me my bookings")
    assert [call["args"]["allocation_id"] for call in talk.say("cancel the first one").tool_calls] == [1]
    other = Conversation([ROWS[0] | {"id": number} for number in range(1, 40)])
    other.say("show me my bookings")
    assert not other.say("cancel the last one").tool_calls


def test_another_length_does_not_choose_the_day_of_a_week() -> None:
    talk = Conversation()
    talk.say("book vehicle 13 for brake next week, 4 days")
    asked = talk.say("make it 3 days")
    assert not asked.tool_calls
    assert asked.text.startswith("Which day of Mon 23 Nov 2026 to Sun 29 Nov 2026?")
    assert talk.say("what do you still need?").text == "I still need the first day; or say “never mind”."
    (call,) = talk.say("Tuesday").tool_calls
    assert (call["args"]["start_date"], call["args"]["days_to_complete"]) == ("2026-11-24", 3)


def test_advice_that_is_asked_for_behind_a_wish_is_the_answer_to_it() -> None:
    call, *others = Conversation().say("11200 lb awd, evap, 5 days in december, what do you recommend?").tool_calls
    assert (call["name"], call["args"]["days"], call["args"]["not_before"]) == (WINDOW, 5, "2026-12-01")
    assert not others


def test_a_model_year_is_no_day() -> None:
    talk = Conversation()
    assert "where model_year = 2027" in talk.say("show me MY27 vehicles").tool_calls[0]["args"]["sql"]
    sql = talk.say("which tests are of model year 2027?").tool_calls[0]["args"]["sql"]
    assert "model_year = 2027" in sql
    assert str(date(2027, 12, 31)) not in sql
