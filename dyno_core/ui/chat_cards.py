"""Suggestions to begin with, and what stands under an answer: Undo, ways out of a no, thumbs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from dyno_core.accounts.roles import Actor, Permission, Role
from dyno_core.agent.agent import Agent
from dyno_core.agent.choices import can_be_taken, refused_in, way_in_words
from dyno_core.agent.conversations import Message
from dyno_core.agent.models import OFFLINE
from dyno_core.agent.tools import WRITES
from dyno_core.agent.turns import DECISIONS_IN_WORDS
from dyno_core.agent.undo import standing
from dyno_core.agent.yes_no import plain_answer
from dyno_core.fleet import get_vehicle, list_vehicles
from dyno_core.fleet.compatibility import LIGHT
from dyno_core.ui.chat_agent import ask_offline, rate, take_way_out, undo
from dyno_core.ui.chat_answers import READABLE, spoken
from dyno_core.ui.quoting import quoted

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
_RATED: Final = 20
"""Thumbs stand under so many of the latest answers; each is a widget that every run has to draw."""
_UNDOABLE: Final = 6
"""Undo stands under so many of the latest answers that changed something; each is looked up on every run."""
_WAY_ICONS: Final = {
    "other_dyno": ":material/garage:",
    "shift": ":material/event_upcoming:",
    "shorten": ":material/compress:",
    "exchange": ":material/swap_horiz:",
}


def suggestions(agent: Agent, actor: Actor) -> dict[str, str]:
    """Questions to begin with, fitted to the role, each under its short form; the vehicle is one of the lab's."""
    found = list_vehicles(agent.database, limit=50)
    # A light car: in most labs more dynos take it, so that the first try of a newcomer is likely to be booked.
    tags = (one.tag for one in found if one.tag and one.weight_class == LIGHT and one.drive_type)
    vehicle = next(tags, "vehicle 1")
    return {short.format(vehicle=vehicle): text.format(vehicle=vehicle) for short, text in _SUGGESTIONS[actor.role]}


def suggestion(agent: Agent, actor: Actor) -> str | None:
    """A greeting, and questions to begin with; the one that was clicked."""
    st.markdown(f"### Hello {spoken(actor.name)}, what can I do for you?")
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
    *,
    card_is_open: bool = False,
) -> None:
    """Under an answer: ways out of a no, Undo for what was changed, another model when one failed, thumbs."""
    message = messages[at]
    is_last = at == len(messages) - 1
    if not card_is_open:
        _ways_out(agent, actor, conversation_id, messages, at)
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


def _ways_out(agent: Agent, actor: Actor, conversation_id: str, messages: Sequence[Message], at: int) -> None:
    """Each opens a card that asks; what needs somebody's agreement is said in words.

    Under the last answer, and while people only settle what it refused: those of the others stay.
    """
    if not offers_ways_out(messages, at):
        return
    since = _said_since(messages, at)
    refused = refused_in(messages[at].events)
    for number, ways in enumerate(refused):
        whom = _for_whom(agent, ways)
        named = [{**way, "for": whom} if len(refused) > 1 else way for way in ways]
        if not any(way_in_words(way) in since for way in named):
            with st.container(key=f"chat_ways_{messages[at].id}_{number}", width=READABLE):
                _draw_ways(agent, actor, conversation_id, messages, named, key=f"{messages[at].id}_{number}", whom=whom)


def offers_ways_out(messages: Sequence[Message], at: int) -> bool:
    """Whether ways out stand under an answer: under the last one, while nothing else was asked for since."""
    since = _said_since(messages, at)
    return bool(refused_in(messages[at].events)) and all(_settles(text) for text in since)


def _said_since(messages: Sequence[Message], at: int) -> list[str]:
    return [one.text for one in messages[at + 1 :] if one.role == "user"]


def _draw_ways(
    agent: Agent,
    actor: Actor,
    conversation_id: str,
    messages: Sequence[Message],
    ways: Sequence[Mapping[str, Any]],
    *,
    key: str,
    whom: str,
) -> None:
    st.markdown(f"**What would work instead{f' for {quoted(whom)}' if whom else ''}**")
    with st.container(horizontal=True):
        for number, way in enumerate(ways):
            if can_be_taken(way):
                st.button(
                    spoken(way["label"]), icon=_WAY_ICONS[way["kind"]], key=f"chat_way_{key}_{number}",
                    help=f"{spoken(way['sentence'])}. You see it on a card before anything is changed.",
                    on_click=take_way_out, args=(agent, actor, conversation_id, messages[-1].id, way),
                )  # fmt: skip
    for way in ways:
        if not can_be_taken(way):
            st.caption(f"{_WAY_ICONS[way['kind']]} {spoken(way['sentence'])}.")


def _settles(text: str) -> bool:
    """Whether a person took a way out, changed a card or answered one, and asked for nothing else."""
    return text in DECISIONS_IN_WORDS or text.startswith(("Rather ", "Take ")) or plain_answer(text) is not None


def _for_whom(agent: Agent, ways: Sequence[Mapping[str, Any]]) -> str:
    """The vehicle that all of them are for; beside other bookings a way out alone does not tell."""
    numbers = {way.get("vehicle_id") for way in ways}
    number = numbers.pop()
    return "" if numbers or number is None else get_vehicle(agent.database, number).label


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
