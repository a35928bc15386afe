"""The report that the command line prints and the page shows."""

import json

from dyno_core.workbook import plan_report, read_plan
from tests.fixtures.workbooks import a_request, a_row, a_workbook


def test_the_report_is_json_with_every_row_accounted_for() -> None:
    rows = [a_row(), a_row(tag="B"), a_request(tag="B", drive=None), a_request(tag="C"), a_row(tag="D", dyno=99)]
    report = plan_report(read_plan(a_workbook(rows), "plan.xlsx"))
    assert json.loads(json.dumps(report)) == report
    assert report == {
        "dynos": 23,
        "vehicles": 3,
        "allocations": 2,
        "requests": 1,
        "rejected": [{"row": 8, "reason": "drive_missing"}, {"row": 10, "reason": "dyno_unknown"}],
        "flags": {"leg_overlap": [7, 8], "double_booked": [6, 7]},
        "double_bookings": [
            {"dyno": "PGN 1", "row_a": 6, "row_b": 7, "first_day": "2026-05-04", "last_day": "2026-05-10"}
        ],
        "vehicle_overlaps": [
            {"vehicle": "B", "row_a": 7, "row_b": 8, "first_day": "2026-05-04", "last_day": "2026-05-10"}
        ],
        "rule_violations": [],
        "maintenance_windows": 0,
        "problems": [],
        "left_out_pairs": False,
    }
