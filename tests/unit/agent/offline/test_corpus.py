"""The offline model against what engineers type: all of the tuned part, most of the untouched part."""

import pytest

from tests.unit.agent.offline import corpus
from tests.unit.agent.offline.corpus import Dialogue, Phrase
from tests.unit.agent.offline.measure import all_unasked, dialogue_deviation, measured, phrase_deviation

LEAST_UNTOUCHED = 0.93


@pytest.mark.parametrize("phrase", corpus.TUNED_PHRASES, ids=lambda phrase: phrase.text[:60] or "nothing")
def test_a_phrase_is_understood(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


@pytest.mark.parametrize("dialogue", corpus.TUNED_DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_a_dialogue_is_followed(dialogue: Dialogue) -> None:
    assert dialogue_deviation(dialogue) == ""


def test_most_of_what_no_rule_was_written_for_is_understood() -> None:
    untouched = measured("untouched", (*corpus.HELD_OUT_PHRASES, *corpus.HELD_OUT_DIALOGUES))
    assert untouched.accuracy >= LEAST_UNTOUCHED


def test_nothing_in_the_corpus_leads_to_a_write_that_was_not_asked_for() -> None:
    assert all_unasked() == []


def test_the_corpus_is_as_large_as_it_claims_and_a_third_is_held_out() -> None:
    assert len(corpus.PHRASES) >= 240
    assert len(corpus.DIALOGUES) >= 45
    measured_too = len(corpus.PHRASES) - len(corpus.INVENTED)
    assert len(corpus.HELD_OUT_PHRASES) >= measured_too * 0.33
    assert len({phrase.text for phrase in corpus.PHRASES}) == len(corpus.PHRASES)
    assert len({dialogue.name for dialogue in corpus.DIALOGUES}) == len(corpus.DIALOGUES)
