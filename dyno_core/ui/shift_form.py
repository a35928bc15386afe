"""Moving a leg in words: its days, by length, last day or miles, and what that does to the later legs.

Used by the calendar's dialogs and by the planning page. What is shown is a preview; one button makes the whole change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import streamlit as st

from dyno_core.audit.log import Origin
from dyno_core.booking import (
    SHORTEST_GAP,
    Allocation,
    LegShift,
    Mileage,
    Moved,
    Request,
    RequestShift,
    Shift,
    Step,
    Window,
    get_chain,
    move_together,
    preview_shift,
    reached,
)
from dyno_core.database.engine import Database
from dyno_core.fleet import list_dynos
from dyno_core.period import Period, say_day, say_days
from dyno_core.ui.last_change import LAST_CHANGE
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.miles_fields import are_days_reckoned, miles_fields
from dyno_core.ui.quoting import quoted

_GOES_ALONG: Final = (
    "Chosen at first are the later legs of the same test that the new days reach: they would overlap it, or have less "
    f"than {SHORTEST_GAP} days before them, and fewer than now. A longer gap takes the slip up, and its leg stays."
)
_LENGTHS: Final = ("Days", "Last day", "Miles")


@dataclass(frozen=True, slots=True)
class Bench:
    """Whose change it is, and on which day."""

    database: Database
    origin: Origin
    today: date


@dataclass(frozen=True, slots=True)
class Offer:
    """What one button would change: the legs that fit. ``left``: how many of the later ones do not, and stay."""

    shift: Shift
    left: int = 0

    @property
    def label(self) -> str:
        move = f"Move {self.shift.count} legs" if self.shift.count > 1 else "Move"
        return f"{move}{self.staying}"

    @property
    def staying(self) -> str:
        """For the end of a label."""
        return f", leave {self.left} later leg{'s' if self.left > 1 else ''} in place" if self.left else ""


def shift_form(bench: Bench, one: Allocation, *, key: str) -> str | None:
    """The form for one allocation, as it was when it was shown; what was done, once it is.

    Raises what `preview_shift` and `move_together` raise.
    """
    running = one.status == "in_progress"
    left, right = st.columns(2)
    start = left.date_input(
        "First day", value=one.start_date, key=f"{key}_start", disabled=running,
        help="It has begun, so only its end can change." if running else None,
    )  # fmt: skip
    period, mileage = _period(bench, one, chosen_day(start), key=key)
    dynos = [dyno.name for dyno in list_dynos(bench.database, today=bench.today)]
    dyno = right.selectbox("Dyno", dynos, index=dynos.index(one.dyno), key=f"{key}_dyno")
    fixed = st.checkbox(
        "Keep this last day when the first day moves", value=one.end_fixed, key=f"{key}_fixed",
        help="For ends that somebody set by hand: a later start then shortens the test instead of moving its end.",
    )  # fmt: skip
    offer = later_legs(bench, one, period, dyno=dyno, key=key)
    shift = offer.shift
    shown = was_shown(shift, key=key)
    with st.form(f"{key}_form", border=False):
        reason = st.text_input("Reason", key=f"{key}_why", placeholder="For the record", max_chars=500)
        sent = st.form_submit_button(offer.label, type="primary", key=f"{key}_go", disabled=not shift.is_possible)
    if not sent:
        return None
    if not shown:
        st.info("The legs above are what would move; look at them, then press the button again.")
        return None
    return apply_shift(bench, one, shift, reason=reason, end_fixed=fixed, mileage=mileage)


def later_legs(bench: Bench, one: Allocation, period: Period, *, dyno: str, key: str) -> Offer:
    """Which later legs go along, and what each of them would hit; dynos for those that can't stay on theirs.

    Those that do not fit stay where they are, as long as the others fit without them.
    """
    along = _chosen_legs(bench, one, period, key=key)
    numbers = [number for kind, number in along if kind == "allocation"]
    chosen = {number: st.session_state.get(f"{key}_to_{number}") for number in (one.id, *numbers)}
    dynos = {number: name for number, name in chosen.items() if name}

    def preview(legs: Sequence[tuple[str, int]]) -> Shift:
        shift = preview_shift(
            bench.database, one.id, period=period, dyno=dyno, along=legs, dynos=dynos, today=bench.today
        )
        # The version is the one that was shown: somebody else's change since then must refuse this one.
        moves = (replace(move, before=one) if move.before.id == one.id else move for move in shift.moves)
        return replace(shift, moves=tuple(moves))

    shift = preview(along)
    misfits = _misfits(shift, anchor=one)
    if shift.count:
        _preview(shift, key=key, dynos=dynos)
    if misfits:
        fitting = [leg for leg in along if leg not in misfits]
        _offer_to_leave(len(misfits), fitting, key=key)
        rest = preview(fitting)
        if rest.is_possible:
            return Offer(rest, len(misfits))
    if shift.count and not shift.is_possible:
        st.caption(quoted(_why_not(shift, anchor=one)))
    return Offer(shift)


def _chosen_legs(bench: Bench, one: Allocation, period: Period, *, key: str) -> list[tuple[str, int]]:
    """Those that people chose; at first, and again when other days reach others, those that are reached."""
    chain = get_chain(bench.database, one.vehicle_id) if one.vehicle_id is not None else None
    followers = chain.followers(one.id) if chain else ()
    if not (chain and followers and period != one.period):
        return []
    state, hit = st.session_state, [leg.key for leg in reached(chain, one, period)]
    if f"{key}_along" not in state or state.get(f"{key}_reached") != hit:
        state[f"{key}_along"] = state[f"{key}_reached"] = hit
    names = {leg.key: f"{leg.name}, {leg.where}, {leg.period}" for leg in followers}
    return st.multiselect(
        "Later legs that go along and keep their gaps", list(names), format_func=lambda leg: names[leg],
        key=f"{key}_along", help=_GOES_ALONG,
        placeholder="None: the gaps take it up" if not hit else "None: all stay where they are",
    )  # fmt: skip


def was_shown(shift: Shift, *, key: str) -> bool:
    """Whether people could see what else moves: a field left by the click itself changes it at that moment."""
    shown = st.session_state.get(f"{key}_shown")
    legs = (*shift.steps, *shift.request_steps)
    st.session_state[f"{key}_shown"] = legs
    return len(legs) < 2 or shown == legs


def apply_shift(
    bench: Bench,
    one: Allocation,
    shift: Shift,
    *,
    reason: str,
    end_fixed: bool | None = None,
    mileage: Mileage | None = None,
    begun: bool | None = None,
) -> str:
    """Make the change and keep what takes it back. Returns what was done, in a sentence."""
    steps = {one.id: Step(one.id, one.version, one.period, one.dyno)} | {
        step.allocation_id: step for step in shift.steps
    }
    steps[one.id] = replace(steps[one.id], end_fixed=end_fixed, mileage=mileage, begun=begun)
    moved = move_together(
        bench.database, bench.origin, list(steps.values()), requests=shift.request_steps, today=bench.today,
        reason=reason,
    )  # fmt: skip
    st.session_state[LAST_CHANGE] = moved
    first = moved.after[0]
    more = f", and {moved.count - 1} later with it" if moved.count > 1 else ""
    if begun:
        return f"{first.what} has started on {first.dyno}, until {say_day(first.end_date)}{more}."
    return f"{first.what} is on {first.dyno} from {first.period} now{more}."


def undo_shift(bench: Bench, *, is_short: bool = False) -> str | None:
    """A button that takes the last move of this page back, all its legs together; what was done, once it is.

    ``is_short``: it only says “Undo”, and the rest when asked, where there is no room.
    """
    moved = st.session_state.get(LAST_CHANGE)
    if not isinstance(moved, Moved):
        return None
    count = f"{moved.count} legs" if moved.count > 1 else moved.after[0].what
    what = "start" if moved.has_begun else "move"
    label = f"Undo the {what} of {quoted(count)}"
    if not st.button(
        "Undo" if is_short else label, icon=":material/undo:", key="shift_undo_now", help=label if is_short else None
    ):
        return None
    del st.session_state[LAST_CHANGE]  # also when it is refused: what was changed since can't be taken back from here
    back = move_together(
        bench.database, bench.origin, moved.back, requests=moved.requests_back, today=bench.today, reason="undone"
    )
    return f"{back.after[0].what} is back on {back.after[0].dyno} from {back.after[0].period}."


def _period(bench: Bench, one: Allocation, start: date, *, key: str) -> tuple[Period, Mileage | None]:
    """The days, and the miles they follow from where these were given."""
    usual = "Last day" if one.end_fixed else "Miles" if are_days_reckoned(bench.database, one) else "Days"
    by = st.segmented_control("Length by", _LENGTHS, default=usual, required=True, key=f"{key}_by")
    if by == "Last day":
        end = st.date_input("Last day", value=one.end_date, key=f"{key}_end")
        return Period.of(start, Period(start, chosen_day(end)).days), None
    if by == "Days":
        days = st.number_input("Days", min_value=1, max_value=366, value=min(one.days, 366), key=f"{key}_days")
        return _same_or(one, start, int(days)), None
    runs = miles_fields(bench.database, one.test_type or "", key=key, stored=one.mileage)
    return (Period.of(start, runs.days), runs.mileage) if runs else (_same_or(one, start, min(one.days, 366)), None)


def _same_or(one: Allocation, start: date, days: int) -> Period:
    """Imported tests may be longer than any that is planned here; as long as nothing is changed they stay so."""
    return one.period if (start, days) == (one.start_date, min(one.days, 366)) else Period.of(start, days)


def _preview(shift: Shift, *, key: str, dynos: dict[int, str]) -> None:
    """What people must see first: the legs that do not fit, and why. The others wait behind their count."""
    for move in shift.moves:
        if move.problem or move.before.id in dynos:
            leg = _which(move.before) if shift.count > 1 else ""
            _misfit(move, leg, key=f"{key}_to_{move.before.id}", kept=dynos.get(move.before.id))
    for wish in shift.wishes:
        if wish.problem:
            st.warning(quoted(f"{_which(wish.before)}: {wish.problem}"), icon=":material/block:")
    if shift.is_possible and len(shift.moves) == 1 and not shift.wishes:
        dyno = quoted(shift.moves[0].dyno)
        st.success(f"It fits: {dyno} can run it and is free on these days.", icon=":material/check_circle:")
        return
    fitting = [_line(move, "fits") for move in shift.moves if not move.problem]
    fitting += [_line(wish, "fits, as a request") for wish in shift.wishes if not wish.problem]
    if not fitting:
        return
    if shift.is_possible:
        _table(fitting, key=key)
    else:
        with st.expander("1 leg fits" if len(fitting) == 1 else f"{len(fitting)} legs fit", key=f"{key}_fitting"):
            _table(fitting, key=key)


def place_instead(move: LegShift) -> Window | None:
    """The next place where the leg would fit; None where that is the one it has."""
    now = (move.before.dyno, move.before.period)
    return None if move.window is None or (move.window.dyno, move.window.period) == now else move.window


def _misfit(move: LegShift, leg: str, *, key: str, kept: str | None) -> None:
    """Why it does not fit and what would: another dyno, which stays chosen here, or the next place. ``leg`` tells which
    one of several it is.
    """
    if move.problem:
        st.warning(quoted(f"{leg}: {move.problem}" if leg else move.problem), icon=":material/block:")
    if move.options or kept:
        names = [option.name for option in move.options]
        st.selectbox(
            f"Another dyno for {quoted(leg)}" if leg else "Another dyno",
            [*([kept] if kept and kept not in names else []), *names], index=None, placeholder="Keep its dyno", key=key,
        )  # fmt: skip
    elif window := place_instead(move):
        st.caption(f"The next place for {say_days(move.period.days)} is {quoted(window.dyno)}, {window.period}.")


def _misfits(shift: Shift, *, anchor: Allocation) -> set[tuple[str, int]]:
    """The later legs that can't go where they would."""
    found = {("allocation", move.before.id) for move in shift.moves if move.problem and move.before.id != anchor.id}
    return found | {("request", wish.before.id) for wish in shift.wishes if wish.problem}


