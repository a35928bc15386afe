"""Values, objects and lists of objects as a person reads them: sentences, lines, markdown tables. Pure.

What is shown comes from people and workbooks: nothing in it may become a link, a picture or a cell of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from dyno_core.period import say_day

MOST_ROWS: Final = 25
MOST_COLUMNS: Final = 10
LONGEST_CELL: Final = 90
_FIRST_COLUMNS: Final = (
    "id", "name", "dyno", "tag", "test_type", "leg", "start_date", "end_date", "status", "disputed", "facility", "vin",
    "program", "contact", "reason", "weight_class", "weight_lbs", "drive_type",
)  # fmt: skip
_HEADS: Final = {"id": "#", "vin": "VIN", "test_type": "Test", "start_date": "First day", "end_date": "Last day"}
_HIDDEN: Final = frozenset({"dyno_id", "version", "request_key", "capabilities", "excluded_combinations"})


def cell(value: Any, *, name: str = "") -> str:
    """One value as a person reads it: days with their weekday, yes and no, lists with commas."""
    text = said_value(value, name=name).replace("|", "/").replace("\n", " ").replace("](", "] (")
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def said_value(value: Any, *, name: str) -> str:
    if value is None or isinstance(value, (bool, float)):
        return _said_number(value, name=name)
    if isinstance(value, Mapping):
        return ", ".join(
            f"{_head(key)}: {said_value(part, name=key)}" for key, part in value.items() if part is not None
        )
    if isinstance(value, str):
        return _said_text(value)
    return ", ".join(said_value(part, name=name) for part in value) if isinstance(value, Sequence) else str(value)


def _said_number(value: bool | float | None, *, name: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.0%}" if name == "utilization" else f"{value:,.1f}".removesuffix(".0")


def _said_text(value: str) -> str:
    day = iso_day(value) if len(value) == 10 else None
    return say_day(day) if day else value.replace("_", " ") if value == "in_progress" else value


def iso_day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _head(name: str) -> str:
    return _HEADS.get(name, name.replace("_", " ").capitalize())


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """A markdown table; empty columns are left out, long ones cut, and what was cut is said."""
    named = dict.fromkeys(
        name for row in rows for name, value in row.items() if _worth_a_column(name, value) and name not in _HIDDEN
    )
    order = [name for name in _FIRST_COLUMNS if name in named] + [name for name in named if name not in _FIRST_COLUMNS]
    columns = order[:MOST_COLUMNS]
    lines = [
        "| " + " | ".join(_head(name) for name in columns) + " |",
        "|" + " --- |" * len(columns),
        *("| " + " | ".join(cell(row.get(name), name=name) for name in columns) + " |" for row in rows[:MOST_ROWS]),
    ]
    if len(rows) > MOST_ROWS:
        lines.append(f"\n… and {len(rows) - MOST_ROWS} more.")
    return "\n".join(lines)


def _worth_a_column(name: str, value: Any) -> bool:
    """Whether a value is something to tell; that an allocation is not disputed is not."""
    return value is not False if name == "disputed" else value not in (None, "", [], {})


def rows_of(data: Any) -> list[Mapping[str, Any]] | None:
    """The list of objects in a result: the data itself or the one list inside it; None when there is none."""
    if isinstance(data, Mapping):
        lists = [value for value in data.values() if isinstance(value, list)]
        return rows_of(lists[0]) if len(lists) == 1 else None
    if isinstance(data, list) and all(isinstance(row, Mapping) for row in data):
        return data
    return None


def heading(title: str, count: int) -> str:
    """Over a list; without a title, one that stands above already, only how many there are."""
    return f"**{title}** ({count})" if title else f"{count} found:"


def general(title: str, data: Any, *, nothing: str = "Nothing was found.") -> str:
    """Any data: a list of objects as a table, an object as lines, anything else as itself.

    An empty ``title`` is one that was said already.
    """
    rows = rows_of(data)
    if rows is not None:
        extras = _scalars(data) if isinstance(data, Mapping) else ""
        if not rows:
            return "\n\n".join(filter(None, (nothing, extras)))
        return "\n\n".join(filter(None, (heading(title, len(rows)), extras, table(rows))))
    if isinstance(data, Mapping):
        return object_lines(title, data) if data else nothing
    if data in (None, "", []):
        return nothing
    return f"**{title}**: {cell(data)}" if title else cell(data)


def _scalars(data: Mapping[str, Any]) -> str:
    pairs = ((name, value) for name, value in data.items() if not isinstance(value, list) and value is not None)
    told = (
        str(value) if name == "note" else f"{_head(name)}: {said_value(value, name=name)}"
        for name, value in pairs
        if name not in _HIDDEN
    )
    return " · ".join(told)


def object_lines(title: str, data: Mapping[str, Any]) -> str:
    lines = [f"**{title}**"] if title else []
    for name, value in data.items():
        if isinstance(value, list) and value and all(isinstance(row, Mapping) for row in value):
            lines.append(f"\n{_head(name)}:\n\n{table(value)}\n")
        elif value not in (None, "", [], {}) and name not in _HIDDEN:
            lines.append(f"- {_head(name)}: {cell(value, name=name)}")
    return "\n".join(lines)
