"""The planning page: who sees it, and its requests."""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import create_request, get_request, list_requests, note_request, place_request
from dyno_core.period import say_day
from dyno_core.start import App
from dyno_core.ui import planning_follow_up, planning_requests
from tests.builders import OPERATOR_ORIGIN, book, given_dyno, given_vehicle, scalar
from tests.fixtures.app import OpenPage, given_user

PAGE = "pages/planning.py"


@pytest.fixture
def waiting(app: App) -> tuple[int, ...]:
    """Three requests for the same days; two of them fit."""
    given_dyno(app.database, "N1", preference=1)
    given_dyno(app.database, "N2", preference=2)
    return tuple(
        create_request(
            app.database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(app.database, tag=f"T{number}"), test_type="brake",
            start_date=_later(app, 5), days=3,
        ).id
        for number in range(3)
    )  # fmt: skip


def _later(app: App, days: int) -> date:
    return app.clock.today() + timedelta(days=days)


def _ran(at: AppTest) -> AppTest:
    at.run()
    assert not at.exception
    assert not at.error
    return at


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PLANNER])
def test_everybody_who_reads_the_plan_may_look_at_the_planning(open_page: OpenPage, role: Role) -> None:
    at = open_page(PAGE, role)

    assert not at.exception
    assert at.title[0].value == "Planning"
    assert at.success[0].value == "Every request has a place."


def test_a_reader_sees_the_requests_and_no_button(open_page: OpenPage, waiting: tuple[int, ...]) -> None:
    at = open_page(PAGE, Role.VIEWER)

    assert not at.exception
    assert len(at.dataframe[0].value) == len(waiting)
    assert [one.key for one in at.button] == ["view_save"]  # a view is their own


def test_everything_is_placed_after_one_preview_and_taken_back_again(
    open_page: OpenPage, app: App, waiting: tuple[int, ...]
) -> None:
    at = open_page(PAGE, Role.PLANNER)
    assert not at.exception
    at.button(key="place_all").click()
    _ran(at)
    assert [one.value for one in at.subheader] == ["2 of 3 would be placed", "1 could be placed on later days"]
    assert at.dataframe[-1].value["Why not as wished"][0] == "no fitting dyno is free then"
    assert scalar(app.database, "SELECT count(*) FROM allocations") == 0
    stranger = book(app.database, given_vehicle(app.database), start=_later(app, 6), dyno="N1", today=_later(app, 0))

    at.button(key="apply_places").click()
    _ran(at)

    assert at.warning[0].value.startswith("1 placed: T1. 1 was not")
    assert f"(allocation {stranger.id})" in at.dataframe[0].value["What happened"][0]
    assert [one.id for one in list_requests(app.database)] == [waiting[0], waiting[2]]
    at.button(key="undo_places").click()
    _ran(at)
    assert len(list_requests(app.database)) == 3
    assert at.success[0].value == "T1 (brake) is off N2 again; its request is open."


