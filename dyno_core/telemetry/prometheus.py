"""The metrics that /metrics serves, in a registry of their own."""

from decimal import Decimal
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

_REGISTRY: Final = CollectorRegistry()

_allocation_requests: Final = Counter(
    "dyno_allocation_requests_total", "Attempts to book, by outcome", ["status"], registry=_REGISTRY
)
_allocation_seconds: Final = Histogram(
    "dyno_allocation_duration_seconds",
    "How long booking took",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=_REGISTRY,
)
_cost_savings: Final = Gauge("dyno_cost_savings_usd", "Savings from bookings through the agent", registry=_REGISTRY)
_hours_saved: Final = Gauge("dyno_hours_saved", "Hours saved by bookings through the agent", registry=_REGISTRY)
_active_users: Final = Gauge("dyno_active_users", "People with an open session", registry=_REGISTRY)
_sign_ins: Final = Counter("dyno_sign_ins_total", "Sign-ins, by outcome", ["status"], registry=_REGISTRY)
_tool_calls: Final = Counter(
    "dyno_tool_calls_total", "Tool calls of the agent, by tool and outcome", ["tool", "status"], registry=_REGISTRY
)
_tool_seconds: Final = Histogram(
    "dyno_tool_duration_seconds", "How long a tool of the agent took", ["tool"], registry=_REGISTRY
)
_model_calls: Final = Counter(
    "dyno_model_calls_total", "Calls of the language model, by model and outcome", ["model", "status"],
    registry=_REGISTRY,
)  # fmt: skip
_model_seconds: Final = Histogram(
    "dyno_model_duration_seconds",
    "How long the language model took",
    ["model"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60),
    registry=_REGISTRY,
)
_tokens: Final = Counter(
    "dyno_model_tokens_total", "Tokens of the language model", ["model", "direction"], registry=_REGISTRY
)
_model_cost: Final = Counter(
    "dyno_model_cost_usd_total",
    "Price of the tokens, of models that have one",
    ["model"],
    registry=_REGISTRY,
)
_operations: Final = Counter(
    "dyno_operations_total", "Calls of what the app does, by outcome", ["service", "method", "status"],
    registry=_REGISTRY,
)  # fmt: skip
_operation_seconds: Final = Histogram(
    "dyno_operation_duration_seconds",
    "How long what the app does took",
    ["service", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_REGISTRY,
)
_database_connections: Final = Gauge(
    "dyno_database_connections", "Connections of the pool, in use or idle", ["state"], registry=_REGISTRY
)
_database_up: Final = Gauge("dyno_database_up", "1 while the database answers", registry=_REGISTRY)
_dropped: Final = Counter(
    "dyno_telemetry_dropped_total", "Measurements that were not stored, by reason", ["reason"], registry=_REGISTRY
)

# A rate over a counter that appears with its first event misses that event.
_allocation_requests.labels(status="booked")
_sign_ins.labels(status="succeeded")

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


def record_allocation(status: str, seconds: float) -> None:
    """One attempt to book: ``status`` is ``booked`` or the code of the refusal."""
    _allocation_requests.labels(status=status).inc()
    _allocation_seconds.observe(seconds)


def record_tool(tool: str, status: str, seconds: float) -> None:
    _tool_calls.labels(tool=tool, status=status).inc()
    _tool_seconds.labels(tool=tool).observe(seconds)


def record_model_call(
    model: str,
    status: str,
    seconds: float,
    *,
    input_tokens: int = 0,
    output_tokens: int = 0,
    cost_usd: Decimal | None = None,
) -> None:
    _model_calls.labels(model=model, status=status).inc()
    _model_seconds.labels(model=model).observe(seconds)
    _tokens.labels(model=model, direction="input").inc(input_tokens)
    _tokens.labels(model=model, direction="output").inc(output_tokens)
    if cost_usd is not None:
        _model_cost.labels(model=model).inc(float(cost_usd))


def record_operation(service: str, method: str, status: str, seconds: float) -> None:
    """One call of one service: ``status`` is ``ok``, the code of the refusal, or ``error``."""
    _operations.labels(service=service, method=method, status=status).inc()
    _operation_seconds.labels(service=service, method=method).observe(seconds)


def record_sign_in(status: str) -> None:
    """``status`` is ``succeeded`` or the code of the refusal."""
    _sign_ins.labels(status=status).inc()


def record_dropped(reason: str, count: int = 1) -> None:
    _dropped.labels(reason=reason).inc(count)


def set_active_users(number: int) -> None:
    _active_users.set(number)


def set_database_connections(*, in_use: int, idle: int) -> None:
    _database_connections.labels(state="in_use").set(in_use)
    _database_connections.labels(state="idle").set(idle)


def set_database_up(up: bool) -> None:
    _database_up.set(1 if up else 0)


def set_savings(*, usd: float, hours: float) -> None:
    _cost_savings.set(usd)
    _hours_saved.set(hours)


def exposition() -> bytes:
    """Everything recorded so far, in Prometheus' text format."""
    return generate_latest(_REGISTRY)
