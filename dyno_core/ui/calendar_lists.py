"""The lists under the timeline: conflicts, the requests without a dyno, the same plan as a table."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.booking import Conflict
from dyno_core.period import Period, say_days
from dyno_core.start import App
from dyno_core.ui.calendar_data import line_of
from dyno_core.ui.calendar_placing import open_placing
from dyno_core.ui.calendar_reading import PAGE, Filters, Plan
from dyno_core.ui.columns import DAY, DAYS, WRAPPED, key_of_rows
from dyno_core.ui.live_changes import hold_still
from dyno_core.ui.quoting import quoted

PLACED_FROM_LIST: Final = "calendar_placed_from_list"
"""Whether the list of requests was worked in last: with each place its tab has another name, which would close it."""
_KINDS = {
    "dyno": "Double booking",
    "vehicle": "Vehicle twice",
    "maintenance": "Over maintenance",
    "service": "Out of service",
    "rule": "Against the rules",
}


def conflicts_list(found: Sequence[Conflict], window: Period) -> None:
    _where_the_others_are(window)
    conflicts = found[:PAGE]
    if not conflicts:
        st.success("Nothing that is shown clashes in these days.", icon=":material/check_circle:")
        return
    rows = [
        {
            "What to settle": one.sentence,
            "Kind": _KINDS[one.kind],
            "Dyno": one.dyno,
            "First day": one.period.start,
            "Last day": one.period.end,
            "Days": one.period.days,
        }
        for one in conflicts
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        key=key_of_rows("conflicts", (one.subject for one in conflicts)),
        on_select="rerun",
        selection_mode="single-row",
        row_height=WRAPPED,
        alt="Conflicts in view",
        column_config={
            **DAYS,
            "Days": st.column_config.NumberColumn(width=50),
            "What to settle": st.column_config.TextColumn(width=320),
        },
    )
    st.caption(
        f"{_part_of(len(conflicts), len(found))}Choose a row for its ways out, or to open one of its allocations."
    )
    chosen = picked["selection"]["rows"]
    if chosen and chosen[0] < len(conflicts):
        hold_still()
        st.text(conflicts[chosen[0]].sentence)
        with st.container(horizontal=True):
            if st.button("Ways out", type="primary", icon=":material/alt_route:", key="ways_out"):
                # What is past is on the desk only when asked for; here somebody looks at it.
                st.switch_page(
                    "pages/planning.py",
                    query_params={
                        "tab": "Conflicts",
                        "conflict_past": "true",
                        "conflict": conflicts[chosen[0]].subject,
                    },
                )
            for one in conflicts[chosen[0]].allocations:
                st.button(f"Open {one.what}", key=f"open_{one.id}", on_click=_ask_for, args=(one.id,))


def _where_the_others_are(window: Period) -> None:
    """Why the number here is smaller than the one after an import or at the desk."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Clashes in view, {window}. Earlier and later ones are at the conflict desk.", width="content")
        st.page_link(
            "pages/planning.py",
            label="All conflicts",
            icon=":material/arrow_forward:",
            query_params={"tab": "Conflicts", "conflict_past": "true"},
        )


def requests_list(app: App, actor: Actor, plan: Plan, filters: Filters) -> None:
    if not plan.requests:
        if filters == Filters():
            st.success("Every request has a place.", icon=":material/check_circle:")
        else:
            st.info("No request without a dyno matches these filters. Widen them to see the others.")
        return
    rows = [
        {
            "Vehicle": one.vehicle,
            "Test": one.test_type,
            "Wished from": one.start_date,
            "Why it has no place": one.reason,
            "To": one.end_date,
            "Days": one.period.days,
            "Leg": one.leg or "",
            "Drive": one.drive_type,
            "Weight": one.weight_class,
            "Number": one.id,
        }
        for one in plan.requests
    ]
    picked = st.dataframe(
        rows,
        hide_index=True,
        key=key_of_rows("requests", (one.id for one in plan.requests)),
        on_select="rerun",
        selection_mode="single-row",
        alt="Requests without a dyno",
        column_config={
            "Wished from": DAY,
            "To": DAY,
            "Number": st.column_config.NumberColumn(width=70),
            "Days": st.column_config.NumberColumn(width=50),
            "Why it has no place": st.column_config.TextColumn(width=300),
        },
    )
    chosen = picked["selection"]["rows"]
    if not chosen or chosen[0] >= len(plan.requests):
        choose = "Choose a row to place it." if actor.may(Permission.BOOK) else "Choose a row to read all of it."
        st.caption(_part_of(len(plan.requests), plan.waiting) + choose)
        return
    hold_still()
    request = plan.requests[chosen[0]]
    st.text(f"{request.vehicle}: {request.reason or 'no reason is on record.'}")
    if not actor.may(Permission.BOOK):
        return
    if st.button(
        quoted(f"Find a place for {request.vehicle}"), type="primary", key=f"place_listed_{request.id}",
        icon=":material/search:",
    ):  # fmt: skip
        st.session_state[PLACED_FROM_LIST] = True
        open_placing(app, actor, request_id=request.id, version=request.version)


def table(app: App, plan: Plan) -> None:
    """The plan in view as text: for screen readers, for sorting, for taking along."""
    if not plan.listed:
        st.info("Nothing is planned in these days with these filters.")
        return
    today = app.clock.today()
    lines = [line_of(one, today=today) for one in plan.listed]
    first = ("Dyno", "Vehicle", "First day", "Last day", "Test")  # what a telephone shows without scrolling
    order = (*first, *(name for name in lines[0] if name not in first))
    st.dataframe(lines, hide_index=True, column_order=order, column_config=DAYS, alt="All bars in view, line by line")
    if plan.count > len(plan.listed):
        st.caption(f"{_part_of(len(plan.listed), plan.count)}Export, above, has all of them for Excel or as CSV.")
    else:
        days = say_days(sum(one.days for one in plan.listed))
        st.caption(
            f"{plan.count:,} allocations and windows, {days} in all. Export, above, has them for Excel or as CSV."
        )


def _part_of(shown: int, count: int) -> str:
    return f"The first {shown:,} of {count:,}; filters and shorter periods show the others. " if shown < count else ""


def _ask_for(allocation_id: int) -> None:
    st.session_state["calendar_open"] = allocation_id
