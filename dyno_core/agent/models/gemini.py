"""Gemini through langchain-google-genai. Imported only when a key is set: the library costs 1.4 s."""

from collections.abc import Iterator
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_google_genai import ChatGoogleGenerativeAI

from dyno_core.settings import Settings

_READ_SECONDS: Final = 20
"""Between two pieces of an answer. The whole turn has a deadline of its own."""


class GeminiWithIds(ChatGoogleGenerativeAI):
    """Sends the ids of calls back with their results.

    The library reads ``functionCall.id`` and forgets it; the service needs the ids to tell parallel calls apart.
    """

    def _prepare_request(self, messages: list[BaseMessage], **kwargs: Any) -> dict[str, Any]:
        request: dict[str, Any] = super()._prepare_request(messages, **kwargs)
        ids = _ids_of(messages)
        unanswered: list[Any] = []
        for content in request["contents"]:
            parts = content.parts or []
            for call in [part.function_call for part in parts if part.function_call]:
                call.id = next(ids)
                unanswered.append(call)
            responses = [part.function_response for part in parts if part.function_response]
            for response in responses:
                at = next(index for index, call in enumerate(unanswered) if call.name == response.name)
                response.id = unanswered.pop(at).id
            if responses:
                unanswered = []
        return request


def _ids_of(messages: list[BaseMessage]) -> Iterator[str | None]:
    return (call["id"] for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)


def gemini(name: str, settings: Settings) -> BaseChatModel:
    """The model of this name. No temperature: newer models refuse it.

    One attempt only: the library's own further ones take no notice of the time that the service asks for.
    """
    assert settings.gemini_api_key is not None
    options: dict[str, Any] = {
        "model": name,
        "api_key": settings.gemini_api_key,
        "base_url": settings.google_gemini_base_url,
        "thinking_level": "low",
        "timeout": min(_READ_SECONDS, settings.dyno_model_timeout_seconds),
        "max_retries": 1,
    }
    return GeminiWithIds(**options)
