"""What is told of an allocation's days and of the other legs of its vehicle."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.booking import Allocation, Chain, Leg, dates_history, first_plan, get_chain, lateness
from dyno_core.database.engine import Database
from dyno_core.period import say_day, say_days
from dyno_core.ui.columns import DAY, DAYS
from dyno_core.ui.quoting import quoted

PROGRESS: Final = {
    "waiting": "without a dyno",
    "tentative": "tentative",
    "scheduled": "to run",
    "in_progress": "running",
    "completed": "completed",
}

LEG_COLUMNS: Final = {
    **DAYS,
    **dict.fromkeys(("Started", "Ended"), DAY),
    "Progress": st.column_config.TextColumn(width=95),
    "Delay": st.column_config.TextColumn(width=190),
    "Dyno": st.column_config.TextColumn(width=95),
}


def date_facts(one: Allocation, *, today: date) -> dict[str, str | None]:
    """First planned, really run, and how late it is; None where there is nothing to tell."""
    planned = first_plan(one)
    actual = [
        f"started {say_day(one.actual_start_date)}" if one.actual_start_date else "",
        f"ended {say_day(one.actual_end_date)}" if one.actual_end_date else "",
    ]
    return {
        "First planned": str(planned) if planned and planned != one.period else None,
        "Really run": ", ".join(filter(None, actual)) or None,
        "Last day": "fixed by hand" if one.end_fixed else None,
        "Delay": lateness(one, today=today).sentence or None,
    }


def dates_of(database: Database, one: Allocation, *, zone: ZoneInfo) -> None:
    """How its days came to be: as first planned, each time they were re-planned, and as they really ran."""
    changes = dates_history(database, one.id)
    planned = first_plan(one) or (changes[0].old if changes else one.period)
    lines = [_dates_line("first planned", planned.start, planned.end, by=one.created_by, at=one.created_at, zone=zone)]
    lines += [
        _dates_line(
            "re-planned", change.new.start, change.new.end, by=change.by, at=change.at, zone=zone, why=change.reason
        )
        for change in changes
    ]
    if one.actual_start_date or one.actual_end_date:
        lines.append(_dates_line("really run", one.actual_start_date, one.actual_end_date, zone=zone))
    st.dataframe(lines, hide_index=True, column_config=DAYS | {"On": DAY}, placeholder="–", key=f"dates_{one.id}")


def _dates_line(
    what: str,
    first: date | None,
    last: date | None,
    *,
    zone: ZoneInfo,
    by: str = "",
    at: datetime | None = None,
    why: str = "",
) -> dict[str, object]:
    return {
        "Days": what,
        "First day": first,
        "Last day": last,
        "How long": say_days((last - first).days + 1) if first and last else None,
        "By": by or None,
        "On": at.astimezone(zone).date() if at else None,
        "Why": why or None,
    }


def legs_of(database: Database, one: Allocation, *, today: date) -> None:
    """The chain that this allocation belongs to, with its gaps and what does not go together."""
    chain = get_chain(database, one.vehicle_id) if one.vehicle_id is not None else None
    if chain is None or len(chain.legs) < 2:
        st.caption("This is the only test planned for the vehicle.")
        return
    tell_warnings(chain)
    lines = [leg_line(leg, gap, today=today) for leg, gap in zip(chain.legs, (None, *chain.gaps), strict=True)]
    for leg, line in zip(chain.legs, lines, strict=True):
        if leg.allocation and leg.allocation.id == one.id:
            line["Leg"] = f"{leg.name} (this one)"
    first = ("Leg", "Dyno", "First day", "Last day", "Progress")
    st.dataframe(
        lines,
        hide_index=True,
        column_order=(*first, *(name for name in lines[0] if name not in first)),
        column_config=LEG_COLUMNS | {"Leg": st.column_config.TextColumn(width=140)},
        height="content",
        key=f"legs_{one.id}",
    )


def tell_warnings(chain: Chain) -> None:
    for warning in chain.warnings:
        st.warning(quoted(warning), icon=":material/warning:")


def leg_line(leg: Leg, gap: int | None, *, today: date) -> dict[str, object]:
    """One leg as a row: also for the table beside the chart and for its CSV file."""
    one = leg.allocation
    planned = first_plan(one) if one else None
    return {
        "Leg": leg.name,
        "Progress": PROGRESS[leg.status],
        "Delay": lateness(one, today=today).sentence if one else "",
        "Dyno": leg.where,
        "Facility": one.facility if one else leg.request.facility if leg.request else None,
        "First day": leg.period.start,
        "Last day": leg.period.end,
        "Days": leg.period.days,
        "Gap before": None if gap is None else say_days(gap) if gap >= 0 else f"{say_days(-gap)} overlap",
        "Test": leg.test_type,
        "First planned": str(planned) if planned else "",
        "Started": one.actual_start_date if one else None,
        "Ended": one.actual_end_date if one else None,
    }
