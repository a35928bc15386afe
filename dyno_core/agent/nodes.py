"""The steps of a turn. Each reads the state and the turn's context, and returns what it adds to the state."""

import time
from collections.abc import Callable
from typing import Annotated, Any, Final, TypedDict

from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)
from langgraph.errors import GraphBubbleUp
from langgraph.graph.message import add_messages
from langgraph.prebuilt.tool_node import ToolCallRequest, ToolInvocationError
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt
from pydantic import ValidationError

from dyno_core.agent import results
from dyno_core.agent.calls import refuse_marked, tidied
from dyno_core.agent.cards import Card
from dyno_core.agent.context import AgentContext
from dyno_core.agent.history import KEPT, digest, is_long, split, view
from dyno_core.agent.models import ChosenModel, Listener, ModelFailed
from dyno_core.agent.prompts import VERSION, system_prompt
from dyno_core.agent.proposals import WRITES
from dyno_core.agent.proposals import propose as proposed
from dyno_core.agent.storable import storable_answer
from dyno_core.agent.tools import TOOL_NAMES, TOOLS
from dyno_core.errors import DynoError, InvalidInput, NotFound
from dyno_core.telemetry import record_model_call, record_tool

APPROVE: Final = "approve"
REJECT: Final = "reject"
EDIT: Final = "edit"
STOPPED: Final = "stopped"
ERROR_MARK: Final = "error"
OFFLINE_CAN: Final = "The offline model can answer too."
"""Ends what is told of a failed model; without the button for it, it is not to be shown."""
ANSWERED_BY: Final = "answered_by"
PROMPT: Final = "prompt_version"
COST_USD: Final = "cost_usd"
"""Marks in a message's ``additional_kwargs``: cut short by a stop; a failure's code; the model, prompt and price."""
_SHOWN_DYNOS: Final = 40
_TOOLS_BY_NAME: Final = {tool.name: tool for tool in TOOLS}


class State(TypedDict, total=False):
    """``digest``: the conversation before its first message here. ``proposals`` and ``decisions``: by tool call id."""

    messages: Annotated[list[AnyMessage], add_messages]
    digest: dict[str, str]
    proposals: dict[str, dict[str, Any]]
    decisions: dict[str, str]
    failure: dict[str, str]


def get_schema(state: State, runtime: Runtime[AgentContext]) -> State:
    """Know the lab before anything is asked of it; begin with an empty card."""
    del state
    if runtime.context.database_up:
        runtime.context.lab()
    return {"proposals": {}, "decisions": {}, "failure": {}}


def db_disabled(state: State, runtime: Runtime[AgentContext]) -> State:
    """Without a database: say so, with the fleet as last known. Nothing is looked up, nothing is booked."""
    del state
    sentences = [
        "The database can't be reached right now, so I can't look anything up and nothing is booked or changed."
    ]
    lab = runtime.context.knowledge.last
    if lab is not None:
        names = ", ".join(f"{name} ({facility})" for name, facility in lab.dynos[:_SHOWN_DYNOS])
        more = len(lab.dynos) - _SHOWN_DYNOS
        sentences.append(
            f"The dynos as last read at {lab.at:%H:%M} on {lab.at:%a} {lab.at.day} {lab.at:%b %Y}: "
            f"{names}{f' and {more} more' if more > 0 else ''}."
        )
    sentences.append("Ask again in a minute; I keep what you write here.")
    return {"messages": [AIMessage(" ".join(sentences))]}


def summarize(state: State, runtime: Runtime[AgentContext]) -> State:
    """Shorten a long conversation. By rules, so that no receipt is ever paraphrased."""
    del runtime
    messages = state["messages"]
    cut, _ = split(messages, tokens=KEPT)
    before = (state.get("digest") or {}).get("text", "")
    removed: list[Any] = [RemoveMessage(id=message.id) for message in cut if message.id]
    return {
        "messages": removed,
        "digest": {"text": digest(cut, before=before)},
    }


