"""Charts that managers look at, drawn by plotly. Axes and labels take their colours from the page's theme."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html import escape
from typing import Any, Final

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dyno_core.period import Period
from dyno_core.reports.capacity import WeekDemand
from dyno_core.reports.figures import Figures, UtilizationGrid, UtilizationRow

TARGET: Final = 0.85
"""Above this a dyno has no room for what nobody planned (facts of scheduling practice, not of this lab)."""
MOST_DYNOS: Final = 120
"""Rows of a heatmap. More can't be told apart; the table beside it has all of them."""
ROW_PIXELS: Final = 21
_WEEKS_WITH_NUMBERS: Final = 30
_WEEK_LABELS: Final = 16
DAY_MS: Final = 24 * 3600 * 1000
"""A day in milliseconds, as plotly counts."""
CONFIG: Final = {"displayModeBar": False}


@dataclass(frozen=True, slots=True)
class Look:
    """Colours for one surrounding. Text and grid lines are the theme's own."""

    scale: tuple[tuple[float, str], ...]
    cell_text: str | None
    good: str
    busy: str
    savings: str
    cost: str
    waiting: str
    frame: str
    faint: str


LIGHT: Final = Look(
    scale=((0, "#eef4fb"), (0.72, "#a3c9ec"), (0.85, "#3a78bd"), (1, "#1c5596")),
    cell_text=None,  # plotly picks black or white by the cell
    good="#1f8a70",
    busy="#d98a0f",
    savings="#2563b0",
    cost="#c0302b",
    waiting="#b45a8d",
    frame="#16211f",
    faint="rgba(22,33,31,0.14)",
)
DARK: Final = Look(
    scale=((0, "#1a2a33"), (0.5, "#1f4d78"), (0.85, "#2b6cae"), (1, "#3a86cf")),
    cell_text="#eef5f4",
    good="#2f9e83",
    busy="#d9952e",
    savings="#6aa8ec",
    cost="#f0716b",
    waiting="#cf7bab",
    frame="#eef5f4",
    faint="rgba(238,245,244,0.16)",
)


def look(theme: str | None) -> Look:
    """The colours for ``st.context.theme.type``."""
    return DARK if theme == "dark" else LIGHT


def percent(share: float | None) -> str:
    return "n/a" if share is None else f"{share:.0%}"


def percent_of_cell(share: object) -> str:
    """`percent` for a table's cell, where pandas may have made NaN of None."""
    return percent(share if isinstance(share, float) and not math.isnan(share) else None)


def heatmap(grid: UtilizationGrid, *, today: date, colours: Look) -> go.Figure:
    """Dyno × week, the lab's bars above and each dyno's bar at the right; the current week is framed."""
    rows = _rows(grid)
    names = [f"<b>{escape(row)}</b>" if isinstance(row, str) else escape(row[0].label) for row in rows]
    figure = make_subplots(
        rows=2, cols=2, column_widths=[0.86, 0.14], row_heights=[70, len(rows) * ROW_PIXELS],
        horizontal_spacing=0.012, vertical_spacing=min(0.02, 6 / (len(rows) * ROW_PIXELS)),
        shared_xaxes="columns", shared_yaxes="rows",
    )  # fmt: skip
    weeks = list(range(len(grid.weeks)))
    figure.add_trace(_lab_bars(grid.weeks, colours), row=1, col=1)
    figure.add_trace(_cells(rows, grid.weeks, colours), row=2, col=1)
    figure.add_trace(_dyno_bars(rows, colours), row=2, col=2)
    figure.add_hline(y=TARGET, line={"color": colours.busy, "width": 1.5, "dash": "dot"}, row=1, col=1)
    for number in weeks:
        period = grid.weeks[number].period
        if period is not None and period.contains(today):
            figure.add_vrect(
                x0=number - 0.5, x1=number + 0.5, line={"color": colours.frame, "width": 1.5}, row=2, col=1
            )
    step = math.ceil(len(weeks) / _WEEK_LABELS)
    figure.update_xaxes(
        tickvals=weeks[::step], ticktext=[_week_label(week.label, week.period) for week in grid.weeks[::step]],
        side="top", showgrid=False, zeroline=False, range=[-0.5, len(weeks) - 0.5], showticklabels=True,
        fixedrange=True, row=1, col=1,
    )  # fmt: skip
    figure.update_xaxes(
        showticklabels=False,
        showgrid=False,
        zeroline=False,
        range=[-0.5, len(weeks) - 0.5],
        fixedrange=True,
        row=2,
        col=1,
    )
    figure.update_xaxes(
        range=[0, 1.25], showticklabels=False, showgrid=False, zeroline=False, fixedrange=True, row=2, col=2
    )
    figure.update_yaxes(range=[0, 1.15], showticklabels=False, showgrid=False, zeroline=False, fixedrange=True, row=1)
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=names, range=[len(rows) - 0.5, -0.5], showgrid=False, zeroline=False,
        fixedrange=True, row=2,
    )  # fmt: skip
    figure.update_yaxes(showticklabels=False, row=2, col=2)
    return finished(figure, height=150 + len(rows) * ROW_PIXELS, top=46)


