"""The views of a page, behind one button: open one, save what is on screen, rename, share, delete."""

import html
from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.period import say_day
from dyno_core.start import App
from dyno_core.ui.errors import presented
from dyno_core.ui.quoting import unmarked
from dyno_core.ui.session import origin
from dyno_core.views import (
    LONGEST_NAME,
    SavedView,
    ViewPage,
    delete_view,
    list_views,
    rename_view,
    save_view,
    share_view,
)

_TOLD: Final = "views_told"
_PASSING: Final = frozenset({"conflict"})
"""What an address asks for once; no part of a view."""


def saved_views(app: App, actor: Actor, *, page: ViewPage) -> None:
    """Draw it after the page's filters, which it reads from the address."""
    with st.popover("Views", icon=":material/bookmark:", key="views"), presented():
        views = list_views(app.database, actor, page=page)
        if told := st.session_state.pop(_TOLD, None):
            st.success(unmarked(told), icon=":material/check_circle:")
        _links(views, actor)
        _save_form(app, actor, page)
        changeable = [one for one in views if one.owner_id == actor.id or actor.may(Permission.MANAGE_USERS)]
        if changeable:
            with st.expander("Rename, share or delete"):
                _change(app, actor, changeable)


def _links(views: Sequence[SavedView], actor: Actor) -> None:
    """Links, since widgets take their values from an address only when the page is opened."""
    if not views:
        st.caption("Set the filters as you like them, then save them here under a name.")
        return
    items = "".join(
        f'<li><a href="/{html.escape(one.page)}?{html.escape(one.query)}" target="_self" style="color: inherit">'
        f"{html.escape(one.name)}</a>{_whose(one, actor)}</li>"
        for one in views
    )
    st.html(f'<ul style="list-style: none; margin: 0; padding: 0; line-height: 1.9">{items}</ul>')


def _whose(one: SavedView, actor: Actor) -> str:
    said = f"by {one.owner}" if one.owner_id != actor.id else "shared with everyone" if one.shared else ""
    return f' <small style="opacity: 0.7">{html.escape(said)}</small>' if said else ""


def _save_form(app: App, actor: Actor, page: ViewPage) -> None:
    parameters = {name: st.query_params.get_all(name) for name in st.query_params if name not in _PASSING}
    day = _day(parameters, today=app.clock.today())
    with st.form("view_save", border=False, clear_on_submit=True):
        name = st.text_input("Save this view as", max_chars=LONGEST_NAME, placeholder="A name", key="view_name")
        keep_day = day is not None and st.checkbox(f"With the day {say_day(day)}", value=True, key="view_day")
        shared = actor.may(Permission.SHARE_VIEWS) and st.checkbox("Everyone may open it", key="view_shared")
        if st.form_submit_button("Save", type="primary", key="view_save"):
            if not keep_day:
                parameters.pop("day", None)
            with presented():
                saved = save_view(
                    app.database, origin("calendar", actor), page=page, name=name, parameters=parameters, shared=shared
                )
                _tell(f"“{saved.name}” is saved.")


def _day(parameters: dict[str, list[str]], *, today: date) -> date | None:
    """The day that the page was turned to; None for the one it opens with."""
    try:
        day = date.fromisoformat(parameters.get("day", [""])[0])
    except ValueError:
        return None
    return day if day != today else None


def _change(app: App, actor: Actor, views: Sequence[SavedView]) -> None:
    by_id = {one.id: one for one in views}
    # By number: a view that was changed is still the chosen one.
    one = by_id[st.selectbox("View", list(by_id), format_func=lambda number: by_id[number].name, key="view_chosen")]
    own = one.owner_id == actor.id
    by = origin("calendar", actor)
    name = (
        st.text_input("Name", one.name, max_chars=LONGEST_NAME, key=f"view_name_{one.id}_{one.version}") if own else ""
    )
    with st.container(horizontal=True), presented():
        if own and st.button("Rename", key="view_rename"):
            renamed = rename_view(app.database, by, one.id, name=name, version=one.version)
            _tell(f"It is called “{renamed.name}” now.")
        if own and one.shared and st.button("Keep to myself", key="view_keep"):
            share_view(app.database, by, one.id, shared=False, version=one.version)
            _tell(f"Only you see “{one.name}” now.")
        if own and not one.shared and actor.may(Permission.SHARE_VIEWS) and st.button("Share", key="view_share"):
            share_view(app.database, by, one.id, shared=True, version=one.version)
            _tell(f"Everyone sees “{one.name}” now.")
        if st.button("Delete", key="view_delete"):
            delete_view(app.database, by, one.id, version=one.version)
            _tell(f"“{one.name}” is deleted.")


def _tell(said: str) -> None:
    st.session_state[_TOLD] = said
    st.rerun()
