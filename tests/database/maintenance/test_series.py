"""Maintenance that comes back, changed or cancelled from one of its windows on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import get_allocation
from dyno_core.booking.errors import Unchanged
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput, NotAllowed, StaleVersion
from dyno_core.maintenance import (
    MaintenanceHitsAllocations,
    MaintenanceWindow,
    Recurrence,
    cancel_maintenance,
    cancel_series,
    change_series,
    list_windows,
    plan_maintenance,
    plan_recurring,
    preview_series,
    recurrence_of,
    series_from,
)
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_user, given_vehicle, in_days, overlapping_pairs


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    given_dyno(fresh_database, "N1")
    return fresh_database


@pytest.fixture
def weekly(lab: Database) -> tuple[MaintenanceWindow, ...]:
    """N1 for two days, every week, four times from tomorrow on."""
    outages = plan_recurring(
        lab, BY, dyno="N1", recurrence=Recurrence(Period.of(in_days(1), 2), every_weeks=1, times=4),
        category="calibration", today=TODAY, reason="load cell",
    )  # fmt: skip
    return tuple(one.window for one in outages)


def starts(database: Database) -> list[int]:
    """In days from today, of all windows that stand."""
    return [(one.start_date - TODAY).days for one in list_windows(database)]


def test_the_windows_from_one_on_are_those_planned_with_it(
    lab: Database, weekly: tuple[MaintenanceWindow, ...]
) -> None:
    other = plan_maintenance(lab, BY, dyno="N1", period=Period.of(in_days(4), 1), category="other", today=TODAY).window
    assert series_from(lab, weekly[1].id) == weekly[1:]
    assert series_from(lab, other.id) == ()
    assert recurrence_of(weekly[1:]) == Recurrence(Period.of(in_days(8), 2), every_weeks=1, times=3)


def test_a_series_moves_from_here_on_and_what_it_hits_is_told_first(
    lab: Database, weekly: tuple[MaintenanceWindow, ...]
) -> None:
    test = book(lab, given_vehicle(lab), start=in_days(24), days=2)
    wish = Recurrence(Period.of(in_days(10), 3), every_weeks=2, times=3)
    assert [[one.id for one in hit.allocations] for hit in preview_series(lab, weekly[1:], wish)] == [[], [test.id], []]
    with pytest.raises(MaintenanceHitsAllocations, match="move them first, choose other days, or displace them"):
        change_series(lab, BY, weekly[1:], wish, today=TODAY)
    assert starts(lab) == [1, 8, 15, 22]

    done = change_series(lab, BY, weekly[1:], wish, today=TODAY, displace=True, reason="new supplier")

    assert starts(lab) == [1, 10, 24, 38]
    assert [one.period.days for one in done.windows] == [3, 3, 3]
    assert "every 2 weeks, 3 times" in done.sentence
    assert done.sentence.endswith("1 displaced: see the conflicts.")
    assert get_allocation(lab, test.id).disputed
    assert {(one.reason, one.recurrence) for one in done.windows} == {("new supplier", "every 2 weeks, 3 times")}
    assert series_from(lab, done.windows[0].id) == done.windows
    assert series_from(lab, weekly[0].id) == weekly[:1]
    change = history(lab, entity="maintenance", entity_id=weekly[1].id)[0]
    assert (change.action, change.before, change.reason) == (
        "change maintenance",
        {"start_date": str(in_days(8)), "end_date": str(in_days(9)), "reason": "load cell"},
        "new supplier",
    )
    assert overlapping_pairs(lab) == 0


def test_windows_may_take_the_place_of_one_another_be_fewer_or_more(
    lab: Database, weekly: tuple[MaintenanceWindow, ...]
) -> None:
    done = change_series(lab, BY, weekly, Recurrence(Period.of(in_days(8), 2), 1, 3), today=TODAY)
    assert (starts(lab), [one.id for one in done.cancelled]) == ([8, 15, 22], [weekly[3].id])
    assert done.sentence.endswith("1 later one is cancelled.")
    more = change_series(lab, BY, done.windows, Recurrence(Period.of(in_days(8), 2), 1, 5), today=TODAY)
    assert starts(lab) == [8, 15, 22, 29, 36]
    assert len({one.series_id for one in more.windows}) == 1
    with pytest.raises(Unchanged):
        change_series(lab, BY, more.windows, Recurrence(Period.of(in_days(8), 2), 1, 5), today=TODAY)


def test_a_series_is_cancelled_from_here_on(lab: Database, weekly: tuple[MaintenanceWindow, ...]) -> None:
    done = cancel_series(lab, BY, weekly[2:], today=TODAY, reason="sold")
    assert done.sentence == "2 windows of N1 cancelled."
    assert starts(lab) == [1, 8]
    assert history(lab, entity="maintenance", entity_id=weekly[3].id)[0].reason == "sold"
    with pytest.raises(StaleVersion):
        cancel_series(lab, BY, weekly[2:], today=TODAY)


def test_what_is_over_or_has_begun_keeps_its_first_day(lab: Database, weekly: tuple[MaintenanceWindow, ...]) -> None:
    later = TODAY + timedelta(days=2)
    with pytest.raises(InvalidInput, match="began on Wed 25 Nov 2026, so its first day stays"):
        change_series(lab, BY, weekly, Recurrence(Period.of(in_days(3), 2), 1, 4), today=later)
    change_series(lab, BY, weekly, Recurrence(Period.of(in_days(1), 3), 1, 4), today=later)
    with pytest.raises(InvalidInput, match="is over, so it stays as it was"):
        cancel_series(lab, BY, series_from(lab, weekly[0].id), today=date(2027, 1, 1))


def test_another_window_in_the_way_refuses_all_and_so_does_an_engineer(
    lab: Database, weekly: tuple[MaintenanceWindow, ...]
) -> None:
    plan_maintenance(lab, BY, dyno="N1", period=Period.of(in_days(17), 1), category="other", today=TODAY)
    wish = Recurrence(Period.of(in_days(9), 2), 1, 3)
    with pytest.raises(MaintenanceHitsAllocations, match="change that window first or choose other days"):
        change_series(lab, BY, weekly[1:], wish, today=TODAY, displace=True)
    with pytest.raises(NotAllowed):
        change_series(lab, Origin(given_user(lab, Role.ENGINEER), "calendar"), weekly[1:], wish, today=TODAY)
    assert starts(lab) == [1, 8, 15, 17, 22]


def test_what_changed_since_it_was_seen_refuses_all(lab: Database, weekly: tuple[MaintenanceWindow, ...]) -> None:
    cancel_maintenance(lab, BY, weekly[2].id)
    with pytest.raises(StaleVersion, match=f"Maintenance window {weekly[2].id} was changed by someone else"):
        change_series(lab, BY, weekly, Recurrence(Period.of(in_days(2), 2), 1, 4), today=TODAY)
    assert starts(lab) == [1, 8, 22]


def test_of_two_who_change_one_series_at_once_one_is_told(lab: Database, weekly: tuple[MaintenanceWindow, ...]) -> None:
    start = Barrier(2)

    def change(days: int) -> DynoError | None:
        start.wait(timeout=10)
        try:
            change_series(lab, BY, weekly, Recurrence(Period.of(in_days(days), 2), 1, 4), today=TODAY)
        except DynoError as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(2) as pool:
        refusals = list(pool.map(change, (3, 5)))
    assert sorted(type(one).__name__ for one in refusals) == ["NoneType", "StaleVersion"]
    assert starts(lab) in ([3, 10, 17, 24], [5, 12, 19, 26])
