"""The season planner's proposals, sentence by sentence."""

from datetime import date, timedelta

import pytest

from dyno_core.period import Period
from dyno_core.planning import Demand, Held, Plan, Rig, alternatives, propose

MONDAY = date(2026, 3, 2)
EVER = ((date(2020, 1, 1), None),)


def a_rig(number: int, *tests: str, facility: str = "North", **changes: object) -> Rig:
    tokens = frozenset(test if "|" in test else f"{test}|AWD|<10K" for test in tests or ("brake",))
    values: dict[str, object] = {"service": EVER, **changes}
    return Rig(number, f"N {number}", facility, tokens, **values)


def a_demand(number: int, *, start: date = MONDAY, days: int = 3, **changes: object) -> Demand:
    values: dict[str, object] = {
        "vehicle_id": number, "vehicle": f"V{number}", "test_type": "brake", "drive_type": "AWD",
        "weight_class": "<10K", "start": start, "end": start + timedelta(days=days - 1), **changes,
    }  # fmt: skip
    return Demand(id=number, **values)


def held(dyno: int, start: date, days: int, vehicle: int | None = None) -> Held:
    return Held(dyno, vehicle, Period.of(start, days))


def starts(plan: Plan, *demands: Demand, tolerance: int = 0) -> dict[int, tuple[str, date] | str | None]:
    """Where each demand goes, or the reason it does not."""
    return {
        one.demand.id: (one.place.dyno, one.place.period.start) if one.place else one.reason
        for one in propose(plan, demands, today=MONDAY, tolerance=tolerance)
    }


def test_the_first_dyno_in_order_is_taken_and_then_the_next() -> None:
    plan = Plan((a_rig(2), a_rig(1)), ())

    assert starts(plan, a_demand(1), a_demand(2), a_demand(3)) == {
        1: ("N 2", MONDAY), 2: ("N 1", MONDAY), 3: "none_free",
    }  # fmt: skip


def test_a_wish_of_the_past_takes_only_what_the_others_leave_when_that_is_asked_for() -> None:
    plan = Plan((a_rig(1),), ())
    wishes = a_demand(1, start=MONDAY - timedelta(days=9), priority=1), a_demand(2)
    first = propose(plan, wishes, today=MONDAY, tolerance=60)
    last = propose(plan, wishes, today=MONDAY, tolerance=60, past_last=True)
    assert [one.demand.id for one in first] == [1, 2]
    assert [(one.demand.id, one.place and one.place.period.start) for one in last] == [
        (2, MONDAY), (1, MONDAY + timedelta(days=3)),
    ]  # fmt: skip


def test_later_days_are_offered_after_all_others_and_not_beyond_a_latest_end_of_its_own() -> None:
    plan = Plan((a_rig(1),), (held(1, MONDAY, 4),))
    served = propose(
        plan, [a_demand(1), a_demand(2), a_demand(3, latest_end=MONDAY + timedelta(days=4)), a_demand(4, days=2),
               a_demand(5, start=MONDAY + timedelta(days=4))],
        today=MONDAY, look_later=True,
    )  # fmt: skip
    assert {one.demand.id: (one.place or one.later) and (one.place or one.later).period.start for one in served} == {
        5: MONDAY + timedelta(days=4), 1: MONDAY + timedelta(days=7), 2: MONDAY + timedelta(days=10), 3: None,
        4: MONDAY + timedelta(days=13),
    }  # fmt: skip
    assert [one.demand.id for one in served if one.place] == [5]


def test_a_higher_priority_goes_first_whatever_its_number() -> None:
    plan = Plan((a_rig(1),), ())

    assert starts(plan, a_demand(1), a_demand(2, priority=1)) == {1: "none_free", 2: ("N 1", MONDAY)}