def llm(state: State, runtime: Runtime[AgentContext]) -> State:
    """One answer of the model: words, or tool calls."""
    context = runtime.context
    lab = context.lab()
    shown, earlier = view(state["messages"], before=(state.get("digest") or {}).get("text", ""))
    prompt = system_prompt(lab=lab, actor=context.actor, today=context.today, earlier=earlier)
    started = time.perf_counter()
    try:
        chosen = context.make_model(lab)
    except ModelFailed as refusal:
        return _failed(state, refusal, model=context.model_name, started=started)
    listener = Listener(
        who=chosen.who,
        until=context.answer_by,
        stopped=lambda: runtime.drain_requested,
        note=lambda text: runtime.stream_writer({"type": "progress", "text": text}),
        failures=chosen.failures,
    )
    try:
        answer = listener.answer(chosen.model.bind_tools(TOOLS), [SystemMessage(prompt), *shown])
    except ModelFailed as refusal:
        return _failed(state, refusal, model=chosen.name, started=started)
    if answer is None or runtime.drain_requested:
        said = storable_answer(answer).text.rstrip() if answer else ""
        marks = {STOPPED: True, ANSWERED_BY: chosen.name, PROMPT: VERSION}
        return {"messages": [AIMessage(f"{said} … *(stopped)*".lstrip(), additional_kwargs=marks)]}
    answer = storable_answer(answer)
    tidied(answer)
    answer.additional_kwargs[ANSWERED_BY] = chosen.name
    answer.additional_kwargs[PROMPT] = VERSION
    _count(chosen, answer, time.perf_counter() - started)
    return {"messages": [answer], "failure": {}}


def _count(chosen: ChosenModel, answer: AIMessage, seconds: float) -> None:
    used = answer.usage_metadata
    tokens = {"input_tokens": used["input_tokens"], "output_tokens": used["output_tokens"]} if used else {}
    cost = chosen.price.cost(**tokens) if chosen.price and tokens else None
    if cost is not None:
        answer.additional_kwargs[COST_USD] = str(cost)
    record_model_call(chosen.name, "answered", seconds, cost_usd=cost, **tokens)


def _failed(state: State, refusal: ModelFailed, *, model: str, started: float) -> State:
    record_model_call(model, refusal.kind, time.perf_counter() - started)
    message = f"{refusal.message} {_so_far(state)} {OFFLINE_CAN}"
    return {"failure": {"code": refusal.code, "message": message, "model": model}}


def _so_far(state: State) -> str:
    """What a failed answer leaves behind: nothing, or the changes that this turn made before."""
    since: list[AnyMessage] = []
    for message in reversed(state["messages"]):
        if isinstance(message, HumanMessage):
            break
        since.append(message)
    changed = any(
        isinstance(message, ToolMessage) and message.name in WRITES and results.read(message.text)["ok"]
        for message in since
    )
    return "What is shown above as done is done." if changed else "Nothing was changed by this."


def error(state: State, runtime: Runtime[AgentContext]) -> State:
    """What went wrong, as the last word of the turn."""
    del runtime
    what = state["failure"]
    marks = {ERROR_MARK: what["code"], ANSWERED_BY: what["model"]}
    return {"messages": [AIMessage(what["message"], additional_kwargs=marks)], "failure": {}}


def propose(state: State, runtime: Runtime[AgentContext]) -> State:
    """What each change would do; those that can't be made get their refusal at once.

    A step of its own, so that what a person is asked is stored before they are asked, and stays what it was. After an
    edit all is looked at again, but what was refused stays so: nobody asked for it anew.
    """
    card = Card()
    before = state.get("proposals") or {}
    proposals: dict[str, dict[str, Any]] = {}
    for call in _calls(state):
        if call["name"] not in WRITES:
            continue
        if "refusal" in (known := before.get(call["id"] or "", {})):
            proposals[call["id"] or ""] = known | {"told": True}
            continue
        try:
            proposal = proposed(runtime.context, card, call["name"], complete(call["name"], call["args"]))
        except DynoError as refusal:
            proposals[call["id"] or ""] = {"refusal": results.refused(refusal), "of": call["args"].get("allocation_id")}
        except Exception as defect:  # noqa: BLE001 - told as a reference number, logged whole
            proposals[call["id"] or ""] = {"refusal": results.broken(call["name"], defect)}
        else:
            proposals[call["id"] or ""] = proposal.as_json()
    return {"proposals": proposals, "decisions": {}}


