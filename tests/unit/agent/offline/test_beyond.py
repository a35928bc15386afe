"""What can't be followed is told in a sentence, and the rest of the message is done all the same."""

import pytest
from langchain_core.messages import AIMessage, HumanMessage

from tests.unit.agent.offline.corpus import CANCEL, MOVE, SQL, book, calls
from tests.unit.agent.offline.measure import answer, deviation

ORDER = "book vehicle 13 for brake from 7 December for 3 days"
BRAKE_13 = book(vehicle_id=13, start="2026-12-07", days=3, test="brake")
MAIL, REMIND, ELSEWHERE = "I can't write to anybody", "I can't remind anybody", "that is done on its own page"
NOTHING_ELSE = "I know this lab's plan and nothing else"


def said(text: str) -> AIMessage:
    return answer([HumanMessage(text)])


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("and then email Bob", f"{MAIL}, so “email Bob” is left to you"),
        ("and order a pizza", f"I can't do “order a pizza”: {NOTHING_ELSE}"),
        ("and remind me on Friday", f"{REMIND} (“remind me on Friday”)"),
        (". Also tell Bob", f"{MAIL}, so “tell Bob” is left to you"),
        ("but ask Bob first", "“ask Bob first”"),
        ("and let the team know", "“let the team know”"),
        ("and email Ana and Bob about it", "“email Ana and Bob about it”"),
        ("and add a note that it needs chains", ELSEWHERE),
        (", then swap 42 and 43", "can't let two allocations change places"),
        ("and mark 42 as completed", "“mark 42 as completed”"),
        ("and what's the wifi password?", "I did not understand “what's the wifi password”"),
    ],
)
def test_a_booking_is_proposed_and_what_stands_beside_it_is_told(rest: str, told: str) -> None:
    reply = said(f"{ORDER}{'' if rest[0] in '.,' else ' '}{rest}")
    assert deviation(reply, BRAKE_13) == ""
    assert told in reply.text
    assert reply.text.startswith("I understood: book vehicle 13")


def test_it_may_stand_before_the_order() -> None:
    reply = said(f"email Bob and Ana and {ORDER}")
    assert deviation(reply, BRAKE_13) == ""
    assert "“email Bob and Ana”" in reply.text


def test_a_question_that_is_not_understood_does_not_swallow_the_order_behind_it() -> None:
    reply = said(f"who is on Foo 1, and {ORDER}")
    assert deviation(reply, BRAKE_13) == ""
    assert "I did not understand “who is on Foo 1”" in reply.text


def test_it_is_told_above_an_answer_and_below_a_change() -> None:
    told = said("who is on PGN 1 and tell Bob")
    assert [call["name"] for call in told.tool_calls] == [SQL]
    assert told.text.index(MAIL) < told.text.index("**In the plan**")


def test_a_reason_keeps_its_words_but_not_an_order_to_write() -> None:
    kept = calls(CANCEL, allocation_id=42, reason="the axle broke and order parts")
    assert deviation(said("cancel 42 because the axle broke and order parts"), kept) == ""
    cut = said("cancel 42 because the axle broke and then email Ana")
    assert deviation(cut, calls(CANCEL, allocation_id=42, reason="the axle broke")) == ""
    assert MAIL in cut.text


@pytest.mark.parametrize("text", ["email Bob", "remind me to cancel 42 on Friday", "mark 42 as completed", "call Bob"])
def test_alone_it_changes_nothing_and_says_so(text: str) -> None:
    reply = said(text)
    assert reply.tool_calls == []
    assert "I can't" in reply.text
    assert reply.text.endswith("Nothing was changed.")


@pytest.mark.parametrize(
    "text",
    [
        "tell me who is on PGN 1",
        "call off 42",
        "call 42 off",
        "send vehicle 13 to PGN 4 for brake from 7 December for 3 days",
        "confirm with me and then cancel 42",
        f"{ORDER} and let me know",
        f"{ORDER} and leave the rest",
        f"{ORDER} for Bob and Ana Ruiz",
        "move 42 to Monday and put it on PGN 4",
        "put vehicle 13 on PGN 3 next Monday",
        "swap 42 over to PGN 4",
    ],
)
def test_what_can_be_followed_is_not_called_beyond(text: str) -> None:
    assert "I can't" not in said(text).text


def test_a_facility_may_be_shortened() -> None:
    assert "'Northfield 2'" in str(said("who is on north 2").tool_calls)
    assert deviation(said("move 42 to northf 2"), calls(MOVE, allocation_id=42, dyno="Northfield 2")) == ""


def test_the_first_of_two_questions_may_be_the_one_that_is_not_understood() -> None:
    reply = said("what's the wifi password and who is on PGN 1?")
    assert [call["name"] for call in reply.tool_calls] == [SQL]
    assert "“what's the wifi password”" in reply.text
