"""The tool that tells who changed what, and when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final

from langchain_core.tools import tool

from dyno_core.accounts.users import address_of
from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import optional_day, vehicle_of
from dyno_core.agent.results import MOST_ROWS, done, listed
from dyno_core.agent.tools_read import Runtime, Tag, VehicleId, Vin
from dyno_core.audit import (
    CHANNELS,
    AuditEntry,
    Names,
    Wanted,
    history,
    history_of_dyno,
    history_of_vehicle,
    in_words,
    latest,
    names_in,
)
from dyno_core.booking import get_allocation
from dyno_core.errors import InvalidInput
from dyno_core.fleet import get_dyno
from dyno_core.period import Period, say_day

_OF_THE_PLAN: Final = ("allocation", "maintenance", "request", "vehicle", "dyno")
"""What people, settings and feeds underwent is told on the page for it, to those who may see it."""

_LOOKED_THROUGH: Final = 5_000
"""Changes of one thing among which those of the asked days and person are looked for."""


@dataclass(frozen=True, slots=True)
class _When:
    """The days in which something was changed, as asked; both None for all."""

    first: date | None
    last: date | None
    context: AgentContext

    @property
    def since(self) -> datetime | None:
        return self._midnight(self.first)

    @property
    def before(self) -> datetime | None:
        return self._midnight(self.last + timedelta(days=1) if self.last else None)

    def _midnight(self, day: date | None) -> datetime | None:
        return datetime.combine(day, time(), self.context.now.tzinfo) if day else None

    def has(self, entry: AuditEntry) -> bool:
        return not (self.since and entry.at < self.since) and not (self.before and entry.at >= self.before)

    def __str__(self) -> str:
        if self.first and self.last:
            return f", changes of {Period(self.first, self.last)}"
        return f", changes since {say_day(self.first)}" if self.first else ""


@tool
def change_history(
    *,
    runtime: Runtime,
    allocation_id: Annotated[int | None, "The allocation's number, when one is asked about."] = None,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
    dyno: Annotated[str | None, "The dyno's name, when one is asked about."] = None,
    since: Annotated[str | None, "First day of the changes, YYYY-MM-DD; needed when nothing else is named."] = None,
    until: Annotated[str | None, "Last day of the changes, YYYY-MM-DD."] = None,
    mine: Annotated[bool, "True for only what the user changed themselves."] = False,
    person: Annotated[str | None, "Only what this person changed: a name or an e-mail address."] = None,
) -> str:
    """Who changed an allocation, a vehicle, a dyno or the plan, when, from what to what, through what and why.

    For questions like “who cancelled 42?”, “what happened to 100W100?”, “why was it moved?”, “what changed today?”.
    Name the allocation, the vehicle or the dyno, or for the whole plan the days; newest first.
    """
    context = runtime.context
    by = context.actor.email if mine else address_of(context.database, person) if person else None
    when = _When(optional_day(since), optional_day(until), context)
    most = _LOOKED_THROUGH if by or when.since or when.before else MOST_ROWS + 1
    if allocation_id is not None:
        one = get_allocation(context.database, allocation_id)
        entity = "maintenance" if one.kind == "maintenance" else "allocation"
        entries = history(context.database, entity=entity, entity_id=one.id, limit=most)
        about = f"allocation {one.id}, {one.what}, now {one.status.replace('_', ' ')} on {one.dyno}, {one.period}"
    elif vehicle_id is not None or vin or tag:
        vehicle = vehicle_of(context.database, vehicle_id=vehicle_id, vin=vin, tag=tag)
        entries = history_of_vehicle(context.database, vehicle.id, limit=most)
        about = f"vehicle {vehicle.label}"
    elif dyno:
        known = get_dyno(context.database, dyno, today=context.today)
        entries = history_of_dyno(context.database, known.id, since=when.since, before=when.before, limit=most)
        about = f"dyno {known.name}"
    else:
        entries, about = _of_the_plan(context, when, by=by), "the plan"
    told = [entry for entry in entries if when.has(entry) and by in (None, entry.actor)][: MOST_ROWS + 1]
    names = names_in(context.database, told)
    changes = listed("changes", [_told(context, entry, names) for entry in told])
    whose = "" if by is None else ", by you" if by == context.actor.email else f", by {by}"
    return done({"about": f"{about}{when}{whose}"} | changes)


def _of_the_plan(context: AgentContext, when: _When, *, by: str | None) -> tuple[AuditEntry, ...]:
    if when.since is None:
        raise InvalidInput("Say which allocation, vehicle or dyno is meant, or since when.")
    wanted = Wanted(person=by, since=when.since, before=when.before, entities=_OF_THE_PLAN)
    return latest(context.database, limit=MOST_ROWS + 1, wanted=wanted)


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
