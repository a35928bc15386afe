from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from dyno_core.accounts.roles import Role
from dyno_core.audit.log import Origin
from dyno_core.booking import allocate_vehicle, cancel_allocation, get_allocation, reschedule_allocation
from dyno_core.booking.errors import (
    DynoBusy,
    DynoOutOfService,
    DynoUnsuitable,
    InThePast,
    KeyReused,
    NoDynoAvailable,
    VehicleBusy,
)
from dyno_core.database.engine import Database
from dyno_core.errors import DynoError, InvalidInput, NotAllowed, NotSignedIn
from dyno_core.fleet import DynoNotFound, VehicleIncomplete, VehicleNotFound
from dyno_core.fleet import TestTypeUnknown as TypeUnknown
from dyno_core.maintenance import plan_maintenance
from dyno_core.period import Period
from tests.builders import (
    OPERATOR_ORIGIN,
    TODAY,
    book,
    given_dyno,
    given_user,
    given_vehicle,
    in_days,
    overlapping_pairs,
    scalar,
)
from tests.database.booking.support import audited, refused, statements, stored


def test_the_answer_is_the_whole_record_as_it_is_stored(fresh_database: Database) -> None:
    dyno = given_dyno(fresh_database, "N1", facility="South")
    vehicle = given_vehicle(fresh_database, tag="195W114", vin="1FTFW1ET5DFC10312")
    actor = given_user(fresh_database, Role.ENGINEER)

    allocation = allocate_vehicle(
        fresh_database,
        Origin(actor, "calendar"),
        vehicle_id=vehicle,
        start_date=in_days(1),
        days=5,
        test_type="brake",
        today=TODAY,
        leg="0 - 5K",
        notes="first leg",
        request_key="k",
    )

    assert allocation == get_allocation(fresh_database, allocation.id)
    assert (allocation.dyno, allocation.dyno_id, allocation.facility) == ("N1", dyno, "South")
    assert (allocation.vehicle_id, allocation.vin, allocation.tag) == (vehicle, "1FTFW1ET5DFC10312", "195W114")
    assert (allocation.start_date, allocation.end_date, allocation.days) == (in_days(1), in_days(5), 5)
    assert (allocation.planned_start_date, allocation.planned_end_date) == (in_days(1), in_days(5))
    assert (allocation.status, allocation.disputed, allocation.version) == ("scheduled", False, 1)
    assert (allocation.leg, allocation.notes, allocation.source) == ("0 - 5K", "first leg", "calendar")
    assert allocation.created_by == actor.email


def test_an_uncontended_booking_is_two_statements(fresh_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with statements(monkeypatch) as sent:
        book(fresh_database, vehicle)

    # no ping of the pooled connection + look up vehicle, test type and dyno + book and give the record back = 2
    assert len(sent) == 2


def test_a_booking_is_written_down_once(fresh_database: Database) -> None:
    dyno = given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    actor = given_user(fresh_database, Role.ENGINEER)

    book(fresh_database, vehicle, origin=Origin(actor, "chat"), days=2)

    after = {
        "dyno_id": dyno,
        "vehicle_id": vehicle,
        "test_type": "brake",
        "start_date": TODAY.isoformat(),
        "end_date": in_days(1).isoformat(),
        "status": "scheduled",
    }
    assert audited(fresh_database) == [("book", "allocation", None, after, "", actor.email)]


def test_the_best_free_dyno_is_taken_and_then_the_next_best(fresh_database: Database) -> None:
    for name, preference in (("third", 3), ("first", 1), ("second", 2)):
        given_dyno(fresh_database, name, preference=preference)

    booked = [book(fresh_database, given_vehicle(fresh_database)).dyno for _ in range(3)]

    assert booked == ["first", "second", "third"]


def test_a_named_dyno_is_taken_even_when_a_better_one_is_free(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", preference=1)
    given_dyno(fresh_database, "N2", preference=2)

    assert book(fresh_database, given_vehicle(fresh_database), dyno=" n2 ").dyno == "N2"


def test_a_test_type_may_be_named_as_people_name_it(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    with fresh_database.writing() as session:
        session.execute(text("UPDATE test_types SET synonyms = '{braking}'"))

    assert book(fresh_database, given_vehicle(fresh_database), test="Braking").test_type == "brake"


def test_a_heavy_vehicle_goes_only_where_heavy_ones_may(fresh_database: Database) -> None:
    given_dyno(fresh_database, "light", weights=["<10K"], preference=1)
    given_dyno(fresh_database, "both", preference=2)

    assert book(fresh_database, given_vehicle(fresh_database, weight_class=">10K")).dyno == "both"


def test_backup_days_find_the_first_start_that_works(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database), days=5)
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, NoDynoAvailable, code="no_dyno_available", says="The earliest that works is N1"):
        book(fresh_database, vehicle, days=2, backup=4)

    assert book(fresh_database, vehicle, days=2, backup=5).start_date == in_days(5)


def test_backup_days_wait_for_the_vehicle_too(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database)
    book(fresh_database, vehicle, days=3, dyno="N2")

    later = book(fresh_database, vehicle, days=2, backup=10)

    assert (later.dyno, later.start_date) == ("N1", in_days(3))


@pytest.mark.parametrize("backup", [0, 366])
def test_the_start_may_slip_by_nothing_or_by_a_year(fresh_database: Database, backup: int) -> None:
    given_dyno(fresh_database, "N1")

    assert book(fresh_database, given_vehicle(fresh_database), backup=backup).start_date == TODAY


@pytest.mark.parametrize("backup", [-1, 367, 2**70])
def test_the_start_slips_by_no_other_number_of_days(fresh_database: Database, backup: int) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, InvalidInput, code="invalid_input", says="The start can slip by 0 to 366 days"):
        book(fresh_database, vehicle, backup=backup)


