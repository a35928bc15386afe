"""How messages look: words, steps, tables, receipts and cards, drawn from the events of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.agent.conversations import Message
from dyno_core.agent.models import OFFLINE
from dyno_core.agent.tools import WRITES
from dyno_core.ui import chat_tables
from dyno_core.ui.quoting import quoted

READABLE = 780
"""Pixels. Longer lines are hard to read; tables take all the room there is."""
_RESULT_WORDS = {
    "get_datetime_now": "Looked at the calendar",
    "find_available_dynos": "Looked for free dynos",
    "check_vehicle_allocation": "Looked up the vehicle's allocations",
    "detect_conflicts": "Looked for conflicts",
    "completed_tests_count": "Counted the completed tests",
    "get_tests_by_status": "Looked up tests by status",
    "maintenance_check": "Looked up maintenance",
    "query_database": "Asked the database",
    "list_dynos": "Looked up the dynos",
    "get_dyno": "Looked up the dyno",
    "find_vehicle": "Searched the vehicles",
    "find_next_available_window": "Searched the next free days",
    "explain_unavailable": "Looked at every dyno",
    "utilization_report": "Counted booked days",
    "list_requests": "Looked up the requests",
    "change_history": "Looked up who changed what",
    "auto_allocate_vehicle": "Booking",
    "book_in_exchange": "Booking by exchange",
    "reschedule_allocation": "Moving",
    "cancel_allocation": "Cancelling",
    "undo": "Undoing",
}


def spoken(text: str) -> str:
    """What a model wrote: mark-up yes, but a sum in dollars is no formula and no picture is fetched."""
    return text.replace("$", r"\$").replace("![", r"!\[")


def draw_question(text: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(quoted(text))


def assistant() -> DeltaGenerator:
    """The place of one answer."""
    return st.chat_message("assistant", avatar=":material/smart_toy:")


def draw_answer(message: Message, *, card_is_open: bool = False, unsaid: Sequence[str] = ()) -> None:
    """A finished answer, inside the caller's chat message. What it asked is on a card while that is open.

    ``unsaid``: sentences that are left out, because buttons below say the same.
    """
    events = message.events
    results = [event for event in events if event["type"] == "tool_result"]
    draw_steps(results)
    is_about_writes = any(event["type"] == "approval_required" or event.get("name") in WRITES for event in events)
    tables = () if is_about_writes else chat_tables.tables_of(message.text, results, by_rules=message.model == OFFLINE)
    drawn = enumerate(tables)
    for event in events:
        if event["type"] == "message":
            text = _without(_without_receipts(event["text"], results), unsaid)
            for place, part in enumerate(chat_tables.between_tables(text) if tables else [text]):
                if place:
                    _draw_next(drawn, message)
                if part:
                    st.markdown(spoken(part), width=READABLE)
        elif event["type"] == "error":
            st.warning(spoken(_without(event["text"], unsaid)), icon=":material/warning:", width=READABLE)
        elif event["type"] == "tool_result" and event["ok"] and "receipt" in (event["data"] or {}):
            st.success(quoted(event["data"]["receipt"]), icon=":material/check_circle:", width=READABLE)
        elif event["type"] == "approval_required" and not card_is_open:
            for one in event["writes"]:
                st.caption(f":material/help: {quoted(one['summary'])}", width=READABLE)
    while _draw_next(drawn, message):
        pass


def _draw_next(tables: Iterator[tuple[int, tuple[chat_tables.Rows, str]]], message: Message) -> bool:
    """Draw the next of the answer's tables; False when there is none left."""
    for number, (rows, note) in tables:
        chat_tables.draw(rows, note=note, key=f"{message.id}_{number}")
        return True
    return False


def draw_steps(results: Sequence[Mapping[str, Any]]) -> None:
    """What was looked up, folded away."""
    if not results:
        return
    failed = [event for event in results if not event["ok"] and event["data"]["error"] != "declined"]
    label = f"{len(results)} step{'s' if len(results) != 1 else ''}" + (f", {len(failed)} refused" if failed else "")
    with st.expander(label, type="compact", icon=":material/checklist:"):
        for event in results:
            st.markdown(said_of(event))


def said_of(event: Mapping[str, Any]) -> str:
    """One step in a line."""
    words = _RESULT_WORDS.get(event["name"]) or quoted(event["name"].replace("_", " "))
    if event["ok"]:
        found = chat_tables.rows_of(event["data"])
        return f":material/check: {words}" + (f" ({len(found)} found)" if found is not None else "")
    if event["data"]["error"] == "declined":
        return f":material/block: {words}: you said no"
    return f":material/error: {words}: {quoted(event['data']['message'])}"


def _without(text: str, unsaid: Sequence[str]) -> str:
    for sentence in unsaid:
        text = text.replace(sentence, "")
    return text.strip()


def _without_receipts(text: str, results: Sequence[Mapping[str, Any]]) -> str:
    """A message without the lines that only repeat a receipt, which is shown already."""
    receipts = {
        event["data"]["receipt"].strip() for event in results if event["ok"] and "receipt" in (event["data"] or {})
    }
    if not receipts:
        return text
    kept = [line for line in text.splitlines() if line.strip().removeprefix("- ") not in receipts]
    return "\n".join(kept).strip()
