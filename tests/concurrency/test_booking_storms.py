"""No double booking in any storm: real processes, real commits, checked by a self-join."""

from datetime import date
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin
from dyno_core.booking import reschedule_allocation, swap_allocations
from dyno_core.booking.requests import create_request, place_request
from dyno_core.database.engine import Database
from dyno_core.errors import Busy
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days, overlapping_pairs, scalar
from tests.concurrency.storm import Outcome, storm

PLANNER = Origin(OPERATOR, "planner")


def _book(database: Database, vehicle_id: int) -> str:
    return book(database, vehicle_id).dyno


def _book_key(database: Database, vehicle_id: int) -> int:
    return book(database, vehicle_id, key="one and the same").id


def _book_on(database: Database, wish: tuple[int, str]) -> int:
    return book(database, wish[0], dyno=wish[1]).id


def _book_at(database: Database, wish: tuple[int, date, int]) -> int:
    return book(database, wish[0], start=wish[1], days=wish[2]).id


def _move(database: Database, wish: tuple[int, str]) -> str:
    return reschedule_allocation(database, PLANNER, wish[0], today=TODAY, dyno=wish[1]).dyno


def _swap(database: Database, pair: tuple[int, int]) -> tuple[str, str]:
    first, second = swap_allocations(database, PLANNER, *pair)
    return first.dyno, second.dyno


def _maintain_or_book(database: Database, wish: tuple[str, int]) -> str:
    what, number = wish
    if what == "book":
        return f"booked {book(database, number, dyno='N1').id}"
    outage = plan_maintenance(
        database, PLANNER, dyno="N1", period=Period(TODAY, in_days(4)), category=what, today=TODAY
    )
    return f"window {outage.window.id}"


def _place(database: Database, request_id: int) -> int:
    return place_request(database, PLANNER, request_id, today=TODAY).id


def _none_crashed(outcomes: list[Outcome]) -> None:
    assert [outcome.crash for outcome in outcomes if outcome.crash] == []


def test_of_fifty_engineers_who_want_one_dyno_each_gets_another_one_in_order_of_preference(
    fresh_database: Database,
) -> None:
    for number in range(50):
        given_dyno(fresh_database, f"N{number:02}", preference=number)
    vehicles = [given_vehicle(fresh_database) for _ in range(50)]

    outcomes = storm(fresh_database, _book, vehicles)

    _none_crashed(outcomes)
    assert sorted(outcome.value for outcome in outcomes) == [f"N{number:02}" for number in range(50)]
    assert overlapping_pairs(fresh_database) == 0


def test_of_fifty_engineers_who_insist_on_one_dyno_one_gets_it_and_the_others_are_told_who_has_it(
    fresh_database: Database,
) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    wishes = [(given_vehicle(fresh_database), "N1") for _ in range(50)]

    outcomes = storm(fresh_database, _book_on, wishes)

    _none_crashed(outcomes)
    assert len([outcome for outcome in outcomes if outcome.value]) == 1
    assert {outcome.code for outcome in outcomes if not outcome.value} == {"dyno_busy"}
    assert all("N1 is taken by" in str(outcome.sentence) for outcome in outcomes if not outcome.value)
    assert overlapping_pairs(fresh_database) == 0


