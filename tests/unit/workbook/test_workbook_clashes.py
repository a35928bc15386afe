"""Double bookings, one vehicle in two places, places on the track, and who waits for a decision."""

import random
from datetime import date, timedelta
from itertools import combinations

import pytest

from dyno_core.period import Period
from dyno_core.workbook import (
    DoubleBooking,
    Occupied,
    PlanFile,
    PlanRow,
    VehicleOverlap,
    disputed_rows,
    double_bookings,
    read_plan,
)
from dyno_core.workbook import clashes as clashes_module
from tests.fixtures.workbooks import MAINTENANCE, a_request, a_row, a_workbook


def _read(*rows: object, **sheets: object) -> PlanFile:
    return read_plan(a_workbook(rows, **sheets), "plan.xlsx")


def _from(day: int, days: int = 3) -> dict[str, date]:
    return {"estimated": date(2026, 5, day), "projected": date(2026, 5, day) + timedelta(days=days - 1)}


def test_a_double_booking_names_both_rows_and_the_shared_days() -> None:
    plan = _read(a_row(tag="A", **_from(4, 5)), a_row(tag="B", **_from(8, 9)), a_row(tag="C", **_from(17)))
    assert plan.double_bookings == (DoubleBooking("PGN 1", 6, 7, date(2026, 5, 8), date(2026, 5, 8)),)
    assert plan.flags["double_booked"] == (6, 7)
    assert plan.disputed == {7}


def test_days_next_to_each_other_are_no_clash() -> None:
    plan = _read(a_row(tag="A", **_from(4, 3)), a_row(tag="B", **_from(7)))
    assert (plan.double_bookings, plan.disputed) == ((), frozenset())


@pytest.mark.parametrize("status", ["TBD", "CANCELLED"])
def test_tentative_and_cancelled_rows_neither_clash_nor_are_disputed(status: str) -> None:
    plan = _read(a_row(tag="A", status=status), a_row(tag="B"), a_row(tag="B", status=status, dyno=2))
    assert (plan.double_bookings, plan.vehicle_overlaps, plan.disputed) == ((), (), frozenset())


def test_one_vehicle_on_two_dynos_is_an_overlap_and_the_later_row_is_disputed() -> None:
    plan = _read(a_row(), a_row(dyno=2))
    assert plan.vehicle_overlaps == (VehicleOverlap("100W100", 6, 7, date(2026, 5, 4), date(2026, 5, 10)),)
    assert (plan.double_bookings, plan.disputed, plan.flags["leg_overlap"]) == ((), {7}, (6, 7))


def test_overlaps_of_a_vehicle_are_told_for_requests_and_rejected_rows_but_not_disputed() -> None:
    plan = _read(a_row(), a_request(), a_request(drive=None))
    assert [(pair.row_a, pair.row_b) for pair in plan.vehicle_overlaps] == [(6, 7), (6, 8), (7, 8)]
    assert plan.disputed == frozenset()


def test_rows_of_a_future_vehicle_are_different_vehicles() -> None:
    tags = ("TBD - 2027 P-A1", "PLACE HOLDER", "26MY [JOB2]")
    plan = _read(*(a_row(tag=tag, dyno=dyno) for tag in tags for dyno in (1, 2)))
    assert plan.vehicle_overlaps == ()
    assert len(plan.vehicles) == 6
    assert all(vehicle.future for vehicle in plan.vehicles)


def test_what_runs_or_has_run_keeps_its_place_before_sheet_order_decides() -> None:
    plan = _read(a_row(tag="A"), a_row(tag="B", status="RUNNING"), a_row(tag="C", status="COMPLETED"), a_row(tag="D"))
    assert plan.disputed == {6, 8, 9}


def test_a_row_stays_undisputed_when_only_disputed_rows_stand_in_its_way() -> None:
    plan = _read(a_row(tag="A", **_from(4, 5)), a_row(tag="B", **_from(6, 9)), a_row(tag="C", **_from(12)))
    assert (len(plan.double_bookings), plan.disputed) == (2, {7})


def test_an_allocation_over_maintenance_is_disputed_even_when_it_runs() -> None:
    windows = [*MAINTENANCE, ("PGN 1", date(2026, 5, 10), date(2026, 5, 20))]
    plan = _read(a_row(status="RUNNING", actual=date(2026, 5, 4)), a_row(tag="B", dyno=2), maintenance=windows)
    assert (plan.disputed, plan.flags["over_maintenance"], plan.double_bookings) == ({6}, (6,), ())


