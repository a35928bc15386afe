"""Who sits before the browser, and when."""

from datetime import date

from playwright.sync_api import Page, expect

from dyno_core.accounts.roles import Role

PASSWORD = "rollers and wheels"
TODAY = date(2026, 4, 20)
"""A Monday."""
IDLE = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"


def sign_in(page: Page, address: str, role: Role) -> None:
    """As the account of that role that `given_user` stored, at a page's address; until that page is drawn."""
    page.goto(address)
    page.get_by_label("E-mail address").fill(f"{role.value}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_test_id("stSidebarNavItems")).to_be_visible()


def settled(page: Page) -> None:
    """Until the page has drawn all it has to draw: nothing moves under the next click."""
    expect(page.locator(IDLE)).to_be_attached()
