"""The named questions that are answered by SQL over the reporting views. Pure: text out, nothing is run.

Values come from messages, so every one goes through `quoted` or is a number or a date.
"""

from dataclasses import replace
from datetime import date

from dyno_core.agent.models.offline.slots import Slots
from dyno_core.booking.lateness import is_late_in_sql

ME = ":me"
"""The person who asks; `query_database` puts their address in its place."""
TOLD_APART = ("completed", "cancelled", "tentative")
"""The statuses by which the plan is narrowed, when one is named."""
_COLUMNS = "id, dyno, facility, vehicle_id, vin, tag, test_type, leg, start_date, end_date, status, disputed"


def quoted(text: str) -> str:
    return "'" + text.replace("\x00", "").replace("'", "''") + "'"


def _allocations(*conditions: str) -> str:
    where = " and ".join(condition for condition in conditions if condition)
    return f"select {_COLUMNS} from reporting.allocations where {where} order by start_date, dyno"


def _on_dyno(slots: Slots, *, name: str = "dyno") -> str:
    """The dyno, the facility, and none of those that are left out. ``name``: the column of the dyno's name."""
    if slots.dyno:
        return f"{name} = {quoted(slots.dyno)}"
    at = [_stands_at(slots.facility, name)] if slots.facility else []
    return " and ".join([*at, *(f"not {_stands_at(place, name)}" for place in slots.avoided)])


def _stands_at(place: str, name: str) -> str:
    return f"({name} = {quoted(place)} or facility = {quoted(place)} or {name} like {quoted(place + ' %')})"


def _of_test(slots: Slots) -> str:
    return f"test_type = {quoted(slots.test_type)}" if slots.test_type else ""


def _of_program(slots: Slots) -> str:
    """The program, the model year, or both."""
    program = [f"upper(program) = upper({quoted(slots.program)})"] if slots.program else []
    year = [f"model_year = {slots.model_year:d}"] if slots.model_year else []
    return " and ".join([*program, *year])


def _of_vehicle(slots: Slots, *, id_column: str) -> str:
    for name, value in slots.vehicle.items():
        column = id_column if name == "vehicle_id" else name
        return f"{column} = {value:d}" if isinstance(value, int) else f"upper({column}) = upper({quoted(value)})"
    return ""


def _by_person(slots: Slots) -> str:
    return f"created_by = {ME}" if slots.mine else ""


def one_allocation(number: int) -> str:
    return f"select {_COLUMNS}, source, created_by from reporting.allocations where id = {number:d}"


def running_now(slots: Slots, *, today: date) -> str:
    """On the dynos today: what is in progress, and what the plan has there."""
    planned = f"status = 'scheduled' and start_date <= '{today}' and end_date >= '{today}'"
    return _allocations(
        f"(status = 'in_progress' or ({planned}))",
        _on_dyno(slots),
        _of_test(slots),
        _of_program(slots),
        _by_person(slots),
    )


def starting(slots: Slots) -> str:
    return _allocations(
        f"start_date between '{slots.start}' and '{slots.end or slots.start}'",
        "status <> 'cancelled'",
        _on_dyno(slots),
        _of_test(slots),
        _of_program(slots),
        _by_person(slots),
    )


def late(slots: Slots, *, today: date) -> str:
    """Should have started or ended before today and has not."""
    return _allocations(
        is_late_in_sql(today=f"'{today}'", row=""),
        _on_dyno(slots),
        _of_test(slots),
        _of_program(slots),
        _by_person(slots),
    )


def plan(slots: Slots, *, today: date) -> str:
    """What stands in the plan in the named period, from today on when none was named."""
    status = f"status = {quoted(slots.status)}" if slots.status in TOLD_APART else ""
    end = "" if slots.end is None and slots.start is None else f"start_date <= '{slots.end or slots.start}'"
    if slots.window == "from":
        end = ""
    start = f"end_date >= '{slots.start or today}'"
    return _allocations(
        end,
        start,
        status or "status <> 'cancelled'",
        _on_dyno(slots),
        _of_test(slots),
        _of_program(slots),
        _of_vehicle(slots, id_column="vehicle_id"),
        _by_person(slots),
    )


def of_status(slots: Slots) -> str:
    """All of a status, past ones too: on the named dynos, of the named test or program, or booked by the person."""
    narrowed = (_on_dyno(slots), _of_test(slots), _of_program(slots), _by_person(slots))
    return _allocations(f"status = {quoted(slots.status or '')}", *narrowed)


def completed_in(slots: Slots) -> str:
    """How many ended as completed in the named period; ever, when none was named."""
    window = f"end_date between '{slots.start}' and '{slots.end or slots.start}'" if slots.start else ""
    narrowed = (_on_dyno(slots), _of_test(slots), _of_program(slots), _by_person(slots))
    where = " and ".join(filter(None, ("status = 'completed'", window, *narrowed)))
    return f"select count(*) as completed_tests from reporting.allocations where {where}"


