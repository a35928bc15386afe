"""Finds a Chromium for the browser tests; run as a module it installs one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    """The browser's path: ``CHROMIUM``, else one on the PATH, else Playwright's own."""
    named = [os.environ.get("CHROMIUM"), *(shutil.which(name) for name in NAMES)]
    for path in named:
        if path:
            return path
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if own and Path(own).exists() else None


def install() -> None:
    """From the distribution's packages where that is allowed, else Playwright's own build."""
    if shutil.which("apt-get"):
        sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        steps = (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"])
        done = all(
            subprocess.run([*sudo, "apt-get", *step], env=environment, check=False).returncode == 0 for step in steps
        )
        if done:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)


def main() -> int:
    if find() is None:
        install()
    path = find()
    if path is None:
        print(
            "No Chromium was found or could be installed; install one and name it with CHROMIUM=/path.", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
