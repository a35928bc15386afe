"""Fixtures of the page tests."""

from tests.fixtures.app import app, demo_database, demo_template, open_page

__all__ = ["app", "demo_database", "demo_template", "open_page"]
