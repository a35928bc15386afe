"""What the stand-in answers: words, calls, and every way in which the real service is known to fail."""

import base64
from dataclasses import dataclass, field
from typing import Any

SIGNATURE = base64.b64encode(b"thought").decode()
USED = {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}


@dataclass(frozen=True)
class Reply:
    """``chunks``: candidates' parts, one event each; ``raw`` replaces their lines. ``status`` other than 200: an error.

    ``then``: what becomes of the stream after the chunks: it ``ends``, it ``hangs`` or it is ``cut``. One that ``waits``
    ends too, but does so after its first chunk until the test lets it go on.
    """

    chunks: tuple[list[dict[str, Any]], ...] = ()
    status: int = 200
    finish: str = "STOP"
    error: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    then: str = "ends"
    used: dict[str, int] = field(default_factory=lambda: USED)

    def events(self) -> list[dict[str, Any]]:
        """The service counts tokens from the beginning of the answer in each of its events."""
        last = len(self.chunks) - 1
        return [
            {
                "candidates": [
                    {"content": {"role": "model", "parts": parts}, "index": 0}
                    | ({"finishReason": self.finish} if number == last and self.then in ("ends", "waits") else {})
                ],
                "usageMetadata": self.used,
                "modelVersion": "fake",
                "responseId": "r",
            }
            for number, parts in enumerate(self.chunks)
        ]


def text(*words: str, **changes: Any) -> Reply:
    return Reply(tuple([{"text": word}] for word in words), **changes)


def calls(*wanted: tuple[str, str, dict[str, Any]]) -> Reply:
    """Each call in a chunk of its own, as the service sends parallel ones; only the first is signed."""
    return Reply(
        tuple(
            [
                {"functionCall": {"id": identifier, "name": name, "args": args}}
                | ({"thoughtSignature": SIGNATURE} if number == 0 else {})
            ]
            for number, (identifier, name, args) in enumerate(wanted)
        )
    )


def refusal(code: int, status: str, message: str, *details: dict[str, Any]) -> Reply:
    return Reply(status=code, error={"code": code, "status": status, "message": message, "details": list(details)})


def busy(retry: str) -> Reply:
    return refusal(
        429, "RESOURCE_EXHAUSTED", "quota of project 12345",
        {"@type": "type.googleapis.com/google.rpc.QuotaFailure"},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry},
    )  # fmt: skip


EMPTY = Reply(([],))
BLOCKED = Reply(([],), finish="SAFETY")
BLOCKED_MIDWAY = text("The way to", finish="SAFETY")
TOO_LONG = text("There are many", finish="MAX_TOKENS")
ALL_THOUGHT = Reply(([],), finish="MAX_TOKENS")
MALFORMED_CALL = Reply(([],), finish="MALFORMED_FUNCTION_CALL")
PROMPT_BLOCKED = Reply(raw='data: {"promptFeedback":{"blockReason":"PROHIBITED_CONTENT"},"usageMetadata":{}}\r\n\r\n')
BAD_JSON = Reply(raw='data: {"candidates": [\r\n\r\n')
A_WEB_PAGE = Reply(raw="<html>Bad gateway at 10.0.0.1</html>")
ERROR_MIDWAY = text(
    "The dyno", then="cut",
    raw='data: {"error":{"code":503,"status":"UNAVAILABLE","message":"overloaded at 10.0.0.1"}}\r\n\r\n',
)  # fmt: skip
CUT_MIDWAY = text("The dyno", then="cut")
HANGS = Reply(then="hangs")
HANGS_MIDWAY = text("The dyno", then="hangs")
BUSY = refusal(429, "RESOURCE_EXHAUSTED", "quota of project 12345")
DOWN = refusal(500, "INTERNAL", "internal at 10.0.0.1")
OVERLOADED = refusal(503, "UNAVAILABLE", "overloaded at 10.0.0.1")
FORBIDDEN = refusal(403, "PERMISSION_DENIED", "project 12345 may not")
UNKNOWN_MODEL = refusal(404, "NOT_FOUND", "models/x is not found for project 12345")
BAD_KEY = refusal(
    400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
    {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"},
)  # fmt: skip