def test_what_is_stored_elsewhere_keeps_its_place_too() -> None:
    rows = _read(a_row(tag="A"), a_row(tag="B", dyno=2)).rows
    elsewhere = [
        Occupied(Period(date(2026, 5, 10), date(2026, 5, 11)), dyno="PGN 1"),
        Occupied(Period(date(2026, 5, 1), date(2026, 5, 4)), vehicle_key="tag:b"),
    ]
    assert disputed_rows(rows, occupied=elsewhere) == {6, 7}
    assert disputed_rows(rows, occupied=[Occupied(Period(date(2026, 5, 11), date(2026, 5, 12)), dyno="PGN 1")]) == set()


def _random_rows(seed: int) -> tuple[PlanRow, ...]:
    dice = random.Random(seed)
    return _read(
        *(
            a_row(
                tag=f"T{dice.randrange(8)}",
                dyno=dice.choice((1, 2)),
                status=dice.choice(("G", "G", "RUNNING", "TBD", "C")),
                **_from(dice.randrange(1, 28), dice.randrange(1, 6)),
            )
            for _ in range(40)
        )
    ).rows


@pytest.mark.parametrize("seed", range(8))
def test_the_pairs_are_those_of_a_naive_comparison_of_all_rows(seed: int) -> None:
    rows = _random_rows(seed)
    naive = [
        (a.row, b.row)
        for a, b in combinations(rows, 2)
        if a.dyno == b.dyno and a.takes_part and b.takes_part and a.period.overlaps(b.period)
    ]
    assert [(pair.row_a, pair.row_b) for pair in double_bookings(rows)] == naive


@pytest.mark.parametrize("seed", range(8))
def test_undisputed_rows_hold_no_clash_and_every_disputed_row_has_one(seed: int) -> None:
    rows = [row for row in _random_rows(seed) if row.takes_part]

    def clash(a: PlanRow, b: PlanRow) -> bool:
        return (a.dyno == b.dyno or a.vehicle_key == b.vehicle_key) and a.period.overlaps(b.period)

    kept = [row for row in rows if not row.disputed]
    assert not any(clash(a, b) for a, b in combinations(kept, 2))
    assert all(any(clash(row, other) for other in kept) for row in rows if row.disputed)


def test_a_list_of_pairs_is_cut_where_a_file_is_broken_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clashes_module, "MOST_PAIRS", 20)
    monkeypatch.setattr("dyno_core.workbook.reading.MOST_PAIRS", 20)
    plan = _read(*(a_row(tag=f"T{n}") for n in range(30)))
    assert (len(plan.double_bookings), plan.left_out_pairs, len(plan.disputed)) == (20, True, 29)


def _on_track(tag: str, day: int, days: int = 3, **changes: object) -> object:
    return a_row(tag=tag, facility="Track", dyno="Track", **_from(day, days), **changes)


def test_vehicles_on_the_track_share_places_one_after_the_other() -> None:
    plan = _read(_on_track("C", 8), _on_track("A", 4), _on_track("B", 6), _on_track("D", 7))
    assert [row.dyno for row in plan.rows] == ["Track 3", "Track 1", "Track 2", "Track 1"]
    assert plan.double_bookings == ()


def test_a_row_that_names_its_place_keeps_it() -> None:
    plan = _read(_on_track("A", 4), a_row(tag="B", facility="Track", dyno="Track 1", **_from(4)))
    assert [row.dyno for row in plan.rows] == ["Track 2", "Track 1"]


def test_the_track_takes_twenty_and_the_twenty_first_is_a_double_booking() -> None:
    plan = _read(*(_on_track(f"T{n:02}", 4) for n in range(21)))
    assert len({row.dyno for row in plan.rows}) == 20
    assert (len(plan.double_bookings), len(plan.disputed), plan.flags["track_full"]) == (1, 1, (26,))


def test_tentative_rows_on_the_track_take_no_place_from_others() -> None:
    plan = _read(_on_track("A", 4, status="TBD"), _on_track("B", 4))
    assert [row.dyno for row in plan.rows] == ["Track 2", "Track 1"]
