"""What one row says: allocation, request or rejection, and its flags."""

from datetime import date, datetime, time

import pytest

from dyno_core.period import Period
from dyno_core.workbook import (
    FLAGS,
    REASONS,
    KnownLab,
    PlannedAllocation,
    PlannedRequest,
    PlanRow,
    Rejected,
    read_plan,
)
from tests.fixtures.workbooks import a_request, a_row, a_workbook

VIN = "1HGCM82633A004352"


def _read(*rows: object, **sheets: object) -> tuple[PlanRow, ...]:
    return read_plan(a_workbook(rows, **sheets), "plan.xlsx").rows


def _one(**changes: object) -> PlanRow:
    return _read(a_row(**changes))[0]


def test_a_row_with_a_dyno_is_an_allocation_of_whole_days() -> None:
    row = _one()
    assert row.outcome == PlannedAllocation("PGN 1", Period(date(2026, 5, 4), date(2026, 5, 10)))
    assert (row.row, row.status, row.flags, row.vehicle.drive_type, row.vehicle.weight_class) == (
        6, "scheduled", (), "2WD", "<10K",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("facility", "label", "dyno"),
    [
        ("PGN", 1, "PGN 1"), ("PGN", 1.0, "PGN 1"), ("PGN", "1", "PGN 1"), ("PGN\xa0", " 1 ", "PGN 1"),
        ("pgn", "#1", "PGN 1"), ("PGN", "PGN 1", "PGN 1"), (None, "PGN 1", "PGN 1"),
        ("VTB", "#1", "VTB #1"), ("VTB", 1, "VTB #1"), ("Track", "Track", "Track 1"), ("TRACK", "track ", "Track 1"),
        ("Track", 7, "Track 7"), ("Track", "Track 7", "Track 7"),
    ],
)  # fmt: skip
def test_facility_and_dyno_name_the_dyno(facility: object, label: object, dyno: str) -> None:
    assert _one(facility=facility, dyno=label).dyno == dyno


@pytest.mark.parametrize(
    ("facility", "label", "why"),
    [
        (None, None, None), (None, "No dyno available", "No dyno available"), (None, "Invalid drive", "Invalid drive"),
        ("PGN", None, None), ("PGN", "No dyno candidates", "No dyno candidates"), (None, "N/A", "N/A"),
        (None, "No dyno before week 12", "No dyno before week 12"), (None, "to be decided", "to be decided"),
    ],
)  # fmt: skip
def test_a_row_without_a_dyno_is_a_request_with_the_sheets_message(
    facility: object, label: object, why: str | None
) -> None:
    outcome = _one(facility=facility, dyno=label).outcome
    assert isinstance(outcome, PlannedRequest)
    assert (outcome.why, outcome.facility) == (why, facility)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"drive": "RWD/AWD"}, "drive_ambiguous"), ({"drive": "any"}, "drive_ambiguous"),
        ({"drive": None}, "drive_missing"), ({"drive": " N/A "}, "drive_missing"),
        ({"weight": None}, "weight_missing"), ({"weight": "heavy"}, "weight_missing"),
        ({"weight": 10}, "weight_missing"),
        ({"test": "Crash"}, "test_unknown"), ({"test": None}, "test_unknown"),
        ({"estimated": None}, "date_missing"), ({"projected": "TBD"}, "date_missing"),
        ({"estimated": "next week"}, "date_invalid"), ({"projected": "2026-02-30"}, "date_invalid"),
        ({"actual": "soon"}, "date_invalid"), ({"estimated": datetime(1999, 12, 31)}, "date_invalid"),
        ({"projected": True}, "date_invalid"), ({"projected": "#REF!"}, "date_invalid"),
        ({"projected": datetime(2026, 5, 3)}, "end_before_start"),
        ({"facility": "PGN", "dyno": 99}, "dyno_unknown"), ({"facility": "XYZ", "dyno": "#1"}, "dyno_unknown"),
        ({"facility": None, "dyno": 1}, "dyno_unknown"), ({"facility": None, "dyno": "PGN 99"}, "dyno_unknown"),
        ({"facility": "PGN", "dyno": "Track"}, "dyno_unknown"),
    ],
)  # fmt: skip
def test_a_row_that_needs_the_planners_word_is_rejected_with_its_reason(
    changes: dict[str, object], reason: str
) -> None:
    assert _one(**changes).outcome == Rejected(reason)
    assert reason in REASONS


def test_a_row_with_several_faults_tells_all_of_them() -> None:
    row = _one(drive=None, weight=None, test="Crash", estimated=None, projected="soon", dyno=99)
    assert row.outcome == Rejected(
        "drive_missing", ("weight_missing", "test_unknown", "date_missing", "date_invalid", "dyno_unknown")
    )


