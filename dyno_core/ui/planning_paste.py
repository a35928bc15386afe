"""Paste from a spreadsheet, on the planning page: the cells, what each row would become, and creating all of it."""

from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.tables import to_csv
from dyno_core.ui.columns import DAYS, WRAPPED
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, done
from dyno_core.ui.import_preview import count_of
from dyno_core.workbook import FIELDS, LastPaste, PasteReport, PasteStale, create_pasted, preview_paste, undo_paste

_PASTE: Final = "planning_paste"
_STALE: Final = "planning_paste_stale"
_PASTED: Final = "planning_pasted"
_NOT_READ: Final = "not read"
_PER_LINE: Final = 4
_BECOMES: Final = {
    "request": "Request",
    "allocation": "Allocation",
    "there": "In the plan already",
    "refused": "Left out",
}
_EXAMPLE: Final = "    ".join(  # a tab is no wider here than a blank
    ("Tag #", "Test", "Estimated Start", "Projected End Date", "><10K", "AWD/2WD", "TEST FACILITY", "DYNO")
)


@dataclass(frozen=True, slots=True)
class Paste:
    """What is being looked at. ``turn`` tells one paste from the next; ``fields`` None: as they were recognized."""

    text: str
    turn: int
    fields: tuple[str | None, ...] | None = None
    else_requests: bool = False


def paste_of() -> Paste | None:
    found: Paste | None = st.session_state.get(_PASTE)
    return found


def draw_paste_form() -> None:
    """Where the cells go. Nothing is looked up before the button is pressed."""
    st.caption(
        "Copy the cells in Excel or Sheets and paste them here: one row for each test, with or without the row of "
        "headings. A row with a dyno becomes an allocation, any other a request. You see first what each becomes."
    )
    turn = st.session_state.get("planning_paste_turn", 0)
    # In a form: a field that is left by a click elsewhere would swallow that click.
    with st.form("paste_form", border=False):
        text = st.text_area(
            "Cells", value=st.session_state.get("planning_paste_text", ""), key=f"paste_text_{turn}", height=160,
            placeholder=_EXAMPLE,
        )  # fmt: skip
        pressed = st.form_submit_button("Preview", icon=":material/table_eye:", key="paste_preview")
    if pressed:
        st.session_state["planning_paste_text"] = text
        _look_at(Paste(text, turn))


def draw_paste(desk: Desk, paste: Paste) -> None:
    """The preview in place of the list of requests, until it is created or left."""
    st.subheader("Paste from a spreadsheet")
    bar = st.container(horizontal=True, vertical_alignment="center")
    if bar.button("Back to the requests", key="leave_paste"):
        _leave()
    if stale := st.session_state.pop(_STALE, None):
        st.warning(stale, icon=":material/sync_problem:")
    with presented():
        report = preview_paste(
            desk.database, desk.origin, paste.text, today=desk.today, fields=paste.fields,
            else_requests=paste.else_requests,
        )  # fmt: skip
        with bar:
            _create_button(desk, paste, report)
        _figures(paste, report)
        _columns(paste, report)
        _rows(report)


def _create_button(desk: Desk, paste: Paste, report: PasteReport) -> None:
    if not st.button(
        f"Create {report.creates:,}", type="primary", icon=":material/check:", key="create_pasted",
        disabled=report.creates == 0,
    ):  # fmt: skip
        return
    seen = st.session_state.get(f"{_PASTE}_seen")
    try:
        made = create_pasted(
            desk.database, desk.origin, paste.text, today=desk.today, expected=seen or report.fingerprint,
            fields=paste.fields, else_requests=paste.else_requests,
        )  # fmt: skip
    except PasteStale as stale:
        st.session_state[_STALE] = str(stale)
        st.rerun()
    st.session_state["planning_paste_turn"] = paste.turn + 1
    st.session_state.pop("planning_paste_text", None)
    st.session_state.pop(_PASTE, None)
    if not made.created:
        done("All of it is in the plan; nothing is created twice.")
    st.session_state[_PASTED] = made
    st.rerun()


def draw_pasted(desk: Desk) -> None:
    """What the last paste created, to be taken back as long as nobody built on it; until it is put away."""
    made: PasteReport | None = st.session_state.get(_PASTED)
    if made is None:
        return
    st.success(f"{told_of_paste(made)} from the pasted rows.", icon=":material/check_circle:")
    with st.container(horizontal=True):
        undo = st.button("Undo the paste", key="undo_paste", icon=":material/undo:")
        if st.button("Put this away", key="pasted_away"):
            del st.session_state[_PASTED]
            st.rerun()
    if undo:
        with presented():
            take_paste_back(desk, made)


