"""A request dropped on a dyno, or opened in the band: whether it fits there and why not, then one confirmed placing."""

from datetime import date
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.booking import Allocation, Explanation, Request, cancel_allocation, explain_unavailable, get_request
from dyno_core.booking import place_request as place
from dyno_core.booking.errors import RequestClosed
from dyno_core.errors import StaleVersion
from dyno_core.fleet import Dyno, get_vehicle, list_dynos, requirement_for
from dyno_core.period import Period, say_day, say_days
from dyno_core.planning import propose_one
from dyno_core.start import App
from dyno_core.ui.calendar_dialogs import done, fresh_timeline
from dyno_core.ui.errors import presented
from dyno_core.ui.last_change import LAST_CHANGE
from dyno_core.ui.live_changes import still_dialog
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import origin
from dyno_core.ui.shift_form import Bench

_DYNO: Final = "placing_dyno"
_DAY: Final = "placing_day"
_TOLERANCE: Final = 14
"""Days that a request may slip when nobody has said where it is to go."""


def open_placing(
    app: App,
    actor: Actor,
    *,
    request_id: int,
    version: int,
    dyno_id: int | None = None,
    day: date | None = None,
) -> None:
    """Open the dialog. ``version``: of the request as it was drawn; it is refused as soon as it is another one.

    Without ``dyno_id`` and ``day`` the best place is proposed.
    """
    for name in (_DYNO, _DAY):  # as they were left in another one
        st.session_state.pop(name, None)
    _placing_dialog(app, actor, request_id=request_id, version=version, dyno_id=dyno_id, day=day)


@still_dialog("Place on a dyno?", width="medium", on_dismiss=fresh_timeline, way_out="Cancel")
def _placing_dialog(
    app: App, actor: Actor, *, request_id: int, version: int, dyno_id: int | None, day: date | None
) -> None:
    with presented():
        request = _as_drawn(app, request_id, version)
        st.markdown(f"**{quoted(f'{request.vehicle} ({request.test_type})')}**, {say_days(request.period.days)}")
        st.markdown(f"Without a dyno, wished for {request.period}")
        dyno, period = _where(app, request, dyno_id=dyno_id, day=day)
        st.markdown(f"→ **{quoted(dyno.name)}, {period}**")
        fits = _verdict(app, actor, request, dyno, period)
        label = quoted(f"Place on {dyno.name}{_off_the_wish(request, period)}")
        if not st.button(label, type="primary", key="placing_yes", disabled=not fits):
            return
        booked = place(
            app.database, origin("calendar", actor), request.id, today=app.clock.today(), dyno=dyno.name,
            start_date=period.start, version=request.version,
        )  # fmt: skip
        st.session_state[LAST_CHANGE] = booked
        done(f"{booked.what} is on {booked.dyno} from {booked.period} (allocation {booked.id}).")


def undo_placing(bench: Bench) -> str | None:
    """A button that takes the request that was placed last off its dyno again; what was done, once it is."""
    booked = st.session_state.get(LAST_CHANGE)
    if not isinstance(booked, Allocation):
        return None
    told = f"Undo the placing of {quoted(booked.what)}"
    if not st.button("Undo", icon=":material/undo:", key="placing_undo", help=told):
        return None
    del st.session_state[LAST_CHANGE]  # also when it is refused: what was changed since can't be taken back from here
    cancel_allocation(
        bench.database, bench.origin, booked.id, reason="the placing was undone", version=booked.version
    )  # fmt: skip
    return f"{booked.what} is off {booked.dyno} again; its request is open."


def _as_drawn(app: App, request_id: int, version: int) -> Request:
    request = get_request(app.database, request_id)
    if request.status != "open":
        raise RequestClosed(request_id=request.id, status=request.status)
    if request.version != version:
        raise StaleVersion(what=f"Request {request_id}", expected=version, found=request.version)
    return request


def _where(app: App, request: Request, *, dyno_id: int | None, day: date | None) -> tuple[Dyno, Period]:
    """Two fields, filled with where it was dropped, else with the best place."""
    today = app.clock.today()
    dynos = {one.name: one for one in list_dynos(app.database, today=today)}
    if _DYNO not in st.session_state:
        name = next((one.name for one in dynos.values() if one.id == dyno_id), None)
        if name is None or day is None:
            proposal, _ = propose_one(app.database, request.id, today=today, tolerance=_TOLERANCE)
            if proposal.place:
                name, day = proposal.place.dyno, proposal.place.period.start
        _choose(name or next(iter(dynos)), day or max(request.start_date, today))
    left, right = st.columns(2)
    chosen = left.selectbox("Dyno", list(dynos), key=_DYNO)
    start = right.date_input("First day", key=_DAY)
    return dynos[chosen], Period.of(chosen_day(start), request.period.days)


def _verdict(app: App, actor: Actor, request: Request, dyno: Dyno, period: Period) -> bool:
    """Says whether it fits, what stands in the way, and what would work; whether it may be placed."""
    if period.start < app.clock.today():
        st.warning(
            f"{say_day(period.start)} is already past; choose a first day from today on.", icon=":material/block:"
        )
        return False
    told = explain_unavailable(
        app.database, requirement=requirement_for(get_vehicle(app.database, request.vehicle_id), request.test_type),
        period=period, vehicle_id=request.vehicle_id, dyno_id=dyno.id, actor=actor,
    )  # fmt: skip
    if told.elsewhere or dyno.name not in told.free:
        st.warning(quoted(told.why), icon=":material/block:")
        _ways_out(told, request)
        return False
    st.success(f"It fits: {quoted(dyno.name)} can run it and is free on these days.", icon=":material/check_circle:")
    for hint in _hints(request, dyno, period):
        st.caption(hint)
    return True


def _ways_out(told: Explanation, request: Request) -> None:
    """Each a button that fills the fields. A request keeps its length, and moving others is not asked here."""
    ways = [
        way for way in told.ways_out if way.kind in ("other_dyno", "shift") and way.period.days == request.period.days
    ]
    if not ways:
        return
    st.caption("What would work:")
    with st.container(horizontal=True):
        for at, way in enumerate(ways):
            st.button(
                quoted(way.label), key=f"placing_way_{at}", help=quoted(way.sentence), on_click=_choose,
                args=(way.dyno, way.period.start),
            )  # fmt: skip


def _choose(dyno: str, day: date) -> None:
    st.session_state[_DYNO], st.session_state[_DAY] = dyno, day


def _off_the_wish(request: Request, period: Period) -> str:
    slip = (period.start - request.start_date).days
    return f", {say_days(abs(slip))} {'later' if slip > 0 else 'earlier'} than wished" if slip else ""


def _hints(request: Request, dyno: Dyno, period: Period) -> list[str]:
    """What was wished otherwise. None of it forbids the place."""
    hints = []
    if request.latest_end_date and period.end > request.latest_end_date:
        hints.append(f"It would end after the latest end, {say_day(request.latest_end_date)}.")
    if request.facility and request.facility != dyno.facility:
        hints.append(quoted(f"It was wished for {request.facility}; {dyno.name} stands at {dyno.facility}."))
    return hints
