from datetime import date

import pytest

from dyno_core.booking import allocate_vehicle, explain_unavailable
from dyno_core.booking.errors import NoDynoAvailable
from dyno_core.database.engine import Database
from dyno_core.errors import InvalidInput
from dyno_core.fleet.compatibility import Requirement
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days
from tests.database.booking.support import BRAKE

DAYS = Period.of(TODAY, 3)
WISH = "brake (AWD, <10K) for Tue 24 Nov 2026 to Thu 26 Nov 2026"


def _told(database: Database, requirement: Requirement = BRAKE, period: Period = DAYS) -> str:
    return explain_unavailable(database, requirement=requirement, period=period).sentence


def test_in_an_empty_lab_there_is_no_dyno_at_all(fresh_database: Database) -> None:
    assert _told(fresh_database) == f"No dyno can run {WISH}: there is none in the lab yet; ask a planner to add one."


def test_each_dyno_that_can_not_is_counted_under_the_first_reason(fresh_database: Database) -> None:
    given_dyno(fresh_database, "E1", tests=["evap"])
    given_dyno(fresh_database, "E2", tests=["evap"])
    given_dyno(fresh_database, "R1", drives=["2WD"])
    given_dyno(fresh_database, "H1", weights=[">10K"])
    given_dyno(fresh_database, "X1", excluded=["brake|AWD|<10K"])

    told = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS)

    assert told.excluded == {
        "does not run brake": ("E1", "E2"),
        "does not take <10K": ("H1",),
        "does not take AWD": ("R1",),
        "does not run brake with AWD and <10K together": ("X1",),
    }
    assert told.sentence == (
        f"No dyno can run {WISH}: 2 do not run brake, H1 does not take <10K, R1 does not take AWD, "
        "X1 does not run brake with AWD and <10K together; check the vehicle's data, or ask a planner."
    )
    assert (told.dynos, told.fitting, told.free, told.earliest) == (5, (), (), None)


def test_who_holds_the_fitting_ones_and_until_when_and_what_comes_first(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    given_dyno(fresh_database, "N3", preference=3, service=(date(2020, 1, 1), in_days(-1)))
    given_dyno(fresh_database, "E1", tests=["evap"])
    book(fresh_database, given_vehicle(fresh_database, tag="A1"), dyno="N1", days=2)
    book(fresh_database, given_vehicle(fresh_database, tag="B2"), dyno="N1", start=in_days(2), days=5)
    plan_maintenance(fresh_database, BY, dyno="N2", period=Period.of(in_days(2), 3), category="planned", today=TODAY)

    told = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS)

    assert told.fitting == ("N1", "N2", "N3")
    assert [(holder.dyno, holder.what, holder.end_date) for holder in told.holders] == [
        ("N1", "B2 (brake)", in_days(6)),
        ("N2", "maintenance", in_days(4)),
    ]
    assert told.earliest is not None
    assert (told.earliest.dyno, told.earliest.period) == ("N2", Period(in_days(5), in_days(7)))
    assert told.sentence == (
        f"No dyno is free to run {WISH}: 3 of 4 dynos can run it (E1 does not run brake), but N1 is held by "
        "B2 (brake) until Mon 30 Nov 2026, N2 is held by maintenance from Thu 26 Nov 2026 until Sat 28 Nov 2026, 1 is out of service. "
        "The earliest that works is N2 from Sun 29 Nov 2026 to Tue 1 Dec 2026. "
        "Or: N2, 2 days instead of 3 (Tue 24 Nov 2026 to Wed 25 Nov 2026)."
    )
    assert told.as_json()["holders"][1]["what"] == "maintenance"  # type: ignore[index]
    assert told.as_json()["earliest"]["start_date"] == "2026-11-29"  # type: ignore[index]


