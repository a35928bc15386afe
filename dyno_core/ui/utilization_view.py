"""The parts of the utilization page, one function per tab."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.database.engine import Database
from dyno_core.fleet.types import POOLS
from dyno_core.period import Period, say_days
from dyno_core.reports.capacity import demand_by_week, unplaced_demand
from dyno_core.reports.days import DayState
from dyno_core.reports.drill_down import DrillDown, drill_down
from dyno_core.reports.figures import By, UtilizationGrid, UtilizationReport, UtilizationRow
from dyno_core.reports.utilization import busiest, utilization
from dyno_core.tables import XLSX, to_csv, to_xlsx
from dyno_core.ui import charts
from dyno_core.ui.columns import DAY, DAYS, key_of_rows
from dyno_core.ui.quoting import quoted

GROUPED: Final[dict[str, By]] = {
    "Dyno": "dyno", "Week": "week", "Month": "month", "Facility": "facility", "Test type": "test", "Program": "program",
}  # fmt: skip
_DAYS: Final = {**DAYS, "Day": DAY}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the person at the page looks at."""

    database: Database
    window: Period
    include_weekends: bool
    include_pools: bool
    facilities: tuple[str, ...]
    today: date
    colours: charts.Look

    def report(self, by: By, window: Period | None = None) -> UtilizationReport:
        return utilization(
            self.database,
            window=window or self.window,
            by=by,
            include_weekends=self.include_weekends,
            include_pools=self.include_pools,
            facilities=self.facilities,
        )

    def pools(self) -> UtilizationRow:
        """The places of tracks together."""
        return utilization(
            self.database, window=self.window, by="facility", include_weekends=self.include_weekends, facilities=POOLS
        ).fleet


def draw_key_figures(choice: Choice, fleet: UtilizationRow) -> None:
    """The fleet in five figures, the first compared with the days just before the window."""
    before = choice.report("facility", choice.window.shifted(-choice.window.days)).fleet
    change = None
    # Nothing at all was booked before the lab kept its plan here; against that, everything would be a rise.
    if fleet.utilization is not None and before.utilization:
        change = f"{(fleet.utilization - before.utilization) * 100:+.0f} points"
    columns = st.columns(5)
    columns[0].metric(
        "Utilization",
        charts.percent(fleet.utilization),
        change,
        border=True,
        height="stretch",
        help="Booked days within capacity ÷ capacity, over all dynos together. "
        f"Below it the change against the {say_days(choice.window.days)} before.",
    )
    columns[1].metric(
        "Capacity", f"{fleet.capacity_days:,}", border=True, height="stretch",
        help="Dyno-days in service, without maintenance, holidays and (unless included) weekends. A dyno is in service "
        "on the days that Fleet → Dynos names, whether anything was planned here then or not: days before the plan "
        "began count as idle. “Own dates” leaves them out.",
    )  # fmt: skip
    columns[2].metric(
        "Booked", f"{fleet.booked_in_capacity_days:,}", border=True, height="stretch",
        help="Dyno-days within capacity with a test on the dyno, neither cancelled nor tentative. "
        "A day counts once per dyno.",
    )  # fmt: skip
    columns[3].metric(
        "Outside capacity", f"{fleet.outside_days:,}", border=True, height="stretch",
        help="Dyno-days booked on weekends left out, on holidays, in maintenance or out of service. "
        "They are not part of the utilization.",
    )  # fmt: skip
    columns[4].metric(
        "Maintenance", f"{fleet.maintenance_days:,}", border=True, height="stretch",
        help="Dyno-days that maintenance took from the capacity.",
    )  # fmt: skip


def tell_pools(choice: Choice) -> None:
    """What the figures leave out. Nothing where there is no track."""
    track = choice.pools()
    if not choice.include_pools and (track.in_service_days or track.booked_days):
        st.caption(
            f"The places of the track are not in these figures: {track.booked_in_capacity_days:,} of their "
            f"{track.capacity_days:,} place-days are booked ({charts.percent(track.utilization)}). “Count the track” "
            "takes them in; choose the facility Track to see them alone."
        )


def draw_heatmap(choice: Choice, grid: UtilizationGrid) -> None:
    st.caption(
        "Booked within capacity ÷ capacity in percent, per dyno and ISO week. Bars: green up to "
        f"{charts.TARGET:.0%}, amber above. The current week is framed; an empty cell had no capacity."
    )
    if len(grid.dynos) > charts.MOST_DYNOS:
        st.caption(f"Drawn are the {charts.MOST_DYNOS} busiest of {len(grid.dynos)} dynos; the table has all of them.")
    _plot(charts.heatmap(grid, today=choice.today, colours=choice.colours), "heatmap", "Utilization by dyno and week")


