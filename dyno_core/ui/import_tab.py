"""The workbook on the Fleet page: what an import would do, doing it, and the plan as a workbook."""

from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.period import Period
from dyno_core.start import App
from dyno_core.tables import XLSX
from dyno_core.ui.columns import DAYS
from dyno_core.ui.errors import presented
from dyno_core.ui.session import current_app, origin, require_page
from dyno_core.workbook import ImportReport, RowReport, export_plan, import_plan

_PREVIEW: Final = "workbook_preview"
_DONE: Final = "workbook_done"
_TURN: Final = "workbook_turn"
"""Counts imports, so that the uploader is empty after each of them."""

_SHORT: Final = 20
"""Rows of a table that is shown whole, without a scroll bar of its own."""

_EVERY: Final = "All rows"
_FILTERS: Final = {
    "Allocations": lambda row: row.outcome == "allocation",
    "Requests": lambda row: row.outcome == "request",
    "Rejected": lambda row: row.outcome == "rejected",
    "Disputed": lambda row: row.disputed,
    "With a remark": lambda row: bool(row.what),
    "New or changed": lambda row: row.change in ("created", "updated"),
    "Kept as in the app": lambda row: row.change == "kept",
}
_OUTCOMES: Final = {"allocation": "Allocation", "request": "Request", "rejected": "Rejected"}
_CHANGES: Final = {
    "created": "New",
    "updated": "Changed",
    "unchanged": "As before",
    "kept": "Kept as in the app",
    "rejected": "Rejected",
}


def import_tab() -> None:
    """Upload, preview, import with progress, and export. Raises nothing: refusals are shown."""
    actor = require_page(Permission.IMPORT)
    app = current_app()
    _tell_what_was_done()
    st.subheader("Import a planning workbook")
    st.caption(
        "The plan's workbook (.xlsx, .xlsm), or its main sheet as .csv. You see first what it would do; nothing is "
        "stored before you import it, and importing the same file again changes nothing."
    )
    file = st.file_uploader(
        "Planning workbook", type=["xlsx", "xlsm", "csv"], key=f"workbook_file_{st.session_state.get(_TURN, 0)}"
    )
    if file is not None:
        with presented():
            _review(app, actor, file_id=file.file_id, name=file.name, content=file.getvalue())
    st.subheader("Export the plan")
    st.caption(
        "The whole plan as an Excel workbook with the same columns. It may be edited and imported again: its column "
        "Record says which allocation or request each row is."
    )
    st.download_button(
        "Export to Excel",
        data=lambda: export_plan(app.database),
        file_name=f"dyno-plan-{app.clock.today().isoformat()}.xlsx",
        mime=XLSX,
        icon=":material/download:",
        on_click="ignore",
        key="workbook_export",
    )


def _review(app: App, actor: Actor, *, file_id: str, name: str, content: bytes) -> None:
    report = _preview(app, actor, file_id=file_id, name=name, content=content)
    _figures(report)
    if report.changed_nothing:
        st.info(
            "Everything in this file is in the plan already; importing it would change nothing.",
            icon=":material/check_circle:",
        )
    elif st.button("Import", type="primary", icon=":material/upload:", key="workbook_import"):
        _import(app, actor, name=name, content=content)
    _show(report)


def _preview(app: App, actor: Actor, *, file_id: str, name: str, content: bytes) -> ImportReport:
    """The dry run of this upload, once: every click on the page draws it again."""
    seen = st.session_state.get(_PREVIEW)
    if seen is None or seen[0] != file_id:
        with st.spinner("Reading the workbook…"):
            report = import_plan(
                app.database,
                origin("import", actor),
                name=name,
                content=content,
                today=app.clock.today(),
                dry_run=True,
            )
        st.session_state[_PREVIEW] = seen = (file_id, report)
    return seen[1]


