from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    Allocation,
    cancel_allocation,
    complete_allocation,
    confirm_allocation,
    extend_allocation,
    reschedule_allocation,
    restore_allocation,
    start_allocation,
    swap_allocations,
)
from dyno_core.booking.errors import (
    AllocationNotFound,
    DynoBusy,
    DynoOutOfService,
    DynoUnsuitable,
    InThePast,
    Unchanged,
    VehicleBusy,
    WrongStatus,
)
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, NotSignedIn, StaleVersion
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import (
    TODAY,
    WHO_MAY_CHANGE,
    book,
    given_dyno,
    given_user,
    given_vehicle,
    in_days,
    overlapping_pairs,
)
from tests.database.booking.support import audited, refused


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    """N1 and N2 run brake, N3 only evap."""
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    given_dyno(fresh_database, "N3", preference=3, tests=["evap"])
    return fresh_database


def _placed(database: Database, *, dyno: str = "N1", start: date = TODAY, days: int = 3) -> Allocation:
    return book(database, given_vehicle(database), dyno=dyno, start=start, days=days)


def _set(database: Database, allocation: Allocation, **values: object) -> None:
    """What an import does: statuses and flags that no function leads to from outside."""
    assignments = ", ".join(f"{name} = :{name}" for name in values)
    with database.writing() as session:
        session.execute(text(f"UPDATE allocations SET {assignments} WHERE id = :id"), values | {"id": allocation.id})


CHANGES: dict[str, Callable[..., Any]] = {
    "move": lambda db, by, one, **more: reschedule_allocation(
        db, by, one.id, today=TODAY, start_date=in_days(20), **more
    ),
    "extend": lambda db, by, one, **more: extend_allocation(db, by, one.id, today=TODAY, end_date=in_days(9), **more),
    "cancel": lambda db, by, one, **more: cancel_allocation(db, by, one.id, **{"reason": "off"} | more),
    "start": lambda db, by, one, **more: start_allocation(db, by, one.id, on=TODAY, today=TODAY, **more),
}


# --- moving -----------------------------------------------------------------------------------------------------------


def test_a_new_start_moves_the_end_along(lab: Database) -> None:
    one = _placed(lab)

    moved = reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(10))

    assert moved.period == Period(in_days(10), in_days(12))
    assert (moved.dyno, moved.version, moved.planned_start_date) == ("N1", 2, TODAY)


def test_a_move_changes_dyno_length_and_end_as_asked(lab: Database) -> None:
    one = _placed(lab)

    assert reschedule_allocation(lab, BY, one.id, today=TODAY, dyno="n2").dyno == "N2"
    assert reschedule_allocation(lab, BY, one.id, today=TODAY, days=7).days == 7
    ended = reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(1), end_date=in_days(2))
    assert ended.period == Period(in_days(1), in_days(2))


def test_a_move_writes_old_and_new_into_one_audit_row_and_keeps_the_old_dates(lab: Database) -> None:
    one = _placed(lab)

    now = reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(10), dyno="N2", reason="N1 is loud")

    assert audited(lab)[1:] == [
        (
            "move",
            "allocation",
            {"dyno": "N1", "dyno_id": one.dyno_id, "start_date": "2026-11-24", "end_date": "2026-11-26"},
            {"dyno": "N2", "dyno_id": now.dyno_id, "start_date": "2026-12-04", "end_date": "2026-12-06"},
            "N1 is loud",
            "operator",
        )
    ]
    with lab.reading() as session:
        kept = session.execute(text("SELECT old_start_date, new_start_date, changed_by, reason FROM allocation_dates"))
        assert [tuple(row) for row in kept] == [(TODAY, in_days(10), "operator", "N1 is loud")]


def test_a_move_onto_the_days_it_holds_already_is_no_clash_with_itself(lab: Database) -> None:
    one = _placed(lab)

    assert reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(1)).start_date == in_days(1)


