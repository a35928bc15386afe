"""A planner's day in a real browser: the workbook in, the plan on screen, book, move, cancel, then the reports."""

import io
import re
from datetime import timedelta
from urllib.parse import quote, urljoin

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import history
from dyno_core.booking import Allocation, create_request, list_allocations, list_desk
from dyno_core.database.engine import Database
from dyno_core.fleet import find_vehicle
from tests.browser.people import PASSWORD, TODAY, settled, sign_in
from tests.browser.test_live_changes import await_start
from tests.builders import OPERATOR_ORIGIN, given_dyno, given_vehicle
from tests.builders import book as book_at_once
from tests.fixtures.app import given_user
from tests.fixtures.workbooks import a_request, a_row, a_workbook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

EMAIL = "planner@example.com"
PLAN = a_workbook([a_row(tag="100W100"), a_row(tag="200W200", dyno=2), a_row(tag="300W300"), a_request(tag="400W400")])
"""Two vehicles on PGN 1 from 4 to 10 May, one on PGN 2, and one without a dyno."""


@pytest.fixture(autouse=True)
def _planner(page: Page, address: str, database: Database) -> None:
    """Has an account, and the app's address in the browser."""
    given_user(database, role=Role.PLANNER, password=PASSWORD)
    page.goto(f"{address}/auth/login")


def test_a_planner_imports_the_workbook_and_works_with_the_plan(page: Page, database: Database) -> None:
    come_to(page, "/fleet?tab=Import")
    import_the_workbook(page)
    assert len(list_allocations(database)) == 3

    visit(page, "/calendar?day=2026-05-04&zoom=Month")
    timeline = page.get_by_test_id("timeline")
    expect(timeline).to_have_attribute("data-bars", "3")
    expect(timeline).to_have_attribute("data-conflicts", "2")
    expect(page.get_by_role("tab", name="Conflicts (1 in view)")).to_be_visible()
    expect(page.get_by_role("tab", name="Requests without a dyno (1)")).to_be_visible()

    book(page, "400W400", days=3)
    expect(timeline).to_have_attribute("data-bars", "4")
    booked = the_allocation_of(database, "400W400")
    assert (booked.start_date, booked.end_date, booked.source) == (TODAY, TODAY + timedelta(days=2), "calendar")

    visit(page, f"/calendar?day={TODAY}&zoom=Month")
    details = open_details(page, timeline, booked)
    expect(details).to_contain_text("Mon 20 Apr 2026 to Wed 22 Apr 2026")
    expect(details).to_contain_text(f"{EMAIL} (calendar)")

    details.get_by_text("Move or change the length").click()
    details.get_by_label("Days", exact=True).fill("5")
    details.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("from Mon 20 Apr 2026 to Fri 24 Apr 2026 now")).to_be_visible()
    assert the_allocation_of(database, "400W400").days == 5

    details = open_details(page, timeline, booked)
    details.get_by_text("Cancel", exact=True).click()
    cancelling = details.get_by_test_id("stForm").filter(has_text="Cancel the allocation")
    cancelling.get_by_label("Reason").fill("prototype is late")
    cancelling.get_by_role("button", name="Cancel the allocation").click()
    expect(page.get_by_text("is cancelled;")).to_be_visible()
    expect(timeline).to_have_attribute("data-bars", "3")
    assert the_allocation_of(database, "400W400").status == "cancelled"

    for report, title in (("/utilization?period=This+year", "Utilization"), ("/roi", "Return on investment")):
        visit(page, report)
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_test_id("stMetric")).to_have_count(5)
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_chosen_requests_are_placed_after_a_preview_and_moved_when_their_dyno_breaks_down(
    page: Page, database: Database
) -> None:
    given_dyno(database, "N1", preference=1)
    given_dyno(database, "N2", preference=2)
    for tag in ("T1", "T2", "T3"):
        create_request(
            database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(database, tag=tag), test_type="brake",
            start_date=TODAY + timedelta(days=1), days=2,
        )  # fmt: skip
    come_to(page, "/planning")
    expect(page.get_by_role("button", name="Place selected (0)")).to_be_disabled()
    tick(page, row=1, column=18)
    tick(page, row=3, column=18)
    page.get_by_role("button", name="Place selected (2)").click()
    expect(page.get_by_role("heading", name="2 of 2 would be placed")).to_be_visible()
    expect(page.get_by_role("button", name="Place 2", exact=True)).to_be_visible()
    assert list_allocations(database) == ()

    tick(page, row=2, column=46)
    page.get_by_role("button", name="Place 1", exact=True).dblclick()
    expect(page.get_by_text("T1 (brake) is on N1 from")).to_be_visible()
    (placed,) = list_allocations(database)
    assert (placed.tag, placed.dyno, placed.source) == ("T1", "N1", "planner")

    visit(page, "/calendar")
    page.get_by_role("button", name="Breakdown").click()
    page.get_by_role("dialog").get_by_role("button", name="Report N1 down and move 1").click()
    expect(page.get_by_text("T1 (brake) is on N2 from")).to_be_visible()
    assert the_allocation_of(database, "T1").dyno == "N2"


