"""What all tests in a browser share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, find


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """The first look at a page takes seconds on a busy machine; only what never comes is a failure."""
    expect.set_options(timeout=30_000)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=find(), args=list(ARGUMENTS))
        yield launched
        launched.close()
