"""What a person does with a card besides yes and no: change a write before agreeing, or take a way out of a refusal.

Neither writes anything. Both lead to a card, with an id of its own, that waits for a yes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from langchain_core.messages import AIMessage, HumanMessage
from langgraph.runtime import RunControl
from langgraph.types import Command

from dyno_core.accounts.roles import Actor
from dyno_core.agent import events
from dyno_core.agent.agent import Agent
from dyno_core.agent.cards import Card
from dyno_core.agent.context import AgentContext
from dyno_core.agent.events import Event
from dyno_core.agent.nodes import EDIT, complete
from dyno_core.agent.proposals import BOOK, EXCHANGE, MOVE, edited, propose
from dyno_core.agent.turns import Turn
from dyno_core.audit.log import history
from dyno_core.booking import Allocation, get_allocation, list_allocations
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput
from dyno_core.period import parse_day, say_day, say_days

_EDITABLE: Final = ("dyno", "start_date", "days")
_PLACE: Final = ("dyno", "start_date", "end_date")
_DONE_TO_IT: Final = {
    "start": "started", "complete": "completed", "cancel": "cancelled", "move": "moved", "swap": "swapped",
}  # fmt: skip


def run_edit(
    agent: Agent,
    actor: Actor,
    thread_id: str,
    interrupt_id: str,
    *,
    number: int,
    changes: Mapping[str, Any],
    control: RunControl | None = None,
) -> Iterator[Event]:
    """Give write ``number`` (from 0) of the open question another ``dyno``, ``start_date`` or number of ``days``.

    What is not named stays as the card shows it. The changed write is checked and asked under a new id; one that can't
    be made is refused, and the question stays open as it was.
    """
    turn = Turn(agent, actor, thread_id, control=control, offline=False)
    yield from turn.recorded(
        edit_in_words(number, changes),
        lambda graph: _edit(turn, graph, interrupt_id, number=number, changes=changes),
        carries_on=True,
    )


def run_way_out(
    agent: Agent,
    actor: Actor,
    thread_id: str,
    way: Mapping[str, Any],
    *,
    offered_at: datetime,
    control: RunControl | None = None,
) -> Iterator[Event]:
    """Ask for a way out, as `WayOut.as_json` tells it: checked again, then shown on a card.

    One whose wish was settled otherwise since it was offered is refused: the vehicle would be booked twice.
    """
    turn = Turn(agent, actor, thread_id, control=control, offline=False)
    yield from turn.recorded(way_in_words(way), lambda graph: _take(turn, graph, way, offered_at), carries_on=True)


def edit_in_words(number: int, changes: Mapping[str, Any]) -> str:
    """An edit as it stands in the conversation."""
    parts = [str(changes["dyno"]) if changes.get("dyno") else "it"]
    if changes.get("start_date"):
        try:
            parts.append(f"from {say_day(parse_day(str(changes['start_date'])))}")
        except InvalidInput:
            parts.append(f"from {str(changes['start_date'])[:20]}")
    if changes.get("days"):
        parts.append(f"for {say_days(changes['days'])}")
    # Which of several changes is meant has to be told; on a card with one change every number is the first.
    which = f" for change {number + 1}" if number else ""
    return f"Take {' '.join(parts)} instead{which}."


def way_in_words(way: Mapping[str, Any]) -> str:
    """A way out as it stands in the conversation; ``for`` names its vehicle where others have ways out, too."""
    whom = f", for {way['for']}" if way.get("for") else ""
    return f"Rather {way.get('label', '')}{whom}."


def ways_in(told: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All ways out in the events of an answer, as they can be counted."""
    return [way for ways in refused_in(told) for way in ways]


@dataclass(slots=True)
class _Refusal:
    """One wish that got a no. ``asked_too``: the first days of the other wishes that were out when it got it."""

    subject: tuple[Any, ...]
    wished: tuple[str, str]
    ways: list[Mapping[str, Any]]
    asked_too: set[str]

    def is_of(self, subject: tuple[Any, ...], first: str, last: str) -> bool:
        """Whether it is the same wish: the vehicle can't be tested twice on the same days."""
        return self.subject == subject and self.wished[0] <= last and first <= self.wished[1]

    def is_met_by(self, made: Mapping[str, Any]) -> bool:
        """Whether ``made`` is what was wished, or was taken for it."""
        subject, first, last = _subject(made), str(made.get("start_date", "")), str(made.get("end_date", ""))
        if self.subject[:2] != subject[:2] or self.subject[2] is not None:
            return False
        return self.is_of(self.subject, first, last) or _is_one_of(made, self.ways) or first not in self.asked_too