def test_a_start_in_the_past_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, InThePast, code="in_the_past", says="Mon 23 Nov 2026 is already past"):
        book(fresh_database, vehicle, start=in_days(-1))


@pytest.mark.parametrize("days", [0, -1, 367, 400, 2**70])
def test_a_length_nobody_plans_is_refused(fresh_database: Database, days: int) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, InvalidInput, code="invalid_input", says="days can't be planned; give 1 to 366 days"):
        book(fresh_database, vehicle, days=days)


@pytest.mark.parametrize("start", [date(1999, 12, 31), date(2100, 1, 1), date.min, date.max])
def test_a_year_outside_the_plan_is_refused(fresh_database: Database, start: date) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, InvalidInput, code="invalid_input", says="is outside the years 2000 to 2099"):
        book(fresh_database, vehicle, start=start)


@pytest.mark.parametrize("number", [0, -1, 99, 2**31, 2**63, 2**70])
def test_a_vehicle_that_does_not_exist_is_refused(fresh_database: Database, number: int) -> None:
    given_dyno(fresh_database, "N1")

    with refused(fresh_database, VehicleNotFound, code="vehicle_not_found", says=f"“{number}”"):
        book(fresh_database, number)


def test_a_vehicle_whose_weight_or_drive_is_unknown_is_refused_with_what_is_missing(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database, tag="195W114", weight_class=None, drive_type=None)

    says = "195W114 can't be booked yet because its weight or weight class and its drive type are not known"
    with refused(fresh_database, VehicleIncomplete, code="vehicle_incomplete", says=says):
        book(fresh_database, vehicle)


@pytest.mark.parametrize("test", ["", "soup", "\0", "\ud800", "x" * 10_000])
def test_a_test_type_nobody_knows_is_refused_with_those_that_are_known(fresh_database: Database, test: str) -> None:
    given_dyno(fresh_database, "N1", tests=["brake", "evap"])
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, TypeUnknown, code="test_type_unknown", says="known are brake, evap"):
        book(fresh_database, vehicle, test=test)


@pytest.mark.parametrize("dyno", ["N9", "", "\0", "\ud800", "x" * 10_000, "99999999999999999999"])
def test_a_dyno_that_does_not_exist_is_refused(fresh_database: Database, dyno: str) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, DynoNotFound, code="dyno_not_found", says="There is no dyno"):
        book(fresh_database, vehicle, dyno=dyno)


def test_a_dyno_that_is_taken_is_refused_with_who_has_it(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    first = book(fresh_database, given_vehicle(fresh_database, tag="195W114"), dyno="N1", days=1)
    vehicle = given_vehicle(fresh_database)

    says = (
        f"N1 is taken by 195W114 (brake) on Tue 24 Nov 2026 (allocation {first.id}), so it can't be had for "
        "Tue 24 Nov 2026 to Thu 26 Nov 2026; choose other days or another dyno."
    )
    with refused(fresh_database, DynoBusy, code="dyno_busy", says=says) as caught:
        book(fresh_database, vehicle, dyno="N1")
    assert caught.value.facts["other"]["id"] == first.id


def test_a_dyno_in_maintenance_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    plan_maintenance(
        fresh_database, OPERATOR_ORIGIN, dyno="N1", period=Period.of(TODAY, 9), category="planned", today=TODAY
    )
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, DynoBusy, code="dyno_busy", says="N1 is taken by maintenance from Tue 24 Nov 2026 to"):
        book(fresh_database, vehicle, dyno="N1")


