"""The server: Streamlit behind the sign-in gate, with the routes around it.

``python -m dyno_core serve`` runs it. One process serves everybody; more of them stand behind a load
balancer that keeps a browser on one of them.
"""

import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web import bootstrap

from dyno_core.errors import DynoError
from dyno_core.settings import Settings
from dyno_core.start import App, demo_sign_ins, lacks_accounts, prepare_first_look, share, start
from dyno_core.telemetry import configure_logging
from dyno_core.ui.errors import unexpected
from dyno_core.web.feeds import FeedRoutes
from dyno_core.web.gate import Gate, open_files
from dyno_core.web.headers import SecurityHeaders, installed_policy
from dyno_core.web.sign_in import SignInRoutes
from dyno_core.web.status import StatusRoutes
from dyno_core.web.typed import keep_typed_messages

ENTRY: Final = Path(__file__).parents[1] / "streamlit_app.py"
_LARGEST_MESSAGE: Final = 200 * 1024 * 1024


class PortTaken(DynoError):
    """Something else listens there, or this user may not."""

    code = "port_taken"

    def __init__(self, *, host: str, port: int, why: str) -> None:
        super().__init__(
            f"The app can't listen on {host}:{port}: {why}; choose another port, for example {port + 99}.",
            host=host,
            port=port,
        )


def make_server_app(app: App) -> st.App:
    """The ASGI app around a started `App`."""
    # Without this, a page file is run at its address, around the entry and its gate, until somebody opened the
    # entry for the first time after a start.
    PagesManager.uses_pages_directory = False
    keep_typed_messages()
    share(app)
    sign_in = SignInRoutes(app)
    return st.App(
        ENTRY,
        lifespan=lifespan,
        on_script_error=_show_reference,
        routes=[
            *sign_in.routes(),
            *StatusRoutes(app).routes(),
            *FeedRoutes(app).routes(),
            Route("/chat", to_first_page, methods=["GET"]),
        ],
        middleware=[
            Middleware(SecurityHeaders, policy=installed_policy()),
            Middleware(Gate, actor_of=sign_in.actor_of, files=open_files()),
        ],
    )


@asynccontextmanager
async def lifespan(server_app: st.App) -> AsyncIterator[dict[str, Any]]:  # noqa: ARG001 - Streamlit's signature
    """What pages import is loaded before the first visitor, and kept out of the garbage collector's rounds."""
    import pandas  # noqa: F401, ICN001, PLC0415 - for weight: only a serving process needs it early
    import plotly.graph_objects  # noqa: F401, PLC0415

    gc.collect()
    gc.freeze()
    yield {}


async def to_first_page(request: Request) -> Response:
    """The chat is the first page and lives at ``/``; its own name leads there too."""
    query = request.url.query
    return RedirectResponse("/" + (f"?{query}" if query else ""), 307)


def serve(*, host: str, port: int, settings: Settings) -> None:
    """Serve until Ctrl-C, SIGTERM or the terminal's end, then stop everything that was started.

    Raises `PortTaken`, and what `start` raises.
    """
    configure_logging()
    listener = _listen(host, port)
    try:
        signal.signal(signal.SIGTERM, _leave)
        # A closed terminal; nohup has it ignored.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, _stop_in_order)
        app = start(settings, migrate_if_empty=True)
        try:
            prepare_first_look(app, with_lab=app.embedded is not None)
            app.watch()
            # Uvicorn stops in order on Ctrl-C and raises it once more afterwards.
            with suppress(KeyboardInterrupt):
                _run(app, listener, host=host)
        finally:
            app.close()
    finally:
        listener.close()


def _run(app: App, listener: socket.socket, *, host: str) -> None:
    port = listener.getsockname()[1]
    asgi = make_server_app(app)
    bootstrap.load_config_options({"server.port": port, "server.address": host, "server.headless": True})
    server = uvicorn.Server(
        uvicorn.Config(
            asgi,
            ws="websockets-sansio",
            ws_max_size=_LARGEST_MESSAGE,
            access_log=False,
            log_config=None,
            server_header=False,
            # Streams of open tabs end with the tabs; a stop does not wait for them.
            timeout_graceful_shutdown=5,
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),
        )
    )
    _log_as_json()
    # On stdout, for the person at the terminal; the log goes to stderr.
    sys.stdout.write(greeting(app, host=host, port=port))
    sys.stdout.flush()
    server.run(sockets=[listener])


def _log_as_json() -> None:
    """Streamlit gives its own and uvicorn's loggers handlers of their own; send them the way of all others."""
    for logger in logging.root.manager.loggerDict.values():
        if isinstance(logger, logging.Logger):
            logger.handlers.clear()
            logger.propagate = True
    for chatty in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket, before anything is started: a port that is taken costs no waiting."""
    listener = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        if listener is not None:
            listener.close()
        reasons = {
            errno.EADDRINUSE: "something else listens there already",
            errno.EACCES: "ports below 1024 need more rights than this user has",
            errno.EADDRNOTAVAIL: "this machine has no such address",
        }
        why = reasons.get(error.errno or 0, "this machine knows no such address")
        raise PortTaken(host=host, port=port, why=why) from error
    listener.setblocking(False)
    return listener


def greeting(app: App, *, host: str, port: int) -> str:
    """The address, which model answers, and how to sign in for the first time."""
    shown = "localhost" if host in {"0.0.0.0", "::", "127.0.0.1", "::1"} else host  # noqa: S104 - compared, not bound
    lines = [f"Dyno-Agent is ready on http://{shown}:{port}"]
    if app.settings.chat_model == "offline":
        lines.append("The chat uses the offline model; set GEMINI_API_KEY to talk to Gemini.")
    nobody = lacks_accounts(app)
    if nobody is None:
        lines.append("The database is on an older schema; bring it up to date with: python -m dyno_core migrate")
    elif nobody:
        lines.append(
            "Nobody has an account yet; add the first administrator with: "
            "python -m dyno_core user add name@example.com --role admin"
        )
    elif accounts := demo_sign_ins(app):
        width = max(len(account.email) for account in accounts)
        lines.append("Sign in with one of:")
        lines += [f"  {account.email:<{width}}  {account.password}  ({account.role})" for account in accounts]
    return "\n".join(lines) + "\n"


def _show_reference(defect: Exception) -> bool:
    """A script's uncaught error: its number for the person, all of it for the log."""
    st.error(unexpected(defect), icon=":material/warning:")
    return True


def _leave(number: int, frame: FrameType | None) -> NoReturn:  # noqa: ARG001 - the signature of a handler
    raise SystemExit(0)


def _stop_in_order(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    signal.raise_signal(signal.SIGTERM)
