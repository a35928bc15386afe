"""Utilization: how much of the dynos' capacity is booked, and what is behind every figure."""

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.fleet import POOLS, list_dynos
from dyno_core.reports.figures import UtilizationGrid, UtilizationReport
from dyno_core.reports.utilization import utilization_grid
from dyno_core.ui import charts, utilization_view
from dyno_core.ui.errors import presented
from dyno_core.ui.report_window import choose_window
from dyno_core.ui.session import current_app, require_page
from dyno_core.ui.utilization_view import Choice

TABS = ("Heatmap", "Trend", "Shares", "Bottlenecks", "Table", "Days behind a figure")


def choose() -> Choice:
    app = current_app()
    today = app.clock.today()
    with st.container(horizontal=True, vertical_alignment="top"):
        window = choose_window(today)
        facilities = st.multiselect(
            "Facilities",
            sorted({dyno.facility for dyno in list_dynos(app.database, today=today)}),
            placeholder="All facilities",
            key="facility",
            bind="query-params",
            width=260,
        )
    with st.container(horizontal=True):
        weekends = st.toggle(
            "Weekends count",
            value=True,
            key="weekends",
            bind="query-params",
            help="Off: Saturdays and Sundays are neither capacity nor booked within it.",
        )
        track = st.toggle(
            "Count the track",
            key="track",
            bind="query-params",
            help="A track is places, not machines: off, its places are told apart and are neither capacity nor booked. "
            "A dyno is a place of the track when its facility is called Track.",
        )
    return Choice(
        database=app.database,
        window=window,
        include_weekends=weekends,
        # Whoever asks for the track by name gets it.
        include_pools=track or bool(set(facilities) & set(POOLS)),
        facilities=tuple(facilities),
        today=today,
        colours=charts.look(st.context.theme.type),
    )


def draw(choice: Choice) -> None:
    grid = utilization_grid(
        choice.database,
        window=choice.window,
        include_weekends=choice.include_weekends,
        include_pools=choice.include_pools,
        facilities=choice.facilities,
    )
    if not grid.dynos:
        st.info(
            "No dyno was in service in this period, so there is nothing to report yet. "
            "Choose another period, or add dynos on the Fleet page."
        )
        return
    st.caption(f"{choice.window}, first and last day included. All figures but the first are dyno-days.")
    utilization_view.draw_key_figures(choice, grid.fleet)
    utilization_view.tell_pools(choice)
    for name, tab in zip(TABS, st.tabs(list(TABS), key="view", bind="query-params"), strict=True):
        # Only the open tab asks the database.
        if tab.open:
            with tab, presented():
                draw_tab(name, choice, grid)


def draw_tab(name: str, choice: Choice, grid: UtilizationGrid) -> None:
    match name:
        case "Heatmap":
            utilization_view.draw_heatmap(choice, grid)
        case "Trend":
            utilization_view.draw_trend(choice)
        case "Shares":
            utilization_view.draw_shares(choice)
        case "Bottlenecks":
            report = UtilizationReport("dyno", grid.window, grid.include_weekends, grid.dynos, grid.fleet)
            utilization_view.draw_bottlenecks(choice, report)
        case "Table":
            utilization_view.draw_table(choice)
        case _:
            utilization_view.draw_behind(choice, grid.dynos)


require_page(Permission.READ)
st.title("Utilization")
with presented():
    draw(choose())
