"""A model's calls before they are stored."""

import pytest
from langchain_core.messages import AIMessage

from dyno_core.agent.calls import refuse_marked, tidied
from dyno_core.agent.events import events_of
from dyno_core.errors import InvalidInput


def _message(*calls: tuple[str, object]) -> AIMessage:
    return AIMessage("", tool_calls=[{"name": "t", "args": {"vehicle_id": value}, "id": at} for at, value in calls])


def test_calls_of_one_id_or_of_none_get_ids_of_their_own() -> None:
    answer = _message(("a", 1), ("a", 2), ("", 3), ("", 4))
    tidied(answer)
    ids = [call["id"] for call in answer.tool_calls]
    assert ids[0] == "a"
    assert len(set(ids)) == 4
    assert all(ids)


@pytest.mark.parametrize("value", [10**30, -(10**30), 1e308, float("nan"), [10**30]])
def test_a_number_out_of_range_is_refused_by_the_name_of_its_argument(value: object) -> None:
    answer = _message(("a", value))
    tidied(answer)
    with pytest.raises(InvalidInput, match="vehicle id is out of range"):
        refuse_marked(answer.tool_calls[0]["args"])


def test_a_sensible_number_stays_as_it_is() -> None:
    answer = _message(("a", 13))
    tidied(answer)
    refuse_marked(answer.tool_calls[0]["args"])
    assert answer.tool_calls[0]["args"] == {"vehicle_id": 13}


def test_an_edit_does_not_tell_the_sentence_of_the_model_again() -> None:
    assert list(events_of("updates", {"approve": {"messages": [AIMessage("I understood: up to 60 days later")]}})) == []
