"""An import row by row: what becomes of each, which fields change, what stays as it is in the app."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.tables import XLSX, to_csv, to_xlsx
from dyno_core.ui.columns import DAYS
from dyno_core.workbook import ImportReport, RowReport

_MOST_SHOWN: Final = 500
"""Rows on the screen; the files hold all of them."""
_SHORT: Final = 20
"""Rows of a table that is shown whole, without a scroll bar of its own."""
_EVERY: Final = "All rows"
_FILTERS: Final[dict[str, Callable[[RowReport], bool]]] = {
    "New": lambda row: row.change == "created",
    "Changed": lambda row: row.change == "updated",
    "As before": lambda row: row.change == "unchanged",
    "Stays as in the app": lambda row: row.stays,
    "Rejected": lambda row: row.outcome == "rejected",
    "Not in this file": lambda row: row.change == "gone",
    "Disputed": lambda row: row.disputed,
    "With a remark": lambda row: bool(row.what),
}
_OUTCOMES: Final = {"allocation": "Allocation", "request": "Request", "rejected": "Rejected"}
_CHANGES: Final = {
    "created": "New",
    "updated": "Changed",
    "unchanged": "As before",
    "kept": "Stays as in the app",
    "rejected": "Rejected",
    "gone": "Not in this file",
}


def draw_rows(report: ImportReport) -> None:
    """Filter, search, the rows and their fields, bounded on the screen; whole as files."""
    every = (*report.rows, *report.absent)
    counts = {name: sum(map(chosen, every)) for name, chosen in _FILTERS.items()}
    chosen = st.segmented_control(
        "Row by row", [_EVERY, *(name for name, count in counts.items() if count)], default=_EVERY, required=True,
        key="workbook_filter", format_func=lambda name: f"{name} ({counts.get(name, len(every)):,})",
    )  # fmt: skip
    # In a form: a field that is left by a click elsewhere would swallow that click.
    with st.form("workbook_search", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input("Search", key="workbook_wanted", placeholder="Vehicle, test, dyno, field …", width=320)
        st.form_submit_button("Search", icon=":material/search:")
    rows = chosen_rows(report, filter_name=chosen or _EVERY, wanted=wanted)
    with st.container(horizontal=True):
        name = f"import-{report.plan.file_name.rsplit('.', 1)[0][:60]}"
        st.download_button(
            "CSV", lambda: to_csv(file_of(report, rows)), f"{name}.csv", "text/csv", key="workbook_csv",
            on_click="ignore", icon=":material/download:", help="Every row of this choice and each field that differs.",
        )  # fmt: skip
        st.download_button(
            "Excel", lambda: to_xlsx("Import", file_of(report, rows)), f"{name}.xlsx", XLSX, key="workbook_xlsx",
            on_click="ignore", icon=":material/download:", help="Every row of this choice and each field that differs.",
        )  # fmt: skip
    if len(rows) > _MOST_SHOWN:
        st.caption(f"The first {_MOST_SHOWN:,} of {len(rows):,} rows are shown; the files have all of them.")
    elif not rows:
        st.caption("No row is like that.")
    _table([_shown(report, row) for row in rows[:_MOST_SHOWN]], key="workbook_rows")
    fields = [field for row in rows[:_MOST_SHOWN] for field in _fields(row)]
    if fields:
        st.markdown("**Field by field**")
        _table(fields[:_MOST_SHOWN], key="workbook_fields")


def chosen_rows(report: ImportReport, *, filter_name: str, wanted: str) -> list[RowReport]:
    """The rows of one filter in which every searched word stands."""
    keep = _FILTERS.get(filter_name)
    words = wanted.casefold().split()
    return [
        row
        for row in (*report.rows, *report.absent)
        if (keep is None or keep(row)) and (not words or _has(report, row, words))
    ]


def _has(report: ImportReport, row: RowReport, words: Sequence[str]) -> bool:
    told = " ".join(str(value) for value in _shown(report, row).values()).casefold()
    return all(word in told for word in words)


def file_of(report: ImportReport, rows: Sequence[RowReport]) -> list[list[Any]]:
    """Heading and rows for a spreadsheet; a row has a line for each of its fields that differ."""
    heading = [*_shown(report, rows[0]), "Field", "In the app", "In the file", "What happens"] if rows else ["Row"]
    lines: list[list[Any]] = [heading]
    for row in rows:
        shown = list(_shown(report, row).values())
        fields = [list(field.values())[2:] for field in _fields(row)] or [[None] * 4]
        lines += [[*shown, *field] for field in fields]
    return lines


def _shown(report: ImportReport, row: RowReport) -> dict[str, Any]:
    return {
        "Sheet": report.plan.sheet,
        "Row": row.row,
        "Change": _CHANGES[row.change],
        "Becomes": _OUTCOMES[row.outcome],
        "Vehicle": row.vehicle,
        "What differs": "; ".join(map(str, row.differences)),
        "Test": row.test,
        "Dyno": row.dyno,
        "First day": row.first_day,
        "Last day": row.last_day,
        "Status": row.status.replace("_", " "),
        "Disputed": row.disputed,
        "Remarks": " ".join(row.what),
    }


def _fields(row: RowReport) -> list[dict[str, Any]]:
    return [
        {
            "Row": row.row,
            "Vehicle": row.vehicle,
            "Field": change.field,
            "In the app": change.old,
            "In the file": change.new,
            "What happens": "changes" if change.applied else "stays as in the app",
        }
        for change in row.differences
    ]


def _table(rows: list[dict[str, Any]], *, key: str) -> None:
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={
            **DAYS,
            "Sheet": None,
            "What differs": st.column_config.TextColumn(width="large"),
            "Remarks": st.column_config.TextColumn(width="large"),
        },
        height="content" if len(rows) <= _SHORT else "auto",
        placeholder="–",
        key=key,
    )
