"""The record of changes on the admin page: who changed what, when, in words, and old → new for the chosen one."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dyno_core.audit import CHANNELS, KINDS, AuditEntry, Names, Wanted, differences, in_words, latest, names_in
from dyno_core.audit import people_on_record as people
from dyno_core.database.engine import Database
from dyno_core.ui.columns import WRAPPED, moment_column

_MOST: Final = 200


def draw_changes(database: Database, *, today: date, zone: ZoneInfo) -> None:
    """Raises `DatabaseUnavailable`."""
    entries = latest(database, wanted=_wanted(database, today=today, zone=zone), limit=_MOST)
    if not entries:
        st.info("Nothing was changed that fits these filters; choose a longer period or other filters.")
        return
    names = names_in(database, entries)
    chosen = st.dataframe(
        _table(entries, names),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        key="changes",
        row_height=WRAPPED,
        column_config={
            "When": moment_column(zone, width=145),
            "Who": st.column_config.TextColumn(width=130),
            "What": st.column_config.TextColumn(width=330),
            "Through": st.column_config.TextColumn(width=105),
            "Why": st.column_config.TextColumn(width=125),
        },
    )["selection"]["rows"]
    more = f" The newest {_MOST} are shown; filter for older ones." if len(entries) == _MOST else ""
    st.caption(f"Times are those of {zone.key}. Choose a row to see what was there before.{more}")
    if chosen and chosen[0] < len(entries):
        _one(entries[chosen[0]], names, zone)


def _wanted(database: Database, *, today: date, zone: ZoneInfo) -> Wanted:
    columns = st.columns([1.2, 1, 1.3, 1.4])
    person = columns[0].selectbox("Who", people(database), index=None, placeholder="Everyone", key="changes_who")
    entity = columns[1].selectbox(
        "What", list(KINDS), index=None, format_func=KINDS.__getitem__, placeholder="Everything", key="changes_what"
    )
    about = columns[2].text_input(
        "Which one", placeholder="Number, dyno, tag …", max_chars=100, key="changes_which",
        help="The number of an allocation or a request, or the name of a dyno, a vehicle's tag or VIN, an e-mail "
        "address.",
    )  # fmt: skip
    days = columns[3].date_input(
        "First and last day", value=(today - timedelta(days=30), today), max_value=today, key="changes_days"
    )
    first, last = (days[0], days[-1]) if isinstance(days, tuple) and days else (None, None)
    return Wanted(
        person=person,
        entity=entity,
        about=(about or "").strip() or None,
        since=_midnight(first, zone) if first else None,
        before=_midnight(last + timedelta(days=1), zone) if last else None,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _table(entries: tuple[AuditEntry, ...], names: Names) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "When": [entry.at for entry in entries],
            "Who": [entry.actor for entry in entries],
            "What": [in_words(entry, names) for entry in entries],
            "Through": [CHANNELS.get(entry.channel, entry.channel) for entry in entries],
            "Why": [entry.reason or "" for entry in entries],
        }
    )


def _one(entry: AuditEntry, names: Names, zone: ZoneInfo) -> None:
    with st.container(border=True):
        # As text, not as Markdown: names come from people.
        st.text(f"{entry.at.astimezone(zone):%-d %b %Y, %H:%M:%S}, {entry.actor} {in_words(entry, names)}")
        if entry.reason:
            st.text(f"Why: {entry.reason}")
        rows = [{"Field": one.field, "Before": one.old, "After": one.new} for one in differences(entry, names)]
        if rows:
            lines = max(cell.count("\n") + 1 for row in rows for cell in row.values())
            st.dataframe(
                rows,
                hide_index=True,
                key=f"change_{entry.id}",
                height="content",
                row_height=35 + 19 * min(lines - 1, 12),
            )
        else:
            st.caption("No field of it is on record.")
