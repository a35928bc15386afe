"""What tool arguments mean: which vehicle, which test on which kind of vehicle, which days; and how both are told."""

from datetime import date
from typing import Any

from dyno_core.booking import Explanation
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import Dyno, Vehicle, find_vehicle, get_vehicle, requirement_for, resolve_test_type
from dyno_core.fleet.compatibility import HEAVY, LIGHT, WEIGHT_CLASSES, Requirement, drive_of, weight_class_of
from dyno_core.period import Period, parse_day, say_day, say_days

_WEIGHT_WORDS = {
    "light": LIGHT, "<10k": LIGHT, "under 10k": LIGHT, "<=10k": LIGHT, "heavy": HEAVY, ">10k": HEAVY, "over 10k": HEAVY,
}  # fmt: skip


def why_no_window(verdict: Explanation, *, where: str) -> str:
    """Why a year holds no days for a wish, and what next. ``where``: the dynos left open, see `Places`; or empty."""
    why = verdict.why if verdict.wished else verdict.counted
    if not verdict.fitting or (verdict.wished and verdict.wished not in verdict.fitting):
        return f"{why} Check the vehicle's data, or ask a planner."
    there = f"on {verdict.wished}" if verdict.wished else f"on a dyno {where}" if where else "on any of them"
    days = say_days(verdict.period.days)
    first = say_day(verdict.period.start)
    return (
        f"{why} Within a year from {first} there are no {days} in a row {there}; try fewer days"
        f"{' or other dynos' if where or verdict.wished else ''}, or ask a planner."
    )


def period_of(start_date: str, end_date: str) -> Period:
    """Raises `InvalidInput` for days that don't exist and for an end before the start."""
    return Period(parse_day(start_date), parse_day(end_date))


def vehicle_of(database: Database, *, vehicle_id: int | None, vin: str | None, tag: str | None) -> Vehicle:
    """The one vehicle named. Raises `InvalidInput` when none is, `VehicleNotFound`, `VehicleAmbiguous`."""
    if vehicle_id is not None:
        return get_vehicle(database, vehicle_id)
    if reference := (vin or tag or "").strip():
        return find_vehicle(database, reference)
    raise InvalidInput("No vehicle was named; ask for its VIN, its tag or its number.")


def test_type_of(database: Database, test_type: str | None) -> str:
    """A missing test type is asked for, never assumed: the wrong dyno damages a vehicle."""
    if not (test_type or "").strip():
        raise InvalidInput("No test type was named; ask which test it is.")
    return resolve_test_type(database, test_type or "")


def requirement_of(
    database: Database,
    *,
    test_type: str | None,
    vehicle_id: int | None = None,
    vin: str | None = None,
    tag: str | None = None,
    weight_lbs: float | None = None,
    weight_class: str | None = None,
    drive_type: str | None = None,
) -> tuple[Requirement, Vehicle | None]:
    """What the test asks of a dyno, from a known vehicle or from weight and drive; and the vehicle, when named."""
    test = test_type_of(database, test_type)
    if vehicle_id is not None or vin or tag:
        vehicle = vehicle_of(database, vehicle_id=vehicle_id, vin=vin, tag=tag)
        return requirement_for(vehicle, test), vehicle
    return Requirement(test, _drive(drive_type), _weight(weight_lbs, weight_class)), None


def _drive(drive_type: str | None) -> str:
    if not (drive_type or "").strip():
        raise InvalidInput("The drive is missing; ask whether the vehicle has 2WD or AWD, or which vehicle it is.")
    found = drive_of(drive_type or "")
    if found is None:
        raise InvalidInput(f"“{(drive_type or '')[:40]}” is not a drive; give 2WD or AWD.")
    return found


def _weight(weight_lbs: float | None, weight_class: str | None) -> str:
    if weight_lbs is not None:
        return weight_class_of(weight_lbs)
    if not (weight_class or "").strip():
        raise InvalidInput("The weight is missing; ask for the vehicle's weight in pounds, or which vehicle it is.")
    said = (weight_class or "").strip()
    found = said if said in WEIGHT_CLASSES else _WEIGHT_WORDS.get(said.lower())
    if found is None:
        raise InvalidInput(f"“{said[:40]}” is not a weight class; give {LIGHT} or {HEAVY}.")
    return found


def optional_day(text: str | None) -> date | None:
    return parse_day(text) if text and text.strip() else None


def dyno_json(dyno: Dyno) -> dict[str, Any]:
    return {
        "id": dyno.id,
        "name": dyno.name,
        "facility": dyno.facility,
        "in_service": dyno.enabled,
        "test_types": ", ".join(dyno.supported_test_types),
        "drives": ", ".join(dyno.supported_drives),
        "weight_classes": ", ".join(dyno.supported_weight_classes),
        "except_for": ", ".join(token.replace("|", " ") for token in dyno.excluded_combinations),
    }


def vehicle_json(vehicle: Vehicle) -> dict[str, Any]:
    return {
        "id": vehicle.id,
        "vin": vehicle.vin,
        "tag": vehicle.tag,
        "program": vehicle.program,
        "weight_lbs": vehicle.weight_lbs,
        "weight_class": vehicle.weight_class,
        "drive_type": vehicle.drive_type,
        "contact": vehicle.contact,
    }
