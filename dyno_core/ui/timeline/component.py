"""The timeline on the page: a Streamlit component whose files are served by the app itself."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest
from streamlit.components.v2.types import ComponentRenderer

from dyno_core.period import Period
from dyno_core.ui.timeline.encode import payload
from dyno_core.ui.timeline.events import decode_event
from dyno_core.ui.timeline.lanes import height_of
from dyno_core.ui.timeline.model import Bar, Folded, Move, Occupancy, Place, Row, TimelineEvent, Wish

_PROJECT, _COMPONENT = "dyno-core", "timeline"
_NAME = f"{_PROJECT}.{_COMPONENT}"


def timeline(
    rows: Sequence[Row],
    bars: Sequence[Bar],
    wishes: Sequence[Wish] = (),
    *,
    today: date,
    colours: Mapping[str, str],
    window: Period,
    read_only: bool,
    revision: int,
    key: str,
    loaded: Period | None = None,
    occupancy: Occupancy | None = None,
    shown: int = 0,
    folded: Folded | None = None,
) -> TimelineEvent | None:
    """Draws the plan and returns what somebody just did in it, once; None on every other run.

    ``window`` is shown first; from then on people pan and zoom, and their view stays over reruns (same
    ``key``) until ``window`` changes, or until another ``shown`` asks for ``window`` again.
    ``colours``: see `colour_of`.

    ``read_only`` False lets people drag bars. A `Move` is a wish, not a change: the bar waits, marked, at
    the place where it was dropped. Carry the wish out or refuse it, then raise ``revision`` by one and
    rerun; the timeline then shows the plan as it is, which puts a refused bar back. Without a new
    ``revision`` the data would be unchanged, and Streamlit would not tell the browser anything.

    ``loaded``: the days that ``bars`` were read for. When people look beyond them, a `View` asks for more
    (give a wider ``loaded`` and leave ``window`` alone). None: there is nothing more to load.

    ``wishes`` stand in a band above the rows, the urgent ones first. Dragging one to a dyno is a `Place`, a wish, too.

    ``folded`` counts when the timeline is first drawn; from then on people fold, and a `Folded` tells what is.

    ``occupancy``: cells that are drawn for the dynos that have no bars in ``bars``; see `Occupancy`.

    Raises `InvalidInput` for a bar that ends before it starts, an unreadable colour, or an unreadable
    message from the browser.
    """
    height = height_of(rows, bars, wishes)
    result = _renderer()(
        key=key,
        height=height,
        data=payload(
            rows,
            bars,
            wishes,
            today=today,
            colours=colours,
            window=window,
            loaded=loaded,
            occupancy=occupancy,
            read_only=read_only,
            revision=revision,
            key=key,
            height=height,
            shown=shown,
            folded=folded,
        ),
        on_event_change=_heard,
    )
    event = decode_event(result.get("event"))
    # A page that was open before the right was withdrawn may still send a move.
    return None if read_only and isinstance(event, Move | Place) else event


def _heard() -> None:
    """Streamlit only delivers events that have a callback; the event is read from the result instead."""


def _renderer() -> ComponentRenderer:
    """Registers the component with the running server.

    Streamlit finds a component's files through an installed distribution only. The app runs from its
    checkout, so it hands Streamlit the same manifest itself. Files, unlike inline JavaScript, are served
    from the app's own address and need no ``blob:`` in the content security policy. Done when drawing,
    not when imported: only then is there a server to register with.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_path(_NAME) is None:
        manifest = ComponentManifest(_PROJECT, "1", [ComponentConfig(_COMPONENT, asset_dir="assets")])
        manager.register_from_manifest(manifest, Path(__file__).parent)
    return st.components.v2.component(_NAME, js="timeline.js", css="timeline.css")
