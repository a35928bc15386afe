"""What was done to an allocation, a vehicle, a dyno or the plan, by whom, when and why, in a few lines. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dyno_core.agent.models.offline.orders import plain
from dyno_core.agent.models.offline.tables import cell, rows_of
from dyno_core.agent.models.offline.tasks import Task

Row = Mapping[str, Any]
MOST_CHANGES: Final = 8
_ASKED: Final = (
    ("cancel", r"\b(?:cancel\w*|deleted?|removed?)\b"),
    ("move", r"\b(?:move\w*|rescheduled?|shift\w*|postponed?|delayed?|extend\w*|shorten\w*)\b"),
    ("book", r"\b(?:booked|planned|scheduled|created|made|put)\b"),
    ("start", r"\bstarted\b"),
    ("complete", r"\b(?:completed|finished)\b"),
)
_DONE: Final = {
    "cancel": ("cancel", "cancel maintenance"), "move": ("move", "swap", "displace", "edit"),
    "book": ("book", "place", "import", "maintain"), "start": ("start",), "complete": ("complete",),
}  # fmt: skip
_NOT_DONE: Final = {
    "cancel": "Nobody cancelled it.", "move": "Nobody moved it.", "book": "Nobody booked it.",
    "start": "Nobody started it.", "complete": "Nobody completed it.",
}  # fmt: skip


def asked_about(text: str) -> str:
    """The kind of change that is asked about, empty for all of them."""
    low = plain(text)
    return next((kind for kind, pattern in _ASKED if re.search(pattern, low)), "")


def what_was_done(task: Task, data: Any, opened: bool) -> str | None:
    """The change that was asked about first, then the others, newest first."""
    del opened
    rows = rows_of(data)
    if rows is None or not isinstance(data, Mapping):
        return None
    about = _in_a_line(data.get("about", ""))
    about = f"{about[:1].upper()}{about[1:]}"
    if not rows:
        return f"{about}: nothing is on record{'' if ', changes ' in about else '; it has not been changed'}."
    meant = [row for row in rows if row.get("action") in _DONE.get(task.words, ())] if task.words else []
    others = [row for row in rows if row not in meant]
    told = [f"{about}." if about else ""]
    if task.words and not meant:
        of_many = about.startswith(("The plan", "Dyno"))
        told.append(_NOT_DONE[task.words].replace(" it.", " anything.") if of_many else _NOT_DONE[task.words])
    told += _listed(meant)
    if meant and others:
        told.append("Besides:")
    return "\n\n".join(filter(None, [*told, *_listed(others)]))


def _listed(rows: Sequence[Row]) -> list[str]:
    lines = [f"- {_line(row)}" for row in rows[:MOST_CHANGES]]
    if len(rows) > MOST_CHANGES:
        lines.append(f"- … and {len(rows) - MOST_CHANGES} more; the calendar has them under “History”.")
    return ["\n".join(lines)] if lines else []


def _in_a_line(value: Any) -> str:
    """Whole, unlike a cell of a table, and without what a line would show as something else."""
    return str(value).replace("|", "/").replace("\n", " ").replace("](", "] (")


def _line(row: Row) -> str:
    why = f" “{cell(row['reason'])}”" if row.get("reason") else ""
    what = _in_a_line(row.get("what", ""))
    return f"{row.get('when')}: {cell(row.get('who'))} {what}, through {row.get('through')}.{why}"
