"""When a dyno is in service: dated periods, never a mere yes or no, so that the past stays told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.database.models import ServicePeriodRow
from dyno_core.errors import InvalidInput
from dyno_core.period import FIRST_DAY, LAST_DAY, Period, say_day

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class ServicePeriod:
    """``end`` None = until further notice."""

    start: date
    end: date | None
    reason: str = ""

    @property
    def last(self) -> date:
        return self.end or LAST_DAY

    def __str__(self) -> str:
        return f"{say_day(self.start)} to {say_day(self.end)}" if self.end else f"{say_day(self.start)} on"


def service_periods(database: Database, dyno_id: int) -> tuple[ServicePeriod, ...]:
    """All periods in which the dyno was, is or will be in service, earliest first."""
    with database.reading() as session:
        return load_periods(session, dyno_id)


def with_service(
    periods: Iterable[ServicePeriod], *, in_service: bool, from_day: date, to_day: date | None, reason: str = ""
) -> tuple[ServicePeriod, ...]:
    """The periods with the days from ``from_day`` to ``to_day`` put in or cut out. Pure.

    Put in, they are joined with the periods they touch, whose reason stays.
    """
    check_days(from_day, to_day)
    change = ServicePeriod(from_day, to_day, reason)
    if not in_service:
        return tuple(sorted(part for period in periods for part in _without(period, change)))
    kept = []
    for period in sorted(periods):
        # Joined at a distance of one day, too: there is no day between them.
        if period.last + _DAY < change.start or (change.end is not None and period.start > change.end + _DAY):
            kept.append(period)
        else:
            ends = None if period.end is None or change.end is None else max(period.end, change.end)
            change = ServicePeriod(min(period.start, change.start), ends, period.reason or change.reason)
    return tuple(sorted([*kept, change]))


def serves(periods: Iterable[ServicePeriod], period: Period) -> bool:
    """Whether one of the periods covers the whole ``period``."""
    return any(served.start <= period.start and period.end <= served.last for served in periods)


def load_periods(session: Session, dyno_id: int) -> tuple[ServicePeriod, ...]:
    rows = session.execute(
        select(ServicePeriodRow.start_date, ServicePeriodRow.end_date, ServicePeriodRow.reason)
        .where(ServicePeriodRow.dyno_id == dyno_id)
        .order_by(ServicePeriodRow.start_date)
    )
    return tuple(ServicePeriod(row.start_date, row.end_date, row.reason) for row in rows)


def store_periods(session: Session, dyno_id: int, periods: Sequence[ServicePeriod]) -> None:
    """Replace the dyno's periods. The audit row of the change keeps what they were."""
    session.execute(delete(ServicePeriodRow).where(ServicePeriodRow.dyno_id == dyno_id))
    session.add_all(
        ServicePeriodRow(dyno_id=dyno_id, start_date=period.start, end_date=period.end, reason=period.reason)
        for period in periods
    )
    session.flush()


def _without(period: ServicePeriod, cut: ServicePeriod) -> list[ServicePeriod]:
    if period.last < cut.start or cut.last < period.start:
        return [period]
    parts = []
    if period.start < cut.start:
        parts.append(replace(period, end=cut.start - _DAY))
    if cut.end is not None and cut.end < period.last:
        parts.append(replace(period, start=cut.end + _DAY))
    return parts


def check_days(from_day: date, to_day: date | None) -> None:
    """Raises `InvalidInput`."""
    if not FIRST_DAY <= from_day <= (to_day or LAST_DAY) <= LAST_DAY:
        raise InvalidInput(
            "The last day lies before the first, or they lie outside the years 2000 to 2099; give other days.",
            from_day=from_day.isoformat(),
            to_day=None if to_day is None else to_day.isoformat(),
        )
