"""Dynos and facilities that are not wanted, and several dynos named once: nothing of it is dropped."""

import json
import re
from typing import Any

import pytest
from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

from tests.unit.agent.offline.corpus import (
    FIND,
    MOVE,
    WINDOW,
    Dialogue,
    Phrase,
    Turn,
    allocation,
    book,
    both,
    calls,
    ok,
    p,
    sql,
)
from tests.unit.agent.offline.measure import answer, dialogue_deviation, phrase_deviation

WISH = "book vehicle 13 brake from 7 dec for 2 days"
HEAVY = {"weight_class": ">10K", "drive_type": "AWD", "test_type": "brake"}
NEXT_WEEK = {"start_date": "2026-11-23", "end_date": "2026-11-29"}


def brake(**where: Any) -> Any:
    return book(vehicle_id=13, start="2026-12-07", days=2, test="brake", **where)


def cancelled(text: str, *standing: tuple[str, int]) -> tuple[list[str], list[int], str]:
    """The dynos that are looked up for an order, the numbers that are then proposed, and what is said."""
    asked = answer([HumanMessage(text)])
    dynos = [re.findall(r"dyno = '([^']+)'", call["args"]["sql"])[0] for call in asked.tool_calls]
    messages: list[BaseMessage] = [HumanMessage(text), asked]
    for call, dyno in zip(asked.tool_calls, dynos, strict=True):
        rows = [allocation(number, dyno=name) for name, number in standing if name == dyno]
        messages.append(ToolMessage(json.dumps(ok({"rows": rows})), tool_call_id=call["id"]))
    card = answer(messages)
    return dynos, [call["args"]["allocation_id"] for call in card.tool_calls], card.text


PHRASES = (
    p(f"{WISH}, not Northfield", brake(not_on=["Northfield"])),
    p(f"{WISH} anywhere but Northfield", brake(not_on=["Northfield"])),
    p(f"{WISH}, no Northfield please", brake(not_on=["Northfield"])),
    p(f"{WISH}, not on PGN 2", brake(not_on=["PGN 2"])),
    p(f"{WISH} on any dyno except pgn2", brake(not_on=["PGN 2"])),
    p(f"{WISH}, not on PGN 1, 2 or 3", brake(not_on=["PGN 1", "PGN 2", "PGN 3"])),
    p(f"{WISH}, not PGN 1 or Northfield", brake(not_on=["PGN 1", "Northfield"])),
    p(f"{WISH} but keep it off pgn 2", brake(not_on=["PGN 2"])),
    p(f"{WISH} at Northfield", brake(facility="Northfield")),
    p(f"{WISH} at Northfield but not on Northfield 1", brake(facility="Northfield", not_on=["Northfield 1"])),
    p(f"{WISH} anywhere but Southfield", brake(not_on=["Southfield"])),
    p(f"{WISH}, not PGN 3 but PGN 4", brake(dyno="PGN 4")),
    p(f"{WISH} on PGN 3 instead of PGN 4", brake(dyno="PGN 3")),
    p("what is free next week for heavy AWD brake except Northfield",
      calls(FIND, **NEXT_WEEK, **HEAVY, not_on=["Northfield"])),
    p("next free window for vehicle 13 brake 2 days other than on PGN 2",
      calls(WINDOW, vehicle_id=13, test_type="brake", days=2, not_before="2026-11-18", not_on=["PGN 2"])),
    p("what's running now, not at Northfield", sql("'in_progress'", "not (dyno = 'Northfield'")),
    p("which dynos are free tomorrow except Northfield", sql("reporting.dynos", "not (d.name = 'Northfield'")),
    p("move 42 to PGN 1 and 43 to PGN 2", both(
        calls(MOVE, allocation_id=42, dyno="PGN 1"), calls(MOVE, allocation_id=43, dyno="PGN 2"))),
)  # fmt: skip
DIALOGUES = (
    Dialogue("one after the other is left out", (
        Turn(WISH, brake()),
        Turn("not PGN 1", brake(not_on=["PGN 1"])),
        Turn("not PGN 2 either", brake(not_on=["PGN 1", "PGN 2"])),
        Turn("ok then PGN 2", brake(dyno="PGN 2")),
    )),
    Dialogue("another dyno than the one on the card", (
        Turn(WISH, brake(), results=({"ok": False, "error": "declined", "message": "No.", "facts": {"shown": {
            "vehicle": "x", "dyno": "PGN 3", "start_date": "2026-12-07", "end_date": "2026-12-08"}}},)),
        Turn("another dyno please", brake(not_on=["PGN 3"])),
    )),
    Dialogue("a dyno that was left out is wanted after all", (
        Turn(f"{WISH} on PGN 1", brake(dyno="PGN 1")),
        Turn("anywhere but PGN 1", brake(not_on=["PGN 1"])),
    )),
)  # fmt: skip


@pytest.mark.parametrize("phrase", PHRASES, ids=lambda phrase: phrase.text[-60:])
def test_what_is_left_out_is_obeyed(phrase: Phrase) -> None:
    assert phrase_deviation(phrase) == ""


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=lambda dialogue: dialogue.name)
def test_a_correction_leaves_out_or_takes_in(dialogue: Dialogue) -> None:
    assert dialogue_deviation(dialogue) == ""


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("cancel everything on PGN 1 and 2", [1, 2]),
        ("cancel everything on pgn1, 2 and 3", [1, 2, 3]),
        ("cancel everything on PGN 1-3", [1, 2, 3]),
        ("cancel all on PGN 2 and PGN 4 in December", [2, 4]),
    ],
)
def test_everything_on_each_of_several_dynos_is_cancelled(text: str, numbers: list[int]) -> None:
    standing = [(f"PGN {number}", 50 + number) for number in (1, 2, 3, 4)]
    dynos, proposed, _ = cancelled(text, *standing)
    assert dynos == [f"PGN {number}" for number in numbers]
    assert proposed == [50 + number for number in numbers]


def test_a_number_that_is_no_dyno_is_told_and_more_than_a_card_holds_is_not_proposed() -> None:
    _, proposed, said = cancelled("cancel everything on PGN 1 and 42", ("PGN 1", 51))
    assert proposed == [51]
    assert "no active allocation on PGN 42" in said
    many = [(f"PGN {number % 2 + 1}", number) for number in range(11)]
    _, proposed, said = cancelled("cancel everything on PGN 1 and 2", *many)
    assert proposed == []
    assert "That would be 11 allocations" in said
