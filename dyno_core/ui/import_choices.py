"""Before an import: what was changed in the app since the last one stays, unless the planner chooses otherwise."""

from typing import Final

import streamlit as st

from dyno_core.workbook import Choices, ImportReport

_CHOSEN: Final = "workbook_choices"


def chosen_for(file_id: str) -> Choices:
    """What was chosen for this upload."""
    seen: tuple[str, Choices] | None = st.session_state.get(_CHOSEN)
    return seen[1] if seen is not None and seen[0] == file_id else Choices()


def forget_choices() -> None:
    st.session_state.pop(_CHOSEN, None)


def draw_choices(report: ImportReport, choices: Choices, *, file_id: str) -> None:
    """Says what stays and lets the planner choose. Another choice draws another preview."""
    for told in _told(report):
        st.info(told, icon=":material/shield:")
    open_rows = sorted({*(one.row for one in report.kept if one.may_give_way), *choices.overwrite})
    rules = report.news.rules_stay or choices.take_rules
    if not open_rows and not rules:
        return
    labels = {row.row: f"Row {row.row}, {row.vehicle}: {'; '.join(map(str, row.differences))}" for row in report.rows}
    with st.form("workbook_choices_form"):
        every = st.checkbox(
            f"Take the file's for all {len(open_rows)} rows", key="workbook_every", value=False
        ) if len(open_rows) > 1 else False  # fmt: skip
        picked = st.multiselect(
            "Rows changed in the app and in the file: take the file's for", open_rows,
            default=sorted(choices.overwrite), format_func=lambda row: labels.get(row, f"Row {row}"),
            placeholder="None: all stay as in the app", key="workbook_overwrite",
        ) if open_rows else []  # fmt: skip
        take_rules = st.checkbox(
            "Take the file's rules in place of those changed in the app", choices.take_rules, key="workbook_take_rules"
        ) if rules else False  # fmt: skip
        if st.form_submit_button("Show what this would do"):
            wanted = Choices(frozenset(open_rows if every else picked), take_rules)
            st.session_state[_CHOSEN] = (file_id, wanted)
            st.rerun()


def _told(report: ImportReport) -> list[str]:
    lacking = sum(one.lacking for one in report.kept)
    both = len(report.kept) - lacking
    only_app = sum(row.change == "unchanged" and row.stays for row in report.rows)
    told = []
    if both:
        told.append(
            f"{_rows(both)} changed in the app and in the file: {_stays(both)} as in the app unless you choose the "
            "file's below."
        )
    if lacking:
        told.append(
            f"{lacking:,} row{' does' if lacking == 1 else 's do'} not say enough to be planned, such as the vehicle's "
            f"drive or weight; why is said at each. Until then {_stays(lacking)} as in the app."
        )
    if only_app:
        told.append(
            f"Of {only_app:,} row{'' if only_app == 1 else 's'} something was changed in the app only since the last "
            "import: it stays as in the app."
        )
    if report.news.rules_stay:
        told.append("The rules were changed in the app since the last import and differ in the file: they stay.")
    if report.absent:
        rows = "row of an earlier import is" if len(report.absent) == 1 else "rows of earlier imports are"
        told.append(
            f"{len(report.absent):,} {rows} in the plan but not in this file: the import leaves them; cancel what is "
            "not needed."
        )
    return told


def _stays(number: int) -> str:
    return "it stays" if number == 1 else "they stay"


def _rows(number: int) -> str:
    return f"{number:,} row{' was' if number == 1 else 's were'}"
