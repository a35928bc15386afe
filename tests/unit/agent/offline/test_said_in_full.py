"""What is said of a change is kept to, or the change is not proposed: nothing of it is dropped in silence."""

import pytest
from langchain_core.messages import HumanMessage

from tests.unit.agent.offline.corpus import CANCEL, MOVE, Phrase, asks, book, calls, p, says
from tests.unit.agent.offline.measure import answer, phrase_deviation

WAITS = says("can't make a change wait for a condition")
IN_PART = says("off the plan as a whole and for good")
NOT_SO = says("can't keep to “not")
PHRASES = (
    p("move the end of 42 to Friday", calls(MOVE, allocation_id=42, end_date="2026-11-20")),
    p("set 42's end to Friday", calls(MOVE, allocation_id=42, end_date="2026-11-20")),
    p("change the last day of 42 to Friday", calls(MOVE, allocation_id=42, end_date="2026-11-20")),
    p("set the start of 42 to Friday", calls(MOVE, allocation_id=42, start_date="2026-11-20")),
    p("cancel 42 when the customer confirms", WAITS),
    p("cancel 42 after the review", WAITS),
    p("cancel 42 pending approval", WAITS),
    p("cancel 42 subject to Bob's approval", WAITS),
    p("after 43, move 42 to PGN 3", WAITS),
    p("wait until 43 is over and then move 42 to PGN 3", WAITS),
    p("extend 42 until the end of December", calls(MOVE, allocation_id=42, end_date="2026-12-31")),
    p("cancel 42 until Monday", IN_PART),
    p("cancel 42 from Monday", IN_PART),
    p("cancel 42 except Monday", IN_PART),
    p("cancel 42 only on Friday", IN_PART),
    p("cancel 42's Friday", IN_PART),
    p("cancel 42 from the plan", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("move 42 not to Monday", NOT_SO),
    p("extend 42 but not over the weekend", NOT_SO),
    p("book vehicle 13 for brake for 2 days not in December", NOT_SO),
    p("book vehicle 13 for brake from 7 dec for 2 days, never on Sundays", says("can't keep to “never on")),
    p("book vehicle 13 for brake on 7 dec for 2 days, only on working days", says("can't keep to “only on")),
    p("move 42 to Monday after next", says("name its date")),
    p("move 42 to Monday, extend by 2 days", asks("change", says="Both a day")),
    p("move 42 and 43 to Monday and Tuesday", says("Say for each where it goes")),
    p("cancel 42, 43 or 44", says("Which of 42, 43 or 44 is meant?")),
    p("cancel 42, wait, no", says("nothing was changed")),
    p("cancel 42, no. Move it to Monday", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    p("cancel 42 and 43, just kidding", says("nothing was changed")),
    p(
        "book vehicle 13 for brake on 7 dec for 2 days, backup no",
        book(vehicle_id=13, start="2026-12-07", days=2, test="brake"),
    ),
    p("cancel allocation no. 42", calls(CANCEL, allocation_id=42, reason="requested in chat")),
    p("book vehicle 13 for brake on 7 dec for 2 days in Southfield", says("no facility “Southfield”")),
    p("book vehicle 13 for brake on 7 dec for 2 days on Southfield 3", says("no facility “Southfield”")),
    p("which tests are in Progress?", calls("get_tests_by_status", status="in_progress")),
    p("move 42 to dyno Foo", says("no dyno “Foo”")),
)


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_what_is_said_of_a_change_is_kept_to_or_nothing_is_proposed(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def test_each_has_the_length_that_is_said_of_it() -> None:
    said = answer([HumanMessage("extend 42 by 3 days and 43 by 2")]).text
    assert "#42, 3 days later; change the end of allocation #43, 2 days later" in said
