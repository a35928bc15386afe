"""How an entry of the corpus is written: a message, and what the offline model must make of it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

TODAY = date(2026, 11, 18)
DYNOS = (
    "PGN 1",
    "PGN 2",
    "PGN 3",
    "PGN 4",
    "PGN 22",
    "VTB #1",
    "VTB #2",
    "ATC #1",
    "TRC #1",
    "Track 1",
    "Track 12",
    "Northfield 1",
    "Northfield 2",
)

FIND = "find_available_dynos"
BOOK = "auto_allocate_vehicle"
CHECK = "check_vehicle_allocation"
MOVE = "reschedule_allocation"
CANCEL = "cancel_allocation"
WINDOW = "find_next_available_window"
EXPLAIN = "explain_unavailable"
SQL = "query_database"
STATUS = "get_tests_by_status"
USE = "utilization_report"
VIN = "ZZ9F8NVTXSD363661"


@dataclass(frozen=True)
class Expected:
    """Either tool calls with their exact arguments, or what is asked for, or only words.

    ``contains`` are parts that the first call's ``sql`` must hold, instead of exact arguments.
    ``says`` is a part the reply's text must hold, whatever its letter case.
    """

    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    asks: frozenset[str] = frozenset()
    contains: tuple[str, ...] = ()
    says: str = ""
    anything_but_a_write: bool = False


@dataclass(frozen=True)
class Phrase:
    text: str
    expected: Expected


@dataclass(frozen=True)
class Turn:
    """A message; ``results`` are what the tools called for it answer, one per call and step."""

    text: str
    expected: Expected
    results: tuple[dict[str, Any], ...] = ()
    then: Expected | None = None
    """What the model does after those results, where it goes on by itself."""


@dataclass(frozen=True)
class Dialogue:
    name: str
    turns: tuple[Turn, ...] = field(default_factory=tuple)


def calls(tool: str, **args: Any) -> Expected:
    return Expected(calls=((tool, args),))


def asks(*parts: str, says: str = "") -> Expected:
    return Expected(asks=frozenset(parts), says=says)


def says(part: str) -> Expected:
    return Expected(says=part)


def no_write() -> Expected:
    """Several answers would be right; a proposed change is not."""
    return Expected(anything_but_a_write=True)


def sql(*parts: str) -> Expected:
    return Expected(calls=((SQL, {}),), contains=parts)


def book(*, start: str, days: int, test: str, backup: int = 0, **vehicle: Any) -> Expected:
    return calls(
        BOOK,
        **vehicle,
        start_date=start,
        days_to_complete=days,
        test_type=test,
        backup=backup > 0,
        max_backup_days=backup,
    )


def find(start: str, end: str, test: str, **what: Any) -> Expected:
    return calls(FIND, start_date=start, end_date=end, test_type=test, **what)


def p(text: str, expected: Expected) -> Phrase:
    return Phrase(text, expected)


def both(*parts: Expected) -> Expected:
    return Expected(calls=tuple(call for part in parts for call in part.calls))
