"""“All but …”, “not all”, “some of …”: what was not meant is never on the card."""

import json

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import CANCEL, DECLINED, allocation, ok
from tests.unit.agent.offline.measure import answer
from tests.unit.agent.offline.test_misread import after

MINE = [
    allocation(11, test_type="brake", dyno="PGN 1"),
    allocation(12, test_type="evap", dyno="PGN 3", start_date="2026-12-14", end_date="2026-12-15"),
    allocation(14, test_type="emission", dyno="PGN 3"),
]


def proposed(text: str) -> tuple[list[int], str]:
    """The numbers on the card after ``text``, with what was said; the plan holds `MINE`."""
    messages: list[BaseMessage] = [HumanMessage(text)]
    asking = answer(messages)
    messages.append(asking)
    if asking.tool_calls:
        messages += [ToolMessage(json.dumps(ok({"rows": MINE})), tool_call_id=call["id"]) for call in asking.tool_calls]
        asking = answer(messages)
    return [call["args"]["allocation_id"] for call in asking.tool_calls if call["name"] == CANCEL], asking.text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("cancel all my bookings", [11, 12, 14]),
        ("cancel all my bookings but 12", [11, 14]),
        ("cancel all my bookings except 12 and 14", [11]),
        ("cancel all my bookings except #12 and #14", [11]),
        ("cancel all my bookings but not the one on PGN 1", [12, 14]),
        ("cancel my bookings apart from the brake test", [12, 14]),
        ("cancel my bookings other than the one on 14 December", [11, 14]),
        ("cancel everything on PGN 3 except #12", [14]),
        ("cancel all bookings of vehicle 13 except the evap test", [11, 14]),
        ("cancel all my bookings but only on 14 December", [12]),
        ("cancel all my bookings but just the brake test", [11]),
        ("cancel all my bookings because the axle broke but not 12", [11, 14]),
        ("cancel all my bookings because it is late but not broken", [11, 12, 14]),
        ("cancel all my bookings, they are not needed", [11, 12, 14]),
        ("cancel all my bookings because they do not matter", [11, 12, 14]),
    ],
)
def test_only_what_was_meant_stands_on_the_card(text: str, meant: list[int]) -> None:
    assert proposed(text)[0] == meant


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cancel not all of my bookings", "Which allocation do you mean?"),
        ("cancel some of my bookings", "Which allocation do you mean?"),
        ("cancel one of my bookings", "Which allocation do you mean?"),
        ("cancel almost all of my bookings", "Which allocation do you mean?"),
        ("cancel all my bookings except the important ones", "Which allocation do you mean?"),
        ("cancel all my bookings but first tell me who is on PGN 1", "Which allocation do you mean?"),
        ("cancel all but 12", "I understood: cancel everything, but #12. To cancel it I still need"),
        ("cancel everything except the brake test", "To cancel it I still need the allocation"),
        ("don't cancel all", "Name what to cancel"),
        ("don't cancel all of them", "Name what to cancel"),
        ("cancel none of my bookings", "nothing was changed"),
        ("cancel nothing", "nothing was changed"),
    ],
)
def test_what_is_not_all_is_asked_about(text: str, told: str) -> None:
    numbers, said = proposed(text)
    assert numbers == []
    assert told in said


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("all but 41", [40, 42]), ("not 41", [40, 42]), ("only 41", [41]), ("just 40 and 42", [40, 42]),
        ("not all of them", []), ("don't cancel all", []),
    ],
)  # fmt: skip
def test_a_card_with_several_is_narrowed_in_words(text: str, meant: list[int]) -> None:
    messages: list[BaseMessage] = [HumanMessage("cancel 40, 41 and 42")]
    card = answer(messages)
    messages += [card, *(ToolMessage(json.dumps(DECLINED), tool_call_id=call["id"]) for call in card.tool_calls)]
    last = answer([*messages, HumanMessage(text)])
    assert [call["args"]["allocation_id"] for call in last.tool_calls] == meant
    assert meant or "Which of #40, #41, #42 shall I cancel?" in last.text


def asked_which() -> list[BaseMessage]:
    """Until the question which of `MINE` is meant."""
    messages: list[BaseMessage] = [HumanMessage("cancel some of my bookings")]
    messages.append(answer(messages))
    messages.append(ToolMessage(json.dumps(ok({"rows": MINE})), tool_call_id=messages[-1].tool_calls[0]["id"]))  # type: ignore[attr-defined]
    return [*messages, answer(messages)]


@pytest.mark.parametrize(
    ("text", "meant"), [("only 12", [12]), ("11 and 14", [11, 14]), ("all", [11, 12, 14]), ("both", [])]
)
def test_an_answer_to_which_one_is_taken_at_its_numbers(text: str, meant: list[int]) -> None:
    last = answer([*asked_which(), HumanMessage(text)])
    assert [call["args"]["allocation_id"] for call in last.tool_calls] == meant


def test_an_answer_to_which_one_can_leave_some_out() -> None:
    messages = asked_which()
    last = answer([*messages, HumanMessage("all but 12")])
    assert [call["args"]["allocation_id"] for call in last.tool_calls] == [11, 14]
    assert answer([*messages, HumanMessage("all but 99")]).tool_calls == []


def test_nothing_waits_after_a_card_that_was_not_about_all() -> None:
    assert after("cancel nothing", "yes").tool_calls == []


def test_a_list_without_one_of_its_numbers_is_the_others() -> None:
    calls = after("cancel 40, 41 and 42 but not 41").tool_calls
    assert [call["args"]["allocation_id"] for call in calls] == [40, 42]
