"""Chat: ask in plain words, see what would change, say yes, take it back."""

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.agent.conversations import messages_of
from dyno_core.agent.models import caption
from dyno_core.agent.turns import pending
from dyno_core.ui.chat_agent import agent_of, ask
from dyno_core.ui.chat_answers import draw_answer, draw_question
from dyno_core.ui.chat_cards import foot, question_card, suggestion
from dyno_core.ui.chat_live import follow
from dyno_core.ui.chat_sidebar import conversations, current_conversation, open_conversation
from dyno_core.ui.errors import presented
from dyno_core.ui.session import current_app, require_page

# Messages that are drawn at first: each of them is drawn again on every run.
PAGE = 60


def earlier() -> None:
    st.session_state["chat_most"] = st.session_state.get("chat_most", PAGE) + PAGE


actor = require_page(Permission.READ)
agent = agent_of(current_app())

with presented():
    current = current_conversation(agent, actor)
    conversations(agent, actor, current)
    typed = st.chat_input(
        "Ask about the plan, or book a vehicle …", key="chat_input", max_chars=8_000, submit_mode="disable"
    )
    # The run first: one that ends after this line has stored its answer by then, or is followed to its end.
    run = agent.runs.running(current.id) if current else None
    most = st.session_state.get("chat_most", PAGE)
    messages = messages_of(agent.database, actor, current.id, limit=most) if current else ()

    if not messages and run is None and not typed:
        typed = suggestion(actor)
    if len(messages) == most:
        st.button(
            "Show earlier messages", key="chat_earlier", type="tertiary", icon=":material/history:", on_click=earlier
        )
    waiting = pending(agent, actor, current.id) if current and run is None else None
    for at, message in enumerate(messages):
        if message.role == "user":
            draw_question(message.text)
            continue
        with st.chat_message("assistant", avatar=":material/smart_toy:"):
            draw_answer(message)
            if current and waiting and at == len(messages) - 1:
                question_card(agent, actor, current.id, waiting)
            elif current and run is None:
                foot(agent, actor, current.id, messages, at)

    if current and waiting and messages[-1:] and messages[-1].role == "user":
        with st.chat_message("assistant", avatar=":material/smart_toy:"):
            question_card(agent, actor, current.id, waiting)
    if run is not None:
        if not messages or messages[-1].role != "user":
            draw_question(run.question)
        follow(run)
        st.rerun()
    elif typed:
        open_conversation(ask(agent, actor, current.id if current else None, typed))
        st.rerun()
    st.caption(caption(agent.model_name))
