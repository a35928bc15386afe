"""A move that is refused brings what would work instead, and each of it does work."""

from dyno_core.accounts.roles import OPERATOR
from dyno_core.booking import reschedule_allocation
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
