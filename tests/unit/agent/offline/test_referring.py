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


@pytest.mark.parametrize(
    "text",
    [
        "move 42 to Friday, Anna will be there then",
        "move 42 to Friday because Anna is on it",
        "move 42 to Friday, the driver is not there until then",
        "move 42 two days later, nobody has worked on it",
        "extend 42 by 2 days, from there on 43 is free",
        "cancel 42, nobody works on it",
        "cancel 42, nobody is working on it today",
        "cancel 42, the driver won't be there on Friday",
        "book vehicle 13 for brake from Monday for 2 days, see you there",
        "book vehicle 13 for brake from Monday for 2 days. I'll be there.",
        "book vehicle 13 for brake from Monday for 2 days, we count on it",
        "put 42 where there is room",
        "hi there",
        "Hello there!",
        "are you there?",
        "thanks, almost there",
    ],
)
def test_what_is_said_beside_an_order_or_to_a_person_names_no_dyno(text: str) -> None:
    talk = Conversation()
    talk.say("who has PGN 3 next week?")
    first = talk.say(text)
    assert "PGN 3" not in json.dumps(first.tool_calls)
    assert "PGN 3" not in first.text


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("move 42 there", {"dyno": "PGN 3"}),
        ("please move 42 there on Friday, Anna is on it", {"dyno": "PGN 3", "start_date": "2026-11-20"}),
        ("move 42 to Friday there", {"dyno": "PGN 3", "start_date": "2026-11-20"}),
        ("move 42 anywhere but there", {"not_on": ["PGN 3"]}),
        ("move 42 away from there", {"not_on": ["PGN 3"]}),
        ("move 42 from there to PGN 4", {"dyno": "PGN 4"}),
    ],
)
def test_there_is_the_place_behind_what_is_ordered(text: str, args: dict[str, Any]) -> None:
    talk = Conversation()
    talk.say("who has PGN 3 next week?")
    (call,) = talk.say(text).tool_calls
    assert (call["name"], call["args"]) == (MOVE, {"allocation_id": 42, **args})


def test_there_is_the_same_place_for_each_that_is_ordered() -> None:
    talk = Conversation()
    talk.say("who has PGN 3 next week?")
    calls = talk.say("move 42 there and 43 there").tool_calls
    assert [call["args"] for call in calls] == [{"allocation_id": number, "dyno": "PGN 3"} for number in (42, 43)]


def test_the_reason_is_recorded_as_it_was_said() -> None:
    talk = Conversation()
    talk.say("who has PGN 3 next week?")
    (moved,) = talk.say("move 42 to Friday because Anna is on it").tool_calls
    assert moved["args"]["reason"] == "Anna is on it"
    other = Conversation()
    other.say("who has PGN 3 next week?")
    (cancelled,) = other.say("cancel 42, nobody works on it").tool_calls
    assert cancelled["args"]["reason"] == "nobody works on it"


@pytest.mark.parametrize(
    "text",
    ["move 42 out of there", "take 42 off it on Friday", "move 42 out of PGN 3", "move 42 out of PGN 3 on Friday"],
)
def test_out_of_a_dyno_is_off_it_and_asked_about(text: str) -> None:
    talk = Conversation()
    talk.say("who has PGN 3 next week?")
    asked = talk.say(text)
    assert not asked.tool_calls
    assert asked.text.startswith("“Off PGN 3” can mean two things: cancel it, or move it.")


@pytest.mark.parametrize(
    ("text", "args"),
    [
        ("move 42 out of PGN 3 to PGN 4", {"dyno": "PGN 4"}),
        ("move 42 out of PGN 3 to Friday", {"start_date": "2026-11-20", "not_on": ["PGN 3"]}),
    ],
)
def test_out_of_a_dyno_and_to_somewhere_is_a_move(text: str, args: dict[str, Any]) -> None:
    (call,) = Conversation().say(text).tool_calls
    assert (call["name"], call["args"]) == (MOVE, {"allocation_id": 42, **args})


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
        ("cancel the second one and the first one", CANCEL, [{"allocation_id": 42}, {"allocation_id": 41}]),
        ("cancel the first one, Anna is ill", CANCEL, [{"allocation_id": 41, "reason": "Anna is ill"}]),
        ("cancel the first one please, no wait, the second one", CANCEL, [{"allocation_id": 42}]),
        ("the first one was booked by mistake, cancel it", CANCEL, [{"allocation_id": 41}]),
        ("cancel the first two of them, not the second one", CANCEL, [{"allocation_id": 41}]),
        ("cancel the second one; the first one stays", CANCEL, [{"allocation_id": 42}]),
        ("cancel the second one, the first one is Anna's", CANCEL, [{"allocation_id": 42}]),
        ("cancel the first two of them but not 42", CANCEL, [{"allocation_id": 41}]),
        (
            "cancel the first three of them except the second one",
            CANCEL,
            [{"allocation_id": 41}, {"allocation_id": 43}],
        ),
        ("cancel the first one rather than the last one", CANCEL, [{"allocation_id": 41}]),
        ("cancel allocations 41 and 42 but not allocation 42", CANCEL, [{"allocation_id": 41}]),
        ("move the second one to 11 December", MOVE, [{"allocation_id": 42, "start_date": "2026-12-11"}]),
        ("move the second one to PGN 4", MOVE, [{"allocation_id": 42, "dyno": "PGN 4"}]),
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


def test_what_is_to_be_cancelled_on_another_dyno_is_told_with_where_it_stands() -> None:
    talk = Conversation([ROWS[0]])
    talk.say("cancel 41 on PGN 4 on December 2")
    assert talk.said == (
        "#41: 100W100, brake, on PGN 3, Tue 1 Dec 2026 to Wed 2 Dec 2026 (scheduled) is not on PGN 4, so nothing was "
        "changed; say “cancel 41” if it is meant all the same."
    )


@pytest.mark.parametrize(
    "text",
    [
        "cancel the fourth one",
        "cancel the first available one",
        "cancel the last booking I made",
        "cancel the last one you booked",
        "cancel the first one by Anna",
        "cancel the first one with a durability test",
        "cancel the first one whose test is over",
        "cancel the first one on PGN 4",
        "cancel the first one on Tuesday",
        "cancel the last one next week",
        "cancel the first one to the left",
        "cancel the first ones",
        "cancel the first one, but not yet",
        "cancel the second one before the first one",
        "cancel the first three of them on PGN 3",
        "move the first one on PGN 3 two days later",
        "move the first one with AWD to PGN 3",
        "move the first one after the last one",
        "the second one is Anna's, cancel the last two of them",
    ],
)
def test_a_row_that_is_not_there_is_asked_for(text: str) -> None:
    talk = Conversation()
    talk.say("show me my bookings")
    asked = talk.say(text)
    assert not asked.tool_calls
    assert "I still need the allocation" in asked.text


@pytest.mark.parametrize(
    "text", ["cancel my first booking", "cancel my last one please", "cancel the first one of mine"]
)
def test_the_first_of_my_own_is_none_of_the_list(text: str) -> None:
    talk = Conversation()
    talk.say("what runs next week?")
    (call,) = talk.say(text).tool_calls
    assert call["name"] == SQL
    assert "created_by = :me" in call["args"]["sql"]
    assert talk.said.startswith("Which allocation do you mean?")


@pytest.mark.parametrize("text", ["first one to finish wins", "which of them is the first one to finish?"])
def test_words_about_the_rows_show_none_of_them(text: str) -> None:
    talk = Conversation()
    talk.say("what runs next week?")
    assert not talk.say(text).tool_calls


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
