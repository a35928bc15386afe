"""The vehicle status chart says of each leg what state it is in, where it runs, and where a vehicle is in between."""

from datetime import UTC, date, datetime, timedelta

from dyno_core.booking import Allocation, Leg
from dyno_core.booking.chains import chain_from
from dyno_core.period import Period
from dyno_core.ui.vehicle_chart import leg_clicked, state_of, status_chart

TODAY = date(2026, 11, 24)
WINDOW = Period(TODAY - timedelta(days=60), TODAY + timedelta(days=60))


def _leg(first: int, last: int, status: str, *, planned_last: int | None = None) -> Leg:
    start, end = TODAY + timedelta(days=first), TODAY + timedelta(days=last)
    planned = end if planned_last is None else TODAY + timedelta(days=planned_last)
    return Leg(
        Allocation(
            id=first + 100, kind="test", dyno_id=1, dyno="PGN 1", facility="PGN", vehicle_id=7, vin=None, tag="<T-7>",
            program=None, contact=None, test_type="mileage", leg="5K - 75K", start_date=start, end_date=end,
            status=status, disputed=False, planned_start_date=start, planned_end_date=planned, actual_start_date=None,
            actual_end_date=None, notes="", created_by="me", created_at=datetime.now(UTC), source="calendar", version=1,
        )
    )  # fmt: skip


def test_a_legs_state_is_late_before_delayed_and_delayed_only_while_something_is_to_come() -> None:
    states = [
        state_of(leg, today=TODAY)
        for leg in (
            _leg(-30, -20, "completed", planned_last=-25),
            _leg(-10, 10, "in_progress"),
            _leg(-10, 10, "in_progress", planned_last=5),
            _leg(-10, -1, "in_progress"),
            _leg(-1, 10, "scheduled"),
            _leg(5, 10, "scheduled", planned_last=8),
            _leg(5, 10, "tentative", planned_last=8),
        )
    ]

    assert states == ["completed", "running", "running, delayed", "late", "late", "to run, delayed", "tentative"]


def test_bars_are_cut_at_the_window_named_by_leg_and_dyno_and_joined_where_the_vehicle_travels() -> None:
    chain = chain_from([_leg(-90, -20, "completed"), _leg(10, 50, "scheduled"), _leg(70, 80, "scheduled")])

    figure = status_chart([chain], window=WINDOW, today=TODAY, dark=False, conflicts={})

    traces = {trace.name: trace for trace in figure.data}
    assert set(traces) == {"completed", "to run", "between legs", "travelling now"}
    assert traces["completed"].base[0].date() == WINDOW.start
    assert list(traces["to run"].text) == ["5K - 75K · PGN 1"]
    assert [day.date() for day in traces["travelling now"].x[:2]] == [
        TODAY - timedelta(days=19), TODAY + timedelta(days=10),
    ]  # fmt: skip
    assert list(figure.layout.yaxis.ticktext) == ["&lt;T-7&gt;"]


def test_a_bar_in_conflict_carries_a_mark_one_that_was_moved_its_first_plan_and_both_name_their_leg() -> None:
    moved = _leg(10, 20, "scheduled", planned_last=16)
    clash = f"<T-7> is booked twice, {'on two dynos ' * 6}"

    figure = status_chart(
        [chain_from([moved])], window=WINDOW, today=TODAY, dark=True, conflicts={110: clash, 999: "elsewhere"}
    )

    traces = {trace.name: trace for trace in figure.data}
    mark, first = traces["conflict"], traces["as first planned"]
    assert [day.date() for day in first.x[:2]] == [TODAY + timedelta(days=10), TODAY + timedelta(days=17)]
    assert len(mark.x) == 1
    assert mark.hovertext[0].startswith("&lt;T-7&gt; is booked twice")
    assert mark.hovertext[0].count("<br>") == 1
    told = (traces["to run, delayed"].customdata[0], mark.customdata[0])
    assert [leg_clicked({"customdata": one}) for one in told] == [("allocation", 110)] * 2
    assert leg_clicked({"customdata": {"0": "request 7"}}) == ("request", 7)
    assert leg_clicked({"curve_number": 3}) is None
