"""What the calendar reads is bounded: of a crowded plan, bars only where somebody looks."""

from datetime import timedelta

from dyno_core.booking import Selection, start_allocation
from dyno_core.database.engine import Database
from dyno_core.period import Period
from dyno_core.ui.calendar_data import board_of
from dyno_core.ui.calendar_reading import PAGE, Filters, Look, read_all, read_lab, read_plan
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days

WINDOW = Period(TODAY, in_days(30))


def test_a_crowded_plan_has_cells_for_all_dynos_and_bars_for_those_in_view(fresh_database: Database) -> None:
    ids = {name: given_dyno(fresh_database, name) for name in ("N1", "N2", "N3")}
    for name in ids:
        for turn in range(4):
            book(fresh_database, given_vehicle(fresh_database), dyno=name, start=in_days(6 * turn), days=5)
    lab = read_lab(fresh_database, today=TODAY)

    whole = read_plan(fresh_database, lab, Filters(), Look(WINDOW, WINDOW))
    assert whole.cells is None
    assert (len(whole.allocations), whole.count, whole.loaded) == (12, 12, Period(in_days(-31), in_days(61)))

    look = Look(WINDOW, WINDOW, dyno_ids=(ids["N2"],))
    crowded = read_plan(fresh_database, lab, Filters(), look, most=6)
    board = board_of(lab, crowded, Filters(), today=TODAY)
    assert {bar.dyno_id for bar in board.bars} == {ids["N2"]}
    assert len(board.rows) == 3
    assert crowded.count == len(crowded.listed) == 12
    assert board.occupancy
    assert board.occupancy.with_bars == {ids["N2"]}
    assert sum(cell.booked for cell in board.occupancy.cells) == 60
    assert crowded.loaded.covers(WINDOW)

    far = Look(WINDOW, Period(TODAY, TODAY + timedelta(days=900)), dyno_ids=(ids["N2"],))
    assert read_plan(fresh_database, lab, Filters(), far, most=6).allocations == ()


def test_a_list_holds_one_page_and_the_file_everything(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    with fresh_database.statement() as connection:
        connection.exec_driver_sql(
            f"""INSERT INTO allocations (vehicle_id, dyno_id, test_type, start_date, end_date, created_by, source)
                SELECT {vehicle}, (SELECT id FROM dynos), 'brake', day, day, 'somebody', 'import'
                FROM generate_series(date '{TODAY}', date '{TODAY}' + {PAGE + 9}, '1 day') day"""
        )
    lab = read_lab(fresh_database, today=TODAY)
    window = Period(TODAY, in_days(400))
    plan = read_plan(fresh_database, lab, Filters(), Look(window, window))
    assert (len(plan.listed), plan.count) == (PAGE, PAGE + 10)
    assert len(read_all(fresh_database, Filters(), window)) == PAGE + 10


def test_conflicts_are_those_of_what_the_filters_show(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    first = book(fresh_database, given_vehicle(fresh_database, tag="A1"), dyno="N1", days=5)
    with fresh_database.statement() as connection:
        connection.exec_driver_sql(f"UPDATE allocations SET disputed = true WHERE id = {first.id}")
    second = book(fresh_database, given_vehicle(fresh_database, tag="B2"), dyno="N1", days=5)
    start_allocation(fresh_database, BY, second.id, on=TODAY, today=TODAY)
    lab = read_lab(fresh_database, today=TODAY)

    def conflicts(*statuses: str) -> int:
        filters = Filters(Selection(statuses=statuses))
        plan = read_plan(fresh_database, lab, filters, Look(WINDOW, WINDOW))
        return len(board_of(lab, plan, filters, today=TODAY).conflicts)

    assert [conflicts(), conflicts("scheduled"), conflicts("in_progress"), conflicts("completed")] == [1, 1, 1, 0]
