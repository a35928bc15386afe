"""Starting a test on another day than planned: what becomes of its end and of the later legs is looked at first."""

from datetime import date
from typing import Final

import streamlit as st

from dyno_core.booking import Allocation
from dyno_core.period import Period, say_day, say_days
from dyno_core.ui.shift_form import Bench, apply_shift, later_legs, was_shown

_LONGEST: Final = 366


def starts_otherwise(one: Allocation, *, today: date) -> bool:
    """Whether starting it today is something else than what is planned, and has to be looked at."""
    return one.status == "scheduled" and one.start_date != today


def start_form(bench: Bench, one: Allocation, *, key: str) -> str | None:
    """The form for one allocation, as it was when it was shown; what was done, once it is.

    Raises what `preview_shift` and `move_together` raise.
    """
    off = (bench.today - one.start_date).days
    when = f"{say_days(off)} later" if off > 0 else f"{say_days(-off)} sooner"
    st.caption(f"Planned from {one.period} ({say_days(one.days)}); today is {when}.")
    ends = _ends(one, bench.today)
    end = st.radio("It then runs", list(ends), format_func=ends.__getitem__, key=f"{key}_end")
    shift = later_legs(bench, one, Period(bench.today, end), dyno=one.dyno, key=key)
    shown = was_shown(shift, key=key)
    others = shift.count - 1
    label = "Start today" if others < 1 else f"Start today and move {others} later leg{'s' if others > 1 else ''}"
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("Reason", key=f"{key}_why", placeholder="For the record")
        sent = st.form_submit_button(label, type="primary", key=f"{key}_go", disabled=not shift.is_possible)
    if not sent:
        return None
    if not shown:
        st.info("The legs above are what would move; look at them, then press the button again.")
        return None
    return apply_shift(bench, one, shift, reason=reason, begun=True)


def _ends(one: Allocation, today: date) -> dict[date, str]:
    """The last days it may get, in words; first the one that it gets unless people choose otherwise.

    An end that was fixed by hand stays. One that is longer than any test that is planned here keeps its end, too.
    """
    kept = Period(today, max(today, one.end_date))
    moved = Period.of(today, min(one.days, _LONGEST))
    choices = [kept, moved] if one.end_fixed else [moved, kept]
    said = {moved: f"until {say_day(moved.end)}: its {say_days(moved.days)}, as long as planned"}
    said[kept] = f"until {say_day(kept.end)}: {say_days(kept.days)}, its end as planned"
    if one.end_date < today:  # its own end has gone by
        choices = [moved]
    return {each.end: said[each] for each in choices}
