"""What the tabs of the fleet page share: whose changes these are, and how a change is previewed and told."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import pandas as pd
import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.errors import StaleVersion
from dyno_core.fleet import Broken, Told
from dyno_core.ui.columns import DAYS
from dyno_core.ui.echo import echo
from dyno_core.ui.quoting import unmarked

_TOLD: Final = "fleet_done"
_ADDED: Final = "fleet_added"
_SEEN: Final = "fleet_seen_"

ButtonKind = Literal["primary", "secondary"]


@dataclass(frozen=True, slots=True)
class Desk:
    database: Database
    origin: Origin
    today: date


def done(message: str) -> None:
    """Tell it after the rerun that draws everything as it now is."""
    for name in [name for name in st.session_state if str(name).startswith(_SEEN)]:
        del st.session_state[name]
    st.session_state[_TOLD] = message
    st.rerun()


def save_pressed(
    label: str,
    *,
    key: str,
    record: object,
    version: int,
    what: str,
    kind: ButtonKind = "primary",
    in_form: bool = False,
) -> bool:
    """A button that changes a record; whether it was pressed.

    A click runs the page anew, with the record as it is now. What was filled in belongs to the version that was drawn
    before: if somebody else changed the record since, raises `StaleVersion` instead of saving fields that are not this
    person's.
    """
    seen = f"{_SEEN}{key}_{record}"
    drawn = st.session_state.get(seen, version)
    st.session_state[seen] = version
    pressed = (st.form_submit_button if in_form else st.button)(label, type=kind, key=key)
    if pressed and drawn != version:
        raise StaleVersion(what=what, expected=drawn, found=version)
    return pressed


def added(message: str = "") -> None:
    """As `done`, and the forms for adding are empty afterwards. Without a message it is told elsewhere."""
    st.session_state[_ADDED] = st.session_state.get(_ADDED, 0) + 1
    done(message)


def new_key(name: str) -> str:
    """The key of a form for adding. Another one after each `added`: browsers keep what stands in a field by its key."""
    return f"new_{name}_{st.session_state.get(_ADDED, 0)}"


def tell_what_was_done() -> None:
    place = st.empty()  # always there: an expander below that moved up when the message goes would be closed by that
    if message := st.session_state.pop(_TOLD, None):
        with place.container():
            st.success(unmarked(message), icon=":material/check_circle:")
            echo(message, key="echo")


def confirmed(broken: Sequence[Broken], *, key: str, today: date) -> Told | None:
    """Which allocations the change above would break, and a yes to that; None without it. A change that breaks
    nothing needs none, and other ones that it breaks need another yes.
    """
    if broken:
        _show_broken(broken)
        ids = "_".join(str(one.allocation_id) for one in broken)
        count = "it becomes a conflict" if len(broken) == 1 else f"these {len(broken)} become conflicts"
        if not st.checkbox(f"Save it all the same: {count}", key=f"{key}_breaks_{zlib.crc32(ids.encode())}"):
            return None
    return Told(frozenset(one.allocation_id for one in broken), today)


def ask_to_confirm() -> None:
    """For a save that was pressed without the yes."""
    st.info("Nothing was saved yet: look at what this breaks, and tick that it is meant.", icon=":material/info:")


def _show_broken(broken: Sequence[Broken]) -> None:
    count = f"{len(broken)} allocations" if len(broken) > 1 else "1 allocation"
    st.warning(
        f"This breaks {count}. They stay in the plan and show as conflicts until they are moved.",
        icon=":material/warning:",
    )
    st.dataframe(
        pd.DataFrame(
            {
                "Allocation": [one.allocation_id for one in broken],
                "Dyno": [one.dyno for one in broken],
                "Vehicle": [one.vehicle for one in broken],
                "Test": [one.test_type for one in broken],
                "First day": [one.period.start for one in broken],
                "Last day": [one.period.end for one in broken],
                "Status": [one.status for one in broken],
            }
        ),
        hide_index=True,
        column_config=DAYS,
    )


def words(text: str) -> tuple[str, ...]:
    """What stands between commas or on lines of their own."""
    return tuple(part for part in (part.strip() for part in text.replace("\n", ",").split(",")) if part)
