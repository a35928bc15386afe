"""What waits for a person: the card with changes to agree to, the receipt's Undo, suggestions, thumbs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dyno_core.accounts.roles import Actor, Role
from dyno_core.agent.agent import Agent
from dyno_core.agent.conversations import Message
from dyno_core.agent.models import OFFLINE
from dyno_core.agent.tools import WRITES
from dyno_core.agent.turns import Pending
from dyno_core.ui.chat_agent import approve_all, ask_offline, choice_key, decide, rate, undo
from dyno_core.ui.chat_answers import READABLE, spoken

_LOOKING: Final = (
    "Which dynos are free next week for a light 2WD brake test?",
    "What is running right now?",
    "Are there any conflicts?",
    "What maintenance is planned?",
)
_BOOKING: Final = (
    "Book vehicle 1 for a brake test from next Monday for 3 days, up to 90 days later",
    "When is the next free window for a heavy AWD durability test of 5 days?",
)
_PLANNING: Final = ("Which requests are waiting for a dyno?", "Which tests are late?")
_MANAGING: Final = ("How was the utilization last month?", "How many tests are completed?")
SUGGESTIONS: Final[Mapping[Role, tuple[str, ...]]] = {
    Role.VIEWER: _LOOKING,
    Role.ENGINEER: (*_BOOKING, *_LOOKING[:3]),
    Role.PLANNER: (_BOOKING[0], *_PLANNING, *_LOOKING[2:]),
    Role.MANAGER: (*_MANAGING, _LOOKING[1], _LOOKING[2]),
    Role.ADMIN: (_BOOKING[0], _LOOKING[0], _LOOKING[2], _MANAGING[0]),
}
_RATED: Final = 20
"""Thumbs stand under so many of the latest answers; each is a widget that every run has to draw."""


def suggestion(actor: Actor) -> str | None:
    """A greeting, and questions to begin with; the one that was clicked."""
    st.markdown(f"### Hello {spoken(actor.name)}, what can I do for you?")
    st.markdown("Ask in plain words. Before anything is booked, moved or cancelled you see it and say yes or no.")
    return st.pills("Suggestions", SUGGESTIONS[actor.role], key="chat_suggestion", label_visibility="collapsed")


def question_card(agent: Agent, actor: Actor, conversation_id: str, waiting: Pending) -> None:
    """Under an answer: everything that it would change. Several changes are chosen one by one."""
    count = len(waiting.writes)
    with st.container(border=True, width=READABLE, key="chat_card"):
        st.markdown("**Shall I do this?**" if count == 1 else f"**Shall I make these {count} changes?**")
        for number, write in enumerate(waiting.writes):
            if count == 1:
                st.markdown(spoken(write["summary"]))
            else:
                st.checkbox(spoken(write["summary"]), value=True, key=choice_key(waiting.id, number))
        with st.container(horizontal=True):
            given = (agent, actor, conversation_id, waiting.id, count)
            if count == 1:
                st.button(
                    "Approve", type="primary", icon=":material/check:", key="chat_approve", on_click=approve_all,
                    args=given, kwargs={"yes": True},
                )  # fmt: skip
            else:
                st.button(
                    "Approve what is ticked", type="primary", icon=":material/check:", key="chat_approve",
                    on_click=decide, args=given,
                )  # fmt: skip
            st.button(
                "Reject" if count == 1 else "Reject all", icon=":material/close:", key="chat_reject",
                on_click=approve_all, args=given, kwargs={"yes": False},
            )  # fmt: skip


def foot(agent: Agent, actor: Actor, conversation_id: str, messages: Sequence[Message], at: int) -> None:
    """Under an answer: Undo for the last change, a way out when the model failed, thumbs."""
    message = messages[at]
    with st.container(horizontal=True, vertical_alignment="center", key=f"chat_foot_{message.id}"):
        if at == _last_change(messages):
            given = (agent, actor, conversation_id)
            st.button("Undo", icon=":material/undo:", key="chat_undo", on_click=undo, args=given)
        if at == len(messages) - 1 and _model_failed(message):
            st.button(
                "Ask the offline model", icon=":material/cloud_off:", key="chat_offline", on_click=ask_offline,
                args=(agent, actor, conversation_id),
            )  # fmt: skip
        if at >= len(messages) - _RATED:
            _thumbs(agent, actor, message)
        # Where the offline model always answers, saying so under each answer would be noise.
        if message.model is not None and {message.model, agent.model_name} != {OFFLINE}:
            st.caption("offline model" if message.model == OFFLINE else message.model)


def _thumbs(agent: Agent, actor: Actor, message: Message) -> None:
    """Helpful or not; whoever says no is asked why, and may leave that out."""
    keys = (f"chat_thumb_{message.id}", f"chat_reason_{message.id}")
    given = (agent, actor, message.id, *keys)
    thumb = None if message.helpful is None else int(message.helpful)
    st.feedback("thumbs", key=keys[0], default=thumb, on_change=rate, args=given)
    if message.helpful is False:
        st.text_input(
            "What was wrong?", value=message.reason, key=keys[1], placeholder="What was wrong? (Enter to send)",
            max_chars=500, label_visibility="collapsed", on_change=rate, args=given, width=320,
        )  # fmt: skip


def _last_change(messages: Sequence[Message]) -> int | None:
    """The answer whose change can be undone: the last one that changed something, unless that was an undo."""
    for at in range(len(messages) - 1, -1, -1):
        changes = [one["name"] for one in messages[at].events if _changed(one)]
        if changes:
            return at if changes[-1] in WRITES else None
    return None


def _changed(event: Mapping[str, Any]) -> bool:
    return event["type"] == "tool_result" and bool(event["ok"]) and event["name"] in (*WRITES, "undo")


def _model_failed(message: Message) -> bool:
    ended: Mapping[str, Any] = message.events[-1] if message.events else {}
    return bool(ended.get("offline"))
