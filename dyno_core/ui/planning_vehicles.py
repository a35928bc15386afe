"""Vehicles on the planning page: where each of them stands with its legs, what is late, and shifting a chain.

However many vehicles there are, all of them are read in brief only, and the legs of those on the open page.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.booking import Chain, ChainInBrief, Leg, chains_in_brief, detect_conflicts, list_chains
from dyno_core.database.engine import Database
from dyno_core.period import FIRST_DAY, LAST_DAY, Period
from dyno_core.tables import to_csv
from dyno_core.ui import calendar_dialogs as dialogs
from dyno_core.ui.columns import key_of_rows
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.leg_facts import LEG_COLUMNS, dates_of, leg_line, tell_warnings
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import current_app
from dyno_core.ui.shift_form import Bench, shift_form, undo_shift
from dyno_core.ui.start_form import start_expander
from dyno_core.ui.vehicle_chart import leg_clicked, status_chart

MOST_ROWS: Final = 30
"""Vehicles drawn at a time; more rows can't be read at once, and each is sent to the browser."""
_BACK, _AHEAD = timedelta(days=90), timedelta(days=180)
_ALL, _DELAYED, _LATE = "All", "Delayed", "Late"
_CHART: Final = "vehicle_chart"
_LAST_CLICKED: Final = "vehicle_chart_leg"


def draw_vehicles(desk: Desk) -> None:
    bench = Bench(desk.database, desk.origin, desk.today)
    if said := dialogs.what_was_done() or undo_shift(bench):
        done(said)
    window = _window(desk.today)
    vehicles = _filtered(chains_in_brief(desk.database, period=window, today=desk.today))
    if not vehicles:
        st.info("No vehicle has a leg in these days with these filters; widen them.")
        return
    shown = list_chains(desk.database, [one.vehicle_id for one in _page(vehicles)])
    _chart(desk, shown, window)
    st.caption(_summary(vehicles))
    chosen = _table(shown, today=desk.today)
    _download(desk.database, vehicles, window, today=desk.today)
    dialogs.open_what_was_asked_for(current_app(), desk.origin.actor)
    if chosen:
        _shift(desk, bench, *chosen)


def _window(today: date) -> Period:
    with st.container(horizontal=True):
        first = st.date_input(
            "From", max(today - _BACK, FIRST_DAY), FIRST_DAY, LAST_DAY, key="vehicles_from", width=150
        )
        last = st.date_input("To", min(today + _AHEAD, LAST_DAY), FIRST_DAY, LAST_DAY, key="vehicles_to", width=150)
    return Period(chosen_day(first), chosen_day(last))


def _filtered(vehicles: Sequence[ChainInBrief]) -> list[ChainInBrief]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Vehicle", placeholder="Tag, VIN …", key="vehicles_q", bind="query-params")
        programs = st.multiselect(
            "Program", sorted({(one.program or "").strip() for one in vehicles} - {""}), placeholder="All",
            key="vehicles_program", bind="query-params",
        )  # fmt: skip
        tests = st.multiselect(
            "Test", sorted({test for one in vehicles for test in one.tests}), placeholder="All",
            key="vehicles_test", bind="query-params",
        )  # fmt: skip
        only = st.segmented_control(
            "Show", (_ALL, _DELAYED, _LATE), default=_ALL, required=True, key="vehicles_only", bind="query-params",
            help="Late: should have started or ended before today. Delayed: late, or behind its first plan.",
        )  # fmt: skip
        chained = st.toggle(
            "Only chains", key="vehicles_chains", bind="query-params", help="Vehicles with two legs or more."
        )
    return [
        one
        for one in vehicles
        if search.strip().casefold() in f"{one.vehicle} {one.vin or ''}".casefold()
        and (not programs or (one.program or "").strip() in programs)
        and (not tests or set(tests) & set(one.tests))
        and (not chained or one.legs > 1)
        and (only != _LATE or one.late)
        and (only != _DELAYED or one.delayed)
    ]


