"""Two questions in one message are both answered, in their order; a change that stands beside one still asks first."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import BOOK, CANCEL, MOVE, SQL, ok
from tests.unit.agent.offline.measure import answer

ORDER = "book vehicle 13 for brake from 7 December for 3 days"


def called(text: str) -> list[str]:
    """The tools called for ``text``, those of questions by a word of what they look up."""
    return [_word(call) for call in answer([HumanMessage(text)]).tool_calls]


def _word(call: Any) -> str:
    told = ("as free_until", "PGN 1", "PGN 2", "PGN 3", "PGN 4", "in_progress", "reporting.vehicles")
    sql = call["args"].get("sql", "")
    return next((word for word in told if word in sql), call["name"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("what's free tomorrow and who is on PGN 1?", ["as free_until", "PGN 1"]),
        ("what's free tomorrow? who is on PGN 1?", ["as free_until", "PGN 1"]),
        ("who is on PGN 1 and what's free tomorrow?", ["PGN 1", "as free_until"]),
        ("who is on PGN 1? also any conflicts?", ["PGN 1", "detect_conflicts"]),
        ("who is on PGN 1\nany conflicts?", ["PGN 1", "detect_conflicts"]),
        ("who is on PGN 1, any conflicts?", ["PGN 1", "detect_conflicts"]),
        ("who is on PGN 1 and PGN 2?", ["PGN 1", "PGN 2"]),
        ("who is on PGN 1 and 2 tomorrow?", ["PGN 1", "PGN 2"]),
        ("who is on PGN 1? what about PGN 2?", ["PGN 1", "PGN 2"]),
        ("is PGN 3 free tomorrow or PGN 4?", ["PGN 3", "PGN 4"]),
        ("how many tests are completed and how many are running?", ["completed_tests_count", "get_tests_by_status"]),
        ("thanks. any conflicts?", ["detect_conflicts"]),
    ],
)
def test_both_questions_are_looked_up_in_their_order(text: str, expected: list[str]) -> None:
    assert called(text) == expected


def test_a_question_that_needs_no_plan_is_answered_beside_one_that_does() -> None:
    both = answer([HumanMessage("what test types are there and who is on PGN 1?")])
    assert "The test types are brake" in both.text
    assert [call["name"] for call in both.tool_calls] == [SQL]


def going_on(text: str) -> tuple[AIMessage, AIMessage]:
    """What is asked of the plan first, and what is said and done with it known."""
    messages: list[BaseMessage] = [HumanMessage(text)]
    first = answer(messages)
    found = ok({"rows": []})
    messages += [first, *(ToolMessage(json.dumps(found), tool_call_id=call["id"]) for call in first.tool_calls)]
    return first, answer(messages)


@pytest.mark.parametrize(
    ("text", "write"),
    [
        (f"who is on PGN 1, and {ORDER}", BOOK),
        (f"{ORDER} and who is on PGN 1?", BOOK),
        ("who is on PGN 1? also cancel 42", CANCEL),
        ("who is on PGN 1 and move 42 to Monday", MOVE),
    ],
)
def test_a_question_is_answered_before_a_change_beside_it_is_proposed(text: str, write: str) -> None:
    first, then = going_on(text)
    assert [call["name"] for call in first.tool_calls] == [SQL]
    assert "PGN 1" in then.text
    assert "I understood" in then.text
    assert [call["name"] for call in then.tool_calls] == [write]


@pytest.mark.parametrize(
    "text",
    [
        "who is on PGN 1 and PGN 2 and cancel 42",
        "who is on PGN 1 and 2, and cancel 42",
        "cancel 42, who is on PGN 1 or 2",
    ],
)
def test_a_question_about_two_dynos_swallows_no_change(text: str) -> None:
    first, then = going_on(text)
    assert [call["name"] for call in first.tool_calls] == [SQL, SQL]
    assert [call["name"] for call in then.tool_calls] == [CANCEL]


@pytest.mark.parametrize(
    "text", [f"who is on PGN 1 and PGN 2 and {ORDER} on PGN 4", f"{ORDER} on PGN 4 and who is on PGN 1 and PGN 2"]
)
def test_the_dyno_of_a_change_beside_a_question_about_others_stays_its_own(text: str) -> None:
    _, then = going_on(text)
    assert [(call["name"], call["args"].get("dyno")) for call in then.tool_calls] == [(BOOK, "PGN 4")]


def test_a_question_is_answered_before_what_a_change_lacks_is_asked_for() -> None:
    _, then = going_on("who is on PGN 1, and book vehicle 13 for brake")
    assert "PGN 1" in then.text
    assert "I still need the first day and the number of days" in then.text
    assert then.tool_calls == []


def test_a_question_beside_a_question_about_a_change_leaves_that_an_offer() -> None:
    _, then = going_on("who is on PGN 1? should we cancel 42?")
    assert "Nothing is changed yet" in then.text
    assert then.tool_calls == []


def test_two_numbers_with_two_days_are_two_moves() -> None:
    calls = answer([HumanMessage("move 42 to PGN 3 and 43 to PGN 4")]).tool_calls
    assert [call["args"] for call in calls] == [
        {"allocation_id": 42, "dyno": "PGN 3"}, {"allocation_id": 43, "dyno": "PGN 4"},
    ]  # fmt: skip


def test_an_order_behind_a_comma_is_not_swallowed() -> None:
    calls = answer([HumanMessage("book vehicle 13 for brake from 7 December for 3 days, cancel 12")]).tool_calls
    assert [call["name"] for call in calls] == [BOOK, CANCEL]
    assert calls[1]["args"]["allocation_id"] == 12
