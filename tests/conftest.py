"""Fixtures for every test; each group of them has its file under tests/fixtures."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Before anything reads settings: no test may reach the machine's own database, key or home.
for name in (
    "DATABASE_URL",
    "DATABASE_READER_URL",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "DYNO_HOME",
    "DYNO_TODAY",
    "DYNO_MODEL",
    "LANGSMITH_TRACING",
    "LANGCHAIN_TRACING_V2",
):
    os.environ.pop(name, None)
os.environ["DYNO_ENV"] = "testing"

pytest_plugins = ["tests.fixtures.database"]

# How fast examples are drawn and run says how busy the machine is, and nothing about what is tested.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests first and side by side, in whatever order otherwise: they share an app that takes time to start."""
    items.sort(key=lambda item: item.get_closest_marker("browser") is None)
