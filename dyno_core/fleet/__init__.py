"""The lab's dynos and vehicles, its test types, and which dyno can run what."""

from dyno_core.fleet.dynos import get_dyno, list_dynos, load_dyno, load_dynos
from dyno_core.fleet.errors import (
    DynoNotFound,
    TestTypeUnknown,
    VehicleAmbiguous,
    VehicleIncomplete,
    VehicleNotFound,
)
from dyno_core.fleet.test_types import (
    get_test_type,
    list_test_types,
    load_test_types,
    pick_test_type,
    resolve_test_type,
)
from dyno_core.fleet.types import Dyno, Rule, TestType, Vehicle
from dyno_core.fleet.vehicles import (
    find_vehicle,
    get_vehicle,
    list_vehicles,
    load_vehicle,
    requirement_for,
    search_reference,
    search_vehicles,
)

__all__ = [
    "Dyno",
    "DynoNotFound",
    "Rule",
    "TestType",
    "TestTypeUnknown",
    "Vehicle",
    "VehicleAmbiguous",
    "VehicleIncomplete",
    "VehicleNotFound",
    "find_vehicle",
    "get_dyno",
    "get_test_type",
    "get_vehicle",
    "list_dynos",
    "list_test_types",
    "list_vehicles",
    "load_dyno",
    "load_dynos",
    "load_test_types",
    "load_vehicle",
    "pick_test_type",
    "requirement_for",
    "resolve_test_type",
    "search_reference",
    "search_vehicles",
]
