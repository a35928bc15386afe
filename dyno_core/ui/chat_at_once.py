"""What is typed, and the first words that answer it: sooner than the rest of the page."""

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Permission
from dyno_core.agent.agent import Agent
from dyno_core.agent.conversations import Conversation
from dyno_core.agent.models import OFFLINE
from dyno_core.agent.runs import Run
from dyno_core.telemetry import correlated
from dyno_core.ui.chat_answers import READABLE, assistant, draw_question, spoken
from dyno_core.ui.chat_input import begin, message_box
from dyno_core.ui.chat_live import keep_refusal, shimmering
from dyno_core.ui.chat_sidebar import PARAMETER
from dyno_core.ui.errors import presented
from dyno_core.ui.session import require_page

_SHOWN: Final = "chat_at_once"
_AT_ONCE_SECONDS: Final = 0.15
"""The offline model answers sooner than a browser has drawn that it thinks: its first words are drawn instead."""
_FIRST_MOMENT_SECONDS: Final = 0.2
"""A browser begins to draw anew with each message that reaches it. So the rest of the page is sent when this is over,
or the answer at its end."""


@st.fragment
def talk(agent: Agent, current: Conversation | None, now: DeltaGenerator, greeting: DeltaGenerator) -> None:
    """The message box. What is typed into it is answered ``now``, in the place of the greeting; then the page is drawn.

    A fragment: before an answer's first word there are no pages, conversations and earlier messages to go through,
    neither here nor in the browser. When the whole page is drawn after it, the words stand until they are drawn in
    their own place.
    """
    with st.bottom:
        typed = message_box()
    with greeting:
        st.empty()
    with now.container(), correlated(), presented():
        run = _asked(agent, current, typed) if typed else _shown()
        if run is None:
            st.empty()
            return
        _draw(run)
    if typed:
        st.session_state[_SHOWN] = (st.query_params.get(PARAMETER), run)
        if run.wait_for_end(_FIRST_MOMENT_SECONDS):
            keep_refusal(run)
        st.rerun()


def _asked(agent: Agent, current: Conversation | None, typed: str) -> Run:
    run = begin(agent, require_page(Permission.READ), current, typed)
    if agent.model_name == OFFLINE:
        run.wait(_AT_ONCE_SECONDS)
    return run


def _shown() -> Run | None:
    """What the run before showed in this conversation."""
    where, run = st.session_state.pop(_SHOWN, (None, None))
    return run if where == st.query_params.get(PARAMETER) else None


def _draw(run: Run) -> None:
    draw_question(run.question)
    with assistant():
        words = run.first_words()
        st.markdown(spoken(words) if words else shimmering("Thinking …"), width=READABLE)
