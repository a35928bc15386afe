"""The workbook on the Fleet page: preview, import, and what it says about trouble."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dyno_core.accounts.roles import Role
from dyno_core.booking import list_allocations, reschedule_allocation
from dyno_core.demo import load_demo
from dyno_core.start import App
from dyno_core.ui import session
from dyno_core.workbook import import_plan
from tests.builders import scalar
from tests.database.workbook.support import ORIGIN
from tests.fixtures.app import given_user, token_for
from tests.fixtures.workbooks import a_request, a_row, a_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

ROWS = (
    a_row(tag="A1"),
    a_row(tag="B2"),
    a_row(tag="C3", dyno=2, notes="<b>bold</b>"),
    a_request(tag="R1"),
    a_row(tag="D4", drive="RWD/AWD"),
)
PLAN = a_workbook(ROWS)

OpenTab = Callable[[Role], AppTest]


def _page() -> None:
    from dyno_core.ui.import_tab import import_tab  # noqa: PLC0415 - AppTest runs only the function's body

    import_tab()


@pytest.fixture
def open_tab(app: App, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenTab]:
    def opened(role: Role) -> AppTest:
        token = token_for(app.database, given_user(app.database, role=role))
        monkeypatch.setattr(session, "read_token", lambda: token)
        return AppTest.from_function(_page, default_timeout=20).run()

    yield opened
    st.cache_data.clear()
    st.cache_resource.clear()


def uploaded(at: AppTest, content: bytes = PLAN, name: str = "plan.xlsx") -> AppTest:
    at.file_uploader[0].set_value((name, content, XLSX))
    return at.run()


def test_a_preview_counts_and_names_and_stores_nothing(open_tab: OpenTab, app: App) -> None:
    at = uploaded(open_tab(Role.PLANNER))
    assert not at.exception
    assert {metric.label: metric.value for metric in at.metric} == {
        "Allocations": "3",
        "Requests": "1",
        "Rejected": "1",
        "Double bookings": "1",
    }
    rules, pairs, rows = (table.value for table in at.dataframe)
    assert rules["Dynos in the file, best first"].tolist()[2] == "PGN 1, PGN 2"
    assert pairs[["Dyno", "Vehicle", "Other vehicle", "Row", "Other row"]].to_numpy().tolist() == [
        ["PGN 1", "A1", "B2", 6, 7]
    ]
    assert at.expander[0].label.startswith(
        "Changes in the lab: 3 dynos, 20 places of the track, 2 test types, rules: 3 added"
    )
    assert at.expander[0].text[0].value.startswith("Dynos at PGN: PGN 1, PGN 2")
    assert rows["Becomes"].tolist() == ["Allocation", "Allocation", "Allocation", "Request", "Rejected"]
    assert "The drive can be read in two ways" in rows["Remarks"][4]
    assert scalar(app.database, "SELECT count(*) FROM allocations") == 0


def test_the_rows_can_be_filtered_by_what_becomes_of_them(open_tab: OpenTab) -> None:
    at = uploaded(open_tab(Role.PLANNER))
    at.button_group(key="workbook_filter").set_value("Rejected").run()
    assert not at.exception
    assert at.dataframe[-1].value["Row"].tolist() == [10]
    at.button_group(key="workbook_filter").set_value("All rows")
    at.text_input(key="workbook_wanted").set_value("pgn c3")
    at.button(key="FormSubmitter:workbook_search-Search").click().run()
    assert at.dataframe[-1].value["Row"].tolist() == [8]


def test_a_stale_preview_imports_nothing_and_what_the_app_changed_stays_until_the_planner_chooses(
    open_tab: OpenTab, app: App
) -> None:
    import_plan(app.database, ORIGIN, name="plan.xlsx", content=PLAN, today=app.clock.today())
    moved = a_workbook([a_row(tag="A1", projected=datetime(2026, 5, 8)), *ROWS[1:]])
    at = uploaded(open_tab(Role.PLANNER), moved)
    (first,) = [one for one in list_allocations(app.database) if one.tag == "A1"]
    reschedule_allocation(app.database, ORIGIN, first.id, start_date=date(2026, 12, 20), today=app.clock.today())
    at.button(key="workbook_import").click().run()
    assert not at.exception
    assert at.warning[0].value.startswith("The plan was changed since this preview was made, so nothing was imported")
    assert "1 row was changed in the app and in the file" in at.info[0].value
    assert at.dataframe[-1].value["What happens"].unique().tolist() == ["stays as in the app"]
    at.multiselect(key="workbook_overwrite").set_value([6])
    at.button(key="FormSubmitter:workbook_choices_form-Show what this would do").click().run()
    assert at.dataframe[-1].value["What happens"].unique().tolist() == ["changes"]
    at.button(key="workbook_import").click().run()
    assert not at.exception
    assert "0 rows are new, 1 changed" in at.success[0].value
    (stored,) = [one for one in list_allocations(app.database) if one.tag == "A1"]
    assert stored.end_date == date(2026, 5, 8)


def test_the_import_stores_the_plan_and_leads_to_the_calendar(open_tab: OpenTab, app: App) -> None:
    at = uploaded(open_tab(Role.PLANNER))
    at.button(key="workbook_import").click().run()
    assert not at.exception
    assert at.success[0].value == "The workbook is imported: 4 rows are new, 0 changed, 0 as before."
    assert [warning.value.split(":")[0] for warning in at.warning] == [
        "1 row could not be imported",
        "1 allocation marked as disputed",
    ]
    assert at.file_uploader[0].value is None
    assert not at.metric
    assert scalar(app.database, "SELECT count(*) FROM allocations WHERE source = 'import'") == 3
    assert (
        scalar(app.database, "SELECT DISTINCT actor FROM audit_log WHERE channel = 'import'") == "planner@example.com"
    )


def test_a_file_that_is_in_the_plan_already_needs_no_import(open_tab: OpenTab) -> None:
    at = uploaded(open_tab(Role.PLANNER))
    at.button(key="workbook_import").click().run()
    uploaded(at)
    assert not at.exception
    assert at.info[0].value.startswith("Everything in this file is in the plan already")
    assert not [button for button in at.button if button.key == "workbook_import"]


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(300), "plan.xlsx", "is not an Excel workbook"),
        (PLAN[:2000], "plan.xlsx", "damaged or incomplete"),
        (b"a,b\n1,2\n", "plan.csv", "holds no plan"),
    ],
    ids=["picture", "truncated", "no plan"],
)
def test_a_bad_file_gets_a_sentence(open_tab: OpenTab, app: App, content: bytes, name: str, said: str) -> None:
    at = uploaded(open_tab(Role.PLANNER), content, name)
    assert not at.exception
    assert said in at.error[0].value
    assert not at.metric
    assert scalar(app.database, "SELECT count(*) FROM audit_log") == 0


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.MANAGER])
def test_other_roles_are_told_that_importing_is_not_for_them(open_tab: OpenTab, role: Role) -> None:
    at = open_tab(role)
    assert not at.exception
    assert "does not allow you to import a workbook; ask a planner" in at.warning[0].value
    assert not at.file_uploader


def test_who_imports_beside_the_demo_lab_is_told_before(open_tab: OpenTab, app: App) -> None:
    at = open_tab(Role.PLANNER)
    assert not at.info
    load_demo(app.database, today=app.clock.today())
    assert at.run().info[0].value.startswith("This is the demo lab; your plan would stand beside it.")
