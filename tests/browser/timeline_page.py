"""A page with nothing but the timeline: 30 dynos, about 300 bars, a planner's rules in miniature.

A moved bar stays where it was put unless it would meet another bar there; then it is refused.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import streamlit as st

from dyno_core.period import Period
from dyno_core.ui.timeline import Bar, Cell, Move, Occupancy, Row, timeline

TODAY = date(2026, 2, 11)
WINDOW = Period(date(2026, 1, 1), date(2026, 3, 31))
TYPES = ("Brake", "Cold start", "Durability", "Emissions", "EV range", "Fuel economy", "NVH", "Mileage")
FACILITIES = (("PGN", 13, "AWD · 2WD"), ("ATC", 3, "Climatic AWD"), ("VTB", 6, "2WD"), ("TRC", 8, "AWD · >10K"))
CLASHING = {4, 10, 17}  # places among the rows where some bars overlap


def some_rows() -> list[Row]:
    chance = random.Random(7)
    rows: list[Row] = []
    for facility, count, detail in FACILITIES:
        for number in range(1, count + 1):
            utilization = None if number == 6 else round(chance.uniform(0.2, 1.0), 2)
            rows.append(Row(len(rows) + 1, f"{facility} {number}", facility, detail, utilization))
    return rows


def some_bars(rows: list[Row]) -> list[Bar]:
    chance = random.Random(11)
    return [bar for at, row in enumerate(rows) for bar in _bars_of(row, chance, clashing=at in CLASHING)]


def _bars_of(row: Row, chance: random.Random, *, clashing: bool) -> Iterator[Bar]:
    day = WINDOW.start + timedelta(days=chance.randint(0, 4))
    number = 0
    while day < WINDOW.end:
        number += 1
        days = chance.choice((2, 3, 4, 5, 7, 9, 14, 21))
        kind: Literal["test", "maintenance"] = "maintenance" if chance.random() < 0.09 else "test"
        if kind == "maintenance":
            days = min(days, 4)
        end = day + timedelta(days=days - 1)
        test_type = chance.choice(TYPES)
        disputed = clashing and kind == "test" and number % 4 == 0
        tag = f"T{chance.randint(100, 999)}"
        yield Bar(
            allocation_id=row.dyno_id * 100 + number,
            dyno_id=row.dyno_id,
            start=day,
            end=end,
            kind=kind,
            test_type="" if kind == "maintenance" else test_type,
            status=_status(day, end, chance),
            disputed=disputed,
            conflict=disputed,
            label="Calibration" if kind == "maintenance" else f"{tag} · {test_type}",
            tooltip=f"{'Calibration' if kind == 'maintenance' else f'{tag} · {test_type}'}\n{Period(day, end)}",
            version=1,
        )
        day = end + timedelta(days=-2 if disputed else chance.choice((1, 1, 1, 2, 3)))


def _status(start: date, end: date, chance: random.Random) -> str:
    if chance.random() < 0.04:
        return "cancelled"
    if end < TODAY:
        return "completed"
    if start <= TODAY:
        return "in_progress"
    return "tentative" if chance.random() < 0.15 else "scheduled"


def carry_out(bars: list[Bar], move: Move) -> str:
    """Moves the bar in ``bars`` unless another bar is in the way; says what happened."""
    at = next(place for place, bar in enumerate(bars) if bar.allocation_id == move.allocation_id)
    wish = replace(bars[at], dyno_id=move.dyno_id, start=move.start, end=move.end, version=move.version + 1)
    for bar in bars:
        if bar.allocation_id != move.allocation_id and bar.dyno_id == wish.dyno_id and bar.period.overlaps(wish.period):
            return f"refused {move.allocation_id}: {bar.allocation_id} is there"
    bars[at] = wish
    return f"moved {move.allocation_id} to {move.dyno_id} {move.start} {move.end}"


def some_cells(rows: list[Row]) -> Occupancy:
    """Every dyno a little fuller each week."""
    weeks = range(WINDOW.days // 7)
    cells = tuple(Cell(row.dyno_id, week, week / len(weeks), 0, clash=False) for row in rows for week in weeks)
    return Occupancy(period=WINDOW, step=7, cells=cells, with_bars=frozenset(), bars_within=200)


def main() -> None:
    st.set_page_config(layout="wide")
    state = st.session_state
    # A page of its own for each test would load all of Streamlit anew; a new board takes a moment.
    state.setdefault("round", 0)
    if st.button("Begin again"):
        state.round += 1
        state.pop("bars")
    if "bars" not in state:
        state.rows = some_rows()
        state.bars = some_bars(state.rows)
        state.revision = 0
        state.said = "nothing yet"
    st.write(f"said: {state.said}")
    st.write(f"round: {state.round}")
    as_cells = st.toggle("As cells", key=f"cells {state.round}")
    two_weeks = st.toggle("Two weeks", key=f"weeks {state.round}")
    read_only = st.toggle("Read only", key=f"read only {state.round}")
    event = timeline(
        state.rows,
        [] if as_cells else state.bars,
        occupancy=some_cells(state.rows) if as_cells else None,
        today=TODAY,
        colours={name: str(at) for at, name in enumerate(TYPES)},
        window=Period(date(2026, 2, 9), date(2026, 2, 22)) if two_weeks else WINDOW,
        read_only=read_only,
        revision=state.revision,
        key=f"board {state.round}",
    )
    if event is None:
        return
    state.said = carry_out(state.bars, event) if isinstance(event, Move) else repr(event)
    state.revision += 1
    st.rerun()


if __name__ == "__main__":
    main()
