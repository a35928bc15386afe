"""The tools that look things up. Their docstrings are written for the model that chooses among them."""

from datetime import timedelta
from typing import Annotated, Final

from langchain_core.tools import BaseTool, tool
from langgraph.prebuilt import ToolRuntime

from dyno_core.agent import query
from dyno_core.agent.context import AgentContext
from dyno_core.agent.lookups import (
    dyno_json,
    optional_day,
    period_of,
    requirement_of,
    vehicle_json,
    vehicle_of,
    why_no_window,
)
from dyno_core.agent.places import EVERY_WINDOW, Facility, NotOn, places_of
from dyno_core.agent.results import MOST_ROWS, done, listed
from dyno_core.booking import (
    detect_conflicts as find_conflicts,
)
from dyno_core.booking import (
    explain_unavailable as explain,
)
from dyno_core.booking import (
    find_available_dynos as find_dynos,
)
from dyno_core.booking import (
    find_next_windows,
    list_allocations,
)
from dyno_core.booking import (
    list_requests as read_requests,
)
from dyno_core.database.engine import Database
from dyno_core.fleet import Vehicle, search_vehicles
from dyno_core.fleet import get_dyno as read_dyno
from dyno_core.fleet import list_dynos as read_dynos
from dyno_core.maintenance import list_windows
from dyno_core.period import Period, say_day
from dyno_core.reports.utilization import as_json as utilization_json
from dyno_core.reports.utilization import utilization

_AHEAD_DAYS: Final = 90
MOST_WINDOWS: Final = 5
_SETTLED: Final = ("completed", "cancelled")
_STATUS_WORDS: Final = {
    "running": "in_progress", "in progress": "in_progress", "planned": "scheduled", "booked": "scheduled",
    "done": "completed", "finished": "completed", "canceled": "cancelled",
}  # fmt: skip

Runtime = ToolRuntime[AgentContext]
Day = Annotated[str, "A day as ISO date YYYY-MM-DD."]
VehicleId = Annotated[int | None, "The vehicle's number, when known."]
Vin = Annotated[str | None, "The vehicle's VIN, when known."]
Tag = Annotated[str | None, "The vehicle's tag, when known."]
WeightLbs = Annotated[float | None, "The vehicle's weight in pounds. Convert kilograms, never guess."]
WeightClass = Annotated[str | None, "Instead of the weight: <10K (up to 10,000 lb) or >10K."]
Drive = Annotated[str | None, "2WD or AWD."]
TestType = Annotated[str, "The test type as the user named it. Ask for it when it was not named; never assume one."]


@tool
def get_datetime_now(runtime: Runtime) -> str:
    """Today's date, weekday and time in the lab. Use it before you reckon with “today”, “tomorrow” or “next week”."""
    context = runtime.context
    return done({"today": context.today.isoformat(), "weekday": f"{context.today:%A}", "now": context.now.isoformat()})


@tool
def find_available_dynos(
    *,
    start_date: Day,
    end_date: Day,
    test_type: TestType,
    runtime: Runtime,
    weight_lbs: WeightLbs = None,
    drive_type: Drive = None,
    weight_class: WeightClass = None,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
    facility: Facility = None,
    not_on: NotOn = None,
) -> str:
    """The dynos that can run a test and are free for the whole period, best first.

    Name the vehicle, or give its weight (or weight class) and drive. Both days are included. An empty list means that
    none is free: call explain_unavailable for the reason and find_next_available_window for another time.
    """
    context = runtime.context
    period = period_of(start_date, end_date)
    _say(runtime, f"Looking for dynos that are free {period}")
    requirement, vehicle = requirement_of(
        context.database,
        test_type=test_type,
        vehicle_id=vehicle_id,
        vin=vin,
        tag=tag,
        weight_lbs=weight_lbs,
        weight_class=weight_class,
        drive_type=drive_type,
    )
    busy = _already_on(context.database, vehicle, period) if vehicle else ""
    found = find_dynos(context.database, period=period, requirement=requirement)
    places = places_of(context.database, facility=facility, not_on=not_on, today=context.today)
    meant = [option.as_json() for option in found if places is None or option.name in places.names]
    return done(listed("dynos", meant, note=busy))


def _already_on(database: Database, vehicle: Vehicle, period: Period) -> str:
    """That the vehicle itself has a place then, so that a free dyno is no use to it; else empty."""
    held = list_allocations(
        database, period=period, vehicle_id=vehicle.id, statuses=("scheduled", "in_progress"), limit=3
    )
    where = ", ".join(f"on {one.dyno} {Period(one.start_date, one.end_date)} (#{one.id})" for one in held)
    return f"{vehicle.label} itself is {where}, so it can't be elsewhere then." if where else ""


