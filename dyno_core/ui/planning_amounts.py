"""Weekly amounts on the planning page: placed and without a dyno against capacity; a bar opens into its rows."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.fleet import POOLS, list_dynos
from dyno_core.period import Period
from dyno_core.reports import (
    FacilityAmounts,
    all_facilities,
    behind_amounts,
    weekly_amounts,
    weekly_amounts_by_test,
)
from dyno_core.reports.amounts import ANYWHERE, AmountBehind
from dyno_core.tables import XLSX, to_csv, to_xlsx
from dyno_core.ui import charts
from dyno_core.ui.amounts_chart import amounts_chart
from dyno_core.ui.columns import DAYS
from dyno_core.ui.fleet_desk import Desk
from dyno_core.ui.report_window import choose_window

EVERY: Final = "All facilities"
_SITE, _TEST = "Facility", "Test type"


def draw_amounts(desk: Desk) -> None:
    with st.container(horizontal=True, vertical_alignment="top"):
        window = choose_window(desk.today)
        sites = sorted({dyno.facility for dyno in list_dynos(desk.database, today=desk.today)})
        chosen = st.multiselect(
            "Facilities", [*sites, ANYWHERE], placeholder="All facilities", key="site", bind="query-params", width=260,
            help=f"“{ANYWHERE}” are requests that name no facility.",
        )  # fmt: skip
        per = st.segmented_control(
            "A chart for each", (_SITE, _TEST), default=_SITE, required=True, key="per", bind="query-params"
        )
    track = st.toggle(
        "Count the track", key="places", bind="query-params",
        help="A track is places, not machines: off, its places and the requests for it are left out.",
    )  # fmt: skip
    track = track or bool(set(chosen) & set(POOLS))
    amounts = weekly_amounts(desk.database, window=window, facilities=chosen, include_pools=track)
    if not any(week.demand_days or week.capacity_days for one in amounts for week in one.weeks):
        st.info("No dyno is in service in this period and nothing is asked for; choose another period or facility.")
        return
    every = all_facilities(amounts, called=EVERY)
    _figures(every)
    by_test = per == _TEST
    if by_test:
        amounts = weekly_amounts_by_test(desk.database, window=window, facilities=chosen, include_pools=track)
    drawn = (every, *amounts) if len(amounts) > 1 or by_test else amounts
    cut = "" if (window.start.weekday(), window.end.weekday()) == (0, 6) else " Weeks at its ends are cut to it."
    st.caption(
        f"Dyno-days per ISO week, {window}, weekends included.{cut} Placed: days on which a test, neither "
        "cancelled nor tentative, stands on the dyno, each once. Without a dyno: wished days of requests. "
        "Click a bar to open it."
    )
    figure = amounts_chart(drawn, today=desk.today, colours=charts.look(st.context.theme.type))
    st.plotly_chart(
        figure, key="amounts", alt=f"Demand, placed and without a dyno per week and {per.lower()}, against capacity",
        config=charts.CONFIG, on_select=_open_clicked, selection_mode="points",
    )  # fmt: skip
    _files(drawn, window, of=per)
    _behind(desk, drawn, include_pools=track, sites=chosen if by_test else None)


def _figures(every: FacilityAmounts) -> None:
    demand, placed, waiting, capacity = (
        sum(getattr(week, name) for week in every.weeks)
        for name in ("demand_days", "placed_days", "unplaced_days", "capacity_days")
    )
    short = sum(week.demand_days > week.capacity_days for week in every.weeks)
    told = {
        "Demand": (demand, "Placed and without a dyno together, in dyno-days."),
        "Placed": (placed, "Dyno-days with a test on them, each once per dyno."),
        "Without a dyno": (waiting, "Wished days of requests."),
        "Capacity": (capacity, "Dyno-days in service, less maintenance and holidays."),
        "Weeks over": (short, "Weeks in which the demand is more than all dynos together could take."),
    }
    for column, (label, (number, help_)) in zip(st.columns(len(told)), told.items(), strict=True):
        column.metric(label, f"{number:,}", border=True, help=help_)


def _open_clicked() -> None:
    """A click on a bar opens its week and facility, as choosing them below does."""
    points = st.session_state["amounts"]["selection"]["points"]
    if points and (about := points[0].get("customdata")):
        # plotly gives the pair as a list, or as an object by number.
        facility, week = (about[at] if isinstance(about, list) else about[str(at)] for at in (0, 1))
        st.session_state["week"], st.session_state["place"] = week, facility


def _behind(desk: Desk, drawn: Sequence[FacilityAmounts], *, include_pools: bool, sites: Sequence[str] | None) -> None:
    """``sites``: the facilities that count where the charts are of test types; None where they are of facilities."""
    weeks = {week.key: week for week in drawn[0].weeks}
    names = [one.facility for one in drawn]
    for key, options in (("week", weeks), ("place", names)):
        # Another period or facility was chosen since: what was open is not there any more.
        if st.session_state.get(key) not in (None, *options):
            del st.session_state[key]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        week = st.selectbox(
            "Open a week", list(weeks), index=None, key="week", bind="query-params", width=260,
            placeholder="Choose a week, or click a bar",
        )  # fmt: skip
        place = st.selectbox("at" if sites is None else "of", names, key="place", bind="query-params", width=260)
        if week is None:
            return
        asked = sites
        if asked is None:
            asked = [place] if place not in (None, EVERY) else [name for name in names if name != EVERY]
        rows = behind_amounts(
            desk.database, period=weeks[week].period, facilities=asked, include_pools=include_pools
        )  # fmt: skip
        if sites is not None and place not in (None, EVERY):
            rows = tuple(row for row in rows if row.test_type == place)
        lines = [_shown(row) for row in rows]
        if lines:
            table = [list(lines[0]), *(list(line.values()) for line in lines)]
            name = f"amounts-{week}-{place or EVERY}"
            st.download_button(
                "CSV", lambda: to_csv(table), f"{name}.csv", "text/csv", key="behind_csv", on_click="ignore"
            )  # fmt: skip
            st.download_button(
                "Excel", lambda: to_xlsx("Weekly amounts", table), f"{name}.xlsx", XLSX, key="behind_xlsx",
                on_click="ignore",
            )  # fmt: skip
    amount = next(one for one in drawn if one.facility == (place or drawn[0].facility)).weeks[list(weeks).index(week)]
    twice = sum(row.days for row in rows if row.placed) - amount.placed_days
    more = f"; {twice} more are disputed: another vehicle has the dyno on that day" if twice else ""
    capacity = f"; capacity {amount.capacity_days}" if amount.capacity_days or sites is None else ""
    st.markdown(
        f"**{amount.demand_days} dyno-days** in {week}, {amount.period}: {amount.placed_days} placed, "
        f"{amount.unplaced_days} without a dyno{capacity}{more}."
    )
    if not lines:
        st.caption("Nothing stands here and nothing is asked for in this week.")
        return
    st.dataframe(
        pd.DataFrame(lines), hide_index=True, key="amounts_behind", column_config=DAYS, placeholder="–",
        height=min(38 + 35 * len(lines), 520),
    )  # fmt: skip


def _shown(row: AmountBehind) -> dict[str, Any]:
    return {
        "Amount": "Placed" if row.placed else "Without a dyno",
        "Days of it": row.days,
        "Facility": row.facility,
        "Dyno": row.dyno,
        "Vehicle": row.vehicle,
        "Test": row.test_type,
        "Leg": row.leg,
        "First day": row.period.start,
        "Last day": row.period.end,
        "Status": row.status.replace("_", " "),
        "Why it has no place": row.why,
        "Number": row.id,
    }


def _files(drawn: Sequence[FacilityAmounts], window: Period, *, of: str) -> None:
    heading = ["Week", "First day", "Last day", of, "Demand", "Placed", "Without a dyno", "Capacity"]
    table: list[list[Any]] = [heading]
    table += [
        [week.key, week.period.start, week.period.end, one.facility, week.demand_days, week.placed_days,
         week.unplaced_days, week.capacity_days]
        for one in drawn for week in one.weeks
    ]  # fmt: skip
    name = f"weekly-amounts-{window.start}-{window.end}"
    with st.container(horizontal=True):
        st.download_button(
            "All weeks as CSV", lambda: to_csv(table), f"{name}.csv", "text/csv", key="amounts_csv", on_click="ignore"
        )  # fmt: skip
        st.download_button(
            "All weeks as Excel", lambda: to_xlsx("Weekly amounts", table), f"{name}.xlsx", XLSX, key="amounts_xlsx",
            on_click="ignore",
        )  # fmt: skip
