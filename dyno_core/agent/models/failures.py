"""When a model does not answer: what to tell people, whichever way it failed."""

import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx
from langchain_core.exceptions import ModelError
from langchain_core.messages import AIMessage

from dyno_core.errors import DynoError
from dyno_core.telemetry import reference_number

FAILURES: Final = (ModelError, httpx.HTTPError, ValueError)
"""Everything that Gemini's client raises when the service, the network or the answer is bad."""
_BLOCKED: Final = frozenset({"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "LANGUAGE"})
_GARBLED: Final = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"})
_TOO_LONG: Final = frozenset({"MAX_TOKENS", "length"})
_log = logging.getLogger(__name__)

_SENTENCES: Final = {
    "key": "{who} refused our key, so it can't answer; an administrator must set a valid one (GEMINI_API_KEY for "
    "Gemini).",
    "forbidden": "{who} does not let this key use the model; an administrator must look at the key's rights.",
    "unknown_model": "{who} does not know the model that is set; an administrator must correct DYNO_MODEL.",
    "busy": "{who} gets more questions than it takes right now; wait a minute and ask again.",
    "busy_until": "{who} gets more questions than it takes right now and asks us to wait; ask again in {wait}.",
    "down": "{who} has a problem of its own right now; ask again in a minute.",
    "slow": "{who} took too long to answer, so I stopped waiting; ask again, perhaps for less at once.",
    "unreachable": "{who} can't be reached from here right now; ask again in a minute.",
    "broke_off": "{who} broke off in the middle of its answer, so what came of it is not to be relied on; ask again.",
    "garbled": "{who} gave an answer that could not be read; ask again.",
    "empty": "{who} gave an empty answer; put the question in other words.",
    "too_long": "{who} ran out of room before it came to an answer; ask for less at once.",
    "blocked": "{who} declined to answer that; put the question in other words.",
    "refused": "{who} did not take this conversation as it is; begin a new one and ask again.",
    "other": "{who} could not answer; ask again in a minute.",
}
_CUT: Final = {
    "too_long": "*(The answer ends here because it got too long; ask for less at once, or say “go on”.)*",
    "blocked": "*({who} declined to go on; put the question in other words.)*",
}


class ModelFailed(DynoError):
    """No answer came. ``facts["kind"]`` says why, ``facts["offline_helps"]`` that the offline model could answer.

    ``retry_seconds``: how long the service asks to be left alone, where it says so.
    """

    code = "model_failed"

    def __init__(self, message: str, *, kind: str, retry_seconds: float | None = None) -> None:
        super().__init__(message, kind=kind, offline_helps=True)
        self.kind = kind
        self.retry_seconds = retry_seconds


def failure(kind: str, *, who: str, retry_seconds: float | None = None) -> ModelFailed:
    """The refusal of one ``kind``. ``who``: the model, as people call it."""
    sentence = _SENTENCES["busy_until" if kind == "busy" and retry_seconds else kind]
    message = sentence.format(who=who, wait=in_words(retry_seconds or 0))
    return ModelFailed(message, kind=kind, retry_seconds=retry_seconds)


def told(error: Exception, *, who: str, begun: bool = False) -> ModelFailed:
    """The refusal for whatever a model raised; ``begun``: after the first words of its answer.

    The error itself goes to the log only.
    """
    kind = "broke_off" if begun else _kind(error)
    _log.warning("the model failed (%s), reference %s", kind, reference_number(), exc_info=error)
    return failure(kind, who=who, retry_seconds=None if begun else _retry_seconds(error))


def said_nothing(message: AIMessage, *, who: str) -> ModelFailed | None:
    """An answer without text and without calls is one too: blocked, malformed, cut short or simply empty."""
    if message.text or message.tool_calls:
        return None
    return failure(_ended(message) or "empty", who=who)


def cut_short(message: AIMessage, *, who: str) -> str | None:
    """What to add to an answer that ended before its time, or None."""
    sentence = _CUT.get(_ended(message) or "") if message.text else None
    return sentence.format(who=who) if sentence else None


def in_words(seconds: float) -> str:
    """A wait as people say it, never shorter than it is."""
    whole = max(1, -int(-seconds // 1))
    if whole <= 90:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = -(-whole // 60)
    return f"{minutes} minutes" if minutes <= 90 else f"{-(-minutes // 60)} hours"


def _ended(message: AIMessage) -> str | None:
    """Why an answer ended, when it was not because it was complete."""
    metadata = message.response_metadata
    reason = str(metadata.get("finish_reason") or "")
    if (metadata.get("prompt_feedback") or {}).get("block_reason") or reason in _BLOCKED:
        return "blocked"
    if reason in _TOO_LONG:
        return "too_long"
    return "garbled" if reason in _GARBLED else None


def _kind(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return "slow"
    if isinstance(error, httpx.HTTPError | ConnectionError):
        return "unreachable"
    if isinstance(error, ValueError) and not isinstance(error, ModelError):
        return "garbled"
    status = _status(error)
    if status == 401 or "API_KEY_INVALID" in [detail.get("reason") for detail in _details(error)]:
        return "key"
    return {400: "refused", 403: "forbidden", 404: "unknown_model", 429: "busy"}.get(
        status, "down" if status >= 500 else "other"
    )


def _status(error: BaseException) -> int:
    """Clients name the HTTP status in different places; Gemini's puts it into the cause."""
    for one in (error, error.__cause__):
        for name in ("status_code", "code"):
            if isinstance(code := getattr(one, name, None), int):
                return code
    return 0


def _details(error: BaseException) -> Iterator[Mapping[str, Any]]:
    body: Any = getattr(error.__cause__, "details", None)
    inner = body.get("error") if isinstance(body, dict) else None
    found = inner.get("details") if isinstance(inner, dict) else None
    yield from (detail for detail in found or () if isinstance(detail, dict))


def _retry_seconds(error: BaseException) -> float | None:
    """From the body (``"retryDelay": "8.5s"``), else from the header Retry-After."""
    said = [str(detail["retryDelay"]) for detail in _details(error) if "retryDelay" in detail]
    response = getattr(error.__cause__, "response", None) or getattr(error, "response", None)
    said.append(str(getattr(response, "headers", {}).get("Retry-After", "")))
    found = (re.fullmatch(r"(\d+(?:\.\d+)?)s?", one) for one in said)
    return next((float(one[1]) for one in found if one), None)
