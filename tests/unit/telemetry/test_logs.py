"""Logs: one JSON object a line, with the correlation id and without secrets."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from dyno_core.telemetry import correlated, correlation_id, reference_number
from dyno_core.telemetry.logs import JsonFormatter, redact


@pytest.fixture
def logged() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("tests.logs")
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


def last(stream: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stream.getvalue().splitlines()[-1])
    return found


def test_a_line_is_json_and_carries_the_correlation_id(logged: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = logged
    with correlated("click-1"):
        logger.warning("moved %s\nto %s", "A 1", "B 2", extra={"facts": {"dyno": 3, "api_key": "abc"}})
    line = last(stream)
    assert line["message"] == "moved A 1\nto B 2"
    assert line["correlation_id"] == "click-1"
    assert line["facts"] == {"dyno": 3, "api_key": "***"}
    assert correlation_id() is None


def test_inner_work_keeps_the_correlation_id_of_the_click(logged: tuple[logging.Logger, io.StringIO]) -> None:
    with correlated("click-2"), correlated() as inner:
        assert inner == "click-2"


def test_a_trace_in_the_log_is_redacted_too(logged: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = logged
    logger.error("failed", exc_info=ValueError("can't reach postgresql://dyno:hunter2@db/dyno"))
    assert "hunter2" not in stream.getvalue()
    assert "postgresql://dyno:***@db/dyno" in last(stream)["exception"]


@pytest.mark.parametrize(
    "secret",
    [
        "password=hunter2!",
        '{"password": "hunter2!"}',
        "Authorization: Bearer hunter2!",
        "dyno_auth=hunter2!; theme=dark",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.hunter2",
        "AIzahunter2hunter2hunter2hunter2",
        "$2b$12$hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunte",
    ],
)
def test_secrets_never_reach_the_log(secret: str) -> None:
    assert "hunter2" not in redact(f"before {secret} after")


def test_ordinary_sentences_stay_as_they_are() -> None:
    said = "The dyno PGN 1 is taken until 9 March 2026; token count 5, see http://localhost:8501/calendar?team=EV"
    assert redact(said) == said


def test_reference_numbers_can_be_read_out_and_do_not_repeat() -> None:
    numbers = {reference_number() for _ in range(200)}
    assert len(numbers) == 200
    assert all(len(number) == 6 and not set(number) & set("01IO") for number in numbers)
