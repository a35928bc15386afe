"""Which paths are open, where a sign-in may lead, and whose forms are taken."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect

from dyno_core.accounts.roles import OPERATOR
from dyno_core.web.gate import Gate, is_same_origin, open_files, safe_next
from dyno_core.web.headers import content_security_policy, inline_script_hashes, installed_policy
from dyno_core.web.sign_in import sits_at_this_machine

PAGE = {"accept": "text/html"}


async def shell(request: Request) -> Response:
    """What Streamlit does: its page for whatever no route answers."""
    return PlainTextResponse("the shell")


@pytest.fixture
def visitor() -> TestClient:
    """A client that is not signed in, before a server that answers every address."""
    inner = Starlette(routes=[Route("/{anything:path}", shell, methods=["GET", "POST"])])
    return TestClient(Gate(inner, actor_of=lambda token: None, files=open_files()), follow_redirects=False)


@pytest.mark.parametrize(
    "path", ["/auth/login", "/auth/bye.js", "/health", "/ready", "/metrics", "/_stcore/health", "/app/static/mark.svg"]
)
def test_what_everybody_needs_before_signing_in_is_open(visitor: TestClient, path: str) -> None:
    assert visitor.get(path, headers=PAGE).text == "the shell"


def test_each_file_of_streamlits_bundle_is_open() -> None:
    index = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    asked = re.findall(r'(?:src|href)="\./(static/[^"]+)"', index)
    assert asked
    assert {f"/{path}" for path in asked} <= open_files()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/admin",
        "/health/x",
        "/healthy",
        "/health/",
        "/favicon.ico",
        "/static/_stcore/health",
        "/static/index.html",
        "/static/x.js",
        "/static/../admin",
        "/static/..%5cadmin",
        "/static/js",
        "//static/x",
        "/app/static/../../README.md",
        "/app/static/mark.svg/",
        "/_stcore/stream",
        "/_stcore/metrics",
        "/_stcore/upload_file/x",
        "/media/x.csv",
        "/AUTH/login",
        "/auth",
    ],
)
def test_everything_else_is_closed(visitor: TestClient, path: str) -> None:
    page = visitor.get(path, headers=PAGE)
    assert (page.status_code, page.headers["location"][:16]) == (303, "/auth/login?next")
    assert visitor.get(path).status_code == 401
    assert visitor.post(path).status_code == 401


@pytest.mark.parametrize("path", ["/auth/x", "/auth/", "/auth/login/", "/auth/../admin", "/auth/login/../../admin"])
def test_below_the_sign_in_there_is_nothing_else(path: str) -> None:
    signed_in = Gate(Starlette(routes=[Route("/{anything:path}", shell)]), actor_of=lambda token: OPERATOR)
    answer = TestClient(signed_in).get("/", headers=PAGE)
    assert answer.text == "the shell"
    # The client would tidy the dots away before it asks.
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
    assert _status(signed_in, scope) == 404


def test_an_open_address_is_not_open_to_a_websocket(visitor: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as refusal, visitor.websocket_connect("/health"):
        pass
    assert refusal.value.code == 4401


def _status(app: Gate, scope: dict[str, Any]) -> int:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return int(sent[0]["status"])


def _request(headers: list[tuple[str, str]], *, peer: str = "127.0.0.1") -> HTTPConnection:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return HTTPConnection({"type": "http", "headers": raw, "client": (peer, 5000)})


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "LOCALHOST:80", "127.0.0.1:8501", "[::1]:8501"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1"])
def test_a_browser_of_this_machine_is_known_by_address_and_host(host: str, peer: str) -> None:
    assert sits_at_this_machine(_request([("host", host)], peer=peer))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("host", "dyno.example")],
        [("host", "localhost.evil.example")],
        [("host", "localhost:8501@evil.example")],
        [("host", "evil.example:127")],
        [("host", "localhost\n")],
        [("host", "localhost"), ("host", "evil.example")],
        [("host", "localhost"), ("x-forwarded-for", "127.0.0.1")],
        [("host", "localhost"), ("x-forwarded-host", "localhost")],
        [("host", "localhost"), ("X-Forwarded-Proto", "http")],
        [("host", "localhost"), ("forwarded", "for=127.0.0.1")],
        [("host", "localhost"), ("via", "1.1 proxy")],
        [("host", "localhost"), ("x-real-ip", "127.0.0.1")],
    ],
)
def test_a_forwarded_request_or_another_name_is_not_this_machine(headers: list[tuple[str, str]]) -> None:
    # A server hands on names of headers in lower case.
    assert not sits_at_this_machine(_request([(name.lower(), value) for name, value in headers]))


def test_another_machine_is_not_this_one_whatever_it_asks_for() -> None:
    assert not sits_at_this_machine(_request([("host", "localhost")], peer="10.0.0.7"))


@pytest.mark.parametrize(
    "wanted", ["/", "/calendar", "/calendar?team=a%20b&view=month", "/utilization?from=2026-03-09"]
)
def test_a_page_of_the_app_is_kept_with_its_query(wanted: str) -> None:
    assert safe_next(wanted) == wanted


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        "",
        "calendar",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%5cevil.example",
        "/%2fevil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "/\r\nSet-Cookie: x=y",
        "https://evil.example/calendar",
        "https:evil.example",
        "javascript:alert(1)",
        "/auth/logout",
        "/..//evil.example",
        "/calendar/..//evil.example",
        "/%2e%2e//evil.example",
        "/" + "x" * 5000,
    ],
)
def test_a_place_that_could_lie_elsewhere_becomes_the_first_page(wanted: str | None) -> None:
    assert safe_next(wanted) == "/"


@pytest.mark.parametrize(
    ("headers", "same"),
    [
        ({"origin": "https://dyno.example"}, True),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://dyno.example.evil.example"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"referer": "https://dyno.example/calendar"}, True),
        ({"referer": "https://evil.example/dyno.example"}, False),
        ({}, True),
    ],
)
def test_a_form_or_link_of_another_site_is_told_from_our_own(headers: dict[str, str], same: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in ({"host": "dyno.example"} | headers).items()]
    assert is_same_origin(HTTPConnection({"type": "http", "headers": raw})) is same


def test_only_scripts_that_stand_in_the_page_itself_are_hashed() -> None:
    page = '<script src="a.js"></script><script>let a = 1</script><script type="module">let b</script>'
    assert len(inline_script_hashes(page)) == 2
    assert inline_script_hashes("<script>alert(1)</script>") == (
        "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='",
    )


def test_the_policy_of_the_installed_streamlit_allows_no_other_script() -> None:
    policy = dict(part.split(" ", 1) for part in installed_policy().split("; "))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert all(source == "'self'" or source.startswith("'sha256-") for source in policy["script-src"].split())
    assert policy["frame-ancestors"] == "'none'"
    assert "http" not in content_security_policy(())
