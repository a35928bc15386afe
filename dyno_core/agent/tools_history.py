"""The tool that tells who changed what, and when."""

from typing import Annotated, Any

from langchain_core.tools import tool

from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import vehicle_of
from dyno_core.agent.results import MOST_ROWS, done, listed
from dyno_core.agent.tools_read import Runtime, Tag, VehicleId, Vin
from dyno_core.audit import CHANNELS, AuditEntry, Names, history, history_of_vehicle, in_words, names_in
from dyno_core.booking import get_allocation
from dyno_core.period import say_day


@tool
def change_history(
    runtime: Runtime,
    allocation_id: Annotated[int | None, "The allocation's number, when one is asked about."] = None,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
) -> str:
    """Who changed an allocation or anything of a vehicle, when, from what to what, through what and why; newest first.

    For questions like “who cancelled 42?”, “what happened to 100W100?”, “why was it moved?”. Name the allocation or
    the vehicle.
    """
    context = runtime.context
    if allocation_id is not None:
        one = get_allocation(context.database, allocation_id)
        entity = "maintenance" if one.kind == "maintenance" else "allocation"
        entries = history(context.database, entity=entity, entity_id=one.id, limit=MOST_ROWS + 1)
        about = f"allocation {one.id}, {one.what}, now {one.status.replace('_', ' ')} on {one.dyno}, {one.period}"
    else:
        vehicle = vehicle_of(context.database, vehicle_id=vehicle_id, vin=vin, tag=tag)
        entries = history_of_vehicle(context.database, vehicle.id, limit=MOST_ROWS + 1)
        about = f"vehicle {vehicle.label}"
    names = names_in(context.database, entries)
    return done({"about": about} | listed("changes", [_told(context, entry, names) for entry in entries]))


def _told(context: AgentContext, entry: AuditEntry, names: Names) -> dict[str, Any]:
    at = entry.at.astimezone(context.now.tzinfo)
    return {
        "when": f"{say_day(at.date())}, {at:%H:%M}",
        "who": "you" if entry.actor == context.actor.email else entry.actor,
        "action": entry.action,
        "what": in_words(entry, names),
        "through": CHANNELS.get(entry.channel, entry.channel),
        "reason": entry.reason,
    }
