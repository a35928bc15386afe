"""A small timeline above a chat's table, where its rows stand on dynos for some days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from dyno_core.errors import InvalidInput
from dyno_core.period import Period, parse_day
from dyno_core.ui.charts import DAY_MS, Look, finished, midnight

MOST_BARS: Final = 60
MOST_DYNOS: Final = 20
"""More rows would push the words of the answer out of sight; the table has all of them."""
_ROW_PIXELS: Final = 26
_AXIS_PIXELS: Final = 58
_NAMES: Final = (("start_date", "end_date"), ("first_day", "last_day"))


@dataclass(frozen=True, slots=True)
class Bar:
    """Some days on a dyno: ``said`` stands on the bar, ``about`` in its tooltip."""

    dyno: str
    period: Period
    said: str
    about: str
    is_quiet: bool
    """Completed, cancelled or maintenance: drawn in the background."""


def bars_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    """The rows as bars; empty where one has no dyno or no days, or where they are too many to be read."""
    bars = tuple(bar for row in rows if (bar := _bar(row)))
    is_readable = len(bars) == len(rows) <= MOST_BARS and len({bar.dyno for bar in bars}) <= MOST_DYNOS
    return bars if is_readable else ()


def timeline(bars: Sequence[Bar], *, colours: Look) -> go.Figure:
    """One line per dyno in the order of the rows, days to the right; the first and the last day are whole days."""
    figure = go.Figure()
    for is_quiet, colour in ((True, colours.faint), (False, colours.savings)):
        drawn = [bar for bar in bars if bar.is_quiet is is_quiet]
        figure.add_bar(
            orientation="h",
            y=[bar.dyno for bar in drawn],
            base=[midnight(bar.period.start) for bar in drawn],
            x=[bar.period.days * DAY_MS for bar in drawn],
            text=[escape(bar.said) for bar in drawn],
            customdata=[escape(bar.about) for bar in drawn],
            hovertemplate="%{customdata}<extra></extra>",
            textposition="inside",
            insidetextanchor="start",
            marker={"color": colour, "line": {"color": colours.frame, "width": 0.6}, "cornerradius": 3},
            textangle=0,
            textfont={"size": 11, "color": colours.frame if is_quiet else "#ffffff"},
        )
    dynos = list(dict.fromkeys(bar.dyno for bar in bars))
    # A name that does not fit on its bar is left to the tooltip.
    figure.update_layout(barmode="overlay", bargap=0.25, uniformtext={"minsize": 11, "mode": "hide"})
    figure.update_yaxes(categoryorder="array", categoryarray=dynos[::-1])
    figure.update_xaxes(type="date", showgrid=True, gridcolor=colours.faint, tickformat="%-d %b\n%Y")
    return finished(figure, height=_AXIS_PIXELS + _ROW_PIXELS * max(2, len(dynos)), top=4)


def _bar(row: Mapping[str, Any]) -> Bar | None:
    dyno = row.get("dyno")
    period = next((found for names in _NAMES if (found := _period(row, *names))), None)
    if not isinstance(dyno, str) or period is None:
        return None
    parts = [row.get(name) for name in ("tag", "vin", "test_type", "category", "status")]
    said = [str(part) for part in parts if part]
    return Bar(
        dyno=dyno,
        period=period,
        said=said[0] if said else "",
        about=f"{dyno}: {', '.join(said)}{', ' if said else ''}{period}",
        is_quiet=row.get("status") in ("completed", "cancelled") or "category" in row,
    )


def _period(row: Mapping[str, Any], first: str, last: str) -> Period | None:
    try:
        return Period(parse_day(str(row.get(first))), parse_day(str(row.get(last))))
    except InvalidInput:
        return None
