"""The demo's plan, before any database sees it."""

import random
from collections import Counter
from datetime import date, timedelta
from itertools import combinations

import pytest

from dyno_core.demo.board import service_periods
from dyno_core.demo.lab import CERTIFICATION, DYNOS, RULES, TESTS
from dyno_core.demo.plan import DAYS_BACK, DemoPlan, make_plan
from dyno_core.demo.vehicles import check_digit, make_vehicles
from dyno_core.fleet.compatibility import capabilities, envelope_of, weight_class_of
from dyno_core.fleet.derivation import tokens_by_dyno
from dyno_core.period import Period

TODAY = date(2026, 3, 9)


@pytest.fixture(scope="module")
def plan() -> DemoPlan:
    return make_plan(TODAY)


def test_the_same_day_gives_the_same_plan_and_another_day_another(plan: DemoPlan) -> None:
    assert make_plan(TODAY) == plan
    assert make_plan(TODAY + timedelta(days=1)) != plan


def test_leap_day_and_new_year_have_plans_too() -> None:
    for day in (date(2028, 2, 29), date(2026, 12, 31), date(2027, 1, 1)):
        assert len(make_plan(day).allocations) > 500


def test_every_vin_has_its_check_digit() -> None:
    assert check_digit("1M8GDM9AXKP042788") == "X"  # the example that 49 CFR 565 is usually explained with
    vins = [vehicle.vin for vehicle in make_vehicles(random.Random(3), year=2026) if vehicle.vin]
    assert len(vins) > 40
    assert len(set(vins)) == len(vins)
    assert all(vin[8] == check_digit(vin) for vin in vins)


def test_the_fleet_has_about_sixty_vehicles_with_unique_tags(plan: DemoPlan) -> None:
    assert 55 <= sum(vehicle.is_bookable for vehicle in plan.vehicles) <= 65
    tags = [vehicle.tag for vehicle in plan.vehicles if vehicle.tag]
    assert len(set(tags)) == len(tags)
    for vehicle in plan.vehicles:
        if vehicle.weight_lbs is not None:
            assert vehicle.weight_class == weight_class_of(vehicle.weight_lbs)


def test_the_lab_has_twenty_four_dynos_at_four_facilities_and_two_take_heavy_vehicles_only() -> None:
    tokens = tokens_by_dyno(RULES)
    assert len(DYNOS) == len(tokens) == 24
    assert len({dyno.facility for dyno in DYNOS}) == 4
    heavy = [name for name, found in tokens.items() if all(token.endswith(">10K") for token in found)]
    assert heavy == ["Mesa Flats HD 1", "Mesa Flats HD 2"]


def test_some_dynos_need_exclusions_and_the_envelope_keeps_them_exactly() -> None:
    envelopes = {name: (envelope_of(found), found) for name, found in tokens_by_dyno(RULES).items()}
    assert any(envelope.excluded for envelope, _ in envelopes.values())
    for envelope, found in envelopes.values():
        assert capabilities(envelope.test_types, envelope.drives, envelope.weight_classes, envelope.excluded) == found


def test_what_holds_its_dyno_and_vehicle_never_overlaps(plan: DemoPlan) -> None:
    holding = [a for a in plan.allocations if a.status not in ("cancelled", "tentative") and not a.disputed]
    for first, second in combinations(holding, 2):
        if first.period.overlaps(second.period):
            assert first.dyno != second.dyno
            assert first.vehicle is None or first.vehicle != second.vehicle


def test_every_allocation_stands_on_a_dyno_that_supports_it_and_is_in_service(plan: DemoPlan) -> None:
    tokens = tokens_by_dyno(RULES)
    service = {dyno.name: service_periods(dyno, TODAY) for dyno in DYNOS}
    for allocation in plan.allocations:
        assert any(period.covers(allocation.period) for period in service[allocation.dyno])
        if allocation.vehicle is not None:
            vehicle = plan.vehicles[allocation.vehicle]
            assert vehicle.is_bookable
            token = f"{allocation.test_type}|{vehicle.drive_type}|{vehicle.weight_class}"
            assert token in tokens[allocation.dyno]


def test_the_statuses_follow_from_the_day(plan: DemoPlan) -> None:
    for allocation in plan.allocations:
        if allocation.status == "completed":
            assert allocation.period.end < TODAY
        if allocation.status == "in_progress":
            assert allocation.period.contains(TODAY)
        if allocation.status in ("scheduled", "tentative"):
            assert allocation.period.start > TODAY
    counts = Counter(allocation.status for allocation in plan.allocations)
    assert min(counts.values()) >= 5
    assert set(counts) == {"completed", "in_progress", "scheduled", "tentative", "cancelled"}


