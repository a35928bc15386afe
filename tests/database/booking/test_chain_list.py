"""Vehicles in brief say what their chains say, leg by leg."""

from datetime import timedelta

from sqlalchemy import text

from dyno_core.booking import chains_in_brief, create_request, lateness, list_chains
from dyno_core.database.engine import Database
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN, TODAY, book, given_dyno, given_vehicle, in_days

_LATER = TODAY + timedelta(days=40)
"""A day on which some legs are over, some run, and some have not begun though they should have."""


def test_what_is_counted_in_the_database_is_what_the_chains_say(fresh_database: Database) -> None:
    for number in range(6):
        given_dyno(fresh_database, f"N{number}")
        vehicle = given_vehicle(fresh_database, tag=f"T-{6 - number}")
        for leg in range(number + 1):
            book(fresh_database, vehicle, start=in_days(number + 18 * leg), days=9, dyno=f"N{number}")
        if number % 2:
            create_request(
                fresh_database, OPERATOR_ORIGIN, vehicle_id=vehicle, test_type="brake", start_date=in_days(150), days=2
            )
    with fresh_database.writing() as session:
        session.execute(text("UPDATE allocations SET status = 'completed' WHERE end_date < :day"), {"day": in_days(26)})
        session.execute(text("UPDATE allocations SET status = 'in_progress' WHERE id % 4 = 0 AND status = 'scheduled'"))
        session.execute(text("UPDATE allocations SET planned_end_date = planned_end_date - 3 WHERE id % 3 = 0"))
        session.execute(text("UPDATE allocations SET status = 'cancelled' WHERE id % 7 = 0"))

    briefs = chains_in_brief(fresh_database, period=Period(TODAY, in_days(200)), today=_LATER)

    chains = list_chains(fresh_database, [one.vehicle_id for one in briefs])
    assert [one.vehicle_id for one in chains] == [one.vehicle_id for one in briefs]
    for brief, chain in zip(briefs, chains, strict=True):
        found = [(leg, lateness(leg.allocation, today=_LATER)) for leg in chain.legs if leg.allocation]
        assert (brief.vehicle, brief.vin, brief.program) == (chain.vehicle, chain.vin, chain.program)
        assert (brief.legs, brief.tests) == (len(chain.legs), ("brake",))
        assert brief.running == sum(leg.status == "in_progress" for leg in chain.legs)
        assert brief.late == sum(one.is_late for _, one in found)
        assert brief.delayed == sum(one.is_delayed for leg, one in found if leg.status != "completed")
        assert brief.travelling == (chain.travelling(_LATER) is not None)
    assert {one.travelling for one in briefs} == {True, False}
    assert sum(one.delayed for one in briefs) > sum(one.late for one in briefs) > 0
