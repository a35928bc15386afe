"""Calendar feeds on the pages: make a secret address, see one's own, revoke them."""

from datetime import datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.booking import Allocation
from dyno_core.feeds import Feed, create_feed, list_feeds, revoke_feed
from dyno_core.fleet import find_vehicle, list_dynos
from dyno_core.period import say_day
from dyno_core.start import App
from dyno_core.ui.errors import presented
from dyno_core.ui.live_changes import still_dialog
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import current_app, origin

_WANTED: Final = "feeds_wanted"
_MINE, _DYNO, _VEHICLE = "My vehicles", "A dyno", "A vehicle"
_WHY: Final = (
    "A secret address for Outlook, Google or Apple Calendar. Whoever has it sees these days without signing in, and "
    "nothing else."
)


def feeds_button() -> None:
    """Asks for the dialog; `draw_wanted_feeds` opens it once the page is drawn."""
    if st.button("Calendar feeds", icon=":material/calendar_add_on:", key="feeds", width="stretch"):
        st.session_state[_WANTED] = True


def draw_wanted_feeds(actor: Actor) -> None:
    """At the end of a run, so that the page knows what stands open on it."""
    if st.session_state.pop(_WANTED, False):
        _feeds_dialog(current_app(), actor)


def subscribe_to(app: App, actor: Actor, one: Allocation) -> None:
    """Buttons that make an address of an allocation's dyno and of its vehicle."""
    st.caption(_WHY)
    with st.container(horizontal=True):
        dyno = st.button(f"Subscribe to {quoted(one.dyno)}", key="feed_dyno")
        vehicle = one.kind == "test" and st.button(f"Subscribe to {quoted(one.vehicle)}", key="feed_vehicle")
    with presented():
        if dyno:
            _make(app, actor, dyno_id=one.dyno_id)
        if vehicle:
            _make(app, actor, vehicle_id=one.vehicle_id)


def _feeds_dialog(app: App, actor: Actor) -> None:
    still_dialog("Calendar feeds", width="medium", on_dismiss=_nothing)(feeds)(app, actor)


def _nothing() -> None:
    """Closing it draws the page again; that is all."""


def feeds(app: App, actor: Actor) -> None:
    """What stands in the dialog: a new address, and one's own."""
    with presented():
        st.caption(f"{_WHY} “{_MINE}” are those whose contact you are, and what you booked.")
        _new(app, actor)
        _own(app, actor)


def _new(app: App, actor: Actor) -> None:
    kind = st.segmented_control("Of", (_MINE, _DYNO, _VEHICLE), default=_MINE, required=True, key="feed_kind")
    dynos = {one.name: one.id for one in list_dynos(app.database, today=app.clock.today())} if kind == _DYNO else {}
    dyno = st.selectbox("Dyno", list(dynos), index=None, key="feed_of_dyno") if kind == _DYNO else None
    vehicle = (
        st.text_input("Vehicle", placeholder="Tag, VIN or number", key="feed_of_vehicle") if kind == _VEHICLE else ""
    )
    if not st.button("Make an address", type="primary", key="feed_make"):
        return
    with presented():
        if kind == _DYNO and dyno is None:
            st.warning("Choose a dyno.")
        elif kind == _VEHICLE and not vehicle.strip():
            st.warning("Name the vehicle.")
        else:
            found = find_vehicle(app.database, vehicle.strip()).id if kind == _VEHICLE else None
            _make(app, actor, dyno_id=dynos[dyno] if dyno else None, vehicle_id=found)


def _make(app: App, actor: Actor, *, dyno_id: int | None = None, vehicle_id: int | None = None) -> None:
    made = create_feed(app.database, origin("calendar", actor), dyno_id=dyno_id, vehicle_id=vehicle_id)
    st.success(
        f"The address of {quoted(made.feed.label)} is shown only now; copy it into your calendar program. "
        "The menu under your name lists your feeds and revokes them.",
        icon=":material/key:",
    )
    st.code(f"{_server()}/feeds/{made.token}.ics", language=None, wrap_lines=True)


def _server() -> str:
    """As the browser knows it: behind a proxy the app may have another name for itself."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _own(app: App, actor: Actor) -> None:
    feeds = list_feeds(app.database, actor)
    zone = ZoneInfo(app.settings.dyno_timezone)
    for feed in feeds:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", border=True):
            st.markdown(f"**{quoted(feed.label)}**  \n:small[{_used(feed, zone)}]")
            # In a callback, so that the list is read afterwards and the dialog stays open.
            st.button("Revoke", key=f"feed_revoke_{feed.id}", on_click=_revoke, args=(app, actor, feed.id))


def _revoke(app: App, actor: Actor, feed_id: int) -> None:
    with presented():
        revoke_feed(app.database, origin("calendar", actor), feed_id)


def _used(feed: Feed, zone: ZoneInfo) -> str:
    def say(moment: datetime) -> str:
        here = moment.astimezone(zone)
        return f"{say_day(here.date())}, {here:%H:%M}"

    last = f"last used {say(feed.last_used_at)}" if feed.last_used_at else "never used yet"
    return quoted(f"Made {say(feed.created_at)}, {last}")
