"""What each dyno can run, at a glance: one row per dyno, one column per test type, exact marks. Pure."""

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd

from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capability_token
from dyno_core.fleet.types import Dyno, TestType
from dyno_core.period import say_day

EVERYTHING: Final = "● all"
_SIGN: Final = {WEIGHT_CLASSES[0]: "<10K", WEIGHT_CLASSES[1]: ">10K"}


def mark(tokens: frozenset[str], test_type: str) -> str:
    """``● all``, or exactly which drives and weights: ``2WD·AWD <10K``, ``2WD · AWD <10K``; empty for none."""
    weights_by_drive = {
        drive: tuple(weight for weight in WEIGHT_CLASSES if capability_token(test_type, drive, weight) in tokens)
        for drive in DRIVES
    }
    parts: dict[tuple[str, ...], list[str]] = {}
    for drive, weights in weights_by_drive.items():
        if weights:
            parts.setdefault(weights, []).append(drive)
    if parts == {WEIGHT_CLASSES: list(DRIVES)}:
        return EVERYTHING
    return ", ".join(
        f"{'·'.join(drives)} {'any' if weights == WEIGHT_CLASSES else _SIGN[weights[0]]}"
        for weights, drives in parts.items()
    )


def capability_grid(dynos: Iterable[Dyno], test_types: Sequence[TestType]) -> pd.DataFrame:
    rows = []
    for dyno in dynos:
        tokens = dyno.capabilities
        rows.append(
            {
                "Dyno": dyno.name,
                "Facility": dyno.facility,
                "In service": said_service(dyno),
                **{kind.label: mark(tokens, kind.name) for kind in test_types},
                "Preference": dyno.preference,
                "Notes": dyno.notes,
            }
        )
    columns = ["Dyno", "Facility", "In service", *(kind.label for kind in test_types), "Preference", "Notes"]
    return pd.DataFrame(rows, columns=columns)


def said_service(dyno: Dyno) -> str:
    """``yes``, ``until …``, ``from …`` or ``retired``."""
    if dyno.available_from is None:
        return "retired"
    if not dyno.enabled:
        return f"from {say_day(dyno.available_from)}"
    return f"until {say_day(dyno.available_to)}" if dyno.available_to else "yes"
