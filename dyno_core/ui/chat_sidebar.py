"""The list of one's own conversations, beside the chat."""

from contextlib import suppress
from functools import partial
from typing import Literal
from unicodedata import bidirectional

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.conversations import (
    Conversation,
    ConversationNotFound,
    get_conversation,
    list_conversations,
    messages_of,
    rename_conversation,
)
from dyno_core.agent.exporting import as_json, as_markdown
from dyno_core.agent.upkeep import remove_conversation
from dyno_core.ui.errors import presented
from dyno_core.ui.focus import wish_focus
from dyno_core.ui.quoting import quoted

PARAMETER = "c"
_MOST = 40
_ALL = 100_000
_FROM_RIGHT = 22
"""Letters of a title that have room beside its menu."""


def current_conversation(agent: Agent, actor: Actor) -> Conversation | None:
    """The one in the address, when it is the person's own; otherwise none, and the address is cleared."""
    wanted = st.query_params.get(PARAMETER)
    if not wanted:
        return None
    try:
        return get_conversation(agent.database, actor, wanted)
    except ConversationNotFound as refusal:
        st.toast(str(refusal), icon=":material/warning:")
        open_conversation(None)
        return None


def open_conversation(conversation_id: str | None) -> None:
    if conversation_id:
        st.query_params[PARAMETER] = conversation_id
    else:
        st.query_params.pop(PARAMETER, None)


def conversations(agent: Agent, actor: Actor, current: Conversation | None) -> None:
    with st.sidebar:
        st.button(
            "New conversation", icon=":material/edit_square:", key="chat_new", width="stretch", on_click=_begin_anew,
        )  # fmt: skip
        search = st.text_input(
            "Search conversations", key="chat_search", placeholder="Search conversations",
            icon=":material/search:", label_visibility="collapsed",
        )  # fmt: skip
        most = st.session_state.get("chat_listed", _MOST)
        found = list_conversations(agent.database, actor, search=search or "", limit=most + 1)
        if not found:
            st.caption(
                f"None of your conversations holds “{quoted(search)}”; clear the search to see them all."
                if search
                else "Your conversations will be listed here."
            )
        with st.container(gap=None, key="chat_list"):
            for one in found[:most]:
                _entry(agent, actor, one, is_open=current is not None and one.id == current.id)
        if len(found) > most:
            st.button("Show older conversations", key="chat_older", type="tertiary", on_click=_list_more)


def _begin_anew() -> None:
    open_conversation(None)
    wish_focus()


def _list_more() -> None:
    st.session_state["chat_listed"] = st.session_state.get("chat_listed", _MOST) + _MOST


def _entry(agent: Agent, actor: Actor, one: Conversation, *, is_open: bool) -> None:
    """One conversation. Only the open one has places of its own, beside its menu: a browser goes through all there is
    on a page before it shows an answer's first word."""
    if not is_open:
        _opener(one, kind="tertiary")
        return
    with st.container(horizontal=True, gap=None, vertical_alignment="center", wrap=False, key=f"chat_entry_{one.id}"):
        with st.container():  # takes the room that the menu leaves: a long title ends before it, not under it
            _opener(one, kind="secondary")
        _menu(agent, actor, one)


def _opener(one: Conversation, *, kind: Literal["secondary", "tertiary"]) -> None:
    st.button(
        _label(one.title), key=f"chat_open_{one.id}", type=kind, on_click=open_conversation, args=(one.id,), wrap=False,
    )  # fmt: skip


def _menu(agent: Agent, actor: Actor, one: Conversation) -> None:
    with st.popover("", icon=":material/more_vert:", type="tertiary", width=44, key=f"chat_menu_{one.id}"):
        name = f"chat_name_{one.id}"
        st.text_input(
            "Name", value=one.title, max_chars=80, key=name, on_change=_rename, args=(agent, actor, one, name)
        )
        for kind, label in (("md", "Download as text"), ("json", "Download as JSON")):
            st.download_button(
                label, icon=":material/download:", key=f"chat_save_{kind}_{one.id}", width="stretch",
                data=partial(exported, agent, actor, one.id, kind), file_name=f"conversation-{one.id[:8]}.{kind}",
                mime="application/json" if kind == "json" else "text/markdown", on_click="ignore",
            )  # fmt: skip
        with st.expander("Delete", icon=":material/delete:", type="compact"):
            st.button(
                "Delete for good", key=f"chat_delete_{one.id}", type="primary", width="stretch",
                on_click=_delete, args=(agent, actor, one),
            )  # fmt: skip


def exported(agent: Agent, actor: Actor, conversation_id: str, kind: str) -> str:
    """All of a conversation as a file; read when somebody asks for it."""
    conversation = get_conversation(agent.database, actor, conversation_id)
    messages = messages_of(agent.database, actor, conversation_id, limit=_ALL)
    return as_json(conversation, messages) if kind == "json" else as_markdown(conversation, messages)


def _rename(agent: Agent, actor: Actor, one: Conversation, key: str) -> None:
    # A second press on “Delete for good” sends the name along; what is gone needs none.
    with presented(), suppress(ConversationNotFound):
        rename_conversation(agent.database, actor, one.id, st.session_state[key])


def _delete(agent: Agent, actor: Actor, one: Conversation) -> None:
    with presented():
        remove_conversation(agent, actor, one.id)
        _begin_anew()


def _label(title: str) -> str:
    """A title as a button's label: no mark-up. The button ends it on the right where the room does.

    One that is read from the right would lose its beginning there, so that is ended here.
    """
    is_from_right = next((bidirectional(one) for one in title if one.isalpha()), "") in ("R", "AL")
    whole = title if len(title) <= _FROM_RIGHT or not is_from_right else f"{title[: _FROM_RIGHT - 1]}…"
    shown = whole[:1].upper() + whole[1:]
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()#+-.!$:|<>~" else letter for letter in shown)