def test_a_dyno_that_can_not_run_the_test_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", excluded=["brake|AWD|<10K"])
    vehicle = given_vehicle(fresh_database)

    says = "N1 can't run brake for a vehicle with AWD and <10K; choose a dyno that can."
    with refused(fresh_database, DynoUnsuitable, code="dyno_unsuitable", says=says):
        book(fresh_database, vehicle, dyno="N1")


def test_a_dyno_out_of_service_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", service=(date(2020, 1, 1), in_days(1)))
    vehicle = given_vehicle(fresh_database)

    says = "N1 is not in service for all of Tue 24 Nov 2026 to Thu 26 Nov 2026"
    with refused(fresh_database, DynoOutOfService, code="dyno_out_of_service", says=says):
        book(fresh_database, vehicle, dyno="N1")


def test_a_vehicle_that_stands_elsewhere_is_refused_with_where(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database, tag="195W114")
    first = book(fresh_database, vehicle, days=1)

    says = f"195W114 is already on N1 on Tue 24 Nov 2026 (allocation {first.id}), so it can't be booked for"
    with refused(fresh_database, VehicleBusy, code="vehicle_busy", says=says):
        book(fresh_database, vehicle)


def test_a_key_gives_the_first_answer_again(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database)
    first = book(fresh_database, vehicle, key="k")
    before = stored(fresh_database)

    assert book(fresh_database, vehicle, key="k") == first
    assert stored(fresh_database) == before


def test_a_key_gives_the_first_answer_again_when_the_start_has_slipped_or_was_moved(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    book(fresh_database, given_vehicle(fresh_database), days=2)
    vehicle = given_vehicle(fresh_database)
    first = book(fresh_database, vehicle, backup=5, key="k")
    assert first.start_date == in_days(2)

    assert book(fresh_database, vehicle, backup=5, key="k") == first
    moved = reschedule_allocation(fresh_database, OPERATOR_ORIGIN, first.id, today=TODAY, start_date=in_days(30))
    assert book(fresh_database, vehicle, backup=5, key="k") == moved


def test_a_key_gives_the_first_answer_again_on_the_next_day(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    first = book(fresh_database, vehicle, key="k")

    again = allocate_vehicle(
        fresh_database,
        OPERATOR_ORIGIN,
        vehicle_id=vehicle,
        start_date=TODAY,
        days=3,
        test_type="brake",
        today=in_days(1),
        request_key="k",
    )

    assert again == first


def test_a_key_that_stands_for_another_wish_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1", tests=["brake", "evap"])
    given_dyno(fresh_database, "N2", tests=["brake", "evap"])
    vehicle, other = given_vehicle(fresh_database), given_vehicle(fresh_database)
    first = book(fresh_database, vehicle, key="k")

    others: tuple[dict[str, Any], ...] = (
        {"vehicle_id": other},
        {"test": "evap"},
        {"start": in_days(9)},
        {"start": in_days(-1)},
        {"days": 4},
        {"dyno": "N2"},
        {"vehicle_id": other, "today": in_days(1)},
        {"days": 4, "today": in_days(1)},
    )
    for wish in others:
        with refused(fresh_database, KeyReused, code="key_reused", says=f"another wish (allocation {first.id})"):
            book(fresh_database, **{"vehicle_id": vehicle, "key": "k"} | wish)


def test_a_key_with_its_dyno_gives_the_first_answer_again_wherever_it_was_moved(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    given_dyno(fresh_database, "N2")
    vehicle = given_vehicle(fresh_database)
    first = book(fresh_database, vehicle, dyno="N1", key="k")
    moved = reschedule_allocation(fresh_database, OPERATOR_ORIGIN, first.id, today=TODAY, dyno="N2")

    assert book(fresh_database, vehicle, dyno="N1", key="k", today=in_days(2)) == moved
    with refused(fresh_database, KeyReused, code="key_reused", says="another wish"):
        book(fresh_database, vehicle, dyno="N2", key="k")


def test_an_allocation_belongs_to_the_account_and_not_to_what_the_caller_calls_it(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    engineer = given_user(fresh_database, Role.ENGINEER)
    origin = Origin(replace(engineer, email="boss@example.com"), "api")

    assert book(fresh_database, given_vehicle(fresh_database), origin=origin).created_by == engineer.email


@pytest.mark.parametrize("key", ["", "x" * 201, "a\0b", "\ud800"])
def test_a_key_that_can_not_be_stored_is_refused(fresh_database: Database, key: str) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, InvalidInput, code="invalid_input", says="request key"):
        book(fresh_database, vehicle, key=key)


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"leg": "a\0b"}, "The leg holds a character that can't be stored"),
        ({"leg": "x" * 10_000}, "The leg has 10,000 characters, but 80 is the most"),
        ({"notes": "a\0b"}, "The note holds a character that can't be stored"),
        ({"notes": "\udfff"}, "The note holds a character that can't be stored"),
        ({"notes": "x" * 10_000}, "The note has 10,000 characters, but 2,000 is the most"),
    ],
)
def test_a_text_that_can_not_be_stored_is_refused(fresh_database: Database, texts: dict[str, str], says: str) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, InvalidInput, code="invalid_input", says=says):
        allocate_vehicle(
            fresh_database,
            OPERATOR_ORIGIN,
            vehicle_id=vehicle,
            start_date=TODAY,
            days=1,
            test_type="brake",
            today=TODAY,
            **texts,
        )


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.PLANNER, Role.MANAGER, Role.ADMIN])
def test_whoever_may_book_books(fresh_database: Database, role: Role) -> None:
    given_dyno(fresh_database, "N1")
    actor = given_user(fresh_database, role)

    assert book(fresh_database, given_vehicle(fresh_database), origin=Origin(actor, "api")).created_by == actor.email


