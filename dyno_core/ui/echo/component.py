"""A line at the foot of the window, for a receipt that is out of sight; Streamlit's toasts know nothing of sight."""

from pathlib import Path
from typing import Final

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

_PROJECT: Final = "dyno-echo"
_NAME: Final = f"{_PROJECT}.echo"


def echo(text: str, *, key: str) -> None:
    """Call it beside the receipt that says ``text``. Draws nothing while that is in view."""
    manager = get_bidi_component_manager()
    if manager.get_component_path(_NAME) is None:
        # Files of the app's own address: the content security policy allows no inline script.
        manifest = ComponentManifest(_PROJECT, "1", [ComponentConfig("echo", asset_dir="assets")])
        manager.register_from_manifest(manifest, Path(__file__).parent)
    draw = st.components.v2.component(_NAME, js="echo.js", css="echo.css")
    draw(key=key, data={"text": text}, height=1)
