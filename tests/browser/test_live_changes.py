"""Two planners in two browsers on one plan: each sees what the other does, and neither loses anything by it."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from dyno_core.accounts.roles import Role
from dyno_core.booking import allocate_vehicle, list_allocations
from dyno_core.database.engine import Database
from tests.browser.calendars import open_calendar, timeline
from tests.browser.conftest import NewTab
from tests.browser.people import PASSWORD, TODAY
from tests.builders import OPERATOR_ORIGIN, given_dyno, given_vehicle
from tests.fixtures.app import given_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_two_planners_see_each_other_s_changes_without_losing_their_place(
    page: Page, elsewhere: NewTab, address: str, database: Database
) -> None:
    for name in ("N1", "N2"):
        given_dyno(database, name)
    numbers = {
        tag: allocate_vehicle(
            database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(database, tag=tag), test_type="brake",
            start_date=TODAY + timedelta(days=first), days=7, today=TODAY,
        ).id
        for tag, first in (("T1", 7), ("T2", 3))
    }  # fmt: skip
    for role in (Role.PLANNER, Role.ADMIN):
        given_user(database, role=role, password=PASSWORD)
    planner, admin = page, elsewhere()
    for tab, role in ((planner, Role.PLANNER), (admin, Role.ADMIN)):
        open_calendar(tab, address, role)

    # The one looks somewhere else, has half typed a word and a bar in the air; the other moves a bar.
    seen = timeline(admin).evaluate("root => { root.timeline.panDays(3); return root.timeline.x0 }")
    search = admin.get_by_placeholder("Tag, VIN")
    search.press_sequentially("T")
    x, y = lift(admin, numbers["T2"])
    lift(planner, numbers["T1"], days=7)
    planner.mouse.up()
    planner.get_by_role("dialog").get_by_role("button", name="Move", exact=True).click()
    expect(planner.get_by_text(re.compile(r"T1 \(brake\) .* now"))).to_be_visible()

    expect(admin.get_by_text("Planner moved T1 just now")).to_be_visible()
    assert [(one.start_date, one.version) for one in list_allocations(database) if one.tag == "T1"] == [
        (TODAY + timedelta(days=14), 2)
    ]
    assert timeline(admin).evaluate("root => root.timeline.carry !== null")
    admin.mouse.move(x, y)
    admin.mouse.up()
    await_start(admin, numbers["T1"], TODAY + timedelta(days=14))
    assert timeline(admin).evaluate("root => root.timeline.x0") == seen
    expect(search).to_have_value("T")
    search.clear()

    # Both change one bar. The second one has it open, half filled in; nothing is taken from under their hands.
    admins = open_details(admin, numbers["T2"])
    admins.get_by_text("Cancel", exact=True).click()
    reason = admins.get_by_test_id("stForm").filter(has_text="Cancel the allocation").get_by_label("Reason")
    reason.fill("prototype is late")
    planners = open_details(planner, numbers["T2"])
    planners.get_by_text("Start today", exact=True).first.click()
    planners.get_by_role("button", name="Start today").click()
    expect(planner.get_by_text("T2 (brake) has started on N2")).to_be_visible()

    expect(admin.get_by_text("Planner started T2 just now")).to_be_visible()
    expect(reason).to_have_value("prototype is late")
    admins.get_by_role("button", name="Cancel the allocation").click()
    expect(admins.get_by_text("was changed by someone else meanwhile, so nothing was changed now")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(admins).to_have_count(0)
    assert {(one.tag, one.status) for one in list_allocations(database)} == {
        ("T1", "scheduled"),
        ("T2", "in_progress"),
    }


def centre_of(page: Page, number: int) -> tuple[float, float]:
    """Of a bar, on the timeline's canvas."""
    x, y = timeline(page).evaluate(
        "(root, id) => { const box = root.timeline.boxOf(id); return [box.x + box.w / 2, box.y + box.h / 2] }", number
    )
    return x, y


def lift(page: Page, number: int, *, days: int = 2) -> tuple[float, float]:
    """Take a bar with the mouse and carry it to later days, without letting go; returns where it was taken."""
    x, y = centre_of(page, number)
    per_day = timeline(page).evaluate("root => root.timeline.perDay")
    edge = timeline(page).locator("canvas").bounding_box()
    assert edge is not None
    x, y = x + edge["x"], y + edge["y"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * per_day, y, steps=5)
    return x, y


def await_start(page: Page, number: int, day: date) -> None:
    """Until the bar begins on that day, for at most a thousand frames."""
    began = timeline(page).evaluate(
        """(root, [id, day]) => new Promise((tell) => {
            const look = (left) => {
                const { bars } = root.timeline;
                if (bars.start[bars.find(id)] === day || !left) tell(left > 0);
                else requestAnimationFrame(() => look(left - 1));
            };
            look(1000);
        })""",
        [number, (day - date(1970, 1, 1)).days],
    )
    assert began


def open_details(page: Page, number: int) -> Locator:
    x, y = centre_of(page, number)
    timeline(page).locator("canvas").click(position={"x": x, "y": y})
    details = page.get_by_role("dialog")
    expect(details).to_be_visible()
    return details
