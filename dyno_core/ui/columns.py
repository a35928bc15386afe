"""Columns that look the same in every table of the app."""

import zlib
from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

DAY: Final = st.column_config.DateColumn(format="ddd D MMM YYYY")
DAYS: Final = dict.fromkeys(("First day", "Last day"), DAY)
WRAPPED: Final = 72
"""Height of rows in which sentences wrap, in pixels: Streamlit wraps text only in rows of more than 4 rem."""


def moment_column(zone: ZoneInfo, *, width: int | None = None) -> ColumnConfig:
    """Moments, told in the lab's time zone whatever the browser's is."""
    return st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm", timezone=zone.key, width=width)


def key_of_rows(name: str, rows: Iterable[int | str]) -> str:
    """A table's key, another one as soon as its rows are others.

    Rows are chosen by their position: in a list that somebody else made shorter, it would be another record's.
    """
    return f"{name}_{zlib.crc32(repr(tuple(rows)).encode()):08x}"
