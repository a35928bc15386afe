"""Orders that can be read in two ways or can't be done in one step, and places that the lab does not have."""

from datetime import date

import pytest
from langchain_core.messages import BaseMessage, HumanMessage

from dyno_core.agent.models.offline import OfflineChat
from tests.unit.agent.offline.corpus import CANCEL, MOVE, Phrase, asks, book, both, calls, no_write, p, says, sql
from tests.unit.agent.offline.measure import TOOLS, answer, phrase_deviation

CANCELS_42 = calls(CANCEL, allocation_id=42, reason="requested in chat")
TO_PGN_4 = calls(MOVE, allocation_id=42, dyno="PGN 4")
FROM_THE_7TH = {"start": "2026-12-07", "days": 3, "test": "brake", "vehicle_id": 13}
PHRASES = (
    p("swap 42 and 43", says("I can't let two allocations change places")),
    p("can you swap 42 and 43?", says("I can't let two allocations change places")),
    p("let 42 and 43 trade places", says("move the first to a dyno that is free")),
    p("switch 42 and 43", says("Nothing was changed")),
    p("swap 42 and 43 and cancel 44", calls(CANCEL, allocation_id=44, reason="requested in chat")),
    p("swap 42 over to PGN 4", TO_PGN_4),
    p("push everything on PGN 3 next week by 2 days, oil leak", says("say “move 42 and 43 two days later”")),
    p("move all tests on PGN 3 back by a week", says("the calendar has “Report … down”")),
    p("take 42 off PGN 3", says("“Off PGN 3” can mean two things: cancel it, or move it.")),
    p("remove 42 from pgn 3", says("Say “cancel 42”")),
    p("pull 42 off PGN 3", says("“move 42 to …”")),
    p("take 195W114 off PGN 3", says("Say “cancel 195W114”")),
    p("take 42 off PGN 3 and put it on PGN 4", TO_PGN_4),
    p("take 42 off the plan", CANCELS_42),
    p("cancel 42 until Friday", says("“until friday” can't be kept to")),
    p("cancel all my bookings until Friday", sql("2026-11-20", "created_by = :me")),
    # days that do not exist are asked for, not passed over
    p("cancel my bookings on 30 February", asks("window", says="“30 February” is not a day")),
    p("cancel everything on PGN 3 on 31 November", asks("window")),
    p("what is planned on 31 November", asks("window")),
    # places
    p("book vehicle 13 for brake from 7 Dec for 3 days at Southfield", says("There is no facility “Southfield” in this lab")),
    p("what's free at southfield tomorrow", says("there are ATC, Northfield, PGN, TRC, Track and VTB.")),
    p("is Southfield free tomorrow", says("There is no facility “Southfield”")),
    p("move 42 to Southfield", says("Nothing was changed")),
    p("move 42 to Monday at Nothfield", says("did you mean Northfield?")),
    p("book vehicle 13 for brake from 7 Dec for 3 days at least", book(**FROM_THE_7TH)),
    p("book vehicle 13 at customer request for brake from 7 Dec for 3 days", book(**FROM_THE_7TH)),
    p("book vehicle 13 for brake from 7 Dec for 3 days on PGN 1 or 2", asks("dyno")),
    p("book vehicle 13 for brake from 7 Dec for 3 days but not on PGN 1 to 3",
      book(**FROM_THE_7TH, not_on=["PGN 1", "PGN 2", "PGN 3"])),
    p("book vehicle 13 for brake from 7 Dec for 3 days on any dyno except PGN 1 through PGN 3",
      book(**FROM_THE_7TH, not_on=["PGN 1", "PGN 2", "PGN 3"])),
    p("what's on PGN 1 to 2 tomorrow", no_write()),
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_what_can_be_read_in_two_ways_is_asked(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def test_what_stays_of_all_that_is_cancelled_may_be_a_range_of_dynos() -> None:
    told = answer([HumanMessage("cancel my tests next week except PGN 1 to 3")])
    assert "but on PGN 1 and on PGN 2 and on PGN 3" in told.text


@pytest.mark.parametrize(
    ("reply", "expected"), [("cancel it", CANCELS_42), ("move it to PGN 4", TO_PGN_4)], ids=["cancel", "move"]
)
def test_the_answer_may_say_it(reply: str, expected: object) -> None:
    messages: list[BaseMessage] = [HumanMessage("take 42 off PGN 3")]
    messages += [answer(messages), HumanMessage(reply)]
    assert [(call["name"], call["args"]) for call in answer(messages).tool_calls] == list(both(expected).calls)  # type: ignore[arg-type]


def test_a_facility_is_known_by_its_own_name_too() -> None:
    model = OfflineChat(
        today=date(2026, 11, 18),
        dynos=("PGN 1", "VTB #1"),
        sites=("Southfield", "Westhill"),
        tool_names=frozenset(TOOLS),
    )
    asked = model.invoke([HumanMessage("what's free at Southfield tomorrow?")])
    assert "facility = 'Southfield'" in asked.tool_calls[0]["args"]["sql"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("pull in allocation 42 by two days", "2 days earlier"),
        ("pull 42 in by two days", "2 days earlier"),
        ("bring up 42 by a week", "7 days earlier"),
        ("advance 42 by two days", "2 days earlier"),
        ("push out 42 by 3 days", "3 days later"),
        ("move back 42 by 3 days", "3 days later"),
    ],
)
def test_which_way_it_moves_may_stand_before_what_is_moved(text: str, understood: str) -> None:
    assert answer([HumanMessage(text)]).text == f"I understood: move allocation #42, {understood}."
