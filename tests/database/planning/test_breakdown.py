from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import (
    Settled,
    as_way_out,
    cancel_allocation,
    get_allocation,
    reschedule_allocation,
    start_allocation,
    undo_settled,
)
from dyno_core.booking.errors import DynoBusy, DynoOutOfService, VehicleBusy
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput, NotAllowed, StaleVersion
from dyno_core.fleet import get_dyno, retire_dyno
from dyno_core.maintenance import (
    MaintenanceHitsAllocations,
    Recurrence,
    change_series,
    list_windows,
    plan_recurring,
    preview_recurring,
)
from dyno_core.period import Period
from dyno_core.planning import (
    Deed,
    DeedChanged,
    DeedTakenBack,
    NotRescued,
    change_series_around,
    last_outage,
    last_way_out,
    report_breakdown,
    rescue_plan,
    take_out,
    undo_deed,
)
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import (
    TODAY,
    at_once,
    book,
    given_dyno,
    given_user,
    given_vehicle,
    in_days,
    overlapping_pairs,
    scalar,
)

WEEK = Period(TODAY, in_days(4))


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    return fresh_database


def test_a_breakdown_moves_what_it_hits_to_the_best_other_place_all_at_once(lab: Database) -> None:
    running = book(lab, given_vehicle(lab, tag="RUNS"), days=1, dyno="N1")
    start_allocation(lab, BY, running.id, on=TODAY, today=TODAY)
    first = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    second = book(lab, given_vehicle(lab), start=in_days(3), days=2, dyno="N1")
    book(lab, given_vehicle(lab), start=in_days(3), days=9, dyno="N2")

    plan = rescue_plan(lab, dyno="n1", period=WEEK, today=TODAY)

    assert [(one.allocation.id, one.proposal.place and one.proposal.place.dyno) for one in plan] == [
        (running.id, None), (first.id, "N2"), (second.id, "N1"),
    ]  # fmt: skip
    assert "RUNS is on the dyno already" in plan[0].proposal.sentence
    done = report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY, reason="belt", rescues=plan[1:])

    assert [(one.dyno, one.start_date, one.disputed) for one in done.moved] == [
        ("N2", in_days(1), False), ("N1", in_days(5), False),
    ]  # fmt: skip
    assert [one.id for one in done.displaced] == [running.id]
    assert get_allocation(lab, running.id).disputed
    assert [one.period for one in list_windows(lab)] == [WEEK]
    assert "2 tests moved to other places. RUNS (brake) needs another place" in done.sentence
    assert overlapping_pairs(lab) == 0


def test_when_one_new_place_is_gone_nothing_is_stored_and_the_sentence_says_which(lab: Database) -> None:
    first = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    second = book(lab, given_vehicle(lab, tag="LATE"), start=in_days(3), days=2, dyno="N1")
    plan = rescue_plan(lab, dyno="N1", period=WEEK, today=TODAY)
    stranger = book(lab, given_vehicle(lab), start=in_days(4), days=2, dyno="N2")
    audit = scalar(lab, "SELECT count(*) FROM audit_log")

    with pytest.raises(NotRescued) as refused:
        report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY, rescues=plan)

    assert "Nothing was stored, because LATE (brake) could not go to N2" in str(refused.value)
    assert f"(allocation {stranger.id})" in str(refused.value)
    assert [get_allocation(lab, one.id) for one in (first, second)] == [first, second]
    assert list_windows(lab) == ()
    assert scalar(lab, "SELECT count(*) FROM audit_log") == audit
    # A breakdown alone happened whether the plan likes it or not.
    alone = report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY)
    assert [one.id for one in alone.displaced] == [first.id, second.id]


