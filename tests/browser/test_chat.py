"""The main job in a real browser: sign in, ask for a dyno, say yes, see the receipt, come back to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dyno_core.accounts.roles import Role
from dyno_core.booking import list_allocations
from dyno_core.database.engine import Database
from tests.browser.conftest import NewTab
from tests.browser.people import PASSWORD, TODAY, sign_in
from tests.browser.serving import Server
from tests.fake_gemini import FakeGemini, calls, text
from tests.fake_gemini.server import KEY
from tests.fixtures.agent import BOOK, given_lab
from tests.fixtures.app import given_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(autouse=True)
def _engineer(database: Database) -> None:
    """A small lab and one engineer."""
    given_lab(database)
    given_user(database, role=Role.ENGINEER, password=PASSWORD)


@pytest.fixture
def gemini() -> Iterator[FakeGemini]:
    with FakeGemini().running() as service:
        yield service


@pytest.fixture
def server(database: Database, tmp_path: Path, gemini: FakeGemini) -> Iterator[Server]:
    """One that the test may kill, with a model whose answers take their time."""
    started = Server(
        tmp_path, DATABASE_URL=database.url, DYNO_TODAY=TODAY.isoformat(), GEMINI_API_KEY=KEY,
        GOOGLE_GEMINI_BASE_URL=gemini.url,
    )  # fmt: skip
    started.start()
    yield started
    started.stop()


def ask(page: Page, text: str) -> None:
    box = page.get_by_test_id("stChatInputTextArea")
    expect(box).to_be_enabled()
    box.fill(text)
    box.press("Enter")


def test_an_engineer_books_by_chat_and_finds_it_again_in_another_browser(
    page: Page, elsewhere: NewTab, address: str, database: Database
) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, f"{address}/chat", Role.ENGINEER)
    expect(page.get_by_text("Hello Engineer, what can I do for you?")).to_be_visible()

    ask(page, "book 100W100 for a brake test from next Monday for 3 days")
    card = page.locator(".st-key-chat_card")
    expect(card).to_contain_text("Mon 27 Apr 2026 to Wed 29 Apr 2026 (3 days)")
    card.get_by_role("button", name="North 2", exact=True).dblclick()
    expect(page.get_by_text("Take North 2 from Mon 27 Apr 2026 for 3 days instead.")).to_be_visible()
    expect(card).to_contain_text("North 2 (North)")
    card.get_by_text("Change dyno or days").click()
    card.get_by_label("Days", exact=True).fill("2")
    card.get_by_role("button", name="Approve").click()  # the field is left by it: a yes to what was not shown
    expect(card.get_by_role("button", name="Approve")).to_be_disabled()
    assert list_allocations(database) == ()
    card.get_by_role("button", name="Check and show").click()
    expect(card).to_contain_text("Mon 27 Apr 2026 to Tue 28 Apr 2026 (2 days)")
    assert list_allocations(database) == ()

    card.get_by_role("button", name="Approve").dblclick()
    receipt = page.get_by_text("Booked: allocation 1, 100W100 (brake) on North 2 (North)")
    expect(receipt).to_have_count(1)
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    assert [one.tag for one in list_allocations(database)] == ["100W100"], "a double click books once"

    page.reload()
    expect(receipt).to_have_count(1)
    assert complaints == []

    other = elsewhere()
    sign_in(other, page.url, Role.ENGINEER)
    expect(other.get_by_text("Booked: allocation 1, 100W100 (brake)")).to_have_count(1)
    other.get_by_role("button", name="Undo").click()
    expect(other.get_by_text("is cancelled")).to_have_count(1)
    assert [one.status for one in list_allocations(database)] == ["cancelled"]

    other.locator("[class*=st-key-chat_menu_]").get_by_role("button").click()
    other.get_by_text("Delete", exact=True).click()
    other.get_by_role("button", name="Delete for good").click()
    expect(other.get_by_text("Hello Engineer, what can I do for you?")).to_be_visible()
    ask(page, "thanks")  # where the conversation is still open: a new one, rather than nothing
    expect(page.get_by_test_id("stChatMessage")).to_have_count(2)
    expect(page.get_by_test_id("stChatMessage").first).to_contain_text("thanks")


def test_a_question_outlives_the_app_and_is_answered_by_keyboard_in_the_tab_that_was_open(
    page: Page, server: Server, database: Database, gemini: FakeGemini
) -> None:
    wanted = BOOK | {"start_date": "2026-04-27"}
    gemini.replies = [calls(("book", "auto_allocate_vehicle", wanted)), text("It stands in the plan.")]
    sign_in(page, f"{server.url}/chat", Role.ENGINEER)
    ask(page, "book 100W100 for a brake test from next Monday for 3 days")
    card = page.locator(".st-key-chat_card")
    expect(card).to_be_visible()
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()

    second = page.context.new_page()
    second.goto(f"{server.url}/chat")
    expect(second.get_by_text("what can I do for you?")).to_be_visible()
    server.kill()
    server.start()
    # Typed into a tab of before, as soon as the app is back.
    gemini.replies.insert(0, text("Still here."))
    ask(second, "are you there?")
    expect(second.get_by_text("Still here.")).to_be_in_viewport()
    page.reload()
    approve = card.get_by_role("button", name="Approve")
    expect(approve).to_be_visible()
    second.goto(page.url)
    expect(second.locator(".st-key-chat_card")).to_be_visible()

    page.bring_to_front()
    approve.press("Enter")
    expect(page.get_by_text("Booked: allocation 1, 100W100 (brake) on North 1 (North)")).to_have_count(1)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    assert len(list_allocations(database)) == 1
    expect(second.get_by_text("Booked: allocation 1")).to_have_count(1)
    expect(second.locator(".st-key-chat_card")).to_have_count(0)

    # A reload in the middle of an answer loses none of it, and the Stop button keeps what was said so far.
    gemini.replies = [text("The first half,", " and the second.", then="waits"), text("Once upon", then="hangs")]
    ask(page, "tell me more")
    expect(page.get_by_text("The first half,")).to_be_in_viewport()
    page.reload()
    expect(page.get_by_text("The first half,")).to_have_count(1)
    gemini.go_on.release()
    expect(page.get_by_text("The first half, and the second.", exact=True)).to_be_in_viewport()
    expect(page.get_by_text("tell me more", exact=True)).to_have_count(1)
    ask(page, "and a story")
    expect(page.get_by_text("Once upon")).to_be_in_viewport()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Once upon … (stopped)")).to_have_count(1)
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)

    ask(page, "x" * 8_001)
    expect(page.get_by_text("more than the 8,000 I read")).to_be_visible()
    expect(page.get_by_test_id("stChatInputTextArea")).to_have_value("x" * 8_001)

    page.get_by_role("button", name="New conversation").click()
    expect(page.get_by_text("what can I do for you?")).to_be_visible()
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
