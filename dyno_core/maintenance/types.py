"""What maintenance gives back: frozen, ready to show."""

from dataclasses import dataclass
from datetime import date

from dyno_core.booking.errors import when
from dyno_core.booking.types import Allocation
from dyno_core.period import Period


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """``series_id``: the same for all windows that were planned as one that comes back."""

    id: int
    dyno_id: int
    dyno: str
    facility: str
    start_date: date
    end_date: date
    status: str
    category: str
    reason: str
    recurrence: str | None
    created_by: str
    version: int
    series_id: int | None = None

    @property
    def period(self) -> Period:
        return Period(self.start_date, self.end_date)

    @property
    def named(self) -> str:
        """``window 7, calibration from … to …``."""
        return f"window {self.id}, {self.category} {when(self.period)}"

    def as_json(self) -> dict[str, object]:
        return {
            "id": self.id,
            "dyno": self.dyno,
            "start_date": self.start_date.isoformat(),
            "end_date": self.end_date.isoformat(),
            "category": self.category,
            "reason": self.reason,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True)
class Outage:
    """The new windows, at least one, soonest first.

    ``displaced``: the allocations they ran over; they are disputed now and need another place. ``covered_by``: windows
    that stood there before a breakdown and hold the rest of its days.
    """

    windows: tuple[MaintenanceWindow, ...]
    displaced: tuple[Allocation, ...]
    covered_by: tuple[MaintenanceWindow, ...] = ()

    @property
    def window(self) -> MaintenanceWindow:
        """The first of the new windows, for most outages the only one."""
        return self.windows[0]

    @property
    def sentence(self) -> str:
        """What is so now, and what others have to do about it."""
        said = f"{self.window.dyno} is in maintenance for {' and '.join(str(one.period) for one in self.windows)}."
        if self.covered_by:
            said += f" The other days were covered already: {'; '.join(one.named for one in self.covered_by)}."
        if self.displaced:
            said += f" {len(self.displaced)} displaced: see the conflicts."
        return said
