"""What is taken along is all that the days and filters in view hold, and nothing else."""

import io
from datetime import timedelta

from openpyxl import load_workbook

from dyno_core.booking import RequestDraft, Selection, file_requests
from dyno_core.database.engine import Database
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from dyno_core.ui.calendar_files import calendar_workbook, plan_table
from dyno_core.ui.calendar_reading import PAGE, Filters
from dyno_core.ui.calendar_view import CalendarView, read_view
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days

WINDOW = Period(TODAY, in_days(6))


def _view(database: Database, **selection: object) -> CalendarView:
    filters = Filters(Selection(**selection))  # type: ignore[arg-type]
    return read_view(database, filters, WINDOW, title="Week 48", today=TODAY)


def test_a_view_holds_what_the_filters_want_of_the_window(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "S1", facility="South")
    inside = book(fresh_database, given_vehicle(fresh_database, tag="IN1"), start=in_days(5), days=4, dyno="N1")
    book(fresh_database, given_vehicle(fresh_database), start=in_days(20), dyno="N1")
    other = book(fresh_database, given_vehicle(fresh_database, tag="IN2"), start=in_days(1), dyno="S1")
    plan_maintenance(
        fresh_database, OPERATOR_ORIGIN, dyno="N1", period=Period(TODAY, in_days(1)), category="planned", today=TODAY
    )  # fmt: skip
    draft = RequestDraft(test_type="brake", start_date=in_days(60), days=2, facility="South")
    file_requests(fresh_database, OPERATOR_ORIGIN, draft, vehicle_id=given_vehicle(fresh_database, tag="R1"))

    whole = _view(fresh_database)
    assert [row.name for row in whole.rows] == ["N1", "S1"]
    assert {bar.allocation_id for bar in whole.bars} >= {inside.id, other.id}
    assert [one.tag for one in whole.requests] == ["R1"]
    assert len(plan_table(whole)) == 1 + 3

    south = _view(fresh_database, facilities=("South",))
    assert south.filters == ("Facility: South",)
    assert [bar.allocation_id for bar in south.bars] == [other.id]
    book_of = load_workbook(io.BytesIO(calendar_workbook(south)))
    assert [cell.value for cell in book_of["Plan"]["C"]] == ["Vehicle", "IN2"]
    assert [cell.value for cell in book_of["Requests without a dyno"]["B"]] == ["Vehicle", "R1"]
    assert _view(fresh_database, search="nobody").rows == ()
    assert plan_table(_view(fresh_database, search="nobody")) == [
        ["Nothing is planned in these days with these filters."]
    ]


def test_a_file_holds_more_than_a_page_of_the_table(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    for number in range(PAGE + 5):
        book(fresh_database, vehicle, start=in_days(number), days=1, dyno="N1")
    window = Period(TODAY, TODAY + timedelta(days=PAGE + 4))
    view = read_view(fresh_database, Filters(), window, title="All", today=TODAY)
    assert len(view.bars) == len(plan_table(view)) - 1 == PAGE + 5
