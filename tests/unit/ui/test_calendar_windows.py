"""Which days the calendar shows: whole weeks, months, quarters and years, or what is ahead."""

from datetime import date, timedelta

import pytest

from dyno_core.period import Period
from dyno_core.ui.calendar_data import title_of, window_ahead, window_of

SUNDAY = date(2026, 11, 29)


@pytest.mark.parametrize("zoom", ["Month", "Quarter", "Year"])
@pytest.mark.parametrize("weekday", range(7))
def test_about_a_week_is_behind_and_the_rest_ahead(zoom: str, weekday: int) -> None:
    today = SUNDAY + timedelta(days=weekday)
    ahead = window_ahead(today, zoom)
    assert ahead.start.weekday() == 0
    assert 4 <= (today - ahead.start).days <= 10
    assert ahead.days >= window_of(today, zoom).days


@pytest.mark.parametrize(
    ("today", "ahead"),
    [
        (date(2026, 11, 23), Period(date(2026, 11, 23), SUNDAY)),
        (date(2026, 11, 27), Period(date(2026, 11, 23), SUNDAY)),
        (date(2026, 11, 28), Period(date(2026, 11, 28), date(2026, 12, 6))),
        (SUNDAY, Period(date(2026, 11, 28), date(2026, 12, 6))),
    ],
)
def test_a_week_is_the_whole_week_of_today_and_at_its_weekend_the_one_to_come(today: date, ahead: Period) -> None:
    assert window_ahead(today, "Week") == ahead


def test_a_whole_window_is_named_and_what_is_ahead_by_its_first_day() -> None:
    assert title_of(window_of(SUNDAY, "Quarter"), "Quarter") == "Q4 2026"
    assert title_of(window_ahead(SUNDAY, "Quarter"), "Quarter") == "From 23 Nov"
