"""The calendar in a browser, as tests come to it."""

from playwright.sync_api import Locator, Page, expect

from dyno_core.accounts.roles import Role
from tests.browser.people import settled, sign_in


def open_calendar(page: Page, address: str, role: Role, *, query: str = "zoom=Quarter") -> None:
    """Signed in as somebody of that role, when all is drawn."""
    sign_in(page, f"{address}/calendar?{query}", role)
    await_painted(page)


def await_painted(page: Page) -> None:
    expect(timeline(page)).to_have_attribute("data-painted", "true")
    settled(page)


def timeline(page: Page) -> Locator:
    return page.get_by_test_id("timeline")
