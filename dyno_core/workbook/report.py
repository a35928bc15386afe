"""The report of an import, ready for JSON."""

from dataclasses import asdict
from datetime import date
from typing import Any

from dyno_core.workbook.plan import DoubleBooking, PlanFile, Rejected, VehicleOverlap


def plan_report(plan: PlanFile) -> dict[str, Any]:
    """Counts, rejected rows with their reasons, flags with their rows, clashes pair by pair; days as ISO text.

    ``problems`` lists what was not read beside the plan's rows; ``left_out_pairs`` says that a list of pairs was cut.
    """
    return {
        "dynos": len(plan.dynos),
        "vehicles": len(plan.vehicles),
        "allocations": len(plan.allocations),
        "requests": len(plan.requests),
        "rejected": [
            {"row": row.row, "reason": row.outcome.reason} for row in plan.rows if isinstance(row.outcome, Rejected)
        ],
        "flags": {flag: list(rows) for flag, rows in plan.flags.items()},
        "double_bookings": [_pair(pair) for pair in plan.double_bookings],
        "vehicle_overlaps": [_pair(pair) for pair in plan.vehicle_overlaps],
        "rule_violations": list(plan.rule_violations),
        "maintenance_windows": len(plan.windows),
        "problems": [asdict(problem) for problem in plan.problems],
        "left_out_pairs": plan.left_out_pairs,
    }


def _pair(pair: DoubleBooking | VehicleOverlap) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in asdict(pair).items()}
