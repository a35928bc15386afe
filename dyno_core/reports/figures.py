"""What the utilization reports give back, and the buckets they count days in.

For a dyno and a window W, in whole days, first and last day included:

- ``in_service_days``: W ∩ its service periods
- ``capacity_days``: in service − maintenance − holidays − weekends, when these are left out
- ``booked_days``: days of W on which at least one test allocation, neither cancelled nor tentative, stands on it.
  A disputed day is one day, however many vehicles claim it.
- ``booked_in_capacity_days``: booked ∩ capacity; the rest of the booked days is ``outside_days``
- ``maintenance_days``: days that maintenance took from the capacity, so that capacity + maintenance is the time
  in service without holidays (and weekends)
- ``utilization``: booked ∩ capacity ÷ capacity, None (n/a) without capacity

Places of a track are dynos like any other, and twenty of them would drown the machines in a figure of the fleet:
``include_pools`` False leaves out the dynos at the facilities of `POOLS`, in every row and in the fleet.

Figures of several dynos are sums of days, and their utilization is the quotient of the sums, never a mean of quotients.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from dyno_core.errors import InvalidInput
from dyno_core.period import Period

By = Literal["dyno", "week", "month", "facility", "test", "program"]
GROUPINGS: Final[tuple[By, ...]] = ("dyno", "week", "month", "facility", "test", "program")
LONGEST_WINDOW: Final = 1096
"""Days: three years, a leap year among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Days of one dyno, or sums over several; the module says what each figure means."""

    in_service_days: int = 0
    capacity_days: int = 0
    booked_days: int = 0
    booked_in_capacity_days: int = 0
    maintenance_days: int = 0

    @property
    def outside_days(self) -> int:
        return self.booked_days - self.booked_in_capacity_days

    @property
    def utilization(self) -> float | None:
        """0 to 1, or None when there is no capacity."""
        return self.booked_in_capacity_days / self.capacity_days if self.capacity_days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilizationRow(Figures):
    """Figures and what they belong to: ``key`` is stable (``2026-W09``, a dyno's name), ``label`` is for people."""

    key: str
    label: str
    dyno_id: int | None = None
    facility: str | None = None
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class UtilizationReport:
    """One row per ``by``, idle ones included, and the fleet. Without rows: dynos never in service nor booked in W.

    By test and by program, capacity is the fleet's in each row: their utilization is the share of it that they took.
    A day counts once per dyno and test type, so that rows add up to the fleet except where two test types dispute
    a dyno's day: both rows have it, the fleet has it once.
    """

    by: By
    window: Period
    include_weekends: bool
    rows: tuple[UtilizationRow, ...]
    fleet: UtilizationRow


@dataclass(frozen=True, slots=True)
class UtilizationGrid:
    """Dynos × ISO weeks: ``cells[dyno][week]`` in the order of ``dynos`` and ``weeks``."""

    window: Period
    include_weekends: bool
    dynos: tuple[UtilizationRow, ...]
    weeks: tuple[UtilizationRow, ...]
    cells: tuple[tuple[Figures, ...], ...]
    fleet: UtilizationRow


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of a window with its own row: ``period`` is what of it lies in the window."""

    key: str
    label: str
    period: Period


def check_window(window: Period) -> None:
    """Raises `InvalidInput` for more than three years."""
    if window.days > LONGEST_WINDOW:
        raise InvalidInput(
            f"{window.days} days are too many for one report; choose a period of up to three years.", days=window.days
        )


def week_key(day: date) -> str:
    """``2026-W09``, the ISO week of ``day``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def month_key(day: date) -> str:
    """``2026-03``."""
    return f"{day:%Y-%m}"


def weeks_of(window: Period) -> tuple[Bucket, ...]:
    """The ISO weeks that ``window`` touches, the first and the last clipped to it."""
    monday = window.start - timedelta(days=window.start.weekday())
    periods = _cut(window, (monday + timedelta(days=7 * n) for n in range((window.end - monday).days // 7 + 1)))
    return tuple(Bucket(week_key(period.start), f"W{period.start.isocalendar().week}", period) for period in periods)


def months_of(window: Period) -> tuple[Bucket, ...]:
    """The months that ``window`` touches, the first and the last clipped to it."""
    return tuple(
        Bucket(month_key(period.start), f"{period.start:%b %Y}", period)
        for period in _cut(window, _month_starts(window))
    )


def total(rows: Iterable[Figures]) -> Figures:
    """Σ of days; utilization follows as Σ ÷ Σ."""
    kept = tuple(rows)
    return Figures(
        in_service_days=sum(row.in_service_days for row in kept),
        capacity_days=sum(row.capacity_days for row in kept),
        booked_days=sum(row.booked_days for row in kept),
        booked_in_capacity_days=sum(row.booked_in_capacity_days for row in kept),
        maintenance_days=sum(row.maintenance_days for row in kept),
    )


def row_of(
    figures: Figures,
    *,
    key: str,
    label: str | None = None,
    dyno_id: int | None = None,
    facility: str | None = None,
    period: Period | None = None,
) -> UtilizationRow:
    return UtilizationRow(
        key=key,
        label=label or key,
        dyno_id=dyno_id,
        facility=facility,
        period=period,
        in_service_days=figures.in_service_days,
        capacity_days=figures.capacity_days,
        booked_days=figures.booked_days,
        booked_in_capacity_days=figures.booked_in_capacity_days,
        maintenance_days=figures.maintenance_days,
    )


def in_order(rows: Iterable[UtilizationRow]) -> tuple[UtilizationRow, ...]:
    """By facility, then name as people count: PGN 2 before PGN 10. Rows with nothing to tell are left out."""
    told = (row for row in rows if row.in_service_days or row.booked_days)
    return tuple(sorted(told, key=lambda row: (row.facility or "", natural_key(row.key))))


def largest_first(rows: Iterable[UtilizationRow]) -> tuple[UtilizationRow, ...]:
    """The most booked days first."""
    return tuple(sorted(rows, key=lambda row: (-row.booked_days, natural_key(row.key))))


def natural_key(name: str) -> tuple[tuple[int, str], ...]:
    """A sort key that reads digits as numbers."""
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name) if part)


def _cut(window: Period, starts: Iterable[date]) -> Iterator[Period]:
    firsts = [max(start, window.start) for start in starts]
    lasts = [following - timedelta(days=1) for following in firsts[1:]] + [window.end]
    return map(Period, firsts, lasts)


def _month_starts(window: Period) -> Iterator[date]:
    month = window.start.replace(day=1)
    while month <= window.end:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)
