"""The main job in a real browser: sign in, ask for a dyno, say yes, see the receipt, come back to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dyno_core.accounts.roles import Role
from dyno_core.agent.checkpoints import set_up
from dyno_core.booking import list_allocations
from dyno_core.database.engine import Database
from tests.browser.chromium import ARGUMENTS, find
from tests.browser.serving import Server
from tests.fixtures.agent import TODAY, given_lab
from tests.fixtures.app import given_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

PASSWORD = "rollers and wheels"
EMAIL = "engineer@example.com"


@pytest.fixture
def server(fresh_database: Database, tmp_path: Path) -> Iterator[Server]:
    """A running server on this test's own database, with a small lab and one engineer."""
    set_up(fresh_database)
    given_lab(fresh_database)
    given_user(fresh_database, role=Role.ENGINEER, email=EMAIL, password=PASSWORD)
    started = Server(tmp_path, DATABASE_URL=fresh_database.url, DYNO_TODAY=TODAY.isoformat())
    started.start()
    yield started
    started.stop()


@pytest.fixture
def address(server: Server) -> str:
    return server.url


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        yield started
        started.close()


def sign_in(page: Page, address: str, *, path: str = "/chat") -> None:
    page.goto(f"{address}{path}")
    page.locator("input[type=email], input[name=email]").first.fill(EMAIL)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()


def ask(page: Page, text: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill(text)
    box.press("Enter")


def test_an_engineer_books_by_chat_and_finds_it_again_in_another_browser(
    browser: Browser, address: str, fresh_database: Database
) -> None:
    page = browser.new_page()
    page.set_default_timeout(30_000)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, address)
    expect(page.get_by_text("Hello Engineer, what can I do for you?")).to_be_visible()

    ask(page, "book 100W100 for a brake test from next Monday for 3 days")
    card = page.locator(".st-key-chat_card")
    expect(card).to_contain_text("Mon 23 Nov 2026 to Wed 25 Nov 2026 (3 days)")
    card.get_by_role("button", name="North 2", exact=True).dblclick()
    expect(page.get_by_text("Take North 2 from Mon 23 Nov 2026 for 3 days instead.")).to_be_visible()
    expect(card).to_contain_text("North 2 (North)")
    card.get_by_text("Change dyno or days").click()
    form = page.get_by_test_id("stForm")
    form.get_by_label("Days").fill("2")
    form.get_by_role("button", name="Check and show").click()
    expect(card).to_contain_text("Mon 23 Nov 2026 to Tue 24 Nov 2026 (2 days)")
    assert list_allocations(fresh_database) == ()

    card.get_by_role("button", name="Approve").dblclick()
    receipt = page.get_by_text("Booked: allocation 1, 100W100 (brake) on North 2 (North)")
    expect(receipt).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert [one.tag for one in list_allocations(fresh_database)] == ["100W100"], "a double click books once"

    page.reload()
    expect(receipt).to_be_visible()
    assert complaints == []

    link = page.url
    elsewhere = browser.new_context().new_page()
    elsewhere.set_default_timeout(30_000)
    sign_in(elsewhere, address, path=link.removeprefix(address))
    expect(elsewhere.get_by_text("Booked: allocation 1, 100W100 (brake)")).to_be_visible()
    elsewhere.get_by_role("button", name="Undo").click()
    expect(elsewhere.get_by_text("is cancelled")).to_be_visible()
    assert [one.status for one in list_allocations(fresh_database)] == ["cancelled"]


def test_a_question_outlives_the_app_and_is_answered_by_keyboard_in_the_tab_that_was_open(
    browser: Browser, server: Server, fresh_database: Database
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(30_000)
    sign_in(page, server.url)
    ask(page, "book 100W100 for a brake test from next Monday for 3 days")
    card = page.locator(".st-key-chat_card")
    expect(card).to_be_visible()
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()

    server.kill()
    server.start()
    page.reload()
    approve = card.get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    second = context.new_page()
    second.goto(page.url)
    expect(second.locator(".st-key-chat_card")).to_be_visible()

    page.bring_to_front()
    approve.press("Enter")
    expect(page.get_by_text("Booked: allocation 1, 100W100 (brake) on North 1 (North)")).to_be_visible()
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    assert len(list_allocations(fresh_database)) == 1
    expect(second.get_by_text("Booked: allocation 1")).to_be_visible()
    expect(second.locator(".st-key-chat_card")).to_have_count(0)

    ask(page, "x" * 8_001)
    expect(page.get_by_text("more than the 8,000 I read")).to_be_visible()
    expect(page.get_by_test_id("stChatInputTextArea")).to_have_value("x" * 8_001)
