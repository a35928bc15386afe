"""The foot of the sidebar: who is signed in, a new password, the way out."""

import html
from datetime import UTC, datetime
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.accounts.users import change_own_password
from dyno_core.ui.calendar_feeds import feeds_button
from dyno_core.ui.errors import presented
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import current_app, origin

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
        with st.expander("Change password"), st.form("own_password", border=False):
            _own_password(actor)
        st.html(f'<a href="/auth/logout" target="_self" style="{_LIKE_A_BUTTON}">Sign out</a>')


def _own_password(actor: Actor) -> None:
    current = st.text_input("Current password", type="password", autocomplete="current-password", key="own_current")
    fresh = st.text_input("New password", type="password", autocomplete="new-password", key="own_new")
    st.caption("10 characters or more. You will be asked to sign in again, here and everywhere else.")
    if st.form_submit_button("Change password", type="primary", key="own_change"):
        with presented():
            change_own_password(
                current_app().database,
                origin("admin", actor),
                current_password=current,
                password=fresh,
                now=datetime.now(UTC),
            )
            st.rerun()
