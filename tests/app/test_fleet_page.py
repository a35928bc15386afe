from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import OPERATOR, Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import allocate_vehicle, list_desk, start_allocation
from dyno_core.database.models import AllocationRow
from dyno_core.fleet import (
    DynoDraft,
    VehicleDraft,
    add_dyno,
    add_test_type,
    add_vehicle,
    edit_dyno,
    find_vehicle,
    get_dyno,
    get_test_type,
    list_dynos,
    service_periods,
)
from dyno_core.fleet import TestTypeDraft as TypeDraft
from dyno_core.fleet.drafts import COLOURS
from dyno_core.maintenance import cancel_maintenance, list_windows, plan_maintenance
from dyno_core.period import Period
from dyno_core.start import App
from dyno_core.ui.timeline import PALETTE
from tests.fixtures.app import OpenPage, given_user

PAGE = "pages/fleet.py"
BY_SCRIPT = Origin(actor=OPERATOR, channel="planner")
SINCE = date(2024, 1, 1)
TABS = ("Dynos", "Vehicles", "Test types", "Rules", "Maintenance", "Import")


@pytest.fixture
def lab(app: App) -> App:
    add_test_type(app.database, BY_SCRIPT, TypeDraft(name="brake", label="Brake"))
    draft = DynoDraft(
        name="North 1", facility="North", supported_weight_classes=("<10K",), supported_drives=("2WD",),
        supported_test_types=("brake",),
    )  # fmt: skip
    add_dyno(app.database, BY_SCRIPT, draft, in_service_from=SINCE)
    add_vehicle(app.database, BY_SCRIPT, VehicleDraft(tag="T1", weight_lbs=5000, drive_type="2WD"))
    return app


def opened_at(at: AppTest, tab: str) -> AppTest:
    at.query_params["tab"] = tab
    at.run()
    assert not at.exception
    return at


def sentences(at: AppTest) -> str:
    return " ".join(element.value for kind in (at.success, at.error, at.warning, at.info) for element in kind)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.MANAGER])
def test_only_planners_and_administrators_see_the_fleet_page(open_page: OpenPage, role: Role) -> None:
    at = open_page(PAGE, role)
    assert not at.exception
    assert "does not allow you" in sentences(at)
    assert not at.button


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_draws_in_an_empty_lab(open_page: OpenPage, tab: str) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), tab)
    assert not at.error


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_draws_what_is_there(lab: App, open_page: OpenPage, tab: str) -> None:
    at = opened_at(open_page(PAGE, Role.ADMIN), tab)
    assert not at.error


def test_a_planner_adds_a_dyno_and_its_form_is_empty_again(lab: App, open_page: OpenPage) -> None:
    at = open_page(PAGE, Role.PLANNER)
    at.text_input(key="new_dyno_0_name").set_value("North 2")
    at.text_input(key="new_dyno_0_facility").set_value("North")
    at.multiselect(key="new_dyno_0_tests").set_value(["brake"])
    at.button(key="add_dyno").click().run()
    assert not at.exception
    assert "Added North 2." in sentences(at)
    assert at.text_input(key="new_dyno_1_name").value == ""
    assert get_dyno(lab.database, "North 2", today=SINCE).supported_test_types == ("brake",)


def test_a_refusal_is_told_in_its_sentence_and_changes_nothing(lab: App, open_page: OpenPage) -> None:
    at = open_page(PAGE, Role.PLANNER)
    at.text_input(key="new_dyno_0_name").set_value("NORTH 1")
    at.text_input(key="new_dyno_0_facility").set_value("North")
    at.button(key="add_dyno").click().run()
    assert not at.exception
    assert "There is a dyno “North 1” already" in sentences(at)
    assert len(list_dynos(lab.database, today=SINCE)) == 1


