"""The conflict desk on the planning page: what has to be settled, and each way out one click and one yes away."""

from collections.abc import Callable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.booking import DeskConflict, WorkList, list_desk
from dyno_core.errors import DynoError
from dyno_core.period import LONGEST, say_day
from dyno_core.ui.calendar_data import STATUS_WORDS
from dyno_core.ui.columns import DAYS, WRAPPED, key_of_rows
from dyno_core.ui.conflict_choice import UNDO, Choice
from dyno_core.ui.conflict_choices import choices_of, of_days, put_on_list_again
from dyno_core.ui.conflict_filters import choose_filters, said_counts
from dyno_core.ui.errors import unexpected
from dyno_core.ui.fleet_desk import Desk
from dyno_core.ui.identity_choices import draw_legs
from dyno_core.ui.live_changes import still_dialog
from dyno_core.ui.planning_take_back import draw_take_back
from dyno_core.ui.quoting import quoted, unmarked
from dyno_core.ui.session import current_app

OPEN: Final = "conflict_open"
"""In the session: the subject of the conflict that is open. The address may name it, too, as ``conflict``."""
_CHOSEN: Final = "conflict_chosen"
_TOLD: Final = "conflict_told"
_REFUSED: Final = "conflict_refused"
_SHOWN: Final = 500
_WHEN: Final = {"now": "Now", "soon": "Soon", "later": "Later", "past": "Past"}
_ACCEPTED_ON_PAGE: Final = 20


def draw_conflicts(desk: Desk) -> None:
    _tell()
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        past = st.toggle("Past ones too", key="conflict_past", bind="query-params")
        listed = list_desk(desk.database, today=desk.today, past=past)
        st.button("Look again", icon=":material/refresh:", key="conflict_again")
    # Those of the address stay on while there is nothing to filter.
    filters = choose_filters((*listed.open, *listed.accepted))
    shown = filters.of(listed.open)
    seen = current_app().clock.now().astimezone(ZoneInfo(current_app().settings.dyno_timezone))
    looked = f"Last looked at {say_day(seen.date())}, {seen:%H:%M}."
    if not listed.open:
        when = "" if past else " from today on"
        st.success(f"All clear: nothing in the plan has to be settled{when}. {looked}", icon=":material/check_circle:")
    elif not shown:
        count = "1 other is" if len(listed.open) == 1 else f"{len(listed.open)} others are"
        st.info(f"No conflict matches these filters, {count} there; widen them.")
    else:
        of = f" Of {len(listed.open)} in all." if filters.are_set else ""
        st.caption(f"{_counted(desk, shown)}{of} {looked} Choose a row for its ways out.")
        st.caption(quoted(said_counts(filters, listed.open)))
        _table(desk, shown)
    _open_one(desk, listed)
    _accepted(desk, filters.of(listed.accepted), of=len(listed.accepted))
    if UNDO not in st.session_state and desk.origin.actor.may(Permission.BOOK):
        draw_take_back(desk)


def _counted(desk: Desk, shown: Sequence[DeskConflict]) -> str:
    by = [one.severity(desk.today) for one in shown]
    parts = [f"{by.count(name)} {said.lower()}" for name, said in _WHEN.items() if name in by]
    total = "1 conflict" if len(shown) == 1 else f"{len(shown)} conflicts"
    first = f" The first {_SHOWN} are listed." if len(shown) > _SHOWN else ""
    return f"{total} to settle: {', '.join(parts)}.{first}"