def complete(name: str, args: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the tool takes them, defaults filled in."""
    refuse_marked(args)
    schema: Any = _TOOLS_BY_NAME[name].tool_call_schema
    try:
        complete: dict[str, Any] = schema.model_validate(args).model_dump()
    except ValidationError as wrong:
        raise _unusable(name, wrong) from wrong
    return complete


def approve(state: State, runtime: Runtime[AgentContext]) -> State:
    """One question for all changes of a message. Everything but a plain “approve” to its own call is a no.

    The answer may be an edit instead, `EDIT` with the arguments of one call: then it is what the model is taken to
    have asked for, and it is proposed anew, as another question.
    """
    del runtime
    said = state["messages"][-1]
    assert isinstance(said, AIMessage)
    asked = [
        {"id": call["id"], "name": call["name"], "args": call["args"]}
        | {key: value for key, value in proposal.items() if key != "bound"}
        for call in _calls(state)
        if "summary" in (proposal := state["proposals"].get(call["id"] or "", {}))
    ]
    answer = interrupt(asked)
    given = answer if isinstance(answer, dict) else {}
    if isinstance(edit := given.get(EDIT), dict):
        calls = [call | ({"args": edit["args"]} if call["id"] == edit["id"] else {}) for call in said.tool_calls]
        return {"messages": [said.model_copy(update={"tool_calls": calls})], "decisions": {}}
    return {"decisions": {one["id"]: APPROVE if given.get(one["id"]) == APPROVE else REJECT for one in asked}}


def guard(request: ToolCallRequest, execute: Callable[[ToolCallRequest], ToolMessage | Command[Any]]) -> Any:
    """Runs a tool, when it may be run, and turns whatever comes of it into one kind of answer."""
    call = request.tool_call
    started = time.perf_counter()
    content = _unasked(request)
    if content is None:
        try:
            refuse_marked(call["args"])
            given = execute(request)
            if isinstance(given, ToolMessage):
                given.content = results.shortened(given.text)
            return given
        except GraphBubbleUp:
            raise
        except DynoError as refusal:
            content = results.refused(refusal)
        except ToolInvocationError as wrong:
            content = results.refused(_unusable(call["name"], wrong.source))
        except Exception as defect:  # noqa: BLE001 - told as a reference number, logged whole
            content = results.broken(call["name"], defect)
        finally:
            status = "ok" if content is None else results.read(content)["error"]
            record_tool(call["name"], status, time.perf_counter() - started)
    return ToolMessage(content, name=call["name"], tool_call_id=call["id"], status="error")


def _unasked(request: ToolCallRequest) -> str | None:
    """Why a call is not carried out at all, or None."""
    call = request.tool_call
    if call["name"] not in TOOL_NAMES:
        return results.refused(NotFound(f"There is no tool “{call['name'][:60]}”; use one of those you were given."))
    if call["name"] not in WRITES:
        return None
    proposals = request.state.get("proposals") or {}
    proposal = proposals.get(call["id"], {})
    if "refusal" in proposal:
        had_card = any("summary" in one for one in proposals.values())
        return results.told(proposal["refusal"]) if had_card else str(proposal["refusal"])
    if (request.state.get("decisions") or {}).get(call["id"]) != APPROVE:
        return results.declined("The person said no; nothing was changed.", proposal)
    return None


def _unusable(tool: str, wrong: ValidationError) -> InvalidInput:
    said = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'arguments'}: {problem['msg']}"
        for problem in wrong.errors(include_url=False, include_input=False, include_context=False)
    )
    return InvalidInput(f"{tool.replace('_', ' ')} can't be used like this: {said}. Give it again.", tool=tool)


def _calls(state: State) -> list[Any]:
    last = state["messages"][-1]
    return list(last.tool_calls) if isinstance(last, AIMessage) else []


def after_schema(state: State, runtime: Runtime[AgentContext]) -> str:
    if not runtime.context.database_up:
        return "db_disabled"
    # Each step is a checkpoint: a conversation that is short has nothing to be stored for.
    return "summarize" if is_long(state["messages"]) else "llm"


def after_llm(state: State) -> str:
    if state.get("failure"):
        return "error"
    names = {call["name"] for call in _calls(state)}
    if names & WRITES:
        return "propose"
    return "tools" if names else "end"


def after_propose(state: State) -> str:
    return "approve" if any("summary" in proposal for proposal in state["proposals"].values()) else "tools"


def after_approve(state: State) -> str:
    return "tools" if state["decisions"] else "propose"
