"""Planners who shift one chain at once: one of them does, the others are told, and no leg is left behind."""

from collections.abc import Sequence

from dyno_core.booking import Step, list_allocations, move_together, preview_shift
from dyno_core.database.engine import Database
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days, overlapping_pairs
from tests.concurrency.storm import storm


def _shift(database: Database, steps: Sequence[Step]) -> int:
    return len(move_together(database, OPERATOR_ORIGIN, steps, today=TODAY).after)


def test_of_planners_who_shift_one_chain_at_once_exactly_one_does_and_the_gaps_stay(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database)
    legs = [
        book(fresh_database, vehicle, start=in_days(first), days=days, dyno=dyno)
        for first, days, dyno in ((1, 10, "N1"), (16, 10, "N2"), (40, 20, "N1"))
    ]
    wishes = [
        preview_shift(fresh_database, legs[0].id, period=legs[0].period.shifted(days), today=TODAY).steps
        for days in (1, 3, 7, 20)
    ]

    # One of them names the legs in another order: the locks must not care.
    outcomes = storm(fresh_database, _shift, [*wishes, tuple(reversed(wishes[1]))])

    assert [outcome.crash for outcome in outcomes if outcome.crash] == []
    assert sorted(outcome.code or "done" for outcome in outcomes) == ["done", *["stale"] * 4]
    now = list_allocations(fresh_database)
    moved = {(one.start_date - before.start_date).days for one, before in zip(now, legs, strict=True)}
    assert len(moved) == 1
    assert moved < {1, 3, 7, 20}
    assert [one.version for one in now] == [2, 2, 2]
    assert overlapping_pairs(fresh_database) == 0
