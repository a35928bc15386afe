"""Finds a Chromium for the browser tests; run as a module it gets Playwright's own where there is none."""

import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.fixtures import system

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""A browser that asks nobody on the internet for anything, and that runs as root and without a graphics card."""


def find() -> str | None:
    """The browser's path: that of the system, else of Playwright's own."""
    if path := system.browser():
        return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if own and Path(own).exists() else None


def main() -> int:
    if find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=False)
    if find() is None:
        print(
            "No Chromium was found or could be installed; install one and name it with CHROMIUM=/path.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
