"""A breakdown and maintenance that comes back, on the Fleet page."""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import Role
from dyno_core.booking import get_allocation
from dyno_core.maintenance import Recurrence, cancel_maintenance, list_windows, plan_recurring
from dyno_core.period import Period
from dyno_core.start import App
from dyno_core.ui.planning_breakdown import friday_from
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import book, given_dyno, given_vehicle
from tests.fixtures.app import OpenPage


def _ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    assert not at.error, at.error[0].value
    return at


def _maintenance(open_page: OpenPage) -> AppTest:
    at = open_page("pages/fleet.py", Role.PLANNER)
    at.query_params["tab"] = "Maintenance"
    at.session_state["tab"] = "Maintenance"
    return _ran(at)


@pytest.fixture
def lab(app: App) -> App:
    given_dyno(app.database, "N1", preference=1)
    given_dyno(app.database, "N2", preference=2)
    return app


def test_a_breakdown_until_friday_is_two_clicks_and_moves_what_it_hits(open_page: OpenPage, lab: App) -> None:
    today = lab.clock.today()
    hit = book(lab.database, given_vehicle(lab.database), start=friday_from(today), days=2, dyno="N1", today=today)
    at = _maintenance(open_page)
    at.session_state["breakdown_report"] = True
    _ran(at)
    assert "This hits 1 test, which can go elsewhere." in at.warning[0].value

    at.button(key="new_breakdown_0_send").click()
    _ran(at)

    assert f"(brake) is on N2 from {hit.period} now." in at.success[0].value
    assert [one.period.end for one in list_windows(lab.database)] == [friday_from(today)]
    moved = get_allocation(lab.database, hit.id)
    assert (moved.dyno, moved.period, moved.disputed) == ("N2", hit.period, False)

    at.button(key="outage_undo").click()
    _ran(at)
    assert at.success[0].value.startswith("Taken back: the breakdown of N1 is off the plan, and")
    assert (get_allocation(lab.database, hit.id).dyno, list_windows(lab.database)) == ("N1", ())
    assert "outage_undo" not in [one.key for one in at.button]


def test_maintenance_every_second_week_shows_each_of_its_windows_first(open_page: OpenPage, lab: App) -> None:
    today = lab.clock.today()
    at = _maintenance(open_page)
    at.selectbox(key="new_window_0_weeks").select(2)
    at.date_input(key="new_window_0_last").set_value(today)
    _ran(at)
    assert list(at.dataframe[-1].value["What it hits"]) == ["nothing"] * 6

    at.text_input(key="new_window_0_reason").input("calibration")
    at.button(key="new_window_0_send").click()
    _ran(at)

    assert "every 2 weeks, 6 times" in at.success[0].value
    starts = [one.start_date for one in list_windows(lab.database)]
    assert starts == [today + timedelta(days=14 * number) for number in range(6)]


def test_what_recurring_maintenance_hits_moves_with_it_in_the_same_change_and_back(
    open_page: OpenPage, lab: App
) -> None:
    today = lab.clock.today()
    second = today + timedelta(days=14)
    hit = book(lab.database, given_vehicle(lab.database), start=second, days=2, dyno="N1", today=today)
    at = _maintenance(open_page)
    at.selectbox(key="new_window_0_weeks").select(2)
    at.date_input(key="new_window_0_last").set_value(today)
    _ran(at)
    assert "This hits 1 test, which can go elsewhere." in at.warning[0].value
    assert "new_window_0_displace" not in [one.key for one in at.checkbox]
    at.text_input(key="new_window_0_reason").input("calibration")
    at.button(key="new_window_0_send").click()
    _ran(at)

    assert "every 2 weeks, 6 times" in at.success[0].value
    moved = get_allocation(lab.database, hit.id)
    assert (moved.dyno, moved.period, moved.disputed) == ("N2", hit.period, False)
    assert len(list_windows(lab.database)) == 6

    at.button(key="outage_undo").click()
    _ran(at)
    assert (get_allocation(lab.database, hit.id).dyno, list_windows(lab.database)) == ("N1", ())


def test_a_click_moves_only_what_was_shown_when_it_was_made(open_page: OpenPage, lab: App) -> None:
    today = lab.clock.today()
    given_dyno(lab.database, "N3", preference=3)
    seen = book(lab.database, given_vehicle(lab.database), start=today, days=2, dyno="N1", today=today)
    at = _maintenance(open_page)
    assert at.button(key="new_window_0_send").label == "Plan and move 1"
    unseen = book(
        lab.database, given_vehicle(lab.database), start=today + timedelta(days=3), days=1, dyno="N1", today=today
    )
    at.text_input(key="new_window_0_reason").input("calibration")
    at.button(key="new_window_0_send").click()
    at.run()
    assert not at.exception
    assert "What this hits on N1 changed meanwhile, so nothing was stored; look again" in at.error[0].value
    assert ([get_allocation(lab.database, one.id) for one in (seen, unseen)], list_windows(lab.database)) == (
        [seen, unseen], (),
    )  # fmt: skip
    assert at.button(key="new_window_0_send").label == "Plan and move 2"

    at.button(key="new_window_0_send").click()
    _ran(at)
    assert {get_allocation(lab.database, one.id).dyno for one in (seen, unseen)} == {"N2"}

    at.session_state["breakdown_report"] = True
    _ran(at)
    assert "No test is booked there on these days; it is in maintenance already" in at.info[0].value


def test_friday_is_the_one_that_comes() -> None:
    assert friday_from(date(2026, 11, 24)) == friday_from(date(2026, 11, 27)) == date(2026, 11, 27)
    assert friday_from(date(2026, 11, 28)) == date(2026, 12, 4)


def test_a_series_is_changed_from_one_of_its_windows_on_and_a_stale_view_of_it_is_refused(
    open_page: OpenPage, lab: App
) -> None:
    today = lab.clock.today()
    recurrence = Recurrence(Period.of(today + timedelta(days=1), 2), every_weeks=1, times=3)
    planned = plan_recurring(
        lab.database, BY, dyno="N1", recurrence=recurrence, category="calibration", today=today, reason="load cell"
    )
    second = planned[1].window.id
    at = _maintenance(open_page)
    at.selectbox(key="window_to_change").select(second)
    _ran(at)
    at.segmented_control(key=f"window_series_{second}").set_value("This and the 1 after it")
    _ran(at)
    hit = book(
        lab.database,
        given_vehicle(lab.database, tag="HIT"),
        start=today + timedelta(days=18),
        days=1,
        dyno="N1",
        today=today,
    )
    at.number_input(key=f"series_{second}_2_2_days").set_value(4)
    _ran(at)
    assert list(at.dataframe[1].value["What becomes of it"]) == ["changes", "changes"]
    assert "This hits 1 test, which can go elsewhere." in at.warning[0].value
    assert at.button(key="series_change").label == "Change these 2 and move 1"
    at.text_input(key=f"series_{second}_2_2_reason").input("takes longer")
    at.button(key="series_change").click()
    _ran(at)
    assert "is in maintenance every week, 2 times" in at.success[0].value
    assert f"HIT (brake) is on N2 from {hit.period} now." in at.success[0].value
    assert [(one.period.days, one.reason) for one in list_windows(lab.database)] == [
        (2, "load cell"), (4, "takes longer"), (4, "takes longer"),
    ]  # fmt: skip

    cancel_maintenance(lab.database, BY, planned[2].window.id)
    at.button(key="series_cancel").click()
    at.run()
    assert not at.exception
    assert len(list_windows(lab.database)) == 2
