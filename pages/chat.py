"""Chat: ask in plain words, see what would change, say yes, take it back."""

from functools import cache

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.agent.conversations import messages_of
from dyno_core.agent.models import caption
from dyno_core.agent.settling import store_unsaved
from dyno_core.agent.turns import pending
from dyno_core.ui.chat_agent import agent_of
from dyno_core.ui.chat_at_once import answers_at_once, talk
from dyno_core.ui.chat_input import refusal_of_last
from dyno_core.ui.chat_live import Stage, watch
from dyno_core.ui.chat_past import draw_past, said_before
from dyno_core.ui.chat_sidebar import conversations, current_conversation
from dyno_core.ui.errors import presented
from dyno_core.ui.focus import focus_message_box, wish_focus
from dyno_core.ui.quoting import unmarked
from dyno_core.ui.session import current_app, require_page, waiting_for_the_database

# Messages that are drawn at first: each of them is drawn again on every run.
PAGE = 20


def earlier() -> None:
    st.session_state["chat_most"] = st.session_state.get("chat_most", PAGE) + PAGE
    wish_focus()


actor = require_page(Permission.READ)
agent = agent_of(current_app())

with presented(), waiting_for_the_database():
    current = current_conversation(agent, actor)
    # The run first: one that ends after this line has stored its answer by then, or is followed to its end.
    run = agent.runs.running(current.id) if current else None
    begun = agent.runs.begun(current.id) if current else 0
    if current and run is None:
        store_unsaved(agent, actor, current.id)
    most = st.session_state.get("chat_most", PAGE)
    messages = messages_of(agent.database, actor, current.id, limit=most) if current else ()
    past, first, later, main = st.container(), st.container(), st.container(), st.empty()

    @cache
    def box() -> None:
        with first:
            talk(agent, actor, main=main, greets=not messages and run is None)

    def clear() -> None:
        """An answer that was just given stands in one of these places, which end where it is drawn above them."""
        box()
        later.empty()

    if not answers_at_once():
        box()
    if run is not None:
        with later.container():
            stage = Stage(run)
        box()
        stage.begin()
    conversations(agent, actor, current)

    waiting = pending(agent, actor, current.id) if current and run is None else None
    # A short answer has ended by now: what was said before it still stands there, and is drawn again with it.
    if current and not (run and run.done):
        with past:
            if len(messages) == most:
                st.button(
                    "Show earlier messages", key="chat_earlier", type="tertiary", icon=":material/history:",
                    on_click=earlier,
                )  # fmt: skip
            shown = said_before(messages, run)
            draw_past(agent, actor, current.id, shown, waiting=waiting, answering=run is not None, end_of_stage=clear)

    if run is not None:
        focus_message_box()
        stage.follow()
        st.rerun()
    box()
    if refused := refusal_of_last(messages):
        st.error(unmarked(refused), icon=":material/warning:")
    st.caption(caption(agent.model_name))
    focus_message_box()
    if current:
        watch(agent, current.id, begun)
