"""Matching, booking, changing and explaining allocations, and the requests that have none yet."""

from dyno_core.booking.accepting import accept_conflict, take_back
from dyno_core.booking.allocations import allocate_vehicle
from dyno_core.booking.availability import find_available_dynos, find_next_window, find_next_windows
from dyno_core.booking.chain_list import ChainInBrief, chains_in_brief
from dyno_core.booking.chains import Chain, Leg, get_chain, list_chains
from dyno_core.booking.changes import (
    cancel_allocation,
    complete_allocation,
    confirm_allocation,
    extend_allocation,
    reschedule_allocation,
    restore_allocation,
    start_allocation,
    swap_allocations,
)
from dyno_core.booking.conflicts import Conflict, detect_conflicts
from dyno_core.booking.desk import Acceptance, DeskConflict, WorkList, list_desk
from dyno_core.booking.durations import (
    DRIVER_MILES_PER_DAY,
    DYNO_MILES_PER_DAY,
    Duration,
    Mileage,
    days_for,
    duration_of,
)
from dyno_core.booking.exchange import Exchanged, RoomMaker, book_in_exchange, place_in_exchange
from dyno_core.booking.explain import Explanation, explain_unavailable
from dyno_core.booking.history import DatesChange, dates_history
from dyno_core.booking.lateness import Lateness, first_plan, lateness, list_late
from dyno_core.booking.notes import FollowUp, list_follow_ups, note_allocation, note_request
from dyno_core.booking.occupancy import Occupied, count_allocations, occupancy
from dyno_core.booking.reading import get_allocation, list_allocations
from dyno_core.booking.request_changes import RequestDraft, edit_request, file_requests, prioritize
from dyno_core.booking.requests import (
    Request,
    create_request,
    get_request,
    list_requests,
    place_request,
)
from dyno_core.booking.selection import Selection
from dyno_core.booking.settled import Settled, as_way_out, settle, undo_settled
from dyno_core.booking.settling import Settlement, ways_to_settle
from dyno_core.booking.shifts import SHORTEST_GAP, LegShift, RequestShift, Shift, preview_shift, reached
from dyno_core.booking.together import Moved, RequestStep, Step, move_together
from dyno_core.booking.types import Allocation, DynoOption, Window
from dyno_core.booking.ways_out import Exchange, WayOut
from dyno_core.booking.withdrawing import reopen_requests, withdraw_requests

__all__ = [
    "DRIVER_MILES_PER_DAY",
    "DYNO_MILES_PER_DAY",
    "SHORTEST_GAP",
    "Acceptance",
    "Allocation",
    "Chain",
    "ChainInBrief",
    "Conflict",
    "DatesChange",
    "DeskConflict",
    "Duration",
    "DynoOption",
    "Exchange",
    "Exchanged",
    "Explanation",
    "FollowUp",
    "Lateness",
    "Leg",
    "LegShift",
    "Mileage",
    "Moved",
    "Occupied",
    "Request",
    "RequestDraft",
    "RequestShift",
    "RequestStep",
    "RoomMaker",
    "Selection",
    "Settled",
    "Settlement",
    "Shift",
    "Step",
    "WayOut",
    "Window",
    "WorkList",
    "accept_conflict",
    "allocate_vehicle",
    "as_way_out",
    "book_in_exchange",
    "cancel_allocation",
    "chains_in_brief",
    "complete_allocation",
    "confirm_allocation",
    "count_allocations",
    "create_request",
    "dates_history",
    "days_for",
    "detect_conflicts",
    "duration_of",
    "edit_request",
    "explain_unavailable",
    "extend_allocation",
    "file_requests",
    "find_available_dynos",
    "find_next_window",
    "find_next_windows",
    "first_plan",
    "get_allocation",
    "get_chain",
    "get_request",
    "lateness",
    "list_allocations",
    "list_chains",
    "list_desk",
    "list_follow_ups",
    "list_late",
    "list_requests",
    "move_together",
    "note_allocation",
    "note_request",
    "occupancy",
    "place_in_exchange",
    "place_request",
    "preview_shift",
    "prioritize",
    "reached",
    "reopen_requests",
    "reschedule_allocation",
    "restore_allocation",
    "settle",
    "start_allocation",
    "swap_allocations",
    "take_back",
    "undo_settled",
    "ways_to_settle",
    "withdraw_requests",
]
