"""What is offered after a no: the best three, each of which can really be had at that moment."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Actor, Role
from dyno_core.booking import WayOut, allocate_vehicle, explain_unavailable
from dyno_core.booking.errors import DynoBusy, DynoUnsuitable, NoDynoAvailable, VehicleBusy
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError
from dyno_core.period import Period
from tests.builders import OPERATOR_ORIGIN as BY
from tests.builders import TODAY, book, given_dyno, given_vehicle, in_days
from tests.database.booking.support import BRAKE

DAYS = Period.of(TODAY, 3)
ENGINEER = Actor(id=7, email="engineer@example.com", name="Engineer", role=Role.ENGINEER)
PLANNER = Actor(id=8, email="planner@example.com", name="Planner", role=Role.PLANNER)


def ways(database: Database, **wish: Any) -> tuple[WayOut, ...]:
    return explain_unavailable(database, requirement=BRAKE, period=DAYS, **wish).ways_out


def told(found: tuple[WayOut, ...]) -> list[tuple[str, str]]:
    return [(way.kind, way.label) for way in found]


def test_the_best_three_are_offered_and_each_of_them_can_be_booked(fresh_database: Database) -> None:
    first = given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)
    given_dyno(fresh_database, "N3", preference=3)
    book(fresh_database, given_vehicle(fresh_database), dyno="N1", start=in_days(2), days=4)
    vehicle = given_vehicle(fresh_database)

    found = ways(fresh_database, vehicle_id=vehicle, dyno_id=first)

    assert told(found) == [
        ("other_dyno", "N2 on the same days"),
        ("shift", "N1, 6 days later"),
        ("shorten", "N1, 2 days instead of 3"),
    ]
    for way in found:
        made = book(fresh_database, given_vehicle(fresh_database), dyno=way.dyno, start=way.period.start,
                    days=way.period.days)  # fmt: skip
        assert (made.dyno, made.period) == (way.dyno, way.period)


def test_a_test_of_fixed_length_is_not_offered_shorter(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database), start=in_days(1))
    assert told(ways(fresh_database)) == [("shift", "N1, 4 days later"), ("shorten", "N1, 1 day instead of 3")]
    with fresh_database.writing() as session:
        session.execute(text("UPDATE test_types SET fixed_days = 3 WHERE name = 'brake'"))
    assert told(ways(fresh_database)) == [("shift", "N1, 4 days later")]


def test_an_exchange_is_offered_to_whom_it_needs_no_asking_and_names_the_owner_to_all_others(
    fresh_database: Database,
) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "Heavy", weights=[">10K"])
    holder = given_vehicle(fresh_database, tag="B2", weight_class=">10K")
    held = book(fresh_database, holder, dyno="N1", days=5)

    (planners,) = [way for way in ways(fresh_database, actor=PLANNER) if way.kind == "exchange"]
    (engineers,) = [way for way in ways(fresh_database, actor=ENGINEER) if way.kind == "exchange"]

    assert planners.exchange is not None
    assert (planners.exchange.allocation_id, planners.exchange.to_dyno, planners.is_open) == (held.id, "Heavy", True)
    assert planners.sentence == f"N1 by B2 (brake), allocation {held.id}, moving from N1 to Heavy"
    assert not engineers.is_open
    assert engineers.sentence.endswith("if operator agrees: ask them, or a planner, to make the exchange")
    with fresh_database.writing() as session:
        session.execute(text("UPDATE allocations SET created_by = :me"), {"me": ENGINEER.email})
    assert [way.is_open for way in ways(fresh_database, actor=ENGINEER)] == [True, True]


@pytest.mark.parametrize("blocked", ["the other dyno is taken", "it runs already", "two hold the dyno"])
def test_an_exchange_that_can_not_be_made_is_not_offered(fresh_database: Database, blocked: str) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "Heavy", weights=[">10K"])
    book(fresh_database, given_vehicle(fresh_database, weight_class=">10K"), dyno="N1", days=2)
    if blocked == "the other dyno is taken":
        book(fresh_database, given_vehicle(fresh_database, weight_class=">10K"), dyno="Heavy", start=in_days(1))
    elif blocked == "it runs already":
        with fresh_database.writing() as session:
            session.execute(text("UPDATE allocations SET status = 'in_progress', actual_start_date = start_date"))
    else:
        book(fresh_database, given_vehicle(fresh_database, weight_class=">10K"), dyno="N1", start=in_days(2), days=1)

    assert not [way for way in ways(fresh_database, actor=PLANNER) if way.kind == "exchange"]


def test_a_vehicle_that_stands_elsewhere_is_offered_only_days_on_which_it_is_free(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database)
    book(fresh_database, vehicle, dyno="N1", days=2)

    found = ways(fresh_database, vehicle_id=vehicle)

    assert told(found) == [("shift", "N1, 2 days later"), ("shorten", "N1, 1 day instead of 3")]
    assert found[1].period == Period.of(in_days(2), 1)


@pytest.mark.parametrize(
    ("refusal", "dyno", "begins"),
    [
        (DynoBusy, "N1", "N1 is taken by"),
        (DynoUnsuitable, "Wet", "Wet can't run brake"),
        (VehicleBusy, None, "A1 is already on N1"),
        (NoDynoAvailable, None, "No dyno is free to run brake (AWD, <10K)"),
    ],
)
def test_every_refused_booking_counts_the_dynos_and_carries_the_ways_out(
    fresh_database: Database, refusal: type[DynoError], dyno: str | None, begins: str
) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "Wet", tests=["evap"])
    vehicle = given_vehicle(fresh_database, tag="A1")
    book(fresh_database, vehicle if refusal is VehicleBusy else given_vehicle(fresh_database), dyno="N1")

    with pytest.raises(refusal) as caught:
        allocate_vehicle(
            fresh_database, BY, vehicle_id=vehicle, start_date=TODAY, days=3, test_type="brake", today=TODAY, dyno=dyno
        )

    assert str(caught.value).startswith(begins)
    assert (caught.value.facts["fitting"], caught.value.facts["dynos"]) == (["N1"], 2)
    earliest = "The earliest on N1 is" if dyno == "N1" else "The earliest that works is N1"
    assert f"{earliest} from Fri 27 Nov 2026" in str(caught.value)
    assert [way["label"] for way in caught.value.facts["ways_out"]] == ["N1, 3 days later"]
    assert caught.value.facts["ways_out"][0]["vehicle_id"] == vehicle


def test_a_no_in_a_lab_of_forty_dynos_stays_short(fresh_database: Database) -> None:
    for number in range(20):
        given_dyno(fresh_database, f"Wet {number}", tests=["evap"])
    for number in range(14):
        given_dyno(fresh_database, f"Light {number}", drives=["2WD"])
    for number in range(6):
        given_dyno(fresh_database, f"N{number}")
        book(fresh_database, given_vehicle(fresh_database, tag=f"A{number}"), dyno=f"N{number}")

    sentence = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS).sentence

    assert "6 of 40 dynos can run it (20 do not run brake, 14 do not take AWD)" in sentence
    assert "N3 is held by A3 (brake) until Thu 26 Nov 2026, 2 more are held too." in sentence
    assert len(sentence) < 600


def test_a_wish_for_one_dyno_is_explained_among_all_of_them(fresh_database: Database) -> None:
    one = given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    given_dyno(fresh_database, "N3", service=(date(2020, 1, 1), in_days(0)))
    book(fresh_database, given_vehicle(fresh_database, tag="A1"), dyno="N1")

    verdict = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, dyno_id=one)

    assert (verdict.free, verdict.wished) == ((), "N1")
    assert verdict.sentence.startswith(
        "N1 is held by A1 (brake) until Thu 26 Nov 2026, so it can't be had for Tue 24 Nov 2026 to Thu 26 Nov 2026. "
        "3 of 3 dynos can run brake (AWD, <10K). The earliest on N1 is from Fri 27 Nov 2026 to Sun 29 Nov 2026. "
        "Or: N2 on the same days"
    )


def test_a_dyno_that_does_not_fit_is_answered_with_those_that_do(fresh_database: Database) -> None:
    wet = given_dyno(fresh_database, "Wet", tests=["evap"])
    given_dyno(fresh_database, "N1")

    verdict = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, dyno_id=wet)

    assert verdict.sentence == (
        "Wet does not run brake. 1 of 2 dynos can run brake (AWD, <10K); of the others, Wet does not run brake. "
        "What would work: N1 on the same days (Tue 24 Nov 2026 to Thu 26 Nov 2026)."
    )


def test_who_waits_for_one_dyno_hears_of_a_sooner_one_first(fresh_database: Database) -> None:
    one = given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    book(fresh_database, given_vehicle(fresh_database), dyno="N1", days=9)
    book(fresh_database, given_vehicle(fresh_database), dyno="N2", days=3)

    verdict = explain_unavailable(fresh_database, requirement=BRAKE, period=DAYS, dyno_id=one)

    assert "The earliest that works is N2 from Fri 27 Nov 2026" in verdict.sentence
    assert told(verdict.ways_out)[:2] == [("shift", "N2, 3 days later"), ("shift", "N1, 9 days later")]