def test_a_planner_changes_what_a_dyno_can_run(lab: App, open_page: OpenPage) -> None:
    at = open_page(PAGE, Role.PLANNER)
    dyno = get_dyno(lab.database, "North 1", today=SINCE)
    key = f"dyno_{dyno.id}_{dyno.version}"
    at.multiselect(key=f"{key}_drives").set_value(["2WD", "AWD"])
    at.multiselect(key=f"{key}_weights").set_value(["<10K", ">10K"]).run()
    at.multiselect(key=f"{key}_excluded").set_value(["brake|AWD|>10K"])
    at.button(key="save_dyno").click().run()
    assert not at.exception
    assert "Saved North 1." in sentences(at)
    changed = get_dyno(lab.database, "North 1", today=SINCE)
    assert changed.capabilities == {"brake|2WD|<10K", "brake|2WD|>10K", "brake|AWD|<10K"}


def test_what_a_change_breaks_is_shown_before_it_is_saved(lab: App, open_page: OpenPage) -> None:
    dyno, vehicle = get_dyno(lab.database, "North 1", today=SINCE), find_vehicle(lab.database, "T1")
    today = lab.clock.today()
    with lab.database.writing() as session:
        session.add(
            AllocationRow(
                vehicle_id=vehicle.id, dyno_id=dyno.id, test_type="brake", start_date=today, end_date=today,
                created_by="x", source="calendar",
            )
        )  # fmt: skip
    at = open_page(PAGE, Role.PLANNER)
    at.multiselect(key=f"dyno_{dyno.id}_{dyno.version}_drives").set_value(["AWD"]).run()
    assert not at.exception
    assert "This breaks 1 allocation." in sentences(at)
    at.button(key="save_dyno").click().run()
    assert "Nothing was saved yet: look at what this breaks" in sentences(at)
    assert get_dyno(lab.database, "North 1", today=SINCE) == dyno
    at = open_page(PAGE, Role.ADMIN)
    assert "This breaks" not in sentences(at)
    at.segmented_control(key=f"service_{dyno.id}_{dyno.version}_change").set_value("Out of service").run()
    assert "This breaks 1 allocation." in sentences(at)
    (yes,) = [one for one in at.checkbox if one.label.startswith("Save it all the same")]
    yes.check().run()
    at.text_input(key=f"service_{dyno.id}_{dyno.version}_reason").input("belt")
    at.button(key="save_service").click().run()
    assert not at.exception
    assert service_periods(lab.database, dyno.id)[0].end == today - timedelta(days=1)
    assert list_desk(lab.database, today=today).open[0].kind == "service"
    at = opened_at(open_page(PAGE, given_user(lab.database, role=Role.PLANNER, email="p2@example.com")), "Vehicles")
    at.selectbox(key=f"vehicle_{vehicle.id}_{vehicle.version}_drive_type").set_value("AWD").run()
    assert "This breaks 1 allocation." in sentences(at)


def test_a_planner_retires_a_dyno(lab: App, open_page: OpenPage) -> None:
    at = open_page(PAGE, Role.PLANNER)
    dyno = get_dyno(lab.database, "North 1", today=SINCE)
    key = f"service_{dyno.id}_{dyno.version}"
    at.date_input(key=f"{key}_from").set_value(date(2026, 5, 1))
    at.segmented_control(key=f"{key}_change").set_value("Retire").run()
    at.button(key="save_service").click().run()
    assert not at.exception
    (period,) = service_periods(lab.database, dyno.id)
    assert period.end == date(2026, 4, 30)


def test_a_planner_finds_and_corrects_a_vehicle(lab: App, open_page: OpenPage) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), "Vehicles")
    vehicle = find_vehicle(lab.database, "T1")
    at.text_input(key="vehicle_search").set_value("t1").run()
    key = f"vehicle_{vehicle.id}_{vehicle.version}"
    at.number_input(key=f"{key}_weight_lbs").set_value(12_000)
    at.text_input(key=f"{key}_contact").set_value("Ana")
    at.button(key="save_vehicle").click().run()
    assert not at.exception
    changed = find_vehicle(lab.database, "T1")
    assert (changed.weight_class, changed.contact) == (">10K", "Ana")


