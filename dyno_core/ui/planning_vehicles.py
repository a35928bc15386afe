"""Vehicles on the planning page: where each of them stands with its legs, what is late, and shifting a chain."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.booking import Chain, Leg, lateness, list_chains
from dyno_core.period import FIRST_DAY, LAST_DAY, Period
from dyno_core.tables import to_csv
from dyno_core.ui.columns import key_of_rows
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.leg_facts import LEG_COLUMNS, leg_line, tell_warnings
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.quoting import quoted
from dyno_core.ui.shift_form import Bench, shift_form, undo_shift
from dyno_core.ui.start_form import start_expander
from dyno_core.ui.vehicle_chart import status_chart

MOST_ROWS: Final = 30
"""Vehicles drawn at a time; more rows can't be read at once, and each is sent to the browser."""
_BACK, _AHEAD = timedelta(days=90), timedelta(days=180)
_ALL, _DELAYED, _LATE = "All", "Delayed", "Late"


def draw_vehicles(desk: Desk) -> None:
    bench = Bench(desk.database, desk.origin, desk.today)
    if said := undo_shift(bench):
        done(said)
    window = _window(desk.today)
    chains = _filtered(list_chains(desk.database, period=window), today=desk.today)
    if not chains:
        st.info("No vehicle has a leg in these days with these filters; widen them.")
        return
    shown = _page(chains)
    st.plotly_chart(
        status_chart(shown, window=window, today=desk.today, dark=st.context.theme.type == "dark"),
        key="vehicle_chart",
        config={"displayModeBar": False},
    )
    st.caption(_summary(chains, desk.today))
    chosen = _table(chains, shown, window, today=desk.today)
    if chosen:
        _shift(desk, bench, *chosen)


def _window(today: date) -> Period:
    with st.container(horizontal=True):
        first = st.date_input(
            "From", max(today - _BACK, FIRST_DAY), FIRST_DAY, LAST_DAY, key="vehicles_from", width=150
        )
        last = st.date_input("To", min(today + _AHEAD, LAST_DAY), FIRST_DAY, LAST_DAY, key="vehicles_to", width=150)
    return Period(chosen_day(first), chosen_day(last))


def _filtered(chains: Sequence[Chain], *, today: date) -> list[Chain]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input("Vehicle", placeholder="Tag, VIN …", key="vehicles_q", bind="query-params")
        programs = st.multiselect(
            "Program", sorted({(chain.program or "").strip() for chain in chains} - {""}), placeholder="All",
            key="vehicles_program", bind="query-params",
        )  # fmt: skip
        tests = st.multiselect(
            "Test", sorted({leg.test_type for chain in chains for leg in chain.legs}), placeholder="All",
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
        chain
        for chain in chains
        if search.strip().casefold() in f"{chain.vehicle} {chain.vin or ''}".casefold()
        and (not programs or (chain.program or "").strip() in programs)
        and (not tests or any(leg.test_type in tests for leg in chain.legs))
        and (not chained or len(chain.legs) > 1)
        and any(_wanted(leg, only or _ALL, today=today) for leg in chain.legs)
    ]


def _wanted(leg: Leg, only: str, *, today: date) -> bool:
    if only == _ALL:
        return True
    if leg.allocation is None:
        return False
    found = lateness(leg.allocation, today=today)
    return found.is_late if only == _LATE else found.is_delayed and leg.status != "completed"


def _page(chains: Sequence[Chain]) -> Sequence[Chain]:
    pages = -(-len(chains) // MOST_ROWS)
    page = st.number_input(f"Page of {pages}", 1, pages, 1, key=f"vehicles_page_{pages}", width=140) if pages > 1 else 1
    return chains[(int(page) - 1) * MOST_ROWS : int(page) * MOST_ROWS]


def _summary(chains: Sequence[Chain], today: date) -> str:
    legs = [leg for chain in chains for leg in chain.legs]
    late = sum(_wanted(leg, _LATE, today=today) for leg in legs)
    delayed = sum(_wanted(leg, _DELAYED, today=today) for leg in legs)
    running = sum(leg.status == "in_progress" for leg in legs)
    between = sum(chain.travelling(today) is not None for chain in chains)
    return (
        f"{len(chains)} vehicles, {len(legs)} legs: {running} running, {late} late, {delayed} delayed in all; "
        f"{between} vehicles are between two legs. All legs of a vehicle count, also those outside the days shown."
    )


def _table(chains: Sequence[Chain], shown: Sequence[Chain], window: Period, *, today: date) -> tuple[Chain, Leg] | None:
    """What the chart says, as a table: those drawn to choose from, all of them as a file."""
    every = [(chain, leg, gap) for chain in shown for leg, gap in zip(chain.legs, (None, *chain.gaps), strict=True)]
    picked = st.dataframe(
        [_line(chain, leg, gap, today=today) for chain, leg, gap in every],
        hide_index=True, column_config=LEG_COLUMNS, on_select="rerun", selection_mode="single-row",
        key=key_of_rows("vehicle_legs", (f"{chain.vehicle} {leg.period} {leg.test_type}" for chain, leg, _ in every)),
    )  # fmt: skip
    lines = [
        _line(chain, leg, gap, today=today)
        for chain in chains
        for leg, gap in zip(chain.legs, (None, *chain.gaps), strict=True)
    ]
    st.download_button(
        "Download as CSV",
        to_csv([list(lines[0]), *(list(line.values()) for line in lines)]),
        file_name=f"vehicles-{window.start}-{window.end}.csv",
        mime="text/csv",
        icon=":material/download:",
    )
    rows = picked["selection"]["rows"]
    if not rows or rows[0] >= len(every):
        st.caption("Choose a leg to see its chain and to move it with the legs after it.")
        return None
    chain, leg, _ = every[rows[0]]
    return chain, leg


def _line(chain: Chain, leg: Leg, gap: int | None, *, today: date) -> dict[str, object]:
    return {"Vehicle": chain.vehicle, "Program": chain.program, **leg_line(leg, gap, today=today)}


def _shift(desk: Desk, bench: Bench, chain: Chain, leg: Leg) -> None:
    st.subheader(quoted(f"{chain.vehicle}: {leg.what}"))
    tell_warnings(chain)
    one = leg.allocation
    if one is None:
        st.info("This leg has no dyno yet; place its request in the tab Requests.")
        return
    actor = desk.origin.actor
    if not (actor.may(Permission.CHANGE_ANY) or (actor.may(Permission.CHANGE_OWN) and one.created_by == actor.email)):
        st.caption(f"{quoted(one.created_by)} made this; a planner can change it.")
    elif one.status in ("completed", "cancelled"):
        st.caption("It is over; only planned and running legs move.")
    else:
        key = f"{one.id}_{one.version}"
        if said := start_expander(bench, one, key=f"start_{key}") or shift_form(bench, one, key=f"shift_{key}"):
            done(said)
