"""The calendar's dialogs: book, details with actions, a dragged move, maintenance."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Actor, Permission
from dyno_core.audit import CHANNELS, history, in_words, names_in
from dyno_core.booking import (
    Allocation,
    allocate_vehicle,
    cancel_allocation,
    complete_allocation,
    confirm_allocation,
    get_allocation,
    restore_allocation,
    start_allocation,
)
from dyno_core.fleet import find_vehicle, list_dynos, list_test_types
from dyno_core.maintenance import list_windows
from dyno_core.period import say_day, say_days
from dyno_core.start import App
from dyno_core.ui.calendar_data import STATUS_WORDS
from dyno_core.ui.calendar_feeds import subscribe_to
from dyno_core.ui.errors import presented
from dyno_core.ui.leg_facts import date_facts, dates_of, legs_of
from dyno_core.ui.live_changes import still_dialog
from dyno_core.ui.maintenance_form import change_form, chosen_day, plan_form
from dyno_core.ui.miles_fields import miles_fields, miles_told
from dyno_core.ui.note_form import note_form
from dyno_core.ui.planning_breakdown import breakdown_form
from dyno_core.ui.quoting import quoted
from dyno_core.ui.session import origin
from dyno_core.ui.shift_form import Bench, shift_form
from dyno_core.ui.start_form import start_expander

ANY_DYNO = "Best free dyno"
DONE = "calendar_done"
"""In the session: what a dialog did, until it is told."""
_DOWN_KEY = "down"


def done(message: str) -> None:
    """Close the dialog, draw the plan as it is now, and say what happened."""
    st.session_state[DONE] = message
    fresh_timeline()
    st.rerun()


def what_was_done() -> str | None:
    """What the dialog that was closed did; told once."""
    message: str | None = st.session_state.pop(DONE, None)
    return message


def open_what_was_asked_for(app: App, actor: Actor) -> None:
    """The dialog that a row of a list, or another dialog, asked for."""
    if (wanted := st.session_state.pop("calendar_open", None)) is not None:
        open_details(app, actor, wanted)
    if (down := st.session_state.pop("calendar_down", None)) is not None:
        open_breakdown(app, actor, dyno=down)


def fresh_timeline() -> None:
    """Let the timeline take the plan as it is, which puts a bar that was dragged in vain back."""
    st.session_state["calendar_revision"] = st.session_state.get("calendar_revision", 0) + 1


@still_dialog("Book a vehicle", on_dismiss=fresh_timeline, way_out="Cancel")
def book_dialog(app: App, actor: Actor, *, dyno: str | None = None, day: date | None = None) -> None:
    today = app.clock.today()
    tests = {test.name: test for test in list_test_types(app.database, retired=False)}
    dynos = [one.name for one in list_dynos(app.database, today=today) if one.enabled]
    left, right = st.columns(2, vertical_alignment="bottom")
    test = left.selectbox("Test", tests, index=None, placeholder="Choose a test type", key="book_test")
    by_miles = test is not None and right.toggle("Days from miles", key="book_by_miles")
    days, runs = None, None
    if by_miles and test is not None:
        with presented():
            runs = miles_fields(app.database, test, key="book")
            days = runs.days if runs else None
    # The form begins after the test and its miles, which give the days at once.
    with st.form("book", border=False):
        vehicle = st.text_input("Vehicle", placeholder="Tag, VIN or number", key="book_vehicle")
        left, right = st.columns(2)
        start = left.date_input("First day", value=max(day or today, today), min_value=today, key="book_start")
        if not by_miles:
            days = _days_field(right, tests[test].fixed_days if test is not None else None, test)
        options = [ANY_DYNO, *dynos]
        left, right = st.columns(2)
        choice = left.selectbox("Dyno", options, index=options.index(dyno) if dyno in options else 0, key="book_dyno")
        slip = right.number_input(
            "May start later by (days)", min_value=0, max_value=366, value=0, key="book_slip",
            help="When nothing is free on the wished days, the start may slip by up to this many days.",
        )  # fmt: skip
        sent = st.form_submit_button("Book", type="primary", key="book_send")
    if dyno is not None:
        _down_button(actor, dyno)
    if not sent:
        return
    with presented():
        if not vehicle.strip() or test is None or days is None:
            st.warning("Name the vehicle, choose a test type, and give the days or the miles.")
            return
        booked = allocate_vehicle(
            app.database,
            origin("calendar", actor),
            vehicle_id=find_vehicle(app.database, vehicle.strip()).id,
            start_date=chosen_day(start),
            days=days,
            test_type=test,
            today=today,
            dyno=None if choice == ANY_DYNO else choice,
            max_backup_days=int(slip),
            mileage=runs.mileage if runs else None,
        )
        done(f"{booked.what} is on {booked.dyno} from {booked.period} (allocation {booked.id}).")


def _days_field(place: DeltaGenerator, fixed: int | None, test: str | None) -> int:
    key = f"book_days_{test}" if fixed else "book_days"
    return int(place.number_input("Days", min_value=1, max_value=366, value=fixed or 3, key=key))


def open_details(app: App, actor: Actor, allocation_id: int) -> None:
    """Open the dialog on the allocation as it is now; what is done in it holds for that version only."""
    with presented():
        one = get_allocation(app.database, allocation_id)
        title = quoted(f"{one.vehicle} on {one.dyno}" if one.kind == "test" else f"Maintenance of {one.dyno}")
        still_dialog(title, width="medium", on_dismiss=fresh_timeline)(_details)(app, actor, one)


def _details(app: App, actor: Actor, one: Allocation) -> None:
    """``one`` is not read again: somebody else's change since then must refuse this one, not be overwritten."""
    with presented():
        _facts(app, one)
        own = one.created_by == actor.email
        if actor.may(Permission.CHANGE_ANY) or (own and actor.may(Permission.CHANGE_OWN)):
            (_maintenance_actions if one.kind == "maintenance" else _actions)(app, actor, one)
            if one.kind == "test":
                _note(app, actor, one)
        elif actor.may(Permission.CHANGE_OWN):
            st.caption(f"{one.created_by} made this; a planner can change it.")
        if one.kind == "test":
            _down_button(actor, one.dyno)
            with st.expander("Legs of this vehicle"):
                legs_of(app.database, one, today=app.clock.today())
        with st.expander("Subscribe in a calendar"):
            subscribe_to(app, actor, one)
        with st.expander("History"):
            dates_of(app.database, one, zone=ZoneInfo(app.settings.dyno_timezone))
            _history(app, one)


