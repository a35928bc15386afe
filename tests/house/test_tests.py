"""Tests of the tests: each is collected, can fail, and waits for a state and not for the clock."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.code import ROOT, python_files, tree_of, where

_TESTS = "tests"
_HELPER_THAT_ASSERTS = re.compile(r"^(_?assert_\w+|_?expect\w*|refused|fail|raises|warns|run_state_machine_as_test)$")


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _test_functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in _functions(path):
        if node.name.startswith("test_"):
            yield node


def _called(node: ast.AST) -> Iterator[str]:
    """The last part of the name of everything that is called within."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Call):
            yield ast.unparse(inner.func).rpartition(".")[2]


def _asserting_helpers() -> set[str]:
    """Names of functions in the tests that assert something themselves, or call one that does."""
    helpers = [node for path in python_files(_TESTS) for node in _functions(path) if not node.name.startswith("test_")]
    asserting = {
        node.name
        for node in helpers
        if any(isinstance(inner, ast.Assert) for inner in ast.walk(node))
        or any(_HELPER_THAT_ASSERTS.match(called) for called in _called(node))
    }
    while more := {node.name for node in helpers if asserting & set(_called(node))} - asserting:
        asserting |= more
    return asserting


def test_every_test_can_fail() -> None:
    helpers = _asserting_helpers()
    wrong = []
    for path in python_files(_TESTS):
        for node in _test_functions(path):
            asserts = any(isinstance(inner, ast.Assert) for inner in ast.walk(node))
            if not asserts and not any(_HELPER_THAT_ASSERTS.match(name) or name in helpers for name in _called(node)):
                wrong.append(f"{where(path, node)} {node.name}")

    assert wrong == []


def test_every_file_with_tests_is_collected_and_every_collected_file_has_tests() -> None:
    wrong = []
    for path in python_files(_TESTS):
        has_tests = any(True for _ in _test_functions(path))
        if has_tests != path.name.startswith("test_"):
            wrong.append(str(path.relative_to(ROOT)))

    assert wrong == []


def test_no_test_hides_another_of_its_name() -> None:
    wrong = []
    for path in python_files(_TESTS):
        seen: set[str] = set()
        for node in tree_of(path).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                if node.name in seen:
                    wrong.append(f"{where(path, node)} {node.name}")
                seen.add(node.name)

    assert wrong == []


def test_the_names_of_test_files_are_unique_where_they_are_imported_by_their_name_alone() -> None:
    """pytest imports a file of a folder without ``__init__.py`` as a module of the top level."""
    seen: dict[str, Path] = {}
    wrong = []
    for path in python_files(_TESTS):
        if path.name.startswith("test_") and not (path.parent / "__init__.py").exists():
            if path.name in seen:
                wrong.append(f"{path.relative_to(ROOT)} and {seen[path.name].relative_to(ROOT)}")
            seen[path.name] = path

    assert wrong == []


def test_tests_wait_for_a_state_and_never_for_the_clock() -> None:
    """A pause is allowed only between two looks at a state: within a ``while`` that ends with it, and a short one."""
    wrong = []
    for path in python_files(_TESTS):
        loops = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.While)]
        between_looks = {id(inner) for loop in loops for inner in ast.walk(loop)}
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            pause = name in {"time.sleep", "sleep", "asyncio.sleep"}
            length = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            short = isinstance(length, (int, float)) and length <= 0.1
            if name.endswith(".wait_for_timeout") or (pause and not (short and id(node) in between_looks)):
                wrong.append(f"{where(path, node)} {name}")

    assert wrong == []


def test_the_name_of_a_test_is_a_sentence() -> None:
    wrong = [
        f"{where(path, node)} {node.name}"
        for path in python_files(_TESTS)
        for node in _test_functions(path)
        if len(node.name.split("_")) < 4
    ]

    assert wrong == []
