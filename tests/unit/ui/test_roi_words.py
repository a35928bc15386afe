"""How long the payback takes, in words."""

from datetime import date
from decimal import Decimal

import pytest

from dyno_core.reports.projection import CumulativePoint, Projection
from dyno_core.ui.roi_view import in_months, payback_words


@pytest.mark.parametrize(
    ("months", "said"),
    [
        (None, "never"),
        (Decimal(0), "at once"),
        (Decimal("0.4"), "within a month"),
        (Decimal("1.2"), "1 month"),
        (Decimal("23.4"), "23 months"),
        (Decimal(36), "3.0 years"),
    ],
)
def test_a_time_is_told_in_the_unit_that_people_would_use(months: Decimal | None, said: str) -> None:
    assert in_months(months) == said


def test_a_payback_that_has_happened_is_not_told_as_if_it_lay_ahead() -> None:
    point = CumulativePoint(date(2026, 11, 24), Decimal(1), Decimal(2), Decimal(3), is_forecast=False)
    behind = Projection((point,), Decimal(1), date(2026, 10, 1))
    ahead = Projection((point,), Decimal(9), date(2027, 10, 1))
    assert payback_words(behind, Decimal(3)) == "Paid back"
    assert payback_words(ahead, Decimal(14)) == "Payback after 14 months"