def test_a_way_out_of_a_conflict_and_a_merge_are_taken_with_the_reason_just_typed_and_taken_back(
    page: Page, database: Database
) -> None:
    given_dyno(database, "N1", preference=1)
    given_dyno(database, "N2", preference=2)
    one, other = (given_vehicle(database, tag=tag) for tag in ("A1", "B2"))
    book_at_once(database, one, start=TODAY, dyno="N1", today=TODAY)
    with database.writing() as session:
        session.execute(text("UPDATE allocations SET disputed = true"))
        session.execute(text("INSERT INTO vehicles (tag, build_id, contact) VALUES ('C3', 'B2', 'Ana')"))
    book_at_once(database, other, start=TODAY, dyno="N1", today=TODAY)
    double, identity = list_desk(database, today=TODAY).open

    come_to(page, f"/planning?tab=Conflicts&conflict={quote(double.subject)}")
    page.get_by_role("button", name="N2, same days").first.click()
    page.get_by_label("Reason", exact=False).fill("rollers are warm")
    page.get_by_role("button", name="Do it").click()  # with the field still in focus: nothing is left or awaited
    expect(page.get_by_text("A1 (brake) is on N2 for")).to_be_visible()
    assert the_allocation_of(database, "A1").dyno == "N2"
    assert history(database, entity="allocation", entity_id=1)[0].reason == "rollers are warm"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: everything stands as it stood before")).to_be_visible()
    assert (the_allocation_of(database, "A1").dyno, the_allocation_of(database, "A1").disputed) == (
        "N1",
        True,
    )

    visit(page, f"/planning?tab=Conflicts&conflict={quote(identity.subject)}")
    page.get_by_role("button", name="Keep C3 (3)").click()
    expect(page.get_by_text("To C3 move: brake on N1", exact=False)).to_be_visible()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_text("B2 is part of C3 now.")).to_be_visible()
    assert find_vehicle(database, "B2").id == 3

    visit(page, "/fleet?tab=Vehicles")
    page.get_by_text("Records that were made one").click()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Taken back: B2 is a vehicle of its own again")).to_be_visible()
    assert (find_vehicle(database, "B2").id, the_allocation_of(database, "B2").vehicle_id) == (other, other)


def test_pasted_cells_become_a_plan_that_the_weekly_amounts_count_and_the_calendar_gives_away(
    page: Page, database: Database
) -> None:
    given_dyno(database, "N1")
    come_to(page, "/planning")
    page.get_by_text("Paste from a spreadsheet").click()
    page.get_by_label("Cells").fill(
        "Tag #\tTest\tEstimated Start\tProjected End Date\t><10K\tAWD/2WD\tDYNO\n"
        "T1\tbrake\t5/4/2026\t5/8/2026\t<10K\t2WD\tN1\n"
        "T2\tbrake\t5/4/2026\t5/6/2026\t<10K\t2WD\t\n"
        "T3\tbrake\t5/4/2026\t5/6/2026\t<10K\t2WD\tN7\n"
    )
    page.get_by_role("button", name="Preview").click()
    create = page.get_by_role("button", name="Create 2", exact=True)
    expect(create).to_be_enabled()
    assert list_allocations(database) == ()
    create.click()
    expect(page.get_by_text("Created 1 request and 1 allocation from the pasted rows.")).to_be_visible()
    assert the_allocation_of(database, "T1").source == "planner"

    visit(page, "/planning?tab=Weekly+amounts")
    expect(page.get_by_text("Without a dyno: wished days of requests")).to_be_visible()
    bars = page.locator(".barlayer .trace")
    # Placed and without a dyno of all, North and anywhere. The first chart of a browser takes its time: plotly is large.
    expect(bars).to_have_count(6, timeout=90_000)
    week = page.locator(".barlayer .trace").first.locator(".point").nth(5).bounding_box()
    assert week
    page.mouse.move(week["x"] + week["width"] / 2, week["y"] + week["height"] / 2)
    expect(page.locator(".hoverlayer .hovertext")).to_contain_text("2026-W19")
    page.mouse.click(week["x"] + week["width"] / 2, week["y"] + week["height"] / 2)
    expect(page.get_by_text("8 dyno-days in 2026-W19")).to_contain_text("5 placed, 3 without a dyno; capacity 7.")
    expect(page).to_have_url(re.compile("week=2026-W19"))

    visit(page, "/calendar?day=2026-05-04&zoom=Month")
    expect(page.get_by_test_id("timeline")).to_have_attribute("data-bars", "1")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Excel", exact=True).click()
    assert download.value.suggested_filename == "calendar-2026-05-01-2026-05-31.xlsx"
    book_of = load_workbook(io.BytesIO(download.value.path().read_bytes()))
    assert [cell.value for cell in book_of["Plan"]["C"]] == ["Vehicle", "T1"]


