"""The agent behind the chat page, and what its buttons do.

Answers are given by threads of the process, not by the page: closing it, reloading it or leaving it ends none.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent, make_agent
from dyno_core.agent.checkpoints import StillAnswering
from dyno_core.agent.choices import edit_in_words, run_edit, run_way_out, way_in_words
from dyno_core.agent.conversations import (
    Conversation,
    Message,
    cleaned,
    create_conversation,
    newest_message,
    rate_message,
)
from dyno_core.agent.runs import Answer, Run
from dyno_core.agent.turns import (
    OFFLINE_INSTEAD,
    Decision,
    answer_approval,
    decision_in_words,
    pending,
    run_offline_instead,
)
from dyno_core.agent.undo_turns import run_message, run_undo
from dyno_core.agent.undo_words import undo_in_words
from dyno_core.agent.upkeep import finish_turn
from dyno_core.start import App
from dyno_core.ui.errors import presented
from dyno_core.ui.focus import wish_focus, wish_newest

Changes = Mapping[str, Any] | Callable[[], Mapping[str, Any]]
_PRESSED = "chat_pressed"


@dataclass(frozen=True, slots=True)
class Asked:
    """The question of a card: every button of the card carries its id. ``count``: the changes that stand on it."""

    agent: Agent
    actor: Actor
    conversation_id: str
    question: str
    count: int


_lock = threading.Lock()
_current: list[tuple[App, Agent]] = []


def agent_of(app: App) -> Agent:
    """The process's one agent, made when the chat is first opened."""
    with _lock:
        if not _current or _current[0][0] is not app:
            for _, old in _current:
                old.close()
            _current[:] = [(app, make_agent(app.database, clock=app.clock, settings=app.settings))]
        return _current[0][1]


def ask(agent: Agent, actor: Actor, current: Conversation | None, text: str) -> tuple[Conversation, Run]:
    """Begin to answer a message; its conversation, a new one when there was none, and the answer under way.

    Raises `InvalidInput` for what can't be read, `StillAnswering`.
    """
    cleaned(text)
    conversation = current or create_conversation(agent.database, actor)
    run = _begin(
        agent, conversation.id, text,
        lambda control: run_message(agent, actor, conversation.id, text, control=control), after=conversation.newest,
    )  # fmt: skip
    return conversation, run


def ask_offline(agent: Agent, actor: Actor, conversation_id: str) -> None:
    """Let the offline model answer, because the other one failed."""
    with _told(agent, conversation_id, OFFLINE_INSTEAD):
        _begin(
            agent, conversation_id, OFFLINE_INSTEAD,
            lambda control: run_offline_instead(agent, actor, conversation_id, control=control),
        )  # fmt: skip


def finish(agent: Agent, actor: Actor, conversation_id: str) -> None:
    """Give the answer that a crash cut off."""
    with _told(agent, conversation_id, ""):
        _begin(agent, conversation_id, "", lambda control: finish_turn(agent, actor, conversation_id, control=control))


def decide(asked: Asked) -> None:
    """Answer the open question by the choices made on its card. A second click finds nothing open and does nothing."""
    agent, actor, conversation_id, question = asked.agent, asked.actor, asked.conversation_id, asked.question
    choices = [st.session_state.get(choice_key(question, number), False) for number in range(asked.count)]
    words: list[Decision] = ["approve" if chosen else "reject" for chosen in choices]
    said = decision_in_words(words)
    # The card was open here, too: what is being answered now is what was said on it elsewhere.
    elsewhere = "Already answered in another tab. What happens now is what was said there."
    with _told(agent, conversation_id, said, busy=elsewhere):
        waiting = pending(agent, actor, conversation_id)
        if waiting is not None and waiting.id == question:
            _begin(
                agent, conversation_id, said,
                lambda control: answer_approval(agent, actor, conversation_id, question, words, control=control),
            )  # fmt: skip


def approve_all(asked: Asked, *, yes: bool) -> None:
    """One answer for everything on the card."""
    for number in range(asked.count):
        st.session_state[choice_key(asked.question, number)] = yes
    decide(asked)


def choice_key(question: str, number: int) -> str:
    return f"chat_choice_{question}_{number}"


def edit(asked: Asked, number: int, changes: Changes) -> None:
    """Have one change of the open card another way. ``changes``, or what reads them from the card's own fields."""
    given = changes() if callable(changes) else changes
    said = edit_in_words(number, given)
    with _told(asked.agent, asked.conversation_id, said):
        _begin(
            asked.agent, asked.conversation_id, said,
            lambda control: run_edit(
                asked.agent, asked.actor, asked.conversation_id, asked.question,
                number=number, changes=given, control=control,
            ),
        )  # fmt: skip


def take_way_out(
    agent: Agent, actor: Actor, conversation_id: str, way: Mapping[str, Any], *, offered: Message, newest: int
) -> None:
    """Open the card for a way out of the answer ``offered``. ``newest``: the latest message that its reader saw."""
    said = way_in_words(way)
    with _told(agent, conversation_id, said):
        if newest_message(agent.database, conversation_id) == newest:
            _begin(
                agent, conversation_id, said,
                lambda control: run_way_out(
                    agent, actor, conversation_id, way, offered_at=offered.created_at, control=control
                ),
            )  # fmt: skip
        elif not _was_pressed_here(agent, conversation_id, said):
            st.toast("The conversation went on in another tab, so nothing was done. This is how it stands now.")


def undo(agent: Agent, actor: Actor, conversation_id: str, allocation_id: int, change: int) -> None:
    """Take back one change. A second click finds it undone and takes back nothing more."""
    said = undo_in_words(allocation_id)
    with _told(agent, conversation_id, said):
        _begin(
            agent, conversation_id, said,
            lambda _: run_undo(agent, actor, conversation_id, allocation_id=allocation_id, change=change),
        )  # fmt: skip


def rate(agent: Agent, actor: Actor, message_id: int, thumb_key: str, reason_key: str) -> None:
    """Keep a thumb, and why it points down."""
    thumb = st.session_state.get(thumb_key)
    if thumb is not None:
        reason = "" if thumb else st.session_state.get(reason_key, "")
        with presented():
            rate_message(agent.database, actor, message_id, helpful=bool(thumb), reason=reason)


def _begin(agent: Agent, thread_id: str, question: str, answer: Answer, *, after: int | None = None) -> Run:
    newest = newest_message(agent.database, thread_id) if after is None else after
    run = agent.runs.start(thread_id, question, answer, after=newest)
    st.session_state[_PRESSED] = (thread_id, question, agent.runs.begun(thread_id))
    wish_newest()
    return run


def _was_pressed_here(agent: Agent, thread_id: str, question: str) -> bool:
    """Whether the latest answer was begun by the same button in this tab: this is the second half of a double click."""
    pressed: object = st.session_state.get(_PRESSED)
    return pressed == (thread_id, question, agent.runs.begun(thread_id))


@contextmanager
def _told(agent: Agent, thread_id: str, question: str, *, busy: str | None = None) -> Iterator[None]:
    """Around what a button does: a refusal passes by as a message, and the keyboard goes back to the message box.

    ``busy``: what to say when something else is being answered; nothing is said of a second click.
    """
    wish_focus()
    with presented():
        try:
            yield
        except StillAnswering as still:
            if not _was_pressed_here(agent, thread_id, question):
                st.toast(busy or str(still))