def _table(desk: Desk, shown: Sequence[DeskConflict]) -> None:
    listed = shown[:_SHOWN]
    subjects = tuple(one.subject for one in listed)
    key = key_of_rows("conflict_rows", subjects)
    st.dataframe(
        [
            {
                "When": _WHEN[one.severity(desk.today)],
                "Kind": one.title,
                "What to settle": one.sentence,
                "First day": one.period.start if one.period else None,
                "Last day": one.period.end if one.period else None,
                "Facility": ", ".join(one.facilities),
                "Since": one.since,
            }
            for one in listed
        ],
        hide_index=True,
        key=key,
        on_select=lambda: _choose_row(key, subjects),
        selection_mode="single-row",
        row_height=WRAPPED,
        # The one that is open is to be seen below the list.
        height=36 + WRAPPED * min(len(listed), 3 if OPEN in st.session_state else 6) + 3,
        placeholder="–",
        column_config={
            **DAYS,
            "When": st.column_config.TextColumn(width=60),
            "Kind": st.column_config.TextColumn(width=125),
            "What to settle": st.column_config.TextColumn(width=420),
        },
    )


def _choose_row(key: str, subjects: Sequence[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    st.session_state.pop(_CHOSEN, None)
    if rows and rows[0] < len(subjects):
        st.session_state[OPEN] = subjects[rows[0]]
    else:
        st.session_state.pop(OPEN, None)


def _open_one(desk: Desk, listed: WorkList) -> None:
    if subject := st.query_params.get("conflict"):
        st.session_state[OPEN] = subject
        del st.query_params["conflict"]
    subject = st.session_state.get(OPEN)
    if subject is None:
        return
    conflict = next((one for one in listed.open if one.subject == subject), None)
    if conflict is None:
        st.session_state.pop(OPEN)
        st.session_state.pop(_CHOSEN, None)
        st.info("The conflict that was open is not on the list any more: it was settled, accepted, or looks different.")
        return
    with st.container(border=True):
        st.markdown(f"**{conflict.title}.** {quoted(conflict.sentence)}")
        if conflict.since:
            st.caption(quoted(f"In the plan since: {conflict.since}."))
        _who_stands_where(conflict)
        _choices(desk, conflict)
    if (chosen := st.session_state.get(_CHOSEN)) is not None:
        still_dialog(f"{quoted(chosen.label)}?", on_dismiss=_not_now, way_out="Not now")(_confirm)(chosen)


def _who_stands_where(conflict: DeskConflict) -> None:
    if not conflict.allocations:
        return
    st.dataframe(
        [
            {
                "Who": one.what,
                "Dyno": one.dyno,
                "First day": one.start_date,
                "Last day": one.end_date,
                "Days": one.days,
                "State": STATUS_WORDS[one.status] + (", disputed" if one.disputed else ""),
                "Program": one.program,
                "Planned by": one.created_by,
                "Number": one.id,
            }
            for one in conflict.allocations
        ],
        hide_index=True,
        column_config=DAYS,
        placeholder="–",
    )


def _choices(desk: Desk, conflict: DeskConflict) -> None:
    by_heading = choices_of(desk, conflict)
    for heading, choices in by_heading.items():
        _buttons(heading, choices)
    if conflict.kind == "duration" and by_heading:
        one = conflict.allocations[0]
        key = f"conflict_days_{one.id}_{one.version}"
        with (
            st.form("conflict_length", border=False),
            st.container(horizontal=True, vertical_alignment="bottom"),
        ):
            st.number_input(
                "Or the days it really takes", 1, LONGEST, min(conflict.expected_days or one.days, LONGEST), width=190,
                key=key,
            )  # fmt: skip
            st.form_submit_button(
                "Set the end", key="conflict_set_end",
                on_click=lambda: _choose(of_days(desk, conflict, int(st.session_state[key]))),
            )  # fmt: skip
    if conflict.kind == "identity" and desk.origin.actor.may(Permission.EDIT_FLEET):
        _choose(draw_legs(desk, conflict) or st.session_state.get(_CHOSEN))
    if not by_heading:
        st.caption("There is no way out of this one that you may take; a planner can settle it.")


def _buttons(heading: str, choices: Sequence[Choice]) -> None:
    st.markdown(f"**{quoted(heading)}**")
    with st.container(horizontal=True):
        for one in choices:
            st.button(
                quoted(one.label), key=f"way_{one.key}", on_click=_choose, args=(one,), disabled=bool(one.problem),
                help=quoted(one.problem) or None,
            )  # fmt: skip


def _choose(choice: Choice | None) -> None:
    st.session_state[_CHOSEN] = choice


def _not_now() -> None:
    st.session_state.pop(_CHOSEN, None)


def _confirm(choice: Choice) -> None:
    """The preview of what was chosen. The versions it was seen at are in it: a later change by others refuses it."""
    if _CHOSEN not in st.session_state:  # it was done, or refused; the page tells
        st.rerun()
    if refused := st.session_state.pop(_REFUSED, None):
        st.error(unmarked(refused), icon=":material/warning:")
    # A form: what was typed goes with the click, however soon it comes.
    with st.form("conflict_confirm", enter_to_submit=False, border=False):
        st.markdown("\n".join(f"- {quoted(sentence)}" for sentence in choice.sentences))
        label = "Reason" if choice.needs_reason else "Reason (for the record, if you like)"
        st.text_input(label, key="conflict_reason", max_chars=500)
        st.form_submit_button("Do it", type="primary", key="conflict_yes", on_click=_act, args=(choice,))


def _act(choice: Choice) -> None:
    """As a callback: the list behind it may have changed, so that the button would not be drawn again."""
    reason = str(st.session_state.get("conflict_reason", "")).strip()
    if choice.needs_reason and not reason:
        st.session_state[_REFUSED] = "This needs a reason, so that others understand it later; give one."
        return
    _carried_out(lambda: choice.act(reason))
    _not_now()


def _carried_out(work: Callable[[], str]) -> None:
    state = st.session_state
    state.pop(UNDO, None)
    try:
        state[_TOLD] = work()
        state.pop(OPEN, None)  # by their own change: nobody has to be told that it is gone
    except DynoError as refusal:
        state[_REFUSED] = str(refusal)
    except Exception as defect:  # noqa: BLE001 - the last stop before a person: logged whole, shown as a number
        state[_REFUSED] = unexpected(defect)


def _tell() -> None:
    state = st.session_state
    if refused := state.pop(_REFUSED, None):
        st.error(unmarked(refused), icon=":material/warning:")
    if told := state.pop(_TOLD, None):
        st.success(unmarked(told), icon=":material/check_circle:")
    if undo := state.get(UNDO):
        st.button("Undo", icon=":material/undo:", key="conflict_undo_last", on_click=_carried_out, args=(undo,))


def _accepted(desk: Desk, accepted: Sequence[DeskConflict], *, of: int) -> None:
    if not of:
        return
    count = f"{len(accepted)} of {of}" if len(accepted) != of else str(of)
    with st.expander(f"Accepted ({count})", icon=":material/verified:", key="conflict_accepted"):
        if not accepted:
            st.caption("None of them matches the filters above.")
        pages = max(1, -(-len(accepted) // _ACCEPTED_ON_PAGE))
        page = 1
        if pages > 1:
            page = int(st.number_input(f"Page of {pages}", 1, pages, key=f"accepted_page_{pages}", width=140))
        for one in accepted[(page - 1) * _ACCEPTED_ON_PAGE : page * _ACCEPTED_ON_PAGE]:
            _accepted_line(desk, one)


def _accepted_line(desk: Desk, one: DeskConflict) -> None:
    if (word := one.acceptance) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        told = f"“{word.reason}” ({word.by}, {say_day(word.at.date())})"
        st.markdown(f"**{one.title}.** {quoted(one.sentence)} {quoted(told)}")
        if desk.origin.actor.may(Permission.CHANGE_ANY):
            st.button(
                "Take back", key=f"take_back_{word.id}", on_click=_carried_out,
                args=(lambda: put_on_list_again(desk, one),),
            )  # fmt: skip
