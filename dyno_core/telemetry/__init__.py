"""Metrics, timings and logs. Recording never blocks, and never fails what it measures."""

from dyno_core.telemetry.cloudwatch import embedded_metric
from dyno_core.telemetry.correlation import correlated, correlation_id
from dyno_core.telemetry.logs import configure_logging, reference_number
from dyno_core.telemetry.performance import Measurement, MetricsWriter, start_writer, store_queued, track_performance
from dyno_core.telemetry.prometheus import (
    exposition,
    record_allocation,
    record_dropped,
    record_model_call,
    record_sign_in,
    record_tool,
    set_active_users,
    set_database_connections,
    set_database_up,
    set_savings,
)

__all__ = [
    "Measurement",
    "MetricsWriter",
    "configure_logging",
    "correlated",
    "correlation_id",
    "embedded_metric",
    "exposition",
    "record_allocation",
    "record_dropped",
    "record_model_call",
    "record_sign_in",
    "record_tool",
    "reference_number",
    "set_active_users",
    "set_database_connections",
    "set_database_up",
    "set_savings",
    "start_writer",
    "store_queued",
    "track_performance",
]
