"""The entry: who is signed in, and which pages they see."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.telemetry import correlated
from dyno_core.ui.account import account_foot, draw_wanted_password
from dyno_core.ui.calendar_feeds import draw_wanted_feeds
from dyno_core.ui.session import current_actor, for_this_run, require_page

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Entry:
    """A page of the navigation. Its icon is drawn from the app's own files."""

    path: str
    title: str
    icon: str
    needs: Permission = Permission.READ


PAGES = (
    Entry("chat", "Chat", ":material/chat:"),
    Entry("calendar", "Calendar", ":material/calendar_month:"),
    Entry("planning", "Planning", ":material/event_note:"),
    Entry("utilization", "Utilization", ":material/monitoring:"),
    Entry("roi", "ROI", ":material/savings:"),
    Entry("fleet", "Fleet", ":material/garage:", Permission.EDIT_FLEET),
    Entry("admin", "Admin", ":material/admin_panel_settings:", Permission.MANAGE_USERS),
)


def page_of(entry: Entry, actor: Actor) -> st.Page:
    """The page, or at the same address the reason why it is not for this role."""

    def denied() -> None:
        require_page(entry.needs)

    allowed = actor.may(entry.needs)
    return st.Page(
        HERE / "pages" / f"{entry.path}.py" if allowed else denied,
        title=entry.title,
        icon=entry.icon,
        url_path=entry.path,
        default=entry.path == "chat",
        visibility="visible" if allowed else "hidden",
    )


st.set_page_config(page_title="Dyno-Agent", page_icon=str(HERE / "static" / "favicon.png"), layout="wide")
with correlated():
    signed_in = current_actor()
    st.logo(str(HERE / "static" / "logo.svg"), icon_image=str(HERE / "static" / "mark.svg"), size="large")
    chosen = st.navigation(
        [page_of(entry, signed_in) for entry in PAGES if (HERE / "pages" / f"{entry.path}.py").exists()]
    )
    account_foot(signed_in)
    with for_this_run(signed_in):
        chosen.run()
    draw_wanted_feeds(signed_in)
    draw_wanted_password(signed_in)
