"""The calendar in a browser, as tests come to it."""

from playwright.sync_api import Browser, Locator, Page, expect

PASSWORD = "rollers and wheels"


def calendar_of(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context(base_url=address, viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(30_000)
    page.goto("/calendar?zoom=Quarter")
    page.locator("input[name=email]").fill(f"{name}@example.com")
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("button[type=submit]").click()
    expect(timeline(page)).to_have_attribute("data-painted", "true")
    return page


def timeline(page: Page) -> Locator:
    return page.get_by_test_id("timeline")
