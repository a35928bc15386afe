"""Several changes in one message: each its own day, and what one only says for both goes to both."""

import pytest
from langchain_core.messages import HumanMessage

from tests.unit.agent.offline.corpus import (
    CANCEL,
    MOVE,
    Dialogue,
    Expected,
    Phrase,
    Turn,
    asks,
    book,
    both,
    calls,
    p,
    sql,
)
from tests.unit.agent.offline.measure import answer, dialogue_deviation, phrase_deviation


def move(number: int, **to: str) -> Expected:
    return calls(MOVE, allocation_id=number, **to)


def cancel(number: int) -> Expected:
    return calls(CANCEL, allocation_id=number, reason="requested in chat")


def brake(vehicle: int, **where: object) -> Expected:
    return book(vehicle_id=vehicle, start="2026-11-23", days=2, test="brake", **where)


MONDAY, TUESDAY = {"start_date": "2026-11-23"}, {"start_date": "2026-11-24"}
BY = "“By Wed 25 Nov 2026” can mean that it starts or that it ends by then"
PHRASES = (
    p("move 42 to Monday and 44 by Wednesday", asks("change", says=BY)),
    p("move 42 by Wednesday", asks("change", says=BY)),
    p("move 42 to Monday and 44 too", both(move(42, **MONDAY), move(44, **MONDAY))),
    p("move 42 to Monday, 44 to Tuesday and 45 as well",
      both(move(42, **MONDAY), move(44, **TUESDAY), move(45, **TUESDAY))),
    p("move 42 to 7 December and 8", move(42, start_date="2026-12-07")),
    p("move 42 and 44 to PGN 3", both(move(42, dyno="PGN 3"), move(44, dyno="PGN 3"))),
    p("move 42 to PGN 3 and 44 as well", both(move(42, dyno="PGN 3"), move(44, dyno="PGN 3"))),
    p("move 42 to PGN 3 on Monday and 44 to PGN 4", both(move(42, dyno="PGN 3", **MONDAY), move(44, dyno="PGN 4"))),
    p("cancel 42, no wait, 43", cancel(43)),
    p("cancel 42 to 44", both(cancel(42), cancel(43), cancel(44))),
    p("move 42 two days", asks("change", says="can mean how long it takes or how far it moves")),
    p("cancel 42, no 43", cancel(43)),
    p("cancel 42 and 43, sorry, 44", both(cancel(42), cancel(44))),
    p("move 42 to PGN 3, actually make it PGN 4", move(42, dyno="PGN 4")),
    p("book vehicle 13, sorry 14, for brake on monday 2 days", brake(14)),
    p("book 13, 14 and 15 for brake on monday for 2 days", both(brake(13), brake(14), brake(15))),
    p("book vehicles 13, 14 and 15 for brake from monday for 2 days, not on PGN 1",
      both(*(brake(number, not_on=["PGN 1"]) for number in (13, 14, 15)))),
    p("cancel my bookings next week except friday", sql("2026-11-23", "2026-11-29")),
    p("cancel 42 and 44 too", both(cancel(42), cancel(44))),
)  # fmt: skip
DIALOGUES = tuple(
    Dialogue(said, (
        Turn("move 42 to Monday and 44 by Wednesday", asks("change")),
        Turn(said, both(move(42, **MONDAY), move(44, **to))),
    ))
    for said, to in (("start on Wednesday", {"start_date": "2026-11-25"}), ("end on Wednesday", {"end_date": "2026-11-25"}))
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_each_change_has_its_own_day(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_what_by_means_is_asked_and_the_other_change_is_kept(dialogue: Dialogue) -> None:
    assert dialogue_deviation(dialogue) == ""


def test_a_day_left_out_of_next_week_is_one_of_that_week() -> None:
    told = answer([HumanMessage("cancel my bookings next week except friday")]).text
    assert "but Fri 27 Nov 2026" in told