def test_an_end_before_the_start_is_rejected_with_a_dyno_and_without() -> None:
    rows = _read(a_row(projected=date(2026, 5, 3)), a_request(tag="B", projected=date(2026, 5, 3)))
    assert [row.outcome for row in rows] == [Rejected("end_before_start")] * 2
    assert [row.period for row in rows] == [None, None]


@pytest.mark.parametrize(
    ("changes", "start", "end"),
    [
        ({}, "2026-05-04", "2026-05-10"),
        ({"re_estimated": datetime(2026, 5, 5, 23, 59)}, "2026-05-05", "2026-05-10"),
        ({"re_estimated": datetime(2026, 5, 5), "actual": datetime(2026, 5, 6, 8)}, "2026-05-06", "2026-05-10"),
        ({"completed": datetime(2026, 5, 8, 16)}, "2026-05-04", "2026-05-08"),
        ({"estimated": "2026-05-03"}, "2026-05-03", "2026-05-10"),
        ({"estimated": "5/3/2026"}, "2026-05-03", "2026-05-10"),
        ({"estimated": "5/3/26 08:00"}, "2026-05-03", "2026-05-10"),
        ({"estimated": 46145}, "2026-05-03", "2026-05-10"),
        ({"estimated": "46145.67"}, "2026-05-03", "2026-05-10"),
        ({"completed": 0, "actual": time(0, 0), "re_estimated": " "}, "2026-05-04", "2026-05-10"),
        ({"projected": datetime(2026, 5, 4)}, "2026-05-04", "2026-05-04"),
    ],
)  # fmt: skip
def test_start_and_end_follow_the_plans_precedence(changes: dict[str, object], start: str, end: str) -> None:
    assert _one(**changes).period == Period(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("G", "scheduled"), ("running ", "in_progress"), ("COMPLETED", "completed"), ("C", "completed"),
        ("TBD", "tentative"), ("REMOVED", "cancelled"), ("CANCELLED", "cancelled"), ("Canceled", "cancelled"),
        ("DELETED", "cancelled"),
    ],
)  # fmt: skip
def test_statuses_are_read(text: str, status: str) -> None:
    row = _one(status=text)
    assert row.status == status
    assert "status_unknown" not in row.flags


@pytest.mark.parametrize("text", [None, "ON HOLD"])
def test_an_unknown_status_counts_as_scheduled_and_is_flagged(text: str | None) -> None:
    row = _one(status=text)
    assert (row.status, "status_unknown" in row.flags) == ("scheduled", True)


@pytest.mark.parametrize(
    ("spelling", "drive"),
    [("AWD ", "AWD"), ("4X4", "AWD"), ("4x2", "2WD"), ("2WD\xa0", "2WD"), ("FWD", "2WD"), ("awd", "AWD")],
)
def test_drives_are_read_in_every_spelling(spelling: str, drive: str) -> None:
    assert _one(drive=spelling).vehicle.drive_type == drive


@pytest.mark.parametrize(
    ("cell", "pounds", "weight"),
    [("<10K", None, "<10K"), ("> 10k", None, ">10K"), (9800, 9800, "<10K"), ("10,000 lbs", 10000, "<10K"),
     (10_000.4, 10000, "<10K"), (10001, 10001, ">10K")],
)  # fmt: skip
def test_weight_classes_and_pounds_are_read(cell: object, pounds: int | None, weight: str) -> None:
    vehicle = _one(weight=cell).vehicle
    assert (vehicle.weight_lbs, vehicle.weight_class) == (pounds, weight)


@pytest.mark.parametrize(
    ("step", "leg"),
    [
        ("5K - 75K", "5K - 75K"), ("75K 150K", "75K - 150K"), ("5K -75K", "5K - 75K"), ("75K -112.5K", "75K - 112.5K"),
        ("0-4K", "0K - 4K"), ("20-150K", "20K - 150K"), ("P-A1", None), (0, None), (None, None), ("P-N7/P-K4", None),
    ],
)  # fmt: skip
def test_a_leg_is_a_mileage_range_in_one_spelling(step: object, leg: str | None) -> None:
    assert _one(step=step).leg == leg


