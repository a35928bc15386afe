"""Two people change the same thing at the same moment: one wins, the other is told, nothing is lost."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin, history
from dyno_core.database.engine import Database
from dyno_core.errors import StaleVersion
from dyno_core.fleet import (
    BreaksMore,
    DynoDraft,
    RuleDraft,
    Told,
    VehicleDraft,
    VehicleNotFound,
    add_dyno,
    add_test_type,
    add_vehicle,
    broken_by_capabilities,
    edit_dyno,
    edit_test_type,
    edit_vehicle,
    get_dyno,
    get_test_type,
    get_vehicle,
    list_rules,
    merge_vehicles,
    retire_dyno,
    set_rules,
    set_service,
)
from dyno_core.fleet import TestTypeDraft as TypeDraft
from tests.builders import at_once, book, given_dyno, given_vehicle

TODAY = date(2026, 3, 9)
ORIGIN = Origin(actor=OPERATOR, channel="planner")


@pytest.fixture
def lab(fresh_database: Database) -> Database:
    add_test_type(fresh_database, ORIGIN, TypeDraft(name="brake"))
    add_dyno(fresh_database, ORIGIN, DynoDraft(name="A", facility="N"), in_service_from=TODAY)
    return fresh_database


def test_of_two_edits_of_one_dyno_one_wins_and_the_other_is_stale(lab: Database) -> None:
    seen = get_dyno(lab, "A", today=TODAY)

    def edit(notes: str) -> Callable[[], object]:
        draft = DynoDraft(name="A", facility="N", notes=notes)
        return lambda: edit_dyno(lab, ORIGIN, seen.id, draft, version=seen.version, today=TODAY)

    refusals = at_once(*(edit(f"note {number}") for number in range(4)))
    assert refusals.count(None) == 1
    assert {type(refusal) for refusal in refusals if refusal} == {StaleVersion}
    assert get_dyno(lab, "A", today=TODAY).version == seen.version + 1
    assert len(history(lab, entity="dyno", entity_id=seen.id)) == 2


def test_of_two_new_rule_tables_one_wins_and_the_other_is_stale(lab: Database) -> None:
    tables = [[RuleDraft("brake", drive, None, ("A",))] for drive in ("2WD", "AWD")]
    refusals = at_once(*((lambda table=table: set_rules(lab, ORIGIN, table, version=0)) for table in tables))
    assert refusals.count(None) == 1
    assert sum(isinstance(refusal, StaleVersion) for refusal in refusals) == 1
    (rule,) = list_rules(lab)
    assert get_dyno(lab, "A", today=TODAY).supported_drives == (rule.drive_type,)


def test_two_vehicles_merged_both_ways_round_leave_one(lab: Database) -> None:
    one, two = (add_vehicle(lab, ORIGIN, VehicleDraft(tag=tag)).id for tag in ("T1", "T2"))
    versions = {"keep_version": 1, "merge_version": 1}
    refusals = at_once(
        lambda: merge_vehicles(lab, ORIGIN, keep=one, merge=two, **versions),
        lambda: merge_vehicles(lab, ORIGIN, keep=two, merge=one, **versions),
    )
    assert refusals.count(None) == 1
    assert {type(refusal) for refusal in refusals if refusal} <= {StaleVersion, VehicleNotFound}
    assert get_vehicle(lab, one) == get_vehicle(lab, two)


def test_a_change_that_was_confirmed_is_refused_when_it_breaks_what_was_booked_since(lab: Database) -> None:
    n1 = given_dyno(lab, "N1")
    vehicle = given_vehicle(lab, tag="T1")
    book(lab, vehicle, start=TODAY, days=2, today=TODAY)
    told = Told(frozenset(one.allocation_id for one in broken_by_capabilities(lab, {n1: ()}, today=TODAY)), TODAY)
    book(lab, vehicle, start=TODAY + timedelta(days=5), days=2, today=TODAY)
    dyno, seen, kind = get_dyno(lab, "N1", today=TODAY), get_vehicle(lab, vehicle), get_test_type(lab, "brake")
    changes: list[Callable[[], object]] = [
        lambda: edit_dyno(lab, ORIGIN, n1, DynoDraft(name="N1", facility="N"), version=1, today=TODAY, told=told),
        lambda: retire_dyno(lab, ORIGIN, n1, from_day=TODAY, version=1, told=told),
        lambda: set_service(lab, ORIGIN, n1, in_service=False, from_day=TODAY, to_day=None, told=told),
        lambda: set_rules(lab, ORIGIN, [], version=0, told=told),
        lambda: edit_vehicle(lab, ORIGIN, vehicle, VehicleDraft(tag="T1"), version=1, told=told),
        lambda: edit_test_type(lab, ORIGIN, TypeDraft(name="brake", fixed_days=9), seen=kind, told=told),
    ]
    for change in changes:
        with pytest.raises(
            BreaksMore, match=r"This breaks more than was shown, .* T1 \(brake\) on N1, Sat 14 Mar 2026"
        ):
            change()
    now = (get_dyno(lab, "N1", today=TODAY), get_vehicle(lab, vehicle), get_test_type(lab, "brake"))
    assert now == (dyno, seen, kind)
    more = Told(told.allocation_ids | {2}, TODAY)
    assert edit_vehicle(lab, ORIGIN, vehicle, VehicleDraft(tag="T1"), version=1, told=more).drive_type is None
