"""Imports point one way: what is below never knows what is above."""

import ast
import os
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.house.code import ROOT, module_name, python_files, tree_of, where

LAYERS: tuple[set[str], ...] = (
    {"errors", "period", "clock", "settings", "tables", "telemetry"},
    {"database"},
    {"accounts", "audit", "fleet", "views"},
    {"booking", "maintenance", "workbook", "planning", "reports", "feeds"},
    {"agent"},
    {"start", "health", "demo"},
    {"ui"},
    {"web", "server", "commands", "cli", "__main__"},
)
"""From the ground up. A package imports from lower layers, and within its own layer as `BESIDE` says."""

BESIDE = {
    "errors": set(),
    "period": {"errors"},
    "clock": {"errors"},
    "tables": {"errors"},
    "settings": {"errors", "clock", "period"},
    "telemetry": {"errors"},
    "accounts": {"audit"},  # changes of accounts are recorded, and a record says who: no circle of modules
    "audit": {"accounts"},
    "fleet": {"accounts", "audit"},
    "views": {"accounts", "audit"},
    "booking": set(),
    "maintenance": {"booking"},
    "workbook": {"booking", "maintenance"},
    "planning": {"booking", "maintenance"},
    "reports": {"booking", "maintenance"},
    "feeds": {"booking", "maintenance"},
    "demo": set(),
    "health": set(),
    "start": {"demo", "health"},
    "web": set(),
    "commands": set(),
    "server": {"web"},
    "cli": {"commands", "server"},
    "__main__": {"cli"},
}
_LEVEL = {package: level for level, packages in enumerate(LAYERS) for package in packages}


def _package(module: str) -> str:
    """``dyno_core.booking.errors`` → ``booking``."""
    return module.split(".")[1] if "." in module else ""


@cache
def _modules() -> dict[str, Path]:
    return {module_name(path): path for path in python_files("dyno_core")}


@cache
def _imports(path: Path) -> tuple[tuple[str, str], ...]:
    """Each module of dyno_core that a file imports anywhere in it, and where."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            # ``from package import module`` imports the module; ``from module import name`` the module before it.
            names = [
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in _modules() else node.module
                for alias in node.names
            ]
        else:
            continue
        found += [(name, where(path, node)) for name in names if name.split(".")[0] == "dyno_core"]
    return tuple(found)


def test_every_package_has_its_layer() -> None:
    packages = {_package(module) for module in _modules() if "." in module}

    assert packages - set(_LEVEL) == set()


def test_no_module_imports_from_a_layer_above_or_from_a_neighbour_it_must_not_know() -> None:
    wrong = []
    for module, path in _modules().items():
        own = _package(module)
        for name, place in _imports(path):
            other = _package(name)
            if not own or not other or other == own:
                continue
            same_layer = _LEVEL[other] == _LEVEL[own]
            if _LEVEL[other] > _LEVEL[own] or (same_layer and other not in BESIDE.get(own, set())):
                wrong.append(f"{place} imports {name}")

    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, path in _modules().items():
        graph[module] = {name for name, _ in _imports(path) if name in _modules() and name != module}

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as circle:
        pytest.fail(f"a circle of imports: {' → '.join(circle.args[1])}")


def test_pages_and_the_front_doors_never_touch_rows_or_queries() -> None:
    wrong = []
    for path in python_files("pages", "streamlit_app.py", "dyno_core/ui", "dyno_core/web"):
        for name, place in _imports(path):
            if name.startswith("dyno_core.database.models"):
                wrong.append(f"{place} imports rows")
        for node in ast.walk(tree_of(path)):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.split(".")[0] in {"sqlalchemy", "psycopg"}:
                wrong.append(f"{where(path, node)} imports {module}")

    assert wrong == []


def test_nothing_in_the_package_imports_the_pages_or_the_tests() -> None:
    wrong = []
    for path in python_files("dyno_core"):
        for node in ast.walk(tree_of(path)):
            named = node.module if isinstance(node, ast.ImportFrom) else None
            names = [named or ""] + ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [])
            wrong += [where(path, node) for name in names if name.split(".")[0] in {"pages", "streamlit_app", "tests"}]

    assert wrong == []


def test_importing_every_module_reads_no_settings() -> None:
    """With settings that can't be used, an import that read them would fail; so would one that reached a database."""
    script = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    # Starting the program is what these two are for.
    modules = [name for name in _modules() if name not in {"dyno_core.__main__", "dyno_core.server"}]
    broken = {
        "DYNO_ENV": "nonsense",
        "DYNO_TODAY": "nonsense",
        "DYNO_TIMEZONE": "Nowhere/At all",
        "DATABASE_URL": "nonsense",
        "DYNO_HOME": "/dev/null",
        "GEMINI_API_KEY": "nonsense",
    }

    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *modules],
        cwd=ROOT, env=os.environ | broken, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
