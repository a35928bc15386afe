"""Fixtures of the page tests."""

from tests.fixtures.app import app, open_page

__all__ = ["app", "open_page"]
