"""Orders under a condition: what booking checks by itself is obeyed, and under any other nothing is proposed."""

import pytest
from langchain_core.messages import HumanMessage

from tests.unit.agent.offline.corpus import (
    CANCEL,
    MOVE,
    WINDOW,
    Phrase,
    asks,
    book,
    both,
    calls,
    no_write,
    p,
    says,
    sql,
)  # fmt: skip
from tests.unit.agent.offline.measure import answer, phrase_deviation

ONLY_THERE = book(vehicle_id=13, dyno="PGN 3", start="2026-12-07", days=2, test="brake")
NO_WAITING = says("can't make a change wait for a condition")
PHRASES = (
    p("If PGN 3 is free on 7 December, book vehicle 13 there", asks("days", "test_type", says="on PGN 3")),
    p("If PGN 3 is free on 7 December, book vehicle 13 there for brake for 2 days", ONLY_THERE),
    p("if pgn3 is free on 7 dec book 13 there for brake 2 days", ONLY_THERE),
    p("if PGN 3 is free from 7 to 8 December then book vehicle 13 for brake on it", ONLY_THERE),
    p("should PGN 3 be free on 7 dec, book vehicle 13 on it for brake, 2 days", ONLY_THERE),
    p("if there is nothing on PGN 3 on 7 December, put vehicle 13 on it for brake for 2 days", ONLY_THERE),
    p("book vehicle 13 for brake on 7 Dec for 2 days if PGN 3 is free", ONLY_THERE),
    p("book vehicle 13 brake on 7 Dec for 2 days unless PGN 3 is taken", ONLY_THERE),
    p("only book vehicle 13 on PGN 3 on 7 dec for brake 2 days if it's free", ONLY_THERE),
    p("Is PGN 3 free on 7 Dec? If so book vehicle 13 there for brake for 2 days", ONLY_THERE),
    p("check if PGN 3 is free on 7 Dec and book vehicle 13 there for brake for 2 days", ONLY_THERE),
    p("if PGN 3 is free on Monday move 42 there", calls(MOVE, allocation_id=42, dyno="PGN 3", start_date="2026-11-23")),
    p("cancel 42 and if PGN 3 is free on 7 Dec book vehicle 13 there for brake for 2 days",
      both(calls(CANCEL, allocation_id=42, reason="requested in chat"), ONLY_THERE)),
    p("cancel 42 if possible", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("extend 42 to Friday if nothing is in the way", calls(MOVE, allocation_id=42, end_date="2026-11-20")),
    p("If PGN 3 is free on 7 December, book vehicle 13 there for brake for 2 days, if not tell me", ONLY_THERE),
    p("if vehicle 13 is late, cancel 42", NO_WAITING),
    p("cancel 42 if the axle is broken", NO_WAITING),
    p("move 42 to monday unless PGN 3 is busy", NO_WAITING),
    p("cancel 42 if PGN 3 is free", NO_WAITING),
    p("if PGN 3 isn't free on 7 December book vehicle 13 on PGN 4 for brake for 2 days", NO_WAITING),
    p("if PGN 3 is free on 7 December, book vehicle 13 on PGN 4 for brake for 2 days", NO_WAITING),
    p("if PGN 3 is free next week, book vehicle 13 there for brake for 2 days from Tuesday", NO_WAITING),
    p("book 13 for brake monday for 2 days and cancel 42 if PGN 3 is free", NO_WAITING),
    p("if PGN 3 is free on 7 December, do not book vehicle 13 there for brake for 2 days", no_write()),
    p("is PGN 3 free on 7 December, and did Bob book vehicle 13 there for brake for 2 days?", no_write()),
    p("Is PGN 3 free on 7 December to book vehicle 13 there for brake for 2 days?", no_write()),
    p("cancel 42 unless it is occupied", NO_WAITING),
    p("cancel 42 unless it's booked", NO_WAITING),
    p("if possible cancel 42 if Bob agrees", NO_WAITING),
    p("cancel 42 so long as Bob agrees", NO_WAITING),
    p("if nothing is free on PGN 3, book vehicle 13 there for brake on 7 December for 2 days", NO_WAITING),
    p("if PGN 3 is never free, book vehicle 13 there for brake on 7 December for 2 days", NO_WAITING),
    p("if PGN 3 is free on 7 December for 10 days, book vehicle 13 there for brake for 3 days", NO_WAITING),
    p("cancel 42 to 60", no_write()),
    p("let me know if PGN 3 is free on Monday", sql("'PGN 3'", "2026-11-23")),
    # what has to come first waits like “if”
    p("cancel 42 once 43 is done", says("(“once 43 is done”), so nothing is changed")),
    p("cancel 42 only when 43 is done", NO_WAITING),
    p("cancel 42 as soon as 43 is finished", NO_WAITING),
    p("when 42 is over move 43 to PGN 3", NO_WAITING),
    p("after 42 finishes book 195W114 on PGN 3 for brake, 2 days", NO_WAITING),
    p("cancel 42 until the truck is repaired", NO_WAITING),
    p("let me know once 42 is done and cancel 43", NO_WAITING),
    p("book vehicle 13 for brake for 2 days as soon as it arrives", NO_WAITING),
    p("book vehicle 13 for brake on 7 Dec for 2 days only when PGN 3 is free", ONLY_THERE),
    p("whenever PGN 3 is free book vehicle 13 there for brake for 2 days from 7 dec", ONLY_THERE),
    p("as soon as PGN 3 is free, book 195W114 for brake, 2 days",
      calls(WINDOW, tag="195W114", test_type="brake", days=2, not_before="2026-11-18", dyno="PGN 3")),
    p("cancel 42 when you get a chance", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("when you can, move 42 to Monday", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    p("move 42 to Monday once more", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    p("tell me when PGN 3 is free", sql("'PGN 3'")),
    p("tell me when you can cancel 42", no_write()),
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text[:70])
def test_an_order_is_followed_only_under_its_condition(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def test_what_shall_be_done_otherwise_is_not_dropped_in_silence() -> None:
    ordered = "book vehicle 13 for brake on 7 Dec for 2 days if PGN 3 is free, otherwise PGN 4"
    assert phrase_deviation(p(ordered, ONLY_THERE)) == ""
    assert "“PGN 4” comes after that" in answer([HumanMessage(ordered)]).text
