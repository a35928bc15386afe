"""What can be done about a conflict at the desk: its ways out, accepting it, ending maintenance."""

from datetime import timedelta
from typing import Final

import streamlit as st

from dyno_core.accounts.roles import Permission
from dyno_core.booking import (
    DeskConflict,
    Settled,
    Settlement,
    accept_conflict,
    as_way_out,
    list_allocations,
    reschedule_allocation,
    settle,
    take_back,
    undo_settled,
    ways_to_settle,
)
from dyno_core.maintenance import cancel_maintenance, end_maintenance
from dyno_core.period import say_day, say_days
from dyno_core.planning import Deed, undo_deed
from dyno_core.ui.conflict_choice import UNDO, Choice
from dyno_core.ui.fleet_desk import Desk
from dyno_core.ui.identity_choices import ONE, TWO, identity_choices

_THEN_CONFIRM: Final = "A test that it displaced waits on this list for its place to be confirmed."
_BACK: Final = "Taken back: everything stands as it stood before, and so does the conflict."


def choices_of(desk: Desk, conflict: DeskConflict) -> dict[str, list[Choice]]:
    """By what they are about. Each was checked at this moment, and is refused if something of it changes."""
    actor = desk.origin.actor
    ways = ways_to_settle(desk.database, conflict, actor=actor, today=desk.today)
    found: dict[str, list[Choice]] = {}
    for one in conflict.allocations:
        own = [_of_way(desk, way) for way in ways if way.allocation.id == one.id]
        if one.kind == "maintenance" and actor.may(Permission.EDIT_MAINTENANCE):
            own = _of_window(desk, conflict)
        heading = f"Maintenance of {one.dyno}" if one.kind == "maintenance" else f"{one.what} on {one.dyno}"
        found.setdefault(heading, []).extend(own)
    if conflict.kind == "identity" and actor.may(Permission.EDIT_FLEET):
        found = identity_choices(desk, conflict)
    if conflict.may_be_accepted(desk.today) and actor.may(Permission.CHANGE_ANY):
        heading = "On your word"
        if conflict.kind == "identity":
            heading = TWO if len(conflict.vehicles) == 2 else ONE
        found.setdefault(heading, []).append(_of_acceptance(desk, conflict))
    return {heading: choices for heading, choices in found.items() if choices}


def _of_way(desk: Desk, way: Settlement) -> Choice:
    def act(reason: str) -> str:
        done = settle(desk.database, desk.origin, way, today=desk.today, reason=reason)
        st.session_state[UNDO] = lambda: _undone(desk, done)
        return done.sentence

    return Choice(way.key, way.label, (*way.sentences, *_next_test(desk, way)), way.needs_reason, act)


def _undone(desk: Desk, done: Settled) -> str:
    undo_settled(desk.database, desk.origin, done)
    return _BACK


def take_way_out_back(desk: Desk, deed: Deed) -> str:
    """As it is found in the record of changes. Raises what `undo_deed` raises."""
    st.session_state.pop(UNDO, None)  # it may be the same
    undo_deed(desk.database, desk.origin, deed, today=desk.today)
    return _BACK


def _next_test(desk: Desk, way: Settlement) -> tuple[str, ...]:
    """What comes next for the vehicle, for whoever thinks of shifting it."""
    one = way.allocation
    if way.kind not in ("shift", "set_end") or one.vehicle_id is None:
        return ()
    coming = list_allocations(
        desk.database, vehicle_id=one.vehicle_id, from_day=one.start_date, statuses=("scheduled", "tentative"), limit=5
    )
    later = [each for each in coming if each.id != one.id and each.start_date > one.start_date]
    if not later:
        return ()
    following, gap = later[0], (later[0].start_date - way.period.end).days - 1
    room = f"{say_days(gap)} after" if gap >= 0 else "which would come first then"
    return (f"Next for it: {following.test_type} on {following.dyno} from {say_day(following.start_date)}, {room}.",)


def of_days(desk: Desk, conflict: DeskConflict, days: int) -> Choice:
    """The length that a person knows: the end counts as fixed by hand from then on."""
    one = conflict.allocations[0]

    def act(reason: str) -> str:
        after = reschedule_allocation(
            desk.database, as_way_out(desk.origin), one.id, today=desk.today, days=days, end_fixed=True,
            version=one.version, reason=reason,
        )  # fmt: skip
        return f"{after.what} is on {after.dyno} for {after.period}."

    said = f"{one.what} on {one.dyno} from {say_day(one.start_date)}: {say_days(one.days)} → {say_days(days)}."
    return Choice(f"days-{one.id}-{one.version}", f"{say_days(days)}", (said,), False, act)


def _of_window(desk: Desk, conflict: DeskConflict) -> list[Choice]:
    """Ending or dropping the window that is in the way of the test."""
    test, window = conflict.allocations
    found = []
    if window.start_date < test.start_date:
        last = test.start_date - timedelta(days=1)

        def end(reason: str) -> str:
            ended = end_maintenance(
                desk.database, desk.origin, window.id, last_day=last, version=window.version, reason=reason
            )
            return f"The maintenance of {ended.dyno} ends on {say_day(ended.end_date)}."

        said = (f"Maintenance of {window.dyno}: {window.period} → until {say_day(last)}.", _THEN_CONFIRM)
        found.append(Choice(f"end-{window.id}-{window.version}", "End the maintenance before it", said, False, end))

    def drop(reason: str) -> str:
        cancel_maintenance(desk.database, desk.origin, window.id, version=window.version, reason=reason)
        return f"The maintenance of {window.dyno}, {window.period}, is cancelled."

    said = (f"Maintenance of {window.dyno}, {window.period}, is cancelled.", _THEN_CONFIRM)
    found.append(Choice(f"drop-{window.id}-{window.version}", "Cancel the maintenance", said, True, drop))
    return found


def _of_acceptance(desk: Desk, conflict: DeskConflict) -> Choice:
    def act(reason: str) -> str:
        accept_conflict(desk.database, desk.origin, conflict, reason=reason)
        st.session_state[UNDO] = lambda: put_on_list_again(desk, conflict)
        return f"Accepted: {conflict.what} is off the list."

    label = "Accept it as it is" if conflict.kind == "identity" else "Accept it"
    said = (
        "Nothing of the plan changes. It leaves this list, with your name and reason, until something of it changes.",
    )
    return Choice(f"accept-{conflict.subject}", label, said, True, act)


def put_on_list_again(desk: Desk, conflict: DeskConflict) -> str:
    take_back(desk.database, desk.origin, conflict)
    return f"{conflict.what} is on the list again."