def test_a_viewer_books_nothing(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    origin = Origin(given_user(fresh_database, Role.VIEWER), "api")

    says = "Your role “viewer” does not allow you to book a vehicle; ask an engineer or a planner to do it."
    with refused(fresh_database, NotAllowed, code="not_allowed", says=says):
        book(fresh_database, vehicle, origin=origin)


def test_what_counts_is_the_role_in_the_database_and_not_the_one_the_page_remembers(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    viewer = given_user(fresh_database, Role.VIEWER)
    disabled = given_user(fresh_database, Role.PLANNER, disabled=True)

    with refused(fresh_database, NotAllowed, code="not_allowed", says="Your role “viewer”"):
        book(fresh_database, vehicle, origin=Origin(replace(viewer, role=Role.ADMIN), "api"))
    with refused(fresh_database, NotSignedIn, code="not_signed_in", says="sign in again"):
        book(fresh_database, vehicle, origin=Origin(disabled, "api"))
    with refused(fresh_database, NotSignedIn, code="not_signed_in", says="sign in again"):
        book(fresh_database, vehicle, origin=Origin(replace(viewer, id=999, role=Role.ADMIN), "api"))


def test_a_viewer_does_not_learn_the_first_answer_by_its_key(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    book(fresh_database, vehicle, key="k")
    origin = Origin(given_user(fresh_database, Role.VIEWER), "api")

    with refused(fresh_database, NotAllowed, code="not_allowed", says="book a vehicle"):
        book(fresh_database, vehicle, key="k", origin=origin)
    with refused(fresh_database, NotAllowed, code="not_allowed", says="book a vehicle"):
        book(fresh_database, vehicle, start=in_days(-3), key="k", origin=origin)


def test_an_unknown_channel_is_refused(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)

    with refused(fresh_database, DynoError, code="constraint", says="The channel of this change is unknown"):
        book(fresh_database, vehicle, origin=replace(OPERATOR_ORIGIN, channel="admin"))


def test_a_cancelled_place_is_booked_again(fresh_database: Database) -> None:
    given_dyno(fresh_database, "N1")
    vehicle = given_vehicle(fresh_database)
    first = book(fresh_database, vehicle)
    cancel_allocation(fresh_database, OPERATOR_ORIGIN, first.id, reason="too early")

    assert book(fresh_database, vehicle).id != first.id
    assert overlapping_pairs(fresh_database) == 0
    assert scalar(fresh_database, "SELECT count(*) FROM allocations") == 2
