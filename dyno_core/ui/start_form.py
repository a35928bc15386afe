"""Starting a test on another day than planned: what becomes of its end and of the later legs is looked at first."""

from datetime import date
from typing import Final

import streamlit as st

from dyno_core.booking import Allocation
from dyno_core.period import LONGEST, Period, say_day, say_days
from dyno_core.ui.errors import presented
from dyno_core.ui.shift_form import Bench, apply_shift, later_legs, was_shown

_SOONER: Final = 3
"""Days by which a test may begin sooner than planned without having been moved: what begins in weeks is not started."""


def start_expander(bench: Bench, one: Allocation, *, key: str) -> str | None:
    """The form behind “Start today”, where that is something else than what is planned; what was done, once it is.

    ``one`` is as it was when it was shown.
    """
    if one.status != "scheduled" or one.start_date == bench.today:
        return None
    ahead = (one.start_date - bench.today).days
    if ahead > _SOONER:
        st.caption(f"It begins on {say_day(one.start_date)}, in {say_days(ahead)}. To begin sooner, move it first.")
        return None
    # Only when it is open: what a start would move is looked up for it.
    opened = st.expander("Start today", icon=":material/play_arrow:", key=key, on_change="rerun")
    with opened, presented():
        return _form(bench, one, key=key) if opened.open else None
    return None


def _form(bench: Bench, one: Allocation, *, key: str) -> str | None:
    off = (bench.today - one.start_date).days
    when = f"{say_days(off)} later" if off > 0 else f"{say_days(-off)} sooner"
    st.caption(f"Planned for {one.period} ({say_days(one.days)}); today is {when}.")
    ends = _ends(one, bench.today)
    end = st.radio("It then runs", list(ends), format_func=ends.__getitem__, key=f"{key}_end")
    offer = later_legs(bench, one, Period(bench.today, end), dyno=one.dyno, key=key)
    shift = offer.shift
    shown = was_shown(shift, key=key)
    others = shift.count - 1
    label = "Start today" if others < 1 else f"Start today and move {others} later leg{'s' if others > 1 else ''}"
    label += offer.staying
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("Reason", key=f"{key}_why", placeholder="For the record", max_chars=500)
        sent = st.form_submit_button(label, type="primary", key=f"{key}_go", disabled=not shift.is_possible)
    if sent and not shown:
        st.info("The legs above are what would move; look at them, then press the button again.")
    return apply_shift(bench, one, shift, reason=reason, begun=True) if sent and shown else None


def _ends(one: Allocation, today: date) -> dict[date, str]:
    """The last days it may get, in words; first the one that it gets unless people choose otherwise.

    An end that was fixed by hand stays. One that has gone by leaves today, for as long as nobody knows better.
    """
    kept = Period(today, max(today, one.end_date))
    moved = Period.of(today, min(one.days, LONGEST))
    why = "its end as planned" if one.end_date >= today else "its end as planned has gone by"
    said = {
        kept.end: f"until {say_day(kept.end)}: {say_days(kept.days)}, {why}",
        moved.end: f"until {say_day(moved.end)}: its {say_days(moved.days)}, as long as planned",
    }
    return said if one.end_fixed else dict(reversed(said.items()))
