"""The conflict desk on the planning page: its list, one way out with its yes, the word of a planner, an empty desk."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import Actor, Role
from dyno_core.audit.log import Origin, history
from dyno_core.booking import accept_conflict, get_allocation, list_allocations, list_desk, reschedule_allocation
from dyno_core.fleet import get_vehicle
from dyno_core.period import Period
from dyno_core.planning import report_breakdown
from dyno_core.start import App
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import book, given_dyno, given_vehicle
from tests.fixtures.app import OpenPage, given_user


def _desk(open_page: OpenPage, role: Role | Actor, conflict: str | None = None) -> AppTest:
    at = open_page("pages/planning.py", role)
    at.query_params["tab"] = "Conflicts"
    if conflict:
        at.query_params["conflict"] = conflict
    return _run(at)


def _run(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    return at


def _captions(at: AppTest) -> str:
    return "\n".join(one.value for one in at.caption)


@pytest.fixture
def conflict(app: App) -> str:
    """A1 stands disputed where B2 stands, on N1; N2 is free."""
    today = app.clock.today()
    given_dyno(app.database, "N1", preference=1)
    given_dyno(app.database, "N2", preference=2)
    one = book(app.database, given_vehicle(app.database, tag="A1"), dyno="N1", start=today, days=5, today=today)
    with app.database.writing() as session:
        session.execute(text("UPDATE allocations SET disputed = true WHERE id = :id"), {"id": one.id})
    book(app.database, given_vehicle(app.database, tag="B2"), dyno="N1", start=today, days=5, today=today)
    return list_desk(app.database, today=today).open[0].subject


def test_an_empty_desk_says_so_and_when_it_looked(open_page: OpenPage) -> None:
    at = _desk(open_page, Role.VIEWER)
    assert at.success[-1].value.startswith(
        "All clear: nothing in the plan has to be settled from today on. Last looked"
    )


def test_a_way_out_is_shown_before_it_is_taken_and_can_be_taken_back(
    open_page: OpenPage, app: App, conflict: str
) -> None:
    at = _desk(open_page, Role.PLANNER, conflict)
    assert "1 conflict to settle: 1 now. Last looked at" in _captions(at)
    next(button for button in at.button if button.label == "N2, same days").click()
    _run(at)
    assert any("A1" in one.value and "→ N2" in one.value for one in at.markdown)
    assert get_allocation(app.database, 1).dyno == "N1"

    at.button(key="conflict_yes").click()
    _run(at)
    assert at.success[0].value.startswith("A1 (brake) is on N2 for")
    assert at.success[-1].value.startswith("All clear")
    assert get_allocation(app.database, 1).dyno == "N2"

    at.button(key="conflict_undo_last").click()
    _run(at)
    assert (get_allocation(app.database, 1).dyno, get_allocation(app.database, 1).disputed) == ("N1", True)
    assert "1 conflict to settle" in _captions(at)


def test_what_was_settled_and_what_was_reported_down_is_taken_back_after_a_reload_too(
    open_page: OpenPage, app: App, conflict: str
) -> None:
    planner = given_user(app.database, role=Role.PLANNER)
    at = _desk(open_page, planner, conflict)
    next(button for button in at.button if button.label == "N2, same days").click()
    _run(at)
    at.button(key="conflict_yes").click()
    _run(at)
    week = Period.of(app.clock.today(), 5)
    report_breakdown(app.database, Origin(planner, "calendar"), dyno="N1", period=week, today=week.start)

    at = _desk(open_page, planner)
    assert {one.label for one in at.button if str(one.key).startswith("undo_last_")} == {
        "Undo the settling", "Undo the breakdown",
    }  # fmt: skip
    for what, said in (("outage", "the breakdown of N1 is off the plan"), ("settling", "everything stands as it")):
        next(one for one in at.button if str(one.key).startswith(f"undo_last_{what}")).click()
        _run(at)
        assert said in at.success[0].value

    assert [one.disputed for one in list_allocations(app.database)] == [True, False]
    assert {one.dyno for one in list_allocations(app.database)} == {"N1"}
    assert "Take back" not in "".join(one.label for one in at.expander)


def test_the_second_planner_s_yes_is_refused_in_a_sentence(open_page: OpenPage, app: App, conflict: str) -> None:
    at = _desk(open_page, Role.PLANNER, conflict)
    next(button for button in at.button if button.label == "N2, same days").click()
    _run(at)
    reschedule_allocation(app.database, BY, 2, today=app.clock.today(), dyno="N2")

    at.button(key="conflict_yes").click()
    _run(at)

    assert "was changed by someone else meanwhile" in at.error[0].value
    assert get_allocation(app.database, 1).version == 1


def test_a_cancellation_asks_for_its_reason_and_a_viewer_is_offered_nothing(
    open_page: OpenPage, app: App, conflict: str
) -> None:
    at = _desk(open_page, Role.VIEWER, conflict)
    views = "Save"  # everybody may save the view; nothing else
    assert [button.label for button in at.button] == [views, "Look again"]

    at = _desk(open_page, Role.PLANNER, conflict)
    next(button for button in at.button if button.label == "Cancel the test").click()
    _run(at)
    at.button(key="conflict_yes").click()
    _run(at)
    assert "needs a reason" in at.error[0].value
    assert get_allocation(app.database, 1).status == "scheduled"
    at.text_input(key="conflict_reason").input("not built")
    at.button(key="conflict_yes").click()
    _run(at)
    assert get_allocation(app.database, 1).status == "cancelled"
    assert history(app.database, entity="allocation", entity_id=1)[0].reason == "not built"


def test_a_planner_accepts_what_is_against_the_rules_and_takes_it_back(open_page: OpenPage, app: App) -> None:
    today = app.clock.today()
    given_dyno(app.database, "N1")
    book(app.database, given_vehicle(app.database, tag="A1"), start=today, today=today)
    with app.database.writing() as session:
        session.execute(text("UPDATE dynos SET supported_drives = '{2WD}'"))
    at = _desk(open_page, Role.PLANNER, list_desk(app.database, today=today).open[0].subject)
    next(button for button in at.button if button.label == "Accept it").click()
    _run(at)
    at.text_input(key="conflict_reason").input("on the low-inertia rolls")
    at.button(key="conflict_yes").click()
    _run(at)
    assert at.success[-1].value.startswith("All clear")
    assert "“on the low\\-inertia rolls” \\(planner@example\\.com" in at.expander[0].markdown[0].value

    next(button for button in at.button if button.label == "Take back").click()
    _run(at)
    assert len(list_desk(app.database, today=today).open) == 1


def test_the_days_that_a_person_knows_set_the_end_of_a_wrong_duration(open_page: OpenPage, app: App) -> None:
    today = app.clock.today()
    given_dyno(app.database, "N1")
    one = book(app.database, given_vehicle(app.database, tag="A1"), start=today, days=3, today=today)
    with app.database.writing() as session:
        session.execute(text("UPDATE test_types SET fixed_days = 5"))
    at = _desk(open_page, Role.PLANNER, list_desk(app.database, today=today).open[0].subject)
    at.number_input(key=f"conflict_days_{one.id}_1").set_value(4)
    at.button(key="conflict_set_end").click()
    _run(at)
    at.text_input(key="conflict_reason").input("cold soak in between")
    at.button(key="conflict_yes").click()
    _run(at)
    assert history(app.database, entity="allocation", entity_id=one.id)[0].reason == "cold soak in between"
    assert (get_allocation(app.database, one.id).days, get_allocation(app.database, one.id).end_fixed) == (4, True)
    assert list_desk(app.database, today=today).open == ()


def test_whatever_is_typed_beside_a_button_goes_with_its_click(open_page: OpenPage, conflict: str) -> None:
    """Outside a form the click right after typing may be lost: the field's own rerun comes first."""
    at = _desk(open_page, Role.PLANNER, conflict)
    next(button for button in at.button if button.label == "Cancel the test").click()
    _run(at)
    form = at.text_input(key="conflict_reason").proto.form_id
    assert form
    assert at.button(key="conflict_yes").proto.form_id == form


