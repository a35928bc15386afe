"""What commands print: a table for people, one JSON document for scripts."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dyno_core.errors import DynoError

Row = Mapping[str, Any]
_NUMBER: Final = re.compile(r"–|-?\$?[\d,]+(\.\d+)?( %)?")


def as_document(value: object) -> str:
    """``value`` as JSON. NaN and infinity, which JSON has no words for, are a defect of the command: `ValueError`."""
    return json.dumps(value, default=str, ensure_ascii=False, allow_nan=False)


def print_json(value: object) -> None:
    print(as_document(value))


def print_rows(rows: Sequence[Row], *, as_json: bool, nothing: str, shown: Callable[[Row], Row] = dict) -> None:
    """A list: JSON when asked for or when a script reads it, else a table of what ``shown`` makes of each row.

    When it is empty, people read ``nothing``; a script that did not ask for JSON gets it beside the empty list.
    """
    if as_json or not sys.stdout.isatty():
        print_json(rows)
        if not rows and not as_json:
            print(nothing, file=sys.stderr)
    elif not rows:
        print(nothing)
    else:
        print_table([shown(row) for row in rows])


def print_record(record: Row, *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        print_json(record)
        return
    width = max(len(name) for name in record)
    for name, value in record.items():
        print(f"{name.replace('_', ' '):<{width}}  {_cell(value)}")


def print_table(rows: Sequence[Row]) -> None:
    """Columns by the names of the first row; numbers stand to the right."""
    names = list(rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    adjust = [
        str.rjust if all(_NUMBER.fullmatch(line[column]) for line in cells) else str.ljust
        for column in range(len(names))
    ]
    heads = [name.replace("_", " ") for name in names]
    widths = [max(len(line[column]) for line in [heads, *cells]) for column in range(len(names))]
    for line in [heads, ["-" * width for width in widths], *cells]:
        print("  ".join(put(cell, width) for put, cell, width in zip(adjust, line, widths, strict=True)).rstrip())


def print_refusal(refusal: DynoError, *, as_json: bool) -> None:
    """On stderr for people; as a document on stdout for scripts that asked for JSON."""
    if as_json:
        print_json({"error": refusal.code, "message": str(refusal), "facts": refusal.facts})
    else:
        print(refusal, file=sys.stderr)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(str(item) for item in value)
    return str(value)
