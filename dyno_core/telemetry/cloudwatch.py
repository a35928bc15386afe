"""Measurements in CloudWatch's embedded metric format: log lines that CloudWatch turns into metrics by itself.

The format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json

from dyno_core.telemetry.performance import Measurement


def embedded_metric(measurement: Measurement, *, namespace: str) -> str:
    """One line of JSON with the metrics Duration (milliseconds) and Failures (0 or 1), by Service and Method.

    The correlation id stands beside them to search for; as a dimension it would make a metric of every click.
    """
    return json.dumps(
        {
            "_aws": {
                "Timestamp": int(measurement.created_at.timestamp() * 1000),
                "CloudWatchMetrics": [
                    {
                        "Namespace": namespace,
                        "Dimensions": [["Service", "Method"]],
                        "Metrics": [
                            {"Name": "Duration", "Unit": "Milliseconds"},
                            {"Name": "Failures", "Unit": "Count"},
                        ],
                    }
                ],
            },
            "Service": measurement.service_name,
            "Method": measurement.method_name,
            "Duration": round(measurement.duration_ms, 3),
            "Failures": 0 if measurement.success else 1,
            "correlation_id": measurement.correlation_id,
        }
    )
