"""The choice of a period on the report pages: presets around today, or two days of one's own."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Final

import streamlit as st

from dyno_core.errors import InvalidInput
from dyno_core.period import Period

OWN: Final = "Own dates"


def _month(today: date) -> Period:
    return Period(today.replace(day=1), _month_end(today))


def _last_month(today: date) -> Period:
    return _month(today.replace(day=1) - timedelta(days=1))


def _quarter(today: date) -> Period:
    first = today.replace(month=today.month - (today.month - 1) % 3, day=1)
    return Period(first, _month_end(first.replace(month=first.month + 2)))


def _year(today: date) -> Period:
    return Period(today.replace(month=1, day=1), today.replace(month=12, day=31))


PRESETS: Final[Mapping[str, Callable[[date], Period]]] = {
    "This month": _month,
    "Last month": _last_month,
    "This quarter": _quarter,
    "This year": _year,
}


def choose_window(today: date, *, default: str = "This quarter") -> Period:
    """The window chosen on the page, kept in its address. Raises `InvalidInput` for a date range without days."""
    chosen = st.segmented_control(
        "Period", [*PRESETS, OWN], default=default, required=True, key="period", bind="query-params"
    )
    return own_dates(today) if chosen == OWN else PRESETS[chosen or default](today)


def own_dates(today: date) -> Period:
    """Two days, first and last one included. Raises `InvalidInput` while none is chosen."""
    days = st.date_input(
        "First and last day",
        value=(today - timedelta(days=90), today),
        min_value=date(2000, 1, 1),
        max_value=date(2099, 12, 31),
        key="dates",
        bind="query-params",
    )
    if not isinstance(days, tuple) or not days:
        raise InvalidInput("The days of the period are missing; choose its first and its last day.")
    # One day chosen so far is a period of that day; the page of a shared link says it so, too.
    return Period(days[0], days[-1])


def _month_end(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
