"""The foot of the sidebar: who is signed in, a new password, the way out. It is drawn on every run of every page, so
that what is rarely wanted opens as a dialog."""

import html
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.accounts.users import change_own_password
from dyno_core.errors import InvalidInput
from dyno_core.ui.calendar_feeds import feeds_button
from dyno_core.ui.errors import presented
from dyno_core.ui.live_changes import still_dialog
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import SIGN_IN_ANEW, current_app, origin

_WANTED: Final = "own_password_wanted"
# A link, since only the server can take the cookie away; drawn in the theme's own colours, light and dark.
_LIKE_A_BUTTON: Final = (
    "display: block; font-size: 0.875rem; padding: 0.4rem 0.75rem; text-align: center; color: inherit; "
    "text-decoration: none; border: 1px solid color-mix(in srgb, currentcolor 20%, transparent); border-radius: 0.5rem"
)


def account_foot(actor: Actor) -> None:
    """One line, so that what a page puts into the sidebar begins right below."""
    with st.sidebar.popover(quoted(actor.name), icon=":material/person:", width="stretch", key="who"):
        st.html(f"<p><small>{html.escape(actor.email)} · {actor.role.value}</small></p>")
        feeds_button()
        if st.button("Change password", icon=":material/key:", key="own_password", width="stretch"):
            st.session_state[_WANTED] = True
        st.html(f'<a href="/auth/logout" target="_self" style="{_LIKE_A_BUTTON}">Sign out</a>')


def draw_wanted_password(actor: Actor) -> None:
    """At the end of a run, so that the page knows what stands open on it."""
    if st.session_state.pop(_WANTED, False):
        still_dialog("Change password", on_dismiss=_nothing, way_out="Cancel")(own_password)(actor)


def _nothing() -> None:
    """Closing it draws the page again; that is all."""


def own_password(actor: Actor) -> None:
    """What stands in the dialog."""
    with st.form("own_password_form", border=False):
        current = st.text_input("Current password", type="password", autocomplete="current-password", key="own_current")
        fresh = st.text_input("New password", type="password", autocomplete="new-password", key="own_new")
        again = st.text_input(
            "New password, once more", type="password", autocomplete="new-password", key="own_new_again"
        )
        st.caption("10 characters or more. You will be asked to sign in again, here and everywhere else.")
        changed = st.form_submit_button("Change password", type="primary", key="own_change")
    if changed:
        with presented():
            if fresh != again:
                raise InvalidInput("The new password was typed in two ways, so nothing was changed; type it again.")
            change_own_password(
                current_app().database,
                origin("admin", actor),
                current_password=current,
                password=fresh,
                now=datetime.now(UTC),
            )
            st.session_state[SIGN_IN_ANEW] = True
            st.rerun()
