"""Fixtures of the server's tests."""

from tests.fixtures.app import app

__all__ = ["app"]
