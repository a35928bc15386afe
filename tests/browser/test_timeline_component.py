"""The timeline in a real browser, under the policy that the app is served with."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from dyno_core.ui.timeline import Bar, Move
from tests.browser.people import settled
from tests.browser.serving import wait_until_healthy
from tests.browser.timeline_page import TODAY, carry_out, some_bars, some_rows

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HERE = Path(__file__).parent
PATIENCE = 20_000  # ms; a shared machine may be slow, no test waits this long when all is well


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("timeline") / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", str(HERE / "timeline_server.py")]
    options = ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true"]
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command, *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=HERE.parents[1],
            env=os.environ | {"PYTHONPATH": str(HERE.parents[1])},
        )
        try:
            wait_until_healthy(f"http://127.0.0.1:{port}", server, log, path="/_stcore/health")
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture(scope="module")
def _opened(context: BrowserContext, address: str) -> Iterator[Page]:
    opened = context.new_page()
    opened.set_viewport_size({"width": 1280, "height": 1100})
    broken: list[str] = []
    opened.on("pageerror", lambda error: broken.append(str(error)))
    opened.goto(address)
    yield opened
    opened.close()
    assert not broken, "no script of the page may fail"


@pytest.fixture
def page(_opened: Page) -> Page:
    """With a board that nobody touched yet."""
    told = _opened.get_by_text(re.compile(r"^round: \d+$"))
    number = int(told.inner_text().removeprefix("round: "))
    _opened.mouse.move(0, 0)
    _opened.get_by_role("button", name="Begin again").click()
    expect(told).to_have_text(f"round: {number + 1}")
    settled(_opened)
    expect(_opened.get_by_test_id("timeline")).to_have_attribute("data-painted", "true")
    return _opened


@pytest.fixture
def board(page: Page) -> Locator:
    return page.get_by_test_id("timeline")


def said(page: Page, words: str) -> None:
    expect(page.get_by_text(f"said: {words}", exact=True)).to_be_visible(timeout=PATIENCE)


def box(board: Locator, bar: Bar) -> dict[str, float]:
    """Where the bar is, in pixels of the page."""
    found: dict[str, float] = board.evaluate(
        """(root, id) => {
            const stage = root.querySelector('.stage').getBoundingClientRect();
            const {x, y, w, h} = root.timeline.boxOf(id);
            return {x: x + stage.x + 1, y: y + stage.y + 1, w, h};
        }""",
        bar.allocation_id,
    )
    return found


def drag(page: Page, board: Locator, bar: Bar, *, days: int) -> None:
    at = box(board, bar)
    per_day = float(board.get_attribute("data-px-per-day") or 0)
    x, y = at["x"] + at["w"] / 2, at["y"] + at["h"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + days * per_day / 2, y, steps=3)
    page.mouse.move(x + days * per_day, y, steps=3)
    page.mouse.up()


def test_a_bar_is_called_by_what_has_room_in_it(board: Locator) -> None:
    bar = next(bar for bar in some_bars(some_rows()) if bar.kind == "test")
    tag = bar.label.split(" · ")[0]

    def label(room: int, height: int = 22) -> str | None:
        said: str | None = board.evaluate(
            "(root, [id, room, height]) => root.timeline.labelOf(id, room, height)", [bar.allocation_id, room, height]
        )
        return said

    assert [label(room) for room in (300, 50, 19, 8)] == [bar.label, tag, f"{tag[:2]}/{tag[2:]}", None]
    assert label(21, height=15) == tag[-3:]  # two lines have no room
    assert label(11, height=18) == tag[-3:]  # upright
    assert label(300, height=8) is None


def movable(*, by: int, accepted: bool) -> Bar:
    """A bar of the first rows whose move by so many days the page would accept, or refuse."""
    bars = some_bars(some_rows())
    for bar in bars:
        if bar.dyno_id > 9 or bar.start <= TODAY or bar.end > date(2026, 3, 20) or bar.period.days < 4:
            continue
        if bar.status in {"completed", "cancelled"} or bar.disputed:
            continue
        answer = carry_out(list(bars), move_of(bar, by=by))
        if answer.startswith("moved") is accepted:
            return bar
    raise AssertionError("the sample plan holds no such bar")


def move_of(bar: Bar, *, by: int) -> Move:
    return Move(bar.allocation_id, bar.dyno_id, bar.start + timedelta(by), bar.end + timedelta(by), bar.version)


def test_everything_that_was_given_is_painted(board: Locator) -> None:
    bars = some_bars(some_rows())
    expect(board).to_have_attribute("data-bars", str(len(bars)))
    expect(board).to_have_attribute("data-rows", "30")
    expect(board).to_have_attribute("data-conflicts", str(sum(bar.conflict for bar in bars)))
    expect(board).to_have_attribute("data-view-start", "2026-01-01")
    expect(board).to_have_attribute("data-view-end", "2026-03-31")
    colours = board.evaluate(
        """root => {
            const canvas = root.querySelector('canvas');
            const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return new Set(new Uint32Array(pixels.buffer)).size;
        }"""
    )
    assert colours > 50, "a plan of eight test types is colourful"


def test_a_call_that_ends_late_leaves_the_board_to_the_newer_one(board: Locator) -> None:
    assert board.evaluate(
        """async (root) => {
            const { default: draw } = await import("/_stcore/bidi-components/dyno-core.timeline/timeline.js");
            const parentElement = document.body.appendChild(document.createElement("div"));
            const call = () => draw({ parentElement, data: root.timeline.data, setTriggerValue: () => {} });
            const [older, newer] = [call(), call()];
            const boards = () => parentElement.querySelectorAll(".dyno-timeline").length;
            const seen = [boards(), (older(), boards()), (newer(), boards())];
            parentElement.remove();
            return seen;
        }"""
    ) == [1, 1, 0]


def test_a_bar_covers_its_last_day_to_the_end(page: Page, board: Locator) -> None:
    bar = movable(by=1, accepted=True)
    per_day = float(board.get_attribute("data-px-per-day") or 0)
    assert box(board, bar)["w"] == pytest.approx(bar.period.days * per_day, abs=3)


def test_a_click_on_a_bar_reaches_python(page: Page, board: Locator) -> None:
    bar = movable(by=1, accepted=True)
    at = box(board, bar)
    page.mouse.click(at["x"] + at["w"] / 2, at["y"] + at["h"] / 2)
    said(page, f"Click(allocation_id={bar.allocation_id})")


def test_a_dragged_bar_asks_for_its_new_days_and_stays_there(page: Page, board: Locator) -> None:
    bar = movable(by=1, accepted=True)
    before = box(board, bar)
    drag(page, board, bar, days=1)
    days = f"{bar.start + timedelta(1)} {bar.end + timedelta(1)}"
    said(page, f"moved {bar.allocation_id} to {bar.dyno_id} {days}")
    expect(board).to_have_attribute("data-revision", "1")
    per_day = float(board.get_attribute("data-px-per-day") or 0)
    assert box(board, bar)["x"] == pytest.approx(before["x"] + per_day, abs=1)


def test_a_refused_bar_goes_back_to_where_it_was(page: Page, board: Locator) -> None:
    bar = movable(by=4, accepted=False)
    before = box(board, bar)
    drag(page, board, bar, days=4)
    expect(page.get_by_text(f"said: refused {bar.allocation_id}")).to_be_visible(timeout=PATIENCE)
    expect(board).to_have_attribute("data-revision", "1")
    expect(board).to_have_attribute("data-pending", "")
    assert box(board, bar) == before


def test_a_read_only_timeline_pans_instead_of_moving(page: Page, board: Locator) -> None:
    bar = movable(by=1, accepted=True)
    page.get_by_text("Read only").click()
    expect(board).to_have_attribute("data-read-only", "true")
    drag(page, board, bar, days=7)
    # Seven days of a rounded number of pixels each.
    expect(board).to_have_attribute("data-view-start", re.compile(r"2025-12-2[45]"))
    expect(board).to_have_attribute("data-revision", "0")


def test_keys_walk_open_zoom_and_move_without_a_mouse(page: Page, board: Locator) -> None:
    stage = board.locator(".stage")
    stage.focus()
    page.keyboard.press("Tab")
    expect(board).to_have_attribute("data-focus", "PGN")
    heading = board.locator("#timeline-heading")
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_attribute("aria-expanded", "false")
    expect(board.locator("[aria-live]")).to_have_text("PGN collapsed")
    said(page, "Folded(facilities=('PGN',), band=False)")
    page.keyboard.press(" ")
    expect(heading).to_have_attribute("aria-expanded", "true")
    said(page, "Folded(facilities=(), band=False)")
    page.keyboard.press("Tab")
    expect(board).not_to_have_attribute("data-focus", "PGN")
    first = board.get_attribute("data-focus")
    page.keyboard.press("Tab")
    expect(board).not_to_have_attribute("data-focus", first or "")
    expect(board.locator("[aria-live]")).to_contain_text("PGN 1: ")
    second = board.get_attribute("data-focus")
    page.keyboard.press("Enter")
    said(page, f"Click(allocation_id={second})")
    page.keyboard.press("Escape")
    expect(board).to_have_attribute("data-focus", "")
    before = float(board.get_attribute("data-px-per-day") or 0)
    page.keyboard.press("+")
    expect(board).not_to_have_attribute("data-px-per-day", f"{before:.2f}")
    assert float(board.get_attribute("data-px-per-day") or 0) > before


def test_shift_and_arrows_carry_the_focused_bar(page: Page, board: Locator) -> None:
    bar = movable(by=1, accepted=True)
    board.locator(".stage").focus()
    board.evaluate("(root, id) => root.timeline.focus(root.timeline.bars.find(id))", bar.allocation_id)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"said: moved {bar.allocation_id} ")).to_be_visible(timeout=PATIENCE)


def test_keys_walk_the_cells_of_a_crowded_plan_and_look_into_one(page: Page, board: Locator) -> None:
    page.get_by_text("As cells").click()
    expect(board).to_have_attribute("data-cells", "7")
    board.locator(".stage").focus()
    live = board.locator("[aria-live]")
    page.keyboard.press("ArrowDown")
    expect(live).to_have_text("PGN 1, Thu 1 Jan 2026 to Wed 7 Jan 2026, 7 days, 0 % booked, Enter looks closer")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(live).to_contain_text("PGN 2, Thu 8 Jan 2026 to Wed 14 Jan 2026, 7 days, 8 % booked")
    expect(board).to_have_attribute("data-focus", "2 2026-01-08")
    page.keyboard.press("Enter")
    expect(board).to_have_attribute("data-view-start", "2025-12-29")
    expect(board).to_have_attribute("data-view-end", "2026-01-24")
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(board.locator(".stage")).not_to_be_focused()


def test_a_finger_pans_opens_a_bar_by_a_tap_and_takes_one_up_by_resting_on_it(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1000, "height": 900}, has_touch=True, is_mobile=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(address)
    board = page.get_by_test_id("timeline")
    expect(board).to_have_attribute("data-painted", "true")
    bar = movable(by=1, accepted=True)
    finger = context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]})

    def middle() -> tuple[float, float]:
        at = box(board, bar)
        return at["x"] + at["w"] / 2, at["y"] + at["h"] / 2

    x, y = middle()
    page.touchscreen.tap(x, y)
    said(page, f"Click(allocation_id={bar.allocation_id})")
    expect(board).to_have_attribute("data-revision", "1")

    per_day = float(board.get_attribute("data-px-per-day") or 0)
    touch("touchStart", middle())
    expect(board.locator(".tip")).to_be_visible()  # it rests long enough
    for part in (0.5, 1):
        touch("touchMove", (x + part * per_day, y))
    touch("touchEnd")
    expect(page.get_by_text(f"said: moved {bar.allocation_id} ")).to_be_visible()

    view = board.get_attribute("data-view-start") or ""
    touch("touchStart", (x, y + 60))
    for part in (60, 120):
        touch("touchMove", (x - part, y + 60))
    touch("touchEnd")
    expect(board).not_to_have_attribute("data-view-start", view)
    context.close()


def test_the_view_survives_a_rerun_and_follows_a_new_window(page: Page, board: Locator) -> None:
    board.get_by_label("Zoom in").click()
    expect(board).not_to_have_attribute("data-view-start", "2026-01-01")
    zoomed = board.get_attribute("data-view-start") or ""
    page.get_by_text("Read only").click()
    expect(board).to_have_attribute("data-read-only", "true")
    expect(board).to_have_attribute("data-view-start", zoomed)
    page.get_by_text("Two weeks").click()
    expect(board).to_have_attribute("data-view-start", "2026-02-09")
    expect(board).to_have_attribute("data-view-end", "2026-02-22")


def test_a_facility_folds_on_a_click_on_its_heading(page: Page, board: Locator) -> None:
    bar = movable(by=1, accepted=True)
    stage = board.locator(".stage").bounding_box()
    assert stage
    page.mouse.click(stage["x"] + 60, stage["y"] + 46 + 13)
    expect(board.locator("[aria-live]")).to_have_text("PGN collapsed")
    assert board.evaluate("(root, id) => root.timeline.boxOf(id)", bar.allocation_id) is None


def test_the_wheel_scrolls_the_rows_and_at_their_end_the_page(page: Page, board: Locator) -> None:
    stage = board.locator(".stage").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + 600, stage["y"] + 300)
    prevented = (
        "root => new Promise(done => root.addEventListener('wheel', e => done(e.defaultPrevented), {once: true}))"
    )
    for top, is_taken in ((0, True), (1e6, False)):
        board.evaluate("(root, y) => root.timeline.scroll(y)", top)
        board.evaluate(f"root => {{ window.taken = ({prevented})(root); }}")
        page.mouse.wheel(0, 100)
        assert page.evaluate("window.taken") is is_taken


def test_a_dark_theme_gets_the_dark_colours(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    opened = context.new_page()
    opened.goto(address)
    expect(opened.get_by_test_id("timeline")).to_have_attribute("data-theme", "dark", timeout=PATIENCE)
    context.close()
