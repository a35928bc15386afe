"""Dynos, vehicles, test types, rules, maintenance and the workbook. For planners."""

from collections.abc import Callable

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_catalogue import draw_rules, draw_test_types
from dyno_core.ui.fleet_desk import Desk, tell_what_was_done
from dyno_core.ui.fleet_dynos import draw_dynos
from dyno_core.ui.fleet_maintenance import draw_maintenance
from dyno_core.ui.fleet_vehicles import draw_vehicles
from dyno_core.ui.import_tab import import_tab
from dyno_core.ui.session import current_app, origin, require_page

TABS: dict[str, Callable[[Desk], None]] = {
    "Dynos": draw_dynos,
    "Vehicles": draw_vehicles,
    "Test types": draw_test_types,
    "Rules": draw_rules,
    "Maintenance": draw_maintenance,
    "Import": lambda _: import_tab(),
}

actor = require_page(Permission.EDIT_FLEET)
app = current_app()
desk = Desk(database=app.database, origin=origin("calendar", actor), today=app.clock.today())

st.title("Fleet")
tell_what_was_done()
# Bound to the address, so that a tab can be shared; only the open one asks the database.
for tab, draw in zip(st.tabs(list(TABS), key="tab", bind="query-params"), TABS.values(), strict=True):
    if tab.open:
        with tab, presented():
            draw(desk)