def test_a_move_that_changes_nothing_writes_nothing_and_says_so(lab: Database) -> None:
    one = _placed(lab)

    says = f"Allocation {one.id} is on N1 from Tue 24 Nov 2026 to Thu 26 Nov 2026 already, so nothing was changed"
    for change in ({"start_date": TODAY}, {"days": 3}, {"dyno": "n1"}, {}):
        with refused(lab, Unchanged, code="unchanged", says=says):
            reschedule_allocation(lab, BY, one.id, today=TODAY, **change)
    with refused(lab, Unchanged, code="unchanged", says=says):
        extend_allocation(lab, BY, one.id, today=TODAY, end_date=in_days(2))


def test_a_move_that_nothing_can_hold_is_refused(lab: Database) -> None:
    one, other = _placed(lab), _placed(lab, start=in_days(10))
    _placed(lab, dyno="N2")

    with refused(lab, DynoBusy, code="dyno_busy", says=f"(allocation {other.id})"):
        reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(9))
    with refused(lab, DynoBusy, code="dyno_busy", says="N2 is taken by"):
        reschedule_allocation(lab, BY, one.id, today=TODAY, dyno="N2")
    with refused(lab, DynoUnsuitable, code="dyno_unsuitable", says="N3 can't run brake"):
        reschedule_allocation(lab, BY, one.id, today=TODAY, dyno="N3")
    with refused(lab, InThePast, code="in_the_past", says="already past"):
        reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(-1))


def test_a_move_out_of_service_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", service=(TODAY, in_days(5)))
    one = _placed(fresh_database)

    with refused(fresh_database, DynoOutOfService, code="dyno_out_of_service", says="N1 is not in service for all of"):
        reschedule_allocation(fresh_database, BY, one.id, today=TODAY, start_date=in_days(4))


def test_a_vehicle_is_not_moved_onto_days_on_which_it_stands_elsewhere(lab: Database) -> None:
    vehicle = given_vehicle(lab)
    one = book(lab, vehicle, dyno="N1")
    book(lab, vehicle, dyno="N2", start=in_days(10))

    with refused(lab, VehicleBusy, code="vehicle_busy", says="is already on N2 from Fri 4 Dec 2026"):
        reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(11))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"days": 0}, "0 days can't be planned"),
        ({"days": -3}, "-3 days can't be planned"),
        ({"days": 400}, "400 days can't be planned"),
        ({"start_date": date(2100, 1, 1)}, "outside the years 2000 to 2099"),
        ({"start_date": date.max}, "outside the years 2000 to 2099"),
        ({"end_date": date(1999, 1, 1)}, "before it starts"),
        ({"end_date": date(2099, 1, 1)}, "days can't be planned"),
        ({"end_date": TODAY, "days": 3}, "give one of them"),
        ({"reason": "a\0b", "days": 4}, "The reason holds a character"),
        ({"reason": "x" * 10_000, "days": 4}, "The reason has 10,000 characters"),
    ],
)
def test_a_move_that_can_not_be_meant_is_refused(lab: Database, change: dict[str, Any], says: str) -> None:
    one = _placed(lab)

    with refused(lab, InvalidInput, code="invalid_input", says=says):
        reschedule_allocation(lab, BY, one.id, today=TODAY, **change)


def test_a_running_test_keeps_its_start_and_may_get_another_end(lab: Database) -> None:
    one = _placed(lab)
    start_allocation(lab, BY, one.id, on=TODAY, today=TODAY)

    with refused(lab, WrongStatus, code="wrong_status", says="is in progress, so it can't be given another start"):
        reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(1))
    assert extend_allocation(lab, BY, one.id, today=in_days(5), end_date=in_days(6)).end_date == in_days(6)


