"""The workbook on the Fleet page: what an import would do, doing it, and the plan as a workbook."""

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.demo import is_demo_loaded
from dyno_core.start import App
from dyno_core.tables import XLSX
from dyno_core.ui.errors import presented
from dyno_core.ui.import_choices import chosen_for, draw_choices, forget_choices
from dyno_core.ui.import_preview import count_of, draw_details, draw_figures
from dyno_core.ui.session import current_app, origin, require_page
from dyno_core.workbook import Choices, ImportReport, PreviewStale, export_plan, import_plan

_PREVIEW: Final = "workbook_preview"
_DONE: Final = "workbook_done"
_STALE: Final = "workbook_stale"
_TURN: Final = "workbook_turn"
"""Counts imports, so that the uploader is empty after each of them."""


def import_tab() -> None:
    """Upload, preview, import with progress, and export. Raises nothing: refusals are shown."""
    actor = require_page(Permission.IMPORT)
    app = current_app()
    _tell_what_was_done()
    st.subheader("Import a planning workbook")
    st.caption(
        "The plan's workbook (.xlsx, .xlsm), or its main sheet as .csv. You see first what it would do; nothing is "
        "stored before you import it, and importing the same file again changes nothing. What was changed in the app "
        "since the last import is never written over unless you choose it."
    )
    _warn_of_the_demo(app)
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


def _warn_of_the_demo(app: App) -> None:
    """What is made up and what is real can't be told apart later, so it is said before."""
    if is_demo_loaded(app.database):
        st.info(
            "This is the demo lab; your plan would stand beside it. To start empty, whoever runs the app gives it "
            "another DYNO_HOME and imports the workbook there before the first start, with the command "
            "“import-workbook”: a database that holds a plan gets no demo lab.",
            icon=":material/science:",
        )


def _review(app: App, actor: Actor, *, file_id: str, name: str, content: bytes) -> None:
    # Always there, so that what stands below it keeps its place and its state.
    place = st.empty()
    choices = chosen_for(file_id)
    seen: tuple[str, Choices, ImportReport] | None = st.session_state.get(_PREVIEW)
    if seen is None or seen[:2] != (file_id, choices):
        # The dry run of this upload, once: every click on the page draws it again.
        report = _run(app, actor, name=name, content=content, choices=choices, expected=None, place=place)
        st.session_state[_PREVIEW] = seen = (file_id, choices, report)
    report = seen[2]
    if stale := st.session_state.pop(_STALE, None):
        st.warning(stale, icon=":material/sync_problem:")
    draw_figures(report)
    draw_choices(report, choices, file_id=file_id)
    if report.changed_nothing:
        st.info(
            "Everything in this file is in the plan already; importing it would change nothing.",
            icon=":material/check_circle:",
        )
    elif st.button("Import", type="primary", icon=":material/upload:", key="workbook_import"):
        _import(app, actor, report, choices, name=name, content=content, place=place)
    draw_details(report)


def _import(
    app: App,
    actor: Actor,
    preview: ImportReport,
    choices: Choices,
    *,
    name: str,
    content: bytes,
    place: DeltaGenerator,
) -> None:
    """Do what the preview says. If that does not hold any more, nothing is imported and a new one is drawn."""
    try:
        done = _run(
            app, actor, name=name, content=content, choices=choices, expected=preview.fingerprint, place=place
        )  # fmt: skip
    except PreviewStale as stale:
        st.session_state[_STALE] = str(stale)
    else:
        st.session_state[_DONE] = done
        st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
        forget_choices()
    st.session_state.pop(_PREVIEW, None)
    st.rerun()


def _run(
    app: App,
    actor: Actor,
    *,
    name: str,
    content: bytes,
    choices: Choices,
    expected: str | None,
    place: DeltaGenerator,
) -> ImportReport:
    """Read the file with a bar that tells how far it is; the bar goes, whatever becomes of the file.

    Without ``expected`` it is a dry run, the preview; with it, what that preview said is done.
    """

    def tell(part: float, what: str) -> None:
        place.progress(part, text=what)

    try:
        return import_plan(
            app.database,
            origin("import", actor),
            name=name,
            content=content,
            today=app.clock.today(),
            dry_run=expected is None,
            choices=choices,
            expected=expected,
            progress=tell,
        )
    finally:
        place.empty()


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
            f"{count_of(len(report.plan.rejected), 'row')} could not be imported: correct the workbook and import it "
            "again.",
            icon=":material/warning:",
        )
    if report.disputed:
        st.warning(
            f"{count_of(len(report.disputed), 'allocation')} marked as disputed: move or cancel one of each clashing "
            "pair at the conflict desk, which shows the past ones, too.",
            icon=":material/warning:",
        )
        _link("planning?tab=Conflicts&amp;conflict_past=true", "Open the conflict desk")
    _link("calendar", "Open the calendar")


def _link(address: str, label: str) -> None:
    st.html(f'<p><a href="{address}" target="_self" style="color: inherit">{label}</a></p>')