@pytest.mark.parametrize(
    ("vin", "read", "flag"),
    [
        (VIN, VIN, None), (f" {VIN.lower()} ", VIN, None), (VIN[:-1] + "3", VIN[:-1] + "3", "vin_check_digit"),
        ("PENDING", None, "vin_placeholder"), ("N/A", None, "vin_placeholder"), ("1HGCM826", None, "vin_unreadable"),
        ("1HGCM82633A00435O", None, "vin_unreadable"), (None, None, None),
    ],
)  # fmt: skip
def test_a_vin_is_taken_or_flagged_never_refused(vin: object, read: str | None, flag: str | None) -> None:
    row = _one(vin=vin)
    assert (row.vehicle.vin, row.flags) == (read, (flag,) if flag else ())


@pytest.mark.parametrize(
    ("changes", "flag"),
    [
        ({"days": 6.2, "projected": datetime(2026, 5, 20)}, "duration_mismatch"),
        ({"days": 6.2, "added": 3}, "duration_mismatch"),
        ({"status": "COMPLETED"}, "completed_without_end"),
        ({"status": "RUNNING"}, "running_without_start"),
        ({"status": "RUNNING", "facility": None, "dyno": None, "actual": datetime(2026, 5, 4)}, "running_without_dyno"),
        ({"actual": datetime(2025, 5, 4), "projected": datetime(2025, 5, 10)}, "start_long_before_estimate"),
        ({"projected": datetime(2027, 6, 1)}, "period_very_long"),
        ({"re_estimated": "soon", "actual": datetime(2026, 5, 4)}, "date_unreadable"),
        ({"tag": None}, "vehicle_unnamed"),
        ({"constraint": "4X4"}, "constraint_differs"),
        ({"per_day": 4800}, "miles_per_day_unusual"),
        ({"miles": 5000}, "miles_per_day_missing"),
    ],
)
def test_a_row_that_is_odd_but_readable_carries_a_flag(changes: dict[str, object], flag: str) -> None:
    row = _one(**changes)
    assert row.flags == (flag,)
    assert flag in FLAGS
    assert not isinstance(row.outcome, Rejected)


@pytest.mark.parametrize(
    "changes",
    [
        {"days": 6.2}, {"days": 6}, {"days": 3.2, "added": 3}, {"days": 6.2, "completed": datetime(2026, 7, 1)},
        {"constraint": None}, {"constraint": "N/A"}, {"miles": "N/A"}, {"miles": 4660, "per_day": 750},
        {"status": "COMPLETED", "completed": datetime(2026, 5, 9)}, {"build_id": "TBD"},
    ],
)  # fmt: skip
def test_ordinary_rows_carry_no_flag(changes: dict[str, object]) -> None:
    assert _one(**changes).flags == ()


def test_texts_lose_blanks_numbers_become_text_and_fillers_become_nothing() -> None:
    row = _read(a_row(**{"Cert Team": 3, "Powerpack": "  PP\xa0 7\n", "BUILD ID #": "NA", "Program": "P-Q7 "}))[0]
    facts = row.vehicle
    assert (facts.cert_team, facts.powertrain, facts.build_id, facts.program) == ("3", "PP 7", None, "P-Q7")


def test_blank_rows_are_passed_over_wherever_they_stand() -> None:
    rows = _read({}, a_row(), {"Tag #": " \xa0"}, a_row(tag="B", dyno=2), {}, {})
    assert [row.row for row in rows] == [7, 9]


def test_a_test_is_called_by_its_name_in_the_vocabulary() -> None:
    known = KnownLab(test_types={"4k certification": "4K certification", "cert": "4K certification"})
    rows = [a_row(), a_row(test="CERT", tag="B", dyno=2), a_row(test="150K  mileage", tag="C", dyno="Track")]
    plan = read_plan(a_workbook(rows), "plan.xlsx", known=known)
    assert [row.test_type for row in plan.rows] == ["4K certification", "4K certification", "150k mileage"]


def test_dynos_and_tests_come_from_the_known_lab_when_the_file_lists_none() -> None:
    content = a_workbook([a_row(), a_row(tag="B", dyno=9), a_row(tag="C", test="evap")], rules=None, maintenance=None)
    known = KnownLab(dynos=("PGN 1",), test_types={"4K certification": "4K certification"})
    outcomes = [row.outcome for row in read_plan(content, "plan.xlsx", known=known).rows]
    assert isinstance(outcomes[0], PlannedAllocation)
    assert outcomes[1:] == [Rejected("dyno_unknown"), Rejected("test_unknown")]


def test_without_any_list_names_are_taken_at_their_word_and_flagged() -> None:
    rows = _read(a_row(), a_row(tag="B", dyno=9, test="Evap"), rules=None, maintenance=None)
    assert [row.dyno for row in rows] == ["PGN 1", "PGN 9"]
    assert [row.flags for row in rows] == [("dyno_undescribed",)] * 2