def has_pasted() -> bool:
    """Whether the receipt of the last paste still stands."""
    return _PASTED in st.session_state


def told_of_paste(made: PasteReport | LastPaste) -> str:
    return f"Created {_counted(made)}"


def take_paste_back(desk: Desk, made: PasteReport | LastPaste) -> None:
    """Raises what `undo_paste` raises."""
    undo_paste(desk.database, desk.origin, made.made)
    st.session_state.pop(_PASTED, None)
    vehicles = f"; {count_of(made.new_vehicles, 'new vehicle')} retired with it" if made.new_vehicles else ""
    done(f"Took back {_counted(made)} of the paste{vehicles}.")


def _counted(made: PasteReport | LastPaste) -> str:
    return " and ".join(count_of(made.count(kind), kind) for kind in ("request", "allocation") if made.count(kind))


def _figures(paste: Paste, report: PasteReport) -> None:
    # What a click on Create agrees to is what was drawn before it, not what the plan has come to be since.
    st.session_state[f"{_PASTE}_seen"] = report.fingerprint
    if report.lack:
        st.warning(report.lack, icon=":material/view_column:")
        return
    figures = {
        "Requests": report.count("request"), "Allocations": report.count("allocation"),
        "New vehicles": report.new_vehicles, "In the plan already": report.count("there"),
        "Left out": report.count("refused"),
    }  # fmt: skip
    for column, (label, number) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(label, f"{number:,}", border=True)
    if report.rows and report.count("there") == len(report.rows):
        st.info("All of it is in the plan already; there is nothing to create.", icon=":material/check_circle:")
    chosen = st.toggle(
        "File a request where the dyno can't be had", value=paste.else_requests, key=f"paste_else_{paste.turn}",
        help="Otherwise such a row is left out.",
    )  # fmt: skip
    if chosen != paste.else_requests:
        _look_at(replace(paste, else_requests=chosen))


def _columns(paste: Paste, report: PasteReport) -> None:
    """Which column holds what, to be corrected by hand. Open where it was guessed, or something is missing."""
    guessed = "recognized by what stands in them" if report.headings is None else "by their headings"
    read = sum(field is not None for field in report.fields)
    label = f"Columns: {read} of {len(report.fields)} are read, {guessed}"
    with st.expander(label, expanded=report.lack is not None or report.headings is None, icon=":material/view_column:"):
        options = [None, *FIELDS]
        chosen: list[str | None] = []
        for at, field in enumerate(report.fields):
            if at % _PER_LINE == 0:
                line = st.columns(_PER_LINE)
            heading = report.headings[at] if report.headings and at < len(report.headings) else ""
            chosen.append(
                line[at % _PER_LINE].selectbox(
                    f"Column {at + 1}{f': {heading[:30]}' if heading else ''}", options, index=options.index(field),
                    format_func=lambda name: FIELDS.get(name, _NOT_READ), key=f"paste_column_{paste.turn}_{at}",
                    help=f"First cell: {report.examples[at][:60]}" if report.examples[at] else "It is empty.",
                )
            )  # fmt: skip
    if tuple(chosen) != report.fields:
        _look_at(replace(paste, fields=tuple(chosen)))


def _rows(report: PasteReport) -> None:
    if not report.rows:
        return
    rows = [_shown(report, at) for at in range(len(report.rows))]
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, key="paste_rows", row_height=WRAPPED, placeholder="–",
        height=min(38 + WRAPPED * len(rows), 640),
        column_config={
            **DAYS,
            "Row": st.column_config.NumberColumn(width=50),
            "What it becomes, or why not": st.column_config.TextColumn(width=460),
        },
    )  # fmt: skip
    st.download_button(
        "CSV", lambda: to_csv([list(rows[0]), *(list(row.values()) for row in rows)]), "pasted-rows.csv", "text/csv",
        key="paste_csv", on_click="ignore", icon=":material/download:",
    )  # fmt: skip


def _shown(report: PasteReport, at: int) -> dict[str, Any]:
    row = report.rows[at]
    return {
        "Row": row.number,
        "Becomes": _BECOMES[row.outcome],
        "What it becomes, or why not": " ".join((row.sentence, *row.remarks)),
        "Vehicle": row.vehicle,
        "Test": row.test,
        "First day": row.first_day,
        "Last day": row.last_day,
        "Dyno": row.dyno,
        "Facility": row.facility,
    }


def _look_at(paste: Paste) -> None:
    st.session_state[_PASTE] = paste
    st.rerun()


def _leave() -> None:
    st.session_state.pop(_PASTE, None)
    st.rerun()
