"""A bare “what's free tomorrow?” is answered with the dynos that stand idle; a test in mind is asked about."""

import pytest

from tests.unit.agent.offline.corpus import FIND, Dialogue, Phrase, Turn, asks, calls, p, sql
from tests.unit.agent.offline.measure import dialogue_deviation, phrase_deviation

IDLE = sql("reporting.dynos", "2026-11-19")
NEEDED = asks("weight", "drive_type", "test_type")
PHRASES = (
    p("what's free tomorrow", IDLE),
    p("free tmrw?", IDLE),
    p("anything free tomorrow?", IDLE),
    p("what's free at Northfield tomorrow", sql("reporting.dynos", "'Northfield'", "2026-11-19")),
    p("is there room next week", sql("reporting.dynos", "2026-11-23", "2026-11-29")),
    p("I need a dyno tomorrow", NEEDED),
    p("what's free in December", NEEDED),
    p("what is free tomorrow for brake", asks("weight", "drive_type")),
)


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_a_bare_question_is_answered_and_a_wish_is_asked_about(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def test_a_test_named_after_it_is_looked_for_on_the_same_day() -> None:
    wish = {"start_date": "2026-11-19", "end_date": "2026-11-19", "vehicle_id": 13, "test_type": "brake"}
    dialogue = Dialogue("then for a test", (
        Turn("what's free tomorrow", IDLE), Turn("for vehicle 13, brake", calls(FIND, **wish)),
    ))  # fmt: skip
    assert dialogue_deviation(dialogue) == ""
