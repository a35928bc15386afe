"""The planner's timeline: dynos as rows, allocations and maintenance windows as bars."""

from dyno_core.ui.timeline.component import timeline
from dyno_core.ui.timeline.model import (
    STATUSES,
    Bar,
    Cell,
    Click,
    EmptyClick,
    Folded,
    Move,
    Occupancy,
    Place,
    Row,
    TimelineEvent,
    View,
    Wish,
    WishClick,
)
from dyno_core.ui.timeline.palette import NEUTRAL, PALETTE, Colour, colour_of

__all__ = [
    "NEUTRAL",
    "PALETTE",
    "STATUSES",
    "Bar",
    "Cell",
    "Click",
    "Colour",
    "EmptyClick",
    "Folded",
    "Move",
    "Occupancy",
    "Place",
    "Row",
    "TimelineEvent",
    "View",
    "Wish",
    "WishClick",
    "colour_of",
    "timeline",
]
