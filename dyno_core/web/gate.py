"""Nobody gets past here without a valid session: neither a page, nor a file, nor the websocket."""

import asyncio
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import streamlit
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from dyno_core.accounts.roles import Actor
from dyno_core.errors import DatabaseUnavailable
from dyno_core.telemetry import reference_number
from dyno_core.web.pages import away_page, defect_page

COOKIE: Final = "dyno_auth"
# What the sign-in page, load balancers and Prometheus ask for; the files of `open_files` come on top.
OPEN_ROUTES: Final = frozenset(
    (
        *("/auth/login", "/auth/logout", "/auth/bye.js", "/health", "/ready", "/metrics"),
        *("/_stcore/health", "/_stcore/host-config"),  # an open tab asks for them while it looks for a server
    )
)
FEED_PATH: Final = re.compile(r"/feeds/[A-Za-z0-9_-]{43}\.ics")
"""The only addresses below /feeds/ that lead anywhere."""
_LONGEST_NEXT: Final = 2_000
_log = logging.getLogger(__name__)


class Gate:
    """Pure ASGI. ``actor_of`` turns a token into a person; it runs in a thread, it asks the database.

    Open are `OPEN_ROUTES`, addresses of the form of `FEED_PATH`, and ``files``, each to the letter: whatever no route
    answers, Streamlit answers with its page, so an open prefix would hand that page to everybody.
    """

    def __init__(
        self, app: ASGIApp, *, actor_of: Callable[[str | None], Actor | None], files: frozenset[str] = frozenset()
    ) -> None:
        self._app = app
        self._actor_of = actor_of
        self._open = OPEN_ROUTES | files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or (scope["type"] == "http" and scope["path"] in self._open):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http" and FEED_PATH.fullmatch(scope["path"]) and scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)  # the secret in it is looked up behind the gate
            return
        if scope["type"] == "http" and scope["path"].startswith(("/auth/", "/feeds/")):
            await PlainTextResponse("There is no such page.", 404)(scope, receive, send)
            return
        refusal = await self._refusal(HTTPConnection(scope))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4401 if refusal.status_code < 500 else 1013})
        else:
            await refusal(scope, receive, send)

    async def _refusal(self, connection: HTTPConnection) -> Response | None:
        """None for somebody who may pass."""
        wants_page = "text/html" in connection.headers.get("accept", "")
        try:
            actor = await asyncio.to_thread(self._actor_of, connection.cookies.get(COOKIE))
        except DatabaseUnavailable as refusal:
            return database_away(refusal, wants_page=wants_page)
        except Exception as defect:  # noqa: BLE001 - whatever is wrong at the gate, nobody passes and nobody sees a trace
            reference = reference_number()
            _log.error("reference %s", reference, exc_info=defect)
            return HTMLResponse(defect_page(reference), 500)
        if actor is not None:
            return None
        if not wants_page:
            return JSONResponse({"error": "not_signed_in"}, 401)
        query = connection.scope.get("query_string", b"").decode("latin-1")
        wanted = connection.scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse("/auth/login?next=" + quote(wanted, safe=""), 303)


def database_away(refusal: DatabaseUnavailable, *, wants_page: bool) -> Response:
    """503: a page that comes back by itself, or JSON."""
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    if wants_page:
        return HTMLResponse(away_page(), 503, headers)
    return JSONResponse({"error": refusal.code, "message": str(refusal)}, 503, headers)


def open_files() -> frozenset[str]:
    """The addresses of the files that are for everybody: Streamlit's bundle and our own font and icons.

    The bundle is the same in every installation; asking the database about each of its files would cost a signed-in
    visitor more than it hides.
    """
    bundle = Path(streamlit.__file__).parent / "static" / "static"
    ours = Path(__file__).parents[2] / "static"
    return frozenset(
        f"{prefix}/{file.relative_to(folder).as_posix()}"
        for prefix, folder in (("/static", bundle), ("/app/static", ours))
        for file in folder.rglob("*")
        if file.is_file()
    )


def safe_next(wanted: str | None) -> str:
    """A place in this app to go to after signing in; ``/`` for anything that could lead elsewhere.

    Browsers read a backslash as a slash and drop tabs and line ends, so ``/\\evil.org`` and ``/<tab>/evil.org``
    are other people's servers.
    """
    if not wanted or len(wanted) > _LONGEST_NEXT:
        return "/"
    decoded = unquote(wanted)
    if any(sign in text for text in (wanted, decoded) for sign in "\\\r\n\t\0") or not wanted.isprintable():
        return "/"
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or not wanted.startswith("/") or decoded.startswith("//"):
        return "/"
    path = unquote(parts.path)
    return "/" if path.startswith("/auth/") or "//" in path or ".." in path else wanted


def is_same_origin(connection: HTTPConnection) -> bool:
    """Whether a request comes from a page of this app, or from no page at all (curl).

    Browsers name the origin of every form they send. A link is told by Sec-Fetch-Site or, in older ones, by
    its referrer.
    """
    host = connection.headers.get("host", "")
    origin = connection.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc == host
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    referrer = connection.headers.get("referer")
    return referrer is None or urlsplit(referrer).netloc == host
