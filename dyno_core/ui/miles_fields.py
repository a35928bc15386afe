"""The miles of a test on the pages: fields that give its days, and what is told of them."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from dyno_core.booking import DYNO_MILES_PER_DAY, Allocation, Mileage
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet import get_test_type
from dyno_core.period import say_days
from dyno_core.ui.quoting import quoted

_NOT_COUNTED: Final = Mileage()


@dataclass(frozen=True, slots=True)
class Reckoned:
    """What was given, and the days it takes."""

    mileage: Mileage
    days: int


def miles_fields(database: Database, test_type: str, *, key: str, stored: Mileage = _NOT_COUNTED) -> Reckoned | None:
    """Fields for miles, rate and added days, with those ``stored`` at first; None before the miles are given.

    Raises `InvalidInput` for more days than a test may take.
    """
    kind = get_test_type(database, test_type)
    usual = kind.miles_per_day or DYNO_MILES_PER_DAY
    at_first = usual if stored.per_day is None else min(max(stored.per_day, 1.0), 10_000.0)
    first, second, third = st.columns(3)
    miles = first.number_input("Miles", 0.0, 1_000_000.0, stored.miles, step=500.0, key=f"{key}_miles", format="%.0f")
    rate = second.number_input(
        "Miles a day", 1.0, 10_000.0, at_first, step=50.0, key=f"{key}_rate", format="%.0f",
        help="750 on a dyno and 350 by a driver are usual.",
    )  # fmt: skip
    added = third.number_input(
        "Added days", 0.0, 366.0, stored.added_days or 0.0, step=0.5, key=f"{key}_added", format="%g"
    )
    own_rate = stored.per_day if rate == at_first else None if rate == usual else float(rate)
    found = Mileage(miles, own_rate, float(added) or None).duration(kind)
    if found is None:
        st.caption("Give the miles; the last day follows.")
        return None
    st.caption(f"{quoted(found.how)}.")
    return Reckoned(_NOT_COUNTED if miles is None else Mileage(miles, own_rate, float(added) or None), found.days)


def are_days_reckoned(database: Database, one: Allocation) -> bool:
    """Whether its days are those that its miles take."""
    return one.miles is not None and _reckoned(database, one)[0] == one.days


def miles_told(database: Database, one: Allocation) -> str | None:
    """Its miles and what they take; None where they are not counted."""
    if one.miles is None:
        return None
    days, told = _reckoned(database, one)
    return told if days in (None, one.days) else f"{told}; planned for {say_days(one.days)}"


def _reckoned(database: Database, one: Allocation) -> tuple[int | None, str]:
    try:
        found = one.mileage.duration(get_test_type(database, one.test_type or ""))
    except InvalidInput:  # more days than can be planned, from a workbook
        found = None
    return (found.days, found.how) if found else (None, f"{one.miles:,.0f} miles")
