"""A dragged bar: told in words first, changed only after a yes; a place that can't be had brings what would work."""

from dataclasses import replace
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.booking import Allocation, WayOut, Window, explain_unavailable, get_allocation, preview_shift
from dyno_core.fleet import get_dyno, get_vehicle, list_dynos, requirement_for
from dyno_core.period import Period, say_days
from dyno_core.start import App
from dyno_core.ui.calendar_dialogs import done, fresh_timeline
from dyno_core.ui.errors import presented
from dyno_core.ui.live_changes import still_dialog
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import origin
from dyno_core.ui.shift_form import Bench, apply_shift, later_legs, place_instead

_INSTEAD: Final = "move_instead"


def open_move(app: App, actor: Actor, *, allocation_id: int, dyno_id: int, period: Period, version: int) -> None:
    """Open the dialog on where the bar was dropped; what is done in it holds for the version that was drawn."""
    st.session_state.pop(_INSTEAD, None)
    _move_dialog(app, actor, allocation_id=allocation_id, dyno_id=dyno_id, period=period, version=version)


@still_dialog("Move?", width="medium", on_dismiss=fresh_timeline, way_out="Cancel")
def _move_dialog(app: App, actor: Actor, *, allocation_id: int, dyno_id: int, period: Period, version: int) -> None:
    with presented():
        bench = Bench(database=app.database, origin=origin("calendar", actor), today=app.clock.today())
        before = replace(get_allocation(app.database, allocation_id), version=version)
        dropped = get_dyno(app.database, dyno_id, today=bench.today).name
        dyno, days = st.session_state.get(_INSTEAD, (dropped, period))
        st.markdown(f"**{quoted(before.what)}**")
        st.markdown(f"{quoted(before.dyno)}, {before.period} ({say_days(before.days)})")
        st.markdown(f"→ **{quoted(dyno)}, {days}** ({say_days(days.days)})")
        offer = later_legs(bench, before, days, dyno=dyno, key=f"drag_{before.id}")
        shift = offer.shift
        own = next(move for move in shift.moves if move.before.id == before.id)
        if own.problem:
            _offer(ways_to_move(bench, before, days, dyno=dyno, actor=actor), place_instead(own))
        with st.form("move", border=False):
            reason = st.text_input("Reason (for the record)", key=f"move_reason_{allocation_id}")
            sent = st.form_submit_button(offer.label, type="primary", key="move_yes", disabled=not shift.is_possible)
        if sent:
            done(apply_shift(bench, before, shift, reason=reason))


def ways_to_move(bench: Bench, before: Allocation, period: Period, *, dyno: str, actor: Actor) -> tuple[WayOut, ...]:
    """What would work instead of ``dyno`` for ``period``: each checked as a move, since the allocation itself is in the
    plan. Exchanges are not among them: they move somebody else's test.
    """
    if before.vehicle_id is None or before.test_type is None:
        return ()
    told = explain_unavailable(
        bench.database,
        requirement=requirement_for(get_vehicle(bench.database, before.vehicle_id), before.test_type),
        period=period,
        vehicle_id=before.vehicle_id,
        dyno_id=next((one.id for one in list_dynos(bench.database, today=bench.today) if one.name == dyno), None),
        actor=actor,
        ignore=before.id,
    )

    def works(way: WayOut) -> bool:
        if way.exchange is not None or (way.dyno, way.period) == (before.dyno, before.period):
            return False
        return preview_shift(
            bench.database, before.id, period=way.period, dyno=way.dyno, along=(), today=bench.today
        ).is_possible

    return tuple(way for way in told.ways_out if works(way))


def _offer(ways: tuple[WayOut, ...], window: Window | None) -> None:
    """``window``: the next place, which is offered too, unless it is among the ways already."""
    places = [(way.label, way.sentence, way.dyno, way.period) for way in ways]
    if window and (window.dyno, window.period) not in [(way.dyno, way.period) for way in ways]:
        label = f"{window.dyno}, {window.period}"
        places.append((label, "The next place for as many days.", window.dyno, window.period))
    if not places:
        return
    st.caption("What would work:")
    with st.container(horizontal=True):
        for at, (label, sentence, dyno, period) in enumerate(places):
            st.button(quoted(label), key=f"move_way_{at}", help=quoted(sentence), on_click=_choose, args=(dyno, period))


def _choose(dyno: str, period: Period) -> None:
    st.session_state[_INSTEAD] = dyno, period