def test_a_planner_adds_a_vehicle_makes_it_part_of_another_and_two_of_one_record(lab: App, open_page: OpenPage) -> None:
    planner = given_user(lab.database, role=Role.PLANNER)
    at = opened_at(open_page(PAGE, planner), "Vehicles")
    at.text_input(key="new_vehicle_0_tag").set_value("T2")
    at.button(key="add_vehicle").click().run()
    assert not at.exception
    assert "Added T2." in sentences(at)
    first = find_vehicle(lab.database, "T1")
    at.selectbox(key="vehicle").set_value(first.id).run()
    at.text_input(key=f"merge_{first.id}_1_other").set_value("t2").run()
    at.button(key="merge_vehicles").click().run()
    assert not at.exception
    assert find_vehicle(lab.database, "T2").id == first.id

    field = f"split_{first.id}_{find_vehicle(lab.database, 'T1').version}_tag"
    at.text_input(key=field).set_value("TBD").run()
    at.button(key="split_vehicle").click().run()
    assert "needs a tag of its own" in at.error[0].value
    at.text_input(key=field).set_value("t1").run()
    assert f"Vehicle {first.id} is called t1 itself" in at.warning[0].value
    at.text_input(key=field).set_value("T3").run()
    assert any(f"Afterwards vehicle {first.id} is called T1, and the new record T3" in one.value for one in at.markdown)
    at.button(key="split_vehicle").click().run()
    assert not at.exception
    assert find_vehicle(lab.database, "T3").id not in (first.id, find_vehicle(lab.database, "T2").id)
    at = opened_at(open_page(PAGE, planner), "Vehicles")  # in another browser
    at.button(key=f"split_undo_{find_vehicle(lab.database, 'T3').id}").click().run()
    assert not at.exception
    assert find_vehicle(lab.database, "T3").id == first.id


def test_a_planner_adds_and_changes_a_test_type(lab: App, open_page: OpenPage) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), "Test types")
    at.text_input(key="new_test_type_0_name").set_value("evap")
    at.text_input(key="new_test_type_0_synonyms").set_value("shed, evaporative")
    at.button(key="add_test_type").click().run()
    assert not at.exception
    kind = get_test_type(lab.database, "SHED")
    assert kind.name == "evap"
    at.selectbox(key="test_type").set_value("evap").run()
    at.number_input(key=f"test_type_{kind}_days").set_value(4)
    at.button(key="save_test_type").click().run()
    assert not at.exception
    assert get_test_type(lab.database, "evap").fixed_days == 4


def test_what_was_filled_in_before_somebody_else_s_change_is_refused_not_called_saved(
    lab: App, open_page: OpenPage
) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), "Dynos")
    dyno = get_dyno(lab.database, "North 1", today=lab.clock.today())
    at.text_input(key=f"dyno_{dyno.id}_{dyno.version}_facility").set_value("South").run()
    draft = DynoDraft(name="North 1", facility="West", supported_test_types=("brake",))
    edit_dyno(lab.database, BY_SCRIPT, dyno.id, draft, version=dyno.version, today=lab.clock.today())
    at.button(key="save_dyno").click().run()

    assert not at.exception
    assert "North 1 was changed" in sentences(at)
    assert not at.success
    assert get_dyno(lab.database, "North 1", today=lab.clock.today()).facility == "West"


def test_every_colour_that_can_be_chosen_is_drawn() -> None:
    assert len(PALETTE) == COLOURS


def test_a_planner_plans_maintenance_and_the_form_is_empty_again(lab: App, open_page: OpenPage) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), "Maintenance")
    assert "No dyno is in maintenance" in sentences(at)
    at.text_input(key="new_window_0_reason").set_value("new rollers")
    at.button(key="new_window_0_send").click().run()

    assert not at.exception
    assert "North 1 is in maintenance for" in sentences(at)
    assert [window.reason for window in list_windows(lab.database)] == ["new rollers"]
    assert at.text_input(key="new_window_1_reason").value == ""
    assert list(at.dataframe[0].value["State"]) == ["now"]


def test_a_window_that_ends_before_it_starts_is_refused_in_a_sentence(lab: App, open_page: OpenPage) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), "Maintenance")
    at.date_input(key="new_window_0_last").set_value(date(2020, 1, 1))
    at.button(key="new_window_0_send").click().run()

    assert not at.exception
    assert at.error[0].value.startswith("The last day lies before the first day")
    assert list_windows(lab.database) == ()


