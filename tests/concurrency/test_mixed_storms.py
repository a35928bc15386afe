"""Everything that writes the plan, at once: named refusals or successes, no overlap, an audit row for each change."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from dyno_core.booking import (
    cancel_allocation,
    complete_allocation,
    confirm_allocation,
    create_request,
    extend_allocation,
    list_allocations,
    list_requests,
    place_request,
    reschedule_allocation,
    restore_allocation,
    start_allocation,
    swap_allocations,
    withdraw_requests,
)
from dyno_core.database.engine import Database
from dyno_core.fleet import TestTypeDraft as TypeDraft
from dyno_core.fleet import (
    belongings_of,
    edit_test_type,
    hand_over,
    list_merges,
    list_test_types,
    list_vehicles,
    merge_vehicles,
    retire_vehicle,
    undo_merge,
    with_answers,
)
from dyno_core.maintenance import cancel_maintenance, end_maintenance, list_windows, plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days, overlapping_pairs, rows
from tests.concurrency.storm import storm

DYNOS: Final = ("N1", "N2", "N3", "N4")
VEHICLES: Final = 8
DAYS: Final = 20

NAMED: Final = {
    "already_in_maintenance",
    "busy",
    "dyno_busy",
    "invalid_input",
    "maintenance_hits_allocations",
    "merge_changed",
    "merge_not_found",
    "no_dyno_available",
    "request_closed",
    "retired",
    "retired_vehicle",
    "stale",
    "still_planned",
    "test_type_unknown",
    "unchanged",
    "vehicle_busy",
    "vehicle_not_found",
    "vehicles_clash",
    "wrong_status",
}
"""What people may be told in a storm; ``constraint`` would be the database's word, without what stands in the way."""

# A maintenance window's own changes are audited as maintenance, those of a test as allocation; the first version of
# each row comes with the row that tells its booking, filing or planning.
UNAUDITED: Final = """
    SELECT changed.entity, changed.id, changed.version, count(l.id) AS told FROM (
        SELECT CASE kind WHEN 'test' THEN 'allocation' ELSE 'maintenance' END AS entity, id, version FROM allocations
        UNION ALL SELECT 'request', id, version FROM requests) changed
    LEFT JOIN audit_log l ON l.entity = changed.entity AND l.entity_id = changed.id::text
    GROUP BY 1, 2, 3 HAVING count(l.id) <> changed.version"""


# What is planned belongs to a record that stands, and not to a retired one.
ASTRAY: Final = """
    SELECT planned.what, planned.id FROM (
        SELECT 'allocation' AS what, id, vehicle_id, status NOT IN ('cancelled', 'completed') AS ahead FROM allocations
        UNION ALL SELECT 'request', id, vehicle_id, status = 'open' FROM requests) planned
    JOIN vehicles v ON v.id = planned.vehicle_id
    WHERE v.merged_into_id IS NOT NULL OR (v.retired AND planned.ahead)"""


def _act(database: Database, number: int) -> Any:
    chance = random.Random(number)
    return chance.choice(_ACTS)(database, chance)


def _some(chance: random.Random, things: Any) -> int:
    things = list(things)
    return int(chance.choice(things).id) if things else 1


def _test(database: Database, chance: random.Random, *statuses: str) -> int:
    return _some(chance, list_allocations(database, statuses=statuses))


def _book(database: Database, chance: random.Random) -> Any:
    first, days = in_days(chance.randrange(DAYS)), chance.randint(1, 5)
    dyno = chance.choice((None, *DYNOS))
    return book(database, chance.randint(1, VEHICLES), start=first, days=days, dyno=dyno, backup=chance.choice((0, 4)))


def _move(database: Database, chance: random.Random) -> Any:
    return reschedule_allocation(
        database, BY, _test(database, chance), today=TODAY,
        start_date=in_days(chance.randrange(DAYS)), dyno=chance.choice(DYNOS),
    )  # fmt: skip


def _extend(database: Database, chance: random.Random) -> Any:
    return extend_allocation(database, BY, _test(database, chance), today=TODAY, end_date=in_days(chance.randrange(30)))


def _swap(database: Database, chance: random.Random) -> Any:
    return swap_allocations(
        database, BY, _test(database, chance, "scheduled"), _test(database, chance, "scheduled")
    )  # fmt: skip