def draw_trend(choice: Choice) -> None:
    weeks = demand_by_week(
        choice.database,
        window=choice.window,
        include_weekends=choice.include_weekends,
        include_pools=choice.include_pools,
    )
    st.caption("Dyno-days per week of the whole lab: booked, wished for by requests, and what the dynos can take.")
    _plot(charts.demand(weeks, today=choice.today, colours=choice.colours), "trend", "Demand and capacity by week")


def draw_shares(choice: Choice) -> None:
    left, middle, right = st.columns(3)
    with left:
        st.subheader("By facility")
        st.caption("Share of the facility's own capacity.")
        _share_chart(choice, choice.report("facility").rows, "facility")
    with middle:
        st.subheader("By test type")
        st.caption("Share of the capacity of all dynos.")
        _share_chart(choice, choice.report("test").rows, "test type")
    with right:
        st.subheader("By program")
        st.caption("Share of the capacity of all dynos.")
        _share_chart(choice, choice.report("program").rows[:15], "program")


def draw_bottlenecks(choice: Choice, report: UtilizationReport) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("Busiest dynos")
        _share_chart(choice, busiest(report, most=8), "busiest dyno")
    with right:
        st.subheader("Demand without a dyno")
        waiting = unplaced_demand(choice.database, window=choice.window)
        if not waiting:
            st.success("Every request for this period has a dyno.", icon=":material/check_circle:")
            return
        st.dataframe(
            [
                {"Test type": row.label, "Requests": row.requests, "Days": row.days, "Dynos that run it": row.dynos}
                for row in waiting
            ],
            hide_index=True,
            key="unplaced",
        )


def draw_table(choice: Choice) -> None:
    """The figures as a table, and as files that hold the same."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "One row per", list(GROUPED), default="Dyno", required=True, key="rows", bind="query-params"
        )
        by = GROUPED[chosen or "Dyno"]
        report = choice.report(by)
        rows = table_of(report, heading=chosen or "Dyno")
        name = f"utilization-{by}-{choice.window.start}-{choice.window.end}"
        st.download_button("CSV", lambda: to_csv(rows), f"{name}.csv", "text/csv", key="csv", on_click="ignore")
        st.download_button(
            "Excel", lambda: to_xlsx("Utilization", rows), f"{name}.xlsx", XLSX, key="xlsx", on_click="ignore"
        )
    if by in ("test", "program"):
        st.dataframe(_styled(report, rows), hide_index=True, key="table", height="content")
        st.caption("Capacity is that of all dynos in every row, so that utilization is the share each row took of it.")
        return
    row = _chosen_row(report, rows)
    if by == "dyno":
        st.caption("Choose a dyno's row to open its figures into days, allocations and maintenance.")
        if row is not None:
            _behind(choice, row)
        return
    st.caption("Choose a row to open its figures into those of its dynos, and one of them into its days.")
    if row is not None:
        _dynos_of(choice, row, by=by)


def _styled(report: UtilizationReport, rows: list[list[Any]]) -> Any:
    frame = pd.DataFrame(rows[1:], columns=rows[0])
    frame["Utilization"] = [row.utilization for row in (*report.rows, report.fleet)]
    return frame.style.format({"Utilization": charts.percent_of_cell})


def _chosen_row(report: UtilizationReport, rows: list[list[Any]]) -> UtilizationRow | None:
    """The row of the table that was clicked; the last one, of all together, opens into nothing."""
    picked = st.dataframe(
        _styled(report, rows), hide_index=True, height="content", on_select="rerun", selection_mode="single-row",
        key=key_of_rows(f"table_{report.by}", (row.key for row in report.rows)),
    )["selection"]["rows"]  # fmt: skip
    return report.rows[picked[0]] if picked and picked[0] < len(report.rows) else None


def _dynos_of(choice: Choice, row: UtilizationRow, *, by: By) -> None:
    """A week's, month's or facility's figures by dyno; a chosen one opens into its days."""
    inside = replace(choice, window=row.period or choice.window)
    if by == "facility":
        inside = replace(inside, facilities=(row.key,))
    report = inside.report("dyno")
    st.subheader(quoted(f"{row.label}, by dyno" if by == "facility" else f"{row.key}, {inside.window}, by dyno"))
    dyno = _chosen_row(report, table_of(report, heading="Dyno"))
    if dyno is not None:
        _behind(inside, dyno)