def test_one_request_is_placed_and_taken_off_again(
    open_page: OpenPage, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_dyno(app.database, "N1")
    wish = create_request(
        app.database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(app.database, tag="T1"), test_type="brake",
        start_date=_later(app, 5), days=5, latest_end_date=_later(app, 11),
    )  # fmt: skip
    book(app.database, given_vehicle(app.database), start=_later(app, 8), days=9, dyno="N1", today=_later(app, 0))
    # AppTest can't click a row of a table.
    monkeypatch.setattr(planning_requests, "_table", lambda requests, _status: list(requests)[:1])
    at = open_page(PAGE, Role.PLANNER)
    assert "Its own latest end" in at.info[0].value
    assert [at.button(key=key).proto.type for key in ("place_selected", "place_all")] == ["secondary", "secondary"]
    assert at.button(key="place_one").label == "Place 3 of 5 days on N1"
    at.button(key="place_one").click()
    _ran(at)
    assert at.success[0].value.startswith("T1 (brake) is on N1 from ")
    at.button(key="undo_places").click()
    _ran(at)
    assert at.success[0].value == "T1 (brake) is off N1 again; its request is open."
    assert get_request(app.database, wish.id).status == "open"

    at.text_input(key=f"withdraw_{wish.id}").set_value("cancelled by the program")
    at.button(key="withdraw_request").click()
    _ran(at)
    assert at.success[0].value == "The request of T1 is withdrawn."
    at.segmented_control(key="request_status").set_value("withdrawn")
    _ran(at)
    at.button(key="reopen_requests").click()
    _ran(at)
    assert at.success[0].value == "The request of T1 is open again."
    assert get_request(app.database, wish.id).status == "open"


def test_a_chosen_request_is_offered_later_days_and_the_button_says_so(
    open_page: OpenPage, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_dyno(app.database, "N1")
    book(app.database, given_vehicle(app.database), start=_later(app, 5), days=4, dyno="N1", today=_later(app, 0))
    for tag, latest in (("T1", None), ("T2", _later(app, 8)), ("T3", _later(app, 14))):
        create_request(
            app.database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(app.database, tag=tag), test_type="brake",
            start_date=_later(app, 6), days=3, latest_end_date=latest,
        )  # fmt: skip
    chosen = ["T2"]
    monkeypatch.setattr(planning_requests, "_table", lambda all_, _status: [o for o in all_ if o.vehicle in chosen])
    at = open_page(PAGE, Role.PLANNER)
    at.button(key="place_selected").click()
    _ran(at)
    assert [one.value for one in at.subheader] == ["0 of 1 would be placed", "1 finds no place"]
    assert "Its own latest end" in at.dataframe[-1].value["Why not"][0]
    assert "apply_places" not in [one.key for one in at.button]
    at.button(key="leave_preview").click()
    chosen[:] = ["T3"]
    _ran(at)
    at.button(key="place_selected").click()
    _ran(at)
    assert at.dataframe[-1].value["Wished"][0] == "3 days later, latest end allows"
    at.button(key="leave_preview").click()
    chosen[:] = ["T1"]
    _ran(at)
    assert at.button(key="place_one").label == "Place on N1, 3 days later than wished"
    at.button(key="place_selected").click()
    _ran(at)
    assert at.button(key="apply_places").label == "Place 1, 3 days later than wished"
    at.button(key="apply_places").click()
    _ran(at)
    assert at.success[0].value.startswith(f"T1 (brake) is on N1 from {say_day(_later(app, 9))}")


def test_an_undo_that_was_drawn_before_the_last_placing_takes_back_neither(
    open_page: OpenPage, app: App, waiting: tuple[int, ...]
) -> None:
    planner = given_user(app.database, role=Role.PLANNER)

    def place(request: int, dyno: str) -> None:
        place_request(
            app.database, Origin(planner, "planner"), request, today=_later(app, 0), dyno=dyno,
            start_date=_later(app, 5), days=3,
        )  # fmt: skip

    place(waiting[0], "N1")
    at = open_page(PAGE, planner)
    place(waiting[1], "N2")  # in another tab
    _undo_of(at, "places").click()
    _ran(at)
    assert [one.id for one in list_requests(app.database)] == [waiting[2]]
    assert _undo_of(at, "places").label == "Undo the placing"
    _undo_of(at, "places").click()
    _ran(at)
    assert at.success[0].value == "T1 (brake) is off N2 again; its request is open."
    assert _undo_of(at, "places").label == "Undo this earlier placing"
    assert next(one.value for one in at.markdown if "T0" in one.value).startswith("An earlier one\\: T0")
    assert "Take back something you did earlier" in [one.label for one in at.expander]


def _undo_of(at: AppTest, what: str) -> Button:
    """The button beside what was done last. Its key is that deed's own."""
    (found,) = [one for one in at.button if str(one.key).startswith(f"undo_last_{what}")]
    return found


def test_wishes_of_the_past_are_marked_and_not_ticked_unless_they_were_chosen(
    open_page: OpenPage, app: App, waiting: tuple[int, ...]
) -> None:
    create_request(
        app.database, OPERATOR_ORIGIN, vehicle_id=given_vehicle(app.database), test_type="brake",
        start_date=_later(app, -9), days=2, priority=1,
    )  # fmt: skip
    at = open_page(PAGE, Role.PLANNER)
    at.number_input(key="tolerance_requests").set_value(30)
    at.text_input(key="request_search").set_value("t1 brake")
    _ran(at)
    assert at.button(key="place_all").label == "Place all shown (1)"
    at.text_input(key="request_search").set_value("")
    _ran(at)
    at.button(key="place_all").click()
    _ran(at)

    (said,) = [one.value for one in at.info]
    assert said.startswith("1 was wished for a day that is past, so it is not ticked")
    assert at.button(key="apply_places").label == f"Place {len(waiting)}, 1 of them later than wished"


def test_units_without_a_name_are_filed_in_numbers(open_page: OpenPage, app: App, waiting: tuple[int, ...]) -> None:
    engineer = given_user(app.database, role=Role.ENGINEER)
    at = open_page(PAGE, engineer)
    at.segmented_control(key="new_request_0_for").set_value("Future vehicles")
    at.selectbox(key="new_request_0_test").select("brake")
    _ran(at)
    at.number_input(key="new_request_0_miles").set_value(5000.0)
    _ran(at)
    at.date_input(key="new_request_0_start").set_value(_later(app, 30))
    at.button(key="file_request").click()
    at.run()
    assert at.error[0].value.startswith("Choose the weight and the drive"), "nothing is taken for granted"
    at.selectbox(key="new_request_0_weight").select("<10K")
    at.selectbox(key="new_request_0_drive").select("2WD")
    at.button(key="file_request").click()
    _ran(at)

    assert "Filed 8 requests from" in at.success[0].value
    newest = get_request(app.database, max(waiting) + 8)
    assert (newest.tag, newest.start_date, newest.drive_type) == (None, _later(app, 30), "2WD")
    assert (newest.miles, newest.period.days) == (5000, 7)  # at 750 miles a day
    at = open_page(PAGE, engineer)  # as after a reload
    _undo_of(at, "filing").click()
    _ran(at)
    assert at.success[0].value == "Taken back: 8 requests are withdrawn again."
    assert [one.id for one in list_requests(app.database)] == list(waiting)


def test_words_fill_the_fields_which_are_looked_at_before_they_are_filed(
    open_page: OpenPage, app: App, waiting: tuple[int, ...]
) -> None:
    at = open_page(PAGE, Role.ENGINEER)
    at.text_input(key="new_request_0_in_words").set_value("some units for a brake test")
    at.button(key="fill_in").click()
    at.run()
    assert "how many vehicles" in at.error[0].value
    at.text_input(key="new_request_0_in_words").set_value("two trucks from 2027-01-04, 2,000,000 miles")
    at.button(key="fill_in").click()
    at.run()
    assert not at.exception
    assert at.error[0].value == "2,000,000 miles can't be planned; give 0 to 1,000,000."

    day = _later(app, 30)
    words = f"three AWD trucks from {day}, brake, 5k miles, program Atlas, priority 1, rather soon"
    at.text_input(key="new_request_0_in_words").set_value(words)
    at.button(key="fill_in").click()
    _ran(at)
    assert any("rather, soon" in one.value for one in at.caption)
    assert at.number_input(key="new_request_0_1_units").value == 3
    assert len(list_requests(app.database)) == len(waiting)
    at.selectbox(key="new_request_0_1_weight").select(">10K")
    at.button(key="file_request").click()
    _ran(at)

    assert "Filed 3 requests from" in at.success[0].value
    newest = get_request(app.database, max(waiting) + 3)
    assert (newest.test_type, newest.start_date, newest.period.days, newest.miles) == ("brake", day, 7, 5000)
    assert (newest.program, newest.drive_type, newest.weight_class, newest.priority) == ("Atlas", "AWD", ">10K", 1)


PASTED = "Tag #\tTest\tEstimated Start\tProjected End Date\t><10K\tAWD/2WD\tDYNO\n" + "\n".join(
    f"{tag}\tbrake\t{{first}}\t{{last}}\t<10K\tAWD\t{dyno}" for tag, dyno in (("P1", "N1"), ("P2", ""), ("P3", "N9"))
)


def _pasted(at: AppTest, app: App, *, turn: int = 0) -> AppTest:
    text = PASTED.format(first=_later(app, 40), last=_later(app, 42))
    at.text_area(key=f"paste_text_{turn}").set_value(text)
    at.button(key="paste_preview").click()
    return _ran(at)


def test_cells_are_pasted_previewed_and_created_and_pasting_them_again_changes_nothing(
    open_page: OpenPage, app: App, waiting: tuple[int, ...]
) -> None:
    planner = given_user(app.database, role=Role.PLANNER)
    at = _pasted(open_page(PAGE, planner), app)
    assert {one.label: one.value for one in at.metric} == {
        "Requests": "1", "Allocations": "1", "New vehicles": "2", "In the plan already": "0", "Left out": "1",
    }  # fmt: skip
    assert at.dataframe[0].value["Becomes"].tolist() == ["Allocation", "Request", "Left out"]
    at.button(key="create_pasted").click()
    _ran(at)
    assert at.success[0].value == "Created 1 request and 1 allocation from the pasted rows."
    at = open_page(PAGE, planner)  # in another browser
    assert not at.success
    _undo_of(at, "paste").click()
    _ran(at)
    assert at.success[0].value == "Took back 1 request and 1 allocation of the paste; 2 new vehicles retired with it."
    _pasted(at, app)
    at.button(key="create_pasted").click()
    _ran(at)
    assert len(list_requests(app.database)) == len(waiting) + 1

    _pasted(at, app, turn=1)
    assert at.button(key="create_pasted").disabled
    assert at.dataframe[0].value["Becomes"].tolist() == ["In the plan already", "In the plan already", "Left out"]


def test_a_paste_that_does_not_hold_any_more_is_previewed_anew(open_page: OpenPage, app: App) -> None:
    given_dyno(app.database, "N1")
    at = _pasted(open_page(PAGE, Role.PLANNER), app)
    book(app.database, given_vehicle(app.database), start=_later(app, 41), dyno="N1", today=_later(app, 0))
    at.button(key="create_pasted").click()
    at.run()
    assert not at.exception
    assert at.warning[0].value.startswith("The plan was changed since this preview was made, so nothing was created")
    assert list_requests(app.database) == ()
    at.toggle(key="paste_else_0").set_value(True)
    _ran(at)
    assert at.dataframe[0].value["Becomes"].tolist() == ["Request", "Request", "Left out"]


def test_a_column_that_was_not_recognized_is_named_by_hand(open_page: OpenPage, app: App) -> None:
    given_dyno(app.database, "N1")
    at = open_page(PAGE, Role.PLANNER)
    at.text_area(key="paste_text_0").set_value("X9\tbrake\twhenever\tAWD\t<10K")
    at.button(key="paste_preview").click()
    at.run()
    assert at.warning[0].value == (
        "No column holds the first day and none the last day, the days or the miles; say under Columns what each of "
        "them holds."
    )
    assert at.button(key="create_pasted").disabled
    at.selectbox(key="paste_column_0_2").set_value("estimated")
    at.run()
    at.selectbox(key="paste_column_0_0").set_value("days")
    at.run()
    assert not at.exception
    assert not at.warning
    assert "“whenever” is not a day" in at.dataframe[0].value["What it becomes, or why not"][0]


def test_the_weekly_amounts_open_a_week_into_its_rows(open_page: OpenPage, app: App, waiting: tuple[int, ...]) -> None:
    booked = book(app.database, given_vehicle(app.database), start=_later(app, 5), dyno="N1", today=_later(app, 0))
    at = open_page(PAGE, Role.VIEWER)
    at.session_state["tab"] = "Weekly amounts"
    at.session_state["period"] = "Own dates"
    at.session_state["dates"] = (_later(app, 0), _later(app, 20))
    _ran(at)
    assert {one.label: one.value for one in at.metric} == {
        "Demand": "12", "Placed": "3", "Without a dyno": "9", "Capacity": "42", "Weeks over": "0",
    }  # fmt: skip
    year, week, _ = booked.start_date.isocalendar()
    at.selectbox(key="week").set_value(f"{year}-W{week:02d}")
    _ran(at)
    rows = at.dataframe[0].value
    assert rows["Amount"].tolist() == ["Placed", *["Without a dyno"] * len(waiting)]
    assert rows["Number"].tolist() == [booked.id, *waiting]
    at.selectbox(key="place").set_value("Anywhere")
    _ran(at)
    assert at.dataframe[0].value["Number"].tolist() == list(waiting)


def test_the_weekly_amounts_have_a_chart_for_each_test_type_too(
    open_page: OpenPage, app: App, waiting: tuple[int, ...]
) -> None:
    at = open_page(PAGE, Role.VIEWER)
    at.session_state["tab"] = "Weekly amounts"
    at.session_state["per"] = "Test type"
    _ran(at)
    assert at.selectbox(key="place").options == ["All facilities", "brake"]
    at.selectbox(key="place").set_value("brake")
    at.selectbox(key="week").set_value(at.selectbox(key="week").options[-1])
    _ran(at)
    assert "capacity" not in at.markdown[-1].value


def test_the_weekly_amounts_of_an_empty_lab_say_so(open_page: OpenPage) -> None:
    at = open_page(PAGE, Role.VIEWER)
    at.session_state["tab"] = "Weekly amounts"
    _ran(at)
    assert at.info[0].value.startswith("No dyno is in service in this period and nothing is asked for")


def test_what_is_marked_stands_on_the_list_of_follow_ups_until_its_mark_is_taken_off(
    open_page: OpenPage, app: App, waiting: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = open_page(PAGE, Role.PLANNER)
    at.session_state["tab"] = "Follow up"
    _ran(at)
    assert at.success[0].value == "Nothing is marked for a follow-up."
    note_request(app.database, OPERATOR_ORIGIN, waiting[0], notes="ask Ana", follow_up=True, version=1)
    # AppTest can't click a row of a table.
    monkeypatch.setattr(planning_follow_up, "_table", lambda marked: marked[0])
    _ran(at)
    assert at.text_area(key=f"note_request_{waiting[0]}_2").value == "ask Ana"
    at.checkbox(key=f"note_request_{waiting[0]}_2_mark").uncheck()
    at.button(key="save_note_request").click()
    _ran(at)
    assert [one.value for one in at.success] == [
        "The note on T0 is saved, its mark is off.", "Nothing is marked for a follow-up.",
    ]  # fmt: skip