def test_everything_was_entered_before_today(plan: DemoPlan) -> None:
    assert max(allocation.created_at.date() for allocation in plan.allocations) < TODAY
    assert max(request.created_at.date() for request in plan.requests) < TODAY


def test_each_dyno_was_booked_for_half_to_nearly_all_of_its_days(plan: DemoPlan) -> None:
    past = Period(TODAY - timedelta(days=DAYS_BACK), TODAY - timedelta(days=1))
    shares = {}
    for dyno in DYNOS:
        served = sum(part.days for period in service_periods(dyno, TODAY) if (part := period.clip(past)))
        booked = {
            day
            for a in plan.allocations
            if a.dyno == dyno.name and a.vehicle is not None and a.status not in ("cancelled", "tentative")
            if (part := a.period.clip(past))
            for day in part.each_day()
        }
        shares[dyno.name] = len(booked) / served
    assert min(shares.values()) >= 0.55
    assert max(shares.values()) <= 0.92
    assert max(shares.values()) - min(shares.values()) > 0.2


def test_weekends_are_used_as_well(plan: DemoPlan) -> None:
    days = Counter(a.period.start.weekday() for a in plan.allocations)
    assert set(days) == set(range(7))


def test_about_two_fifths_were_booked_by_chat_spread_over_the_months(plan: DemoPlan) -> None:
    past = [a for a in plan.allocations if a.vehicle is not None and a.period.end < TODAY]
    assert 0.3 < sum(a.source == "chat" for a in past) / len(past) < 0.5
    assert len({(a.created_at.year, a.created_at.month) for a in past if a.source == "chat"}) >= 6
    assert {a.source for a in past} == {"chat", "calendar", "import", "planner"}


def test_some_vehicles_run_their_legs_in_order_with_gaps(plan: DemoPlan) -> None:
    by_vehicle: dict[int | None, list[tuple[Period, str]]] = {}
    for a in plan.allocations:
        if a.leg in ("5K-75K", "75K-150K"):
            by_vehicle.setdefault(a.vehicle, []).append((a.period, a.leg))
    chains = [sorted(legs) for legs in by_vehicle.values() if len(legs) == 2]
    assert len(chains) >= 3
    for (first, first_leg), (second, second_leg) in chains:
        assert (first_leg, second_leg) == ("5K-75K", "75K-150K")
        assert (second.start - first.end).days >= 14


def test_the_conflicts_are_there_to_be_resolved(plan: DemoPlan) -> None:
    live = [a for a in plan.allocations if a.status != "cancelled"]

    def under(clash: object) -> list[str]:
        return [
            a.kind for a in live
            if a is not clash and a.dyno == clash.dyno and a.period.overlaps(clash.period)  # type: ignore[attr-defined]
        ]  # fmt: skip

    disputed = [a for a in live if a.disputed]
    assert len(disputed) == 3
    assert sorted(kind for a in disputed for kind in set(under(a))) == ["maintenance", "test", "test"]
    assert sum(1 for a in live if a.status == "tentative" and under(a)) == 1


def test_maintenance_is_past_running_and_to_come_and_one_is_a_breakdown(plan: DemoPlan) -> None:
    windows = [a for a in plan.allocations if a.kind == "maintenance"]
    assert 8 <= len(windows) <= 12
    assert {a.status for a in windows} == {"completed", "in_progress", "scheduled"}
    assert [a.category for a in windows].count("breakdown") == 1


def test_eighteen_requests_are_open_each_with_its_reason(plan: DemoPlan) -> None:
    waiting = [request for request in plan.requests if request.status == "open"]
    assert len(waiting) == 18
    assert all(request.reason.endswith(".") for request in waiting)
    assert any(request.test_type == CERTIFICATION for request in waiting)


def test_colours_and_synonyms_tell_the_test_types_apart() -> None:
    assert len({test.colour for test in TESTS}) == len(TESTS) == 6
    spellings = [name.casefold() for test in TESTS for name in (test.name, test.label, *test.synonyms)]
    own = Counter(name for test in TESTS for name in {n.casefold() for n in (test.name, test.label, *test.synonyms)})
    assert len(spellings) > 18
    assert max(own.values()) == 1
