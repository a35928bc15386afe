"""Test types and the rule table on the fleet page."""

import html
import zlib
from collections.abc import Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from dyno_core.fleet import (
    Rule,
    RuleDraft,
    RulesPreview,
    TestType,
    TestTypeDraft,
    add_test_type,
    broken_by_length,
    edit_test_type,
    list_dynos,
    list_rules,
    list_test_types,
    preview_rules,
    retire_test_type,
    set_rules,
    table_version,
)
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, added, ask_to_confirm, confirmed, done, new_key, save_pressed, words
from dyno_core.ui.fleet_retiring import retire_form
from dyno_core.ui.timeline import PALETTE

_ANY: Final = "any"
_COLUMNS: Final = ("Test type", "Drive", "Weight class", "Dynos, best first")


def draw_test_types(desk: Desk) -> None:
    kinds = list_test_types(desk.database)
    if kinds:
        st.html(" ".join(_swatch(kind) for kind in kinds))
        table = {
            "Name": [kind.name for kind in kinds],
            "Label": [kind.label for kind in kinds],
            "Also called": [", ".join(kind.synonyms) for kind in kinds],
            "Miles a day": [kind.miles_per_day for kind in kinds],
            "Fixed days": [kind.fixed_days for kind in kinds],
            "State": ["retired" if kind.retired else "in use" for kind in kinds],
        }
        st.dataframe(pd.DataFrame(table), hide_index=True, placeholder="–")
        name = st.selectbox("Test type to change", [kind.name for kind in kinds], key="test_type")
        kind = next(one for one in kinds if one.name == name)
        with st.expander(f"Change {kind.name}", icon=":material/edit:"), presented():
            _edit(desk, kind)
        label = "Bring back" if kind.retired else "Retire"
        with st.expander(f"{label} {kind.name}", icon=":material/archive:"), presented():
            _retire(desk, kind)
    with st.expander("Add a test type", icon=":material/add:", expanded=not kinds), presented():
        key = new_key("test_type")
        with st.form(f"{key}_form", border=False):
            draft = _names(None, _days(None, key=key), key=key)
            sent = st.form_submit_button("Add test type", type="primary", key="add_test_type")
        if sent:
            kind = add_test_type(desk.database, desk.origin, draft)
            added(f"Added {kind.name}.")


def _edit(desk: Desk, kind: TestType) -> None:
    key = f"test_type_{kind}"
    fixed_days = _days(kind, key=key)
    broken = broken_by_length(desk.database, kind, fixed_days=fixed_days, today=desk.today)
    told = confirmed(broken, key=f"test_type_{kind.name}", today=desk.today)
    with st.form(f"{key}_form", border=False):
        draft = _names(kind, fixed_days, key=key)
        sent = st.form_submit_button("Save test type", type="primary", key="save_test_type")
    if sent and told is None:
        ask_to_confirm()
    elif sent:
        saved = edit_test_type(desk.database, desk.origin, draft, seen=kind, told=told)
        done(f"Saved {saved.name}.")


def _retire(desk: Desk, kind: TestType) -> None:
    def change(reason: str) -> str:
        after = retire_test_type(desk.database, desk.origin, seen=kind, retired=not kind.retired, reason=reason)
        return f"{after.name} is retired." if after.retired else f"{after.name} is back."

    retire_form(desk, kind, change, key=f"test_type_{kind.name}", version=zlib.crc32(str(kind).encode()))


def _swatch(kind: TestType) -> str:
    colour = PALETTE[kind.colour % len(PALETTE)].light
    box = f"display:inline-block;width:.8em;height:.8em;border-radius:2px;background:{colour}"
    return f'<span style="margin-right:1.2em;white-space:nowrap"><i style="{box}"></i> {html.escape(kind.label)}</span>'


def _days(kind: TestType | None, *, key: str) -> int | None:
    days = st.number_input(
        "Fixed days", 1, 366, kind.fixed_days if kind else None, key=f"{key}_days", placeholder="depends on the miles"
    )
    return None if days is None else int(days)


