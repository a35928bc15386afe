from datetime import date, timedelta

import pytest

from dyno_core.database.engine import Database
from dyno_core.database.models import DynoRow, ServicePeriodRow, VehicleRow
from dyno_core.database.models import TestTypeRow as TypeRow
from dyno_core.fleet import (
    DynoNotFound,
    VehicleAmbiguous,
    VehicleIncomplete,
    VehicleNotFound,
    find_vehicle,
    get_dyno,
    get_vehicle,
    list_dynos,
    list_vehicles,
    requirement_for,
    resolve_test_type,
    search_vehicles,
)
from dyno_core.fleet import (
    TestTypeUnknown as TypeUnknown,
)

TODAY = date(2026, 3, 9)
DAY = timedelta(days=1)
VIN = "1FTFW1ET5DFC10312"


def given(database: Database, *rows: object) -> list[int]:
    with database.writing() as session:
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows if hasattr(row, "id")]


def test_a_vehicle_is_found_by_vin_tag_or_number_in_any_case(fresh_database: Database) -> None:
    (number,) = given(fresh_database, VehicleRow(vin=VIN, tag="512W204"))
    for reference in (VIN.lower(), " 512w204 ", str(number), f"#{number}", f"Vehicle {number}"):
        assert find_vehicle(fresh_database, reference).id == number


@pytest.mark.parametrize("reference", ["", "\x00", "999999999999999999", "%", "512W20x'; --", "x" * 5000])
def test_an_unknown_vehicle_is_refused_in_a_sentence(fresh_database: Database, reference: str) -> None:
    given(fresh_database, VehicleRow(tag="512W204"))
    with pytest.raises(VehicleNotFound) as refused:
        find_vehicle(fresh_database, reference)
    assert "add the vehicle" in str(refused.value)
    assert len(str(refused.value)) < 250


def test_a_mistyped_tag_names_the_nearest(fresh_database: Database) -> None:
    given(fresh_database, VehicleRow(tag="512W204"), VehicleRow(tag="999Z999"))
    with pytest.raises(VehicleNotFound, match="512W204") as refused:
        find_vehicle(fresh_database, "512W205")
    assert refused.value.facts["near"] == ["512W204"]


def test_a_tag_on_two_vehicles_names_both_by_number(fresh_database: Database) -> None:
    first, second = given(fresh_database, VehicleRow(tag="A1", program="P1"), VehicleRow(tag="a1", program="P2"))
    with pytest.raises(VehicleAmbiguous) as refused:
        find_vehicle(fresh_database, "A1")
    assert refused.value.facts["candidates"] == [first, second]
    assert f"vehicle {first}" in str(refused.value)
    assert f"vehicle {second}" in str(refused.value)


def test_a_merged_vehicle_leads_to_the_one_it_became(fresh_database: Database) -> None:
    (kept,) = given(fresh_database, VehicleRow(tag="KEPT"))
    (gone,) = given(fresh_database, VehicleRow(tag="GONE", merged_into_id=kept))
    assert find_vehicle(fresh_database, "gone").id == kept
    assert get_vehicle(fresh_database, gone).id == kept
    assert [vehicle.id for vehicle in list_vehicles(fresh_database)] == [kept]


def test_searching_takes_percent_and_underscore_as_letters(fresh_database: Database) -> None:
    (number,) = given(fresh_database, VehicleRow(tag="50%_A"), VehicleRow(tag="50BBA"))[:1]
    assert [vehicle.id for vehicle in search_vehicles(fresh_database, "%_")] == [number]


def test_what_is_missing_of_a_vehicle_is_named(fresh_database: Database) -> None:
    given(fresh_database, VehicleRow(tag="BARE"), VehicleRow(tag="FULL", weight_lbs=10_001, weight_class=">10K"))
    with pytest.raises(VehicleIncomplete, match="weight or weight class and its drive type are not known"):
        requirement_for(find_vehicle(fresh_database, "bare"), "brake")
    with pytest.raises(VehicleIncomplete) as refused:
        requirement_for(find_vehicle(fresh_database, "full"), "brake")
    assert refused.value.facts["missing"] == ["drive type"]


def test_a_dyno_is_in_service_from_the_first_to_the_last_day_of_its_period(fresh_database: Database) -> None:
    (number,) = given(fresh_database, DynoRow(name="North 1", facility="North"))
    given(fresh_database, ServicePeriodRow(dyno_id=number, start_date=TODAY, end_date=TODAY + 2 * DAY))
    told = {day: get_dyno(fresh_database, number, today=TODAY + day * DAY).enabled for day in (-1, 0, 1, 2, 3)}
    assert told == {-1: False, 0: True, 1: True, 2: True, 3: False}


def test_between_two_service_periods_the_next_one_is_told(fresh_database: Database) -> None:
    (number,) = given(fresh_database, DynoRow(name="North 1", facility="North"))
    later = TODAY + 30 * DAY
    given(
        fresh_database,
        ServicePeriodRow(dyno_id=number, start_date=TODAY - 30 * DAY, end_date=TODAY - DAY),
        ServicePeriodRow(dyno_id=number, start_date=later, end_date=None),
    )
    dyno = get_dyno(fresh_database, "north 1", today=TODAY)
    assert (dyno.enabled, dyno.available_from, dyno.available_to) == (False, later, None)


def test_a_dyno_without_any_service_period_is_listed_as_out_of_service(fresh_database: Database) -> None:
    given(fresh_database, DynoRow(name="North 1", facility="North"))
    (dyno,) = list_dynos(fresh_database, today=TODAY)
    assert (dyno.enabled, dyno.available_from, dyno.available_to) == (False, None, None)


def test_a_dyno_is_found_whatever_its_spacing_and_a_name_wins_over_a_number(fresh_database: Database) -> None:
    first, second = given(fresh_database, DynoRow(name="PGN 1", facility="P"), DynoRow(name="1", facility="P"))
    assert get_dyno(fresh_database, "pgn - 1", today=TODAY).id == first
    assert get_dyno(fresh_database, "1", today=TODAY).id == second
    assert get_dyno(fresh_database, 1, today=TODAY).id == first
    with pytest.raises(DynoNotFound, match="PGN 1"):
        get_dyno(fresh_database, "PGM 1", today=TODAY)


def test_a_test_type_is_known_by_name_label_and_synonym(fresh_database: Database) -> None:
    given(
        fresh_database,
        TypeRow(name="4K certification", label="4K", synonyms=["4k cert", "brake"]),
        TypeRow(name="brake", label="Brake test", synonyms=[]),
    )
    for text in ("4K CERTIFICATION", "4k", "4K Cert", " 4k-cert "):
        assert resolve_test_type(fresh_database, text) == "4K certification"
    assert resolve_test_type(fresh_database, "Brake") == "brake"
    with pytest.raises(TypeUnknown, match="4K certification, brake"):
        resolve_test_type(fresh_database, "")
