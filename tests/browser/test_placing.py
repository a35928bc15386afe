"""A request is dragged from the band above the rows to a dyno: told first whether it fits, placed once, taken back."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from dyno_core.accounts.roles import Role
from dyno_core.booking import allocate_vehicle, create_request, get_request, list_allocations, prioritize
from dyno_core.database.engine import Database
from tests.browser.calendars import open_calendar, timeline
from tests.browser.people import PASSWORD, TODAY
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import given_dyno, given_vehicle
from tests.fixtures.app import given_user

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

WISHED = TODAY + timedelta(days=7)


def test_a_request_goes_from_the_band_to_a_dyno_and_back(page: Page, address: str, database: Database) -> None:
    ids = {name: given_dyno(database, name) for name in ("N1", "N2")}
    allocate_vehicle(
        database, BY, vehicle_id=given_vehicle(database, tag="T9"), test_type="brake", start_date=WISHED, days=5,
        today=TODAY, dyno="N2",
    )  # fmt: skip
    request = create_request(
        database, BY, vehicle_id=given_vehicle(database, tag="T1"), test_type="brake", start_date=WISHED, days=3
    )
    given_user(database, role=Role.PLANNER, password=PASSWORD)
    open_calendar(page, address, Role.PLANNER)
    board, dialog = timeline(page), page.get_by_role("dialog")
    expect(board).to_have_attribute("data-wishes", "1")

    # N2 is taken: that is said, and the way out is one click away.
    drop(page, request.id, ids["N2"], WISHED + timedelta(days=1))
    expect(dialog).to_contain_text("N2 is held by T9 (brake)")
    expect(dialog.get_by_role("button", name="Place on N2")).to_be_disabled()
    dialog.get_by_role("button", name="N1 on the same days").click()
    expect(dialog).to_contain_text("It fits: N1 can run it")
    dialog.get_by_role("button", name="Place on N1, 1 day later than wished").click()
    expect(page.get_by_text("T1 (brake) is on N1")).to_be_visible()
    expect(board).to_have_attribute("data-wishes", "0")
    placed = [one for one in list_allocations(database) if one.tag == "T1"]
    assert [(one.dyno, one.start_date, one.days) for one in placed] == [("N1", WISHED + timedelta(days=1), 3)]

    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("T1 (brake) is off N1 again; its request is open.")).to_be_visible()
    expect(board).to_have_attribute("data-wishes", "1")
    assert get_request(database, request.id).status == "open"

    # Somebody else changes the request while the question is open: refused with a sentence.
    drop(page, request.id, ids["N1"], WISHED)
    expect(dialog).to_contain_text("It fits: N1 can run it")
    prioritize(database, BY, {request.id: get_request(database, request.id).version}, priority=1)
    dialog.get_by_role("button", name="Place on N1").click()
    expect(dialog).to_contain_text("changed by someone else")
    drawn = int(board.get_attribute("data-revision") or 0)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert get_request(database, request.id).status == "open"

    # By keys: from the band down to the row, and back to open the request.
    expect(board).to_have_attribute("data-revision", str(drawn + 1))  # as the request is now
    expect(board).to_have_attribute("data-pending", "")
    board.locator(".stage").focus()
    live = board.locator("[aria-live]")
    page.keyboard.press("ArrowRight")
    expect(live).to_contain_text("Request: T1, brake")
    page.keyboard.press("ArrowDown")
    expect(live).to_contain_text("North, 2 dynos, expanded")
    page.keyboard.press("ArrowDown")
    expect(live).to_contain_text("N2: T9, brake")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    expect(live).to_contain_text("Request: T1, brake")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("It fits: N1 can run it")


def drop(page: Page, request_id: int, dyno_id: int, day: date) -> None:
    """Drag the request by its first day to a day of a dyno's row."""
    board = timeline(page)
    taken = _place(board, "boxOfWish(arg)", request_id)
    target = _place(board, "boxOfDay(...arg)", [dyno_id, (day - date(1970, 1, 1)).days])
    page.mouse.move(*taken)
    page.mouse.down()
    page.mouse.move(*target, steps=8)
    page.mouse.up()
    expect(board).to_have_attribute("data-pending", str(request_id))


def _place(board: Locator, box: str, arg: object) -> tuple[float, float]:
    """A point at the left of the box, within its first day, on the page."""
    x, y = board.evaluate(
        f"""(root, arg) => {{
            const stage = root.querySelector('canvas').getBoundingClientRect();
            const {{ x, y, h }} = root.timeline.{box};
            return [stage.x + x + 3, stage.y + y + h / 2];
        }}""",
        arg,
    )
    return x, y
