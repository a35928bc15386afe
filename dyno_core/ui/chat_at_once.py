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
    # Before anything else: the page has just cleared this place, and nobody should see it empty.
    _draw(now, _shown())
    typed = message_box(now)
    with greeting:
        st.empty()
    if typed:
        with correlated(), presented():
            _answer(agent, current, typed, now)


def _answer(agent: Agent, current: Conversation | None, typed: str, now: DeltaGenerator) -> None:
    with now.container():
        run = begin(agent, require_page(Permission.READ), current, typed)
    if agent.model_name == OFFLINE:
        run.wait(_AT_ONCE_SECONDS)
    _draw(now, run)
    if run.wait_for_end(_FIRST_MOMENT_SECONDS):
        keep_refusal(run)
    st.session_state[_SHOWN] = (st.query_params.get(PARAMETER), run)
    st.rerun()


def _shown() -> Run | None:
    """What the run before showed in this conversation."""
    where, run = st.session_state.pop(_SHOWN, (None, None))
    return run if where == st.query_params.get(PARAMETER) else None


def _draw(now: DeltaGenerator, run: Run | None) -> None:
    with now.container():
        if run is None:
            st.empty()
            return
        draw_question(run.question)
        with assistant():
            words = run.first_words()
            st.markdown(spoken(words) if words else shimmering("Thinking …"), width=READABLE)