def test_two_records_become_one_after_what_that_changes_was_said_and_two_again(
    open_page: OpenPage, app: App, conflict: str
) -> None:
    with app.database.writing() as session:
        session.execute(text("INSERT INTO vehicles (tag, build_id, contact) VALUES ('C3', 'B2', 'Ana')"))
    (identity,) = [one for one in list_desk(app.database, today=app.clock.today()).open if one.kind == "identity"]
    at = _desk(open_page, Role.PLANNER, identity.subject)
    labels = [button.label.replace("\\", "") for button in at.button]
    assert {"Take the build id off C3 (3)", "Take the tag off B2 (2)"} <= set(labels)
    at.button(key="way_merge-2-1-3-1").click()
    _run(at)
    assert any("B2 takes over: build id B2, contact Ana" in one.value.replace("\\", "") for one in at.markdown)
    at.text_input(key="conflict_reason").input("one car")
    at.button(key="conflict_yes").click()
    _run(at)
    assert at.success[0].value == "C3 is part of B2 now."
    assert get_vehicle(app.database, 3).contact == "Ana"
    assert history(app.database, entity="vehicle", entity_id=3)[0].reason == "one car"

    at.button(key="conflict_undo_last").click()
    _run(at)
    assert at.success[0].value.startswith("Taken back: C3 is a vehicle of its own again")
    assert (get_vehicle(app.database, 3).tag, get_vehicle(app.database, 2).contact) == ("C3", None)


