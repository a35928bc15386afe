"""When dynos are out for maintenance, planned or broken down."""

from dyno_core.maintenance.errors import AlreadyInMaintenance, MaintenanceHitsAllocations, MaintenanceNotFound
from dyno_core.maintenance.recurring import Hit, Recurrence, plan_recurring, preview_recurring
from dyno_core.maintenance.series import (
    SeriesChange,
    cancel_series,
    change_series,
    preview_series,
    recurrence_of,
    series_from,
)
from dyno_core.maintenance.types import MaintenanceWindow, Outage
from dyno_core.maintenance.windows import (
    CATEGORIES,
    cancel_maintenance,
    end_maintenance,
    list_windows,
    plan_maintenance,
)

__all__ = [
    "CATEGORIES",
    "AlreadyInMaintenance",
    "Hit",
    "MaintenanceHitsAllocations",
    "MaintenanceNotFound",
    "MaintenanceWindow",
    "Outage",
    "Recurrence",
    "SeriesChange",
    "cancel_maintenance",
    "cancel_series",
    "change_series",
    "end_maintenance",
    "list_windows",
    "plan_maintenance",
    "plan_recurring",
    "preview_recurring",
    "preview_series",
    "recurrence_of",
    "series_from",
]