def test_a_breakdown_is_taken_back_whole_or_not_at_all_by_whoever_reported_it(lab: Database) -> None:
    running = book(lab, given_vehicle(lab), days=1, dyno="N1")
    running = start_allocation(lab, BY, running.id, on=TODAY, today=TODAY)
    first = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    second = book(lab, given_vehicle(lab, tag="LATE"), start=in_days(3), days=2, dyno="N1")
    book(lab, given_vehicle(lab), start=in_days(3), days=9, dyno="N2")
    plan = rescue_plan(lab, dyno="N1", period=WEEK, today=TODAY)
    report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY, rescues=plan[1:])
    deed = last_outage(lab, BY.actor, today=TODAY)
    assert deed is not None
    assert ([one.id for one in deed.moved], [one.id for one in deed.displaced]) == ([first.id, second.id], [running.id])
    was = {running.id: running, first.id: first, second.id: second}
    assert [(one.dyno, one.period, one.disputed) for one in deed.before] == [
        (was[one.id].dyno, was[one.id].period, False) for one in deed.before
    ]
    assert last_outage(lab, given_user(lab, Role.PLANNER), today=TODAY) is None

    later = reschedule_allocation(lab, BY, second.id, today=TODAY, start_date=in_days(20), days=2)
    audit = scalar(lab, "SELECT count(*) FROM audit_log")
    with pytest.raises(DeedChanged, match=rf"Allocation {second.id} \(LATE \(brake\)\) was changed by .* since"):
        undo_deed(lab, BY, deed, today=TODAY)
    assert last_outage(lab, BY.actor, today=TODAY) is None
    assert get_allocation(lab, first.id).dyno == "N2"
    assert scalar(lab, "SELECT count(*) FROM audit_log") == audit

    cancel_allocation(lab, BY, later.id, reason="gone")
    plan = rescue_plan(lab, dyno="N2", period=WEEK, today=TODAY)
    report_breakdown(lab, BY, dyno="N2", period=WEEK, today=TODAY, rescues=[one for one in plan if one.proposal.place])
    deed = last_outage(lab, BY.actor, today=TODAY)
    assert deed is not None
    assert deed.is_newest
    before = [get_allocation(lab, one.id) for one in deed.after]
    undo_deed(lab, BY, deed, today=TODAY)
    assert [(one.id, one.dyno, one.period, one.disputed) for one in deed.before] == [
        (one.id, one.dyno, one.period, one.disputed) for one in (get_allocation(lab, one.id) for one in deed.before)
    ]
    assert [get_allocation(lab, one.id).version for one in before] == [one.version + 1 for one in before]
    assert [one.dyno for one in list_windows(lab)] == ["N1"]
    assert history(lab, entity="allocation", entity_id=before[0].id)[0].action == "undo"
    assert overlapping_pairs(lab) == 0
    with pytest.raises(DeedTakenBack, match="taken back already"):
        undo_deed(lab, BY, deed, today=TODAY)


def test_a_test_that_should_have_begun_goes_elsewhere_from_today_on(lab: Database) -> None:
    late = book(lab, given_vehicle(lab), start=in_days(-20), days=30, dyno="N1", today=in_days(-20))

    plan = rescue_plan(lab, dyno="N1", period=WEEK, today=TODAY, tolerance=0)
    (moved,) = report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY, rescues=plan).moved

    assert (moved.id, moved.dyno, moved.period) == (late.id, "N2", Period(TODAY, in_days(29)))


def test_only_whoever_plans_maintenance_reports_a_breakdown(lab: Database) -> None:
    with pytest.raises(NotAllowed):
        report_breakdown(
            lab, Origin(given_user(lab, Role.ENGINEER), "calendar"), dyno="N1", period=WEEK, today=TODAY
        )  # fmt: skip


def test_recurring_windows_are_previewed_with_what_they_hit_and_planned_all_or_none(lab: Database) -> None:
    every = Recurrence(Period(in_days(6), in_days(6)), every_weeks=2, times=6)
    hit = book(lab, given_vehicle(lab), start=in_days(33), days=3, dyno="N1")

    preview = preview_recurring(lab, dyno="N1", periods=every.periods, today=TODAY)
    assert [one.period.start for one in preview] == [in_days(6 + 14 * number) for number in range(6)]
    assert [[one.id for one in each.allocations] for each in preview] == [[], [], [hit.id], [], [], []]
    with pytest.raises(MaintenanceHitsAllocations):
        plan_recurring(lab, BY, dyno="N1", recurrence=every, category="calibration", today=TODAY)
    assert list_windows(lab) == ()

    running = book(lab, given_vehicle(lab, tag="RUNS"), start=in_days(1), days=9, dyno="N1")
    start_allocation(lab, BY, running.id, on=in_days(1), today=in_days(1))
    plan = rescue_plan(lab, dyno="N1", period=every.first, recurrence=every, today=TODAY)
    rescues = [one for one in plan if one.proposal.place]
    assert [one.allocation.id for one in rescues] == [hit.id]
    taken = {"dyno": "N1", "period": every.first, "recurrence": every, "category": "calibration", "today": TODAY}
    with pytest.raises(MaintenanceHitsAllocations, match="RUNS"):  # what is not moved is displaced only when told to
        take_out(lab, BY, **taken, rescues=rescues)  # type: ignore[arg-type]
    assert (list_windows(lab), get_allocation(lab, hit.id)) == ((), hit)
    cancel_allocation(lab, BY, running.id, reason="off")

    outages = plan_recurring(lab, BY, dyno="N1", recurrence=every, category="calibration", today=TODAY, displace=True)

    assert len(outages) == 6
    assert {one.recurrence for one in list_windows(lab)} == {"every 2 weeks, 6 times"}
    assert get_allocation(lab, hit.id).disputed
    with pytest.raises(InvalidInput, match="A window of 8 days can't come back after 7"):
        _ = Recurrence(Period(TODAY, in_days(7)), every_weeks=1, times=2).periods


