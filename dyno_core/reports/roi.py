"""What the agent saves, from stored allocations and visible assumptions only.

An allocation counts when it was made through the agent (source ``chat``) and was not cancelled since; by the lab's
calendar it belongs to the month in which it was made.

- hours saved = allocations × minutes saved ÷ 60, savings = hours × rate
- annualised savings = savings ÷ days observed × 365. Observed is from the window's start, or without a window from
  the first such allocation, to the window's end or today, whichever is earlier, both days included.
- ROI % = annualised savings ÷ investment × 100, None without an investment
- payback months = investment ÷ (annualised savings ÷ 12), None when nothing is saved
- low and high are the same with 25 % fewer and 25 % more minutes saved per allocation
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import text

from dyno_core.database.engine import Database
from dyno_core.period import Period
from dyno_core.reports.assumptions import Assumptions, load_assumptions, save_assumptions
from dyno_core.reports.figures import check_window, month_key, months_of
from dyno_core.telemetry import track_performance

__all__ = [
    "SPREAD",
    "Assumptions",
    "RoiReport",
    "as_json",
    "cents",
    "load_assumptions",
    "reckon",
    "roi",
    "save_assumptions",
]

UTC: Final = ZoneInfo("UTC")
SPREAD: Final = Decimal("0.25")
"""How far the low and the high scenario lie from the expected minutes saved."""

_MADE_PER_DAY: Final = """
SELECT CAST(created_at AT TIME ZONE :zone AS date) AS day, count(*) AS made
FROM allocations
WHERE kind = 'test' AND source = 'chat' AND status <> 'cancelled'
GROUP BY 1 ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a number of allocations saved."""

    allocations: int
    hours_saved: Decimal
    savings_usd: Decimal


@dataclass(frozen=True, slots=True)
class MonthSaved:
    """One month's own figure, ``month`` its first day; not a running total, not an extrapolation."""

    month: date
    saved: Saved


@dataclass(frozen=True, slots=True)
class Scenario:
    """The whole window under one assumption of minutes saved. Money in US dollars, unrounded."""

    minutes_saved: Decimal
    total: Saved
    annualised_savings_usd: Decimal
    roi_percent: Decimal | None
    payback_months: Decimal | None


@dataclass(frozen=True, slots=True)
class RoiReport:
    """``observed`` is None when nothing was observed yet: no allocation through the agent, or a window to come."""

    window: Period | None
    observed: Period | None
    assumptions: Assumptions
    months: tuple[MonthSaved, ...]
    low: Scenario
    expected: Scenario
    high: Scenario


@track_performance("reports", "roi")
def roi(
    database: Database, *, window: Period | None, assumptions: Assumptions, today: date, tz: ZoneInfo = UTC
) -> RoiReport:
    """The savings of ``window``, or since the first allocation made through the agent.

    ``tz`` decides which day and month an allocation was made in. Raises `InvalidInput` over three years.
    """
    if window is not None:
        check_window(window)
    with database.reading() as session:
        made = {row.day: row.made for row in session.execute(text(_MADE_PER_DAY), {"zone": tz.key})}
    return reckon(made, window=window, assumptions=assumptions, today=today)


def reckon(made: Mapping[date, int], *, window: Period | None, assumptions: Assumptions, today: date) -> RoiReport:
    """The report from the number of allocations made on each day."""
    counted = {day: number for day, number in made.items() if window is None or window.contains(day)}
    observed = _observed(counted, window, today)
    shown = window or observed
    allocations = sum(counted.values())
    low, expected, high = (
        _scenario(allocations, assumptions.minutes_saved * factor, assumptions, observed)
        for factor in (1 - SPREAD, Decimal(1), 1 + SPREAD)
    )
    return RoiReport(
        window=window,
        observed=observed,
        assumptions=assumptions,
        months=_months(counted, shown, assumptions) if shown else (),
        low=low,
        expected=expected,
        high=high,
    )


def saved_by(allocations: int, *, minutes: Decimal, rate: Decimal) -> Saved:
    """hours = allocations × minutes ÷ 60; savings = hours × rate, divided last so that it stays exact."""
    return Saved(
        allocations=allocations,
        hours_saved=allocations * minutes / 60,
        savings_usd=allocations * minutes * rate / 60,
    )


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def as_json(report: RoiReport) -> dict[str, Any]:
    """Hours to six decimals, money to the cent, percent and months to one decimal; None stays null."""
    window = report.window or report.observed
    observed = report.observed
    return {
        "window": {
            "from": window.start.isoformat() if window else None,
            "to": window.end.isoformat() if window else None,
            "observed_days": observed.days if observed else 0,
        },
        "assumptions": report.assumptions.as_json(),
        "months": [{"month": month_key(each.month), **_saved_json(each.saved)} for each in report.months],
        "total": _saved_json(report.expected.total),
        **_rates_json(report.expected),
        "low": _scenario_json(report.low),
        "expected": _scenario_json(report.expected),
        "high": _scenario_json(report.high),
    }


def _observed(counted: Iterable[date], window: Period | None, today: date) -> Period | None:
    days = sorted(counted)
    start = window.start if window else (days[0] if days else None)
    # Where the clock was set back (DYNO_TODAY), allocations carry days to come; what was made was observed.
    end = max([today, *days[-1:]])
    if window is not None:
        end = min(end, window.end)
    return Period(start, end) if start is not None and start <= end else None


def _months(counted: Mapping[date, int], shown: Period, assumptions: Assumptions) -> tuple[MonthSaved, ...]:
    return tuple(
        MonthSaved(
            month=bucket.period.start.replace(day=1),
            saved=saved_by(
                sum(number for day, number in counted.items() if bucket.period.contains(day)),
                minutes=assumptions.minutes_saved,
                rate=assumptions.hourly_rate_usd,
            ),
        )
        for bucket in months_of(shown)
    )


def _scenario(allocations: int, minutes: Decimal, assumptions: Assumptions, observed: Period | None) -> Scenario:
    saved = saved_by(allocations, minutes=minutes, rate=assumptions.hourly_rate_usd)
    annualised = saved.savings_usd * 365 / observed.days if observed else Decimal(0)
    investment = assumptions.investment_usd
    return Scenario(
        minutes_saved=minutes,
        total=saved,
        annualised_savings_usd=annualised,
        roi_percent=annualised * 100 / investment if investment else None,
        payback_months=investment * 12 / annualised if annualised else None,
    )


def _saved_json(saved: Saved) -> dict[str, object]:
    return {
        "allocations": saved.allocations,
        "hours_saved": round(float(saved.hours_saved), 6),
        "savings_usd": float(cents(saved.savings_usd)),
    }


def _rates_json(scenario: Scenario) -> dict[str, object]:
    return {
        "annualised_savings_usd": float(cents(scenario.annualised_savings_usd)),
        "roi_percent": None if scenario.roi_percent is None else round(float(scenario.roi_percent), 1),
        "payback_months": None if scenario.payback_months is None else round(float(scenario.payback_months), 1),
    }


def _scenario_json(scenario: Scenario) -> dict[str, object]:
    return {
        "minutes_saved": float(scenario.minutes_saved),
        **_saved_json(scenario.total),
        **_rates_json(scenario),
    }
