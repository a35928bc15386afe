"""One request on the planning page: a new one, and placing, changing, naming or withdrawing one."""

import zlib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import uuid4

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dyno_core.accounts.roles import Permission
from dyno_core.booking import (
    Request,
    RequestDraft,
    duration_of,
    edit_request,
    file_requests,
    place_in_exchange,
    place_request,
)
from dyno_core.booking.request_changes import MOST_UNITS, PRIORITIES
from dyno_core.errors import InvalidInput
from dyno_core.fleet import (
    VehicleDraft,
    find_vehicle,
    get_test_type,
    get_vehicle,
    identify_vehicle,
    list_dynos,
    list_test_types,
)
from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES
from dyno_core.period import say_day, say_days
from dyno_core.planning import FILED_BY_HAND, Instead, Outcome, Place, instead_of_wished, propose_one
from dyno_core.reports.amounts import ANYWHERE
from dyno_core.ui.errors import presented
from dyno_core.ui.fleet_desk import Desk, added, done, new_key, save_pressed
from dyno_core.ui.maintenance_form import chosen_day
from dyno_core.ui.note_form import note_form
from dyno_core.ui.planning_in_words import in_words
from dyno_core.ui.planning_preview import show_placed
from dyno_core.ui.planning_tolerance import choose_tolerance
from dyno_core.ui.planning_withdrawing import tell_filed, withdraw
from dyno_core.ui.quoting import unmarked

_FEW: Final = 5
"""Places that are offered at first."""


def draw_new(desk: Desk) -> None:
    """One request for a known vehicle, or several for vehicles that have no name yet."""
    key = new_key("request")
    # Kept as long as the fields are: a second click files nothing twice.
    request_key = st.session_state.setdefault(f"{key}_key", f"{FILED_BY_HAND}{uuid4()}")
    said = in_words(desk, key=key)
    given = said.draft if said else None
    key = f"{key}_{said.number}" if said else key
    known = st.segmented_control(
        "For", ("A known vehicle", "Future vehicles"), default="Future vehicles" if said else "A known vehicle",
        key=f"{key}_for",
    )  # fmt: skip
    test, miles = _live_fields(desk, given, key=key)
    with st.form(f"{key}_form", border=False):
        reference, units, like = "", 1, VehicleDraft()
        columns = st.columns(4)
        if known == "Future vehicles":
            like = said.vehicle if said else VehicleDraft()
            units = int(columns[0].number_input("Units", 1, MOST_UNITS, said.units if said else 8, key=f"{key}_units"))
            program = columns[1].text_input("Program", like.program or "", key=f"{key}_program", max_chars=80)
            weight = _chosen(columns[2], "Weight", WEIGHT_CLASSES, like.weight_class, key=f"{key}_weight")
            drive = _chosen(columns[3], "Drive", DRIVES, like.drive_type, key=f"{key}_drive")
            like = VehicleDraft(program=program, weight_class=weight, drive_type=drive)
        else:
            vehicle = columns[0].text_input("Vehicle", placeholder="Tag, VIN or number", key=f"{key}_vehicle")
            reference = vehicle.strip()
        draft = _fields(desk, given, test=test, miles=miles, key=key)
        sent = st.form_submit_button("File the request", type="primary", key="file_request")
    if not sent:
        return
    if known != "Future vehicles" and not reference:
        raise InvalidInput("Name the vehicle by its tag, VIN or number, or file it for future vehicles.")
    if known == "Future vehicles" and not (like.weight_class and like.drive_type):
        raise InvalidInput("Choose the weight and the drive of the vehicles; by these a dyno is found for them.")
    wish = draft()
    filed = file_requests(
        desk.database,
        desk.origin,
        wish,
        vehicle_id=find_vehicle(desk.database, reference).id if reference else None,
        units=units,
        vehicle=like,
        request_key=request_key,
    )
    tell_filed(desk, filed, f"Filed {len(filed)} request{'s' if len(filed) > 1 else ''} from {wish.period}.")
    added()


def _chosen(place: DeltaGenerator, label: str, choices: Sequence[str], chosen: str | None, *, key: str) -> str | None:
    """Nothing is taken for granted: what was not said is to be chosen."""
    index = choices.index(chosen) if chosen in choices else None
    return place.selectbox(label, choices, index=index, placeholder="Choose", key=key)


def draw_one(desk: Desk, request: Request) -> None:
    """What can be done with this one."""
    st.subheader(f"{request.vehicle}: {request.test_type}, {say_days(request.period.days)}")
    st.text(_told(request))
    actor = desk.origin.actor
    if not actor.may(Permission.BOOK):
        return
    if request.status == "open":
        with st.container(border=True), presented():
            _place(desk, request)
        if request.created_by == actor.email or actor.may(Permission.CHANGE_ANY):
            label = "Note, marked for a follow-up" if request.follow_up else "Note"
            with st.expander(label, icon=":material/sticky_note_2:"), presented():
                if said := note_form(desk.database, desk.origin, request, marked=request.follow_up):
                    done(said)
            with st.expander("Change the request", icon=":material/edit:"), presented():
                _edit(desk, request)
            with st.expander("Withdraw the request", icon=":material/block:"), presented():
                _withdraw(desk, request)
    with presented():
        _name(desk, request)