def _names(kind: TestType | None, fixed_days: int | None, *, key: str) -> TestTypeDraft:
    """All else that is known of it, with its ``fixed_days``."""
    left, right = st.columns(2)
    name = left.text_input("Name", kind.name if kind else "", key=f"{key}_name")
    label = right.text_input("Label in the calendar", kind.label if kind else "", key=f"{key}_label")
    synonyms = st.text_input(
        "Also called (separated by commas)", ", ".join(kind.synonyms) if kind else "", key=f"{key}_synonyms"
    )
    left, right = st.columns(2)
    miles = left.number_input(
        "Miles a day on a dyno", 1.0, 10_000.0, kind.miles_per_day if kind else 750.0, key=f"{key}_miles",
        placeholder="does not count",
    )  # fmt: skip
    colour = right.selectbox(
        "Colour", range(len(PALETTE)), index=kind.colour % len(PALETTE) if kind else 0, key=f"{key}_colour",
        format_func=lambda place: f"Colour {place + 1}",
    )  # fmt: skip
    return TestTypeDraft(
        name=name,
        label=label,
        synonyms=words(synonyms),
        miles_per_day=None if miles is None else float(miles),
        fixed_days=fixed_days,
        colour=colour or 0,
    )


def draw_rules(desk: Desk) -> None:
    st.caption(
        "A dyno may run what any rule allows it. Where several dynos fit, a booking takes them in the order written "
        "here. Saving gives every dyno exactly what the rules say; a dyno that no rule names can run nothing."
    )
    rules = list_rules(desk.database)
    kinds = [kind.name for kind in list_test_types(desk.database)]
    version = table_version(rules)
    edited = st.data_editor(
        rules_frame(rules),
        num_rows="dynamic",
        hide_index=True,
        key=f"rules_{version}",
        column_config={
            _COLUMNS[0]: st.column_config.SelectboxColumn(options=kinds, required=True),
            _COLUMNS[1]: st.column_config.SelectboxColumn(options=[_ANY, *DRIVES], default=_ANY, required=True),
            _COLUMNS[2]: st.column_config.SelectboxColumn(options=[_ANY, *WEIGHT_CLASSES], default=_ANY, required=True),
            _COLUMNS[3]: st.column_config.TextColumn(width="large", required=True),
        },
    )
    with st.expander("Names of the dynos", icon=":material/list:"):
        st.write(
            ", ".join(dyno.name for dyno in list_dynos(desk.database, today=desk.today)) or "There is no dyno yet."
        )
    with presented():
        drafts = rule_drafts(edited)
        preview = preview_rules(desk.database, drafts, today=desk.today)
        _show_preview(preview)
        told = confirmed(preview.broken, key="rules", today=desk.today)
        changed = drafts != rule_drafts(rules_frame(rules))
        # Drawn also when nothing is changed: somebody else's change may just have put this person's edits aside.
        pressed = save_pressed("Save rules", key="save_rules", record="all", version=version, what="The rule table")
        if pressed and told is None:
            ask_to_confirm()
        elif pressed and (changed or preview.dynos):
            set_rules(desk.database, desk.origin, drafts, version=version, told=told)
            done("Saved the rules.")


def rules_frame(rules: Sequence[Rule]) -> pd.DataFrame:
    rows = [
        (rule.test_type, rule.drive_type or _ANY, rule.weight_class or _ANY, ", ".join(rule.dynos)) for rule in rules
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)


def rule_drafts(table: pd.DataFrame) -> tuple[RuleDraft, ...]:
    """The rules of the edited table; a row that was begun only is left out."""

    def said(value: Any) -> str:
        return "" if value is None or pd.isna(value) else str(value).strip()

    rows = [[said(value) for value in row] for row in table.itertuples(index=False)]
    return tuple(
        RuleDraft(
            test_type=test,
            drive_type=None if drive in ("", _ANY) else drive,
            weight_class=None if weight in ("", _ANY) else weight,
            dynos=words(dynos),
        )
        for test, drive, weight, dynos in rows
        if test and dynos
    )


def _show_preview(preview: RulesPreview) -> None:
    if not preview.dynos:
        return
    st.write(f"These rules change what {len(preview.dynos)} dynos can run:")
    table = {
        "Dyno": [change.dyno for change in preview.dynos],
        "Gains": [_told(change.gained) for change in preview.dynos],
        "Loses": [_told(change.lost) for change in preview.dynos],
    }
    st.dataframe(pd.DataFrame(table), hide_index=True)


def _told(tokens: Sequence[str]) -> str:
    return ", ".join(token.replace("|", " ") for token in tokens)
