"""From rows and bars to what the browser gets: numbers in columns (Arrow), days as integers."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from dyno_core.period import Period
from dyno_core.ui.timeline.lanes import Lane, assign_lanes, lanes_of_band, stack_wishes
from dyno_core.ui.timeline.model import STATUSES, Bar, Folded, Occupancy, Row, Wish
from dyno_core.ui.timeline.palette import colour_of

_EPOCH = date(1970, 1, 1).toordinal()
_MAINTENANCE, _DISPUTED, _CONFLICT, _MOVABLE = 1, 2, 4, 8


def day_number(day: date) -> int:
    """Days since 1 January 1970; the browser reckons in these, so no time zone can shift a day."""
    return day.toordinal() - _EPOCH


def encode_bars(rows: Sequence[Row], bars: Sequence[Bar], *, types: Sequence[str]) -> pd.DataFrame:
    """One line per bar whose dyno is among ``rows``; bars of other dynos are left out (filtered away).

    ``types`` lists every test type of ``bars``; the column ``type`` is a place in it, 0 for maintenance.
    Raises `InvalidInput` for a bar that ends before it starts.
    """
    row_of = {row.dyno_id: at for at, row in enumerate(rows)}
    shown = [bar for bar in bars if bar.dyno_id in row_of]
    return _columns(shown, rows=[row_of[bar.dyno_id] for bar in shown], lanes=assign_lanes(shown), types=types)


def _columns(shown: Sequence[Bar], *, rows: Sequence[int], lanes: Sequence[Lane], types: Sequence[str]) -> pd.DataFrame:
    periods = [bar.period for bar in shown]
    type_of = {name: at for at, name in enumerate(types)}
    return pd.DataFrame(
        {
            # float64 holds every id up to 2**53 exactly and stays a plain number in JavaScript.
            "allocation_id": np.array([bar.allocation_id for bar in shown], dtype="float64"),
            "row": np.array(rows, dtype="int32"),
            "start": np.array([day_number(period.start) for period in periods], dtype="int32"),
            "end": np.array([day_number(period.end) for period in periods], dtype="int32"),
            "type": np.array([0 if bar.kind == "maintenance" else type_of[bar.test_type] for bar in shown], "int16"),
            "status": np.array([STATUSES.index(bar.status) for bar in shown], dtype="int8"),
            "flags": np.array([_flags(bar) for bar in shown], dtype="int8"),
            "lane": np.array([lane.index for lane in lanes], dtype="int16"),
            "lanes": np.array([lane.of for lane in lanes], dtype="int16"),
            "version": np.array([bar.version for bar in shown], dtype="int32"),
            "label": pd.Series([bar.label for bar in shown], dtype="str"),
            "tooltip": pd.Series([bar.tooltip for bar in shown], dtype="str"),
        }
    )


def encode_wishes(wishes: Sequence[Wish], *, types: Sequence[str]) -> pd.DataFrame:
    """As `encode_bars`, for the band: one row, which is all theirs. Those that find no room in it are left out."""
    lanes = stack_wishes(wishes)
    shown = [(wish, lane) for wish, lane in zip(wishes, lanes, strict=True) if lane is not None]
    of = lanes_of_band(lanes)
    bars = [
        Bar(
            wish.request_id, 0, wish.start, wish.end, "test", wish.test_type, "tentative", False, False, wish.label,
            wish.tooltip, wish.version,
        )
        for wish, _ in shown
    ]  # fmt: skip
    return _columns(bars, rows=[0] * len(bars), lanes=[Lane(lane, of) for _, lane in shown], types=types)


def encode_occupancy(rows: Sequence[Row], occupancy: Occupancy) -> pd.DataFrame:
    """A byte per row and stretch, row after row: percent booked, percent in maintenance, whether something clashes."""
    row_of = {row.dyno_id: at for at, row in enumerate(rows)}
    buckets = -(-occupancy.period.days // occupancy.step)
    columns = {name: np.zeros(len(rows) * buckets, dtype="uint8") for name in ("booked", "down", "clash")}
    for cell in occupancy.cells:
        if (row := row_of.get(cell.dyno_id)) is None:
            continue
        at = row * buckets + cell.bucket
        columns["booked"][at] = round(100 * cell.booked)
        columns["down"][at] = round(100 * cell.down)
        columns["clash"][at] = cell.clash
    return pd.DataFrame(columns)


def _cells(rows: Sequence[Row], occupancy: Occupancy) -> dict[str, Any]:
    return {
        "first": day_number(occupancy.period.start),
        "last": day_number(occupancy.period.end),
        "step": occupancy.step,
        "with_bars": [at for at, row in enumerate(rows) if row.dyno_id in occupancy.with_bars],
        "bars_within": occupancy.bars_within,
    }


def _flags(bar: Bar) -> int:
    return (
        _MAINTENANCE * (bar.kind == "maintenance")
        + _DISPUTED * bar.disputed
        + _CONFLICT * bar.conflict
        + _MOVABLE * bar.movable
    )


def payload(
    rows: Sequence[Row],
    bars: Sequence[Bar],
    wishes: Sequence[Wish] = (),
    *,
    today: date,
    colours: Mapping[str, str],
    window: Period,
    loaded: Period | None,
    occupancy: Occupancy | None = None,
    read_only: bool,
    revision: int,
    key: str,
    height: int,
    shown: int,
    folded: Folded | None = None,
) -> dict[str, Any]:
    """Everything the browser needs for one drawing, in the shape that ``assets/board.js`` reads."""
    types = sorted({bar.test_type for bar in bars if bar.kind == "test"} | {wish.test_type for wish in wishes})
    return {
        "bars": encode_bars(rows, bars, types=types),
        "wishes": encode_wishes(wishes, types=types),
        "wished": [[day_number(wish.start), day_number(wish.end)] for wish in wishes],
        "occupancy": None if occupancy is None else encode_occupancy(rows, occupancy),
        "cells": None if occupancy is None else _cells(rows, occupancy),
        "rows": [
            {
                "dyno_id": row.dyno_id,
                "name": row.name,
                "facility": row.facility,
                "detail": row.detail,
                "utilization": row.utilization,
            }
            for row in rows
        ],
        "types": [
            {"name": name, "light": colour.light, "dark": colour.dark}
            for name in types
            for colour in [colour_of(name, colours)]
        ],
        "today": day_number(today),
        "window": [day_number(window.start), day_number(window.end)],
        "loaded": None if loaded is None else [day_number(loaded.start), day_number(loaded.end)],
        "read_only": read_only,
        "revision": revision,
        "shown": shown,
        "folded": {"facilities": list(folded.facilities if folded else ()), "band": bool(folded and folded.band)},
        "key": key,
        "height": height,
    }