_COUNTED_BY = {
    "facility": "facility",
    "dyno": "dyno",
    "program": "program",
    "status": "status",
    "contact": "contact",
    "week": "date_trunc('week', start_date)::date",
    "month": "date_trunc('month', start_date)::date",
    "test_type": "test_type",
}


def counted(by: str, slots: Slots) -> str:
    """Allocations that are not cancelled, counted by one of the keys of `_COUNTED_BY`; weeks begin on Mondays."""
    column = _COUNTED_BY[by]
    name = f"{by}_of" if by in ("week", "month") else by
    shown = f"{column} as {name}" if name != column else column
    window = f"start_date <= '{slots.end or slots.start}' and end_date >= '{slots.start}'" if slots.start else ""
    where = " and ".join(
        filter(
            None,
            (
                "status <> 'cancelled'",
                window,
                _on_dyno(slots),
                _of_test(slots),
                _of_program(slots),
                _by_person(slots),
            ),
        )
    )
    return (
        f"select {shown}, count(*) as allocations, count(*) filter (where status = 'completed') as completed "
        f"from reporting.allocations where {where} group by {name} order by {name}"
    )


def holders(slots: Slots, *, today: date) -> str:
    """What stands on one dyno from the first named day (else today) on; also that it is out of service."""
    first = slots.start or today
    until = "" if slots.window == "from" or not slots.start else f" and start_date <= '{slots.end or slots.start}'"
    dyno = quoted(slots.dyno or "")
    where = f"dyno = {dyno} and end_date >= '{first}'{until} and status <> 'cancelled'"
    return (
        "select 'test' as kind, id, dyno, tag, vin, vehicle_id, test_type, contact, null as reason, "
        f"start_date, end_date, status from reporting.allocations where {where} union all "
        "select 'maintenance', id, dyno, null, null, null, null, null, coalesce(nullif(reason, ''), category), "
        f"start_date, end_date, status from reporting.maintenance where {where} union all "
        "select 'out of service', null, name, null, null, null, null, null, null, null, null, null "
        f"from reporting.dynos where name = {dyno} and not in_service order by start_date nulls first"
    )


def free_days(slots: Slots) -> str:
    """The stretches of days in the period on which nothing is planned on a dyno in service, the longest first."""
    first, last = slots.start, slots.end or slots.start
    where = "x.dyno = d.name and x.start_date <= p.last and x.end_date >= p.first and x.status"
    there = _on_dyno(replace(slots, dyno=None), name="d.name")
    at = f" and {there}" if there else ""
    return (
        "select d.name as dyno, d.facility, lower(gap) as free_from, upper(gap) - 1 as free_until, "
        "upper(gap) - lower(gap) as days, d.supported_weight_classes, d.supported_drives, d.supported_test_types "
        f"from (select date '{first}' as first, date '{last}' as last) p cross join reporting.dynos d "
        "cross join lateral (select range_agg(daterange(h.start_date, h.end_date, '[]')) as days from ("
        f"select x.start_date, x.end_date from reporting.allocations x where {where} not in ('cancelled', 'tentative') "
        f"union all select x.start_date, x.end_date from reporting.maintenance x where {where} <> 'cancelled') h) held "
        "cross join lateral unnest(datemultirange(daterange(p.first, p.last, '[]')) "
        "- coalesce(held.days, datemultirange())) gap "
        f"where d.in_service{at} order by days desc, free_from, d.facility, d.name"
    )


def ending(slots: Slots) -> str:
    return _allocations(
        f"end_date between '{slots.start}' and '{slots.end or slots.start}'",
        "status <> 'cancelled'",
        _on_dyno(slots),
        _of_test(slots),
        _of_program(slots),
        _by_person(slots),
    )


def vehicles_like(drive: str | None, weight_class: str | None, model_year: int | None) -> str:
    """The vehicles of a drive, a weight class, a model year, or all. The words are our own, never the user's."""
    conditions = [f"drive_type = '{drive}'"] if drive else []
    conditions += [f"model_year = {model_year:d}"] if model_year else []
    conditions += [f"weight_class = '{weight_class}'"] if weight_class else []
    return (
        "select id, tag, vin, program, model_year, weight_class, drive_type from reporting.vehicles "
        f"where {' and '.join(conditions) or 'true'} order by tag, id"
    )


def incomplete_vehicles(column: str) -> str:
    """Vehicles that lack something, named by one of our own words."""
    return (
        "select id, tag, vin, program, weight_class, drive_type, contact from reporting.vehicles "
        f"where {column} is null order by tag, id"
    )


def vehicle_details(number: int) -> str:
    return (
        "select id, vin, tag, program, model_year, weight_lbs, weight_class, drive_type, contact "
        f"from reporting.vehicles where id = {number:d}"
    )


def contact_of(slots: Slots) -> str:
    """The contact of a vehicle: of its row, and of its allocations where the plan names another."""
    if slots.allocation_id is not None:
        return f"select id, vin, tag, program, contact from reporting.allocations where id = {slots.allocation_id:d}"
    return f"select id, vin, tag, program, contact from reporting.vehicles where {_of_vehicle(slots, id_column='id')}"
