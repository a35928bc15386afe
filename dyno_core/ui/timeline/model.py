"""What the timeline draws and what it reports back: plain frozen values, no Streamlit."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from dyno_core.period import Period

STATUSES = ("tentative", "scheduled", "in_progress", "completed", "cancelled")
"""In the order of the numbers that the browser gets."""


@dataclass(frozen=True, slots=True)
class Row:
    """One dyno. Rows are drawn in the order given, grouped by ``facility``.

    ``detail`` is the grey text after the name, such as ``AWD · <10K``.
    ``utilization`` is a share of the window, 0 to 1; None when it can't be told (no capacity).
    """

    dyno_id: int
    name: str
    facility: str
    detail: str
    utilization: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One allocation or maintenance window on a dyno, ``start`` to ``end``, both days included.

    ``label`` is cut at `` · `` when there is no room: ``T-104 · COLD``, then ``T-104``, then its end; ``vehicle 61``
    becomes ``61``.
    ``tooltip`` may hold line breaks. ``movable`` is whether this person may drag it; completed and
    cancelled bars never move.
    """

    allocation_id: int
    dyno_id: int
    start: date
    end: date
    kind: Literal["test", "maintenance"]
    test_type: str
    status: str
    disputed: bool
    conflict: bool
    label: str
    tooltip: str
    version: int
    movable: bool = True

    @property
    def period(self) -> Period:
        """Raises `InvalidInput` when the bar ends before it starts."""
        return Period(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Cell:
    """How full one dyno is in one stretch of days, counted from 0: shares of its days, 0 to 1.

    ``clash``: whether something clashes on any of these days.
    """

    dyno_id: int
    bucket: int
    booked: float
    down: float
    clash: bool


@dataclass(frozen=True, slots=True)
class Occupancy:
    """What stands in for the bars of a plan too large to send: ``period`` cut into stretches of ``step`` days.

    The dynos ``with_bars`` have all their bars as well, and show these. When others come into view, a `View` asks for
    theirs, unless more than ``bars_within`` days are in view: then bars could not be told apart.
    """

    period: Period
    step: int
    cells: tuple[Cell, ...]
    with_bars: frozenset[int]
    bars_within: int


@dataclass(frozen=True, slots=True)
class Wish:
    """A request that has no dyno yet, drawn in a band above the rows on the days it wishes for, both included.

    ``label`` and ``tooltip``: as those of a `Bar`.
    """

    request_id: int
    start: date
    end: date
    test_type: str
    label: str
    tooltip: str
    version: int


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody dragged a bar: the dyno and days asked for, and the version it had when it was drawn."""

    allocation_id: int
    dyno_id: int
    start: date
    end: date
    version: int


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody opened a bar, by mouse or by Enter."""

    allocation_id: int


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody dragged a request from the band to a dyno: the first day asked for, and the version it was drawn in."""

    request_id: int
    dyno_id: int
    start: date
    version: int


@dataclass(frozen=True, slots=True)
class WishClick:
    """Somebody opened a request of the band, by mouse or by Enter; ``version`` is the one it was drawn in."""

    request_id: int
    version: int


@dataclass(frozen=True, slots=True)
class EmptyClick:
    """Somebody clicked a free day of a dyno."""

    dyno_id: int
    day: date


@dataclass(frozen=True, slots=True)
class View:
    """Days and dynos that came into view and were not loaded, or not with their bars."""

    start: date
    end: date
    dyno_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """What is folded: these facilities and, where ``band``, the requests without a dyno."""

    facilities: tuple[str, ...] = ()
    band: bool = False


TimelineEvent = Move | Place | Click | WishClick | EmptyClick | View | Folded
