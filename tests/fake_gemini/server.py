"""Answers ``generateContent`` and ``streamGenerateContent`` on a port of this machine, from a list of replies."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SIGNATURE = base64.b64encode(b"thought").decode()


@dataclass(frozen=True)
class Reply:
    """``chunks``: candidates' parts, one event each. ``status`` other than 200: an error body instead."""

    chunks: tuple[list[dict[str, Any]], ...] = ()
    status: int = 200
    finish: str = "STOP"
    error: dict[str, Any] = field(default_factory=dict)


def text(*words: str) -> Reply:
    return Reply(tuple([{"text": word}] for word in words))


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


EMPTY = Reply(([],))
BLOCKED = Reply(([],), finish="SAFETY")
BUSY = Reply(status=429, error={"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota of project 12345"})
DOWN = Reply(status=500, error={"code": 500, "status": "INTERNAL", "message": "internal at 10.0.0.1"})
BAD_KEY = Reply(
    status=400,
    error={
        "code": 400,
        "status": "INVALID_ARGUMENT",
        "message": "API key not valid. Please pass a valid API key.",
        "details": [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}],
    },
)


class FakeGemini:
    """``replies`` are given in order; a request that the real service would refuse gets its 400 instead."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["FakeGemini"]:
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def reply_to(self, body: dict[str, Any]) -> Reply:
        self.requests.append(body)
        if wrong := what_is_wrong(body["contents"]):
            return Reply(status=400, error={"code": 400, "status": "INVALID_ARGUMENT", "message": wrong})
        return self.replies.pop(0)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = fake.reply_to(body)
                streams = "streamGenerateContent" in self.path
                if reply.status != 200:
                    self._send(json.dumps({"error": reply.error}), reply.status, "application/json")
                elif streams:
                    lines = [f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in _chunks(reply)]
                    self._send("".join(lines), 200, "text/event-stream")
                else:
                    self._send(json.dumps(_chunks(reply)[-1]), 200, "application/json")

            def _send(self, content: str, status: int, kind: str) -> None:
                encoded = content.encode()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(encoded)))
                self.end_headers()
                self.wfile.write(encoded)

            def log_message(self, *_: Any) -> None:
                """Quiet: the test output is for the tests."""

        return Handler


def _chunks(reply: Reply) -> list[dict[str, Any]]:
    last = len(reply.chunks) - 1
    return [
        {
            "candidates": [
                {
                    "content": {"role": "model", "parts": parts},
                    "index": 0,
                    **({"finishReason": reply.finish} if number == last else {}),
                }
            ],
            "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18},
            "modelVersion": "fake",
            "responseId": "r",
        }
        for number, parts in enumerate(reply.chunks)
    ]


def what_is_wrong(contents: list[dict[str, Any]]) -> str | None:
    """The service's own rules: each call answered right behind it, by its id, and a turn that begins with a person."""
    open_calls: dict[str, str] = {}
    previous = None
    for content in contents:
        parts = content.get("parts", [])
        asked = [part["functionCall"] for part in parts if "functionCall" in part]
        answered = [part["functionResponse"] for part in parts if "functionResponse" in part]
        if asked and previous != "user":
            return "a function call turn comes immediately after a user turn"
        if open_calls and not answered:
            return "the number of function response parts is equal to the number of function call parts"
        for one in answered:
            if open_calls.pop(one.get("id", ""), None) != one["name"]:
                return "a function response has the id of its function call"
        if answered and open_calls:
            return "the number of function response parts is equal to the number of function call parts"
        for call in asked:
            if not call.get("id"):
                return "function call without an id"
            open_calls[call["id"]] = call["name"]
        previous = content.get("role")
    return "function call without a response" if open_calls else None
