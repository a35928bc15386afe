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

    ``label`` is cut at `` · `` when there is no room: ``T-104 · COLD``, then ``T-104``, then nothing.
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
class EmptyClick:
    """Somebody clicked a free day of a dyno."""

    dyno_id: int
    day: date


@dataclass(frozen=True, slots=True)
class View:
    """Days that came into view and lie, in part, outside those that were loaded."""

    start: date
    end: date


TimelineEvent = Move | Click | EmptyClick | View