def _cancel(database: Database, chance: random.Random) -> Any:
    return cancel_allocation(database, BY, _test(database, chance), reason="storm")


def _restore(database: Database, chance: random.Random) -> Any:
    return restore_allocation(database, BY, _test(database, chance, "cancelled"))


def _confirm(database: Database, chance: random.Random) -> Any:
    return confirm_allocation(database, BY, _some(chance, (o for o in list_allocations(database) if o.disputed)))


def _run(database: Database, chance: random.Random) -> Any:
    started = start_allocation(database, BY, _test(database, chance, "scheduled"), on=TODAY, today=TODAY)
    return complete_allocation(database, BY, started.id, on=TODAY, today=TODAY)


def _request(database: Database, chance: random.Random) -> Any:
    start = in_days(chance.randrange(DAYS))
    request = create_request(
        database, BY, vehicle_id=chance.randint(1, VEHICLES), test_type="brake", start_date=start, days=2
    )
    if chance.random() < 0.5:
        return place_request(database, BY, _some(chance, list_requests(database)), today=TODAY)
    return withdraw_requests(database, BY, {request.id: request.version}, reason="storm")


def _maintain(database: Database, chance: random.Random) -> Any:
    first = in_days(chance.randrange(DAYS))
    return plan_maintenance(
        database, BY, dyno=chance.choice(DYNOS), period=Period(first, first + timedelta(days=chance.randrange(4))),
        category=chance.choice(("breakdown", "planned")), displace=chance.random() < 0.5, today=TODAY,
    )  # fmt: skip


def _end(database: Database, chance: random.Random) -> Any:
    window = _some(chance, list_windows(database))
    if chance.random() < 0.5:
        return cancel_maintenance(database, BY, window)
    return end_maintenance(database, BY, window, last_day=in_days(chance.randrange(30)))


def _merge(database: Database, chance: random.Random) -> Any:
    every = list_vehicles(database)
    merges = list_merges(database)
    if merges and (len(every) < 5 or chance.random() < 0.5):
        return undo_merge(database, BY, chance.choice(merges).id)
    one, two = chance.sample(every, 2)
    return merge_vehicles(
        database, BY, keep=one.id, merge=two.id, keep_version=one.version, merge_version=two.version
    )  # fmt: skip


def _retire(database: Database, chance: random.Random) -> Any:
    one = chance.choice(list_vehicles(database))
    return retire_vehicle(database, BY, one.id, version=one.version, retired=not one.retired)


def _hand(database: Database, chance: random.Random) -> Any:
    one, two = chance.sample(list_vehicles(database), 2)
    every = belongings_of(database, one.id)
    return hand_over(database, BY, old=one, new=two, belongings=with_answers(every, every[:1]))


def _rename(database: Database, chance: random.Random) -> Any:
    (seen,) = list_test_types(database)
    name = "brake" if seen.name != "brake" else "braking"
    return edit_test_type(database, BY, TypeDraft(name=name, label="Brakes", synonyms=(seen.name,)), seen=seen)


_ACTS: Final[tuple[Callable[[Database, random.Random], Any], ...]] = (
    _book, _book, _book, _move, _move, _extend, _swap, _cancel, _restore, _confirm, _run, _request, _maintain, _end,
    _merge, _retire, _hand, _rename,
)  # fmt: skip


def test_whatever_writes_at_once_ends_in_a_success_or_a_named_refusal_and_is_told_once(
    fresh_database: Database,
) -> None:
    for name in DYNOS:
        given_dyno(fresh_database, name)
    for _ in range(VEHICLES):
        given_vehicle(fresh_database)

    outcomes = storm(fresh_database, _act, range(300), processes=8)

    assert [outcome.crash for outcome in outcomes if outcome.crash] == []
    codes = Counter(outcome.code for outcome in outcomes)
    assert set(codes) <= NAMED | {None, "allocation_not_found", "maintenance_not_found"}
    assert codes[None] > 60
    assert overlapping_pairs(fresh_database) == 0
    assert rows(fresh_database, UNAUDITED) == []
    assert rows(fresh_database, ASTRAY) == []
