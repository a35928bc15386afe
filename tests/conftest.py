"""Fixtures for every test; each group of them has its file under tests/fixtures."""

import os

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

# How fast examples are drawn says how busy the machine is, and nothing about what is tested.
settings.register_profile("any_machine", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")
