"""`OfflineChat`: a chat model without a network. Deterministic: the same messages and day give the same answer."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import uuid4

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import ToolCallChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict, Field

from dyno_core.agent.models.offline.acting import Reply, go_on
from dyno_core.agent.models.offline.frame import KEY, Frame, remembering
from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.speaker import told_who_asks
from dyno_core.agent.models.offline.standing import as_shown
from dyno_core.agent.models.offline.tasks import Task
from dyno_core.agent.models.offline.turns import take_turn
from dyno_core.agent.models.offline.vocabulary import DEFAULT_TEST_TYPES, Vocabulary

MODEL_NAME: Final = "offline"
_WORD: Final = re.compile(r"\*\*[^*\n]+\*\*\S*\s*|\S+\s*|\s+")
"""What is in bold comes at once: half of it would be seen with its stars."""
_WORDS_AT_ONCE: Final = 8
"""All of it is there within a moment; each piece takes its time to pass on and to draw."""
_INTENT_OF_TOOL: Final = {
    "auto_allocate_vehicle": "book", "reschedule_allocation": "move", "cancel_allocation": "cancel",
    "find_available_dynos": "free", "check_vehicle_allocation": "check", "detect_conflicts": "conflicts",
    "completed_tests_count": "count", "get_tests_by_status": "status", "maintenance_check": "maintenance",
    "query_database": "sql", "list_dynos": "dynos", "get_dyno": "dyno", "find_vehicle": "find_vehicle",
    "find_next_available_window": "window", "explain_unavailable": "explain", "utilization_report": "utilization",
    "list_requests": "requests", "get_datetime_now": "now",
    "change_history": "history",
}  # fmt: skip


class OfflineChat(BaseChatModel):
    """Understands engineers by rules and calls the agent's tools.

    ``today`` is the lab's day, against which "next Tuesday" is read. ``test_types`` maps each name to
    its synonyms; ``dynos`` and ``sites`` (the facilities) are the names as the lab writes them. Without
    `bind_tools` no tool is called.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    today: date
    test_types: Mapping[str, tuple[str, ...]] = Field(default_factory=lambda: dict(DEFAULT_TEST_TYPES))
    dynos: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    tool_names: frozenset[str] = frozenset()

    @property
    def _llm_type(self) -> str:
        return MODEL_NAME

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """A model that may call ``tools`` and no other. ``tool_choice`` is not needed: the rules choose."""
        del tool_choice, kwargs
        names = frozenset(_name(tool) for tool in tools)
        return self.model_copy(update={"tool_names": names})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        reply = self._reply(messages)
        message = AIMessage(
            content=reply.text,
            tool_calls=[{"name": call.name, "args": call.args, "id": _new_id()} for call in reply.calls],
            additional_kwargs={KEY: reply.frame.to_json()},
            response_metadata={"model_name": MODEL_NAME, "finish_reason": "stop"},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """Some words at once; the last chunk carries the tool calls and the memory."""
        del stop, kwargs
        reply = self._reply(messages)
        for words in _pieces(reply.text):
            yield _told(ChatGenerationChunk(message=AIMessageChunk(content=words)), run_manager)
        last = AIMessageChunk(
            content="",
            tool_call_chunks=[
                ToolCallChunk(name=call.name, args=json.dumps(call.args), id=_new_id(), index=index)
                for index, call in enumerate(reply.calls)
            ],
            additional_kwargs={KEY: reply.frame.to_json()},
            response_metadata={"model_name": MODEL_NAME, "finish_reason": "stop"},
            chunk_position="last",
        )
        yield _told(ChatGenerationChunk(message=last), run_manager)

    def _reply(self, messages: Sequence[BaseMessage]) -> Reply:
        vocabulary = Vocabulary(test_types=self.test_types, dynos=self.dynos, sites=self.sites)
        results = _results(messages)
        if results:
            reply = go_on(
                _frame_behind(messages), results, vocabulary=vocabulary, today=self.today, opened=_is_opened(messages)
            )
        else:
            said = next((message.text for message in reversed(messages) if isinstance(message, HumanMessage)), "")
            frame = _frame(messages)
            told = told_who_asks(said, messages)
            reply = (
                take_turn(said, frame, vocabulary=vocabulary, today=self.today) if not told else Reply(told, (), frame)
            )
            reply = replace(reply, frame=remembering(reply.frame, frame))
        absent = [call.name for call in reply.calls if call.name not in self.tool_names]
        return reply if not absent else Reply(_unable(absent), (), Frame())


def _name(tool: dict[str, Any] | type | Callable[..., Any] | BaseTool) -> str:
    # Describing a tool whole takes longer than a short answer, and it is known by its name.
    return tool.name if isinstance(tool, BaseTool) else str(convert_to_openai_tool(tool)["function"]["name"])


def _pieces(text: str) -> Iterator[str]:
    words = _WORD.findall(text)
    for at in range(0, len(words), _WORDS_AT_ONCE):
        yield "".join(words[at : at + _WORDS_AT_ONCE])


def _unable(names: Sequence[str]) -> str:
    what = ", ".join(dict.fromkeys(name.replace("_", " ") for name in names))
    return f"I can't do that right now, because this is not available here: {what}. Nothing was changed."


def _new_id() -> str:
    # Never derived from the content: the same question asked twice must get two different answers' ids.
    return f"offline-{uuid4().hex}"


def _told(chunk: ChatGenerationChunk, run_manager: CallbackManagerForLLMRun | None) -> ChatGenerationChunk:
    if run_manager is not None:
        run_manager.on_llm_new_token(chunk.text, chunk=chunk)
    return chunk


def _frame(messages: Sequence[BaseMessage]) -> Frame:
    for message in reversed(messages):
        if isinstance(message, AIMessage) and KEY in message.additional_kwargs:
            return as_shown(Frame.from_json(message.additional_kwargs[KEY]), _answers(message, messages))
    return Frame()


def _asking(messages: Sequence[BaseMessage]) -> AIMessage | None:
    """The message whose tool calls the last messages answer."""
    for message in reversed(messages):
        if isinstance(message, AIMessage):
            return message
    return None


def _results(messages: Sequence[BaseMessage]) -> list[Mapping[str, Any]]:
    """The tool results at the end of ``messages``, in the order of the calls; empty when a person spoke last."""
    asking = _asking(messages)
    if asking is None or not messages or not isinstance(messages[-1], ToolMessage):
        return []
    return _answers(asking, messages)


def _answers(asking: AIMessage, messages: Sequence[BaseMessage]) -> list[Mapping[str, Any]]:
    """What the tools answered to each call of ``asking``."""
    answered = {message.tool_call_id: _payload(message) for message in messages if isinstance(message, ToolMessage)}
    silent = {"ok": False, "error": "interrupted", "message": "That was interrupted and not done."}
    return [answered.get(call["id"] or "", silent) for call in asking.tool_calls]


def _payload(message: ToolMessage) -> Mapping[str, Any]:
    """The JSON object of a result; other content is taken as the data, or as the reason of a failure."""
    try:
        content = json.loads(message.text)
    except ValueError:
        content = message.text
    if isinstance(content, Mapping) and "ok" in content:
        return content
    if message.status == "error":
        return {"ok": False, "error": "failed", "message": str(content)}
    return {"ok": True, "data": content}


def _is_opened(messages: Sequence[BaseMessage]) -> bool:
    """Whether this model said with its calls what it looks up; another's words may be anything."""
    asking = _asking(messages)
    return asking is not None and KEY in asking.additional_kwargs and bool(asking.text)


def _frame_behind(messages: Sequence[BaseMessage]) -> Frame:
    """The memory of the call that was answered; another model's calls are told by their names."""
    asking = _asking(messages)
    if asking is not None and KEY in asking.additional_kwargs:
        return Frame.from_json(asking.additional_kwargs[KEY])
    calls = asking.tool_calls if asking else []
    return Frame(tasks=tuple(Task(_INTENT_OF_TOOL.get(call["name"], "sql"), Slots()) for call in calls), state="sent")
