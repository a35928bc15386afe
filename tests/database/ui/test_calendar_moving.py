"""A move that is refused brings what would work instead, and each of it does work."""

from dyno_core.accounts.roles import OPERATOR
from dyno_core.booking import preview_shift, reschedule_allocation
from dyno_core.database.engine import Database
from dyno_core.period import Period
from dyno_core.ui.calendar_moving import ways_to_move
from dyno_core.ui.shift_form import Bench
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days


def test_a_refused_move_brings_ways_out_that_can_be_gone(fresh_database: Database) -> None:
    for name in ("N1", "N2"):
        given_dyno(fresh_database, name)
    one = book(fresh_database, given_vehicle(fresh_database, tag="T1"), dyno="N1", days=4)
    book(fresh_database, given_vehicle(fresh_database, tag="T9"), dyno="N2", start=in_days(5), days=6)
    bench = Bench(database=fresh_database, origin=BY, today=TODAY)
    dropped = Period(in_days(6), in_days(9))

    ways = ways_to_move(bench, one, dropped, dyno="N2", actor=OPERATOR)

    found = [(way.dyno, way.period) for way in ways]
    assert ("N1", dropped) in found
    assert ("N2", Period(in_days(11), in_days(14))) in found
    for way in ways:
        moved = reschedule_allocation(
            fresh_database, BY, one.id, today=TODAY, start_date=way.period.start, end_date=way.period.end, dyno=way.dyno
        )
        assert (moved.dyno, moved.period) == (way.dyno, way.period)
    assert ways_to_move(bench, one, Period(TODAY, in_days(1)), dyno="N1", actor=OPERATOR) == ()


def test_the_days_that_a_bar_holds_itself_are_not_in_its_way(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2", drives=["2WD"])
    one = book(fresh_database, given_vehicle(fresh_database, tag="T1"), dyno="N1", days=4)
    book(fresh_database, given_vehicle(fresh_database, tag="T9"), dyno="N1", start=in_days(5), days=6)
    bench = Bench(database=fresh_database, origin=BY, today=TODAY)

    later = Period(in_days(1), in_days(4))  # where its own days are from the second on
    (move,) = preview_shift(fresh_database, one.id, period=later, dyno="N2", along=(), today=TODAY).moves
    assert ([option.name for option in move.options], move.window) == (["N1"], None)
    assert [(way.dyno, way.period) for way in ways_to_move(bench, one, later, dyno="N2", actor=OPERATOR)] == [
        ("N1", later)
    ]
    onto_the_next = Period(in_days(3), in_days(6))
    assert [(way.kind, way.period) for way in ways_to_move(bench, one, onto_the_next, dyno="N1", actor=OPERATOR)] == [
        ("shift", Period(in_days(11), in_days(14))),
        ("shorten", Period(in_days(3), in_days(4))),
    ]
    assert ways_to_move(bench, one, one.period, dyno="N2", actor=OPERATOR) == ()  # it stands where it can
