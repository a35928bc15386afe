"""Who stands where: the plan as a timeline, with its conflicts and what can't be placed."""

from datetime import timedelta

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.period import FIRST_DAY, LAST_DAY, Period
from dyno_core.ui import calendar_dialogs as dialogs
from dyno_core.ui.calendar_controls import choose_filters, choose_window
from dyno_core.ui.calendar_data import board_of, read_lab, read_plan
from dyno_core.ui.calendar_lists import conflicts_list, requests_list, table
from dyno_core.ui.errors import presented
from dyno_core.ui.live_changes import follow_changes
from dyno_core.ui.session import current_app, require_page
from dyno_core.ui.timeline import Click, EmptyClick, Move, View, timeline

actor = require_page(Permission.READ)
app = current_app()
today = app.clock.today()
state = st.session_state


def react(event: object, window: Period) -> None:
    match event:
        case Click(allocation_id=allocation_id):
            dialogs.open_details(app, actor, allocation_id)
        case EmptyClick(dyno_id=dyno_id, day=day) if actor.may(Permission.BOOK) and day >= today:
            dialogs.book_dialog(app, actor, dyno=lab.dyno(dyno_id).name, day=day)
        case Move():
            dialogs.move_dialog(
                app, actor, allocation_id=event.allocation_id, dyno_id=event.dyno_id,
                period=Period(event.start, event.end), version=event.version,
            )  # fmt: skip
        case View(start=start, end=end):
            state["calendar_loaded"] = (window, Period(min(start, window.start), max(end, window.end)))
            st.rerun()


with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Calendar", width="content")
    follow_changes(app, keep=["calendar_done"])
    if actor.may(Permission.EDIT_MAINTENANCE) and st.button("Maintenance", icon=":material/build:", key="maintain"):
        dialogs.maintenance_dialog(app, actor)
    if actor.may(Permission.EDIT_MAINTENANCE) and st.button("Breakdown", icon=":material/report:", key="breakdown"):
        dialogs.open_breakdown(app, actor)
    if actor.may(Permission.BOOK) and st.button("Book", icon=":material/add:", type="primary", key="book_open"):
        dialogs.book_dialog(app, actor)
window = choose_window(today)
if message := state.pop("calendar_done", None):
    st.success(message, icon=":material/check_circle:")
dialogs.offer_undo(app, actor)
margin = timedelta(days=window.days)
shown_before, loaded = state.get("calendar_loaded", (None, None))
if shown_before != window or loaded is None:
    loaded = Period(max(window.start - margin, FIRST_DAY), min(window.end + margin, LAST_DAY))
with presented():
    lab = read_lab(app.database, today=today)
    filters = choose_filters(lab)
    plan = read_plan(app.database, filters, window=window, loaded=loaded)
    board = board_of(lab, plan, filters, today=today)
    if not lab.dynos:
        st.info("There are no dynos yet. A planner can import the workbook or add dynos on the Fleet page.")
    elif not board.rows:
        st.info("No dyno matches these filters; widen them.")
    else:
        happened = timeline(
            board.rows, board.bars, today=today, colours=lab.colours, window=window, loaded=loaded,
            read_only=not actor.may(Permission.CHANGE_OWN), revision=state.get("calendar_revision", 0),
            shown=state.get("calendar_shown", 0), key="timeline",
        )  # fmt: skip
        react(happened, window)
    if (wanted := state.pop("calendar_open", None)) is not None:
        dialogs.open_details(app, actor, wanted)
    if (down := state.pop("calendar_down", None)) is not None:
        dialogs.open_breakdown(app, actor, dyno=down)
    in_view = [one for one in board.conflicts if one.period.overlaps(window)]
    clashes, waiting, text = st.tabs(
        [f"Conflicts ({len(in_view)} in view)", f"Can't place ({len(board.requests)})", "As a table"]
    )
    with clashes:
        conflicts_list(in_view, window)
    with waiting:
        requests_list(app, actor, board)
    with text:
        table(board, window, today=today)