@tool
def check_vehicle_allocation(runtime: Runtime, vehicle_id: VehicleId = None, vin: Vin = None, tag: Tag = None) -> str:
    """Where and when a vehicle is booked: all its allocations that are not over, and the latest past ones.

    Use it to find the allocation id before moving or cancelling.
    """
    context = runtime.context
    vehicle = vehicle_of(context.database, vehicle_id=vehicle_id, vin=vin, tag=tag)
    _say(runtime, f"Looking up the allocations of {vehicle.label}")
    every = list_allocations(context.database, vehicle_id=vehicle.id)
    current = [one for one in every if one.status not in _SETTLED]
    past = [one for one in every if one.status in _SETTLED][-10:]
    shown = sorted([*past, *current], key=lambda one: (one.start_date, one.id))
    return done({"vehicle": vehicle_json(vehicle)} | listed("allocations", [one.as_json() for one in shown]))


@tool
def detect_conflicts(runtime: Runtime) -> str:
    """Everything in the plan that people have to settle: double bookings, vehicles booked twice, tests over
    maintenance, out of service, or on a dyno that can't run them. Those ahead first, then those that are past."""
    context = runtime.context
    _say(runtime, "Looking for conflicts")
    found = find_conflicts(context.database)
    ahead = [one for one in found if one.period.end >= context.today]
    past = [one for one in reversed(found) if one.period.end < context.today]
    rows = [
        {
            "kind": one.kind,
            "dyno": one.dyno,
            "first_day": one.period.start.isoformat(),
            "last_day": one.period.end.isoformat(),
            "allocation_ids": [allocation.id for allocation in one.allocations],
            "message": one.sentence,
        }
        for one in (*ahead, *past)
    ]
    note = f"{len(past)} of {len(found)} are past." if past else ""
    return done(listed("conflicts", rows, note=note))


@tool
def completed_tests_count(runtime: Runtime) -> str:
    """How many tests were completed in total. For those of one period, ask query_database."""
    return done({"completed_tests": query.count_completed(runtime.context.database)})


@tool
def get_tests_by_status(
    status: Annotated[str, "tentative, scheduled, in_progress, completed or cancelled."], runtime: Runtime
) -> str:
    """The tests of one status, by start. Completed and cancelled ones of the last 90 days only."""
    context = runtime.context
    wanted = " ".join(status.lower().replace("_", " ").split())
    wanted = _STATUS_WORDS.get(wanted, wanted.replace(" ", "_"))
    since = context.today - timedelta(days=_AHEAD_DAYS) if wanted in _SETTLED else None
    found = list_allocations(context.database, statuses=[wanted], from_day=since, limit=MOST_ROWS + 1)
    note = f"From {say_day(since)} on." if since else ""
    return done(listed("tests", [one.as_json() for one in found], note=note))


@tool
def maintenance_check(runtime: Runtime) -> str:
    """The maintenance windows of the next 90 days, with the dyno and the reason."""
    context = runtime.context
    period = Period(context.today, context.today + timedelta(days=_AHEAD_DAYS))
    found = list_windows(context.database, period=period)
    return done(listed("maintenance", [window.as_json() for window in found if window.status != "cancelled"]))


@tool
def query_database(
    sql: Annotated[str, "One PostgreSQL SELECT over the views of schema reporting, at most 200 rows."], runtime: Runtime
) -> str:
    """Answer a question that no other tool answers, with one SELECT over the reporting views.

    Write :me for the person you speak with: “my bookings” are the allocations with created_by = :me. Nothing can be
    changed this way. When the database refuses the query, mend it and try once more.
    """
    _say(runtime, "Asking the database")
    try:
        return done(query.run_query(runtime.context.database, sql, me=runtime.context.actor.email).as_json())
    except query.QueryRefused as refused:
        raise refused.knowing(runtime.context.lab().views) from refused


@tool
def list_dynos(runtime: Runtime) -> str:
    """All dynos with facility, what they can run, and whether they are in service today."""
    context = runtime.context
    return done(listed("dynos", [dyno_json(dyno) for dyno in read_dynos(context.database, today=context.today)]))


@tool
def get_dyno(name: Annotated[str, "The dyno's name, such as PGN 1."], runtime: Runtime) -> str:
    """One dyno: what it can run, its service, and what is planned on it in the next 90 days."""
    context = runtime.context
    dyno = read_dyno(context.database, name, today=context.today)
    planned = list_allocations(
        context.database,
        dyno_id=dyno.id,
        kind=None,
        statuses=["tentative", "scheduled", "in_progress"],
        from_day=context.today,
        to_day=context.today + timedelta(days=_AHEAD_DAYS),
    )
    rows = [
        {
            "id": one.id,
            "what": one.what,
            "start_date": one.start_date.isoformat(),
            "end_date": one.end_date.isoformat(),
            "status": one.status,
        }
        for one in planned
    ]
    return done({"dyno": dyno_json(dyno)} | listed("planned", rows))


@tool
def find_vehicle(text: Annotated[str, "A part of a VIN, tag, build id, program or contact."], runtime: Runtime) -> str:
    """Vehicles that match what the user remembers of them, with weight and drive."""
    found = search_vehicles(runtime.context.database, text, limit=20)
    return done(listed("vehicles", [vehicle_json(vehicle) for vehicle in found]))