def test_a_dragged_bar_and_a_stretched_one_take_the_later_legs_along_after_a_preview_and_back(
    page: Page, database: Database
) -> None:
    given_dyno(database, "N1")
    vehicle = given_vehicle(database, tag="T7")
    first, second = (
        book_at_once(database, vehicle, start=TODAY + timedelta(days=days), days=5, today=TODAY) for days in (2, 15)
    )
    planned = [first.period, second.period]
    come_to(page, f"/calendar?day={TODAY}&zoom=Month")

    place = page.get_by_test_id("timeline").bounding_box()
    drag(page, first, days=2)
    preview = page.get_by_role("dialog")
    expect(preview).to_contain_text("brake, N1, Tue 5 May 2026 to Sat 9 May 2026")
    expect(preview.get_by_test_id("stDataFrame")).to_contain_text("N1, Thu 7 May 2026 to Mon 11 May 2026")
    assert [one.period for one in list_allocations(database)] == planned
    preview.get_by_role("button", name="Move 2 legs").click()
    expect(page.get_by_text("and 1 later with it")).to_be_visible()
    assert page.get_by_test_id("timeline").bounding_box() == place  # it stays under the hand
    assert [one.period for one in list_allocations(database)] == [each.shifted(2) for each in planned]
    take_back(page, first)
    assert [one.period for one in list_allocations(database)] == planned

    drag(page, first, days=3, by_its_end=True)
    expect(preview).to_contain_text("→ N1, Wed 22 Apr 2026 to Wed 29 Apr 2026 (8 days)")
    expect(preview.get_by_test_id("stDataFrame")).to_contain_text("N1, Fri 8 May 2026 to Tue 12 May 2026")
    preview.get_by_role("button", name="Move 2 legs").click()
    expect(page.get_by_text("and 1 later with it")).to_be_visible()
    longer, later = list_allocations(database)
    assert (longer.start_date, longer.days, later.period) == (first.start_date, 8, second.period.shifted(3))
    take_back(page, first)
    assert [one.period for one in list_allocations(database)] == planned


def come_to(page: Page, path: str) -> None:
    """The first page that the planner opens, signed in, when all of it is drawn."""
    sign_in(page, urljoin(page.url, path), Role.PLANNER)
    settled(page)


def visit(page: Page, path: str) -> None:
    """Another page by its address, when all of it is drawn."""
    page.goto(urljoin(page.url, path))
    settled(page)


def drag(page: Page, one: Allocation, *, days: int, by_its_end: bool = False) -> None:
    """Take the bar with the mouse, or only its end, to later days. The bar stands where it is stored."""
    timeline = page.get_by_test_id("timeline")
    expect(timeline).to_have_attribute("data-painted", "true", timeout=120_000)  # the first look at the calendar
    await_start(page, one.id, one.start_date)
    x, y, width, per_day = timeline.evaluate(
        """(root, id) => {
            const edge = root.querySelector("canvas").getBoundingClientRect(), box = root.timeline.boxOf(id);
            return [edge.x + box.x, edge.y + box.y + box.h / 2, box.w, root.timeline.perDay];
        }""",
        one.id,
    )
    x += width - 3 if by_its_end else width / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * per_day, y, steps=5)
    page.mouse.up()


def take_back(page: Page, one: Allocation) -> None:
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text(f"is back on {one.dyno} from {one.period}")).to_be_visible()


def tick(page: Page, *, row: int, column: int) -> None:
    """Click on a row of the one table, ``column`` pixels from its left; a table is drawn, and has no elements."""
    table = page.get_by_test_id("stDataFrame")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(table).to_have_count(1)  # that of the page before is gone
    table.click(position={"x": column, "y": 17 + 35 * row})


def import_the_workbook(page: Page) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": "plan.xlsx", "mimeType": "application/octet-stream", "buffer": PLAN}
    )
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("The workbook is imported")).to_be_visible()


def book(page: Page, tag: str, *, days: int) -> None:
    page.get_by_role("button", name="Book", exact=True).click()
    form = page.get_by_role("dialog")
    form.get_by_label("Vehicle").fill(tag)
    form.get_by_label("Test").click()
    page.get_by_role("option").first.click()
    form.get_by_label("Days", exact=True).fill(str(days))
    form.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_text(re.compile(f"{tag} .*is on .* from"))).to_be_visible()


def open_details(page: Page, timeline: Locator, allocation: Allocation) -> Locator:
    """Click on the allocation's bar."""
    expect(timeline).to_have_attribute("data-painted", "true")
    box = timeline.evaluate("(root, id) => root.timeline.boxOf(id)", allocation.id)
    timeline.locator("canvas").click(position={"x": box["x"] + box["w"] / 2, "y": box["y"] + box["h"] / 2})
    details = page.get_by_role("dialog")
    expect(details).to_contain_text(str(allocation.tag))
    return details


def the_allocation_of(database: Database, tag: str) -> Allocation:
    (one,) = [each for each in list_allocations(database) if each.tag == tag]
    return one