def _page(vehicles: Sequence[ChainInBrief]) -> Sequence[ChainInBrief]:
    pages = -(-len(vehicles) // MOST_ROWS)
    page = st.number_input(f"Page of {pages}", 1, pages, 1, key=f"vehicles_page_{pages}", width=140) if pages > 1 else 1
    return vehicles[(int(page) - 1) * MOST_ROWS : int(page) * MOST_ROWS]


def _chart(desk: Desk, shown: Sequence[Chain], window: Period) -> None:
    legs = {leg.allocation.id for chain in shown for leg in chain.legs if leg.allocation}
    conflicts: dict[int, str] = {}
    for conflict in detect_conflicts(desk.database, period=window):
        for one in conflict.allocations:
            if one.id in legs:
                conflicts[one.id] = f"{conflicts.get(one.id, '')} {conflict.sentence}".strip()
    st.plotly_chart(
        status_chart(
            shown, window=window, today=desk.today, dark=st.context.theme.type == "dark", conflicts=conflicts
        ),
        key=_CHART,
        on_select=_clicked,
        selection_mode="points",
        config={"displayModeBar": False},
    )  # fmt: skip


def _clicked() -> None:
    """Open the leg of the bar. A second click on it takes it out of the chart's selection, and opens it again."""
    state = st.session_state
    points = state[_CHART]["selection"]["points"]
    leg = leg_clicked(points[0]) if points else state.get(_LAST_CLICKED)
    state[_LAST_CLICKED] = leg
    if leg and leg[0] == "allocation":
        state["calendar_open"] = leg[1]
    elif leg:
        st.toast("This leg is without a dyno; place its request in the tab Requests.", icon=":material/info:")


def _summary(vehicles: Sequence[ChainInBrief]) -> str:
    def all_of(count: Callable[[ChainInBrief], int]) -> int:
        return sum(map(count, vehicles))

    travelling, count = all_of(lambda one: one.travelling), len(vehicles)
    return (
        f"{count} vehicle{'' if count == 1 else 's'}, {all_of(lambda one: one.legs)} legs: "
        f"{all_of(lambda one: one.running)} running, "
        f"{all_of(lambda one: one.late)} late, {all_of(lambda one: one.delayed)} delayed in all; "
        f"{travelling} vehicle{' is' if travelling == 1 else 's are'} between two legs. All legs of a vehicle count, "
        "also those outside the days shown. Click a bar to open its leg."
    )


def _table(shown: Sequence[Chain], *, today: date) -> tuple[Chain, Leg] | None:
    """What the chart says, as a table to choose from."""
    every = _legs(shown)
    picked = st.dataframe(
        [_line(chain, leg, gap, today=today) for chain, leg, gap in every],
        hide_index=True, column_config=LEG_COLUMNS, on_select="rerun", selection_mode="single-row", placeholder="–",
        key=key_of_rows("vehicle_legs", (f"{chain.vehicle} {leg.period} {leg.test_type}" for chain, leg, _ in every)),
    )  # fmt: skip
    rows = picked["selection"]["rows"]
    if not rows or rows[0] >= len(every):
        st.caption("Choose a leg to see its chain and to move it with the legs after it.")
        return None
    chain, leg, _ = every[rows[0]]
    return chain, leg


def _download(database: Database, vehicles: Sequence[ChainInBrief], window: Period, *, today: date) -> None:
    """All vehicles that the filters leave, as a file; it is made when it is asked for."""

    def made() -> bytes:
        legs = _legs(list_chains(database, [one.vehicle_id for one in vehicles]))
        lines = [_line(chain, leg, gap, today=today) for chain, leg, gap in legs]
        return to_csv([list(lines[0]) if lines else [], *(list(line.values()) for line in lines)])

    st.download_button(
        "Download as CSV", made, file_name=f"vehicles-{window.start}-{window.end}.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore", key="vehicles_csv",
    )  # fmt: skip


def _legs(chains: Sequence[Chain]) -> list[tuple[Chain, Leg, int | None]]:
    return [(chain, leg, gap) for chain in chains for leg, gap in zip(chain.legs, (None, *chain.gaps), strict=True)]


def _line(chain: Chain, leg: Leg, gap: int | None, *, today: date) -> dict[str, object]:
    return {"Vehicle": chain.vehicle, "Program": chain.program, **leg_line(leg, gap, today=today)}


def _shift(desk: Desk, bench: Bench, chain: Chain, leg: Leg) -> None:
    st.subheader(quoted(f"{chain.vehicle}: {leg.what}"))
    tell_warnings(chain)
    one = leg.allocation
    if one is None:
        st.info("This leg is without a dyno; place its request in the tab Requests.")
        return
    dates_of(desk.database, one, zone=ZoneInfo(current_app().settings.dyno_timezone))
    actor = desk.origin.actor
    if not (actor.may(Permission.CHANGE_ANY) or (actor.may(Permission.CHANGE_OWN) and one.created_by == actor.email)):
        st.caption(f"{quoted(one.created_by)} made this; a planner can change it.")
    elif one.status in ("completed", "cancelled"):
        st.caption("It is over; only planned and running legs move.")
    else:
        key = f"{one.id}_{one.version}"
        if said := start_expander(bench, one, key=f"start_{key}") or shift_form(bench, one, key=f"shift_{key}"):
            done(said)