@still_dialog("Plan maintenance", width="large", on_dismiss=fresh_timeline, way_out="Cancel")
def maintenance_dialog(app: App, actor: Actor) -> None:
    with presented():
        by = origin("calendar", actor)
        if said := plan_form(app.database, by, today=app.clock.today(), key="maintain"):
            done(said)


@still_dialog("Breakdown", width="large", on_dismiss=fresh_timeline, way_out="Cancel")
def breakdown_dialog(app: App, actor: Actor, *, dyno: str | None = None) -> None:
    with presented():
        by = origin("calendar", actor)
        if said := breakdown_form(app.database, by, today=app.clock.today(), key=_DOWN_KEY, dyno=dyno):
            done(said)


def open_breakdown(app: App, actor: Actor, *, dyno: str | None = None) -> None:
    """Open the dialog on the plan as it is now, with the fields as they are at first."""
    for name in [name for name in st.session_state if str(name).startswith(_DOWN_KEY)]:
        del st.session_state[name]
    breakdown_dialog(app, actor, dyno=dyno)


def _down_button(actor: Actor, dyno: str) -> None:
    """From any click on a dyno's row to its breakdown."""
    if actor.may(Permission.EDIT_MAINTENANCE) and st.button(
        f"{dyno} is down", key="dyno_is_down", icon=":material/report:"
    ):
        st.session_state["calendar_down"] = dyno
        st.rerun()


def _facts(app: App, one: Allocation) -> None:
    facts: dict[str, str | None] = {
        "Dyno": f"{one.dyno} ({one.facility})",
        "Days": f"{one.period} ({say_days(one.days)})",
        "State": STATUS_WORDS[one.status],
    }
    if one.kind == "test":
        facts |= {"Test": f"{one.test_type}{f', {one.leg}' if one.leg else ''}", "Miles": miles_told(app.database, one)}
        facts |= {"VIN": one.vin, "Program": one.program}
        facts |= {"Contact": one.contact, **date_facts(one, today=app.clock.today())}
    else:
        window = next((w for w in list_windows(app.database, dyno_id=one.dyno_id) if w.id == one.id), None)
        facts |= {"Kind": window.category if window else None, "Reason": window.reason if window else None}
    facts |= {"Made by": f"{one.created_by} ({one.source}), {one.created_at:%-d %b %Y}", "Number": str(one.id)}
    if one.notes:
        facts["Notes"] = one.notes
    if one.follow_up:
        facts["Follow up"] = "marked"
    # Cells of a table read Markdown, and most of these texts come from people.
    said = {name: quoted(value) for name, value in facts.items() if value}
    if one.disputed:
        said["State"] += ", :red[disputed: needs another place]"
    st.table(said, border="horizontal")


