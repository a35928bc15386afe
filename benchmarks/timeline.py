"""From opening the calendar to its painted timeline, and what is sent for it, against an empty page of Streamlit."""

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final
from urllib.request import urlopen

from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, sync_playwright
from sqlalchemy import make_url

from benchmarks.data import TODAY
from benchmarks.measuring import Figure
from benchmarks.plans import fill_whole_plan
from benchmarks.server import a_database
from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.accounts.users import create_user
from dyno_core.audit.log import Origin

_EMAIL, _PASSWORD = "planner@bench.lab", "look-at-Plans-9"
_EMPTY: Final = "empty page"
_PATIENCE: Final = 120_000  # ms
_ZOOMS: Final = ("Quarter", "Year")
_BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser")


@dataclass(frozen=True, slots=True)
class _Opening:
    """Who opens which page, and what shows that it is painted."""

    by: BrowserContext
    address: str
    painted: str


@dataclass
class _Samples:
    seconds: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)


def measure_timeline(server_url: str, *, sizes: list[tuple[int, int]], rounds: int) -> list[Figure]:
    """For each size and zoom the time to a painted timeline and the bytes on the websocket until the page is done."""
    with ExitStack() as stack:
        browser = stack.enter_context(_a_browser())
        pages = {_EMPTY: _Opening(_anybody(browser), stack.enter_context(_empty_page()), "[data-testid=empty]")}
        for dynos, allocations in sizes:
            address = stack.enter_context(_the_app(server_url, dynos, allocations))
            planner = _anybody(browser)  # one for each: servers on one machine share their cookies
            _sign_in(planner.new_page(), address)
            for zoom in _ZOOMS:
                name = f"{dynos:,} dynos, {allocations:,} allocations, {zoom.lower()}"
                pages[name] = _Opening(
                    planner, f"{address}/calendar?zoom={zoom}", "[data-testid=timeline][data-painted=true]"
                )
        samples = {name: _Samples() for name in pages}
        shuffle = random.Random(1)
        for turn in range(rounds + 1):  # the first one fills caches, here and there
            for name in shuffle.sample(list(pages), len(pages)):
                seconds, sent = _opened(pages[name])
                if turn:
                    samples[name].seconds.append(seconds)
                    samples[name].sent.append(sent)
    figures = [figure for name in pages if name != _EMPTY for figure in _figures(name, samples)]
    return sorted(figures, key=lambda figure: figure.unit, reverse=True)  # all times, then all bytes


def _figures(name: str, samples: dict[str, _Samples]) -> Iterator[Figure]:
    seconds, sent = median(samples[name].seconds), median(samples[name].sent)
    empty = samples[_EMPTY]
    yield Figure("timeline painted", name, _EMPTY, seconds / median(empty.seconds), "time", seconds)
    yield Figure("timeline, sent", name, _EMPTY, sent / median(empty.sent), "bytes", sent)


def _anybody(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport={"width": 1600, "height": 1000})


def _opened(opening: _Opening) -> tuple[float, int]:
    page = opening.by.new_page()
    received: list[int] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: received.append(len(frame)))

    page.on("websocket", listen)
    begun = perf_counter()
    page.goto(opening.address, wait_until="commit")
    page.locator(opening.painted).wait_for(timeout=_PATIENCE)
    seconds = perf_counter() - begun
    page.locator("[data-test-script-state=notRunning]").wait_for(state="attached", timeout=_PATIENCE)
    sent = sum(received)
    page.close()
    return seconds, sent


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/auth/login")
    page.fill("input[name=email]", _EMAIL)
    page.fill("input[name=password]", _PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/auth/" not in url)
    page.close()


@contextmanager
def _the_app(server_url: str, dynos: int, allocations: int) -> Iterator[str]:
    with a_database(server_url, f"timeline_{dynos}_{allocations}") as database:
        fill_whole_plan(database, dynos=dynos, allocations=allocations)
        create_user(database, Origin(OPERATOR, "api"), email=_EMAIL, name="Pat", role=Role.PLANNER, password=_PASSWORD)
        url = make_url(server_url).set(database=f"timeline_{dynos}_{allocations}")
        environment = {
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "DYNO_TODAY": TODAY.isoformat(),
        }
        with _serving(lambda port: ["-m", "dyno_core", "serve", "--port", str(port)], **environment) as address:
            yield address


@contextmanager
def _empty_page() -> Iterator[str]:
    page = Path(__file__).with_name("empty_page.py")
    options = ("--server.address", "127.0.0.1", "--server.headless", "true", "--server.port")
    with _serving(lambda port: ["-m", "streamlit", "run", str(page), *options, str(port)]) as address:
        yield address


@contextmanager
def _serving(command: Callable[[int], list[str]], **environment: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, *command(port)],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_healthy(f"http://localhost:{port}/_stcore/health", server)
        yield f"http://localhost:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + 90
    while time.monotonic() < give_up:
        if server.poll() is not None:
            raise RuntimeError(f"the server of {url} ended")
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - an address of this machine
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} did not come up")


@contextmanager
def _a_browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, _BROWSERS)), None),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        try:
            yield browser
        finally:
            browser.close()
