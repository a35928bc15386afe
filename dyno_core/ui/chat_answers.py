"""How messages look: words, steps, tables, receipts and cards, drawn from the events of an answer."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.agent.conversations import Message
from dyno_core.agent.tools import WRITES
from dyno_core.ui.quoting import quoted

READABLE = 780
"""Pixels. Longer lines are hard to read; tables take all the room there is."""
_HIDDEN = frozenset({"dyno_id", "vehicle_id", "version", "request_key"})
_LABELS = {
    "id": "No.",
    "vin": "VIN",
    "held_by": "Held by",
    "allocation_ids": "Allocations",
    "message": "What to settle",
}
_ORDER = (
    "id", "name", "dyno", "kind", "facility", "tag", "vin", "what", "held_by", "test_type", "leg", "start_date",
    "first_day", "end_date", "last_day", "until", "days", "duration_days", "status", "disputed", "utilization",
    "booked_in_capacity_days", "capacity_days", "booked_days", "program", "weight_lbs", "weight_class", "drive_type",
    "contact", "category", "priority", "reason", "message",
)  # fmt: skip
_MARKDOWN_TABLE = re.compile(r"(?:^\|.*\|[ ]*$\n?)+", re.MULTILINE)
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


def draw_answer(message: Message, *, card_is_open: bool = False) -> None:
    """A finished answer, inside the caller's chat message. What it asked is on a card while that is open."""
    events = message.events
    results = [event for event in events if event["type"] == "tool_result"]
    draw_steps(results)
    shows_tables = not any(event["type"] == "approval_required" or event.get("name") in WRITES for event in events)
    tables = [event for event in results if shows_tables and event["ok"] and rows_of(event["data"])]
    for event in events:
        if event["type"] == "message":
            text = _MARKDOWN_TABLE.sub("", event["text"]) if tables else event["text"]
            if not _is_receipt(event["text"], results):
                st.markdown(spoken(text), width=READABLE)
        elif event["type"] == "error":
            st.warning(spoken(event["text"]), icon=":material/warning:", width=READABLE)
        elif event["type"] == "tool_result" and event["ok"] and "receipt" in (event["data"] or {}):
            st.success(quoted(event["data"]["receipt"]), icon=":material/check_circle:", width=READABLE)
        elif event["type"] == "approval_required" and not card_is_open:
            for one in event["writes"]:
                st.caption(f":material/help: {quoted(one['summary'])}", width=READABLE)
    for number, event in enumerate(tables):
        draw_table(rows_of(event["data"]) or [], note=event["data"].get("note", ""), key=f"{message.id}_{number}")


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
        found = rows_of(event["data"])
        return f":material/check: {words}" + (f" ({len(found)} found)" if found is not None else "")
    if event["data"]["error"] == "declined":
        return f":material/block: {words}: you said no"
    return f":material/error: {words}: {quoted(event['data']['message'])}"


def rows_of(data: Any) -> list[Mapping[str, Any]] | None:
    """The one list of records in a result, or None. Ways out are no table: they are buttons."""
    if not isinstance(data, Mapping):
        return None
    lists = [value for name, value in data.items() if isinstance(value, list) and name != "ways_out"]
    if len(lists) == 1 and all(isinstance(row, Mapping) for row in lists[0]):
        return lists[0]
    return None


def draw_table(rows: Sequence[Mapping[str, Any]], *, note: str, key: str) -> None:
    # Stored as JSONB, a record has lost the order of its fields.
    names = sorted(dict.fromkeys(name for row in rows for name in row if name not in _HIDDEN), key=_place)
    names = [name for name in names if any(row.get(name) not in (None, "", [], {}) for row in rows)]
    columns: dict[str, Any] = {}
    for name in names:
        label = _LABELS.get(name, name.replace("_", " ").capitalize())
        if name == "utilization":
            columns[name] = st.column_config.ProgressColumn(label, min_value=0, max_value=1, format="percent")
        elif any(_day(row.get(name)) for row in rows):
            columns[name] = st.column_config.DateColumn(label, format="ddd D MMM YYYY")
        else:
            columns[name] = st.column_config.Column(label)
    shown = [{name: _cell(row.get(name)) for name in names} for row in rows]
    st.dataframe(
        shown,
        hide_index=True,
        column_config=columns,
        height=390 if len(rows) > 10 else "content",
        key=f"chat_table_{key}",
    )
    if note:
        st.caption(note)


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return _day(value) or value


def _day(value: Any) -> date | None:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def _is_receipt(text: str, results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a message only repeats the receipt that is shown already."""
    receipts = [event["data"]["receipt"] for event in results if event["ok"] and "receipt" in (event["data"] or {})]
    return text.strip() in (*receipts, "\n\n".join(receipts))
