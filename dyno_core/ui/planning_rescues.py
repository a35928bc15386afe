"""What taking a dyno out hits, and the best other place of each, ticked and moved in the same change.

For a breakdown, and for maintenance that is planned.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd
import streamlit as st

from dyno_core.booking import Allocation
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.maintenance import Recurrence
from dyno_core.period import Period, say_days
from dyno_core.planning import Rescue, rescue_plan
from dyno_core.ui.columns import DAYS, WRAPPED, key_of_rows
from dyno_core.ui.planning_tolerance import choose_tolerance


class Unseen(DynoError):
    """What the button would do is not what was shown when it was pressed."""

    code = "unseen"

    def __init__(self, *, dyno: str) -> None:
        super().__init__(
            f"What this hits on {dyno} changed meanwhile, so nothing was stored; look again, then press once more.",
            dyno=dyno,
        )


def seen_rescues(
    database: Database,
    dyno: str,
    period: Period,
    *,
    today: date,
    key: str,
    recurrence: Recurrence | None = None,
    hits: Sequence[Allocation] = (),
) -> tuple[Rescue, ...]:
    """The places as they were drawn: what is applied is what was looked at, not what a click finds by then.

    ``hits``: what is known to stand there; when that changes, the places are looked for again.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tolerance = choose_tolerance(key, label="What it hits may start later by (days)", value=14)
        if st.button("Look again", key=f"{key}_again", icon=":material/refresh:"):
            st.session_state.pop(f"{key}_seen", None)
    wish = (dyno, period, recurrence, tolerance, tuple((one.id, one.version) for one in hits))
    wished, rescues = st.session_state.get(f"{key}_seen", (None, ()))
    if wished != wish:
        rescues = rescue_plan(
            database, dyno=dyno, period=period, recurrence=recurrence, today=today, tolerance=tolerance
        )
        st.session_state[f"{key}_seen"] = (wish, rescues)
    found: tuple[Rescue, ...] = rescues
    return found


def is_as_drawn(hits: Sequence[Allocation], rescues: Sequence[Rescue], *, key: str) -> bool:
    """Whether the run before drew the same. A click was meant for what that one drew, not for what its own run finds.

    To be asked in every run, once.
    """
    now = (tuple((one.id, one.version) for one in hits), tuple(rescues))
    drawn = st.session_state.get(f"{key}_drawn")
    st.session_state[f"{key}_drawn"] = now
    return bool(drawn == now)


def look_anew(key: str) -> None:
    """Whatever comes of what was pressed, the next look is at the plan as it is then."""
    st.session_state.pop(f"{key}_seen", None)


def choose_rescues(rescues: Sequence[Rescue], *, otherwise: str, key: str) -> list[Rescue]:
    """What is hit, and where it could go; the ticked ones. ``otherwise``: what becomes of the others, in a sentence."""
    if not rescues:
        return []
    fits = [one for one in rescues if one.proposal.place]
    st.warning(f"{_hit(len(rescues), len(fits))} {otherwise}", icon=":material/warning:")
    frame = pd.DataFrame(
        {
            "Move": [one.proposal.place is not None for one in rescues],
            "Vehicle": [one.allocation.what for one in rescues],
            "First day": [one.allocation.start_date for one in rescues],
            "Last day": [one.allocation.end_date for one in rescues],
            "Goes to": [_said(one) for one in rescues],
        }
    )
    edited = st.data_editor(
        frame,
        hide_index=True,
        key=key_of_rows(f"{key}_moves", (one.allocation.id for one in rescues)),
        disabled=[name for name in frame.columns if name != "Move"],
        row_height=WRAPPED,
        height=min(38 + WRAPPED * len(rescues), 330),
        column_config={
            **DAYS,
            "Move": st.column_config.CheckboxColumn(width=60),
            "Goes to": st.column_config.TextColumn(width=300),
        },
    )
    return [one for one, tick in zip(rescues, edited["Move"], strict=True) if tick and one.proposal.place]


def make_room(rescues: Sequence[Rescue], *, always: bool, table: str, key: str) -> tuple[bool, list[Rescue]]:
    """Whether what stands there may be displaced, ``always`` for a breakdown, and what moves to a place of its own."""
    otherwise = "What is not moved becomes disputed and needs another place"
    otherwise += "." if always else "; that has to be ticked below."
    ticked = choose_rescues(rescues, otherwise=otherwise, key=table)
    left = len(rescues) - len(ticked)
    if always or not left:
        return always, ticked
    what = "what is not moved" if ticked else "what is booked there"
    return st.checkbox(f"Displace {what} ({left})", key=f"{key}_displace"), ticked


def _hit(count: int, fits: int) -> str:
    if count == 1:
        return f"This hits 1 test, which {'can go elsewhere' if fits else 'finds no other place'}."
    return f"This hits {count} tests; {'all' if fits == count else fits or 'none'} of them can go elsewhere."


def and_move(ticked: Sequence[Rescue]) -> str:
    """For the button, other days included."""
    slips = [one.proposal.place.slipped for one in ticked if one.proposal.place and one.proposal.place.slipped]
    moved = f" and move {len(ticked)}" if ticked else ""
    if not slips:
        return moved
    if len(ticked) == 1:
        return f"{moved}, {say_days(slips[0])} later"
    return f"{moved}, {'all' if len(slips) == len(ticked) else f'{len(slips)} of them'} later"


def _said(rescue: Rescue) -> str:
    place = rescue.proposal.place
    if place is None:
        return rescue.proposal.sentence
    slip = "on its days" if place.slipped == 0 else f"{place.period}, {say_days(place.slipped)} later"
    return f"{place.dyno} ({place.facility}), {slip}"
