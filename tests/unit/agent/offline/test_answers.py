"""Tool results as sentences and tables."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dyno_core.agent.models.offline.answers import answer, window_of
from dyno_core.agent.models.offline.slots import Slots
from dyno_core.agent.models.offline.tables import MOST_ROWS, general, table
from dyno_core.agent.models.offline.tasks import Task

WEEK = Slots(start=date(2026, 12, 7), end=date(2026, 12, 9), window="range")
DYNOS = [
    {"id": 1, "name": "PGN 1", "facility": "PGN", "supported_drives": ["2WD", "AWD"], "supported_weight_classes": ["<10K"]},
    {"id": 2, "name": "ATC #1", "facility": "ATC", "supported_drives": ["2WD"], "supported_weight_classes": ["<10K", ">10K"]},
]  # fmt: skip


def told(intent: str, data: Any, slots: Slots | None = None) -> str:
    return answer(Task(intent, slots or Slots()), {"ok": True, "data": data})


def test_a_table_has_days_with_weekdays_and_leaves_empty_columns_out() -> None:
    text = table([{"id": 3, "dyno": "PGN 1", "leg": None, "start_date": "2026-12-07", "disputed": False}])
    assert text.splitlines()[0] == "| # | Dyno | First day |"
    assert text.splitlines()[2] == "| 3 | PGN 1 | Mon 7 Dec 2026 |"


def test_a_disputed_allocation_is_marked() -> None:
    text = table([{"id": 3, "disputed": False}, {"id": 4, "disputed": True}])
    assert text.splitlines()[0] == "| # | Disputed |"
    assert text.splitlines()[3] == "| 4 | yes |"


def test_a_cell_can_not_break_the_table() -> None:
    row = table([{"tag": "a|b\nc", "notes": "x" * 500}]).splitlines()[2]
    assert row.count("|") == 3
    assert len(row) < 120


def test_what_is_cut_is_said() -> None:
    assert "… and 5 more." in table([{"id": number} for number in range(MOST_ROWS + 5)])


def test_free_dynos_are_counted_and_the_asked_one_is_told_apart() -> None:
    rows = [{"name": "PGN 1", "facility": "PGN"}]
    assert told("free", rows, WEEK).startswith("1 dyno is free Mon 7 Dec 2026 to Wed 9 Dec 2026")
    asked = Slots(start=WEEK.start, end=WEEK.end, window="range", dyno="PGN 3")
    assert told("free", rows, asked).startswith("PGN 3 is not free")


def test_dynos_are_narrowed_to_what_was_asked() -> None:
    assert "ATC #1" not in told("dynos", DYNOS, Slots(drive_type="AWD"))
    assert "PGN 1" not in told("dynos", DYNOS, Slots(weight_lbs=12_000))
    assert "PGN 1" in told("dynos", DYNOS)


@pytest.mark.parametrize(
    ("intent", "data", "part"),
    [
        ("conflicts", [], "no conflicts"),
        ("count", 12, "12 tests are completed"),
        ("count", {"completed": 1}, "1 test is completed"),
        ("now", "2026-11-18T12:00:00+00:00", "Wed 18 Nov 2026"),
        ("now", {"now": "2026-11-18T12:00:00+00:00"}, "Wed 18 Nov 2026"),
        ("window", {"dyno": "PGN 1", "start_date": "2026-12-07", "end_date": "2026-12-09"}, "Mon 7 Dec 2026 to Wed 9 Dec 2026 on PGN 1"),
        ("window", [], "No window"),
        ("check", [], "no allocation for vehicle 13"),
        ("utilization", {"rows": [{"dyno": "PGN 1", "utilization": 0.5}], "fleet": {"utilization": 0.25}}, "50%"),
        ("utilization", {"rows": [{"dyno": "PGN 1", "utilization": None}], "fleet": {"utilization": 0.25}}, "25%"),
        ("requests", {"requests": [], "total": 0}, "Every request has a place"),
        ("explain", {"reasons": ["held by #4", "in maintenance"], "fitting": 2}, "held by #4, in maintenance"),
        ("sql", {"rows": [{"a": 1, "b": None}], "more": True}, "More: yes"),
        ("dyno", {"id": 1, "name": "PGN 1", "maintenance": [{"start_date": "2026-12-07"}]}, "Mon 7 Dec 2026"),
        ("sql", "anything at all", "anything at all"),
        ("sql", None, "Nothing was found"),
        ("sql", [1, 2], "1, 2"),
    ],
)  # fmt: skip
def test_each_shape_is_told(intent: str, data: Any, part: str) -> None:
    assert part in told(intent, data, Slots(vehicle_id=13))


@pytest.mark.parametrize(
    "data", [[], {}, "", 0, 1.5, True, None, [None], [[]], {"a": {"b": {"c": []}}}, {"start": "x"}]
)
@pytest.mark.parametrize(
    "intent", ["book", "free", "window", "check", "count", "now", "dynos", "explain", "unheard of"]
)
def test_no_shape_is_too_strange(intent: str, data: Any) -> None:
    assert told(intent, data, Slots(vehicle_id=13))


def test_a_declined_write_is_acknowledged_shortly() -> None:
    declined = {"ok": False, "error": "declined", "message": "The user declined."}
    assert answer(Task("book", Slots()), declined) == "All right, nothing was changed."


def test_a_failure_without_a_sentence_still_gets_one() -> None:
    assert answer(Task("book", Slots()), {"ok": False}).endswith("please try again.")


def test_an_object_inside_is_told_in_words() -> None:
    assert "Dyno: PGN 1" in general("Next", {"best": {"dyno": "PGN 1"}})


def test_a_receipt_is_told_in_its_own_words() -> None:
    data = {"receipt": "Booked: allocation 51.", "allocation": {"id": 51}}
    assert told("book", data) == "Booked: allocation 51."


def test_conflicts_are_told_whole_however_long() -> None:
    sentence = "PGN 1 holds 195W114 and 644W226 on the same days: " + "and so on " * 20
    assert sentence in told("conflicts", {"conflicts": [{"kind": "dyno", "message": sentence}]})


def test_an_explanation_comes_before_who_holds_the_dynos() -> None:
    holders = [{"dyno": "PGN 1", "held_by": "195W114", "until": "2026-12-09", "allocation_id": 4}]
    data: dict[str, Any] = {
        "explanation": "2 dynos fit, both are taken.",
        "excluded": {},
        "earliest": None,
        "holders": holders,
    }
    assert told("explain", data).startswith("2 dynos fit, both are taken.\n\n| Dyno |")


def test_the_fleet_s_utilization_comes_first_and_dynos_without_capacity_stay_in_the_table() -> None:
    fleet = {"capacity_days": 100, "booked_in_capacity_days": 25, "utilization": 0.25}
    text = told(
        "utilization", {"fleet": fleet, "rows": [{"dyno": "PGN 1", "capacity_days": 0, "utilization": None}]}, WEEK
    )
    assert text.startswith(
        "The fleet's utilization Mon 7 Dec 2026 to Wed 9 Dec 2026 is 25%. 25 of 100 days are booked.\n\n| Dyno |"
    )


def test_the_track_is_told_beside_the_fleet() -> None:
    fleet = {"capacity_days": 100, "booked_in_capacity_days": 25, "utilization": 0.25}
    text = told("utilization", {"fleet": fleet, "track": fleet | {"utilization": 0.02}, "rows": []}, WEEK)
    assert "is 25%. 25 of 100 days are booked. Not counted in it: the track's utilization is 2%." in text


def test_what_a_dyno_can_run_is_read_from_lists_and_from_words() -> None:
    rows = [
        {"id": 1, "name": "Mesa Flats HD 1", "drives": "2WD, AWD"},
        {"id": 2, "name": "Mesa Flats 1", "drives": "2WD"},
    ]
    text = told("dynos", {"dynos": rows}, Slots(drive_type="AWD"))
    assert "HD 1" in text
    assert "Mesa Flats 1" not in text


def test_the_wished_period_of_a_refusal_is_no_window() -> None:
    assert window_of({"start_date": "2026-12-07", "end_date": "2026-12-09", "earliest": None}) is None


def held(number: int, first: str, last: str, **changes: Any) -> dict[str, Any]:
    return {"kind": "test", "id": number, "tag": "195W114", "test_type": "brake", "start_date": first, "end_date": last} | changes  # fmt: skip


def whether(words: str, *rows: dict[str, Any], slots: Slots = WEEK) -> str:
    return answer(Task("holders", replace(slots, dyno="PGN 1"), words), {"ok": True, "data": {"rows": list(rows)}})


def test_whether_a_dyno_is_free_is_a_yes_or_a_no_with_who_and_until_when() -> None:
    assert whether("whether").startswith("Yes, PGN 1 is free Mon 7 Dec 2026 to Wed 9 Dec 2026")
    taken = whether("whether", held(4, "2026-12-05", "2026-12-10"))
    assert taken.startswith(
        "No, PGN 1 is held by 195W114 (brake), allocation 4 from Sat 5 Dec 2026 until Thu 10 Dec 2026."
    )
    partly = whether("whether", held(4, "2026-12-05", "2026-12-07"))
    assert partly.startswith("Not the whole time: PGN 1 is held by 195W114")
    service = held(5, "2026-12-07", "2026-12-09", kind="maintenance", reason="new belt")
    assert "PGN 1 is in maintenance (new belt)" in whether("who", service)
    tentative = whether("whether", held(4, "2026-12-05", "2026-12-10", status="tentative"))
    assert tentative.startswith("Yes")
    assert "does not hold the dyno" in tentative


def test_the_allocations_of_a_vehicle_are_narrowed_to_the_days_that_were_asked_about() -> None:
    rows = [
        {"id": number, "dyno": "PGN 1", "tag": "T1", "test_type": "brake", "start_date": f"2026-{month}-01",
         "end_date": f"2026-{month}-05", "status": "scheduled"}
        for number, month in enumerate(("10", "11", "12"), 1)
    ]  # fmt: skip
    data = {"allocations": rows}
    until = told("check", data, Slots(tag="T1", end=date(2026, 11, 30)))
    assert ("| 2 |" in until, "| 3 |" in until) == (True, False)
    assert "#3" in told("check", data, Slots(tag="T1", start=date(2026, 12, 5), end=date(2026, 12, 9)))
    assert told("check", data, Slots(tag="T1", start=date(2027, 1, 1))).endswith("in these days.")


def test_when_a_dyno_is_free_is_told_as_the_next_stretches_of_days() -> None:
    ahead = Slots(start=date(2026, 12, 7), window="from")
    rows = held(4, "2026-12-07", "2026-12-08"), held(5, "2026-12-10", "2026-12-12"), held(6, "2026-12-11", "2026-12-14")
    told = whether("when", *rows, slots=ahead)
    assert told.endswith("PGN 1 is free Wed 9 Dec 2026 and from Tue 15 Dec 2026 on.")
    out = {"kind": "out of service", "dyno": "PGN 1"}
    assert "out of service" in whether("when", out, *rows, slots=ahead)
    week = Slots(dyno="PGN 1", start=date(2026, 12, 7), end=date(2026, 12, 13), window="week")
    assert whether("when", *rows[:2], slots=week).endswith("PGN 1 is free Wed 9 Dec 2026 and Sun 13 Dec 2026.")
    full = whether("when", held(4, "2026-12-05", "2026-12-20"), slots=week)
    assert full.startswith("PGN 1 has no free day Mon 7 Dec 2026 to Sun 13 Dec 2026: PGN 1 is held by")


def test_a_facility_s_own_utilization_is_that_of_its_dynos_together() -> None:
    fleet = {"capacity_days": 100, "booked_in_capacity_days": 25, "utilization": 0.25}
    rows = [
        {"dyno": name, "facility": name[:5], "capacity_days": capacity, "booked_in_capacity_days": booked}
        for name, capacity, booked in (("North 1", 10, 9), ("North 2", 30, 3), ("South 1", 60, 13))
    ]
    at = Slots(facility="North", start=WEEK.start, end=WEEK.end)
    assert told("utilization", {"fleet": fleet, "rows": rows}, at).startswith(
        "North's utilization Mon 7 Dec 2026 to Wed 9 Dec 2026 is 30%. 12 of 40 days are booked. The fleet's"
    )


def test_a_dyno_s_own_utilization_comes_before_the_fleets_and_the_busiest_first() -> None:
    rows = [
        {"dyno": "PGN 1", "capacity_days": 10, "booked_in_capacity_days": 2, "utilization": 0.2},
        {"dyno": "PGN 2", "capacity_days": 10, "booked_in_capacity_days": 9, "utilization": 0.9},
    ]
    data = {"fleet": {"capacity_days": 20, "booked_in_capacity_days": 11, "utilization": 0.55}, "rows": rows}
    assert told("utilization", data, replace(WEEK, dyno="PGN 1")).startswith("PGN 1's utilization")
    busiest = answer(Task("utilization", WEEK, "most"), {"ok": True, "data": data})
    assert busiest.startswith("Most used is PGN 2.")
    assert busiest.index("| PGN 2") < busiest.index("| PGN 1")


def test_conflicts_and_maintenance_are_narrowed_to_what_is_named() -> None:
    clash = {"dyno": "PGN 1", "first_day": "2026-12-08", "last_day": "2026-12-08", "message": "two on PGN 1"}
    other = clash | {"dyno": "PGN 2", "message": "two on PGN 2"}
    assert "PGN 2" not in told("conflicts", {"conflicts": [clash, other]}, Slots(dyno="PGN 1"))
    later = Slots(start=date(2027, 1, 1), end=date(2027, 1, 31), window="month")
    assert told("conflicts", {"conflicts": [clash]}, later).startswith("There are no conflicts Fri 1 Jan 2027")
    window = {"dyno": "PGN 2", "start_date": "2026-12-08", "end_date": "2026-12-08", "reason": "new belt"}
    assert told("maintenance", {"maintenance": [window]}, Slots(dyno="PGN 1")) == "No maintenance is planned on PGN 1."


def test_a_cell_makes_no_link_and_no_picture() -> None:
    assert "](" not in table([{"notes": "![x](http://example.com/a.png) [y](javascript:z)"}])
