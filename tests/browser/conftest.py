"""What all tests in a browser share."""

import pytest
from playwright.sync_api import expect


@pytest.fixture(scope="session", autouse=True)
def _patience() -> None:
    """The first look at a page takes seconds on a busy machine; only what never comes is a failure."""
    expect.set_options(timeout=30_000)
