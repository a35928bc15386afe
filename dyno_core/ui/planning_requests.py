"""Requests on the planning page: demand that has no dyno yet. Chosen rows are placed, prioritized or changed."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.booking import Request, list_requests, prioritize
from dyno_core.booking.request_changes import PRIORITIES
from dyno_core.ui.columns import DAY, key_of_rows
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.planning_paste import draw_paste, draw_paste_form, draw_pasted, paste_of
from dyno_core.ui.planning_preview import draw_outcomes, draw_preview, preview_of, wait_for_preview
from dyno_core.ui.planning_request_filters import filtered
from dyno_core.ui.planning_request_forms import draw_new, draw_one
from dyno_core.ui.planning_take_back import draw_take_back
from dyno_core.ui.planning_tolerance import choose_tolerance
from dyno_core.ui.planning_withdrawing import draw_receipt, draw_reopening, withdraw_chosen

_MAY_BE_EMPTY: Final = ("Leg", "Latest end", "Facility", "Program", "Why it has no place", "Note", "Follow up")
"""Columns that are left out where no request has anything in them, as they push the others out of sight."""
_SHOWN: Final = {"open": "Without a dyno", "placed": "Placed", "withdrawn": "Withdrawn"}


def draw_requests(desk: Desk) -> None:
    actor = desk.origin.actor
    draw_outcomes(desk)
    draw_pasted(desk)
    draw_receipt()
    if preview := preview_of():
        draw_preview(desk, preview)
        return
    if paste := paste_of():
        draw_paste(desk, paste)
        return
    status = st.segmented_control(
        "Status", list(_SHOWN), default="open", format_func=_SHOWN.__getitem__, key="request_status",
        bind="query-params", label_visibility="collapsed",
    )  # fmt: skip
    every = list_requests(desk.database, status=status or "open")
    requests = filtered(every) if every else []
    chosen = _table(requests, status or "open") if requests else []
    if every and not requests:
        st.info(f"No request matches these filters, {len(every)} are there without them; widen them.")
    elif not requests:
        st.success("Every request has a place.", icon=":material/check_circle:") if status in (
            "open", None,
        ) else st.info("There is no such request.")  # fmt: skip
    elif status in ("open", None) and actor.may(Permission.PLAN):
        _actions(desk, requests, chosen, every=len(requests) == len(every))
    if status == "withdrawn" and actor.may(Permission.BOOK):
        draw_reopening(desk, chosen)
    if len(chosen) == 1:
        draw_one(desk, chosen[0])
    elif requests and actor.may(Permission.BOOK):
        st.caption("Choose one request to place, change or withdraw it, or several to place them together.")
    if actor.may(Permission.BOOK):
        with st.expander("New request", icon=":material/add:"), presented():
            draw_new(desk)
        with st.expander("Paste from a spreadsheet", icon=":material/content_paste:"), presented():
            draw_paste_form()
        draw_take_back(desk)


def _table(requests: Sequence[Request], status: str) -> list[Request]:
    frame = pd.DataFrame(
        {
            "Vehicle": [one.vehicle for one in requests],
            "Test": [one.test_type for one in requests],
            "Wished from": [one.start_date for one in requests],
            "To": [one.end_date for one in requests],
            "Days": [one.period.days for one in requests],
            "Why it has no place": [one.reason or None for one in requests],
            "Priority": [one.priority for one in requests],
            "Leg": [one.leg for one in requests],
            "Latest end": [one.latest_end_date for one in requests],
            "Facility": [one.facility for one in requests],
            "Drive": [one.drive_type or "?" for one in requests],
            "Weight": [one.weight_class or "?" for one in requests],
            "Program": [one.program for one in requests],
            "Note": [one.notes or None for one in requests],
            "Follow up": [one.follow_up or None for one in requests],
            "Number": [one.id for one in requests],
        }
    )
    picked = st.dataframe(
        frame.drop(columns=[name for name in _MAY_BE_EMPTY if frame[name].isna().all()]),
        hide_index=True,
        key=key_of_rows(f"requests_{status}", (one.id for one in requests)),
        on_select="rerun",
        selection_mode="multi-row",
        height=min(38 + 35 * len(requests), 420),
        placeholder="–",
        column_config={
            **dict.fromkeys(("Wished from", "To", "Latest end"), DAY),
            "Priority": st.column_config.NumberColumn(width=70),
            "Days": st.column_config.NumberColumn(width=50),
            "Why it has no place": st.column_config.TextColumn(width=325),  # in view beside the days on a small screen
            "Drive": st.column_config.TextColumn(width=60),
            "Weight": st.column_config.TextColumn(width=65),
        },
    )
    return [requests[row] for row in picked["selection"]["rows"] if row < len(requests)]


def _actions(desk: Desk, requests: Sequence[Request], chosen: Sequence[Request], *, every: bool) -> None:
    """``every``: the filters leave all of them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tolerance = choose_tolerance("requests")
        some = st.button(
            f"Place selected ({len(chosen)})", key="place_selected", disabled=not chosen,
            type="primary" if len(chosen) > 1 else "secondary", icon=":material/checklist:",
        )  # fmt: skip
        shown = st.button(
            f"Place all{'' if every else ' shown'} ({len(requests)})", key="place_all", icon=":material/auto_fix:",
            type="secondary" if chosen else "primary",
        )  # fmt: skip
        if chosen:
            with st.popover("Priority"):
                _priorities(desk, chosen)
        if len(chosen) > 1:
            with st.popover("Withdraw"):
                withdraw_chosen(desk, chosen)
    with presented():
        if shown:
            wait_for_preview(desk, None if every else [one.id for one in requests], tolerance=tolerance)
        if some:
            wait_for_preview(desk, [one.id for one in chosen], tolerance=tolerance, one_by_one=True)


def _priorities(desk: Desk, chosen: Sequence[Request]) -> None:
    priority = st.segmented_control("1 goes first", PRIORITIES, default=3, key="request_priority")
    if st.button("Give it to the chosen ones", key="prioritize") and priority:
        with presented():
            changed = prioritize(
                desk.database, desk.origin, {one.id: one.version for one in chosen}, priority=int(priority)
            )
            done(f"{changed} of {len(chosen)} chosen requests got priority {priority}.")
