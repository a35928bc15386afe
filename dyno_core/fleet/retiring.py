"""Vehicles and test types that are not planned any more. Their history stays, and they can come back."""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet.drafts import checked_reason
from dyno_core.fleet.test_type_changes import lock_test_type
from dyno_core.fleet.test_types import as_test_type
from dyno_core.fleet.types import TestType, Vehicle
from dyno_core.fleet.vehicle_changes import lock_vehicle
from dyno_core.fleet.vehicles import as_vehicle

_TESTS: Final = "status IN ('tentative', 'scheduled', 'in_progress')"
_OF_VEHICLE: Final = text(f"""
    SELECT (SELECT count(*) FROM allocations WHERE vehicle_id = :key AND {_TESTS}) AS tests,
           (SELECT count(*) FROM requests WHERE vehicle_id = :key AND status = 'open') AS requests""")
_OF_TEST_TYPE: Final = text(f"""
    SELECT (SELECT count(*) FROM allocations WHERE test_type = :key AND {_TESTS}) AS tests,
           (SELECT count(*) FROM requests WHERE test_type = :key AND status = 'open') AS requests""")


class StillPlanned(DynoError):
    """Tests or requests that would lose what they are about."""

    code = "still_planned"

    def __init__(self, what: str, *, tests: int, requests: int) -> None:
        named = _named(tests, requests)
        super().__init__(
            f"{what} has {named}, so it can't be retired yet; complete, cancel or withdraw them first.",
            what=what,
            tests=tests,
            requests=requests,
        )


class RetiredVehicle(DynoError):
    """Tests or requests would become a vehicle's for which nothing can be planned."""

    code = "retired_vehicle"

    def __init__(self, vehicle: str, planned: str, *, instead: str) -> None:
        super().__init__(
            f"{vehicle} is retired, and {planned}, which could not be run; bring {vehicle} back on the Fleet page "
            f"first, or {instead}.",
            vehicle=vehicle,
        )


def still_planned(database: Database, one: Vehicle | TestType) -> StillPlanned | None:
    """Why it can't be retired now; None when it can."""
    with database.reading() as session:
        return _still_planned(session, one)


def retire_vehicle(
    database: Database, origin: Origin, vehicle_id: int, *, version: int, retired: bool = True, reason: str = ""
) -> Vehicle:
    """Nobody can book the vehicle or request a test for it any more; ``retired`` False brings it back.

    Raises `StillPlanned`, `VehicleNotFound`, `StaleVersion`, `NotAllowed`.
    """

    def change(session: Session) -> Vehicle:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = lock_vehicle(session, vehicle_id, version=version)
        if row.retired == retired:
            return as_vehicle(row)
        if retired and (problem := _still_planned(session, as_vehicle(row))):
            raise problem
        row.retired, row.version = retired, version + 1
        session.flush()
        _record(session, origin, "vehicle", row.id, retired=retired, reason=reason)
        return as_vehicle(row)

    return database.transact(change)


def retire_test_type(
    database: Database, origin: Origin, *, seen: TestType, retired: bool = True, reason: str = ""
) -> TestType:
    """Nobody can plan a test of this type any more; ``retired`` False brings it back.

    Raises `StillPlanned`, `TestTypeUnknown`, `StaleVersion`, `NotAllowed`.
    """

    def change(session: Session) -> TestType:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        row = lock_test_type(session, seen)
        if row.retired == retired:
            return seen
        if retired and (problem := _still_planned(session, seen)):
            raise problem
        row.retired = retired
        session.flush()
        _record(session, origin, "test_type", row.name, retired=retired, reason=reason)
        return as_test_type(row)

    return database.transact(change)


def planned_for(session: Session, vehicle: Vehicle) -> str:
    """What is running or to come for the vehicle, in words; empty when nothing is."""
    row = session.execute(_OF_VEHICLE, {"key": vehicle.id}).one()
    return _named(row.tests, row.requests)


def _still_planned(session: Session, one: Vehicle | TestType) -> StillPlanned | None:
    query, key, what = (
        (_OF_VEHICLE, one.id, one.label) if isinstance(one, Vehicle) else (_OF_TEST_TYPE, one.name, one.name)
    )
    row = session.execute(query, {"key": key}).one()
    return StillPlanned(what, tests=row.tests, requests=row.requests) if row.tests or row.requests else None


def _named(tests: int, requests: int) -> str:
    named = [f"{tests} test{'s' if tests > 1 else ''} running or to come"] if tests else []
    named += [f"{requests} request{'s' if requests > 1 else ''} without a dyno"] if requests else []
    return " and ".join(named)


def _record(session: Session, origin: Origin, entity: str, number: Any, *, retired: bool, reason: str) -> None:
    record(
        session, origin, action="retire" if retired else "bring_back", entity=entity, entity_id=number,
        before={"retired": not retired}, after={"retired": retired}, reason=checked_reason(reason),
    )  # fmt: skip
