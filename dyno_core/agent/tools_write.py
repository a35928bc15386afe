"""The tools that change the plan. They run only after a person said yes to exactly what was shown."""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from langchain_core.tools import BaseTool, tool

from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import optional_day
from dyno_core.agent.places import Facility, NotOn
from dyno_core.agent.results import done
from dyno_core.agent.tools_read import Day, Runtime, Tag, TestType, VehicleId, Vin
from dyno_core.audit.log import history
from dyno_core.booking import (
    Allocation,
    RoomMaker,
    allocate_vehicle,
    get_allocation,
)
from dyno_core.booking import (
    book_in_exchange as exchange,
)
from dyno_core.booking import (
    cancel_allocation as cancel,
)
from dyno_core.booking import (
    reschedule_allocation as reschedule,
)
from dyno_core.booking.errors import DynoBusy, NoDynoAvailable
from dyno_core.errors import DatabaseUnavailable, DynoError, Misconfigured, StaleVersion
from dyno_core.period import parse_day

AllocationId = Annotated[int, "The allocation's number; look it up with check_vehicle_allocation, never guess it."]

DaysToComplete = Annotated[int, "How many days, first and last included, 1 to 366."]
T = TypeVar("T")


@tool
def auto_allocate_vehicle(
    *,
    start_date: Day,
    days_to_complete: DaysToComplete,
    test_type: TestType,
    runtime: Runtime,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
    backup: Annotated[bool, "True when the user accepts a later start."] = False,
    max_backup_days: Annotated[int | None, "How many days later it may start; 7 when the user did not say."] = None,
    dyno: Annotated[str | None, "Only when the user asked for this dyno; else the best one is chosen."] = None,
    facility: Facility = None,
    not_on: NotOn = None,
) -> str:
    """Book a vehicle onto the best dyno that fits and is free. The user is asked for a yes before anything is written.

    Call it once vehicle, first day, number of days and test type are known; do not ask for a yes yourself.
    """
    del vehicle_id, vin, tag, start_date, days_to_complete, test_type, backup, max_backup_days, dyno, facility, not_on
    context, bound = runtime.context, _bound(runtime)
    runtime.stream_writer({"type": "progress", "text": f"Booking {bound['dyno']} …"})

    def book() -> Allocation:
        wish = _wish(context, bound, _request_key(runtime))
        return allocate_vehicle(context.database, context.origin, **wish)

    try:
        allocation = _once_more(book)
    except (DynoBusy, NoDynoAvailable) as taken:
        raise _meanwhile(bound, taken) from taken
    return done(_receipt("Booked", allocation))


@tool
def book_in_exchange(
    *,
    start_date: Day,
    days_to_complete: DaysToComplete,
    test_type: TestType,
    dyno: Annotated[str, "The dyno that is wanted."],
    other_allocation_id: Annotated[int, "The allocation that holds it and would move, as the way out names it."],
    other_dyno: Annotated[str, "The dyno to which that one would move, as the way out names it."],
    runtime: Runtime,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
) -> str:
    """Book a vehicle onto a dyno whose present test moves to another dyno. The user is asked for a yes first.

    Only for an exchange that explain_unavailable or a refused booking offered, and only when the user chose it.
    """
    del start_date, days_to_complete, test_type, dyno, other_allocation_id, other_dyno, vehicle_id, vin, tag
    context, bound = runtime.context, _bound(runtime)
    runtime.stream_writer({"type": "progress", "text": f"Booking {bound['dyno']} by exchange …"})
    room = RoomMaker(bound["allocation_ids"][0], to_dyno=bound["other_dyno"], version=bound["other_version"])
    made = _once_more(
        lambda: exchange(context.database, context.origin, room=room, **_wish(context, bound, _request_key(runtime)))
    )
    moved = made.moved
    receipt = _receipt("Booked", made.booked)
    receipt["receipt"] += f" For it, allocation {moved.id}, {moved.what}, moved to {moved.dyno}, {moved.period}."
    return done(receipt | {"moved": moved.as_json()})