def test_tests_chosen_in_the_form_move_to_the_other_record(open_page: OpenPage, app: App, conflict: str) -> None:
    with app.database.writing() as session:
        session.execute(text("INSERT INTO vehicles (tag, build_id) VALUES ('C3', 'B2')"))
    (identity,) = [one for one in list_desk(app.database, today=app.clock.today()).open if one.kind == "identity"]
    at = _desk(open_page, Role.PLANNER, identity.subject)
    at.multiselect(key="conflict_legs_chosen").set_value(["2 allocation 2"])
    at.button(key="conflict_legs_send").click()
    _run(at)
    assert any("That puts it where it must not stand" in one.value for one in at.markdown)  # C3's drive is not known
    at.button(key="conflict_yes").click()
    _run(at)
    assert at.success[0].value.startswith("1 moved from B2 to C3.")
    assert get_allocation(app.database, 2).vehicle_id == 3
    at.button(key="conflict_undo_last").click()
    _run(at)
    assert get_allocation(app.database, 2).vehicle_id == 2


def test_the_list_is_searched_and_filtered_with_its_counts(open_page: OpenPage, app: App, conflict: str) -> None:
    with app.database.writing() as session:
        session.execute(text("INSERT INTO vehicles (tag, build_id, program) VALUES ('C3', 'B2', 'Cedar')"))
    at = _desk(open_page, Role.VIEWER)
    assert "Double booking\\: 1, Double identity\\: 1\\. North\\: 2\\." in _captions(at)
    at.text_input(key="conflict_search").input("cedar b2")
    _run(at)
    assert list(at.dataframe[0].value["Kind"]) == ["Double identity"]
    assert "1 conflict to settle: 1 later. Of 2 in all." in _captions(at)
    at.text_input(key="conflict_search").input("")
    at.multiselect(key="conflict_kind").set_value(["Double booking"])
    at.multiselect(key="conflict_vehicle").set_value(["A1"])
    _run(at)
    assert list(at.dataframe[0].value["Kind"]) == ["Double booking"]
    at.multiselect(key="conflict_program").set_value(["Cedar"])
    _run(at)
    assert at.info[0].value == "No conflict matches these filters, 2 others are there; widen them."


def test_all_accepted_ones_can_be_paged_through(open_page: OpenPage, app: App) -> None:
    today = app.clock.today()
    given_dyno(app.database, "N1")
    vehicle = given_vehicle(app.database, tag="A1")
    for number in range(22):
        book(app.database, vehicle, start=today + timedelta(days=number), days=1, today=today)
    with app.database.writing() as session:
        session.execute(text("UPDATE dynos SET supported_drives = '{2WD}'"))
    for one in list_desk(app.database, today=today).open:
        accept_conflict(app.database, BY, one, reason="known")
    at = _desk(open_page, Role.PLANNER)
    assert at.expander[0].label == "Accepted (22)"
    assert len([button for button in at.button if button.label == "Take back"]) == 20
    at.number_input(key="accepted_page_2").set_value(2)
    _run(at)
    assert len([button for button in at.button if button.label == "Take back"]) == 2
