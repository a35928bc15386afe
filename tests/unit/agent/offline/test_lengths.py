"""How long an allocation is and where it ends: set, lengthened, shortened, and moved with its length."""

import pytest
from langchain_core.messages import HumanMessage

from tests.unit.agent.offline.corpus import (
    BOOKED,
    DECLINED,
    MOVE,
    Dialogue,
    Expected,
    Phrase,
    Turn,
    allocation,
    asks,
    book,
    calls,
    ok,
    p,
    says,
    sql,
)
from tests.unit.agent.offline.measure import answer, dialogue_deviation, phrase_deviation

IN_THE_PLAN = ok({"rows": [allocation(42, start_date="2026-12-07", end_date="2026-12-09")]})
OF_42 = sql("id = 42")


def moved(**change: object) -> Expected:
    return calls(MOVE, allocation_id=42, **change)


PHRASES = (
    p("make 42 three days long", moved(days=3)),
    p("make 42 5 days instead of 3", moved(days=5)),
    p("set the length of 42 to 4 days", moved(days=4)),
    p("cut 42 to 2 days", moved(days=2)),
    p("make it three days long", asks("allocation", says="change the length of it, to 3 days")),
    p("make 42 end on Friday", moved(end_date="2026-11-20")),
    p("make 42 start on Monday", moved(start_date="2026-11-23")),
    p("please start 42 on Tuesday instead", moved(start_date="2026-11-24")),
    p("slide 42 by two days", OF_42),
    p("move 42 to be done by Friday", asks("change", says="can mean that it starts or that it ends by then")),
    p("change 42 to evap", asks("change", says="can't be changed here; cancel it and book it again")),
    p("extend 42 until mid January", asks("change", says="“Until mid January” leaves the last day open")),
    p("extend 42 until the middle of next month", asks("change", says="leaves the last day open; say until which")),
    p("extend 42 until the end of January", moved(end_date="2027-01-31")),
    p("move 42 to Friday for 2 days but keep the end", asks("change", says="The end can't stay where a length")),
    # at most offers
    p("42 -> PGN 4", says("move allocation #42, on PGN 4. Nothing is changed yet")),
    p("42 to Monday", says("Nothing is changed yet")),
    p("could 42 move to Monday?", says("Nothing is changed yet")),
    p("42 needs to move to Monday", says("Nothing is changed yet")),
    p("need 42 a day earlier", says("1 day earlier. Nothing is changed yet")),
    # where to and where not
    p("move 42 to Monday, not on PGN 1", moved(start_date="2026-11-23", not_on=["PGN 1"])),
    p("move 42 to Monday at Northfield", moved(start_date="2026-11-23", facility="Northfield")),
    p("move 42 to Northfield", moved(facility="Northfield")),
    p("move 42 off PGN 3", moved(not_on=["PGN 3"])),
    p("move 42 to PGN 4, not PGN 3", moved(dyno="PGN 4")),
)  # fmt: skip
LOOKED_UP = (
    ("make 42 a week longer", "change the end of allocation #42, 7 days later"),
    ("make 42 two days shorter", "2 days earlier"),
    ("trim 42 by one day", "1 day earlier"),
    ("move 42 to end on Wednesday", "move allocation #42, to end on Wed 25 Nov 2026"),
    ("move 42 to be finished on Friday", "to end on Fri 20 Nov 2026"),
    ("move the start of 42 to Tuesday and keep the end", "move the start of allocation #42, to Tue 24 Nov 2026"),
    ("start 42 two days later but end the same", "move the start of allocation #42, 2 days later"),
    ("start 42 on Tuesday, same end", "move the start of allocation #42, to Tue 24 Nov 2026"),
    ("push the start of 42 by 2 days but leave the end where it is", "the start of allocation #42, 2 days later"),
    ("shorten 42 by two days but keep the end", "move the start of allocation #42, 2 days later"),
)
CARD = book(tag="195W114", start="2026-12-07", days=2, test="brake")
DIALOGUES = (
    Dialogue("it ends on a day and keeps its length", (
        Turn("move 42 to end on 18 December", OF_42, (IN_THE_PLAN,), moved(start_date="2026-12-16")),
    )),
    Dialogue("it ends on a day with another length", (
        Turn("move 42 to end on 18 December, 2 days", OF_42, (IN_THE_PLAN,), moved(start_date="2026-12-17", days=2)),
    )),
    Dialogue("it begins on another day and keeps its end", (
        Turn("move the start of 42 to 8 December and keep the end", OF_42, (IN_THE_PLAN,),
             moved(start_date="2026-12-08", end_date="2026-12-09")),
    )),
    Dialogue("it begins days later and keeps its end", (
        Turn("start 42 two days later but end the same", OF_42, (IN_THE_PLAN,),
             moved(start_date="2026-12-09", end_date="2026-12-09")),
    )),
    Dialogue("its end is to be kept after all", (
        Turn("move 42 to 8 December", moved(start_date="2026-12-08"), (DECLINED,)),
        Turn("but keep the end", OF_42, (IN_THE_PLAN,), moved(start_date="2026-12-08", end_date="2026-12-09")),
    )),
    Dialogue("its end rather than the length that was said, too", (
        Turn("move 42 to 8 December for 4 days but keep the end", asks("change")),
        Turn("keep the end", OF_42, (IN_THE_PLAN,), moved(start_date="2026-12-08", end_date="2026-12-09")),
    )),
    Dialogue("it is extended until a day after all", (
        Turn("extend 42 until mid January", asks("change")),
        Turn("until 15 January", moved(end_date="2027-01-15")),
    )),
    Dialogue("its Thursday is that of the week in which it stands", (
        Turn("move my Tuesday test to Thursday", sql("created_by = :me"),
             (ok({"rows": [allocation(42, start_date="2026-11-24", end_date="2026-11-25")]}),),
             moved(start_date="2026-11-26")),
    )),
    Dialogue("the length of what is looked at", (
        Turn("show allocation 42", OF_42, (IN_THE_PLAN,)), Turn("make it two days long", moved(days=2)),
    )),
    Dialogue("the length of what stands on the card", (
        Turn("book 195W114 for brake from 7 Dec for 2 days", CARD),
        Turn("make it three days long", book(tag="195W114", start="2026-12-07", days=3, test="brake")),
        Turn("make it a day longer", book(tag="195W114", start="2026-12-07", days=4, test="brake")),
    )),
    Dialogue("the length of what was booked", (
        Turn("book 195W114 for brake from 7 Dec for 2 days", CARD, (BOOKED,)),
        Turn("make it two days long", calls(MOVE, allocation_id=51, days=2)),
    )),
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_what_is_to_be_changed_is_understood(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


@pytest.mark.parametrize(("text", "said"), LOOKED_UP, ids=[text for text, _ in LOOKED_UP])
def test_what_counts_from_the_plan_is_looked_up_and_said(text: str, said: str) -> None:
    assert phrase_deviation(p(text, OF_42)) == ""
    assert said in answer([HumanMessage(text)]).text


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_it_is_kept_over_several_messages(dialogue: Dialogue) -> None:
    assert dialogue_deviation(dialogue) == ""
