"""Who looks at this page, and whether they may.

Every page begins with ``actor = require_page(Permission.…)``, also behind the server's gate and the
navigation: a page file may come to be run directly, and a tab may be older than a revoked session.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final, NoReturn

import streamlit as st

from dyno_core.accounts.roles import Actor, Permission, require
from dyno_core.accounts.sign_in import actor_for
from dyno_core.audit.log import Channel, Origin
from dyno_core.errors import DatabaseUnavailable, NotAllowed
from dyno_core.start import App, shared_app
from dyno_core.telemetry import correlation_id

COOKIE: Final = "dyno_auth"
SIGN_IN_ANEW: Final = "sign_in_anew"
"""Set once this person has changed their own password, which ended this session like all others."""
TYPED: Final = "chat_input"
HANDED_BACK: Final = "chat_back"
"""What was typed into the chat's box, and what goes back into it on the next run."""
_of_this_run: ContextVar[Actor | None] = ContextVar("actor_of_this_run", default=None)


def current_app() -> App:
    """The process's one app: the server's own, or one started for this page when there is no server."""
    return shared_app()


def read_token() -> str | None:
    """The sign-in token of this browser.

    The one seam for tests: a simulated page has no cookies, so they put a function in this one's place that
    returns a token from `issue_session`. Everything behind it stays real.
    """
    return st.context.cookies.get(COOKIE)


def current_actor() -> Actor:
    """Who is signed in, as the database knows them now. Anyone else is led to the sign-in page.

    Asked on every run. Button callbacks and fragments run without the page's beginning; the functions they
    call check the permission again.
    """
    app = current_app()
    try:
        # Real time, also where DYNO_TODAY fixes the day that is planned on.
        actor = actor_for(app.database, read_token(), key=app.key, now=datetime.now(UTC))
    except DatabaseUnavailable:
        if typed := st.session_state.get(TYPED):
            st.session_state[HANDED_BACK] = typed  # this run ends before the box is drawn, and would lose it
        _wait_for_the_database()
    if actor is None:
        changed = SIGN_IN_ANEW in st.session_state
        ended = "Your password is changed" if changed else "You are not signed in any more"
        st.info(f"{ended}; one moment, the sign-in page is coming.")
        # A file, not inline: the content security policy allows no inline scripts.
        why = "?told=password-changed" if changed else ""
        st.html(f'<script src="/auth/bye.js{why}"></script>', unsafe_allow_javascript=True)
        st.stop()
    return actor


@contextmanager
def waiting_for_the_database() -> Iterator[None]:
    """Around what is read to draw a page: lost on the way, the database is waited for instead of half a page left."""
    try:
        yield
    except DatabaseUnavailable:
        _wait_for_the_database()


def _wait_for_the_database() -> NoReturn:
    st.warning(
        "The database can't be reached right now; this page comes back as soon as it answers.",
        icon=":material/hourglass_top:",
    )
    _come_back()
    st.stop()


@st.fragment(run_every=3)
def _come_back() -> None:
    """Looks for the database while the message stands, and draws the whole page again when it is there."""
    if current_app().database.is_reachable():
        st.rerun()


@contextmanager
def for_this_run(actor: Actor) -> Iterator[None]:
    """Around the page: who was found to be signed in a moment ago needs not be asked for by the page once more."""
    before = _of_this_run.set(actor)
    try:
        yield
    finally:
        _of_this_run.reset(before)


def require_page(permission: Permission) -> Actor:
    """The signed-in person, if their role has the permission; otherwise the page says so and ends.

    Asked anew where a page is run on its own.
    """
    actor = _of_this_run.get() or current_actor()
    try:
        require(actor, permission)
    except NotAllowed as refusal:
        st.title("Not for your role")
        st.warning(str(refusal), icon=":material/lock:")
        st.stop()
    return actor


def origin(channel: Channel, actor: Actor | None = None) -> Origin:
    """Where a change made on this page comes from."""
    return Origin(actor=actor or current_actor(), channel=channel, correlation_id=correlation_id())
