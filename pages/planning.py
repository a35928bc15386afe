"""What planners decide about the whole plan. Everybody who reads the plan may look; each change asks for its right."""

from collections.abc import Callable

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, tell_what_was_done
from dyno_core.ui.live_changes import follow_changes, hold_still
from dyno_core.ui.planning_amounts import draw_amounts
from dyno_core.ui.planning_conflicts import draw_conflicts
from dyno_core.ui.planning_follow_up import draw_follow_ups
from dyno_core.ui.planning_requests import draw_requests
from dyno_core.ui.planning_vehicles import draw_vehicles
from dyno_core.ui.saved_views import saved_views
from dyno_core.ui.session import current_app, origin, require_page

TABS: dict[str, Callable[[Desk], None]] = {
    "Requests": draw_requests,
    "Conflicts": draw_conflicts,
    "Vehicles": draw_vehicles,
    "Weekly amounts": draw_amounts,
    "Follow up": draw_follow_ups,
}

actor = require_page(Permission.READ)
app = current_app()
desk = Desk(database=app.database, origin=origin("planner", actor), today=app.clock.today())

with st.container(horizontal=True, vertical_alignment="center"):
    st.title("Planning", width="content")
    follow_changes(app)
    views = st.container(width="content")
hold_still()  # choices and previews belong to what was read; the plan is read again when somebody asks for it
tell_what_was_done()
# Bound to the address, so that a tab can be shared; only the open one asks the database.
for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
    if tab.open:
        with tab, presented():
            draw(desk)
with views:
    saved_views(app, actor, page="planning")