@tool
def find_next_available_window(
    *,
    days: Annotated[int, "The number of days the test takes, 1 to 366."],
    test_type: TestType,
    runtime: Runtime,
    not_before: Annotated[str | None, "The earliest first day, YYYY-MM-DD; today when left out."] = None,
    weight_lbs: WeightLbs = None,
    drive_type: Drive = None,
    weight_class: WeightClass = None,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
    dyno: Annotated[str | None, "Only this dyno."] = None,
    facility: Facility = None,
    not_on: NotOn = None,
) -> str:
    """The earliest days on which a fitting dyno is free for long enough, within a year.

    Name the vehicle, or give its weight (or weight class) and drive.
    """
    context = runtime.context
    requirement, vehicle = requirement_of(
        context.database,
        test_type=test_type,
        vehicle_id=vehicle_id,
        vin=vin,
        tag=tag,
        weight_lbs=weight_lbs,
        weight_class=weight_class,
        drive_type=drive_type,
    )
    _say(runtime, "Searching the plan for the next free days")
    places = places_of(context.database, facility=facility, not_on=not_on, today=context.today)
    begin = max(optional_day(not_before) or context.today, context.today)
    dyno_id = read_dyno(context.database, dyno, today=context.today).id if dyno else None
    windows = find_next_windows(
        context.database,
        requirement=requirement,
        days=days,
        not_before=begin,
        vehicle_id=vehicle.id if vehicle else None,
        dyno_id=dyno_id,
        limit=EVERY_WINDOW if places else MOST_WINDOWS,
    )
    meant = [window for window in windows if places is None or window.dyno in places.names]
    if not meant:
        verdict = explain(context.database, requirement=requirement, period=Period.of(begin, days), dyno_id=dyno_id)
        return done(listed("windows", [], note=why_no_window(verdict, where=places.words if places else "")))
    return done({"windows": [window.as_json() for window in meant[:MOST_WINDOWS]]})


@tool
def explain_unavailable(
    *,
    start_date: Day,
    end_date: Day,
    test_type: TestType,
    runtime: Runtime,
    weight_lbs: WeightLbs = None,
    drive_type: Drive = None,
    weight_class: WeightClass = None,
    vehicle_id: VehicleId = None,
    vin: Vin = None,
    tag: Tag = None,
    dyno: Annotated[str | None, "Why this dyno can't be had; all dynos when left out."] = None,
) -> str:
    """Why no dyno (or not this one) can be had: how many fit, what rules the others out, who holds the fitting ones
    until when, the earliest window that would work, and the best ways out: tell those to the user."""
    context = runtime.context
    requirement, vehicle = requirement_of(
        context.database,
        test_type=test_type,
        vehicle_id=vehicle_id,
        vin=vin,
        tag=tag,
        weight_lbs=weight_lbs,
        weight_class=weight_class,
        drive_type=drive_type,
    )
    _say(runtime, "Looking at every dyno")
    verdict = explain(
        context.database,
        requirement=requirement,
        period=period_of(start_date, end_date),
        vehicle_id=vehicle.id if vehicle else None,
        dyno_id=read_dyno(context.database, dyno, today=context.today).id if dyno else None,
        actor=context.actor,
    )
    found = verdict.as_json()
    holders = [
        {
            "dyno": one.dyno,
            "held_by": one.what,
            "until": one.end_date.isoformat(),
            "allocation_id": one.id,
            "contact": one.contact or one.created_by,
        }
        for one in verdict.holders
    ]
    told = {"explanation": verdict.sentence, "fitting": len(verdict.fitting), "dynos": verdict.dynos}
    told |= {name: found[name] for name in ("excluded", "earliest", "ways_out", "ways_in_words")}
    return done(told | listed("holders", holders))


@tool
def utilization_report(start_date: Day, end_date: Day, runtime: Runtime) -> str:
    """How much of each dyno's capacity is booked in a period, and of the whole fleet. Utilization is 0 to 1, null
    without capacity. The fleet's figures leave out the places of a track, which are told beside them."""
    context = runtime.context
    _say(runtime, "Counting days")
    report = utilization(context.database, window=period_of(start_date, end_date), by="dyno")
    told = utilization_json(report)
    rows = told["rows"]
    assert isinstance(rows, list)
    parts = {"fleet": told["without_track"], "track": told["track"]} if "track" in told else {"fleet": told["fleet"]}
    return done(parts | listed("rows", rows))


@tool
def list_requests(runtime: Runtime) -> str:
    """The requests that have no dyno yet, most urgent first, with the reason why they are not placed."""
    found = read_requests(runtime.context.database, limit=MOST_ROWS + 1)
    return done(listed("requests", [request.as_json() for request in found]))


def _say(runtime: Runtime, text: str) -> None:
    runtime.stream_writer({"type": "progress", "text": f"{text} …"})


READS: Final[tuple[BaseTool, ...]] = (
    get_datetime_now,
    find_available_dynos,
    check_vehicle_allocation,
    detect_conflicts,
    completed_tests_count,
    get_tests_by_status,
    maintenance_check,
    query_database,
    list_dynos,
    get_dyno,
    find_vehicle,
    find_next_available_window,
    explain_unavailable,
    utilization_report,
    list_requests,
)
