"""What a message names, one thing at a time."""

from datetime import date
from typing import Any

import pytest

from dyno_core.agent.models.offline.slots import Slots, overlaid, read_slots
from dyno_core.agent.models.offline.vocabulary import DEFAULT_TEST_TYPES, Vocabulary

TODAY = date(2026, 11, 18)
LAB = Vocabulary(dynos=("PGN 1", "PGN 12", "VTB #1", "VTB #12"))


def read(text: str, vocabulary: Vocabulary = LAB) -> Slots:
    return read_slots(text, vocabulary, today=TODAY)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("vehicle 13", {"vehicle_id": 13}),
        ("truck #31", {"vehicle_id": 31}),
        ("195w114", {"tag": "195W114"}),
        ('tag "26MY P-N4 FHEV 4x4 [JOB1]"', {"tag": "26MY P-N4 FHEV 4x4 [JOB1]"}),
        ("vin zz9f8nvtxsd363661", {"vin": "ZZ9F8NVTXSD363661"}),
        ("TV3GRPM5", {"tag": "TV3GRPM5"}),
        ("#42", {"allocation_id": 42}),
        ("allocation no. 42", {"allocation_id": 42}),
        ("pgn1", {"dyno": "PGN 1"}),
        ("PGN-12", {"dyno": "PGN 12"}),
        ("vtb 12", {"dyno": "VTB #12"}),
        ("ATC 3", {"dyno": "ATC #3"}),
        ("dyno 7", {"dyno": "Dyno 7"}),
        ("9,500 lbs", {"weight_lbs": 9500}),
        ("8.2k", {"weight_lbs": 8200}),
        ("4100 kg", {"weight_lbs": 9039}),
        ("5 tonnes", {"weight_lbs": 11023}),
        ("heavy", {"weight_class": ">10K"}),
        ("light-duty", {"weight_class": "<10K"}),
        (">10K", {"weight_class": ">10K"}),
        ("under 10,000 lbs", {"weight_class": "<10K"}),
        ("4x4", {"drive_type": "AWD"}),
        ("four-wheel drive", {"drive_type": "AWD"}),
        ("rear wheel", {"drive_type": "2WD"}),
        ("4X2", {"drive_type": "2WD"}),
        ("brakes", {"test_type": "brake"}),
        ("emmission", {"test_type": "emission"}),
        ("evaporative emissions", {"test_type": "evap"}),
        ("4k cert", {"test_type": "4K certification"}),
        ("150k", {"test_type": "150K mileage"}),
        ("4k brake", {"weight_lbs": 4000, "test_type": "brake"}),
        ("up to 5 days later", {"backup_days": 5, "flexible": True}),
        ("can slip up to a week", {"backup_days": 7, "flexible": True}),
        ("evap, not brake", {"test_type": "evap"}),
    ],
)
def test_a_thing_is_named(words: str, named: dict[str, Any]) -> None:
    found = read(words)
    assert {name: getattr(found, name) for name in named} == named
    assert found.days is None
    assert found.unclear == ()


@pytest.mark.parametrize("words", ["RWD/AWD", "brake or evap", "PGN 1 or VTB 1", "vehicle 13, vehicle 14"])
def test_two_values_for_one_thing_are_unclear_and_none_is_taken(words: str) -> None:
    found = read(words)
    assert len(found.unclear) == 1
    assert getattr(found, found.unclear[0]) is None


def test_the_reason_is_kept_and_not_read_for_anything_else() -> None:
    found = read("cancel #42 because vehicle 13 needs PGN 1 for 3 days")
    assert found == Slots(allocation_id=42, reason="vehicle 13 needs PGN 1 for 3 days")


def test_since_with_a_day_is_time_and_no_reason() -> None:
    assert read("late since Monday").reason is None
    assert read("move #42 to Monday since the driver is ill").reason == "the driver is ill"


def test_a_lab_adds_its_own_test_types() -> None:
    lab = Vocabulary(test_types={**DEFAULT_TEST_TYPES, "noise": ("NVH", "sound")})
    assert read("an NVH run", lab).test_type == "noise"
    assert read("an NVH run").test_type is None


def test_numbers_of_other_things_are_no_weight_and_no_days() -> None:
    found = read("book vehicle 12 on PGN 12 in week 12")
    assert (found.vehicle_id, found.dyno, found.weight_lbs, found.days) == (12, "PGN 12", None, None)


def test_slots_survive_the_way_through_json() -> None:
    found = read("book vehicle 13 on PGN 1 for brake from 30 February to Friday, 9,500 lb, up to 2 days later")
    assert Slots.from_json(found.to_json()) == found


def test_another_vehicle_takes_the_old_one_and_its_allocation_away() -> None:
    base = Slots(tag="195W114", allocation_id=42, test_type="brake", start=date(2026, 12, 7), days=3, window="from")
    changed = overlaid(base, Slots(vehicle_id=13))
    assert (changed.vehicle, changed.allocation_id, changed.test_type, changed.days) == ({"vehicle_id": 13}, None, "brake", 3)  # fmt: skip


def test_another_day_keeps_the_length() -> None:
    base = Slots(vehicle_id=13, start=date(2026, 12, 7), days=3, window="from")
    assert overlaid(base, read("on 8 December")).days == 3
    assert overlaid(base, read("from 8 to 9 December")).days is None


def test_dynos_and_facilities_of_several_words_are_told_apart() -> None:
    lab = Vocabulary(dynos=("Mesa Flats 1", "Mesa Flats HD 1", "Harbor Point 6"))
    assert read("what is on mesa flats hd 1", lab).dyno == "Mesa Flats HD 1"
    assert read("book vehicle 6 on harbor point 6", lab).vehicle_id == 6
    assert read("the dynos at mesa flats", lab).facility == "Mesa Flats"
    assert read("the dynos at Mesa Flats HD", lab).facility == "Mesa Flats HD"
