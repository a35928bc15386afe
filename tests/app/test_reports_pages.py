"""The utilization and the ROI page, run as people open them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.database.engine import Database
from dyno_core.reports.assumptions import load_assumptions
from dyno_core.reports.figures import UtilizationReport, UtilizationRow
from dyno_core.start import App
from dyno_core.ui import utilization_view
from tests.fixtures.app import OpenPage

UTILIZATION, ROI = "pages/utilization.py", "pages/roi.py"


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("page", [UTILIZATION, ROI])
def test_every_role_may_read_the_reports_of_a_new_lab(open_page: OpenPage, page: str, role: Role) -> None:
    at = open_page(page, role)

    assert not at.exception
    assert not at.error
    assert len(at.info) == 1, "an empty lab is told kindly"


@pytest.mark.parametrize("tab", ["Heatmap", "Trend", "Shares", "Bottlenecks", "Table", "Days behind a figure"])
def test_every_tab_of_the_utilization_page_draws_the_demo_lab(
    demo_database: Database, open_page: OpenPage, tab: str
) -> None:
    at = open_page(UTILIZATION, Role.VIEWER)
    at.session_state["view"] = tab
    at.run()

    assert not at.exception
    assert not at.error
    assert at.metric[0].label == "Utilization"
    assert at.metric[0].value.endswith("%")


@pytest.mark.parametrize(("per", "titled"), [("Week", ", by dyno"), ("Facility", "Harbor Point, by dyno")])
def test_a_row_of_weeks_or_facilities_opens_into_its_dynos_and_their_days(
    demo_database: Database, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, per: str, titled: str
) -> None:
    drawn = utilization_view._chosen_row

    def first_row(report: UtilizationReport, rows: list[list[Any]]) -> UtilizationRow:
        drawn(report, rows)
        return report.rows[0]

    monkeypatch.setattr(utilization_view, "_chosen_row", first_row)  # AppTest can't click a row of a table
    at = open_page(UTILIZATION, Role.VIEWER)
    at.session_state["view"], at.session_state["rows"] = "Table", per
    at.run()

    assert not at.exception
    assert not at.error
    titles = [one.value.replace("\\", "") for one in at.subheader]
    assert any(title.endswith(titled) for title in titles), titles
    assert titles[-3:] == ["Allocations", "Maintenance", "Days"]


def test_leaving_weekends_out_changes_the_capacity(demo_database: Database, open_page: OpenPage) -> None:
    at = open_page(UTILIZATION, Role.VIEWER)
    with_weekends = at.metric[1].value
    at.toggle(key="weekends").set_value(False).run()

    assert not at.exception
    assert at.metric[1].value != with_weekends


def test_the_table_says_n_a_for_a_dyno_that_was_in_maintenance_all_the_time(app: App, open_page: OpenPage) -> None:
    with app.database.writing() as session:
        session.execute(text("INSERT INTO dynos (name, facility) VALUES ('PGN 1', 'PGN')"))
        session.execute(text("INSERT INTO service_periods (dyno_id, start_date) SELECT id, '2020-01-01' FROM dynos"))
        session.execute(
            text(
                "INSERT INTO allocations (kind, dyno_id, start_date, end_date, created_by, source)"
                " SELECT 'maintenance', id, '2020-01-01', '2099-12-31', 'test', 'api' FROM dynos"
            )
        )
    at = open_page(UTILIZATION, Role.VIEWER)
    at.session_state["view"] = "Table"
    at.run()

    assert not at.exception
    assert at.metric[0].value == "n/a"
    assert not at.error


def test_a_manager_edits_the_assumptions_and_the_figures_follow(
    app: App, demo_database: Database, open_page: OpenPage
) -> None:
    at = open_page(ROI, Role.MANAGER)
    assert not at.exception
    before = at.metric[2].value
    at.number_input(key="minutes_saved").set_value(8.0)
    at.button(key="save_assumptions").click().run()

    assert not at.exception
    assert at.metric[2].value != before
    assert load_assumptions(app.database, app.settings).minutes_saved == Decimal(8)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ENGINEER, Role.PLANNER])
def test_who_may_not_edit_the_assumptions_still_sees_them(
    demo_database: Database, open_page: OpenPage, role: Role
) -> None:
    at = open_page(ROI, role)

    assert not at.exception
    assert not at.number_input
    assert any("4 minutes" in each.value for each in at.markdown)


def test_a_window_of_more_than_three_years_is_refused_in_a_sentence(open_page: OpenPage) -> None:
    at = open_page(UTILIZATION, Role.VIEWER)
    at.session_state["period"] = "Own dates"
    at.session_state["dates"] = (date(2020, 1, 1), date(2026, 1, 1))
    at.run()

    assert not at.exception
    assert "up to three years" in at.error[0].value
