"""Weekly amounts as one chart per facility, all over the same weeks: placed, not placed, and the capacity."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape
from typing import Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dyno_core.reports import FacilityAmounts, WeekAmount
from dyno_core.ui.charts import DAY_MS, Look, finished, midnight

PANEL_PIXELS: Final = 128
_WEEK_LABELS: Final = 16
_ABOVE: Final = 74
"""Pixels for the legend and the first panel's name."""


def amounts_chart(facilities: Sequence[FacilityAmounts], *, today: date, colours: Look) -> go.Figure:
    """A bar's ``customdata`` is its facility and its week's key, so that a click tells what to open."""
    pixels = PANEL_PIXELS * len(facilities)
    figure = make_subplots(
        rows=len(facilities), cols=1, shared_xaxes=True, vertical_spacing=34 / pixels if len(facilities) > 1 else 0,
        subplot_titles=[f"<b>{escape(one.facility)}</b>" for one in facilities],
    )  # fmt: skip
    figure.update_annotations(x=0, xanchor="left", font={"size": 13})
    for row, one in enumerate(facilities, start=1):
        for trace in _traces(one, colours, first=row == 1):
            figure.add_trace(trace, row=row, col=1)
    weeks = facilities[0].weeks
    if weeks[0].period.start <= today <= weeks[-1].period.end:
        figure.add_vline(x=f"{today}T12:00", line={"color": colours.cost, "width": 1.5, "dash": "dot"})
    step = max(1, math.ceil(len(weeks) / _WEEK_LABELS))
    figure.update_xaxes(
        tickvals=[_middle(week) for week in weeks[::step]],
        ticktext=[f"<b>{week.key[-3:]}</b><br>{week.period.start:%d %b}" for week in weeks[::step]],
        range=[midnight(weeks[0].period.start), midnight(weeks[-1].period.end + timedelta(days=1))],
        showgrid=False, fixedrange=True,
    )  # fmt: skip
    figure.update_yaxes(rangemode="tozero", gridcolor=colours.faint, fixedrange=True, nticks=4)
    figure.update_layout(barmode="stack", bargap=0, clickmode="event+select")
    figure = finished(figure, height=_ABOVE + pixels + 40, top=_ABOVE, legend=True)
    return figure.update_layout(legend={"y": 1, "yanchor": "top", "yref": "container"})


def _traces(one: FacilityAmounts, colours: Look, *, first: bool) -> list[go.Bar | go.Scatter]:
    middles = [_middle(week) for week in one.weeks]
    shared = {
        "x": middles,
        "width": [week.period.days * 0.84 * DAY_MS for week in one.weeks],
        "customdata": [[one.facility, week.key] for week in one.weeks],
        "hovertext": [_told(one.facility, week) for week in one.weeks],
        "hoverinfo": "text",
        "showlegend": first,
        # A chosen bar is told by what opens below; the others keep their colours.
        "selected": {"marker": {"opacity": 1}},
        "unselected": {"marker": {"opacity": 1}},
    }
    edges = [edge for week in one.weeks for edge in (week.period.start, week.period.end + timedelta(days=1))]
    bars = [
        go.Bar(y=[week.placed_days for week in one.weeks], name="Placed", legendgroup="placed",
               marker_color=colours.savings, **shared),
        go.Bar(y=[week.unplaced_days for week in one.weeks], name="Without a dyno", legendgroup="unplaced",
               marker_color=colours.waiting, **shared),
    ]  # fmt: skip
    if not any(week.capacity_days for week in one.weeks):
        return bars
    return [
        *bars,
        go.Scatter(x=edges, y=[week.capacity_days for week in one.weeks for _ in range(2)], name="Capacity",
                   legendgroup="capacity", mode="lines", line={"color": colours.frame, "width": 2},
                   hoverinfo="skip", showlegend=first),
    ]  # fmt: skip


def _middle(week: WeekAmount) -> object:
    return midnight(week.period.start) + timedelta(days=week.period.days / 2)


def _told(facility: str, week: WeekAmount) -> str:
    return (
        f"<b>{escape(facility)}, {week.key}</b><br>{week.period}<br>demand {week.demand_days}: "
        f"{week.placed_days} placed, {week.unplaced_days} without a dyno<br>capacity {week.capacity_days} dyno-days"
    )