def test_what_somebody_moved_off_the_dyno_meanwhile_stays_where_they_put_it(lab: Database) -> None:
    given_dyno(lab, "N3", preference=3)
    one = book(lab, given_vehicle(lab, tag="MOVED"), start=in_days(1), days=2, dyno="N1")
    plan = rescue_plan(lab, dyno="N1", period=WEEK, today=TODAY)
    theirs = reschedule_allocation(lab, BY, one.id, today=TODAY, dyno="N3", start_date=in_days(30), days=2)

    with pytest.raises(NotRescued) as refused:
        report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY, rescues=plan)

    assert str(refused.value) == (
        "Nothing was stored, because MOVED (brake) was changed by someone else meanwhile; look again, or leave that "
        "move out."
    )
    assert (get_allocation(lab, one.id), list_windows(lab)) == (theirs, ())


def test_a_move_and_a_breakdown_at_once_never_lose_the_move(lab: Database) -> None:
    given_dyno(lab, "N3", preference=3)
    for number in range(6):
        one = book(lab, given_vehicle(lab), start=in_days(1 + 10 * number), days=2, dyno="N1")
        week = Period(one.start_date, one.end_date)
        plan = rescue_plan(lab, dyno="N1", period=week, today=TODAY)

        report, move = at_once(
            partial(report_breakdown, lab, BY, dyno="N1", period=week, today=TODAY, rescues=plan),
            partial(reschedule_allocation, lab, BY, one.id, today=TODAY, dyno="N3", version=one.version),
        )

        refused, dyno = type(report or move), get_allocation(lab, one.id).dyno
        assert (report is None) != (move is None)
        assert (refused, dyno) == ((StaleVersion, "N2") if report is None else (NotRescued, "N3"))


def _down(lab: Database) -> Deed:
    plan = rescue_plan(lab, dyno="N1", period=WEEK, today=TODAY)
    return report_breakdown(lab, BY, dyno="N1", period=WEEK, today=TODAY, rescues=plan).deed


def test_a_change_comes_with_the_deed_that_takes_just_it_back(lab: Database) -> None:
    first = report_breakdown(lab, BY, dyno="N2", period=Period(in_days(50), in_days(51)), today=TODAY).deed
    one = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    deed = _down(lab)
    assert deed == last_outage(lab, BY.actor, today=TODAY)
    assert ([each.id for each in deed.before], deed.before[0].version) == ([one.id], deed.after[0].version)
    assert deed.windows != first.windows
    reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(20), days=2)
    with pytest.raises(DeedChanged):
        undo_deed(lab, BY, deed, today=TODAY)
    assert last_outage(lab, BY.actor, today=TODAY) == replace(first, is_newest=False)


def test_names_that_changed_hands_since_do_not_send_a_test_to_another_dyno(lab: Database) -> None:
    given_dyno(lab, "N3", preference=3)
    one = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    deed = _down(lab)
    with lab.writing() as session:
        session.execute(text("UPDATE dynos SET name = 'N1 old' WHERE name = 'N1'"))
        session.execute(text("UPDATE dynos SET name = 'N1' WHERE name = 'N3'"))

    found = last_outage(lab, BY.actor, today=TODAY)
    assert found is not None
    assert [(was.dyno_id, was.dyno) for was in found.before] == [(one.dyno_id, "N1 old")]
    undo_deed(lab, BY, deed, today=TODAY)

    assert (get_allocation(lab, one.id).dyno_id, get_allocation(lab, one.id).dyno) == (one.dyno_id, "N1 old")


def test_an_undo_is_refused_where_the_dyno_or_the_vehicle_is_not_free_any_more(lab: Database) -> None:
    given_dyno(lab, "N3", preference=9)
    vehicle = given_vehicle(lab, tag="VEH")
    one = book(lab, vehicle, start=in_days(1), days=2, dyno="N1")
    for name in ("N2", "N3"):
        in_the_way = book(lab, given_vehicle(lab), start=TODAY, days=5, dyno=name)
    deed = _down(lab)
    cancel_allocation(lab, BY, in_the_way.id, reason="gone")
    elsewhere = book(lab, vehicle, start=in_days(1), days=2, dyno="N3")
    with pytest.raises(VehicleBusy, match=rf"VEH is already on N3 .* \(allocation {elsewhere.id}\)"):
        undo_deed(lab, BY, deed, today=TODAY)

    cancel_allocation(lab, BY, elsewhere.id, reason="gone")
    retire_dyno(lab, BY, one.dyno_id, from_day=TODAY, version=get_dyno(lab, "N1", today=TODAY).version)
    with pytest.raises(DynoOutOfService, match="N1 is not in service for all of"):
        undo_deed(lab, BY, deed, today=TODAY)
    assert (get_allocation(lab, one.id), len(list_windows(lab))) == (deed.after[0], 1)


