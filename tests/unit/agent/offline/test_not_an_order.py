"""A verb that changes the plan makes no order of what is only told, wished by others, given up or left open."""

import pytest

from tests.unit.agent.offline.corpus import CANCEL, MOVE, Phrase, calls, no_write, p, says
from tests.unit.agent.offline.measure import phrase_deviation

CANCELS_42 = calls(CANCEL, allocation_id=42, reason="requested in chat")
AN_OFFER = says("Nothing is changed yet")
NOTHING = says("nothing was changed")
PHRASES = (
    p(
        "extend 42 to Friday or not",
        says("change the end of allocation #42, until Fri 20 Nov 2026. Nothing is changed yet"),
    ),
    p("extend 42 to Friday or shouldn't we?", says("Nothing is changed yet")),
    p("move 42 to Monday, or better not", says("move allocation #42, to Mon 23 Nov 2026. Nothing is changed yet")),
    p("cancel 42 or not?", says("cancel allocation #42. Nothing is changed yet")),
    p("cancel 42 or leave it", says("cancel allocation #42. Nothing is changed yet")),
    p("book vehicle 13 for brake 7 December 2 days - yes or no", says("Nothing is changed yet")),
    p("I was going to cancel 42 but kept it", no_write()),
    p("we were going to move 42 to Monday", no_write()),
    p("the plan was to cancel 42", no_write()),
    p("we're not going to cancel 42", NOTHING),
    p("I no longer want to cancel 42", NOTHING),
    p("I don't think we need to cancel 42", NOTHING),
    p("cancel 42? no", NOTHING),
    p("cancel 42? not yet", NOTHING),
    p("I might have to cancel 42", AN_OFFER),
    p("they want to cancel 42", AN_OFFER),
    p("Anna would like to move 42 to Monday", AN_OFFER),
    p("I would like to cancel 42 but can't", AN_OFFER),
    p("the note reads: cancel 42", AN_OFFER),
    p("cancel or move 42", AN_OFFER),
    # and what is one
    p("we have to cancel 42", CANCELS_42),
    p("I really need to cancel 42", CANCELS_42),
    p("I'm going to cancel 42", CANCELS_42),
    p("I'd like to move 42 to Monday", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
)


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_only_an_order_is_followed(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""
