"""When a model does not answer: what to tell people, whichever way it failed."""

import logging
from typing import Any, Final

import httpx
from langchain_core.exceptions import ModelError
from langchain_core.messages import AIMessage

from dyno_core.errors import DynoError
from dyno_core.telemetry import reference_number

FAILURES: Final = (ModelError, httpx.HTTPError, ValueError)
"""Everything that the client of a model raises when the service, the network or the answer is bad."""
_log = logging.getLogger(__name__)


class ModelFailed(DynoError):
    """No answer came. ``facts["kind"]`` says why, ``facts["offline_helps"]`` whether the offline model could answer."""

    code = "model_failed"

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message, kind=kind, offline_helps=True)


_SENTENCES: Final = {
    "key": "Gemini refused our key, so it can't answer; an administrator must set a valid GEMINI_API_KEY.",
    "forbidden": "Gemini does not let this key use the model; an administrator must look at the key's rights.",
    "unknown_model": "Gemini does not know the model that is set; an administrator must correct DYNO_MODEL.",
    "busy": "Gemini gets more questions than it takes right now; wait a minute and ask again.",
    "down": "Gemini has a problem of its own right now; ask again in a minute.",
    "slow": "Gemini took too long to answer, so I stopped waiting; ask again, perhaps for less at once.",
    "unreachable": "Gemini can't be reached from here right now; ask again in a minute.",
    "garbled": "Gemini's answer could not be read; ask again.",
    "empty": "Gemini gave an empty answer; put the question in other words.",
    "blocked": "Gemini declined to answer that; put the question in other words.",
    "other": "Gemini could not answer; ask again in a minute.",
}


def failure(kind: str) -> ModelFailed:
    return ModelFailed(f"{_SENTENCES[kind]} Nothing was changed by this. The offline model can answer too.", kind=kind)


def told(error: Exception) -> ModelFailed:
    """The refusal for whatever `FAILURES` a model raised. The error itself goes to the log only."""
    kind = _kind(error)
    _log.warning("the model failed (%s), reference %s", kind, reference_number(), exc_info=error)
    return failure(kind)


def said_nothing(message: AIMessage) -> ModelFailed | None:
    """An answer without text and without calls is one too: blocked, malformed or simply empty."""
    if message.text or message.tool_calls:
        return None
    metadata = message.response_metadata
    reason = str(metadata.get("finish_reason") or "")
    if metadata.get("prompt_feedback", {}).get("block_reason") or reason in (
        "SAFETY",
        "PROHIBITED_CONTENT",
        "BLOCKLIST",
    ):
        return failure("blocked")
    return failure("garbled" if reason == "MALFORMED_FUNCTION_CALL" else "empty")


def _kind(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "slow"
    if isinstance(error, httpx.HTTPError):
        return "unreachable"
    if not isinstance(error, ModelError):
        return "garbled"
    status = _status(error)
    if _reason(error) == "API_KEY_INVALID" or status == 401:
        return "key"
    return {403: "forbidden", 404: "unknown_model", 429: "busy"}.get(status, "down" if status >= 500 else "other")


def _status(error: BaseException) -> int:
    code = getattr(error.__cause__, "code", None)
    return code if isinstance(code, int) else 0


def _reason(error: BaseException) -> str:
    body: Any = getattr(error.__cause__, "details", None)
    try:
        return str(body["error"]["details"][0]["reason"])
    except (KeyError, IndexError, TypeError):
        return ""
