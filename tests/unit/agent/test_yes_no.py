"""What counts as a typed yes or no."""

import pytest

from dyno_core.agent.yes_no import plain_answer


@pytest.mark.parametrize("said", ["yes", "Yes!", "ok do it", "OK, do it.", " yes,  please "])
def test_a_plain_yes_is_a_yes(said: str) -> None:
    assert plain_answer(said) == "approve"


@pytest.mark.parametrize("said", ["no", "No, thanks.", "don’t do it"])
def test_a_plain_no_is_a_no(said: str) -> None:
    assert plain_answer(said) == "reject"


@pytest.mark.parametrize("said", ["yes but on North 2", "ok", "yes?", "no idea", "", "yes no", "do it tomorrow"])
def test_whatever_could_mean_more_is_neither(said: str) -> None:
    assert plain_answer(said) is None
