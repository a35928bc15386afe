"""What of the calendar is on screen, all of it and ready for a file: window, filters in words, rows and their bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dyno_core.booking import Allocation, Conflict, Request, detect_conflicts, list_requests
from dyno_core.database.engine import Database
from dyno_core.maintenance import list_windows
from dyno_core.period import Period
from dyno_core.reports.utilization import utilization
from dyno_core.ui.calendar_data import STATUS_WORDS, board_of
from dyno_core.ui.calendar_reading import Filters, Plan, read_all, read_lab
from dyno_core.ui.timeline import Bar, Row

MOST_BARS: Final = 20_000
"""More make no page that anybody could read; the table still takes them all."""


@dataclass(frozen=True, slots=True)
class CalendarView:
    """``title`` names the window, ``filters`` says what it was narrowed to; bars and lists are those of the window.

    ``colours`` is by test type as the catalogue writes it, ``tests`` the types in order.
    """

    title: str
    window: Period
    filters: tuple[str, ...]
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    allocations: tuple[Allocation, ...]
    conflicts: tuple[Conflict, ...]
    requests: tuple[Request, ...]
    colours: Mapping[str, str]
    tests: tuple[str, ...]
    today: date

    @property
    def heading(self) -> str:
        """``Calendar: May 2026``, or ``Calendar from 23 Nov``."""
        return f"Calendar: {self.title}".replace(": From", " from", 1)

    @property
    def facilities(self) -> dict[str, list[Row]]:
        """The rows of each facility, in the order in which they are drawn."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.facility, []).append(row)
        return found

    @property
    def test_types(self) -> list[str]:
        """Those that have a bar."""
        used = {bar.test_type for bar in self.bars if bar.kind == "test"}
        return [name for name in self.tests if name in used]

    @property
    def statuses(self) -> list[str]:
        """Those that have a bar, in the order of life."""
        used = {bar.status for bar in self.bars if bar.kind == "test"}
        return [status for status in STATUS_WORDS if status in used]


def read_view(database: Database, filters: Filters, window: Period, *, title: str, today: date) -> CalendarView:
    """Everything that is wanted in the window, where the page itself shows a part of a large plan."""
    lab = read_lab(database, today=today)
    allocations = read_all(database, filters, window)
    requests = list_requests(database, selection=filters.selection)
    plan = Plan(
        loaded=window,
        listed=allocations,
        count=len(allocations),
        allocations=allocations,
        windows=list_windows(database, period=window),
        conflicts=detect_conflicts(database, period=window),
        requests=requests,
        waiting=len(requests),
        wished=(),  # the band of the page; here `requests` are listed
        shares={
            row.dyno_id: row.utilization
            for row in utilization(database, window=window, by="dyno").rows
            if row.dyno_id is not None
        },
        cells=None,
    )
    board = board_of(lab, plan, filters, today=today)
    shown = {row.dyno_id for row in board.rows}
    return CalendarView(
        title=title,
        window=window,
        filters=filters_in_words(filters),
        rows=board.rows,
        bars=board.bars,
        allocations=tuple(one for one in allocations if one.dyno_id in shown),
        conflicts=board.conflicts,
        requests=requests,
        colours=lab.colours,
        tests=tuple(test.name for test in lab.test_types),
        today=today,
    )


def filters_in_words(filters: Filters) -> tuple[str, ...]:
    """``Facility: PGN, ATC``, one for each filter that is on."""
    asked = filters.selection
    chosen: dict[str, Sequence[object]] = {
        "Search": [f"“{asked.search}”"] if asked.search else (),
        "Facility": asked.facilities,
        "Test": asked.tests,
        "Program": asked.programs,
        "Status": [STATUS_WORDS[status] for status in asked.statuses],
        "Model year": asked.model_years,
        "Contact": asked.contacts,
        "Weight": asked.weights,
        "Drive": asked.drives,
    }
    told = [f"{name}: {', '.join(map(str, values))}" for name, values in chosen.items() if values]
    only = {"Only follow-ups": asked.follow_up, "Only conflicts": filters.only_conflicts}
    return (*told, *(words for words, is_on in only.items() if is_on))
