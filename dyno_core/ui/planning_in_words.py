"""Requests in numbers said in words: they fill the fields of the form, where people look at them before filing."""

from dataclasses import dataclass
from typing import Final

import streamlit as st

from dyno_core.booking import Mileage, RequestDraft, duration_of
from dyno_core.booking.request_changes import MOST_UNITS
from dyno_core.booking.wishes import LONGEST_WISH, Wish, read_wish
from dyno_core.errors import InvalidInput
from dyno_core.fleet import VehicleDraft, list_dynos, list_test_types
from dyno_core.period import Period
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk
from dyno_core.ui.quoting import quoted

_USUAL_DAYS: Final = 5


@dataclass(frozen=True, slots=True)
class Said:
    """``number`` tells one set of words from the next, so that each fills fields of its own."""

    number: int
    units: int
    vehicle: VehicleDraft
    draft: RequestDraft
    unread: tuple[str, ...]


def in_words(desk: Desk, *, key: str) -> Said | None:
    """The field for the words; what the last ones said, None before there were any."""
    with st.form(f"{key}_words", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            "In words, for future vehicles", key=f"{key}_in_words", max_chars=LONGEST_WISH,
            placeholder="8 units from 25 October, 4K certification, AWD, <10K, 8 days",
        )  # fmt: skip
        sent = st.form_submit_button("Fill in the fields", key="fill_in", icon=":material/edit_note:")
    before: Said | None = st.session_state.get(f"{key}_said")
    if sent:
        with presented():
            st.session_state[f"{key}_said"] = before = _said(desk, words, before.number + 1 if before else 1)
    if before:
        missed = f" Not understood: {', '.join(before.unread)}." if before.unread else ""
        st.caption(quoted(f"The fields below say what was understood; look at them, then file.{missed}"))
    return before


def _said(desk: Desk, words: str, number: int) -> Said:
    """Raises `InvalidInput`."""
    tests = {test.name: test for test in list_test_types(desk.database)}
    facilities = sorted({dyno.facility for dyno in list_dynos(desk.database, today=desk.today)})
    wish = read_wish(words, tests=tests.values(), facilities=facilities, today=desk.today)
    if not 1 <= wish.units <= MOST_UNITS:
        raise InvalidInput(f"{wish.units} units can't be filed at once; give 1 to {MOST_UNITS}.")
    miles = Mileage(wish.miles).checked().miles
    by_miles = duration_of(tests[wish.test_type], miles=miles or None) if wish.test_type else None
    usual = by_miles.days if by_miles else _USUAL_DAYS
    draft = RequestDraft(
        test_type=wish.test_type or "",
        start_date=wish.start_date,
        days=Period.of(wish.start_date, _days(wish) or usual).days,
        latest_end_date=wish.latest_end_date,
        priority=wish.priority or 3,
        facility=wish.facility,
        miles=miles,
    )
    vehicle = VehicleDraft(program=wish.program, weight_class=wish.weight_class, drive_type=wish.drive_type)
    return Said(number, wish.units, vehicle, draft, wish.unread)


def _days(wish: Wish) -> int | None:
    if wish.days is None and wish.end_date is not None:
        return Period(wish.start_date, wish.end_date).days
    return wish.days
