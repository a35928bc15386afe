"""What is typed, and the first words that answer it: sooner than the rest of the page."""

import time
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.agent.agent import Agent
from dyno_core.agent.models import OFFLINE
from dyno_core.telemetry import correlated
from dyno_core.ui.chat_answers import READABLE, assistant, draw_question, spoken
from dyno_core.ui.chat_cards import suggestion
from dyno_core.ui.chat_input import begin, message_box
from dyno_core.ui.chat_live import FIRST_MOMENT_SECONDS, keep_refusal, shimmering
from dyno_core.ui.errors import presented
from dyno_core.ui.session import require_page

_ANSWERS: Final = "chat_at_once"
_AT_ONCE_SECONDS: Final = 0.15
"""The offline model answers sooner than a browser has drawn that it thinks: its first words are drawn instead."""

_SEEN_SECONDS: Final = 0.05
"""A browser that is sent more at once goes through all of it before it shows the words."""


@st.fragment
def talk(agent: Agent, actor: Actor, main: DeltaGenerator, *, greets: bool) -> None:
    """The message box, the greeting, and the first words that answer what is typed or chosen, before all of the page.

    A fragment: before an answer's first word there are no pages, conversations and earlier messages to go through,
    neither here nor in the browser. When the whole page is drawn after it, the words stand until this is called again:
    see `answers_at_once`. ``main`` as in `message_box`.
    """
    place = st.empty()
    asked = message_box(main)
    if not asked and greets:
        with place.container():
            asked = suggestion(agent, actor)
    if asked:
        with correlated(), presented():
            _answer(agent, asked, place)


def _answer(agent: Agent, asked: str, place: DeltaGenerator) -> None:
    with place.container():
        # Of now, as the page may be old: a conversation deleted in another tab can't go on.
        actor = require_page(Permission.READ)
        run = begin(agent, actor, asked)
    if agent.model_name == OFFLINE:
        run.wait(_AT_ONCE_SECONDS)
    with place.container():
        draw_question(run.question)
        with assistant():
            words = run.first_words()
            st.markdown(spoken(words) if words else shimmering("Thinking …"), width=READABLE)
    time.sleep(_SEEN_SECONDS)
    if run.wait_for_end(FIRST_MOMENT_SECONDS):
        keep_refusal(run)
    st.session_state[_ANSWERS] = True
    st.rerun()


def answers_at_once() -> bool:
    """Whether `talk` has just begun to answer: its words are to stand until the page has drawn them in their place."""
    return bool(st.session_state.pop(_ANSWERS, False))