def _why_not(shift: Shift, *, anchor: Allocation) -> str:
    """Beside a button that can't be pressed."""
    if any(move.problem for move in shift.moves if move.before.id == anchor.id):
        return "It does not fit there itself, so nothing can move yet: choose other days or another dyno."
    names = [_which(move.before) for move in shift.moves if move.problem]
    names += [_which(wish.before) for wish in shift.wishes if wish.problem]
    said, it = (
        (f"{names[0]} does", "it") if len(names) == 1 else (f"{', '.join(names[:-1])} and {names[-1]} do", "them")
    )
    return (
        f"Nothing can move yet: {said} not fit, and the others do not fit without {it}. Choose another dyno, or other "
        "days."
    )


def _offer_to_leave(count: int, fitting: list[tuple[str, int]], *, key: str) -> None:
    """One click for what people else do leg by leg: those that do not fit are chosen no more."""
    staying = "the leg that does not fit" if count == 1 else f"the {count} legs that do not fit"
    st.button(
        f"Leave {staying} in place", key=f"{key}_leave", on_click=_go_along, args=(f"{key}_along", fitting),
    )  # fmt: skip


def _go_along(key: str, legs: list[tuple[str, int]]) -> None:
    st.session_state[key] = legs


def _which(one: Allocation | Request) -> str:
    """A vehicle may have many legs of one name."""
    return f"{_name(one)} of {say_day(one.start_date)}"


def _name(one: Allocation | Request) -> str:
    return one.leg or one.test_type or ""


def _line(one: LegShift | RequestShift, check: str) -> dict[str, str]:
    dyno, was_on = (one.dyno, one.before.dyno) if isinstance(one, LegShift) else ("without a dyno", "without a dyno")
    return {
        "Leg": _name(one.before),
        "To": f"{dyno}, {one.period}",
        "Check": check,
        "Shift": f"{one.days:+d}" if one.days else "0",
        "From": f"{was_on}, {one.before.period}",
        "Days": say_days(one.period.days),
    }


def _table(lines: list[dict[str, str]], *, key: str) -> None:
    st.dataframe(
        lines,
        hide_index=True,
        key=f"{key}_preview",
        alt="The legs that fit",
        column_config={
            "Leg": st.column_config.TextColumn(width=90),
            "To": st.column_config.TextColumn(width=330),
            "Shift": st.column_config.TextColumn(width=50),
        },
    )
