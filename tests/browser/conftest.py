"""What all tests in a browser share: one Chromium, one running app, and a database that each test finds empty.

An app takes seconds to start and its pages to be loaded the first time, so it is started once. Only tests of a start, an
end or a crash start their own.
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Request, ViewportSize, expect, sync_playwright
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.agent.checkpoints import set_up
from dyno_core.database.engine import Database
from tests.browser.chromium import ARGUMENTS, find
from tests.browser.people import TODAY
from tests.browser.serving import serving
from tests.fixtures.app import given_user
from tests.fixtures.database import copied

NewTab = Callable[[], Page]
_SCREEN: Final[ViewportSize] = {"width": 1400, "height": 1000}
_PATIENCE: Final = 30_000
"""Milliseconds. The first look at a page takes seconds on a busy machine; only what never comes is a failure."""
_OURS: Final = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
_VERSIONS: Final = ("alembic_version", "checkpoint_migrations")
"""What says how the tables are built: the only rows of a database that nobody used yet."""


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    expect.set_options(timeout=_PATIENCE)


# Of the package, not of the session: while Playwright runs, nothing else in this process could run an event loop.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture(scope="package")
def _running(
    server_url: str, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, str]]:
    with copied(server_url, template_database) as database:
        set_up(database)
        given_user(database, role=Role.ADMIN)  # where nobody has an account, a start makes those of the demo
        with serving(tmp_path_factory.mktemp("app"), DATABASE_URL=database.url, DYNO_TODAY=TODAY.isoformat()) as url:
            yield database, url


@pytest.fixture
def database(_running: tuple[Database, str]) -> Database:
    """The running app's database, without a row."""
    database, _ = _running
    with database.writing() as session:
        names = session.scalars(
            text(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('public', 'langgraph')"
                " AND tablename <> ALL(:versions)"
            ),
            {"versions": list(_VERSIONS)},
        ).all()
        # As a replica does: no trigger that keeps history from being deleted.
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
    return database


@pytest.fixture
def address(_running: tuple[Database, str], database: Database) -> str:
    """Of the running app, which knows nobody and nothing but what the test puts into ``database``."""
    return _running[1]


@pytest.fixture(scope="package")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The browser as most people's: what it loaded once it need not load again."""
    with browser.new_context(viewport=_SCREEN, color_scheme="light") as context:
        context.set_default_timeout(_PATIENCE)
        yield context


@pytest.fixture(scope="package")
def _tab(context: BrowserContext) -> Page:
    """One for all tests: a new one would compile every script again, which takes longer than most of what is tested."""
    return context.new_page()


@pytest.fixture
def page(_tab: Page, context: BrowserContext, _running: tuple[Database, str]) -> Iterator[Page]:
    """A tab in which nobody is signed in. Fails the test when a page asks anybody but our own server, or breaks."""
    elsewhere: list[str] = []
    broken: list[str] = []

    def asked(request: Request) -> None:
        if not request.url.startswith(_OURS):
            elsewhere.append(request.url)

    def raised(error: Error) -> None:
        broken.append(str(error))

    _tab.on("request", asked)
    _tab.on("pageerror", raised)
    yield _tab
    _tab.remove_listener("request", asked)
    _tab.remove_listener("pageerror", raised)
    for tab in context.pages:
        if tab is not _tab:
            tab.close()
    context.clear_cookies()
    _tab.set_viewport_size(_SCREEN)
    _tab.goto(f"{_running[1]}/auth/login")  # leaves the page, and with it what it would still ask the server
    _tab.evaluate("localStorage.clear(), sessionStorage.clear()")
    assert (elsewhere, broken) == ([], [])


@pytest.fixture
def elsewhere(browser: Browser) -> Iterator[NewTab]:
    """Makes a tab in another browser, as somebody else's."""
    others: list[BrowserContext] = []

    def open_tab() -> Page:
        others.append(browser.new_context(viewport=_SCREEN, color_scheme="light"))
        others[-1].set_default_timeout(_PATIENCE)
        return others[-1].new_page()

    yield open_tab
    for context in others:
        context.close()
