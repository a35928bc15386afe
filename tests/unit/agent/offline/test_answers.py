"""Tool results as sentences and tables."""

from datetime import date
from typing import Any

import pytest

from dyno_core.agent.models.offline.answers import MOST_ROWS, answer, general, table, window_of
from dyno_core.agent.models.offline.slots import Slots
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
