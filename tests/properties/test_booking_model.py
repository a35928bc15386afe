"""A random sequence of bookings, moves, cancellations and maintenance agrees with a list that a child could keep."""
# ruff: noqa: PT017 - a refusal is compared with what the list says, not expected to come

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from sqlalchemy import text

from dyno_core.booking import (
    cancel_allocation,
    find_available_dynos,
    find_next_window,
    list_allocations,
    reschedule_allocation,
    restore_allocation,
    swap_allocations,
)
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.fleet.compatibility import Requirement
from dyno_core.maintenance import cancel_maintenance, plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, overlapping_pairs

DYNOS = {"A": ("<10K", ">10K"), "B": ("<10K",), "C": (">10K",)}
VEHICLES = ("<10K", "<10K", ">10K")
STARTS = st.integers(0, 9).map(lambda days: TODAY + timedelta(days=days))
LENGTHS = st.integers(1, 4)


@dataclass
class Entry:
    id: int
    dyno: str
    vehicle: int | None
    start: date
    end: date
    blocks: bool = True

    def hits(self, start: date, end: date) -> bool:
        return self.blocks and self.start <= end and start <= self.end


class Plan(RuleBasedStateMachine):
    database: Database
    allocations = Bundle("allocations")
    windows = Bundle("windows")

    def __init__(self) -> None:
        super().__init__()
        with self.database.writing() as session:
            session.execute(text("DELETE FROM maintenance"))
            session.execute(text("DELETE FROM allocation_dates"))
            session.execute(text("DELETE FROM allocations"))
        with self.database.reading() as session:
            self.vehicles = list(session.scalars(text("SELECT id FROM vehicles ORDER BY id")))
        self.entries: dict[int, Entry] = {}

    def _free(self, dyno: str, start: date, end: date, *, but: int | None = None) -> bool:
        return not any(e.dyno == dyno and e.id != but and e.hits(start, end) for e in self.entries.values())

    def _vehicle_free(self, vehicle: int | None, start: date, end: date, *, but: int | None = None) -> bool:
        return not any(e.vehicle == vehicle and e.id != but and e.hits(start, end) for e in self.entries.values())

    def _fitting(self, vehicle: int) -> list[str]:
        weight = VEHICLES[self.vehicles.index(vehicle)]
        return [name for name, weights in DYNOS.items() if weight in weights]

    @rule(target=allocations, number=st.integers(0, 2), start=STARTS, days=LENGTHS)
    def book(self, number: int, start: date, days: int) -> object:
        vehicle, end = self.vehicles[number], start + timedelta(days=days - 1)
        free = [name for name in self._fitting(vehicle) if self._free(name, start, end)]
        possible = bool(free) and self._vehicle_free(vehicle, start, end)
        try:
            allocation = book(self.database, vehicle, start=start, days=days)
        except DynoError as refusal:
            assert not possible, refusal
            return multiple()
        assert possible
        assert allocation.dyno == free[0]
        self.entries[allocation.id] = Entry(allocation.id, allocation.dyno, vehicle, start, end)
        return allocation.id

    @rule(target=allocations, number=st.integers(0, 2), start=STARTS, days=LENGTHS, backup=st.integers(1, 6))
    def book_with_backup(self, number: int, start: date, days: int, backup: int) -> object:
        vehicle = self.vehicles[number]
        expected = next(
            (
                (begin, name)
                for shift in range(backup + 1)
                for begin in [start + timedelta(days=shift)]
                for end in [begin + timedelta(days=days - 1)]
                if self._vehicle_free(vehicle, begin, end)
                for name in self._fitting(vehicle)
                if self._free(name, begin, end)
            ),
            None,
        )
        try:
            allocation = book(self.database, vehicle, start=start, days=days, backup=backup)
        except DynoError as refusal:
            assert expected is None, refusal
            return multiple()
        assert (allocation.start_date, allocation.dyno) == expected
        self.entries[allocation.id] = Entry(
            allocation.id, allocation.dyno, vehicle, allocation.start_date, allocation.end_date
        )
        return allocation.id

    @rule(allocation=allocations, start=STARTS, days=LENGTHS, dyno=st.sampled_from([*DYNOS, None]))
    def move(self, allocation: int, start: date, days: int, dyno: str | None) -> None:
        entry = self.entries[allocation]
        target, end = dyno or entry.dyno, start + timedelta(days=days - 1)
        cancelled = not entry.blocks and not self._is_disputed(allocation)
        stands_there = entry.blocks and (target, start, end) == (entry.dyno, entry.start, entry.end)
        possible = (
            not cancelled
            and not stands_there
            and target in self._fitting(entry.vehicle or 0)
            and self._free(target, start, end, but=allocation)
            and self._vehicle_free(entry.vehicle, start, end, but=allocation)
        )
        try:
            reschedule_allocation(
                self.database, OPERATOR_ORIGIN, allocation, today=TODAY, start_date=start, days=days, dyno=dyno
            )
        except DynoError as refusal:
            assert not possible, refusal
            return
        assert possible
        entry.dyno, entry.start, entry.end, entry.blocks = target, start, end, True

    @rule(first=allocations, second=allocations)
    def swap(self, first: int, second: int) -> None:
        a, b = self.entries[first], self.entries[second]
        alive = first != second and a.dyno != b.dyno and all(self._is_alive(one) for one in (first, second))
        possible = (
            alive
            and b.dyno in self._fitting(a.vehicle or 0)
            and a.dyno in self._fitting(b.vehicle or 0)
            and self._free_but(b.dyno, a, {first, second})
            and self._free_but(a.dyno, b, {first, second})
            and not (a.vehicle == b.vehicle and a.start <= b.end and b.start <= a.end)
            and self._vehicle_free_but(a, {first, second})
            and self._vehicle_free_but(b, {first, second})
        )
        try:
            swap_allocations(self.database, OPERATOR_ORIGIN, first, second)
        except DynoError as refusal:
            assert not possible, refusal
            return
        assert possible
        a.dyno, b.dyno, a.blocks, b.blocks = b.dyno, a.dyno, True, True

    @rule(allocation=allocations)
    def cancel(self, allocation: int) -> None:
        alive = self._is_alive(allocation)
        try:
            cancel_allocation(self.database, OPERATOR_ORIGIN, allocation, reason="tried")
        except DynoError:
            assert not alive
            return
        assert alive
        self.entries[allocation].blocks = False

    @rule(allocation=allocations)
    def restore(self, allocation: int) -> None:
        entry = self.entries[allocation]
        possible = (
            not self._is_alive(allocation)
            and self._free(entry.dyno, entry.start, entry.end, but=allocation)
            and self._vehicle_free(entry.vehicle, entry.start, entry.end, but=allocation)
        )
        try:
            restore_allocation(self.database, OPERATOR_ORIGIN, allocation)
        except DynoError as refusal:
            assert not possible, refusal
            return
        assert possible
        entry.blocks = True

    @rule(target=windows, dyno=st.sampled_from(sorted(DYNOS)), start=STARTS, days=LENGTHS, breakdown=st.booleans())
    def maintain(self, dyno: str, start: date, days: int, breakdown: bool) -> object:
        end = start + timedelta(days=days - 1)
        hits = [entry for entry in self.entries.values() if entry.dyno == dyno and entry.hits(start, end)]
        covered = {day for hit in hits if not hit.vehicle for day in Period(hit.start, hit.end).each_day()}
        gaps = {*Period(start, end).each_day()} - covered
        possible = not hits or (breakdown and bool(gaps))
        try:
            outage = plan_maintenance(
                self.database,
                OPERATOR_ORIGIN,
                dyno=dyno,
                period=Period(start, end),
                category="breakdown" if breakdown else "planned",
                today=TODAY,
            )
        except DynoError as refusal:
            assert not possible, refusal
            return multiple()
        assert possible
        assert {hit.id for hit in outage.displaced} == {hit.id for hit in hits if hit.vehicle}
        assert {window.id for window in outage.covered_by} == {hit.id for hit in hits if not hit.vehicle}
        assert sorted(day for window in outage.windows for day in window.period.each_day()) == sorted(gaps)
        for hit in hits:
            hit.blocks = hit.vehicle is None
        for window in outage.windows:
            self.entries[window.id] = Entry(window.id, dyno, None, window.start_date, window.end_date)
        return multiple(*(window.id for window in outage.windows))

    @rule(window=windows)
    def end_maintenance_early(self, window: int) -> None:
        cancel_maintenance(self.database, OPERATOR_ORIGIN, window)
        self.entries[window].blocks = False

    @rule(start=STARTS, days=LENGTHS, weight=st.sampled_from(["<10K", ">10K"]))
    def look_for_free_dynos(self, start: date, days: int, weight: str) -> None:
        period = Period.of(start, days)
        need = Requirement("brake", "AWD", weight)
        found = [option.name for option in find_available_dynos(self.database, period=period, requirement=need)]
        assert found == [
            name for name, weights in DYNOS.items() if weight in weights and self._free(name, period.start, period.end)
        ]

    @rule(start=STARTS, days=LENGTHS, weight=st.sampled_from(["<10K", ">10K"]))
    def look_for_the_next_window(self, start: date, days: int, weight: str) -> None:
        need = Requirement("brake", "AWD", weight)
        found = find_next_window(self.database, requirement=need, days=days, not_before=start, within_days=20)
        expected = next(
            (
                (begin, name)
                for shift in range(21)
                for begin in [start + timedelta(days=shift)]
                for name, weights in DYNOS.items()
                if weight in weights and self._free(name, begin, begin + timedelta(days=days - 1))
            ),
            None,
        )
        assert (found and (found.period.start, found.dyno)) == expected

    @invariant()
    def nothing_overlaps_and_the_database_holds_what_the_list_holds(self) -> None:
        assert overlapping_pairs(self.database) == 0
        stored = {
            one.id: (one.dyno, one.start_date, one.end_date, one.status != "cancelled" and not one.disputed)
            for one in list_allocations(self.database, kind=None)
        }
        assert stored == {e.id: (e.dyno, e.start, e.end, e.blocks) for e in self.entries.values()}

    def _is_alive(self, allocation: int) -> bool:
        return self.entries[allocation].blocks or self._is_disputed(allocation)

    def _is_disputed(self, allocation: int) -> bool:
        return any(one.id == allocation and one.disputed for one in list_allocations(self.database))

    def _free_but(self, dyno: str, entry: Entry, but: set[int]) -> bool:
        return not any(
            e.dyno == dyno and e.id not in but and e.hits(entry.start, entry.end) for e in self.entries.values()
        )

    def _vehicle_free_but(self, entry: Entry, but: set[int]) -> bool:
        return not any(
            e.vehicle == entry.vehicle and e.id not in but and e.hits(entry.start, entry.end)
            for e in self.entries.values()
        )


@pytest.fixture
def small_lab(fresh_database: Database) -> Database:
    for preference, (name, weights) in enumerate(DYNOS.items()):
        given_dyno(fresh_database, name, weights=weights, preference=preference)
    for weight in VEHICLES:
        given_vehicle(fresh_database, weight_class=weight)
    return fresh_database


def test_the_database_agrees_with_a_naive_list(small_lab: Database) -> None:
    class OnThisDatabase(Plan):
        database = small_lab

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=60,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