def _told(request: Request) -> str:
    told = [f"Wished for {request.period}, filed by {request.created_by}."]
    if request.latest_end_date:
        told.append(f"At the latest until {say_day(request.latest_end_date)}.")
    if request.allocation_id:
        told.append(f"Placed as allocation {request.allocation_id}.")
    return " ".join([*told, request.reason, request.notes]).strip()


def _place(desk: Desk, request: Request) -> None:
    tolerance = _tolerance_of(request)
    proposal, places = propose_one(desk.database, request.id, today=desk.today, tolerance=tolerance)
    instead: tuple[Instead, ...] = ()
    if not any(place.slipped == 0 for place in places):
        instead = instead_of_wished(desk.database, request, today=desk.today, actor=desk.origin.actor)
    if not places:
        st.info(unmarked(proposal.sentence), icon=":material/info:")
    for one in instead:
        if not one.way.is_open:
            st.caption(unmarked(f"What would work too: {one.way.sentence}."))
    if len(places) > _FEW and not st.toggle(f"All {len(places)} dynos", key=f"all_places_{request.id}"):
        places = places[:_FEW]
    choices: list[Place | Instead] = [*places, *(one for one in instead if one.way.is_open)]
    if not choices:
        return
    chosen = st.radio(
        "Best first, in the order of the rules", range(len(choices)), format_func=lambda at: _option(choices[at]),
        key=f"place_{request.id}_{request.version}_{tolerance}",
    )  # fmt: skip
    choice = choices[chosen or 0]
    room = None if isinstance(choice, Place) else choice.room
    # What was read as this choice is what a click agrees to: the plan may offer another one in its line by now.
    drawn = zlib.crc32(repr((request.version, _option(choice), room)).encode())
    if save_pressed(
        _label(choice), key="place_one",
        record=(request.id, chosen, tolerance), version=drawn, what="The plan around this request",
    ):  # fmt: skip
        show_placed(_placed(desk, request, choice))


def _tolerance_of(request: Request) -> int:
    """Days. One that says itself how far it may slip is not asked."""
    if request.latest_end_date is None:
        return choose_tolerance(f"one_{request.id}", label="This one may start later by (days)", value=14)
    st.caption(
        f"It may end on {say_day(request.latest_end_date)} at the latest, so it starts by "
        f"{say_day(request.latest_end_date - timedelta(days=request.period.days - 1))}; change its latest end to let "
        "it slip further."
    )
    return 0


def _label(choice: Place | Instead) -> str:
    if isinstance(choice, Place):
        later = f", {say_days(choice.slipped)} later than wished" if choice.slipped else ""
        return f"Place on {choice.dyno}{later}"
    way = choice.way
    if choice.room:
        return f"Exchange and place on {way.dyno}"
    return f"Place {way.period.days} of {say_days(way.wished.days)} on {way.dyno}"


def _placed(desk: Desk, request: Request, choice: Place | Instead) -> Outcome:
    if isinstance(choice, Instead) and choice.room:
        made = place_in_exchange(
            desk.database, desk.origin, request.id, room=choice.room, dyno=choice.way.dyno, today=desk.today,
            version=request.version,
        )  # fmt: skip
        told = f"{made.moved.what} is on {made.moved.dyno} now, on its own days."
        return Outcome(request.id, request.vehicle, made.booked, told)
    place = choice if isinstance(choice, Place) else choice.way
    booked = place_request(
        desk.database, desk.origin, request.id, today=desk.today, dyno=place.dyno,
        start_date=place.period.start, days=place.period.days, version=request.version,
    )  # fmt: skip
    return Outcome(request.id, request.vehicle, booked)


def _option(choice: Place | Instead) -> str:
    if isinstance(choice, Place):
        slip = "" if choice.slipped == 0 else f", {say_days(choice.slipped)} later than wished"
        return unmarked(f"{choice.dyno} ({choice.facility}), {choice.period}{slip}")
    way, moving = choice.way, choice.moving
    said = f"{way.dyno} ({way.facility}), {way.period}"
    if way.exchange is None or moving is None:
        return unmarked(f"{said}, only {way.period.days} of the {say_days(way.wished.days)}")
    return unmarked(
        f"{said}, by exchange: {moving.what} moves from {way.dyno} to {way.exchange.to_dyno}, {moving.period}"
    )