def refused_in(told: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """The ways out in the events of an answer, a list for each wish that was refused or explained.

    Of several refusals of the same wish the last one counts; what was booked after all needs no way out. Where one
    vehicle's test was refused for several stretches of days, each way tells ``wished_from`` and, ``beside``, the ways
    out of the others: what is booked by one of those settles nothing here.
    """
    found: list[_Refusal] = []
    asked: list[str] = []
    for event in told:
        if event["type"] == "tool_call" and isinstance(event.get("args"), Mapping):
            asked.append(str(event["args"].get("start_date", "")))
        if event["type"] != "tool_result" or not isinstance(event.get("data"), Mapping):
            continue
        data = event["data"] if event["ok"] else event["data"].get("facts") or {}
        if isinstance(ways := data.get("ways_out"), list) and ways:
            subject = _subject(ways[0])
            first, last = (str(data.get(name) or ways[0].get(name, "")) for name in ("start_date", "end_date"))
            found = [one for one in found if not one.is_of(subject, first, last)]
            found.append(_Refusal(subject, (first, last), ways, {*asked} - {first}))
        elif event["ok"] and isinstance(made := data.get("allocation"), Mapping):
            found = [one for one in found if not one.is_met_by(made)]
    return [_told_apart(one, found) for one in found]


def _told_apart(refusal: _Refusal, every: Sequence[_Refusal]) -> list[Mapping[str, Any]]:
    others = [one for one in every if one is not refusal and one.subject == refusal.subject]
    if not others:
        return refusal.ways
    beside = [{name: way.get(name) for name in _PLACE} for one in others for way in one.ways]
    return [{**way, "wished_from": refusal.wished[0], "beside": beside} for way in refusal.ways]


def _is_one_of(made: Mapping[str, Any], ways: Sequence[Mapping[str, Any]]) -> bool:
    return any(all(made.get(name) == way.get(name) for name in _PLACE) for way in ways)


def ways_in_words(told: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The sentences in the events of an answer that only say its ways out."""
    parts = [event.get("data") for event in told if event["type"] == "tool_result"]
    facts = [part.get("facts") if "error" in part else part for part in parts if isinstance(part, Mapping)]
    words = (one.get("ways_in_words") for one in facts if isinstance(one, Mapping))
    return tuple(text for text in words if isinstance(text, str) and text)


def _subject(way: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a way out is for: a vehicle's test, or an allocation that was to be moved."""
    return way.get("vehicle_id"), way.get("test_type"), way.get("allocation_id")


def settled_since(database: Database, way: Mapping[str, Any], offered_at: datetime) -> str | None:
    """What was done since about the wish that a way out is for, in a sentence; None while it is open."""
    if way.get("allocation_id") is not None:
        return _changed_since(database, int(way["allocation_id"]), offered_at)
    if way.get("vehicle_id") is None:
        return None
    made = [
        one for one in _made_since(database, way, offered_at) if not _is_one_of(one.as_json(), way.get("beside", ()))
    ]
    if not made:
        return None
    one = made[-1]
    return (
        f"{one.what} was booked since, as allocation {one.id} on {one.dyno}, {one.period}, so nothing offered here is "
        "needed any more; say what you want changed if that does not suit you."
    )


def left_of(database: Database, ways: Sequence[Mapping[str, Any]], offered_at: datetime) -> list[Mapping[str, Any]]:
    """Those of ``ways`` that can still be: not on days on which their vehicle was booked since, for another wish."""
    if not ways or not ways[0].get("beside"):
        return [*ways]
    taken = [
        (one.start_date.isoformat(), one.end_date.isoformat()) for one in _made_since(database, ways[0], offered_at)
    ]
    return [
        way for way in ways if not any(way["start_date"] <= last and first <= way["end_date"] for first, last in taken)
    ]


def _made_since(database: Database, way: Mapping[str, Any], offered_at: datetime) -> list[Allocation]:
    """What the vehicle was booked for since, of the same test."""
    return [
        one
        for one in list_allocations(database, vehicle_id=int(way["vehicle_id"]))
        if one.test_type == way["test_type"] and one.status != "cancelled" and one.created_at > offered_at
    ]


def _changed_since(database: Database, allocation_id: int, offered_at: datetime) -> str | None:
    told = history(database, entity="allocation", entity_id=allocation_id)
    done = next((entry for entry in told if entry.at > offered_at and entry.action in _DONE_TO_IT), None)
    if done is None:
        return None
    now = get_allocation(database, allocation_id)
    return (
        f"Allocation {now.id} was {_DONE_TO_IT[done.action]} since by {done.actor}; it is {now.status} on {now.dyno}, "
        f"{now.period}. What was offered here is settled by that; say what you want changed if it does not suit you."
    )


def can_be_taken(way: Mapping[str, Any]) -> bool:
    """Whether one click is enough: it is known for which vehicle, and nobody else has to agree."""
    return bool(way.get("open")) and way.get("vehicle_id") is not None


def _edit(turn: Turn, graph: Any, interrupt_id: str, *, number: int, changes: Mapping[str, Any]) -> Iterator[Event]:
    asked = turn.open_question(graph, interrupt_id)
    if asked is None:
        yield from turn.not_open(graph)
        return
    if not 0 <= number < len(asked.value):
        yield events.failure(f"There is no change {number + 1} on the card; it has {len(asked.value)}.")
        return
    write = asked.value[number]
    shown = {key: write["shown"][key] for key in _EDITABLE if key in write.get("shown", {})}
    try:
        args = edited(write["name"], complete(write["name"], write["args"]), {**shown, **changes})
        _look(turn.context(), [one | ({"args": args} if one is write else {}) for one in asked.value])
    except DynoError as refusal:
        yield events.failure(refusal.message)
        yield events.approval(asked.id, asked.value)
        return
    yield from turn.streamed(graph, Command(resume={interrupt_id: {EDIT: {"id": write["id"], "args": args}}}))


def _look(context: AgentContext, writes: Sequence[Mapping[str, Any]]) -> None:
    """Raises the refusal of the first of them that can't be made beside the others."""
    card = Card()
    for write in writes:
        propose(context, card, write["name"], complete(write["name"], write["args"]))


def _take(turn: Turn, graph: Any, way: Mapping[str, Any], offered_at: datetime) -> Iterator[Event]:
    if (settled := settled_since(turn.agent.database, way, offered_at)) is not None:
        raise InvalidInput(settled)
    name, args = _call(way)
    yield from turn.settled(graph, graph.get_state(turn.config))
    call = {"name": name, "args": args, "id": f"way_out_{uuid4().hex}"}
    said = [HumanMessage(way_in_words(way)), AIMessage("", tool_calls=[call])]
    graph.update_state(turn.config, {"messages": said, "proposals": {}, "decisions": {}, "failure": {}}, as_node="llm")
    yield {"type": "tool_call", "name": name, "args": args}
    yield from turn.streamed(graph, None)


def _call(way: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The tool call that a way out stands for."""
    if not way.get("open"):
        raise InvalidInput(
            f"This needs the agreement of {way.get('exchange', {}).get('owner')}; ask them or a planner."
        )
    if way.get("vehicle_id") is None:
        raise InvalidInput("It is not known for which vehicle this would be; name the vehicle and ask for a booking.")
    if (allocation_id := way.get("allocation_id")) is not None:
        args = {"allocation_id": allocation_id, "dyno": way["dyno"], "start_date": way["start_date"]}
        return MOVE, args | {"days": way["days"]}
    wish = {"vehicle_id": way["vehicle_id"], "start_date": way["start_date"], "days_to_complete": way["days"]}
    wish |= {"test_type": way["test_type"], "dyno": way["dyno"]}
    if (exchange := way.get("exchange")) is not None:
        other = {"other_allocation_id": exchange["allocation_id"], "other_dyno": exchange["to_dyno"]}
        return EXCHANGE, wish | other
    return BOOK, wish
