"""When dynos are out for maintenance, planned or broken down."""

from dyno_core.maintenance.windows import (
    CATEGORIES,
    MaintenanceHitsAllocations,
    MaintenanceNotFound,
    MaintenanceWindow,
    Outage,
    cancel_maintenance,
    end_maintenance,
    list_windows,
    plan_maintenance,
)

__all__ = [
    "CATEGORIES",
    "MaintenanceHitsAllocations",
    "MaintenanceNotFound",
    "MaintenanceWindow",
    "Outage",
    "cancel_maintenance",
    "end_maintenance",
    "list_windows",
    "plan_maintenance",
]