@tool
def reschedule_allocation(
    *,
    allocation_id: AllocationId,
    runtime: Runtime,
    start_date: Annotated[str | None, "The new first day, YYYY-MM-DD; the end moves along."] = None,
    end_date: Annotated[str | None, "The new last day, YYYY-MM-DD. Give this or days, not both."] = None,
    days: Annotated[int | None, "The new number of days."] = None,
    dyno: Annotated[str | None, "The new dyno; left out, it stays."] = None,
    reason: Annotated[str, "Why, in the user's words."] = "",
    facility: Facility = None,
    not_on: NotOn = None,
) -> str:
    """Move an allocation to other days, another length or another dyno. The user is asked for a yes first.

    With a facility or dynos that are not wanted it stays on its dyno where that will do, else takes the best free one.
    """
    del facility, not_on
    context, bound = runtime.context, _bound(runtime)
    try:
        allocation = reschedule(
            context.database,
            context.origin,
            allocation_id,
            today=context.today,
            start_date=optional_day(start_date),
            end_date=optional_day(end_date),
            days=days,
            dyno=bound.get("dyno") or dyno or None,
            version=bound["version"],
            reason=reason,
        )
    except StaleVersion as stale:
        allocation = _already(context, allocation_id, bound["version"], "move", stale)
    return done(_receipt("Moved", allocation))


@tool
def cancel_allocation(
    allocation_id: AllocationId,
    reason: Annotated[str, "Why, in the user's words; “requested in chat” when none was given."],
    runtime: Runtime,
) -> str:
    """Cancel an allocation, which frees its dyno. The user is asked for a yes first."""
    context, bound = runtime.context, _bound(runtime)
    try:
        allocation = cancel(context.database, context.origin, allocation_id, reason=reason, version=bound["version"])
    except StaleVersion as stale:
        allocation = _already(context, allocation_id, bound["version"], "cancel", stale)
    return done(_receipt("Cancelled", allocation))


def _bound(runtime: Runtime) -> dict[str, Any]:
    """What the person said yes to. Without it nothing is written, whoever calls."""
    proposals = runtime.state.get("proposals") or {}
    proposal = proposals.get(runtime.tool_call_id)
    if not proposal or "bound" not in proposal:
        raise Misconfigured("This change was never shown to anybody, so it was not made; ask for it again.")
    bound: dict[str, Any] = proposal["bound"]
    return bound


def _request_key(runtime: Runtime) -> str:
    return runtime.context.request_key(runtime.state["messages"][-1].id or "", runtime.tool_call_id or "")


def _wish(context: AgentContext, bound: dict[str, Any], request_key: str) -> dict[str, Any]:
    return {
        "vehicle_id": bound["vehicle_id"],
        "start_date": parse_day(bound["start_date"]),
        "days": bound["days"],
        "test_type": bound["test_type"],
        "today": context.today,
        "dyno": bound["dyno"],
        "request_key": request_key,
    }


def _once_more(work: Callable[[], T]) -> T:
    """Do it, and again when the connection broke in the middle: the request key tells whether it was done already."""
    try:
        return work()
    except DatabaseUnavailable:
        return work()


def _receipt(verb: str, allocation: Allocation) -> dict[str, Any]:
    sentence = (
        f"{verb}: allocation {allocation.id}, {allocation.what} on {allocation.dyno} ({allocation.facility}), "
        f"{allocation.period}."
    )
    return {"receipt": sentence, "allocation": allocation.as_json()}


def _meanwhile(bound: dict[str, Any], taken: DynoError) -> DynoError:
    """Somebody was faster than the yes. Nothing else is booked instead: the yes was for what the card showed."""
    ways = "; ".join(way["sentence"] for way in taken.facts.get("ways_out", ()))
    in_words = f"What would work: {ways}." if ways else ""
    return NoDynoAvailable(
        f"Somebody took {bound['dyno']} while you were deciding, so nothing was booked. {in_words or taken.message}",
        **taken.facts | {"ways_in_words": in_words},
    )


def _already(context: AgentContext, allocation_id: int, version: int, action: str, stale: StaleVersion) -> Allocation:
    """The result of this very change when it was made before, and only its answer was lost in a crash."""
    now = get_allocation(context.database, allocation_id)
    latest = next(iter(history(context.database, entity="allocation", entity_id=allocation_id, limit=1)), None)
    ours = latest is not None and latest.action == action and latest.conversation_id == context.thread_id
    if ours and now.version == version + 1:
        return now
    raise stale


WRITE_TOOLS: Final[tuple[BaseTool, ...]] = (
    auto_allocate_vehicle,
    book_in_exchange,
    reschedule_allocation,
    cancel_allocation,
)