def test_a_way_out_taken_back_in_one_tab_is_told_so_in_the_other(lab: Database) -> None:
    one = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    moved = reschedule_allocation(lab, as_way_out(BY), one.id, today=TODAY, start_date=in_days(9), days=2)
    deed = last_way_out(lab, BY.actor, today=TODAY)
    assert deed is not None
    undo_settled(lab, BY, Settled(None, (one,), (moved,)))  # type: ignore[arg-type]
    with pytest.raises(DeedTakenBack):
        undo_deed(lab, BY, deed, today=TODAY)

    # Taken back is only what was: a later change that was taken back leaves this one changed.
    moved = reschedule_allocation(lab, as_way_out(BY), one.id, today=TODAY, start_date=in_days(9), days=2)
    deed = last_way_out(lab, BY.actor, today=TODAY)
    assert deed is not None
    later = reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(12), days=2)
    undo_settled(lab, BY, Settled(None, (moved,), (later,)))  # type: ignore[arg-type]
    with pytest.raises(DeedChanged):
        undo_deed(lab, BY, deed, today=TODAY)


def test_a_series_that_was_made_longer_is_no_outage_to_be_taken_back(lab: Database) -> None:
    every = Recurrence(Period(in_days(6), in_days(6)), every_weeks=1, times=2)
    planned = plan_recurring(lab, BY, dyno="N1", recurrence=every, category="calibration", today=TODAY)
    found = last_outage(lab, BY.actor, today=TODAY)
    assert found is not None
    assert len(found.windows) == 2
    longer = replace(every, first=Period(in_days(6), in_days(7)), times=3)
    change_series(lab, BY, [one.window for one in planned], longer, today=TODAY)

    assert last_outage(lab, BY.actor, today=TODAY) is None


def test_a_series_that_is_changed_moves_what_was_seen_or_nothing_changes(lab: Database) -> None:
    every = Recurrence(Period(in_days(6), in_days(6)), every_weeks=1, times=2)
    windows = [
        one.window
        for one in plan_recurring(lab, BY, dyno="N1", recurrence=every, category="calibration", today=TODAY)
    ]  # fmt: skip
    first, second = (book(lab, given_vehicle(lab), start=in_days(day), days=2, dyno="N1") for day in (7, 14))
    longer = replace(every, first=Period(in_days(6), in_days(8)))
    plan = rescue_plan(lab, dyno="N1", period=longer.first, recurrence=longer, today=TODAY)
    assert [one.allocation.id for one in plan] == [first.id, second.id]
    change = partial(change_series_around, lab, BY, windows, longer, today=TODAY)

    with pytest.raises(MaintenanceHitsAllocations):
        change(rescues=plan[:1])
    theirs = reschedule_allocation(lab, BY, second.id, today=TODAY, start_date=in_days(40), days=2)
    with pytest.raises(NotRescued, match="changed by someone else meanwhile"):
        change(rescues=plan)
    assert [get_allocation(lab, one.id) for one in (first, second)] == [first, theirs]
    assert [one.period for one in list_windows(lab)] == list(every.periods)

    done = change(rescues=plan[:1])
    assert ([one.dyno for one in done.moved], done.change.displaced) == (["N2"], ())
    assert [one.period for one in list_windows(lab)] == list(longer.periods)
    assert overlapping_pairs(lab) == 0


def test_what_goes_back_is_checked_against_what_went_back_before_it(lab: Database) -> None:
    one = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    moved = reschedule_allocation(lab, BY, one.id, today=TODAY, start_date=in_days(9), days=2)
    other = book(lab, given_vehicle(lab), start=in_days(1), days=2, dyno="N1")
    gone = reschedule_allocation(lab, BY, other.id, today=TODAY, start_date=in_days(19), days=2)

    with pytest.raises(DynoBusy, match=rf"\(allocation {one.id}\)"):
        undo_settled(lab, BY, Settled(None, (one, other), (moved, gone)))  # type: ignore[arg-type]

    assert [get_allocation(lab, each.id) for each in (one, other)] == [moved, gone]
