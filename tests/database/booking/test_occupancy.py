"""Cells in place of bars: the same days, counted by the database."""

from collections import Counter

from sqlalchemy import text

from dyno_core.booking import Selection, count_allocations, list_allocations, occupancy
from dyno_core.database.engine import Database
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days


def test_every_day_is_counted_once_in_its_stretch(fresh_database: Database) -> None:
    database = fresh_database
    dynos = [given_dyno(database, name) for name in ("N1", "N2")]
    for dyno, start, days in (("N1", 0, 10), ("N1", 12, 1), ("N2", 5, 30)):
        book(database, given_vehicle(database), dyno=dyno, start=in_days(start), days=days)
    plan_maintenance(database, BY, dyno="N1", period=Period(in_days(20), in_days(23)), category="planned", today=TODAY)
    displaced = book(database, given_vehicle(database), dyno="N1", start=in_days(13), days=2)
    with database.writing() as session:
        session.execute(text("UPDATE allocations SET disputed = true WHERE id = :id"), {"id": displaced.id})

    period = Period(in_days(2), in_days(24))  # 23 days: the last stretch is cut short, and so are the first bars
    cells = occupancy(database, period=period, step=7)

    expected: Counter[tuple[int, int, str]] = Counter()
    for one in list_allocations(database, period=period, kind=None):
        for day in one.period.each_day():
            if period.contains(day) and not one.disputed:
                expected[one.dyno_id, (day - period.start).days // 7, one.kind] += 1
    counted = {(cell.dyno_id, cell.bucket, "test"): cell.booked for cell in cells if cell.booked}
    counted |= {(cell.dyno_id, cell.bucket, "maintenance"): cell.down for cell in cells if cell.down}
    assert counted == expected
    assert {(cell.dyno_id, cell.bucket) for cell in cells if cell.disputed} == {(dynos[0], 1)}


def test_counting_ends_where_it_was_told_and_keeps_to_the_selection(fresh_database: Database) -> None:
    for name, facility in (("N1", "North"), ("S1", "South")):
        given_dyno(fresh_database, name, facility=facility)
        for turn in range(3):
            book(fresh_database, given_vehicle(fresh_database), dyno=name, start=in_days(5 * turn))
    period = Period(TODAY, in_days(30))
    assert count_allocations(fresh_database, period=period) == 6
    assert count_allocations(fresh_database, period=period, most=4) == 4
    assert count_allocations(fresh_database, period=period, selection=Selection(facilities=("South",))) == 3
    assert count_allocations(fresh_database, period=period, among=[0]) == 0
