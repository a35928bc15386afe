"""The lab's dynos and vehicles, its test types, and which dyno can run what."""

from dyno_core.fleet.drafts import DynoDraft, RuleDraft, TestTypeDraft, VehicleDraft
from dyno_core.fleet.dyno_changes import add_dyno, edit_dyno, retire_dyno
from dyno_core.fleet.dynos import get_dyno, list_dynos, load_dyno, load_dynos
from dyno_core.fleet.errors import (
    DynoNotFound,
    TestTypeUnknown,
    VehicleAmbiguous,
    VehicleIncomplete,
    VehicleNotFound,
)
from dyno_core.fleet.preview import (
    Broken,
    broken_by_capabilities,
    broken_by_length,
    broken_by_merge,
    broken_by_service,
    broken_by_vehicle,
)
from dyno_core.fleet.rules import (
    DynoChange,
    RulesPreview,
    list_rules,
    load_rules,
    preview_rules,
    set_rules,
    table_version,
)
from dyno_core.fleet.service import ServicePeriod, service_periods, set_service
from dyno_core.fleet.test_type_changes import add_test_type, edit_test_type
from dyno_core.fleet.test_types import (
    get_test_type,
    list_test_types,
    load_test_types,
    pick_test_type,
    resolve_test_type,
)
from dyno_core.fleet.types import POOLS, Dyno, Rule, TestType, Vehicle, VehicleChoices
from dyno_core.fleet.vehicle_changes import VehiclesClash, add_vehicle, edit_vehicle, identify_vehicle, merge_vehicles
from dyno_core.fleet.vehicles import (
    find_vehicle,
    get_vehicle,
    list_vehicles,
    load_vehicle,
    requirement_for,
    search_reference,
    search_vehicles,
    vehicle_choices,
)

__all__ = [
    "POOLS",
    "Broken",
    "Dyno",
    "DynoChange",
    "DynoDraft",
    "DynoNotFound",
    "Rule",
    "RuleDraft",
    "RulesPreview",
    "ServicePeriod",
    "TestType",
    "TestTypeDraft",
    "TestTypeUnknown",
    "Vehicle",
    "VehicleAmbiguous",
    "VehicleChoices",
    "VehicleDraft",
    "VehicleIncomplete",
    "VehicleNotFound",
    "VehiclesClash",
    "add_dyno",
    "add_test_type",
    "add_vehicle",
    "broken_by_capabilities",
    "broken_by_length",
    "broken_by_merge",
    "broken_by_service",
    "broken_by_vehicle",
    "edit_dyno",
    "edit_test_type",
    "edit_vehicle",
    "find_vehicle",
    "get_dyno",
    "get_test_type",
    "get_vehicle",
    "identify_vehicle",
    "list_dynos",
    "list_rules",
    "list_test_types",
    "list_vehicles",
    "load_dyno",
    "load_dynos",
    "load_rules",
    "load_test_types",
    "load_vehicle",
    "merge_vehicles",
    "pick_test_type",
    "preview_rules",
    "requirement_for",
    "resolve_test_type",
    "retire_dyno",
    "search_reference",
    "search_vehicles",
    "service_periods",
    "set_rules",
    "set_service",
    "table_version",
    "vehicle_choices",
]