def demand(weeks: Sequence[WeekDemand], *, today: date, colours: Look) -> go.Figure:
    """Booked dyno-days and what still waits without a dyno, stacked, against the capacity of each week."""
    # A bar stands over its own days, also in a first or last week that the window cuts.
    middles = [midnight(week.period.start) + timedelta(days=week.period.days / 2) for week in weeks]
    widths = [week.period.days * 0.84 * DAY_MS for week in weeks]
    edges = [edge for week in weeks for edge in (week.period.start, week.period.end + timedelta(days=1))]
    labels = [f"{week.key}, from {week.period.start:%d %b %Y}" for week in weeks]
    figure = go.Figure(
        [
            go.Bar(x=middles, y=[week.booked_days for week in weeks], width=widths, name="Booked",
                   marker_color=colours.savings, customdata=labels,
                   hovertemplate="%{customdata}<br>booked: %{y} dyno-days<extra></extra>"),
            go.Bar(x=middles, y=[week.requested_days for week in weeks], width=widths, name="Requests without a dyno",
                   marker_color=colours.waiting, customdata=labels,
                   hovertemplate="%{customdata}<br>not placed: %{y} dyno-days<extra></extra>"),
            go.Scatter(x=edges, y=[week.capacity_days for week in weeks for _ in range(2)], name="Capacity",
                       mode="lines", line={"color": colours.frame, "width": 2},
                       customdata=[label for label in labels for _ in range(2)],
                       hovertemplate="%{customdata}<br>capacity: %{y} dyno-days<extra></extra>"),
        ]
    )  # fmt: skip
    figure.update_layout(barmode="stack")
    if weeks and weeks[0].period.start <= today <= weeks[-1].period.end:
        figure.add_vline(x=f"{today}T12:00", line={"color": colours.cost, "width": 1.5, "dash": "dot"})
    figure.update_yaxes(title_text="dyno-days per week", rangemode="tozero", gridcolor=colours.faint, fixedrange=True)
    step = max(1, math.ceil(len(weeks) / _WEEK_LABELS))
    figure.update_xaxes(
        tickvals=middles[::step], ticktext=[_week_label(week.key, week.period) for week in weeks[::step]],
        showgrid=False, fixedrange=True,
    )  # fmt: skip
    return finished(figure, height=360, top=50, legend=True)


def shares(rows: Sequence[UtilizationRow], *, colours: Look) -> go.Figure:
    """One horizontal bar per row, its utilization at the end."""
    values = [row.utilization or 0 for row in rows]
    figure = go.Figure(
        go.Bar(
            y=list(range(len(rows))), x=values, orientation="h",
            marker={"color": [_band(value, colours) for value in values], "cornerradius": 3},
            text=[percent(row.utilization) for row in rows], textposition="outside", cliponaxis=False,
            hovertext=[f"{escape(row.label)}<br>{_in_words(row)}" for row in rows], hoverinfo="text",
        )
    )  # fmt: skip
    figure.update_yaxes(
        tickvals=list(range(len(rows))), ticktext=[escape(row.label) for row in rows], autorange="reversed",
        showgrid=False, zeroline=False, fixedrange=True,
    )  # fmt: skip
    figure.update_xaxes(
        range=[0, max([0.2, *values]) * 1.18], showgrid=False, zeroline=False, showticklabels=False, fixedrange=True
    )
    return finished(figure, height=30 + 30 * max(len(rows), 2), top=4)


def midnight(day: date) -> datetime:
    """Where a day begins on a time axis."""
    return datetime.combine(day, time())


def _rows(grid: UtilizationGrid) -> list[str | tuple[UtilizationRow, tuple[Figures, ...]]]:
    """A heading per facility, and under it its dynos with their weeks. Of too many dynos the busiest are drawn."""
    pairs = list(zip(grid.dynos, grid.cells, strict=True))
    if len(pairs) > MOST_DYNOS:
        busiest = sorted(pairs, key=lambda pair: -(pair[0].utilization or 0))[:MOST_DYNOS]
        drawn = {row.key for row, _ in busiest}
        pairs = [pair for pair in pairs if pair[0].key in drawn]
    rows: list[str | tuple[UtilizationRow, tuple[Figures, ...]]] = []
    facility = None
    for row, cells in pairs:
        if row.facility != facility:
            facility = row.facility
            rows.append(facility or "No facility")
        rows.append((row, cells))
    return rows