def test_an_extension_stops_where_the_next_one_begins(lab: Database) -> None:
    one = _placed(lab)
    _placed(lab, start=in_days(5))

    assert extend_allocation(lab, BY, one.id, today=TODAY, end_date=in_days(4)).end_date == in_days(4)
    with refused(lab, DynoBusy, code="dyno_busy", says="N1 is taken by"):
        extend_allocation(lab, BY, one.id, today=TODAY, end_date=in_days(5))
    assert extend_allocation(lab, BY, one.id, today=TODAY, end_date=TODAY).days == 1


# --- swapping ---------------------------------------------------------------------------------------------------------


def test_a_swap_exchanges_dynos_and_keeps_days(lab: Database) -> None:
    one, two = _placed(lab, dyno="N1"), _placed(lab, dyno="N2", start=in_days(1), days=5)

    after_one, after_two = swap_allocations(lab, BY, one.id, two.id, reason="heat")

    assert (after_one.dyno, after_one.period, after_one.status) == ("N2", one.period, "scheduled")
    assert (after_two.dyno, after_two.period, after_two.status) == ("N1", two.period, "scheduled")
    assert overlapping_pairs(lab) == 0
    first, second = ({"dyno": each.dyno, "dyno_id": each.dyno_id} for each in (one, two))
    assert audited(lab)[2:] == [
        ("swap", "allocation", first, second, "heat", "operator"),
        ("swap", "allocation", second, first, "heat", "operator"),
    ]


def test_a_swap_is_both_or_neither(lab: Database) -> None:
    one, two = _placed(lab, dyno="N1"), _placed(lab, dyno="N2", days=9)
    _placed(lab, dyno="N1", start=in_days(6))
    evap = book(lab, given_vehicle(lab), test="evap", dyno="N3")
    cancelled = _placed(lab, dyno="N2", start=in_days(50))
    cancel_allocation(lab, BY, cancelled.id, reason="off")

    with refused(lab, DynoBusy, code="dyno_busy", says="N1 is taken by"):
        swap_allocations(lab, BY, one.id, two.id)
    with refused(lab, DynoUnsuitable, code="dyno_unsuitable", says="can't run"):
        swap_allocations(lab, BY, one.id, evap.id)
    with refused(lab, InvalidInput, code="invalid_input", says="can't be swapped with itself"):
        swap_allocations(lab, BY, one.id, one.id)
    with refused(lab, WrongStatus, code="wrong_status", says="is cancelled, so it can't be swapped"):
        swap_allocations(lab, BY, one.id, cancelled.id)
    with refused(lab, AllocationNotFound, code="allocation_not_found", says="no allocation 999"):
        swap_allocations(lab, BY, one.id, 999)
    with refused(lab, StaleVersion, code="stale", says=f"Allocation {two.id} was changed by someone else"):
        swap_allocations(lab, BY, one.id, two.id, first_version=1, second_version=2)
    with refused(lab, InvalidInput, code="invalid_input", says="The reason holds"):
        swap_allocations(lab, BY, one.id, two.id, reason="\0")


def test_what_a_breakdown_displaced_finds_a_place_by_a_swap(lab: Database) -> None:
    displaced, other = _placed(lab), _placed(lab, dyno="N2", start=in_days(10))
    plan_maintenance(lab, BY, dyno="N1", period=Period.of(TODAY, 5), category="breakdown", today=TODAY)

    for pair in ((other.id, displaced.id), (displaced.id, other.id)):
        swap_allocations(lab, BY, *pair)
        _set(lab, displaced, disputed=True, dyno_id=displaced.dyno_id)
        _set(lab, other, dyno_id=other.dyno_id)


def test_two_on_one_dyno_have_nothing_to_swap(lab: Database) -> None:
    one, two = _placed(lab), _placed(lab, start=in_days(9))

    with refused(lab, InvalidInput, code="invalid_input", says="Both allocations are on N1 already"):
        swap_allocations(lab, BY, one.id, two.id)


# --- cancelling and restoring -----------------------------------------------------------------------------------------


