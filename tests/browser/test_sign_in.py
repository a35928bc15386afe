"""Signing in and out in a real browser, and what a session's end does to an open tab."""

from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Page, expect

from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.accounts.sign_in import open_sessions, revoke_session
from dyno_core.database.engine import Database
from dyno_core.database.models import SignInAttemptRow
from tests.browser.people import PASSWORD, settled
from tests.browser.serving import serving
from tests.fixtures.app import given_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EMAIL = "engineer@example.com"


@pytest.fixture(autouse=True)
def _engineer(database: Database) -> None:
    given_user(database, role=Role.ENGINEER, email=EMAIL, password=PASSWORD)


def enter(page: Page, *, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_deep_link_survives_a_wrong_password_and_the_right_one(page: Page, address: str) -> None:
    page.goto(f"{address}/utilization?by=facility")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    enter(page, password="not the password")
    expect(page.get_by_role("alert")).to_have_text(
        "The e-mail address or the password is wrong; check both and try again."
    )
    expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
    expect(page.get_by_label("Password")).to_be_focused()
    enter(page)
    settled(page)
    assert page.url.startswith(f"{address}/utilization?by=facility")
    page.get_by_test_id("stSidebar").get_by_test_id("stPopover").get_by_role("button").click()
    expect(page.get_by_text(f"{EMAIL} · engineer")).to_be_visible()
    assert "dyno_auth" not in page.evaluate("document.cookie")
    page.get_by_role("link", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto(f"{address}/utilization")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_lockout_says_when_to_try_again(page: Page, address: str, database: Database) -> None:
    with database.writing() as session:
        now = datetime.now(UTC)
        session.add_all([SignInAttemptRow(at=now, email=EMAIL, address="x", succeeded=False) for _ in range(5)])
    page.goto(address)
    enter(page)
    expect(page.get_by_role("alert")).to_have_text(
        "There were too many failed sign-ins; try again in 15 minutes, or ask an administrator for a new password."
    )


def test_the_first_page_a_fresh_server_is_asked_for_is_guarded_too(
    page: Page, database: Database, tmp_path: Path
) -> None:
    """Streamlit runs a file of ``pages/`` around the entry until the entry ran once; here it never may."""
    with serving(tmp_path, DATABASE_URL=database.url) as fresh:
        page.goto(f"{fresh}/admin")
        enter(page)
        settled(page)
        assert page.url == f"{fresh}/admin"
        expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
        expect(page.get_by_text("does not allow you to manage accounts")).to_be_visible()
        # The entry has run: the navigation stands beside the refusal, without the page that is refused.
        page.get_by_test_id("stSidebar").get_by_test_id("stPopover").get_by_role("button").first.click()
        expect(page.get_by_text(f"{EMAIL} · engineer")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("stSidebarNavLink").filter(has_text="Admin")).to_have_count(0)


def test_a_tab_whose_session_was_revoked_is_back_at_the_sign_in_with_the_next_click(
    page: Page, address: str, database: Database
) -> None:
    page.goto(f"{address}/calendar")
    enter(page)
    settled(page)
    (session,) = (one for one in open_sessions(database, OPERATOR, now=datetime.now(UTC)) if one.email == EMAIL)
    revoke_session(database, OPERATOR, session_id=session.id)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Utilization").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    enter(page)
    settled(page)
    assert page.url == f"{address}/calendar"


def test_the_chat_is_found_under_its_own_name(page: Page, address: str) -> None:
    page.goto(f"{address}/chat")
    enter(page)
    settled(page)
    expect(page.get_by_text("Page not found")).to_have_count(0)
    assert page.url == f"{address}/"
    with urlopen(f"{address}/ready", timeout=5) as answer:
        assert answer.status == 200
