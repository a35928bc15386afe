"""The two charts of the ROI page: savings by month, and cumulative savings against the investment."""

from collections.abc import Sequence
from datetime import date

import plotly.graph_objects as go

from dyno_core.reports.projection import CumulativePoint, Projection
from dyno_core.reports.roi import MonthSaved
from dyno_core.ui.charts import Look


def months(rows: Sequence[MonthSaved], *, colours: Look) -> go.Figure:
    """Each month's own savings."""
    figure = go.Figure(
        go.Bar(
            x=[f"{row.month:%b}<br>{row.month:%Y}" for row in rows],
            y=[float(row.saved.savings_usd) for row in rows],
            marker={"color": colours.savings, "cornerradius": 3},
            text=[f"${row.saved.savings_usd:,.0f}" for row in rows] if len(rows) <= 18 else None,
            textposition="outside",
            cliponaxis=False,
            hovertext=[
                f"{row.month:%B %Y}<br>{row.saved.allocations} allocations, "
                f"{row.saved.hours_saved:.1f} hours, ${row.saved.savings_usd:,.2f}"
                for row in rows
            ],
            hoverinfo="text",
        )
    )
    figure.update_xaxes(type="category", showgrid=False, fixedrange=True)
    figure.update_yaxes(
        title_text="saved per month", tickprefix="$", rangemode="tozero", gridcolor=colours.faint, fixedrange=True
    )
    return _finished(figure, height=260, top=24)


def cumulative(projection: Projection, *, payback: str, colours: Look) -> go.Figure:
    """Savings as a line, dashed where forecast, with the band of low to high; ``payback`` is said at the crossing."""
    points = projection.points
    past = [point for point in points if not point.is_forecast]
    ahead = [past[-1], *(point for point in points if point.is_forecast)]
    investment = float(projection.investment_usd)
    figure = go.Figure()
    figure.add_trace(_edge(points, [float(point.low) for point in points], None))
    figure.add_trace(_edge(points, [float(point.high) for point in points], _faded(colours.savings)))
    figure.add_trace(_line(past, colours, dash="solid", width=3.5))
    figure.add_trace(_line(ahead, colours, dash="dash", width=2.5))
    figure.add_hline(y=investment, line={"color": colours.cost, "width": 2})
    today = past[-1].day
    last = points[-1]
    _say(figure, last.day, float(last.expected), f"<b>Savings ${last.expected:,.0f}</b>", colours.savings)
    _say(figure, today, investment, f"<b>Investment ${investment:,.0f}</b>", colours.cost, at="start")
    figure.add_vline(x=today.isoformat(), line={"color": colours.frame, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=today, y=1, yref="paper", text="today · forecast →", showarrow=False, xanchor="left", yanchor="bottom"
    )
    if projection.payback_day is not None:
        _mark(figure, projection.payback_day, investment, payback, colours)
    figure.update_xaxes(showgrid=False, fixedrange=True)
    figure.update_yaxes(
        title_text="cumulative", tickprefix="$", rangemode="tozero", gridcolor=colours.faint, fixedrange=True
    )
    return _finished(figure, height=400, top=30)


def _line(points: Sequence[CumulativePoint], colours: Look, *, dash: str, width: float) -> go.Scatter:
    return go.Scatter(
        x=[point.day for point in points],
        y=[float(point.expected) for point in points],
        mode="lines",
        line={"color": colours.savings, "width": width, "dash": dash},
        hovertext=[
            f"{point.day:%d %b %Y}{' (forecast)' if point.is_forecast else ''}<br>${point.expected:,.0f}"
            f"<br>low ${point.low:,.0f}, high ${point.high:,.0f}"
            for point in points
        ],
        hoverinfo="text",
    )


def _edge(points: Sequence[CumulativePoint], values: Sequence[float], fill: str | None) -> go.Scatter:
    return go.Scatter(
        x=[point.day for point in points],
        y=values,
        mode="lines",
        line={"width": 0},
        fill="tonexty" if fill else None,
        fillcolor=fill,
        hoverinfo="skip",
    )


def _say(figure: go.Figure, day: date, y: float, words: str, colour: str, *, at: str = "end") -> None:
    figure.add_annotation(
        x=day,
        y=y,
        text=words,
        showarrow=False,
        xanchor="right" if at == "end" else "left",
        yanchor="bottom",
        xshift=0 if at == "end" else 6,
        yshift=4,
        font={"color": colour, "size": 13},
    )


def _mark(figure: go.Figure, day: date, y: float, words: str, colours: Look) -> None:
    figure.add_trace(
        go.Scatter(
            x=[day],
            y=[y],
            mode="markers",
            marker={"symbol": "circle-open", "size": 14, "line": {"width": 3}, "color": colours.frame},
            hoverinfo="skip",
        )
    )
    figure.add_annotation(
        x=day,
        y=y,
        text=f"<b>{words}</b><br>{day:%b %Y}",
        ax=-110,
        ay=-40,
        arrowcolor=colours.frame,
        align="right",
        font={"color": colours.frame, "size": 13},
    )


def _faded(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.18)"


def _finished(figure: go.Figure, *, height: int, top: int) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 16, "t": top, "b": 8},
        showlegend=False,
        dragmode=False,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
    )
    return figure