def test_a_cancellation_frees_the_place_and_says_why(lab: Database) -> None:
    one = _placed(lab)

    gone = cancel_allocation(lab, BY, one.id, reason="  engine broke ")

    assert (gone.status, gone.version, gone.period) == ("cancelled", 2, one.period)
    assert audited(lab)[1:] == [
        ("cancel", "allocation", {"status": "scheduled"}, {"status": "cancelled"}, "engine broke", "operator")
    ]
    assert _placed(lab).dyno == "N1"


@pytest.mark.parametrize("reason", ["", "   ", "a\0b", "x" * 10_000])
def test_a_cancellation_without_a_usable_reason_is_refused(lab: Database, reason: str) -> None:
    one = _placed(lab)

    with refused(lab, InvalidInput, code="invalid_input", says="reason"):
        cancel_allocation(lab, BY, one.id, reason=reason)


def test_a_restored_allocation_holds_its_place_again_unless_it_is_taken(lab: Database) -> None:
    one = _placed(lab)
    cancel_allocation(lab, BY, one.id, reason="off")
    with_us_again = restore_allocation(lab, BY, one.id, reason="on again")
    assert (with_us_again.status, with_us_again.version) == ("scheduled", 3)
    assert audited(lab)[2:] == [
        ("restore", "allocation", {"status": "cancelled"}, {"status": "scheduled"}, "on again", "operator")
    ]

    cancel_allocation(lab, BY, one.id, reason="off")
    other = _placed(lab)
    with refused(lab, DynoBusy, code="dyno_busy", says=f"(allocation {other.id})"):
        restore_allocation(lab, BY, one.id)


def test_a_running_test_that_was_cancelled_by_mistake_runs_again(lab: Database) -> None:
    one = _placed(lab)
    start_allocation(lab, BY, one.id, on=TODAY, today=TODAY)
    cancel_allocation(lab, BY, one.id, reason="wrong row")

    assert restore_allocation(lab, BY, one.id).status == "in_progress"


# --- confirming, starting, completing ---------------------------------------------------------------------------------


def test_a_confirmed_allocation_holds_its_place(lab: Database) -> None:
    tentative, disputed = _placed(lab), _placed(lab, dyno="N2")
    _set(lab, tentative, status="tentative")
    _set(lab, disputed, disputed=True)

    assert confirm_allocation(lab, BY, tentative.id).status == "scheduled"
    assert not confirm_allocation(lab, BY, disputed.id, reason="settled").disputed
    assert audited(lab)[2:] == [
        ("confirm", "allocation", {"status": "tentative"}, {"status": "scheduled"}, "", "operator"),
        ("confirm", "allocation", {"disputed": True}, {"disputed": False}, "settled", "operator"),
    ]


def test_what_is_tentative_is_not_confirmed_over_what_holds_the_place(lab: Database) -> None:
    tentative = _placed(lab)
    _set(lab, tentative, status="tentative")
    holder = _placed(lab)

    with refused(lab, DynoBusy, code="dyno_busy", says=f"(allocation {holder.id})"):
        confirm_allocation(lab, BY, tentative.id)


def test_a_start_is_remembered_and_may_be_earlier_or_later_than_planned(lab: Database) -> None:
    one, two = _placed(lab, start=in_days(2)), _placed(lab, dyno="N2", days=2)

    early = start_allocation(lab, BY, one.id, on=TODAY, today=TODAY)
    late = start_allocation(lab, BY, two.id, on=in_days(5), today=in_days(5))

    assert (early.status, early.actual_start_date, early.period) == ("in_progress", TODAY, Period(TODAY, in_days(4)))
    assert late.period == Period(in_days(5), in_days(5))
    assert audited(lab)[2][:4] == (
        "start",
        "allocation",
        {"start_date": "2026-11-26", "status": "scheduled", "actual_start_date": None},
        {"start_date": "2026-11-24", "status": "in_progress", "actual_start_date": "2026-11-24"},
    )


