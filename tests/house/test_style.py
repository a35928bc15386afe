"""The rules that are code because prose decays."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.code import ROOT, python_files, tracked_files, tree_of, where

CODE = ("dyno_core", "pages", "streamlit_app.py", "benchmarks", "migrations")
LONGEST_PAGE = 120
LONGEST_FILE = 400


def _calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


def test_pages_are_short() -> None:
    """A page says who may see it, reads inputs, makes one call and draws; what is longer hides logic."""
    lengths = {path.name: len(path.read_text().splitlines()) for path in python_files("pages", "streamlit_app.py")}

    assert {name: length for name, length in lengths.items() if length > LONGEST_PAGE} == {}


def test_files_of_the_package_are_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for path in python_files("dyno_core")
        # One place for every table is worth its length.
        if path.name != "models.py"
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_only_the_clock_knows_what_day_it_is() -> None:
    """Today comes from the lab's clock and zone, and below the front doors now is an argument, too.

    Durations (perf_counter, monotonic) are no time of day.
    """
    today = re.compile(r"(^|\.)(date\.today|datetime\.(today|utcnow)|time\.time)$")
    now = re.compile(r"(^|\.)datetime\.now$")
    doors = {"ui", "web", "pages", "server.py", "commands", "cli.py", "start.py"}
    # A measurement carries the moment it was made, and no caller of a timed function has one to give.
    telling = {"clock.py", "performance.py"}
    wrong = [
        where(path, call)
        for path in python_files("dyno_core", "pages", "streamlit_app.py")
        if path.name not in telling
        for call, name in _calls(path)
        if today.search(name) or (now.search(name) and not doors & set(path.relative_to(ROOT).parts))
    ]

    assert wrong == []


def test_no_exception_is_swallowed() -> None:
    """``except Exception`` may report or raise again; a body that only passes hides a defect."""
    wrong = []
    for path in python_files(*CODE):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"}
                silent = all(isinstance(line, (ast.Pass, ast.Continue)) for line in node.body)
                if broad and silent:
                    wrong.append(where(path, node))
            if isinstance(node, ast.Call) and ast.unparse(node) in {
                "suppress(Exception)", "contextlib.suppress(Exception)",
            }:  # fmt: skip
                wrong.append(where(path, node))

    assert wrong == []


def test_no_work_is_left_for_later_in_a_comment() -> None:
    words = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")  # this line is the one exception
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in python_files(*CODE, "tests")
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if words.search(line) and "this line is the one exception" not in line
    ]

    assert wrong == []


def test_users_read_the_lab_s_own_words() -> None:
    """One word for one thing: allocation, dyno, request, maintenance window."""
    words = re.compile(r"\b(reservation|time slot|timeslot)s?\b", re.IGNORECASE)
    wrong = [
        where(path, node)
        for path in python_files("dyno_core", "pages", "streamlit_app.py")
        # The offline model understands whatever people say, these words too.
        if "offline" not in path.parts
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and words.search(node.value)
    ]

    assert wrong == []


def test_no_file_names_a_place_on_somebody_s_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:work|home|Users|root)/\w")
    texts = {
        ".py",
        ".md",
        ".toml",
        ".txt",
        ".yaml",
        ".yml",
        ".json",
        ".cfg",
        ".ini",
        ".mako",
        ".js",
        ".css",
        ".sql",
        "",
    }
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked_files()
        if path.suffix in texts and path.stat().st_size < 1_000_000 and path.name != "test_style.py"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if places.search(line)
    ]

    assert wrong == []


def test_every_requirement_is_pinned() -> None:
    lines = [line.strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    required = [line for line in lines if line and not line.startswith("#")]

    assert required
    assert [line for line in required if not re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( *;.*)?", line)] == []


def test_the_commands_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set()
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / ".ci" / "run"):
        named |= set(re.findall(r"\bmake ([a-z]+)\b(?=[`\s]|$)(?!\s+\w+\s\w)", path.read_text())) & _in_code(path)

    assert named >= {"run", "test"}
    assert named - targets == set()


def _in_code(path: Path) -> set[str]:
    """The words after ``make`` that stand in code, not in a sentence."""
    text = path.read_text()
    code = re.findall(r"`([^`]*)`", text) + re.findall(r"^\s*(?:exec )?(make .*)$", text, re.MULTILINE)
    return {target for piece in code for target in re.findall(r"\bmake ([a-z]+)\b", piece)}
