"""Answers ``generateContent`` and ``streamGenerateContent`` on a port of this machine, from a list of replies."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.fake_gemini.replies import Reply, refusal
from tests.fake_gemini.rules import what_is_wrong

KEY = "test-key"


class FakeGemini:
    """``replies`` are given in order; a request that the real service would refuse gets its 400 instead.

    ``go_on``: released by the test, once for each answer that waits.
    """

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.go_on = threading.Semaphore(0)
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @contextmanager
    def running(self) -> Iterator["FakeGemini"]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            self.go_on.release(len(self.requests))
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def reply_to(self, body: dict[str, Any], key: str) -> Reply:
        self.requests.append(body)
        wrong = what_is_wrong(body) if key == KEY else "API key not valid."
        if wrong:
            self.refused.append(wrong)
            return refusal(400, "INVALID_ARGUMENT", wrong)
        return self.replies.pop(0) if self.replies else refusal(500, "INTERNAL", "the test gave no reply")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                reply = fake.reply_to(body, self.headers.get("x-goog-api-key", ""))
                if reply.status != 200:
                    self._send(json.dumps({"error": reply.error}), reply, "application/json")
                elif "streamGenerateContent" not in self.path:
                    self._send(json.dumps(reply.events()[-1]), reply, "application/json")
                else:
                    self._stream(reply)

            def _send(self, content: str, reply: Reply, kind: str) -> None:
                encoded = content.encode()
                self.send_response(reply.status)
                for name, value in {"Content-Type": kind, "Content-Length": str(len(encoded)), **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(encoded)

            def _stream(self, reply: Reply) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                lines = [f"data: {json.dumps(event)}\r\n\r\n" for event in reply.events()]
                for number, line in enumerate([*lines, *([reply.raw] if reply.raw else [])]):
                    if number == 1 and reply.then == "waits":
                        fake.go_on.acquire()
                    self.wfile.write(f"{len(line.encode()):x}\r\n{line}\r\n".encode())
                    self.wfile.flush()
                if reply.then == "hangs":
                    fake._over.wait()
                if reply.then in ("ends", "waits"):
                    self.wfile.write(b"0\r\n\r\n")
                else:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                """Quiet: the test output is for the tests."""

        return Handler
