"""Two people change the same thing at the same moment: one wins, the other is told, nothing is lost."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin, history
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, StaleVersion
from dyno_core.fleet import (
    DynoDraft,
    RuleDraft,
    VehicleDraft,
    VehicleNotFound,
    add_dyno,
    add_test_type,
    add_vehicle,
    edit_dyno,
    get_dyno,
    get_vehicle,
    list_rules,
    merge_vehicles,
    set_rules,
)
from dyno_core.fleet import TestTypeDraft as TypeDraft

TODAY = date(2026, 3, 9)
ORIGIN = Origin(actor=OPERATOR, channel="planner")


def at_once(*changes: Callable[[], object]) -> list[DynoError | None]:
    """Run all of them together; for each the refusal, or None."""
    start = Barrier(len(changes))

    def run(change: Callable[[], object]) -> DynoError | None:
        start.wait(timeout=10)
        try:
            change()
        except DynoError as refusal:
            return refusal
        return None

    with ThreadPoolExecutor(len(changes)) as pool:
        return list(pool.map(run, changes))


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