def test_one_vehicle_wanted_on_two_dynos_at_once_ends_on_one(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3", "N4"):
        given_dyno(fresh_database, name)
    vehicle = given_vehicle(fresh_database)

    outcomes = storm(fresh_database, _book_on, [(vehicle, f"N{1 + number % 4}") for number in range(12)])

    _none_crashed(outcomes)
    assert len([outcome for outcome in outcomes if outcome.value]) == 1
    assert {outcome.code for outcome in outcomes if not outcome.value} <= {"vehicle_busy", "dyno_busy"}
    assert overlapping_pairs(fresh_database) == 0


def test_ten_answers_to_one_request_key_are_one_allocation(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3"):
        given_dyno(fresh_database, name)
    vehicle = given_vehicle(fresh_database)

    outcomes = storm(fresh_database, _book_key, [vehicle] * 10)

    _none_crashed(outcomes)
    assert len({outcome.value for outcome in outcomes}) == 1
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == 1
    assert scalar(fresh_database, "SELECT count(*) FROM audit_log WHERE action = 'book'") == 1


def test_a_request_placed_by_many_at_once_is_placed_once(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3"):
        given_dyno(fresh_database, name)
    request = create_request(
        fresh_database, PLANNER, vehicle_id=given_vehicle(fresh_database), test_type="brake", start_date=TODAY, days=2
    )

    outcomes = storm(fresh_database, _place, [request.id] * 8)

    _none_crashed(outcomes)
    assert len({outcome.value for outcome in outcomes}) == 1
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == 1
    assert scalar(fresh_database, "SELECT status FROM requests") == "placed"


def test_crossed_moves_end_in_a_move_or_a_sentence_and_never_in_a_deadlock(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    given_dyno(fresh_database, "N3")
    placed = [book(fresh_database, given_vehicle(fresh_database), dyno=name).id for name in ("N1", "N2")]

    outcomes = storm(fresh_database, _move, [(placed[number % 2], "N3") for number in range(16)])

    _none_crashed(outcomes)
    # "unchanged": whoever starts so late on a busy machine that its allocation stands on N3 already; "busy": whose
    # bounded wait ended there.
    assert {outcome.code for outcome in outcomes} <= {None, "dyno_busy", "stale", "unchanged", "busy"}
    assert scalar(fresh_database, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") == 0
    assert overlapping_pairs(fresh_database) == 0


def test_a_change_whose_place_is_taken_each_time_between_its_look_and_its_act_is_told_to_try_again(
    fresh_database: Database,
) -> None:
    given_dyno(fresh_database, "N1")
    one = book(fresh_database, given_vehicle(fresh_database))
    book(fresh_database, given_vehicle(fresh_database), start=in_days(9))

    def change(session: Session, *, taken: int, tries: list[int]) -> int:
        tries.append(1)
        day = in_days(9) if len(tries) <= taken else in_days(20)
        values = {"day": day, "id": one.id}
        session.execute(text("UPDATE allocations SET start_date = :day, end_date = :day WHERE id = :id"), values)
        return len(tries)

    assert fresh_database.transact(partial(change, taken=3, tries=[])) == 4
    with pytest.raises(Busy, match="try again in a moment"):
        fresh_database.transact(partial(change, taken=1000, tries=[]))


def test_crossed_swaps_end_in_a_swap_or_a_sentence_and_never_in_a_deadlock(fresh_database: Database) -> None:
    for name in ("N1", "N2", "N3"):
        given_dyno(fresh_database, name)
    a, b, c = (book(fresh_database, given_vehicle(fresh_database), dyno=name).id for name in ("N1", "N2", "N3"))

    outcomes = storm(fresh_database, _swap, [(a, b), (b, a), (b, c), (c, b), (a, c), (c, a)] * 3)

    _none_crashed(outcomes)
    assert {outcome.code for outcome in outcomes} <= {None, "stale"}
    assert any(outcome.value for outcome in outcomes)
    assert overlapping_pairs(fresh_database) == 0
    assert scalar(fresh_database, "SELECT count(DISTINCT dyno_id) FROM allocations WHERE status = 'scheduled'") == 3


def test_a_planned_window_and_bookings_of_its_days_never_hold_the_dyno_together(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    wishes = [("planned", 0), *(("book", given_vehicle(fresh_database)) for _ in range(11))]

    outcomes = storm(fresh_database, _maintain_or_book, wishes)

    _none_crashed(outcomes)
    assert len([outcome for outcome in outcomes if outcome.value]) == 1
    assert {outcome.code for outcome in outcomes if not outcome.value} <= {"dyno_busy", "maintenance_hits_allocations"}
    assert overlapping_pairs(fresh_database) == 0


def test_a_breakdown_is_always_taken_and_displaces_whoever_was_booked_meanwhile(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    wishes = [*(("book", given_vehicle(fresh_database)) for _ in range(6)), ("breakdown", 0)]

    outcomes = storm(fresh_database, _maintain_or_book, wishes)

    _none_crashed(outcomes)
    assert [outcome.code for outcome in outcomes if outcome.argument[0] == "breakdown"] == [None]
    assert scalar(fresh_database, "SELECT count(*) FROM allocations WHERE kind = 'maintenance'") == 1
    assert scalar(fresh_database, "SELECT count(*) FROM allocations WHERE kind = 'test' AND NOT disputed") == 0
    assert overlapping_pairs(fresh_database) == 0


def test_one_breakdown_reported_by_many_at_once_is_stored_once_and_the_others_are_told_where(
    fresh_database: Database,
) -> None:
    given_dyno(fresh_database, "N1")
    planned = plan_maintenance(
        fresh_database, PLANNER, dyno="N1", period=Period(in_days(1), in_days(2)), category="planned", today=TODAY
    )

    outcomes = storm(fresh_database, _maintain_or_book, [("breakdown", 0)] * 6)

    _none_crashed(outcomes)
    assert sorted(outcome.code or "" for outcome in outcomes) == ["", *["already_in_maintenance"] * 5]
    assert all(f"window {planned.window.id}, planned from" in o.sentence for o in outcomes if o.sentence)
    assert scalar(fresh_database, "SELECT count(*) FROM allocations WHERE kind = 'maintenance'") == 3
    assert overlapping_pairs(fresh_database) == 0


def test_a_random_load_with_overlapping_windows_leaves_no_overlap(fresh_database: Database) -> None:
    for number in range(4):
        given_dyno(fresh_database, f"N{number}")
    vehicles = [given_vehicle(fresh_database) for _ in range(6)]
    wishes = [(vehicles[n % 6], in_days(n * 7 % 13), 1 + n * 5 % 6) for n in range(96)]

    outcomes = storm(fresh_database, _book_at, wishes, processes=16)

    _none_crashed(outcomes)
    assert {outcome.code for outcome in outcomes} <= {None, "vehicle_busy", "no_dyno_available"}
    assert any(outcome.value for outcome in outcomes)
    assert overlapping_pairs(fresh_database) == 0
    booked = [outcome.value for outcome in outcomes if outcome.value]
    assert scalar(fresh_database, "SELECT count(*) FROM audit_log WHERE action = 'book'") == len(booked)
