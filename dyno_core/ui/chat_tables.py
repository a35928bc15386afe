"""Tables of an answer: the records a tool found, narrowed to those that the words tell of."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import streamlit as st

from dyno_core.ui import charts, chat_timeline

Rows = Sequence[Mapping[str, Any]]
_HIDDEN = frozenset({"dyno_id", "vehicle_id", "version", "request_key"})
_LABELS = {
    "id": "No.",
    "vin": "VIN",
    "start_date": "First day",
    "end_date": "Last day",
    "booked_in_capacity_days": "Booked days",
    "booked_days": "Booked days, all",
    "outside_days": "Booked outside capacity",
    "held_by": "Held by",
    "allocation_id": "Allocation",
    "allocation_ids": "Allocations",
    "message": "What to settle",
}
_ORDER = (
    "id", "name", "dyno", "kind", "tag", "what", "held_by", "test_type", "start_date", "first_day", "end_date",
    "last_day", "until", "free_from", "free_until", "days", "duration_days", "leg", "status", "disputed", "facility",
    "vin", "utilization",
    "booked_in_capacity_days", "capacity_days", "booked_days", "program", "weight_lbs", "weight_class", "drive_type",
    "contact", "category", "priority", "reason", "message", "in_service", "test_types", "drives", "weight_classes",
    "except_for",
)  # fmt: skip
"""What is looked for comes first: on a narrow screen only the first columns are seen."""
_MARKDOWN_TABLE = re.compile(r"(?:^\|.*\|[ ]*$\n?)+", re.MULTILINE)
_CUT = re.compile(r"… and (\d+) more\.")


def tables_of(text: str, results: Sequence[Mapping[str, Any]], *, by_rules: bool) -> tuple[tuple[Rows, str], ...]:
    """The records to draw below the words of an answer, each with its note; none where the words say it all.

    A table in the words is drawn from the records instead, when these are known to be the same; else it stays in the
    words. A model that answers ``by_rules`` writes a table where one helps; another one may count on ours.
    """
    found = [
        (rows, event["data"].get("note", "")) for event in results if event["ok"] and (rows := rows_of(event["data"]))
    ]
    written = list(_MARKDOWN_TABLE.finditer(text))
    if not written:
        return () if by_rules else tuple(found)
    ends = [*(match.start() for match in written[1:]), len(text)]
    tables, left = [], iter(found)
    for match, end in zip(written, ends, strict=True):
        table = next((one for one in (_told(text[match.start() : end], *pair) for pair in left) if one), None)
        if table is None:
            return ()
        tables.append(table)
    return tuple(tables)


def _told(text: str, rows: Rows, note: str) -> tuple[Rows, str] | None:
    """The records of the table that ``text`` begins with, when they are among ``rows``."""
    told = told_rows(text, rows)
    if not told:
        return None
    named = {str(value) for row in told for value in row.values()}
    _, _, *lines = _MARKDOWN_TABLE.findall(text)[0].strip().splitlines()
    return (told, note) if all(_first(line) in named for line in lines) else None


def told_rows(text: str, rows: Rows) -> Rows | None:
    """Those of ``rows`` that the one markdown table in ``text`` shows; None when that can't be known."""
    head, _, *lines = _MARKDOWN_TABLE.findall(text)[0].strip().splitlines()
    more = _CUT.search(text)
    if len(lines) + (int(more[1]) if more else 0) == len(rows):
        return rows
    if more or _first(head) != "#":
        return None
    numbers = {_first(line) for line in lines}
    told = [row for row in rows if str(row.get("id")) in numbers]
    return told if len(told) == len(lines) else None


def between_tables(text: str) -> list[str]:
    """The words before, between and behind the tables of an answer, which are drawn in their places."""
    return [_CUT.sub("", part).strip() for part in _MARKDOWN_TABLE.split(text)]


def rows_of(data: Any) -> list[Mapping[str, Any]] | None:
    """The one list of records in a result, or None. Ways out are no table: they are buttons."""
    if not isinstance(data, Mapping):
        return None
    lists = [value for name, value in data.items() if isinstance(value, list) and name != "ways_out"]
    if len(lists) == 1 and all(isinstance(row, Mapping) for row in lists[0]):
        return lists[0]
    return None


def draw(rows: Rows, *, note: str, key: str) -> None:
    """A small timeline where the rows stand on dynos, and the table."""
    _draw_timeline(rows, key=key)
    _draw_table(rows, key=key)
    if note:
        st.caption(note)


def _first(line: str) -> str:
    return line.strip().strip("|").split("|")[0].strip()


def _draw_timeline(rows: Rows, *, key: str) -> None:
    """The rows as bars, where they are few enough to be read and stand on dynos."""
    bars = chat_timeline.bars_of(rows)
    if bars:
        figure = chat_timeline.timeline(bars, colours=charts.look(st.context.theme.type))
        st.plotly_chart(figure, key=f"chat_timeline_{key}", config=charts.CONFIG)


def _draw_table(rows: Rows, *, key: str) -> None:
    # Stored as JSONB, a record has lost the order of its fields.
    names = sorted(dict.fromkeys(name for row in rows for name in row if name not in _HIDDEN), key=_place)
    names = [name for name in names if any(_says_something(row.get(name)) for row in rows)]
    days = {name for name in names if any(_day(row.get(name)) for row in rows)}
    columns: dict[str, Any] = {}
    for name in names:
        label = _LABELS.get(name, name.replace("_", " ").capitalize())
        if name == "utilization":
            columns[name] = st.column_config.ProgressColumn(label, min_value=0, max_value=1, format="percent")
        elif name in days:
            columns[name] = st.column_config.DateColumn(label, format="ddd D MMM YYYY")
        else:
            columns[name] = st.column_config.Column(label)
    in_words = {name for name in names if all(isinstance(row.get(name), str | None) for row in rows)} - days
    shown = [{name: _cell(row.get(name), nothing="" if name in in_words else None) for name in names} for row in rows]
    st.dataframe(
        shown,
        hide_index=True,
        column_config=columns,
        height=390 if len(rows) > 10 else "content",
        key=f"chat_table_{key}",
    )


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _says_something(value: Any) -> bool:
    return value is not None and value is not False and value not in ("", [], {})


def _cell(value: Any, *, nothing: str | None) -> Any:
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if value == "in_progress":
        return "in progress"
    return nothing if value is None else _day(value) or value


def _day(value: Any) -> date | None:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None
