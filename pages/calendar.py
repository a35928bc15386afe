"""Who stands where: the plan as a timeline, with its conflicts and the requests without a dyno."""

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.period import Period
from dyno_core.ui import calendar_controls as controls
from dyno_core.ui import calendar_dialogs as dialogs
from dyno_core.ui.calendar_data import board_of
from dyno_core.ui.calendar_download import offer_downloads
from dyno_core.ui.calendar_lists import PLACED_FROM_LIST, conflicts_list, requests_list, table
from dyno_core.ui.calendar_moving import open_move
from dyno_core.ui.calendar_placing import open_placing
from dyno_core.ui.calendar_reading import Look, read_lab, read_plan
from dyno_core.ui.calendar_told import REFUSED, hint, places_to_tell, tell
from dyno_core.ui.errors import presented
from dyno_core.ui.live_changes import follow_changes
from dyno_core.ui.saved_views import saved_views
from dyno_core.ui.session import current_app, require_page
from dyno_core.ui.timeline import Click, EmptyClick, Folded, Move, Place, View, WishClick, timeline

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
            open_move(
                app, actor, allocation_id=event.allocation_id, dyno_id=event.dyno_id,
                period=Period(event.start, event.end), version=event.version,
            )  # fmt: skip
        case Place() if actor.may(Permission.BOOK):
            open_placing(
                app, actor, request_id=event.request_id, version=event.version, dyno_id=event.dyno_id, day=event.start
            )
        case WishClick() if actor.may(Permission.BOOK):
            open_placing(app, actor, request_id=event.request_id, version=event.version)
        case Folded():
            controls.keep_folded(event)
        case View():
            state["calendar_look"] = Look(window, Period(event.start, event.end), event.dyno_ids)
            st.rerun()


bars = st.container(gap="xsmall")  # close together, as they take many lines on a telephone
head = bars.container(horizontal=True, vertical_alignment="center", gap="xsmall")
days = bars.container()
with bars.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
    search = st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
    told, news = places_to_tell()
with news:
    follow_changes(app, keep=[dialogs.DONE, REFUSED], fills=False)
with head:
    st.title("Calendar", width="content")
    st.space("stretch")
    views = st.container(width="content")
    downloads = st.container(width="content")
    if actor.may(Permission.EDIT_MAINTENANCE) and st.button("Maintenance", icon=":material/build:", key="maintain"):
        dialogs.maintenance_dialog(app, actor)
    if actor.may(Permission.EDIT_MAINTENANCE) and st.button("Breakdown", icon=":material/report:", key="breakdown"):
        dialogs.open_breakdown(app, actor)
    if actor.may(Permission.BOOK) and st.button("Book", icon=":material/add:", type="primary", key="book_open"):
        dialogs.book_dialog(app, actor)
with days:
    window = controls.choose_window(today)
look = state.get("calendar_look")
if look is None or look.window != window:
    look = Look(window, window)
with presented():
    lab = read_lab(app.database, today=today)
    with search:
        filters = controls.choose_filters(lab)
    controls.tell_what_is_on(filters)
    plan = read_plan(app.database, lab, filters, look)
    board = board_of(lab, plan, filters, today=today)
    with told:
        may_book, as_cells = actor.may(Permission.BOOK), board.occupancy is not None and not board.bars
        tell(app, actor, otherwise=hint(plan.count, len(board.rows), may_book=may_book, as_cells=as_cells))
    if not lab.dynos:
        st.info("There are no dynos yet. A planner can import the workbook or add dynos on the Fleet page.")
        if actor.may(Permission.EDIT_FLEET):
            st.page_link("pages/fleet.py", label="To the Fleet page", icon=":material/arrow_forward:")
    elif not board.rows:
        has = "are in the list below" if plan.requests else "are none either"
        st.info(f"No dyno has anything that matches these filters; requests that match {has}. Widen the filters.")
        st.button(
            "Show everything", icon=":material/filter_alt_off:", key="show_all", on_click=controls.show_everything
        )
    else:
        happened = timeline(
            board.rows, board.bars, board.wishes, today=today, colours=lab.colours, window=window, loaded=plan.loaded,
            occupancy=board.occupancy, read_only=not actor.may(Permission.CHANGE_OWN), folded=controls.folded(),
            revision=state.get("calendar_revision", 0), shown=state.get("calendar_shown", 0), key="timeline",
        )  # fmt: skip
        react(happened, window)
    dialogs.open_what_was_asked_for(app, actor)
    in_view = [one for one in board.conflicts if one.period.overlaps(window)]
    lists = [f"Conflicts ({len(in_view)} in view)", f"Requests without a dyno ({plan.waiting})", "As a table"]
    clashes, waiting, text = st.tabs(lists, default=lists[state.get(PLACED_FROM_LIST, False)])
    with clashes:
        conflicts_list(in_view, window)
    with waiting:
        requests_list(app, actor, plan, filters)
    with text:
        table(app, plan)
    with downloads:
        offer_downloads(app, filters, window, count=plan.count)
with views:
    saved_views(app, actor, page="calendar")