def test_a_start_that_can_not_be_is_refused(lab: Database) -> None:
    one = _placed(lab, start=in_days(5))
    _placed(lab)
    tentative = _placed(lab, dyno="N2")
    _set(lab, tentative, status="tentative")

    with refused(lab, InvalidInput, code="invalid_input", says="Wed 25 Nov 2026 has not come yet"):
        start_allocation(lab, BY, one.id, on=in_days(1), today=TODAY)
    with refused(lab, DynoBusy, code="dyno_busy", says="N1 is taken by"):
        start_allocation(lab, BY, one.id, on=TODAY, today=TODAY)
    with refused(lab, InvalidInput, code="invalid_input", says="days can't be planned"):
        start_allocation(lab, BY, one.id, on=date(1999, 1, 1), today=TODAY)
    with refused(lab, WrongStatus, code="wrong_status", says="is tentative, so it can't be started; confirm it first."):
        start_allocation(lab, BY, tentative.id, on=TODAY, today=TODAY)


def test_a_completed_test_frees_the_days_behind_it(lab: Database) -> None:
    one = _placed(lab, days=9)
    start_allocation(lab, BY, one.id, on=TODAY, today=TODAY)

    done = complete_allocation(lab, BY, one.id, on=in_days(2), today=in_days(2))

    assert (done.status, done.actual_end_date, done.end_date) == ("completed", in_days(2), in_days(2))
    assert _placed(lab, start=in_days(3)).dyno == "N1"
    assert audited(lab)[2][:4] == (
        "complete",
        "allocation",
        {"end_date": "2026-12-02", "status": "in_progress", "actual_end_date": None},
        {"end_date": "2026-11-26", "status": "completed", "actual_end_date": "2026-11-26"},
    )


def test_an_end_that_can_not_be_is_refused(lab: Database) -> None:
    one, planned = _placed(lab), _placed(lab, dyno="N2")
    start_allocation(lab, BY, one.id, on=TODAY, today=TODAY)
    _placed(lab, start=in_days(4))

    with refused(lab, InvalidInput, code="invalid_input", says="has not come yet"):
        complete_allocation(lab, BY, one.id, on=in_days(1), today=TODAY)
    with refused(lab, InvalidInput, code="invalid_input", says="The test started on Tue 24 Nov 2026, so it can't have"):
        complete_allocation(lab, BY, one.id, on=in_days(-1), today=TODAY)
    with refused(lab, DynoBusy, code="dyno_busy", says="N1 is taken by"):
        complete_allocation(lab, BY, one.id, on=in_days(5), today=in_days(5))
    with refused(lab, WrongStatus, code="wrong_status", says="is scheduled, so it can't be completed; start it first."):
        complete_allocation(lab, BY, planned.id, on=TODAY, today=TODAY)


# --- what no status allows, whoever asks, whatever number --------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "change", "says"),
    [
        ("cancelled", "move", "is cancelled, so it can't be moved; restore it first."),
        ("completed", "move", "is completed, so it can't be moved; only planned and running tests move."),
        ("cancelled", "cancel", "is cancelled, so it can't be cancelled; there is nothing left to do."),
        ("completed", "cancel", "is completed, so it can't be cancelled; there is nothing left to do."),
        ("scheduled", "restore", "is scheduled, so it can't be restored; only a cancelled one can be."),
        ("scheduled", "confirm", "is scheduled, so it can't be confirmed; only a tentative or disputed one needs it."),
        ("in_progress", "start", "is in progress, so it can't be started; only a scheduled test starts."),
        ("completed", "complete", "is completed, so it can't be completed; only a running test ends."),
    ],
)
def test_a_status_that_does_not_lead_there_is_named(lab: Database, status: str, change: str, says: str) -> None:
    one = _placed(lab)
    _set(lab, one, status=status)
    changes = CHANGES | {
        "restore": lambda db, by, one: restore_allocation(db, by, one.id),
        "confirm": lambda db, by, one: confirm_allocation(db, by, one.id),
        "complete": lambda db, by, one: complete_allocation(db, by, one.id, on=TODAY, today=TODAY),
    }

    with refused(lab, WrongStatus, code="wrong_status", says=f"Allocation {one.id} {says}"):
        changes[change](lab, BY, one)


