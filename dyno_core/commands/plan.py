"""Looking at the plan and changing it."""

import math
import re
from argparse import Namespace
from datetime import date
from typing import Any, Final

from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    allocate_vehicle,
    cancel_allocation,
    detect_conflicts,
    explain_unavailable,
    find_available_dynos,
    lateness,
    list_allocations,
    list_late,
    reschedule_allocation,
)
from dyno_core.commands.output import Row, print_record, print_rows
from dyno_core.errors import InvalidInput
from dyno_core.fleet import Dyno, Vehicle, find_vehicle, get_dyno, list_dynos, list_vehicles, resolve_test_type
from dyno_core.fleet.compatibility import WEIGHT_CLASSES, Requirement, drive_of, pounds, weight_class_of
from dyno_core.period import Period, parse_day
from dyno_core.start import App

_FROM_SHELL = Origin(OPERATOR, "api")
_WEIGHT_UNIT: Final = re.compile(r"\s*(lbs?|pounds?|kg)$", re.IGNORECASE)


def dynos(app: App, args: Namespace) -> None:
    rows = [_dyno(dyno) for dyno in list_dynos(app.database, today=app.clock.today())]
    print_rows(rows, as_json=args.json, nothing="There are no dynos yet.", shown=_dyno_shown)


def vehicles(app: App, args: Namespace) -> None:
    rows = [_vehicle(vehicle) for vehicle in list_vehicles(app.database)]
    print_rows(rows, as_json=args.json, nothing="There are no vehicles yet.")


def allocations(app: App, args: Namespace) -> None:
    first, last = _day(args.from_day), _day(args.to_day)
    found = list_allocations(
        app.database,
        period=Period(first, last) if first and last else None,
        from_day=first,
        to_day=last,
        statuses=[args.status] if args.status else [],
        dyno_id=get_dyno(app.database, args.dyno, today=app.clock.today()).id if args.dyno else None,
        vehicle_id=find_vehicle(app.database, args.vehicle).id if args.vehicle else None,
    )
    rows = [one.as_json() for one in found]
    print_rows(rows, as_json=args.json, nothing="There are no such allocations.", shown=_allocation_shown)


def free(app: App, args: Namespace) -> None:
    period = Period(parse_day(args.from_day), parse_day(args.to_day))
    requirement = Requirement(
        test_type=resolve_test_type(app.database, args.test),
        drive_type=drive_from(args.drive),
        weight_class=weight_from(args.weight),
    )
    period = Period.of(period.start, period.days)
    found = find_available_dynos(app.database, period=period, requirement=requirement)
    why = ""
    if not found and not args.json:
        why = explain_unavailable(app.database, requirement=requirement, period=period, actor=OPERATOR).sentence
    print_rows([dyno.as_json() for dyno in found], as_json=args.json, nothing=why)


def book(app: App, args: Namespace) -> None:
    allocation = allocate_vehicle(
        app.database,
        _FROM_SHELL,
        vehicle_id=find_vehicle(app.database, args.vehicle).id,
        start_date=parse_day(args.start),
        days=args.days,
        test_type=args.test,
        today=app.clock.today(),
        dyno=args.dyno,
        max_backup_days=args.backup_days,
        request_key=args.key,
    )
    print_record(allocation.as_json(), as_json=args.json)


def move(app: App, args: Namespace) -> None:
    allocation = reschedule_allocation(
        app.database,
        _FROM_SHELL,
        args.id,
        today=app.clock.today(),
        start_date=parse_day(args.start),
        dyno=args.dyno,
        reason="moved from the command line",
    )
    print_record(allocation.as_json(), as_json=args.json)


def cancel(app: App, args: Namespace) -> None:
    allocation = cancel_allocation(app.database, _FROM_SHELL, args.id, reason=args.reason)
    print_record(allocation.as_json(), as_json=args.json)


def conflicts(app: App, args: Namespace) -> None:
    found = detect_conflicts(app.database)
    rows = [conflict.as_json() for conflict in found]
    if not args.json:
        rows = [row | {"allocations": [one.id for one in found[n].allocations]} for n, row in enumerate(rows)]
    print_rows(rows, as_json=args.json, nothing="The plan has no conflicts.")


def late(app: App, args: Namespace) -> None:
    today = app.clock.today()
    rows = [
        one.as_json() | {"delay": lateness(one, today=today).sentence} for one in list_late(app.database, today=today)
    ]
    print_rows(rows, as_json=args.json, nothing="Nothing is late.", shown=_late_shown)


def drive_from(text: str) -> str:
    """2WD or AWD. Raises `InvalidInput`."""
    drive = drive_of(text)
    if drive is None:
        raise InvalidInput(f"“{text[:40]}” is not a drive type; give 2WD or AWD.", drive_type=text[:40])
    return drive


def weight_from(text: str) -> str:
    """A weight class from the class itself, from pounds, or from kilograms that say so. Raises `InvalidInput`."""
    if text.strip().upper() in WEIGHT_CLASSES:
        return text.strip().upper()
    number, in_kilograms = _WEIGHT_UNIT.sub("", text.strip()), text.strip().lower().endswith("kg")
    try:
        given = float(number.replace(",", ""))
    except ValueError:
        given = math.nan
    if not math.isfinite(given):
        raise InvalidInput(f"“{text[:40]}” is not a weight; give pounds, or <10K or >10K.", weight=text[:40])
    return weight_class_of(pounds(given) if in_kilograms else given)


def _day(text: str | None) -> date | None:
    return parse_day(text) if text else None


def _dyno(dyno: Dyno) -> dict[str, Any]:
    return {
        "id": dyno.id,
        "name": dyno.name,
        "facility": dyno.facility,
        "supported_weight_classes": list(dyno.supported_weight_classes),
        "supported_drives": list(dyno.supported_drives),
        "supported_test_types": list(dyno.supported_test_types),
        "excluded_combinations": list(dyno.excluded_combinations),
        "enabled": dyno.enabled,
    }


def _dyno_shown(dyno: Row) -> Row:
    return {
        "id": dyno["id"],
        "name": dyno["name"],
        "facility": dyno["facility"],
        "weights": dyno["supported_weight_classes"],
        "drives": dyno["supported_drives"],
        "tests": dyno["supported_test_types"],
        "enabled": dyno["enabled"],
        "except": dyno["excluded_combinations"] or None,
    }


def _late_shown(one: Row) -> Row:
    return {**_allocation_shown(one), "delay": one["delay"]}


def _allocation_shown(one: Row) -> Row:
    return {
        "id": one["id"],
        "dyno": one["dyno"],
        "vehicle": one["tag"] or one["vin"],
        "test": one["test_type"],
        "start": one["start_date"],
        "end": one["end_date"],
        "days": one["days"],
        "status": f"{one['status']}, disputed" if one["disputed"] else one["status"],
    }


def _vehicle(vehicle: Vehicle) -> dict[str, Any]:
    return {
        "id": vehicle.id,
        "vin": vehicle.vin,
        "tag": vehicle.tag,
        "program": vehicle.program,
        "weight_lbs": vehicle.weight_lbs,
        "weight_class": vehicle.weight_class,
        "drive_type": vehicle.drive_type,
    }
