"""A slip of a chain: looked at first, made as one change, taken back as one."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import (
    Allocation,
    Step,
    cancel_allocation,
    chains_in_brief,
    create_request,
    dates_history,
    get_allocation,
    get_chain,
    lateness,
    list_allocations,
    list_chains,
    list_late,
    list_requests,
    move_together,
    preview_shift,
    reschedule_allocation,
    start_allocation,
    withdraw_requests,
)
from dyno_core.booking.errors import DynoBusy, RequestClosed, Unchanged, WrongStatus
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, StaleVersion
from dyno_core.period import Period
from tests.builders import (
    OPERATOR_ORIGIN,
    TODAY,
    WHO_MAY_CHANGE,
    book,
    given_dyno,
    given_user,
    given_vehicle,
    in_days,
    overlapping_pairs,
    rows,
)
from tests.database.booking.support import audited, refused


@pytest.fixture
def legs(fresh_database: Database) -> tuple[Allocation, ...]:
    """Three legs of one vehicle, 2 × 10 and 20 days long with gaps of 5 and 14 days, the last on another dyno."""
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    vehicle = given_vehicle(fresh_database, tag="T-7")
    return (
        book(fresh_database, vehicle, start=in_days(1), days=10, dyno="N1"),
        book(fresh_database, vehicle, start=in_days(16), days=10, dyno="N1"),
        book(fresh_database, vehicle, start=in_days(40), days=20, dyno="N2"),
    )


def _days(found: tuple[Allocation, ...]) -> list[tuple[int, int, str]]:
    return [((one.start_date - TODAY).days, (one.end_date - TODAY).days, one.dyno) for one in found]


def test_a_slip_takes_the_later_legs_along_in_one_change_and_back_in_one(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    seen = preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(12), today=TODAY)
    assert seen.is_possible
    before = len(audited(fresh_database))

    moved = move_together(fresh_database, OPERATOR_ORIGIN, seen.steps, today=TODAY, reason="parts came late")

    now = list_allocations(fresh_database)
    assert _days(now) == [(13, 22, "N1"), (28, 37, "N1"), (52, 71, "N2")]
    assert {one.status for one in now} == {"scheduled"}
    told = audited(fresh_database)[before:]
    assert [(row[0], row[4]) for row in told] == [("move", "parts came late")] * 3
    assert "status" not in told[0][3]
    assert [change.new for change in dates_history(fresh_database, legs[2].id)] == [legs[2].period.shifted(12)]
    assert {one.planned_start_date for one in now} == {one.start_date for one in legs}

    move_together(fresh_database, OPERATOR_ORIGIN, moved.back, today=TODAY, reason="undone")

    assert _days(list_allocations(fresh_database)) == _days(legs)
    with refused(fresh_database, StaleVersion, code="stale", says="Allocation"):
        move_together(fresh_database, OPERATOR_ORIGIN, moved.back, today=TODAY)


def test_a_late_start_moves_the_later_legs_in_the_same_change_and_undo_puts_all_back_though_their_days_have_gone_by(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    late = in_days(18)
    seen = preview_shift(fresh_database, legs[0].id, period=Period.of(late, 10), today=late)
    assert seen.is_possible
    steps = [replace(step, begun=True if step.allocation_id == legs[0].id else None) for step in seen.steps]

    moved = move_together(fresh_database, OPERATOR_ORIGIN, steps, today=late)

    now = list_allocations(fresh_database)
    assert _days(now) == [(18, 27, "N1"), (33, 42, "N1"), (57, 76, "N2")]
    assert [(one.status, one.actual_start_date) for one in now] == [("in_progress", late), *[("scheduled", None)] * 2]
    assert [row[0] for row in audited(fresh_database)[-3:]] == ["start", "move", "move"]
    assert moved.has_begun

    back = move_together(fresh_database, OPERATOR_ORIGIN, moved.back, today=late)

    now = list_allocations(fresh_database)
    assert [one.period for one in now] == [one.period for one in legs]
    assert [(one.status, one.actual_start_date) for one in now] == [("scheduled", None)] * 3
    again = [replace(step, version=one.version) for step, one in zip(moved.back, back.after, strict=True)]
    with pytest.raises(WrongStatus, match="planned again"):
        move_together(fresh_database, OPERATOR_ORIGIN, again, today=late)


def test_only_what_is_planned_starts_and_only_the_last_start_is_taken_back(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    one = legs[0]
    tomorrow = Step(one.id, 1, one.period, "N1", begun=True)
    with pytest.raises(InvalidInput, match="has not come yet"):
        move_together(fresh_database, OPERATOR_ORIGIN, [tomorrow], today=TODAY)
    started = move_together(fresh_database, OPERATOR_ORIGIN, [tomorrow], today=in_days(1))
    with pytest.raises(WrongStatus, match="started"):
        move_together(fresh_database, OPERATOR_ORIGIN, [replace(tomorrow, version=2)], today=in_days(1))
    elsewhere = replace(started.back[0], period=one.period.shifted(-3))
    with pytest.raises(WrongStatus, match="taken back"):
        move_together(fresh_database, OPERATOR_ORIGIN, [elsewhere], today=in_days(1))
    longer = Step(one.id, 2, Period.of(one.start_date, 12), "N1")
    moved = move_together(fresh_database, OPERATOR_ORIGIN, [longer], today=in_days(1))
    assert (moved.after[0].status, moved.after[0].days) == ("in_progress", 12)


def test_a_start_is_not_taken_back_once_something_else_happened_to_the_test(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    one = start_allocation(fresh_database, OPERATOR_ORIGIN, legs[0].id, on=in_days(1), today=in_days(1))
    now = reschedule_allocation(fresh_database, OPERATOR_ORIGIN, one.id, end_date=in_days(12), today=in_days(1))
    for period in (one.period, now.period):
        with refused(fresh_database, WrongStatus, code="wrong_status", says="only the last start can be taken back"):
            not_begun = Step(one.id, now.version, period, "N1", begun=False)
            move_together(fresh_database, OPERATOR_ORIGIN, [not_begun], today=in_days(1))


@pytest.mark.parametrize(("role", "own", "other"), WHO_MAY_CHANGE)
def test_who_may_change_a_test_may_start_it_and_take_the_start_back(
    fresh_database: Database, legs: tuple[Allocation, ...], role: Role, own: bool, other: bool
) -> None:
    actor = given_user(fresh_database, role)
    with fresh_database.writing() as session:
        session.execute(text("UPDATE allocations SET created_by = :who WHERE id = :id"),
                        {"who": actor.email, "id": legs[0].id})  # fmt: skip
    late = in_days(12)
    for leg, may in ((legs[0], own), (legs[2], other)):
        begin = Step(leg.id, leg.version, Period.of(late, 2), leg.dyno, begun=True)
        if may:
            started = move_together(fresh_database, Origin(actor, "calendar"), [begin], today=late)
            move_together(fresh_database, Origin(actor, "calendar"), started.back, today=late)
            continue
        with refused(fresh_database, NotAllowed, code="not_allowed", says="allow you to"):
            move_together(fresh_database, Origin(actor, "calendar"), [begin], today=late)
        started = move_together(fresh_database, OPERATOR_ORIGIN, [begin], today=late)
        with refused(fresh_database, NotAllowed, code="not_allowed", says="allow you to"):
            move_together(fresh_database, Origin(actor, "calendar"), started.back, today=late)
        move_together(fresh_database, OPERATOR_ORIGIN, started.back, today=late)


def test_what_a_leg_would_hit_is_told_with_free_dynos_and_nothing_moves_until_one_is_chosen(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    other = book(fresh_database, given_vehicle(fresh_database, tag="T-9"), start=in_days(62), days=3, dyno="N2")
    period = Period(legs[0].start_date, in_days(15))  # five days longer

    seen = preview_shift(fresh_database, legs[0].id, period=period, today=TODAY)

    assert [(move.days, bool(move.problem)) for move in seen.moves] == [(0, False), (5, False), (5, True)]
    assert f"T-9 (brake) from {other.period}" in seen.moves[2].problem
    assert [option.name for option in seen.moves[2].options] == ["N1"]
    with refused(fresh_database, DynoBusy, code="dyno_busy", says="N2 is taken by T-9"):
        move_together(fresh_database, OPERATOR_ORIGIN, seen.steps, today=TODAY)

    better = preview_shift(fresh_database, legs[0].id, period=period, today=TODAY, dynos={legs[2].id: "N1"})
    assert better.is_possible
    move_together(fresh_database, OPERATOR_ORIGIN, better.steps, today=TODAY)
    assert _days(list_allocations(fresh_database, vehicle_id=legs[0].vehicle_id)) == [
        (1, 15, "N1"), (21, 30, "N1"), (45, 64, "N1"),
    ]  # fmt: skip
    assert overlapping_pairs(fresh_database) == 0


def test_legs_that_stay_are_hit_and_named_and_a_full_dyno_gets_the_next_window(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    seen = preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(9), today=TODAY, along=())

    assert [move.before.id for move in seen.moves] == [legs[0].id]
    assert [leg.allocation for leg in seen.staying] == list(legs[1:])
    assert "T-7 is already on N1 from" in seen.moves[0].problem
    assert seen.moves[0].options == ()  # another dyno is no help while the vehicle stands elsewhere
    book(fresh_database, given_vehicle(fresh_database), start=in_days(1), days=30, dyno="N2")
    crowded = preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(9), today=TODAY, along=())
    assert crowded.moves[0].options == ()
    assert crowded.moves[0].window is not None
    assert crowded.moves[0].window.period.start == in_days(26)


def test_a_leg_without_a_dyno_slips_with_the_others_and_undo_puts_every_field_of_it_back(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    assert legs[0].vehicle_id is not None
    filed = create_request(
        fresh_database, OPERATOR_ORIGIN, vehicle_id=legs[0].vehicle_id, test_type="brake", start_date=in_days(70),
        days=5, latest_end_date=in_days(80), leg="last",
    )  # fmt: skip

    seen = preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(6), today=TODAY)

    assert [wish.days for wish in seen.wishes] == [6]
    assert (seen.is_possible, seen.count) == (True, 4)
    moved = move_together(
        fresh_database, OPERATOR_ORIGIN, seen.steps, requests=seen.request_steps, today=TODAY, reason="slip"
    )
    (now,) = list_requests(fresh_database)
    assert (now.start_date, now.end_date, now.version) == (in_days(76), in_days(80), 2)
    assert rows(fresh_database, "SELECT action, entity, reason FROM audit_log ORDER BY id DESC LIMIT 1") == [
        ("edit", "request", "slip")
    ]

    too_far = preview_shift(fresh_database, legs[0].id, period=moved.after[0].period.shifted(1), today=TODAY)
    assert not too_far.is_possible
    assert "must end by" in too_far.wishes[0].problem
    with refused(fresh_database, InvalidInput, code="invalid_input", says="must end by"):
        move_together(fresh_database, OPERATOR_ORIGIN, too_far.steps, requests=too_far.request_steps, today=TODAY)

    move_together(fresh_database, OPERATOR_ORIGIN, moved.back, requests=moved.requests_back, today=TODAY)

    assert _days(list_allocations(fresh_database)) == _days(legs)
    assert list_requests(fresh_database) == (replace(filed, version=3),)
    withdraw_requests(fresh_database, OPERATOR_ORIGIN, {filed.id: 3}, reason="off")
    with refused(fresh_database, RequestClosed, code="request_closed", says="withdrawn"):
        again = preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(6), today=TODAY)
        move_together(fresh_database, OPERATOR_ORIGIN, again.steps, requests=seen.request_steps, today=TODAY)


def test_a_shift_needs_the_right_to_every_leg_and_news_about_one(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    seen = preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(3), today=TODAY)
    engineer = Origin(given_user(fresh_database, Role.ENGINEER), "calendar")
    with refused(fresh_database, NotAllowed, code="not_allowed", says=""):
        move_together(fresh_database, engineer, seen.steps, today=TODAY)
    same = preview_shift(fresh_database, legs[0].id, period=legs[0].period, today=TODAY)
    assert same.steps == ()
    with refused(fresh_database, InvalidInput, code="invalid_input", says="each once"):
        move_together(fresh_database, OPERATOR_ORIGIN, (*seen.steps, seen.steps[0]), today=TODAY)
    moved = move_together(fresh_database, OPERATOR_ORIGIN, seen.steps, today=TODAY)
    again = [step for step in moved.back if step.allocation_id]
    stay = [type(step)(step.allocation_id, step.version, now.period, now.dyno)
            for step, now in zip(again, moved.after, strict=True)]  # fmt: skip
    with refused(fresh_database, Unchanged, code="unchanged", says="already"):
        move_together(fresh_database, OPERATOR_ORIGIN, stay, today=TODAY)


def test_a_fixed_end_stays_when_the_start_moves_and_says_so_when_it_can_not(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    fixed = reschedule_allocation(fresh_database, OPERATOR_ORIGIN, legs[0].id, today=TODAY, end_fixed=True)
    assert fixed.end_fixed
    assert audited(fresh_database)[-1][3] == {"end_fixed": True}

    later = reschedule_allocation(fresh_database, OPERATOR_ORIGIN, legs[0].id, today=TODAY, start_date=in_days(4))

    assert _days((later,)) == [(4, 10, "N1")]
    with refused(fresh_database, InvalidInput, code="invalid_input", says="was fixed on"):
        reschedule_allocation(fresh_database, OPERATOR_ORIGIN, legs[0].id, today=TODAY, start_date=in_days(11))
    seen = preview_shift(fresh_database, legs[0].id, period=Period(in_days(5), later.end_date), today=TODAY)
    assert [move.days for move in seen.moves] == [1]


def test_what_is_late_is_the_same_in_the_database_and_by_the_definition(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    start_allocation(fresh_database, OPERATOR_ORIGIN, legs[0].id, on=in_days(1), today=in_days(1))
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, legs[2].id, reason="off")
    for offset in (0, 2, 11, 12, 17, 60):
        today = in_days(offset)
        late = [one.id for one in list_allocations(fresh_database) if lateness(one, today=today).is_late]
        assert [one.id for one in list_late(fresh_database, today=today)] == late
    assert [one.id for one in list_late(fresh_database, today=in_days(60))] == [legs[0].id, legs[1].id]
    assert get_allocation(fresh_database, legs[0].id).actual_start_date == in_days(1)


def test_chains_hold_every_leg_of_the_vehicles_in_a_window_also_those_without_a_dyno(
    fresh_database: Database, legs: tuple[Allocation, ...]
) -> None:
    vehicle = legs[0].vehicle_id
    assert vehicle is not None
    create_request(
        fresh_database,
        OPERATOR_ORIGIN,
        vehicle_id=vehicle,
        test_type="brake",
        start_date=in_days(80),
        days=5,
        leg="last",
    )
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, legs[2].id, reason="off")
    book(fresh_database, given_vehicle(fresh_database), start=in_days(100), days=3)

    (brief,) = chains_in_brief(fresh_database, period=Period(TODAY, in_days(5)), today=TODAY)
    (chain,) = list_chains(fresh_database, [brief.vehicle_id])

    assert chain == get_chain(fresh_database, vehicle)
    assert [(leg.name, leg.status, leg.where) for leg in chain.legs] == [
        ("brake", "scheduled", "N1"), ("brake", "scheduled", "N1"), ("last", "waiting", "without a dyno"),
    ]  # fmt: skip
    assert chain.gaps == (5, 54)
    assert len(chains_in_brief(fresh_database, period=Period(TODAY, in_days(110)), today=TODAY)) == 2
    with fresh_database.writing() as session:
        session.execute(text("UPDATE requests SET status = 'withdrawn'"))
    assert rows(fresh_database, "SELECT count(*) FROM requests WHERE status = 'withdrawn'") == [(1,)]
    assert get_chain(fresh_database, given_vehicle(fresh_database)) is None
