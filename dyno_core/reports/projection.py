"""Cumulative savings against the investment, month by month, with a forecast at the pace observed."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Final

from dyno_core.reports.roi import SPREAD, RoiReport

SHORTEST_FORECAST: Final = 12
LONGEST_FORECAST: Final = 600
"""Months. A payback further away than that is told in words."""


@dataclass(frozen=True, slots=True)
class CumulativePoint:
    """Savings since the first month shown, in US dollars, as they stand at the end of a month or of the last day."""

    day: date
    low: Decimal
    expected: Decimal
    high: Decimal
    is_forecast: bool


@dataclass(frozen=True, slots=True)
class Projection:
    """``payback_day`` is the day on which the expected line crosses the investment, None beyond the forecast."""

    points: tuple[CumulativePoint, ...]
    investment_usd: Decimal
    payback_day: date | None


def project(report: RoiReport) -> Projection:
    """Past months as they were, then the annualised savings of each scenario, spread evenly over the months to come.

    The forecast reaches a fifth beyond the payback, at least one year and at most fifty.
    Without an observation there is nothing to draw.
    """
    observed = report.observed
    investment = report.assumptions.investment_usd
    if observed is None:
        return Projection((), investment, None)
    past = [each for each in report.months if each.month <= observed.end]
    so_far = [
        _point(min(_month_end(each.month), observed.end), savings, is_forecast=False)
        for each, savings in zip(past, accumulate(each.saved.savings_usd for each in past), strict=True)
    ]
    here = so_far[-1]
    yearly = report.expected.annualised_savings_usd
    months_left = (investment - here.expected) * 12 / yearly if yearly else None
    forecast = [
        CumulativePoint(
            day=here.day + timedelta(days=round(365 * n / 12)),
            low=here.low + report.low.annualised_savings_usd * n / 12,
            expected=here.expected + yearly * n / 12,
            high=here.high + report.high.annualised_savings_usd * n / 12,
            is_forecast=True,
        )
        for n in range(1, _horizon(months_left) + 1)
    ]
    points = (_point(observed.start, Decimal(0), is_forecast=False), *so_far, *forecast)
    return Projection(points, investment, _crossing(points, investment))


def _horizon(months_left: Decimal | None) -> int:
    if months_left is None or not 0 < months_left <= LONGEST_FORECAST:
        return SHORTEST_FORECAST
    return min(max(math.ceil(months_left * Decimal("1.2")), SHORTEST_FORECAST), LONGEST_FORECAST)


def _crossing(points: tuple[CumulativePoint, ...], investment: Decimal) -> date | None:
    for before, after in pairwise(points):
        if before.expected < investment <= after.expected:
            part = (investment - before.expected) / (after.expected - before.expected)
            return before.day + timedelta(days=round(part * (after.day - before.day).days))
    return None


def _point(day: date, savings: Decimal, *, is_forecast: bool) -> CumulativePoint:
    return CumulativePoint(day, savings * (1 - SPREAD), savings, savings * (1 + SPREAD), is_forecast)


def _month_end(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