def test_what_stands_in_the_plan_stays_and_slipping_finds_the_days_behind_it() -> None:
    plan = Plan((a_rig(1),), (held(1, MONDAY, 4), held(1, MONDAY + timedelta(days=6), 2)))

    assert starts(plan, a_demand(1), tolerance=7) == {1: "none_free"}
    assert starts(plan, a_demand(1), tolerance=8) == {1: ("N 1", MONDAY + timedelta(days=8))}
    assert starts(plan, a_demand(1, days=2), tolerance=8) == {1: ("N 1", MONDAY + timedelta(days=4))}


def test_a_latest_end_holds_whatever_the_tolerance() -> None:
    plan = Plan((a_rig(1),), (held(1, MONDAY, 4),))
    wish = a_demand(1, latest_end=MONDAY + timedelta(days=6))
    hasty = a_demand(1, latest_end=MONDAY + timedelta(days=5))

    assert starts(plan, wish) == {1: ("N 1", MONDAY + timedelta(days=4))}
    assert starts(plan, hasty, tolerance=90) == {1: "none_free"}


def test_a_vehicle_is_never_in_two_places() -> None:
    plan = Plan((a_rig(1), a_rig(2)), (held(3, MONDAY, 2, vehicle=7),))

    assert starts(plan, a_demand(1, vehicle_id=7)) == {1: "vehicle_busy"}
    assert starts(plan, a_demand(1, vehicle_id=8), a_demand(2, vehicle_id=8), tolerance=3) == {
        1: ("N 1", MONDAY), 2: ("N 1", MONDAY + timedelta(days=3)),
    }  # fmt: skip


def test_only_days_in_service_count() -> None:
    friday = MONDAY + timedelta(days=4)
    plan = Plan((a_rig(1, service=((date(2020, 1, 1), MONDAY), (friday, None))), a_rig(2, service=())), ())

    assert starts(plan, a_demand(1), tolerance=30) == {1: ("N 1", friday)}


@pytest.mark.parametrize(
    ("changes", "reason", "says"),
    [
        ({"test_type": "wind"}, "test_invalid", "No dyno runs wind"),
        ({"weight_class": None}, "weight_missing", "The weight of V1 is not known"),
        ({"drive_type": None}, "drive_missing", "The drive of V1 is not known"),
        ({"weight_class": ">10K"}, "no_dyno_fits", "No dyno runs brake for AWD and >10K"),
        ({"end": MONDAY - timedelta(days=1)}, "end_before_start", "before it starts on Mon 2 Mar 2026"),
        ({"days": 367}, "dates_invalid", "It lasts 367 days"),
        ({"start": date(2099, 12, 30)}, "dates_invalid", "outside the years 2000 to 2099"),
        ({"start": MONDAY - timedelta(days=5)}, "past", "the first free days are on N 1 from Fri 6 Mar 2026"),
        ({"facility": "South"}, "facility_incompatible", "No dyno at South can run it; N 1 (North)"),
        ({}, "none_free", "not free for 3 days from Mon 2 Mar 2026; the first free days are on N 1 from Fri 6 Mar"),
    ],
)
def test_each_reason_is_a_plain_sentence(changes: dict[str, object], reason: str, says: str) -> None:
    plan = Plan((a_rig(1), a_rig(2, "cold", facility="South")), (held(1, MONDAY, 4),))

    (proposal,) = propose(plan, [a_demand(1, **changes)], today=MONDAY)

    assert proposal.place is None
    assert proposal.reason == reason
    assert says in proposal.sentence


def test_a_wished_facility_is_respected_in_any_case() -> None:
    plan = Plan((a_rig(1), a_rig(2, facility="South")), ())

    assert starts(plan, a_demand(1, facility="south ")) == {1: ("N 2", MONDAY)}


def test_the_alternatives_are_the_earliest_on_each_dyno_soonest_first() -> None:
    plan = Plan((a_rig(1), a_rig(2), a_rig(3, "cold")), (held(1, MONDAY, 4),))

    found = alternatives(plan, a_demand(1), today=MONDAY, tolerance=14)

    assert [(one.dyno, one.slipped) for one in found] == [("N 2", 0), ("N 1", 4)]
