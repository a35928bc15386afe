"""The vehicle status chart: one row per vehicle, its legs as bars, its ways between them as lines. Drawn by plotly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Any, Final

import plotly.graph_objects as go

from dyno_core.booking import Chain, Leg, first_plan, lateness
from dyno_core.period import Period
from dyno_core.ui.leg_facts import PROGRESS

_ROW_PIXELS: Final = 26
_DAY_MS: Final = 24 * 3600 * 1000
_LETTER_DAYS: Final = 0.011
"""Share of the window that one letter needs, about, at the narrowest width."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Fill, text on it, and a pattern, so that the states also differ without colours."""

    fill: str
    text: str
    pattern: str = ""
    line: str = ""


_LIGHT: Final = {
    "to run": Paint("#a3c9ec", "#10243a"),
    "running": Paint("#1c5fae", "#ffffff"),
    "completed": Paint("#c9d1d6", "#27333a"),
    "tentative": Paint("#e4eef8", "#10243a", "/"),
    "without a dyno": Paint("#f2e3c4", "#3d2c05", "."),
    "to run, delayed": Paint("#a3c9ec", "#10243a", line="#c0302b"),
    "running, delayed": Paint("#1c5fae", "#ffffff", line="#c0302b"),
    "late": Paint("#c0302b", "#ffffff"),
}
_DARK: Final = {
    "to run": Paint("#2c5f8f", "#eef5f4"),
    "running": Paint("#6aa8ec", "#07192b"),
    "completed": Paint("#46525a", "#e3eaed"),
    "tentative": Paint("#203547", "#dfe9f2", "/"),
    "without a dyno": Paint("#5b4a1f", "#f6ecd2", "."),
    "to run, delayed": Paint("#2c5f8f", "#eef5f4", line="#f0716b"),
    "running, delayed": Paint("#6aa8ec", "#07192b", line="#f0716b"),
    "late": Paint("#e4605a", "#1d0605"),
}


def state_of(leg: Leg, *, today: date) -> str:
    """What the leg's colour says: ``late`` before everything else; delayed is told of what is still to come."""
    found = lateness(leg.allocation, today=today) if leg.allocation else None
    if found and found.is_late:
        return "late"
    coming = leg.status in ("scheduled", "in_progress")
    return f"{PROGRESS[leg.status]}, delayed" if found and found.is_delayed and coming else PROGRESS[leg.status]


def status_chart(
    chains: Sequence[Chain], *, window: Period, today: date, dark: bool, conflicts: Mapping[int, str]
) -> go.Figure:
    """Rows in the order given, from above. Bars are cut at the window; a leg's own days stand in its hover text.

    ``conflicts``: what is in the way of an allocation, by its number; such a bar carries a mark. The bars' custom data
    name the leg, which `leg_clicked` reads.
    """
    paints = _DARK if dark else _LIGHT
    figure = go.Figure()
    drawn = [
        (row, leg, shown, state_of(leg, today=today))
        for row, chain in enumerate(chains)
        for leg in chain.legs
        if (shown := leg.period.clip(window))
    ]
    _draw_ways(figure, chains, today=today, dark=dark)
    _draw_first_plans(figure, drawn, window=window, dark=dark)
    for state, paint in paints.items():
        bars = [(row, leg, shown) for row, leg, shown, its in drawn if its == state]
        if bars:
            figure.add_trace(_bars(bars, state, paint, window=window, today=today))
    _draw_conflicts(figure, drawn, conflicts)
    if window.contains(today):
        figure.add_vline(x=_start(today), line={"color": "#d64541", "width": 1.5})
    figure.update_xaxes(
        range=[_start(window.start), _start(window.end + timedelta(days=1))], type="date", side="top", fixedrange=True,
        ticks="", gridcolor="rgba(128,140,148,0.22)",
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(chains))), ticktext=[escape(chain.vehicle[:28]) for chain in chains],
        range=[len(chains) - 0.5, -0.5], showgrid=False, zeroline=False, fixedrange=True, automargin=True, ticks="",
    )  # fmt: skip
    figure.update_layout(
        barmode="overlay", height=110 + _ROW_PIXELS * len(chains), margin={"l": 8, "r": 8, "t": 60, "b": 8},
        legend={"orientation": "h", "y": 0.995, "yanchor": "top", "yref": "container", "x": 0, "traceorder": "normal"},
        dragmode=False, paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", hoverlabel={"align": "left"},
    )  # fmt: skip
    return figure


