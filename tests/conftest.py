"""Fixtures for every test; each group of them has its file under tests/fixtures."""

import os

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
