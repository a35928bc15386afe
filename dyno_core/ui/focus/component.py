"""The button that was pressed is often gone on the next run, and the keyboard with it; Streamlit has no answer."""

from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

_PROJECT: Final = "dyno-focus"
_NAME: Final = f"{_PROJECT}.focus"
_WISHES: Final = "focus_wishes"
_NEWEST: Final = "focus_newest"


def wish_focus() -> None:
    """In a button's callback: when the page has been drawn, the keyboard is in the message box."""
    st.session_state[_WISHES] = st.session_state.get(_WISHES, 0) + 1


def wish_newest() -> None:
    """When the page is drawn, its end is in view: whoever reads further up would not see what they just asked for."""
    st.session_state[_NEWEST] = st.session_state.get(_NEWEST, 0) + 1


def focus_message_box() -> None:
    """Once on each run of a page with a message box, behind all that is there then. Draws nothing.

    Leaves the keyboard and the view alone where nobody wished for it.
    """
    manager = get_bidi_component_manager()
    if manager.get_component_path(_NAME) is None:
        # A file of the app's own address: the content security policy allows no inline script.
        manifest = ComponentManifest(_PROJECT, "1", [ComponentConfig("focus", asset_dir="assets")])
        manager.register_from_manifest(manifest, Path(__file__).parent)
    draw = st.components.v2.component(_NAME, js="focus.js")
    draw(
        key="focus",
        data={"wishes": st.session_state.get(_WISHES, 0), "newest": st.session_state.get(_NEWEST, 0)},
        height=1,
    )