def test_a_long_list_of_holders_is_cut(fresh_database: Database) -> None:
    for number in range(6):
        given_dyno(fresh_database, f"N{number}")
        book(fresh_database, given_vehicle(fresh_database), dyno=f"N{number}")

    assert "2 more are held too. The earliest" in _told(fresh_database)


def test_one_dyno_and_one_day_are_told_in_the_singular(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database, tag="A1"))

    assert _told(fresh_database, period=Period.of(TODAY, 1)) == (
        "No dyno is free to run brake (AWD, <10K) for Tue 24 Nov 2026: one dyno can run it, but N1 is held by "
        "A1 (brake) until Thu 26 Nov 2026. The earliest that works is N1 on Fri 27 Nov 2026."
    )


def test_when_nothing_is_free_within_a_year_that_is_said(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", service=(TODAY, in_days(2)))
    book(fresh_database, given_vehicle(fresh_database))

    assert _told(fresh_database).endswith(
        "Nothing is free for that long within a year; try fewer days or ask a planner."
    )


def test_what_is_free_is_said_too(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    assert _told(fresh_database) == f"For {WISH}, N1 is free."
    for number in range(2, 7):
        given_dyno(fresh_database, f"N{number}")
    assert _told(fresh_database) == f"For {WISH}, N1, N2, N3, N4 and 2 more are free."


def test_a_vehicle_that_stands_elsewhere_is_the_reason_whatever_is_free(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database, tag="A1")
    one = book(fresh_database, vehicle, dyno="N2", days=2)

    told = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, vehicle_id=vehicle)

    assert told.free == ("N1",)
    assert told.elsewhere == one
    assert told.sentence == (
        f"A1 is already on N2 from Tue 24 Nov 2026 to Wed 25 Nov 2026 (allocation {one.id}), so it can't be booked for "
        "Tue 24 Nov 2026 to Thu 26 Nov 2026, whatever is free. "
        "The earliest that works is N1 from Thu 26 Nov 2026 to Sat 28 Nov 2026. "
        "Or: N1, 1 day instead of 3 (Thu 26 Nov 2026)."
    )


def test_the_refusal_of_a_booking_carries_the_whole_explanation(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database))

    vehicle = given_vehicle(fresh_database)
    with pytest.raises(NoDynoAvailable) as caught:
        book(fresh_database, vehicle)

    told = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, vehicle_id=vehicle, actor=BY.actor)
    assert caught.value.facts == told.as_json()
    assert str(caught.value) == told.sentence


def test_the_earliest_window_of_a_refusal_can_be_booked(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database), days=4)
    vehicle = given_vehicle(fresh_database)
    with pytest.raises(NoDynoAvailable) as caught:
        book(fresh_database, vehicle)

    start = date.fromisoformat(caught.value.facts["earliest"]["start_date"])

    assert book(fresh_database, vehicle, start=start).start_date == in_days(4)


def test_numbers_nobody_has_are_refused_or_match_nothing(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")

    with pytest.raises(InvalidInput, match="can't be stored or looked up"):
        explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, dyno_id=2**40)
    with pytest.raises(InvalidInput, match="can't be stored or looked up"):
        explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, vehicle_id=2**70)
    with pytest.raises(InvalidInput, match="can't be stored or looked up"):
        explain_unavailable(fresh_database, requirement=Requirement("a\0b", "AWD", "<10K"), period=DAYS)
    with pytest.raises(InvalidInput, match="is not a drive type"):
        Requirement("brake", "6WD", "<10K")


def test_at_the_end_of_the_calendar_a_no_is_still_a_sentence(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    last = date(2099, 12, 29)
    book(fresh_database, given_vehicle(fresh_database), start=last, days=2)

    with pytest.raises(NoDynoAvailable, match="Nothing is free for that long"):
        allocate_vehicle(
            fresh_database,
            BY,
            vehicle_id=given_vehicle(fresh_database),
            start_date=last,
            days=2,
            test_type="brake",
            today=TODAY,
            max_backup_days=30,
        )
