"""The refusals of maintenance. Each carries what stands in the way as facts."""

from dyno_core.booking.errors import when
from dyno_core.booking.types import Allocation
from dyno_core.errors import DynoError, NotFound
from dyno_core.maintenance.types import MaintenanceWindow
from dyno_core.period import Period


class MaintenanceHitsAllocations(DynoError):
    """A window would run over what is booked and may not displace it, or over another window, which nothing displaces.

    ``hits``: either tests or windows, never both.
    """

    code = "maintenance_hits_allocations"

    def __init__(self, *, dyno: str, period: Period, hits: tuple[Allocation, ...]) -> None:
        named = ", ".join(f"{hit.what} {when(hit.period)} (allocation {hit.id})" for hit in hits[:3])
        more = f" and {len(hits) - 3} more" if len(hits) > 3 else ""
        way_out = (
            "change that window first or choose other days"
            if hits[0].kind == "maintenance"
            else "move them first, choose other days, or displace them"
        )
        super().__init__(
            f"{dyno} is taken on some days of {period} by {named}{more}; {way_out}.",
            dyno=dyno,
            hits=[hit.as_json() for hit in hits],
        )
        self.hits = hits


class AlreadyInMaintenance(DynoError):
    """A breakdown has no day that other windows do not cover already, so that there was nothing to store."""

    code = "already_in_maintenance"

    def __init__(self, *, dyno: str, period: Period, windows: tuple[MaintenanceWindow, ...]) -> None:
        super().__init__(
            f"{dyno} is in maintenance {when(period)} already ({'; '.join(one.named for one in windows)}), "
            "so nothing was stored; give the window another last day if it takes longer.",
            dyno=dyno,
            windows=[one.as_json() for one in windows],
        )
        self.windows = windows


class MaintenanceNotFound(NotFound):
    code = "maintenance_not_found"

    def __init__(self, window_id: int) -> None:
        super().__init__(
            f"There is no maintenance window {window_id}; look it up in the list of windows.", window_id=window_id
        )
