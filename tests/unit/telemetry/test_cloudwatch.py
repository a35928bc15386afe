"""The lines that CloudWatch reads metrics from."""

import json
from datetime import UTC, datetime

import pytest

from dyno_core.telemetry import Measurement, embedded_metric


@pytest.mark.parametrize(("success", "failures"), [(True, 0), (False, 1)])
def test_a_measurement_becomes_one_line_whose_metrics_stand_in_it(success: bool, failures: int) -> None:
    measured = Measurement(
        service_name="agent",
        method_name="turn",
        duration_ms=12.34567,
        success=success,
        error_message=None if success else "a sentence\nof two lines",
        correlation_id="click-1",
        user_id=7,
        created_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
    )
    line = embedded_metric(measured, namespace="Lab")
    assert "\n" not in line
    told = json.loads(line)
    (directive,) = told["_aws"]["CloudWatchMetrics"]
    assert told["_aws"]["Timestamp"] == 1_773_057_600_000
    assert directive["Namespace"] == "Lab"
    assert directive["Dimensions"] == [["Service", "Method"]]
    assert {metric["Name"]: told[metric["Name"]] for metric in directive["Metrics"]} == {
        "Duration": 12.346,
        "Failures": failures,
    }
    assert (told["Service"], told["Method"], told["correlation_id"]) == ("agent", "turn", "click-1")
