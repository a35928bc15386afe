"""An answer while it is given: words as they come, steps as they are taken, and a way to stop."""

import time
from collections.abc import Sequence
from typing import Final

import streamlit as st
from streamlit.elements.lib.mutable_status_container import StatusContainer

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.events import Event
from dyno_core.agent.runs import Run
from dyno_core.agent.upkeep import is_answered
from dyno_core.ui.chat_agent import finish
from dyno_core.ui.chat_answers import READABLE, assistant, draw_question, said_of, spoken
from dyno_core.ui.focus import wish_focus

_LOOK_SECONDS = 2.0
_AT_ONCE_SECONDS = 0.05
FIRST_MOMENT_SECONDS: Final = 0.2
"""A browser begins to draw anew with each message that reaches it. So words that come within this are drawn together,
and the rest of the page is sent when it is over once more, or the answer at its end."""


class Stage:
    """Where a running answer is drawn: its steps, and its words.

    Words come first: Streamlit pauses for a moment when it draws a status, so that is drawn after the first of them,
    or in a silence, and only when there are steps to show.
    """

    def __init__(self, run: Run) -> None:
        """Show the question, what was said so far or that it is being answered, and how to stop it."""
        before = run.events.copy()
        self._run, self._events, self._text = run, run.follow(len(before)), ""
        self._label = "Thinking …"
        self._new_steps: list[str] = []
        self._drawn_at = 0.0
        self._status: StatusContainer | None = None
        if run.question:
            draw_question(run.question)
        with assistant():
            self._steps = st.empty()
            self._place = st.container()
            self._words = self._place.empty()
            self._catch_up(before)
            st.button(
                "Stop", icon=":material/stop_circle:", key="chat_stop", type="tertiary", on_click=_stop, args=(run,),
                shortcut="Esc", help="Ends the answer. What was written stays written.",
            )  # fmt: skip

    def _catch_up(self, before: Sequence[Event]) -> None:
        """Draw what was said before this page came to it at once, not word by word."""
        for event in before:
            if event["type"] == "token":
                self._text += event["text"]
            else:
                self._draw(event)
        if self._text or not before:
            self._words.markdown(self._so_far(), width=READABLE)

    def _so_far(self) -> str:
        return f"{spoken(self._text)} ▌" if self._text else shimmering(self._label)

    def begin(self) -> None:
        """Draw the first words, if they come at once: the rest of the page is there already and can wait for them.

        It waits a moment longer, or they would be seen with it: a short answer has ended by then.
        """
        until = None
        for event in () if self._text else self._events:
            self._draw(event)
            if event is None or (until and time.monotonic() > until):
                return
            if until is None and event["type"] == "token":
                until = time.monotonic() + FIRST_MOMENT_SECONDS

    def follow(self) -> None:
        """Draw the answer to its end. Leaving the page ends the drawing, not the answer."""
        for event in self._events:
            self._draw(event)
        self._draw_steps()
        if self._status:
            self._status.update(label="Done", state="complete")
        keep_refusal(self._run)

    def _draw(self, event: Event | None) -> None:
        if event is None:
            self._draw_steps()
            # Something has to be drawn now and then, or the page could not be left while a model is silent.
            self._words.markdown(self._so_far(), width=READABLE)
        elif event["type"] == "token":
            is_first, self._text = not self._text, self._text + event["text"]
            if time.monotonic() - self._drawn_at > _AT_ONCE_SECONDS:
                self._words.markdown(self._so_far(), width=READABLE)
                self._drawn_at = time.monotonic()
                if not is_first:
                    self._draw_steps()
        elif event["type"] == "message":
            self._words.markdown(spoken(event["text"]), width=READABLE)
            self._next_words()
        elif event["type"] == "progress":
            self._say(event["text"])
        elif event["type"] == "tool_result":
            self._new_steps.append(said_of(event))
        elif event["type"] == "error":
            self._words.warning(spoken(event["text"]), icon=":material/warning:", width=READABLE)
            self._next_words()

    def _say(self, label: str) -> None:
        self._label = label
        if self._status:
            self._status.update(label=shimmering(label))
        elif not self._text:
            self._words.markdown(shimmering(label))

    def _draw_steps(self) -> None:
        if self._new_steps and self._status is None:
            self._status = self._steps.status(shimmering(self._label), type="compact")
        while self._new_steps and self._status:
            self._status.markdown(self._new_steps.pop(0))

    def _next_words(self) -> None:
        self._words, self._text = self._place.empty(), ""


def keep_refusal(run: Run) -> None:
    """An answer that could not even begin is stored nowhere; the next run of the page says why."""
    if errors := [event["text"] for event in run.events if event["type"] == "error"]:
        st.session_state["chat_refused"] = errors[-1]


def shimmering(label: str) -> str:
    """Words for something that is going on."""
    return f":shimmer[{label}]"


def _stop(run: Run) -> None:
    run.stop()
    wish_focus()


def cut_off(agent: Agent, actor: Actor, conversation_id: str) -> None:
    """In the place of an answer that was never given: the process that gave it ended, or it is not this one."""
    if is_answered(agent, actor, conversation_id):
        st.markdown(":shimmer[This is being answered …]")
        _look_again()
        return
    st.markdown("This answer was cut off before its end. What was done until then is done, and is not done again.")
    st.button(
        "Finish the answer", icon=":material/play_circle:", key="chat_finish", type="primary", on_click=finish,
        args=(agent, actor, conversation_id),
    )  # fmt: skip


@st.fragment(run_every=_LOOK_SECONDS)
def _look_again() -> None:
    if st.session_state.get("chat_looked", False):
        st.session_state["chat_looked"] = False
        st.rerun()
    st.session_state["chat_looked"] = True


@st.fragment(run_every=_LOOK_SECONDS)
def watch(agent: Agent, conversation_id: str, begun: int) -> None:
    """Draw the page again when an answer was begun in another tab since it was drawn."""
    if agent.runs.begun(conversation_id) != begun:
        st.rerun()