def _actions(app: App, actor: Actor, one: Allocation) -> None:
    by, today = origin("calendar", actor), app.clock.today()
    simple: dict[str, tuple[bool, Callable[[], Allocation]]] = {
        "Confirm the place": (
            one.disputed or one.status == "tentative",
            lambda: confirm_allocation(app.database, by, one.id, version=one.version),
        ),
        "Start today": (
            one.status == "scheduled" and one.start_date == today,
            lambda: start_allocation(app.database, by, one.id, on=today, today=today, version=one.version),
        ),
        "Complete today": (
            one.status == "in_progress",
            lambda: complete_allocation(app.database, by, one.id, on=today, today=today, version=one.version),
        ),
        "Restore": (
            one.status == "cancelled",
            lambda: restore_allocation(app.database, by, one.id, version=one.version),
        ),
    }
    with st.container(horizontal=True):
        for label, (possible, change) in simple.items():
            if possible and st.button(label, key=f"do_{label}"):
                with presented():
                    changed = change()
                    done(f"{changed.what} is {STATUS_WORDS[changed.status]} now.")
    if said := start_expander(_bench(app, actor), one, key=f"start_{one.id}"):
        done(said)
    if one.status in ("scheduled", "tentative", "in_progress"):
        _move_form(app, actor, one)
        _cancel_form(app, actor, one)


def _move_form(app: App, actor: Actor, one: Allocation) -> None:
    with st.expander("Move or change the length"), presented():
        if said := shift_form(_bench(app, actor), one, key=f"move_{one.id}"):
            done(said)


def _note(app: App, actor: Actor, one: Allocation) -> None:
    with st.expander("Note, marked for a follow-up" if one.follow_up else "Note"), presented():
        if said := note_form(app.database, origin("calendar", actor), one, marked=one.follow_up):
            done(said)


def _bench(app: App, actor: Actor) -> Bench:
    return Bench(database=app.database, origin=origin("calendar", actor), today=app.clock.today())


def _cancel_form(app: App, actor: Actor, one: Allocation) -> None:
    with st.expander("Cancel"), st.form("cancel", border=False):
        reason = st.text_input("Reason", key=f"cancel_why_{one.id}")
        if st.form_submit_button("Cancel the allocation"):
            with presented():
                gone = cancel_allocation(
                    app.database, origin("calendar", actor), one.id, reason=reason, version=one.version
                )
                done(f"{gone.what} is cancelled; {gone.dyno} is free for {gone.period}.")


def _maintenance_actions(app: App, actor: Actor, one: Allocation) -> None:
    if one.status == "cancelled" or not actor.may(Permission.EDIT_MAINTENANCE):
        return
    with presented():
        by = origin("calendar", actor)
        window = next((each for each in list_windows(app.database, dyno_id=one.dyno_id) if each.id == one.id), None)
        if window is None:
            return
        # The version is that of the bar that was clicked: somebody else's change since then must refuse this one.
        seen = replace(window, version=one.version)
        if said := change_form(app.database, by, seen, today=app.clock.today()):
            done(said)


def _history(app: App, one: Allocation) -> None:
    entity = "maintenance" if one.kind == "maintenance" else "allocation"
    entries = history(app.database, entity=entity, entity_id=one.id)
    if not entries:
        st.caption("Nothing was changed since it was made.")
    names = names_in(app.database, entries)
    zone = ZoneInfo(app.settings.dyno_timezone)
    for entry in entries:
        at = entry.at.astimezone(zone)
        why = f" “{entry.reason}”" if entry.reason else ""
        # As text, not as Markdown: names and reasons come from people.
        st.text(
            f"{say_day(at.date())}, {at:%H:%M}: {entry.actor} {in_words(entry, names)}, through "
            f"{CHANNELS.get(entry.channel, entry.channel)}.{why}"
        )
