"""What commands print: a table for people, one JSON document for scripts."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from dyno_core.errors import DynoError


def as_document(value: object) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)


def print_json(value: object) -> None:
    print(as_document(value))


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool, nothing: str) -> None:
    """A list: JSON when asked for or when a script reads it, a table on a terminal, ``nothing`` when it is empty."""
    if as_json or not sys.stdout.isatty():
        print_json(rows)
    elif not rows:
        print(nothing)
    else:
        print_table(rows)


def print_record(record: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json or not sys.stdout.isatty():
        print_json(record)
        return
    width = max(len(name) for name in record)
    for name, value in record.items():
        print(f"{name.replace('_', ' '):<{width}}  {_cell(value)}")


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    names = list(rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    widths = [max(len(line[column]) for line in [names, *cells]) for column in range(len(names))]
    for line in [[name.replace("_", " ") for name in names], ["-" * width for width in widths], *cells]:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


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