def _bars(bars: Sequence[tuple[int, Leg, Period]], state: str, paint: Paint, *, window: Period, today: date) -> go.Bar:
    return go.Bar(
        name=state,
        y=[row for row, _, _ in bars],
        base=[_start(shown.start) for _, _, shown in bars],
        x=[shown.days * _DAY_MS for _, _, shown in bars],
        orientation="h",
        width=0.72,
        marker={
            "color": paint.fill,
            "cornerradius": 3,
            "pattern": {"shape": paint.pattern, "size": 5, "solidity": 0.25, "fillmode": "overlay"},
            "line": {"color": paint.line or paint.fill, "width": 2 if paint.line else 0},
        },
        text=[_label(leg, shown, window) for _, leg, shown in bars],
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        constraintext="none",
        textfont={"color": paint.text, "size": 11},
        hovertext=[_hover(leg, today=today) for _, leg, _ in bars],
        hoverinfo="text",
        customdata=[_named(leg) for _, leg, _ in bars],
        # A click chooses a bar; the others are not to fade for that.
        unselected={"marker": {"opacity": 1}, "textfont": {"color": paint.text}},
    )


def _named(leg: Leg) -> str:
    kind, number = leg.key
    return f"{kind} {number}"


def leg_clicked(point: Mapping[str, Any]) -> tuple[str, int] | None:
    """`Leg.key` of a point that the chart says was clicked; None for what is no leg."""
    told = point.get("customdata")
    for value in told.values() if isinstance(told, Mapping) else [told]:
        kind, _, number = str(value).partition(" ")
        if kind in ("allocation", "request") and number.isdecimal():
            return kind, int(number)
    return None


def _draw_first_plans(
    figure: go.Figure, drawn: Sequence[tuple[int, Leg, Period, str]], *, window: Period, dark: bool
) -> None:
    """A line under each bar that stands elsewhere than it was planned first, where that was."""
    days: list[datetime | None] = []
    rows: list[float | None] = []
    for row, leg, _, _ in drawn:
        planned = first_plan(leg.allocation) if leg.allocation else None
        shown = planned.clip(window) if planned and planned != leg.period else None
        if shown:
            days += [_start(shown.start), _start(shown.end + timedelta(days=1)), None]
            rows += [row + 0.43, row + 0.43, None]
    if days:
        figure.add_trace(
            go.Scatter(
                x=days, y=rows, mode="lines", hoverinfo="skip", name="as first planned",
                line={"color": "#b9a2e8" if dark else "#7a4fc4", "width": 2},
            )
        )  # fmt: skip


def _draw_conflicts(
    figure: go.Figure, drawn: Sequence[tuple[int, Leg, Period, str]], conflicts: Mapping[int, str]
) -> None:
    hit = [
        (row, shown, leg, "<br>".join(map(escape, wrap(conflicts[leg.allocation.id], 70))))
        for row, leg, shown, _ in drawn
        if leg.allocation and leg.allocation.id in conflicts
    ]
    if hit:
        figure.add_trace(
            go.Scatter(
                x=[_start(shown.start) for _, shown, _, _ in hit], y=[row - 0.3 for row, _, _, _ in hit],
                mode="markers+text", text="!", textfont={"color": "#ffffff", "size": 11, "weight": 700},
                marker={"symbol": "circle", "size": 14, "color": "#c0302b", "line": {"color": "#ffffff", "width": 1}},
                hovertext=[said for _, _, _, said in hit], hoverinfo="text", name="conflict",
                customdata=[_named(leg) for _, _, leg, _ in hit],
                unselected={"marker": {"opacity": 1}, "textfont": {"color": "#ffffff"}},
            )
        )  # fmt: skip


def _draw_ways(figure: go.Figure, chains: Sequence[Chain], *, today: date, dark: bool) -> None:
    """Lines from leg to leg; a thick one where the vehicle is between two legs today."""
    for now in (False, True):
        days: list[datetime | None] = []
        rows: list[int | None] = []
        for row, chain in enumerate(chains):
            for before, after in pairwise(chain.legs):
                is_now = chain.travelling(today) == (before, after)
                if is_now is now and before.period.end < after.period.start:
                    days += [_start(before.period.end + timedelta(days=1)), _start(after.period.start), None]
                    rows += [row, row, None]
        figure.add_trace(
            go.Scatter(
                x=days, y=rows, mode="lines", hoverinfo="skip",
                name="travelling now" if now else "between legs", showlegend=bool(days),
                line={"color": "#d98a0f" if now else "#8a969d" if dark else "#9aa5ab", "width": 4 if now else 1.2},
            )
        )  # fmt: skip


def _label(leg: Leg, shown: Period, window: Period) -> str:
    """The facility on the bar, with the leg where there is room; nothing where there is none."""
    one = leg.allocation
    facility = one.facility if one else "no dyno"
    room = shown.days / (window.days * _LETTER_DAYS)
    for text in (f"{leg.name} · {one.dyno if one else facility}", f"{leg.name} · {facility}", facility):
        if len(text) <= room:
            return escape(text)
    return ""


def _hover(leg: Leg, *, today: date) -> str:
    lines = [leg.what, leg.test_type, str(leg.period), PROGRESS[leg.status]]
    if leg.allocation:
        lines += [leg.allocation.facility, lateness(leg.allocation, today=today).sentence]
    return "<br>".join(escape(line) for line in lines if line)


def _start(day: date) -> datetime:
    return datetime.combine(day, time())