def test_a_window_without_a_reason_is_refused_and_one_over_an_allocation_tells_it_first(
    lab: App, open_page: OpenPage
) -> None:
    today = lab.clock.today()
    vehicle = find_vehicle(lab.database, "T1")
    booked = allocate_vehicle(
        lab.database, BY_SCRIPT, vehicle_id=vehicle.id, start_date=today, days=2, test_type="brake", today=today
    )
    start_allocation(lab.database, BY_SCRIPT, booked.id, on=today, today=today)
    at = opened_at(open_page(PAGE, Role.PLANNER), "Maintenance")
    assert "This hits 1 test, which finds no other place." in sentences(at)
    at.button(key="new_window_0_send").click().run()
    assert not at.exception
    assert "Say why North 1 is taken out" in sentences(at)
    at.text_input(key="new_window_0_reason").set_value("new rollers")
    at.button(key="new_window_0_send").click().run()
    assert at.error, "only a breakdown displaces without being told to"
    assert list_windows(lab.database) == ()
    at.checkbox(key="new_window_0_displace").check()
    at.button(key="new_window_0_send").click().run()
    assert not at.exception
    assert "T1 (brake) needs another place: see the conflicts." in sentences(at)


def test_a_planner_ends_a_window_earlier_and_then_cancels_it(lab: App, open_page: OpenPage) -> None:
    today = lab.clock.today()
    window = given_window(lab, Period.of(today, 5))
    at = opened_at(open_page(PAGE, Role.PLANNER), "Maintenance")
    at.date_input(key=f"window_last_{window}").set_value(today)
    at.button(key="window_change").click().run()
    assert not at.exception
    assert [each.period for each in list_windows(lab.database)] == [Period.of(today, 1)]

    at.button(key="window_cancel").click().run()
    assert not at.exception
    assert "is cancelled" in sentences(at)
    assert list_windows(lab.database) == ()


def test_past_and_cancelled_windows_are_shown_when_asked_for(lab: App, open_page: OpenPage) -> None:
    past = given_window(lab, Period(date(2024, 2, 1), date(2024, 2, 3)))
    gone = given_window(lab, Period.of(lab.clock.today(), 2))
    cancel_maintenance(lab.database, BY_SCRIPT, gone)
    at = opened_at(open_page(PAGE, Role.PLANNER), "Maintenance")
    assert not at.dataframe
    at.toggle(key="windows_past").set_value(True)
    at.toggle(key="windows_cancelled").set_value(True).run()

    assert not at.exception
    assert list(at.dataframe[0].value["State"]) == ["past", "cancelled"]
    assert at.selectbox(key="window_to_change").value == past


def given_window(lab: App, period: Period) -> int:
    outage = plan_maintenance(
        lab.database, BY_SCRIPT, dyno="North 1", period=period, category="planned", today=lab.clock.today()
    )
    return outage.window.id


def test_a_planner_retires_a_vehicle_and_a_test_type_and_brings_them_back(lab: App, open_page: OpenPage) -> None:
    at = opened_at(open_page(PAGE, Role.PLANNER), "Vehicles")
    vehicle = find_vehicle(lab.database, "T1")
    key = f"vehicle_{vehicle.id}"
    at.text_input(key=f"{key}_retire_why_{vehicle.version}").input("sold")
    at.button(key=f"{key}_retire_send").click().run()
    assert not at.exception
    assert "T1 is retired; “Retired ones, too” shows it, should it come back." in sentences(at)
    assert history(lab.database, entity="vehicle", entity_id=vehicle.id)[0].reason == "sold"
    assert "There is no vehicle in use. Add one below" in sentences(at)
    at.toggle(key="vehicles_retired").set_value(True).run()
    at.button(key=f"{key}_retire_send").click().run()
    assert not at.exception
    assert not find_vehicle(lab.database, "T1").retired

    at = opened_at(open_page(PAGE, given_user(lab.database, role=Role.PLANNER, email="p2@example.com")), "Test types")
    at.button(key="test_type_brake_retire_send").click().run()
    assert not at.exception
    assert get_test_type(lab.database, "brake").retired