def _import(app: App, actor: Actor, *, name: str, content: bytes) -> None:
    bar = st.progress(0.0, text="Reading the file")

    def tell(part: float, what: str) -> None:
        bar.progress(part, text=what)

    report = import_plan(
        app.database,
        origin("import", actor),
        name=name,
        content=content,
        today=app.clock.today(),
        progress=tell,
    )
    st.session_state[_DONE] = report
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state.pop(_PREVIEW, None)
    st.rerun()


def _tell_what_was_done() -> None:
    report: ImportReport | None = st.session_state.pop(_DONE, None)
    if report is None:
        return
    done = report.changes
    new, changed, same = (done.get(change, 0) for change in ("created", "updated", "unchanged"))
    st.success(
        f"The workbook is imported: {new:,} rows are new, {changed:,} changed, {same:,} as before.",
        icon=":material/check_circle:",
    )
    if report.plan.rejected:
        st.warning(
            f"{_count(len(report.plan.rejected), 'row')} could not be imported: correct the workbook and import it "
            "again.",
            icon=":material/warning:",
        )
    if report.disputed:
        st.warning(
            f"{_count(len(report.disputed), 'allocation')} marked as disputed: move or cancel one of each clashing "
            "pair in the calendar.",
            icon=":material/warning:",
        )
    st.html('<p><a href="calendar" target="_self" style="color: inherit">Open the calendar</a></p>')


def _figures(report: ImportReport) -> None:
    plan = report.plan
    figures = {
        "Allocations": len(plan.allocations),
        "Requests": len(plan.requests),
        "Rejected": len(plan.rejected),
        "Double bookings": len(plan.double_bookings),
    }
    for column, (label, number) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, f"{number:,}", border=True)


def _show(report: ImportReport) -> None:
    _double_bookings(report)
    _warnings(report)
    counts = {name: sum(map(chosen, report.rows)) for name, chosen in _FILTERS.items()}
    options = [_EVERY, *(name for name, count in counts.items() if count)]
    chosen = st.segmented_control(
        "Row by row", options, default=_EVERY, required=True, key="workbook_filter",
        format_func=lambda name: f"{name} ({counts.get(name, len(report.rows)):,})",
    )  # fmt: skip
    keep = _FILTERS.get(chosen or _EVERY)
    _table(_rows([row for row in report.rows if keep is None or keep(row)]), key="workbook_rows")


def _double_bookings(report: ImportReport) -> None:
    plan = report.plan
    if plan.double_bookings:
        st.markdown("**Double bookings in the file**, imported as disputed until someone moves one of the two")
        pairs = [
            {
                "Dyno": pair.dyno,
                "Row": pair.row_a,
                "Other row": pair.row_b,
                "First day": pair.first_day,
                "Last day": pair.last_day,
            }
            for pair in plan.double_bookings
        ]
        _table(pairs, key="workbook_pairs")


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
        with st.expander(f"{_count(len(said), 'remark')} beside the rows", expanded=len(said) <= 10):
            # As text, not as Markdown: names and messages come from the file.
            st.text("\n".join(said))


def _rows(rows: Sequence[RowReport]) -> list[dict[str, Any]]:
    return [
        {
            "Row": row.row,
            "Becomes": _OUTCOMES[row.outcome],
            "Change": _CHANGES[row.change],
            "Vehicle": row.vehicle,
            "Test": row.test,
            "Dyno": row.dyno,
            "First day": row.first_day,
            "Last day": row.last_day,
            "Status": row.status.replace("_", " "),
            "Disputed": row.disputed,
            "Remarks": " ".join(row.what),
        }
        for row in rows
    ]


def _table(rows: list[dict[str, Any]], *, key: str) -> None:
    st.dataframe(
        pd.DataFrame(rows),
        hide_index=True,
        column_config={**DAYS, "Remarks": st.column_config.TextColumn(width="large")},
        height="content" if len(rows) <= _SHORT else "auto",
        key=key,
    )


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
