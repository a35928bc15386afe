"""Maintenance that comes back: every second Monday, six times. All of its windows or none."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin
from dyno_core.booking.exchange import Within
from dyno_core.booking.locks import lock_places
from dyno_core.booking.reading import blocking
from dyno_core.booking.types import Allocation
from dyno_core.database.engine import Database
from dyno_core.database.models import MaintenanceRow
from dyno_core.errors import InvalidInput
from dyno_core.fleet.dynos import load_dyno
from dyno_core.maintenance.types import Outage
from dyno_core.maintenance.windows import plan_maintenance
from dyno_core.period import LAST_DAY, Period

MOST_TIMES: Final = 104
LONGEST_WEEKS: Final = 52


@dataclass(frozen=True, slots=True)
class Recurrence:
    """``first``, and again ``every_weeks`` weeks later, ``times`` times in all."""

    first: Period
    every_weeks: int
    times: int

    @property
    def periods(self) -> tuple[Period, ...]:
        """Raises `InvalidInput` when they would overlap, are too many, or run out of the calendar."""
        if not 1 <= self.times <= MOST_TIMES or not 1 <= self.every_weeks <= LONGEST_WEEKS:
            raise InvalidInput(
                f"A window can come back every 1 to {LONGEST_WEEKS} weeks, up to {MOST_TIMES} times; give such numbers."
            )
        Period.of(self.first.start, self.first.days)
        days = 7 * self.every_weeks
        if self.times > 1 and self.first.days > days:
            raise InvalidInput(
                f"A window of {self.first.days} days can't come back after {days}; give fewer days or more weeks."
            )
        if (LAST_DAY - self.first.end).days < days * (self.times - 1):
            raise InvalidInput("The last of these windows lies outside the years 2000 to 2099; give fewer times.")
        return tuple(self.first.shifted(days * number) for number in range(self.times))

    def __str__(self) -> str:
        every = "every week" if self.every_weeks == 1 else f"every {self.every_weeks} weeks"
        return f"{every}, {self.times} times"


@dataclass(frozen=True, slots=True)
class Hit:
    """One of the windows, and what stands on its days: tests and other windows."""

    period: Period
    allocations: tuple[Allocation, ...]


def preview_recurring(database: Database, *, dyno: str, periods: Sequence[Period], today: date) -> tuple[Hit, ...]:
    """What each window would run over. Raises `DynoNotFound`."""
    span = Period(min(one.start for one in periods), max(one.end for one in periods))
    with database.reading() as session:
        target = load_dyno(session, dyno, today=today)
        standing = blocking(session, span, dyno_id=target.id)
    return tuple(Hit(one, tuple(each for each in standing if each.period.overlaps(one))) for one in periods)


def plan_recurring(
    database: Database,
    origin: Origin,
    *,
    dyno: str,
    recurrence: Recurrence,
    category: str,
    today: date,
    reason: str = "",
    displace: bool = False,
) -> tuple[Outage, ...]:
    """Plan all windows in one transaction. Raises what `plan_maintenance` raises for any of them, and stores none."""
    periods = recurrence.periods

    def change(session: Session) -> tuple[Outage, ...]:
        authorize(session, origin.actor, Permission.EDIT_MAINTENANCE)
        lock_places(session, dyno_ids=[load_dyno(session, dyno, today=today).id])
        within = Within(database, session)
        outages = [
            plan_maintenance(
                within, origin, dyno=dyno, period=one, category=category, today=today, reason=reason,
                displace=displace, recurrence=str(recurrence),
            )
            for one in periods
        ]  # fmt: skip
        own = [window.id for outage in outages for window in outage.windows]
        series = update(MaintenanceRow).where(MaintenanceRow.allocation_id.in_(own)).values(series_id=own[0])
        session.execute(series)
        return tuple(
            replace(outage, windows=tuple(replace(window, series_id=own[0]) for window in outage.windows))
            for outage in outages
        )

    return database.transact(change)
