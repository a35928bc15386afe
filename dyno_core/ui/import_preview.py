"""What an import would do, or did: the figures, what is new in the lab, what clashes, and row by row."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.fleet import POOLS
from dyno_core.period import Period
from dyno_core.ui.columns import DAYS
from dyno_core.ui.import_rows import draw_rows
from dyno_core.workbook import DoubleBooking, ImportReport, LabNews

_SHORT: Final = 20
"""Rows of a table that is shown whole, without a scroll bar of its own."""


def draw_figures(report: ImportReport) -> None:
    plan = report.plan
    figures = {
        "Allocations": len(plan.allocations),
        "Requests": len(plan.requests),
        "Rejected": len(plan.rejected),
        "Double bookings": len(plan.double_bookings),
    }
    for column, (label, number) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, f"{number:,}", border=True)


def draw_details(report: ImportReport) -> None:
    _news(report.news)
    if report.news.rules_stay:
        st.markdown("**Rules that stay as in the app**")
        _table(_rule_rows(report.news), key="workbook_rules")
    _double_bookings(report)
    _warnings(report)
    draw_rows(report)


def _news(news: LabNews) -> None:
    places = sum(len(names) for facility, names in news.dynos.items() if facility in POOLS)
    dynos = sum(map(len, news.dynos.values())) - places
    said = [count_of(dynos, "dyno")] if dynos else []
    if places:
        said.append(f"{count_of(places, 'place')} of the track")
    parts = {"test type": len(news.test_types), "maintenance window": len(news.windows)}
    said += [count_of(number, what) for what, number in parts.items() if number]
    if news.rules:
        said.append(_rules_said(news))
    if not said:
        return
    with st.expander(f"Changes in the lab: {', '.join(said)}", icon=":material/garage:"):
        # As text, not as Markdown: names come from the file.
        st.text("\n".join(_named(news)))
        if news.windows:
            windows = [
                {
                    "Dyno": window.dyno,
                    "Maintenance": window.category.capitalize(),
                    "First day": window.period.start,
                    "Last day": window.period.end,
                }
                for window in news.windows
            ]
            _table(windows, key="workbook_windows")
        if news.rules:
            st.caption(
                "The file decides for the dynos that it lists; for all other dynos the rules stay as they are. Rules "
                "that stay the same are not shown."
            )
            _table(_rule_rows(news), key="workbook_rules")


def _rules_said(news: LabNews) -> str:
    """``2 rules added, 1 removed``: what becomes of the rule table."""
    changes = news.rule_changes
    numbers = {
        "added": sum(not one.before for one in changes),
        "with other dynos": sum(bool(one.before and one.after) for one in changes),
        "removed": sum(not one.after for one in changes),
    }
    told = [f"{number:,} {what}" for what, number in numbers.items() if number]
    return f"rules: {', '.join(told)}" if told else "rules in another order"


def _rule_rows(news: LabNews) -> list[dict[str, Any]]:
    return [
        {
            "Test type": rule.test_type,
            "Drive": rule.drive_type or "any",
            "Weight class": rule.weight_class or "any",
            "Dynos in the app, best first": ", ".join(rule.before),
            "Dynos in the file, best first": ", ".join(rule.after),
        }
        for rule in news.rule_changes
    ]


def _named(news: LabNews) -> list[str]:
    lines = [f"Dynos at {facility}: {', '.join(names)}" for facility, names in news.dynos.items()]
    return [*lines, f"Test types: {', '.join(news.test_types)}"] if news.test_types else lines


def _double_bookings(report: ImportReport) -> None:
    plan = report.plan
    if plan.double_bookings:
        st.markdown("**Double bookings in the file**, imported as disputed until someone moves one of the two")
        vehicles = {row.row: row.vehicle for row in report.rows}
        _table([_pair(pair, vehicles) for pair in plan.double_bookings], key="workbook_pairs")


def _pair(pair: DoubleBooking, vehicles: Mapping[int, str]) -> dict[str, Any]:
    return {
        "Dyno": pair.dyno,
        "Vehicle": vehicles.get(pair.row_a, ""),
        "Other vehicle": vehicles.get(pair.row_b, ""),
        "First day": pair.first_day,
        "Last day": pair.last_day,
        "Days": (pair.last_day - pair.first_day).days + 1,
        "Row": pair.row_a,
        "Other row": pair.row_b,
    }


def _warnings(report: ImportReport) -> None:
    said = [
        f"{pair.vehicle} is in two places in rows {pair.row_a} and {pair.row_b}: "
        f"{Period(pair.first_day, pair.last_day)}."
        for pair in report.plan.vehicle_overlaps
    ]
    said += [f"Row {row} clashes with {told}." for row, told in sorted(report.clashes.items())]
    said += report.window_clashes
    said += [f"{one.sheet}{f', row {one.row}' if one.row else ''}: {one.what}" for one in report.plan.problems]
    said += [f"Row {one.row}, {one.what}: {one.why}." for one in report.kept]
    said += [f"Row {one.row} of an earlier import, {one.what}: {one.why}." for one in report.gone]
    if said:
        with st.expander(f"{count_of(len(said), 'remark')} beside the rows", expanded=len(said) <= 10):
            # As text, not as Markdown: names and messages come from the file.
            st.text("\n".join(said))


def _table(rows: list[dict[str, Any]], *, key: str) -> None:
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={**DAYS, "Remarks": st.column_config.TextColumn(width="large")},
        height="content" if len(rows) <= _SHORT else "auto",
        key=key,
    )


def count_of(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