def draw_behind(choice: Choice, rows: Sequence[UtilizationRow]) -> None:
    """One dyno's figure, opened into its days."""
    names = [row.label for row in rows if row.dyno_id is not None]
    chosen = st.selectbox("Dyno", names, key="dyno", bind="query-params")
    if chosen is None:
        return
    _behind(choice, next(row for row in rows if row.label == chosen))


def _behind(choice: Choice, row: UtilizationRow) -> None:
    behind = drill_down(
        choice.database, row.dyno_id or 0, window=choice.window, include_weekends=choice.include_weekends
    )
    figures = behind.figures
    share = f"{quoted(row.label)}: {charts.percent(figures.utilization)}"
    st.markdown(
        f"**{share}** = {figures.booked_in_capacity_days} booked days within capacity ÷ "
        f"{say_days(figures.capacity_days)} of capacity. {_lost_in_words(choice.window, behind)}"
    )
    left, right = st.columns([3, 2])
    with left:
        st.subheader("Allocations")
        _listing(_allocations(behind), "No allocation counts in this period.", "behind_allocations")
        st.subheader("Maintenance")
        _listing(_windows(behind), "No maintenance in this period.", "behind_windows")
    with right:
        st.subheader("Days")
        _listing(_days(behind), "No days.", "behind_days")


def table_of(report: UtilizationReport, *, heading: str) -> list[list[Any]]:
    """Heading, rows and the fleet, as they go into files; utilization from 0 to 1, or n/a."""
    table: list[list[Any]] = [
        [
            heading,
            "Capacity days",
            "Booked days",
            "Booked in capacity",
            "Booked outside",
            "Maintenance days",
            "Utilization",
        ]
    ]
    for row in (*report.rows, report.fleet):
        share = "n/a" if row.utilization is None else round(row.utilization, 4)
        table.append(
            [
                row.key if report.by in ("week", "month") and row is not report.fleet else row.label,
                row.capacity_days,
                row.booked_days,
                row.booked_in_capacity_days,
                row.outside_days,
                row.maintenance_days,
                share,
            ]
        )
    return table


def _share_chart(choice: Choice, rows: Sequence[UtilizationRow], what: str) -> None:
    if rows:
        _plot(charts.shares(rows, colours=choice.colours), f"by {what}", f"Utilization by {what}")
    else:
        st.info("Nothing is booked in this period yet.")


def _plot(figure: Any, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, alt=alt, config=charts.CONFIG)


def _listing(rows: list[dict[str, Any]], nothing: str, key: str) -> None:
    if rows:
        st.dataframe(rows, hide_index=True, key=key, column_config=_DAYS)
    else:
        st.caption(nothing)


def _lost_in_words(window: Period, behind: DrillDown) -> str:
    lost = [
        f"{sum(day.state is state for day in behind.days)} {word}"
        for state, word in (
            (DayState.MAINTENANCE, "in maintenance"),
            (DayState.WEEKEND, "on weekends"),
            (DayState.HOLIDAY, "on holidays"),
            (DayState.OUT_OF_SERVICE, "out of service"),
        )
        if any(day.state is state for day in behind.days)
    ]
    away = f"; away from it: {', '.join(lost)}" if lost else ""
    return f"The period has {say_days(window.days)}{away}. Booked outside capacity: {behind.figures.outside_days}."


def _allocations(behind: DrillDown) -> list[dict[str, Any]]:
    return [
        {
            "Number": row.id,
            "Vehicle": row.vehicle,
            "Test type": row.test_type,
            "First day": row.period.start,
            "Last day": row.period.end,
            "Days here": row.days,
            "Status": f"{row.status}, disputed" if row.disputed else row.status,
        }
        for row in behind.allocations
    ]


def _windows(behind: DrillDown) -> list[dict[str, Any]]:
    return [
        {
            "Number": row.id,
            "Category": row.category,
            "Reason": row.reason,
            "First day": row.period.start,
            "Last day": row.period.end,
            "Days here": row.days,
        }
        for row in behind.windows
    ]


def _days(behind: DrillDown) -> list[dict[str, Any]]:
    return [
        {
            "Day": day.day,
            "The dyno is": day.state.value,
            "Booked by": ", ".join(f"#{number}" for number in day.allocations) or "–",
        }
        for day in behind.days
    ]
