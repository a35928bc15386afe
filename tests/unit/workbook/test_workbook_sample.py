"""The lab's real plan, when it lies beside the repository: the figures that were counted by hand."""

import csv
import io
from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from openpyxl import load_workbook

from dyno_core.fleet.compatibility import capabilities
from dyno_core.period import Period
from dyno_core.workbook import PlanFile, Rejected, read_plan
from tests.fixtures.workbooks import SAMPLE

pytestmark = pytest.mark.skipif(not SAMPLE.exists(), reason="the lab's workbook is not part of the repository")


@pytest.fixture(scope="module")
def plan() -> PlanFile:
    return read_plan(SAMPLE.read_bytes(), SAMPLE.name)


def test_every_row_ends_as_allocation_request_or_rejection(plan: PlanFile) -> None:
    assert (len(plan.rows), len(plan.allocations), len(plan.requests), len(plan.rejected)) == (280, 134, 137, 9)
    reasons = Counter(row.outcome.reason for row in plan.rows if isinstance(row.outcome, Rejected))
    assert reasons == {"drive_ambiguous": 7, "drive_missing": 2}
    assert (plan.header_row, plan.rows[0].row, plan.rows[-1].row) == (5, 6, 285)


def test_the_double_bookings_are_the_twelve(plan: PlanFile) -> None:
    assert Counter(pair.dyno for pair in plan.double_bookings) == {"PGN 1": 7, "PGN 2": 3, "PGN 3": 1, "PGN 4": 1}


def test_the_overlaps_of_one_vehicle_are_the_five(plan: PlanFile) -> None:
    assert [(pair.row_a, pair.row_b) for pair in plan.vehicle_overlaps] == [
        (26, 27), (29, 30), (32, 33), (35, 36), (256, 257),
    ]  # fmt: skip


def test_who_gives_way_is_the_later_row_of_each_pair(plan: PlanFile) -> None:
    assert plan.disputed == {27, 30, 33, 68, 71, 72, 73, 74, 75, 78, 79, 80, 81}


def test_the_dynos_are_22_machines_and_20_places(plan: PlanFile) -> None:
    facilities = Counter(dyno.facility for dyno in plan.dynos)
    assert facilities == {"PGN": 13, "VTB": 3, "TRC": 3, "ATC": 3, "Track": 20}
    assert [dyno.name for dyno in plan.dynos[:6]] == [f"PGN {n}" for n in range(1, 7)]


def test_no_allocation_breaks_a_rule_and_one_window_is_kept(plan: PlanFile) -> None:
    assert plan.rule_violations == ()
    (window,) = plan.windows
    assert (window.dyno, window.period) == ("PGN 1", Period(date(2024, 9, 30), date(2024, 12, 5)))
    assert (plan.problems, len(plan.vehicles)) == ((), 231)


def test_six_dynos_need_exclusions_and_each_envelope_is_exact(plan: PlanFile) -> None:
    cut = {dyno.name: dyno.envelope.excluded for dyno in plan.dynos if dyno.envelope.excluded}
    assert set(cut) == {f"{site} #{n}" for site in ("VTB", "TRC") for n in (1, 2, 3)}
    assert cut["VTB #2"] == ("4k certification|2WD|>10K",)
    for dyno in plan.dynos:
        held = dyno.envelope
        assert capabilities(held.test_types, held.drives, held.weight_classes, held.excluded) == dyno.tokens


def test_the_known_oddities_are_flagged_where_they_stand(plan: PlanFile) -> None:
    expected = {
        "completed_without_end": (21, 24), "running_without_start": (79, 85, 88), "miles_per_day_unusual": (71,),
        "running_without_dyno": (35, 88, 237, 258), "start_long_before_estimate": (237,), "vin_placeholder": (70,),
        "vin_on_two_tags": (35, 36), "tag_is_build_id": (258, 260), "miles_per_day_missing": (14,),
    }  # fmt: skip
    assert {flag: plan.flags[flag] for flag in expected} == expected
    assert {"duration_mismatch", "constraint_differs", "message_outdated"} <= set(plan.flags)


@pytest.mark.parametrize(("year", "once", "plain"), [(2025, 1843, 1995), (2026, 794, 794)])
def test_the_booked_days_are_those_counted_by_hand(plan: PlanFile, year: int, once: int, plain: int) -> None:
    window = Period(date(year, 1, 1), date(year, 12, 31))
    parts = [(row.dyno, row.period.clip(window)) for row in plan.allocations if row.takes_part and row.period]
    days = [(dyno, day) for dyno, part in parts if part for day in part.each_day()]
    assert (len(set(days)), len(days)) == (once, plain)


def test_the_main_sheet_as_csv_gives_the_same_rows(plan: PlanFile) -> None:
    sheet = load_workbook(SAMPLE, data_only=True).worksheets[0]
    file = io.StringIO()
    for row in sheet.iter_rows(values_only=True):
        csv.writer(file).writerow(
            f"{cell.month}/{cell.day}/{cell.year}" if isinstance(cell, datetime) else cell for cell in row
        )
    read = read_plan(file.getvalue().encode(), "plan.csv")
    assert [row.outcome for row in read.rows] == [row.outcome for row in plan.rows]
    assert [row.period for row in read.rows] == [row.period for row in plan.rows]
    assert len(read.dynos) == 42


def test_a_booked_day_is_never_taken_twice_by_undisputed_rows(plan: PlanFile) -> None:
    kept = [row for row in plan.allocations if row.takes_part and not row.disputed and row.period]
    for key in ("dyno", "vehicle_key"):
        days = [(getattr(row, key), row.period.start + timedelta(n)) for row in kept for n in range(row.period.days)]
        assert len(days) == len(set(days))