def _cells(rows: Sequence[Any], weeks: Sequence[UtilizationRow], colours: Look) -> go.Heatmap:
    shown = [[cell.utilization for cell in row[1]] if not isinstance(row, str) else [None] * len(weeks) for row in rows]
    hints = [
        [f"{escape(row[0].label)}, {week.key}<br>{_in_words(cell)}" for week, cell in zip(weeks, row[1], strict=True)]
        if not isinstance(row, str)
        else [""] * len(weeks)
        for row in rows
    ]
    with_numbers = len(weeks) <= _WEEKS_WITH_NUMBERS
    numbers = [["" if share is None else f"{share * 100:.0f}" for share in line] for line in shown]
    return go.Heatmap(
        z=shown,
        x=list(range(len(weeks))),
        y=list(range(len(rows))),
        zmin=0,
        zmax=1,
        colorscale=[list(stop) for stop in colours.scale],
        showscale=False,
        xgap=2 if with_numbers else 1,
        ygap=2,
        text=numbers if with_numbers else None,
        texttemplate="%{text}" if with_numbers else None,
        textfont={"size": 11, "color": colours.cell_text} if colours.cell_text else {"size": 11},
        customdata=hints,
        hovertemplate="%{customdata}<extra></extra>",
        hoverongaps=False,
    )


def _lab_bars(weeks: Sequence[UtilizationRow], colours: Look) -> go.Bar:
    values = [week.utilization for week in weeks]
    return go.Bar(
        x=list(range(len(weeks))),
        y=[value or 0 for value in values],
        marker={"color": [_band(value or 0, colours) for value in values], "cornerradius": 3},
        text=[percent(value) for value in values] if len(weeks) <= _WEEKS_WITH_NUMBERS else None,
        textangle=0,
        textposition="inside",
        textfont={"color": "#ffffff", "size": 11},
        width=0.7,
        hovertext=[f"Lab, {week.key}<br>{_in_words(week)}" for week in weeks],
        hoverinfo="text",
        showlegend=False,
    )


def _dyno_bars(rows: Sequence[Any], colours: Look) -> go.Bar:
    kept = [(number, row[0]) for number, row in enumerate(rows) if not isinstance(row, str)]
    return go.Bar(
        y=[number for number, _ in kept],
        x=[row.utilization or 0 for _, row in kept],
        orientation="h",
        width=0.7,
        marker={"color": [_band(row.utilization or 0, colours) for _, row in kept], "cornerradius": 3},
        text=[percent(row.utilization) for _, row in kept],
        textposition="outside",
        textfont={"size": 11},
        cliponaxis=False,
        hovertext=[f"{escape(row.label)}<br>{_in_words(row)}" for _, row in kept],
        hoverinfo="text",
        showlegend=False,
    )


def _in_words(row: Figures) -> str:
    if row.capacity_days == 0:
        why = "in maintenance" if row.maintenance_days else "not in service" if not row.in_service_days else "days off"
        return f"n/a: no capacity ({why})<br>{row.booked_days} booked days"
    outside = f"<br>{row.outside_days} more outside capacity" if row.outside_days else ""
    down = f"<br>{row.maintenance_days} in maintenance" if row.maintenance_days else ""
    return (
        f"<b>{percent(row.utilization)}</b>: {row.booked_in_capacity_days} of {row.capacity_days} days{outside}{down}"
    )


def _week_label(week: str, period: Period | None) -> str:
    """``2026-W40`` or ``W40`` above its first day."""
    name = week.rpartition("-")[2]
    return f"<b>{name}</b><br>{period.start:%d %b}" if period else name


def _band(share: float, colours: Look) -> str:
    return colours.busy if share > TARGET else colours.good


def finished(figure: go.Figure, *, height: int, top: int, legend: bool = False) -> go.Figure:
    """The figure with the app's frame: transparent, ``height`` pixels, of which ``top`` are left above the axes."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": top, "b": 8},
        showlegend=legend,
        legend={"orientation": "h", "traceorder": "normal", "y": 1.0, "yanchor": "bottom", "x": 0},
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    figure.update_yaxes(automargin=True, ticks="")
    figure.update_xaxes(ticks="")
    return figure
