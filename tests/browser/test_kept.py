"""What a planner sets up once and others live by: maintenance that comes back, views, and calendar addresses."""

import re

import pytest
from playwright.sync_api import Page, expect

from dyno_core.accounts.roles import Role
from dyno_core.database.engine import Database
from dyno_core.maintenance import list_windows
from tests.browser.conftest import NewTab
from tests.browser.people import PASSWORD, TODAY, settled, sign_in
from tests.builders import book, given_dyno, given_vehicle
from tests.fixtures.app import given_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture(autouse=True)
def _lab(database: Database) -> None:
    given_user(database, role=Role.PLANNER, password=PASSWORD)
    given_dyno(database, "N1")


def test_maintenance_that_comes_back_is_planned_and_changed_from_one_on(
    page: Page, address: str, database: Database
) -> None:
    sign_in(page, f"{address}/fleet?tab=Maintenance", Role.PLANNER)
    expect(page.get_by_text("No dyno is in maintenance from today on.")).to_be_visible()
    settled(page)
    page.get_by_label("Repeat").click()
    page.get_by_role("option", name="Every 4 weeks").click()
    expect(page.get_by_label("Times in all")).to_have_value("6")
    settled(page)
    page.get_by_label("Reason (required)").fill("belt change")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.get_by_text("N1 is in maintenance every 4 weeks, 6 times")).to_be_visible()
    planned = list_windows(database, period=None)
    assert [(one.reason, one.period.days) for one in planned] == [("belt change", 5)] * 6

    settled(page)
    page.get_by_text("Change or cancel a window").click()
    page.get_by_label("Window", exact=True).click()
    page.get_by_role("option").nth(1).click()
    expect(page.get_by_text("This and the 4 after it")).to_be_visible()
    settled(page)
    page.get_by_text("This and the 4 after it").click()
    days = page.get_by_label("Days of each")
    expect(days).to_have_value("5")
    settled(page)
    days.fill("3")
    days.press("Tab")
    settled(page)
    page.get_by_role("button", name="Change these 5").click()
    expect(page.get_by_test_id("stAlertContentSuccess")).to_contain_text("N1")
    changed = list_windows(database, period=None)
    assert [one.period.days for one in changed] == [5, 3, 3, 3, 3, 3]
    assert [one.start_date for one in changed] == [one.start_date for one in planned]


def test_a_view_is_saved_for_everyone_and_opened_by_another(page: Page, address: str, database: Database) -> None:
    given_user(database, role=Role.VIEWER, password=PASSWORD)
    sign_in(page, f"{address}/planning", Role.PLANNER)
    expect(page.get_by_text("Every request has a place.")).to_be_visible()
    settled(page)
    page.get_by_text("Withdrawn", exact=True).click()
    expect(page.get_by_text("There is no such request.")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Views").click()
    page.get_by_label("Save this view as").fill("Given up")
    page.get_by_text("Everyone may open it").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“Given up” is saved.")).to_be_visible()

    page.context.clear_cookies()
    sign_in(page, f"{address}/planning", Role.VIEWER)
    expect(page.get_by_text("Every request has a place.")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Views").click()
    expect(page.get_by_text("by Planner")).to_be_visible()
    expect(page.get_by_text("Rename, share or delete")).to_have_count(0)  # it is not theirs
    page.get_by_role("link", name="Given up").click()
    expect(page.get_by_text("There is no such request.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"planning\?.*request_status=Withdrawn"))


def test_a_calendar_address_is_made_read_by_a_program_and_revoked(
    page: Page, address: str, database: Database, elsewhere: NewTab
) -> None:
    book(database, given_vehicle(database, tag="T1"), start=TODAY, dyno="N1", today=TODAY)
    sign_in(page, f"{address}/planning", Role.PLANNER)
    expect(page.get_by_text("Every request has a place.")).to_be_visible()
    settled(page)
    page.get_by_test_id("stSidebar").get_by_test_id("stPopover").get_by_role("button").click()
    page.get_by_role("button", name="Calendar feeds").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Make an address")).to_be_visible()
    settled(page)
    dialog.get_by_text("A dyno", exact=True).click()
    expect(dialog.get_by_label("Dyno", exact=True)).to_be_visible()
    settled(page)
    dialog.get_by_label("Dyno", exact=True).click()
    page.get_by_role("option", name="N1").click()
    settled(page)
    dialog.get_by_role("button", name="Make an address").click()
    made = dialog.get_by_test_id("stCode")
    expect(made).to_contain_text("/feeds/")
    secret = made.inner_text().strip()

    program = elsewhere().request  # without the cookie of whoever signed in
    read = program.get(secret)
    assert (read.status, read.headers["content-type"].split(";")[0]) == (200, "text/calendar")
    assert "T1" in read.text()
    settled(page)
    dialog.get_by_role("button", name="Revoke").click()
    expect(dialog.get_by_role("button", name="Revoke")).to_have_count(0)
    assert program.get(secret).status == 404