def _edit(desk: Desk, request: Request) -> None:
    key = f"request_{request.id}_{request.version}"
    test, miles = _live_fields(desk, request, key=key)
    with st.form(f"{key}_form", border=False):
        draft = _fields(desk, request, test=test, miles=miles, key=key)
        sent = save_pressed(
            "Save the request", key="save_request", record=request.id, version=request.version,
            what=f"Request {request.id}", in_form=True,
        )  # fmt: skip
    if sent:
        edit_request(desk.database, desk.origin, request.id, draft(), version=request.version)
        done(f"Saved request {request.id} of {request.vehicle}.")


def _withdraw(desk: Desk, request: Request) -> None:
    with st.form(f"withdraw_form_{request.id}", border=False):
        reason = st.text_input("Reason (required)", key=f"withdraw_{request.id}", max_chars=500)
        sent = st.form_submit_button("Withdraw", key="withdraw_request")
    if sent:
        withdraw(desk, [request], reason=reason)


def _name(desk: Desk, request: Request) -> None:
    if request.tag and request.vin:
        return
    vehicle = get_vehicle(desk.database, request.vehicle_id)
    with st.expander("Give the vehicle its tag or VIN", icon=":material/badge:"), presented():
        key = f"name_{vehicle.id}_{vehicle.version}"
        with st.form(f"{key}_form", border=False):
            left, right = st.columns(2)
            tag = vehicle.tag or left.text_input("Tag", key=f"{key}_tag", max_chars=80)
            vin = vehicle.vin or right.text_input("VIN", key=f"{key}_vin", max_chars=30)
            sent = st.form_submit_button("Save the name", key="name_vehicle")
        if sent:
            named = identify_vehicle(desk.database, desk.origin, vehicle.id, version=vehicle.version, tag=tag, vin=vin)
            done(f"It is called {named.label} now.")


def _live_fields(desk: Desk, request: Request | RequestDraft | None, *, key: str) -> tuple[str | None, float | None]:
    """The test and its miles, outside the form: they give the days that stand in it."""
    tests = [test.name for test in list_test_types(desk.database, retired=False)]
    columns = st.columns(4)
    known = tests.index(request.test_type) if request and request.test_type in tests else None
    test = columns[0].selectbox(
        "Test", tests, key=f"{key}_test", index=known,
        placeholder="Choose a test",
    )  # fmt: skip
    miles = columns[1].number_input(
        "Miles", 0.0, 1_000_000.0, request.miles if request else None, step=500.0, format="%.0f", key=f"{key}_miles",
        placeholder="not counted", help="Gives the days, by what the test runs in a day; they can still be changed.",
    )  # fmt: skip
    return test, miles


def _length(desk: Desk, request: Request | RequestDraft | None, *, test: str | None, miles: float | None) -> int:
    """The days that stand in the form at first."""
    if request and (test or "", miles) == (request.test_type, request.miles):
        return min(request.period.days, 366)
    by_miles = duration_of(get_test_type(desk.database, test), miles=miles or None) if test else None
    if by_miles:
        return by_miles.days
    return min(request.period.days, 366) if request else 5


def _fields(
    desk: Desk, request: Request | RequestDraft | None, *, test: str | None, miles: float | None, key: str
) -> Callable[[], RequestDraft]:
    """What reads them, once the form has its button; it raises `InvalidInput` while a day is missing."""
    sites = [ANYWHERE, *sorted({dyno.facility for dyno in list_dynos(desk.database, today=desk.today)})]
    columns = st.columns(4)
    start = columns[0].date_input("Wished from", request.start_date if request else desk.today, key=f"{key}_start")
    # The key holds test and miles, so that other ones bring the days they take.
    length = _length(desk, request, test=test, miles=miles)
    days = columns[1].number_input("Days", 1, 366, length, key=f"{key}_days_{test}_{miles}")
    latest = columns[2].date_input(
        "Latest end", request.latest_end_date if request else None, key=f"{key}_latest",
        help="Until when it may slip by itself; without one, as far as whoever places it allows.",
    )  # fmt: skip
    priority = columns[3].selectbox(
        "Priority", PRIORITIES, index=PRIORITIES.index(request.priority if request else 3), key=f"{key}_priority",
        help="1 goes first.",
    )  # fmt: skip
    site = request.facility if request and request.facility in sites else ANYWHERE
    facility = columns[0].selectbox("Facility", sites, index=sites.index(site), key=f"{key}_facility")
    leg = columns[1].text_input("Leg", (request.leg or "") if request else "", key=f"{key}_leg", max_chars=80)
    reason = st.text_input("Why it has no place", request.reason if request else "", key=f"{key}_reason")
    return lambda: RequestDraft(
        test_type=test or "",
        start_date=chosen_day(start),
        days=int(days),
        latest_end_date=latest if isinstance(latest, date) else None,
        priority=int(priority or 3),
        facility=None if facility == ANYWHERE else facility,
        leg=leg,
        reason=reason,
        notes=request.notes if request else "",
        miles=miles,
    )
