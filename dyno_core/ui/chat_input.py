"""The box that messages are typed into. What can't be taken comes back into it, with the reason."""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.conversations import Message
from dyno_core.agent.runs import Run
from dyno_core.errors import DatabaseUnavailable, DynoError
from dyno_core.ui.chat_agent import ask
from dyno_core.ui.chat_sidebar import current_conversation, open_conversation
from dyno_core.ui.session import HANDED_BACK, TYPED

_HANDED_BACK = 50_000
"""Characters. What is longer was pasted from somewhere and would only slow the page down."""

_NOT_SENT = "The database could not be reached, so your message was not sent; it is in the box again, to be sent anew."


def message_box(main: DeltaGenerator) -> str | None:
    """What was typed. It has no limit of its own: Streamlit drops a longer paste without a word.

    ``main``: any place in the page's main part, outside of its containers. Through it the box stays at the window's
    foot and the page follows the newest message, also where a fragment draws the box.
    """
    if back := st.session_state.pop(HANDED_BACK, None):
        st.session_state[TYPED] = back
    return main.chat_input("Ask about the plan, or book a vehicle …", key=TYPED, submit_mode="disable")


def begin(agent: Agent, actor: Actor, text: str) -> Run:
    """Begin to answer, in the open conversation or a new one. A message that can't be taken is handed back on the next
    run."""
    try:
        current = current_conversation(agent, actor)
        conversation, run = ask(agent, actor, current, text)
    except DatabaseUnavailable:
        hand_back(text, _NOT_SENT)
        st.rerun()
    except DynoError as refusal:
        hand_back(text, str(refusal))
        st.rerun()
    if current is None:
        open_conversation(conversation.id)
    return run


def hand_back(text: str, why: str) -> None:
    """Put a message back into the box, and the reason under the conversation."""
    if len(text) <= _HANDED_BACK:
        st.session_state[HANDED_BACK] = text
    st.session_state["chat_refused"] = why


def refusal_of_last(messages: Sequence[Message]) -> str | None:
    """Why the last message was not answered, once; None when the answer that is drawn says it."""
    why: str | None = st.session_state.pop("chat_refused", None)
    said = messages[-1] if messages else None
    return None if why and said and said.role == "assistant" and why in said.text else why
