"""The commands and what runs them."""

import argparse
from collections.abc import Iterator

from dyno_core.cli import loaded, parser


def _runs(top: argparse.ArgumentParser) -> Iterator[str]:
    """What each command that has no commands of its own runs."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for sub in action.choices.values():
                yield from _runs(sub)
            return
    yield top.get_default("run")


def test_every_command_but_the_server_is_run_by_a_function_that_is_there() -> None:
    runs = [run for run in _runs(parser()) if run]
    assert len(runs) > 20
    assert all(callable(loaded(run)) for run in runs)
