"""Ways out of a no, under the answer that said it: buttons while they are needed, then what became of the wish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from dyno_core.accounts.roles import Actor
from dyno_core.agent.agent import Agent
from dyno_core.agent.choices import can_be_taken, left_of, refused_in, settled_since, way_in_words
from dyno_core.agent.conversations import Message
from dyno_core.agent.turns import DECISIONS_IN_WORDS
from dyno_core.agent.yes_no import plain_answer
from dyno_core.fleet import get_vehicle
from dyno_core.period import parse_day, say_day
from dyno_core.ui.chat_agent import take_way_out
from dyno_core.ui.chat_answers import READABLE, spoken
from dyno_core.ui.quoting import quoted, unmarked

_ICONS: Final = {
    "other_dyno": ":material/garage:",
    "shift": ":material/event_upcoming:",
    "shorten": ":material/compress:",
    "exchange": ":material/swap_horiz:",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """The ways out of one refusal, the answer's ``number``-th. ``settled``: why nobody needs them any more.

    ``newest``: the latest message of the conversation when they were drawn.
    """

    answer: Message
    newest: int
    number: int
    ways: Sequence[Mapping[str, Any]]
    whom: str
    settled: str | None


def offers(agent: Agent, messages: Sequence[Message], at: int) -> tuple[Offer, ...]:
    """What stands under an answer that refused something: under the last one, and while people only settle that.

    Of several refusals in it, those stay that no way out was taken of.
    """
    since = [one.text for one in messages[at + 1 :] if one.role == "user"]
    if not all(_settles(text) for text in since):
        return ()
    refused = refused_in(messages[at].events)
    found = []
    for number, ways in enumerate(refused):
        whom = _for_whom(agent, ways)
        named = [{**way, "for": whom} if len(refused) > 1 else way for way in ways]
        if not _is_taken(named, since):
            settled = settled_since(agent.database, ways[0], messages[at].created_at)
            left = left_of(agent.database, named, messages[at].created_at) if settled is None else named
            if left:
                found.append(Offer(messages[at], messages[-1].id, number, left, whom, settled))
    return tuple(found)


def draw_offers(agent: Agent, actor: Actor, conversation_id: str, offered: Sequence[Offer]) -> None:
    """Each way opens a card that asks; what needs somebody's agreement is said in words."""
    for offer in offered:
        with st.container(key=f"chat_ways_{offer.answer.id}_{offer.number}", width=READABLE):
            if offer.settled is not None:
                st.caption(f":material/task_alt: {unmarked(offer.settled)}")
            else:
                _draw(agent, actor, conversation_id, offer)


def _draw(agent: Agent, actor: Actor, conversation_id: str, offer: Offer) -> None:
    st.markdown(f"**What would work instead{f' for {quoted(offer.whom)}' if offer.whom else ''}**")
    with st.container(horizontal=True):
        for number, way in enumerate(offer.ways):
            if can_be_taken(way):
                st.button(
                    spoken(way["label"]), icon=_ICONS[way["kind"]],
                    key=f"chat_way_{offer.answer.id}_{offer.number}_{number}",
                    help=f"{spoken(way['sentence'])}. You see it on a card before anything is changed.",
                    on_click=take_way_out, args=(agent, actor, conversation_id, way),
                    kwargs={"offered": offer.answer, "newest": offer.newest},
                )  # fmt: skip
    for way in offer.ways:
        if not can_be_taken(way):
            st.caption(f"{_ICONS[way['kind']]} {spoken(way['sentence'])}.")


def _is_taken(ways: Sequence[Mapping[str, Any]], since: Sequence[str]) -> bool:
    """Whether one of them was taken, and the card that it led to was not answered with no."""
    words = {way_in_words(way) for way in ways}
    last = max((at for at, text in enumerate(since) if text in words), default=None)
    if last is None:
        return False
    answer = next((text for text in since[last + 1 :] if text in DECISIONS_IN_WORDS or plain_answer(text)), "")
    return plain_answer(answer) != "reject"


def _settles(text: str) -> bool:
    """Whether a person took a way out, changed a card or answered one, and asked for nothing else."""
    return text in DECISIONS_IN_WORDS or text.startswith(("Rather ", "Take ")) or plain_answer(text) is not None


def _for_whom(agent: Agent, ways: Sequence[Mapping[str, Any]]) -> str:
    """The vehicle that all of them are for; beside other bookings a way out alone does not tell."""
    numbers = {way.get("vehicle_id") for way in ways}
    number = numbers.pop()
    if numbers or number is None:
        return ""
    since = f" from {say_day(parse_day(ways[0]['wished_from']))}" if ways[0].get("wished_from") else ""
    return f"{get_vehicle(agent.database, number).label}{since}"
