"""The planning page's tab of vehicles: where each one stands, and shifting a chain after looking at it."""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import Role
from dyno_core.booking import Allocation, Mileage, list_allocations
from dyno_core.period import say_day
from dyno_core.start import App
from dyno_core.ui import planning_vehicles
from tests.builders import book, given_dyno, given_vehicle
from tests.fixtures.app import OpenPage


def _later(app: App, days: int) -> date:
    return app.clock.today() + timedelta(days=days)


@pytest.fixture
def legs(app: App) -> tuple[Allocation, ...]:
    """A chain of two legs with a gap of 10 days, and another vehicle that stands behind the second one."""
    given_dyno(app.database, "N1", preference=1)
    given_dyno(app.database, "N2", preference=2)
    vehicle, other = given_vehicle(app.database, tag="T-7"), given_vehicle(app.database, tag="T-9")
    return tuple(
        book(app.database, each, start=_later(app, first), days=5, dyno="N1", today=app.clock.today())
        for each, first in ((vehicle, 1), (vehicle, 16), (other, 23))
    )


def _ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    assert not at.error
    return at


@pytest.fixture
def planner(open_page: OpenPage, legs: tuple[Allocation, ...], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The page with the first leg chosen; AppTest can't click a row of a table."""
    choose = planning_vehicles._table

    def chosen(*args: object, **more: object) -> object:
        choose(*args, **more)  # type: ignore[arg-type]
        chain = args[0][0]  # type: ignore[index]
        return chain, chain.legs[0]

    monkeypatch.setattr(planning_vehicles, "_table", chosen)
    at = open_page("pages/planning.py", Role.PLANNER)
    at.session_state["tab"] = "Vehicles"
    return _ran(at)


def test_a_slip_is_previewed_with_what_it_hits_and_moves_all_legs_after_another_dyno_is_chosen(
    app: App, planner: AppTest, legs: tuple[Allocation, ...]
) -> None:
    key = f"shift_{legs[0].id}_1"
    planner.number_input(key=f"{key}_days").set_value(9)
    _ran(planner)

    preview = next(one.value for one in planner.dataframe if "Check" in one.value.columns)
    assert list(preview["Shift"]) == ["0"]
    assert "1 leg fits" in [one.label for one in planner.expander]
    assert "N1 is taken by T\\-9 \\(brake\\)" in planner.warning[0].value
    # What fits can move at once; with the other leg only where that gets another dyno.
    assert planner.button(key=f"{key}_go").label == "Move, leave 1 later leg in place"
    assert not planner.button(key=f"{key}_go").disabled
    assert [one.version for one in list_allocations(app.database)] == [1, 1, 1]

    planner.button(key=f"{key}_leave").click()
    _ran(planner)
    assert not planner.warning
    assert planner.button(key=f"{key}_go").label == "Move"
    planner.multiselect(key=f"{key}_along").set_value([("allocation", legs[1].id)])
    _ran(planner)

    planner.selectbox(key=f"{key}_to_{legs[1].id}").select("N2")
    _ran(planner)
    assert planner.button(key=f"{key}_go").label == "Move 2 legs"
    planner.button(key=f"{key}_go").click()
    _ran(planner)

    now = {one.id: one for one in list_allocations(app.database)}
    assert (now[legs[0].id].days, now[legs[1].id].dyno) == (9, "N2")
    assert now[legs[1].id].start_date == _later(app, 20)
    assert "and 1 later with it" in planner.success[0].value

    planner.button(key="shift_undo_now").click()
    _ran(planner)
    back = {one.id: one for one in list_allocations(app.database)}
    assert [back[one.id].period for one in legs] == [one.period for one in legs]
    assert back[legs[1].id].dyno == "N1"


def test_miles_and_a_rate_give_the_days_and_the_legs_that_stay_behind_can_be_unchosen(
    app: App, planner: AppTest, legs: tuple[Allocation, ...]
) -> None:
    key = f"shift_{legs[0].id}_1"
    planner.button_group(key=f"{key}_by").set_value("Miles")
    _ran(planner)
    planner.number_input(key=f"{key}_miles").set_value(5_000)
    planner.number_input(key=f"{key}_added").set_value(0.5)
    _ran(planner)
    planner.multiselect(key=f"{key}_along").set_value([])
    _ran(planner)

    planner.button(key=f"{key}_go").click()
    _ran(planner)

    now = {one.id: one for one in list_allocations(app.database)}
    assert (now[legs[0].id].days, now[legs[0].id].mileage) == (8, Mileage(5_000, added_days=0.5))
    assert now[legs[1].id].version == 1
    again = f"shift_{legs[0].id}_2"
    assert planner.button_group(key=f"{again}_by").value == "Miles"
    assert planner.number_input(key=f"{again}_miles").value == 5_000
    assert planner.number_input(key=f"{again}_added").value == 0.5


def test_a_test_that_starts_on_another_day_takes_its_end_and_the_later_leg_along_and_back(
    app: App, planner: AppTest, legs: tuple[Allocation, ...]
) -> None:
    key = f"start_{legs[0].id}_1"
    planner.session_state[key] = True
    _ran(planner)
    assert "today is 1 day sooner" in next(one.value for one in planner.caption if "Planned for" in one.value)
    assert planner.button(key=f"{key}_go").label == "Start today", "a sooner start reaches no later leg"
    planner.multiselect(key=f"{key}_along").set_value([("allocation", legs[1].id)])
    _ran(planner)
    assert planner.button(key=f"{key}_go").label == "Start today and move 1 later leg"

    planner.button(key=f"{key}_go").click()
    _ran(planner)

    now = {one.id: one for one in list_allocations(app.database)}
    assert (now[legs[0].id].status, now[legs[0].id].period) == ("in_progress", legs[0].period.shifted(-1))
    assert now[legs[1].id].period == legs[1].period.shifted(-1)
    assert "has started on N1" in planner.success[0].value
    planner.button(key="shift_undo_now").click()
    _ran(planner)
    back = {one.id: one for one in list_allocations(app.database)}
    assert [(back[one.id].status, back[one.id].period) for one in legs] == [("scheduled", one.period) for one in legs]

    again = f"shift_{legs[0].id}_{back[legs[0].id].version}"
    planner.date_input(key=f"{again}_start").set_value(_later(app, 4))
    _ran(planner)
    planner.multiselect(key=f"{again}_along").set_value([])
    _ran(planner)
    planner.button(key=f"{again}_go").click()
    _ran(planner)
    begins = f"It begins on {say_day(_later(app, 4))}, in 4 days. To begin sooner, move it first."
    assert begins in [one.value for one in planner.caption]


def test_the_table_beside_the_chart_tells_every_leg_its_gap_and_what_is_late(
    app: App, open_page: OpenPage, legs: tuple[Allocation, ...]
) -> None:
    at = open_page("pages/planning.py", Role.VIEWER)
    at.session_state["tab"] = "Vehicles"
    _ran(at)

    told = at.dataframe[0].value
    assert list(told["Vehicle"]) == ["T-7", "T-7", "T-9"]
    assert list(told["Progress"]) == ["to run"] * 3
    assert told["Gap before"][1] == "10 days"
    assert any("2 vehicles, 3 legs" in one.value for one in at.caption)
    at.button_group(key="vehicles_only").set_value("Late")
    _ran(at)
    assert at.info[0].value.startswith("No vehicle has a leg")
