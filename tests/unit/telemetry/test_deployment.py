"""What is deployed beside the app speaks of metrics and variables that the app knows."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

from dyno_core.settings import Settings
from dyno_core.telemetry import exposition, record_model_call

ROOT = Path(__file__).parents[3]
DASHBOARD = ROOT / "deploy" / "grafana" / "dashboards" / "dyno-agent.json"
ALERTS = ROOT / "deploy" / "alerts.yaml"
TASK = ROOT / "deploy" / "ecs" / "task-definition.json"


def served() -> set[str]:
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", exposition().decode(), re.MULTILINE))
    return kinds.keys() | {f"{name}_bucket" for name, kind in kinds.items() if kind == "histogram"}


def test_the_agreed_metrics_are_served_before_anything_happened() -> None:
    agreed = {
        "dyno_allocation_requests_total",
        "dyno_allocation_duration_seconds",
        "dyno_cost_savings_usd",
        "dyno_hours_saved",
        "dyno_active_users",
    }
    assert agreed <= served()


@pytest.mark.parametrize("path", [DASHBOARD, ALERTS], ids=["dashboard", "alerts"])
def test_only_metrics_that_are_served_are_asked_for(path: Path) -> None:
    asked = set(re.findall(r"\bdyno_\w+", path.read_text(encoding="utf-8")))
    assert asked
    assert asked <= served()


def test_tokens_and_cost_are_drawn_for_each_model() -> None:
    record_model_call("a-model", "answered", 0.1, input_tokens=5, output_tokens=2, cost_usd=Decimal("0.01"))
    counted = {
        name: set(re.findall(r"(\w+)=", labels))
        for name, labels in re.findall(r"^(dyno_model_\w+)\{([^}]*a-model[^}]*)\}", exposition().decode(), re.MULTILINE)
    }
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"] if "dyno_model_" in target["expr"]]
    for expression in asked:
        by, name = re.findall(r"by \(([^)]*)\).*?(dyno_model_\w+)", expression)[0]
        assert set(by.split(", ")) <= counted[name] | {"le"}, expression
    assert any("model_tokens_total" in one for one in asked)
    assert any("model_cost_usd_total" in one for one in asked)


def test_every_alert_says_what_to_do() -> None:
    alerts = ALERTS.read_text(encoding="utf-8").split("- alert: ")[1:]
    assert alerts
    for alert in alerts:
        assert re.search(r"^ +runbook: \S.{20,}$", alert, re.MULTILINE), alert.splitlines()[0]


def test_the_example_file_lists_every_variable_and_no_other_of_ours() -> None:
    listed = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    known = {name.upper() for name in Settings.model_fields}
    assert known <= listed
    assert {name for name in listed if name.startswith(("DYNO_", "DATABASE_"))} <= known


def test_the_task_takes_its_secrets_from_the_store_and_runs_in_production() -> None:
    (container,) = json.loads(TASK.read_text(encoding="utf-8"))["containerDefinitions"]
    plain = {one["name"]: one["value"] for one in container["environment"]}
    secret = {one["name"]: one["valueFrom"] for one in container["secrets"]}
    assert plain["DYNO_ENV"] == "production"
    assert {"DATABASE_URL", "DYNO_SECRET_KEY"} <= secret.keys()
    assert all(":secretsmanager:" in source for source in secret.values())
    assert not plain.keys() & secret.keys()