@pytest.mark.parametrize("change", ["move", "start", "cancel"])
def test_a_maintenance_window_is_no_test(lab: Database, change: str) -> None:
    outage = plan_maintenance(lab, BY, dyno="N1", period=Period.of(TODAY, 3), category="planned", today=TODAY)

    with refused(lab, WrongStatus, code="wrong_status", says="is a maintenance window, so it can't be"):
        CHANGES[change](lab, BY, outage.window)


@pytest.mark.parametrize("change", sorted(CHANGES))
@pytest.mark.parametrize("number", [0, -1, 999, 2**63, 2**70])
def test_a_number_nobody_has_is_refused(lab: Database, change: str, number: int) -> None:
    one = replace(_placed(lab), id=number)

    with refused(lab, AllocationNotFound, code="allocation_not_found", says=f"There is no allocation {number};"):
        CHANGES[change](lab, BY, one)


@pytest.mark.parametrize("change", sorted(CHANGES))
def test_a_stale_edit_is_refused_and_a_fresh_one_is_not(lab: Database, change: str) -> None:
    one = _placed(lab)
    extend_allocation(lab, BY, one.id, today=TODAY, end_date=in_days(4))

    with refused(lab, StaleVersion, code="stale", says="was changed by someone else meanwhile"):
        CHANGES[change](lab, BY, one, version=one.version)
    assert CHANGES[change](lab, BY, one, version=2).version == 3


@pytest.mark.parametrize("change", sorted(CHANGES))
@pytest.mark.parametrize(("role", "own", "other"), WHO_MAY_CHANGE)
def test_engineers_change_their_own_and_planners_change_any(
    lab: Database, change: str, role: Role, own: bool, other: bool
) -> None:
    actor = given_user(lab, role)
    by = Origin(actor, "calendar")
    mine, theirs = _placed(lab), _placed(lab, dyno="N2")
    _set(lab, mine, created_by=actor.email)

    for one, allowed in ((mine, own), (theirs, other)):
        if allowed:
            assert CHANGES[change](lab, by, one).version == 2
        else:
            with refused(lab, NotAllowed, code="not_allowed", says=f"Your role “{role.value}” does not allow you to"):
                CHANGES[change](lab, by, one)


def test_whose_it_is_counts_by_the_account_and_not_by_what_the_caller_calls_it(lab: Database) -> None:
    one, engineer = _placed(lab), given_user(lab, Role.ENGINEER)

    for change in CHANGES.values():
        with refused(lab, NotAllowed, code="not_allowed", says="that someone else made"):
            change(lab, Origin(replace(engineer, email=one.created_by), "calendar"), one)


def test_whoever_was_disabled_changes_nothing(lab: Database) -> None:
    actor = given_user(lab, Role.PLANNER, disabled=True)
    one, two = _placed(lab), _placed(lab, dyno="N2")

    for change in CHANGES.values():
        with refused(lab, NotSignedIn, code="not_signed_in", says="sign in again"):
            change(lab, Origin(actor, "calendar"), one)
    with refused(lab, NotSignedIn, code="not_signed_in", says="sign in again"):
        swap_allocations(lab, Origin(actor, "calendar"), one.id, two.id)


def test_the_role_is_read_again_from_the_database(lab: Database) -> None:
    actor = replace(given_user(lab, Role.VIEWER), role=Role.ADMIN)
    one = _placed(lab)

    with refused(lab, NotAllowed, code="not_allowed", says="Your role “viewer”"):
        CHANGES["cancel"](lab, Origin(actor, "calendar"), one)
