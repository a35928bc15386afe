"""A rule that changes while somebody waits to book or to move is the rule that counts."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from dyno_core.booking import reschedule_allocation
from dyno_core.booking.errors import DynoOutOfService, DynoUnsuitable
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet import (
    DynoDraft,
    Retired,
    RuleDraft,
    TestTypeUnknown,
    VehicleDraft,
    edit_dyno,
    edit_test_type,
    edit_vehicle,
    get_dyno,
    get_test_type,
    retire_test_type,
    retire_vehicle,
    set_rules,
    set_service,
)
from dyno_core.fleet import TestTypeDraft as TypeDraft
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days, overlapping_pairs, until_waiting

Change = Callable[[Database, int], object]


def _loses_the_test(lab: Database, _car: int) -> object:
    best = get_dyno(lab, "BEST", today=TODAY)
    return edit_dyno(lab, BY, best.id, DynoDraft(name="BEST", facility="North"), version=best.version, today=TODAY)


def _goes_out_of_service(lab: Database, _car: int) -> object:
    best = get_dyno(lab, "BEST", today=TODAY).id
    return set_service(lab, BY, best, in_service=False, from_day=in_days(1), to_day=None)


def _is_ruled_out(lab: Database, _car: int) -> object:
    return set_rules(lab, BY, [RuleDraft("brake", None, None, ("HEAVY",))], version=0)


def _turns_out_heavy(lab: Database, car: int) -> object:
    return edit_vehicle(lab, BY, car, VehicleDraft(tag="A1", weight_lbs=12_000, drive_type="2WD"), version=1)


def _turns_out_awd(lab: Database, car: int) -> object:
    return edit_vehicle(lab, BY, car, VehicleDraft(tag="A1", weight_lbs=9_000, drive_type="AWD"), version=1)


def _is_retired(lab: Database, car: int) -> object:
    return retire_vehicle(lab, BY, car, version=1)


def _test_is_retired(lab: Database, _car: int) -> object:
    return retire_test_type(lab, BY, seen=get_test_type(lab, "brake"))


def _test_is_renamed(lab: Database, _car: int) -> object:
    return edit_test_type(lab, BY, TypeDraft(name="braking"), seen=get_test_type(lab, "brake"))


@pytest.fixture
def car(fresh_database: Database) -> int:
    given_dyno(fresh_database, "BEST", drives=["2WD"], weights=["<10K"], preference=1)
    given_dyno(fresh_database, "HEAVY", preference=2)
    return given_vehicle(fresh_database, tag="A1", drive_type="2WD")


@contextmanager
def _half_done(lab: Database, change: Callable[[], object]) -> Iterator[Future[object]]:
    """``change`` has locked what it changes and is committed at the end, when it may write its audit row."""
    with ThreadPoolExecutor(1) as pool:
        with lab.writing() as session:
            session.execute(text("LOCK TABLE audit_log IN SHARE MODE"))
            changing = pool.submit(change)
            until_waiting(lab)
            yield changing
        changing.result(timeout=30)


def _meanwhile(lab: Database, change: Callable[[], object], act: Callable[[], object]) -> object:
    """What came of ``act``, which has to wait until ``change`` is made; or its refusal."""
    with ThreadPoolExecutor(1) as pool:
        with _half_done(lab, change):
            acting = pool.submit(act)
            until_waiting(lab, 2)
        try:
            return acting.result(timeout=30)
        except DynoError as refusal:
            return type(refusal)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (_loses_the_test, "HEAVY"),
        (_goes_out_of_service, "HEAVY"),
        (_is_ruled_out, "HEAVY"),
        (_turns_out_heavy, "HEAVY"),
        (_turns_out_awd, "HEAVY"),
        (_is_retired, Retired),
        (_test_is_retired, Retired),
        (_test_is_renamed, TestTypeUnknown),
    ],
)
def test_a_booking_that_waited_goes_by_what_became_true_meanwhile(
    fresh_database: Database, car: int, change: Change, outcome: str | type[DynoError]
) -> None:
    lab = fresh_database
    found = _meanwhile(lab, lambda: change(lab, car), lambda: book(lab, car, start=in_days(2)).dyno)
    assert found == outcome
    assert overlapping_pairs(lab) == 0


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (_loses_the_test, DynoUnsuitable),
        (_goes_out_of_service, DynoOutOfService),
        (_turns_out_heavy, DynoUnsuitable),
    ],
)
def test_a_move_that_waited_goes_by_what_became_true_meanwhile(
    fresh_database: Database, car: int, change: Change, refusal: type[DynoError]
) -> None:
    lab = fresh_database
    one = book(lab, car, start=in_days(2), dyno="HEAVY")
    found = _meanwhile(
        lab, lambda: change(lab, car), lambda: reschedule_allocation(lab, BY, one.id, today=TODAY, dyno="BEST")
    )
    assert found == refusal
