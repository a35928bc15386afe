"""What was done, and by whom; and what is told of it beside an order."""

import json

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import CHECK, MOVE, Phrase, calls, ok, p, sql
from tests.unit.agent.offline.measure import answer, phrase_deviation

OF_42, OF_13 = calls("change_history", allocation_id=42), calls("change_history", vehicle_id=13)
PHRASES = (
    p("who cancelled 42?", OF_42),
    p("what happened to 42?", OF_42),
    p("history of 42", OF_42),
    p("when was 42 cancelled?", OF_42),
    p("has anyone moved 42?", OF_42),
    p("I just cancelled 42", OF_42),
    p("who moved vehicle 13?", OF_13),
    p("what happened with vehicle 13", OF_13),
    p("how often was 42 moved?", OF_42),
    p("did 42 get moved?", OF_42),
    p("changes to vehicle 13 since Monday", OF_13),
    p("what happened to Northfield 2?", calls("change_history", dyno="Northfield 2")),
    p("what changed on PGN 3 yesterday", calls("change_history", dyno="PGN 3", since="2026-11-17", until="2026-11-17")),
    p("what changed today", calls("change_history", since="2026-11-18", until="2026-11-18")),
    p("changes since Monday", calls("change_history", since="2026-11-16", until="2026-11-18")),
    p("which tests were moved this week", calls("change_history", since="2026-11-16", until="2026-11-22")),
    p("what did I change yesterday", calls("change_history", since="2026-11-17", until="2026-11-17", mine=True)),
    p(
        "show me changes by anna@demo.lab this week",
        calls("change_history", since="2026-11-16", until="2026-11-22", person="anna@demo.lab"),
    ),
    p("changes by Anna today", calls("change_history", since="2026-11-18", until="2026-11-18", person="Anna")),
    p(
        "what was changed by Anna Smith yesterday?",
        calls("change_history", since="2026-11-17", until="2026-11-17", person="Anna Smith"),
    ),
    p(
        "what was changed by anna smith yesterday?",
        calls("change_history", since="2026-11-17", until="2026-11-17", person="anna smith"),
    ),
    # no person
    p("what was moved by hand this week?", calls("change_history", since="2026-11-16", until="2026-11-22")),
    p("what was changed by chat today?", calls("change_history", since="2026-11-18", until="2026-11-18")),
    p("what was moved by mistake today?", calls("change_history", since="2026-11-18", until="2026-11-18")),
    # what stands in the plan itself
    p("what's booked today", sql("2026-11-18")),
    p("Yesterday I booked vehicle 13 for brake", calls(CHECK, vehicle_id=13)),
    p("has anyone booked vehicle 13?", calls(CHECK, vehicle_id=13)),
    p("has vehicle 13 finished evap?", calls(CHECK, vehicle_id=13)),
    p("when was vehicle 13 last tested", calls(CHECK, vehicle_id=13)),
    p("test history of vehicle 13", calls(CHECK, vehicle_id=13)),
    p("when was 42 booked", sql("id = 42")),
    p("when did 42 run", sql("id = 42")),
    p("did 42 complete", sql("id = 42")),
    p("was 42 cancelled", sql("id = 42")),
    p("when is vehicle 13 booked?", calls(CHECK, vehicle_id=13)),
    p("i have booked 42, can you move it to monday", calls(MOVE, allocation_id=42, start_date="2026-11-23")),
    p("I moved 42 to Monday, please move it back to Tuesday", calls(MOVE, allocation_id=42, start_date="2026-11-24")),
    p("yesterday I booked 42 on monday, move it to tuesday", calls(MOVE, allocation_id=42, start_date="2026-11-24")),
)
CHANGES = (
    {"when": "Tue 17 Nov 2026, 14:03", "who": "ana@example.com", "action": "cancel", "through": "chat",
     "what": "cancelled allocation 42 (195W114)", "reason": "axle broke"},
    {"when": "Mon 16 Nov 2026, 09:00", "who": "you", "action": "book", "through": "the pages",
     "what": "booked allocation 42 (195W114) on PGN 3", "reason": ""},
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text)
def test_what_was_done_is_looked_up_in_the_record(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


def told(text: str, *changes: dict[str, str]) -> str:
    messages: list[BaseMessage] = [HumanMessage(text), answer([HumanMessage(text)])]
    data = {"about": "allocation 42, 195W114 (brake), now cancelled", "changes": list(changes)}
    messages.append(ToolMessage(json.dumps(ok(data)), tool_call_id=messages[-1].tool_calls[0]["id"]))  # type: ignore[attr-defined]
    return answer(messages).text


def test_the_change_that_was_asked_about_comes_first() -> None:
    cancelled = (
        "- Tue 17 Nov 2026, 14:03: ana@example.com cancelled allocation 42 (195W114), through chat. “axle broke”"
    )
    booked = "- Mon 16 Nov 2026, 09:00: you booked allocation 42 (195W114) on PGN 3, through the pages."
    begins = "Allocation 42, 195W114 (brake), now cancelled."
    assert told("what happened to 42?", *CHANGES) == f"{begins}\n\n{cancelled}\n{booked}"
    assert told("I cancelled 42 yesterday", *CHANGES) == f"{begins}\n\n{cancelled}\n\nBesides:\n\n{booked}"
    assert told("who moved 42?", CHANGES[1]) == f"{begins}\n\nNobody moved it.\n\n{booked}"
    assert "has not been changed" in told("who moved 42?")


def test_of_a_dyno_or_the_plan_nothing_is_said_of_one() -> None:
    messages: list[BaseMessage] = [HumanMessage("which tests were moved today?")]
    messages.append(answer(messages))
    data = {"about": "the plan, changes of Wed 18 Nov 2026", "changes": [CHANGES[1]]}
    messages.append(ToolMessage(json.dumps(ok(data)), tool_call_id=messages[-1].tool_calls[0]["id"]))  # type: ignore[attr-defined]
    assert answer(messages).text.startswith("The plan, changes of Wed 18 Nov 2026.\n\nNobody moved anything.")


def test_it_is_what_was_spoken_of() -> None:
    messages: list[BaseMessage] = [HumanMessage("show allocation 42")]
    messages.append(answer(messages))
    assert [call["args"] for call in answer([*messages, HumanMessage("who moved it?")]).tool_calls] == [
        {"allocation_id": 42}
    ]
