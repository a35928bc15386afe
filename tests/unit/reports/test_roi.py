"""Savings, reckoned from the number of allocations on each day."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from dyno_core.errors import InvalidInput
from dyno_core.period import Period
from dyno_core.reports.assumptions import Assumptions
from dyno_core.reports.projection import project
from dyno_core.reports.roi import RoiReport, as_json, reckon

TODAY = date(2026, 3, 31)
DEFAULTS = Assumptions(Decimal(4), Decimal(50), Decimal(50_000))


def report(made: dict[date, int], *, window: Period | None = None, assumptions: Assumptions = DEFAULTS) -> RoiReport:
    return reckon(made, window=window, assumptions=assumptions, today=TODAY)


def test_fifteen_allocations_of_four_minutes_are_an_hour_and_fifty_dollars() -> None:
    total = report({TODAY: 15}).expected.total

    assert (total.hours_saved, total.savings_usd) == (1, 50)


def test_a_month_has_its_own_figure_and_a_month_without_any_is_zero() -> None:
    months = report({date(2026, 1, 10): 3, date(2026, 3, 1): 2}).months

    assert [(each.month.month, each.saved.allocations) for each in months] == [(1, 3), (2, 0), (3, 2)]


def test_a_year_is_stretched_from_the_days_really_observed() -> None:
    made = report({date(2026, 1, 18): 219})  # 73 days to 31 March, both included: a fifth of a year

    assert made.observed == Period(date(2026, 1, 18), TODAY)
    assert made.expected.annualised_savings_usd == made.expected.total.savings_usd * 5 == 3650
    assert made.expected.roi_percent == Decimal("7.3")
    assert made.expected.payback_months == Decimal(600_000) / 3650


def test_a_window_counts_its_own_allocations_and_is_observed_until_today() -> None:
    made = report({date(2025, 12, 31): 7, date(2026, 3, 1): 5}, window=Period(date(2026, 1, 1), date(2026, 12, 31)))

    assert made.expected.total.allocations == 5
    assert made.observed == Period(date(2026, 1, 1), TODAY)
    assert len(made.months) == 12


def test_a_window_to_come_is_not_observed_and_pays_nothing_back() -> None:
    made = report({TODAY: 5}, window=Period(date(2027, 1, 1), date(2027, 1, 31)))

    assert made.observed is None
    assert (made.expected.annualised_savings_usd, made.expected.payback_months) == (0, None)


def test_an_allocation_after_a_clock_that_was_set_back_still_counts() -> None:
    later = TODAY + timedelta(days=100)

    assert report({later: 1}).observed == Period(later, later)


def test_without_an_investment_there_is_no_percentage() -> None:
    free = Assumptions(Decimal(4), Decimal(50), Decimal(0))

    assert report({TODAY: 1}, assumptions=free).expected.roi_percent is None


def test_low_and_high_lie_a_quarter_below_and_above_the_expected_minutes() -> None:
    made = report({TODAY: 15})

    assert [each.minutes_saved for each in (made.low, made.expected, made.high)] == [3, 4, 5]
    assert [each.total.savings_usd for each in (made.low, made.expected, made.high)] == [
        Decimal("37.5"),
        50,
        Decimal("62.5"),
    ]


def test_the_json_has_the_agreed_names_and_a_cent_s_precision() -> None:
    document = as_json(report({date(2026, 3, 1): 1}))

    assert document["window"] == {"from": "2026-03-01", "to": "2026-03-31", "observed_days": 31}
    assert document["months"] == [{"month": "2026-03", "allocations": 1, "hours_saved": 0.066667, "savings_usd": 3.33}]
    assert document["expected"]["roi_percent"] == document["roi_percent"]
    assert set(document) == {
        "window", "assumptions", "months", "total", "annualised_savings_usd", "roi_percent", "payback_months", "low",
        "expected", "high",
    }  # fmt: skip


def test_the_json_of_a_lab_that_saved_nothing_yet_has_no_months_and_no_payback() -> None:
    document = as_json(report({}))

    assert (document["months"], document["payback_months"]) == ([], None)
    assert document["total"] == {"allocations": 0, "hours_saved": 0.0, "savings_usd": 0.0}


@pytest.mark.parametrize("value", [Decimal(-1), Decimal("NaN"), Decimal("Infinity"), Decimal(481)])
def test_minutes_that_make_no_sense_are_refused(value: Decimal) -> None:
    with pytest.raises(InvalidInput, match="between 0 and 480"):
        Assumptions(value, Decimal(50), Decimal(50_000))


@pytest.mark.parametrize("values", [{}, {"minutes_saved": "four", "hourly_rate_usd": 50, "investment_usd": 1}])
def test_assumptions_that_are_no_numbers_are_refused_in_a_sentence(values: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="three numbers"):
        Assumptions.of(values)


def test_the_payback_day_is_where_the_drawn_line_crosses_the_investment() -> None:
    cheap = Assumptions(Decimal(60), Decimal(100), Decimal(1_000))
    projection = project(report({date(2026, 3, 1): 5}, assumptions=cheap))  # $500 in 31 days

    assert projection.payback_day is not None
    assert abs((projection.payback_day - date(2026, 5, 1)).days) <= 1
    assert [point.expected for point in projection.points] == sorted(point.expected for point in projection.points)
    assert all(point.low <= point.expected <= point.high for point in projection.points)


def test_a_payback_further_away_than_the_forecast_has_no_day() -> None:
    assert project(report({date(2026, 3, 1): 1})).payback_day is None


def test_nothing_is_projected_before_anything_was_observed() -> None:
    assert project(report({})).points == ()
