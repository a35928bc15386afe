"""Suggestions to begin with, and what stands under an answer: Undo, another model, thumbs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dyno_core.accounts.roles import Actor, Permission, Role
from dyno_core.agent.agent import Agent
from dyno_core.agent.conversations import Message
from dyno_core.agent.models import OFFLINE
from dyno_core.agent.tools import WRITES
from dyno_core.agent.undo import standing
from dyno_core.booking import list_allocations
from dyno_core.fleet import list_vehicles
from dyno_core.fleet.compatibility import LIGHT
from dyno_core.period import Period
from dyno_core.ui.chat_agent import ask_offline, rate, undo
from dyno_core.ui.chat_answers import READABLE, spoken

_LOOKING: Final = (
    ("What is free next week?", "Which dynos are free next week for a light 2WD brake test?"),
    ("What is running right now?", "What is running right now?"),
    ("Are there any conflicts?", "Are there any conflicts?"),
    ("What maintenance is planned?", "What maintenance is planned?"),
)
_BOOKING: Final = (
    (
        "Book {vehicle} for a brake test",
        "Book {vehicle} for a brake test from next Monday for 3 days, up to 90 days later",
    ),
    ("Next 5 days for a durability test", "When is the next free window for a heavy AWD durability test of 5 days?"),
)
_PLANNING: Final = (
    ("Which requests wait for a dyno?", "Which requests are waiting for a dyno?"),
    ("Which tests are late?", "Which tests are late?"),
)
_MANAGING: Final = (
    ("Utilization last month", "How was the utilization last month?"),
    ("How many tests are completed?", "How many tests are completed?"),
)
_SUGGESTIONS: Final[Mapping[Role, tuple[tuple[str, str], ...]]] = {
    Role.VIEWER: _LOOKING,
    Role.ENGINEER: (*_BOOKING, *_LOOKING[:3]),
    Role.PLANNER: (_BOOKING[0], *_PLANNING, *_LOOKING[2:]),
    Role.MANAGER: (*_MANAGING, _LOOKING[1], _LOOKING[2]),
    Role.ADMIN: (_BOOKING[0], _LOOKING[0], _LOOKING[2], _MANAGING[0]),
}
"""Each as it is shown, short enough for a phone, and as it is asked."""
_SOON: Final = 14
"""Days from today in which the suggested booking begins and ends."""
_RATED: Final = 6
"""Thumbs stand under the answers among so many of the latest messages; each is a widget that every run has to draw."""
_UNDOABLE: Final = 6
"""Undo stands under so many of the latest answers that changed something; each is looked up on every run."""


def suggestions(agent: Agent, actor: Actor) -> dict[str, str]:
    """Questions to begin with, fitted to the role, each under its short form; the vehicle is one of the lab's."""
    found = list_vehicles(agent.database, limit=50)
    soon = list_allocations(agent.database, period=Period.of(agent.clock.today(), _SOON))
    busy = {one.vehicle_id for one in soon if one.status != "cancelled"}
    # A light car, which most labs have more dynos for, that stands nowhere: a newcomer's first try is to be booked.
    light = [one for one in found if one.tag and one.weight_class == LIGHT and one.drive_type]
    tags = (str(one.tag) for one in sorted(light, key=lambda one: one.id in busy))
    vehicle = next(tags, "vehicle 1")
    return {short.format(vehicle=vehicle): text.format(vehicle=vehicle) for short, text in _SUGGESTIONS[actor.role]}


def suggestion(agent: Agent, actor: Actor) -> str | None:
    """A greeting, and questions to begin with; the one that was clicked."""
    st.subheader(f"Hello {spoken(actor.name)}, what can I do for you?", anchor=False)
    st.markdown(
        "Ask in plain words. Before anything is booked, moved or cancelled you see it and say yes or no."
        if actor.may(Permission.CHANGE_OWN)
        else "Ask in plain words what runs where, what is free, and why."
    )
    offered = suggestions(agent, actor)
    chosen = st.pills("Suggestions", list(offered), key="chat_suggestion", label_visibility="collapsed")
    return offered[chosen] if chosen else None


def foot(
    agent: Agent,
    actor: Actor,
    conversation_id: str,
    messages: Sequence[Message],
    at: int,
) -> None:
    """Under an answer: Undo for what was changed, another model when one failed, thumbs."""
    message = messages[at]
    is_last = at == len(messages) - 1
    if numbers := _last_changes(messages).get(at):
        several = sum(_changed(event) for event in message.events) > 1
        _undo(agent, actor, conversation_id, numbers, several=several)
    with st.container(horizontal=True, vertical_alignment="center", key=f"chat_foot_{message.id}"):
        if is_last and _model_failed(message):
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
        if message.reason:
            st.caption(":material/check: Thank you, your reason was kept. You can still change it.")


def _undo(agent: Agent, actor: Actor, conversation_id: str, numbers: Sequence[int], *, several: bool) -> None:
    """One Undo for each change that can still be taken back, and the reason for each that can't."""
    today = agent.clock.today()
    changes = {one: standing(agent.database, conversation_id, one, today=today) for one in numbers}
    with st.container(horizontal=True):
        for one, last in changes.items():
            if last.change is not None:
                label = f"Undo allocation {one}" if several else "Undo"
                st.button(
                    label, icon=":material/undo:", key=f"chat_undo_{one}", on_click=undo,
                    args=(agent, actor, conversation_id, one, last.change),
                )  # fmt: skip
    for reason in dict.fromkeys(last.why_not for last in changes.values()):
        if reason is not None:
            st.caption(f":material/lock: {spoken(reason)}", width=READABLE)


def _last_changes(messages: Sequence[Message]) -> dict[int, list[int]]:
    """Which allocations each answer was the last to change, of the latest few answers.

    Once that is undone, the answer with the change before it is.
    """
    changed: dict[int, list[int]] = {}
    for at, message in enumerate(messages):
        for event in message.events:
            if _changed(event):
                changed.setdefault(event["data"]["allocation"]["id"], []).append(at)
            elif event["type"] == "tool_result" and event["ok"] and event["name"] == "undo":
                changed.get(event["data"]["allocation"]["id"], [])[-1:] = []
    last = {one: where[-1] for one, where in changed.items() if where}
    answers = sorted(set(last.values()))[-_UNDOABLE:]
    return {at: [one for one, where in last.items() if where == at] for at in answers}


def _changed(event: Mapping[str, Any]) -> bool:
    return event["type"] == "tool_result" and bool(event["ok"]) and event["name"] in WRITES


def _model_failed(message: Message) -> bool:
    ended: Mapping[str, Any] = message.events[-1] if message.events else {}
    return bool(ended.get("offline"))
