"""The planner's engine against a model that looks at every day of every dyno."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dyno_core.period import Period
from dyno_core.planning import Demand, Held, Plan, Rig, propose

FIRST = date(2026, 3, 2)
TOKENS = ("brake|AWD|<10K", "brake|2WD|<10K")
SITES = ("North", "South")

offsets = st.integers(min_value=-3, max_value=20)
lengths = st.integers(min_value=1, max_value=8)


def _day(offset: int) -> date:
    return FIRST + timedelta(days=offset)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    rigs = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        begins = draw(offsets)
        service = ((_day(begins), draw(st.none() | st.integers(0, 30).map(lambda days, at=begins: _day(at + days)))),)
        tokens = frozenset(draw(st.sets(st.sampled_from(TOKENS), min_size=1)))
        rigs.append(Rig(number, f"N {number}", draw(st.sampled_from(SITES)), tokens, service))
    held: list[Held] = []
    for dyno, vehicle, start, days in draw(
        st.lists(st.tuples(st.integers(1, 3), st.none() | st.integers(1, 3), offsets, lengths), max_size=6)
    ):
        one = Held(dyno, vehicle, Period.of(_day(start), days))
        # As the exclusion constraints have it: nothing in the plan shares a day of a dyno or of a vehicle.
        clear = not any(
            other.period.overlaps(one.period)
            and (other.dyno_id == dyno or (vehicle is not None and other.vehicle_id == vehicle))
            for other in held
        )
        if clear:
            held.append(one)
    return Plan(tuple(rigs), tuple(held))


@st.composite
def wishes(draw: st.DrawFn) -> tuple[Demand, ...]:
    made = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        start, days = _day(draw(offsets)), draw(lengths)
        end = start + timedelta(days=days - 1)
        latest = draw(st.none() | st.integers(0, 12).map(lambda more, at=end: at + timedelta(days=more)))
        wish = Demand(
            id=number, vehicle_id=draw(st.integers(1, 3)), vehicle="V", test_type="brake",
            drive_type=draw(st.sampled_from(("AWD", "2WD"))), weight_class="<10K", start=start, end=end,
            latest_end=latest, facility=draw(st.none() | st.sampled_from(SITES)), priority=draw(st.integers(1, 2)),
        )  # fmt: skip
        made.append(wish)
    return tuple(made)


def _naive(plan: Plan, demands: tuple[Demand, ...], tolerance: int) -> dict[int, tuple[int, date] | None]:
    """Day after day, dyno after dyno, each day of each looked up in a set."""
    taken = {(one.dyno_id, day) for one in plan.held for day in one.period.each_day()}
    away = {(one.vehicle_id, day) for one in plan.held for day in one.period.each_day()}
    served: dict[int, tuple[int, date] | None] = {}
    for one in sorted(demands, key=lambda each: (each.priority, each.start, each.id)):
        slip = (one.latest_end - one.end).days if one.latest_end else tolerance
        served[one.id] = None
        for later in range(slip + 1):
            days = list(Period(one.start, one.end).shifted(later).each_day())
            for rig in plan.rigs:
                first, last = rig.service[0]
                if (
                    days[0] >= FIRST
                    and f"brake|{one.drive_type}|<10K" in rig.capabilities
                    and one.facility in (None, rig.facility)
                    and first <= days[0]
                    and (last is None or days[-1] <= last)
                    and not any((rig.id, day) in taken or (one.vehicle_id, day) in away for day in days)
                ):
                    served[one.id] = rig.id, days[0]
                    taken |= {(rig.id, day) for day in days}
                    away |= {(one.vehicle_id, day) for day in days}
                    break
            if served[one.id]:
                break
    return served


@given(plan=plans(), demands=wishes(), tolerance=st.sampled_from((0, 3, 20)))
def test_the_engine_places_exactly_what_a_look_at_every_day_would(
    plan: Plan, demands: tuple[Demand, ...], tolerance: int
) -> None:
    proposed = propose(plan, demands, today=FIRST, tolerance=tolerance)

    assert {
        one.demand.id: (one.place.dyno_id, one.place.period.start) if one.place else None for one in proposed
    } == _naive(plan, demands, tolerance)
    assert all(one.place or one.sentence.endswith(".") for one in proposed)
