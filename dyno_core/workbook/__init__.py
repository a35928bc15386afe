"""Excel in and out: a planner's workbook becomes a plan, and the plan a workbook."""

from dyno_core.workbook.changes import FieldChange, RuleChange
from dyno_core.workbook.clashes import Occupied, disputed_rows, double_bookings, vehicle_overlaps
from dyno_core.workbook.errors import PreviewStale, WorkbookUnreadable
from dyno_core.workbook.exporting import export_plan
from dyno_core.workbook.identity import Pair, Pairing, StoredRow, pair_rows
from dyno_core.workbook.importing import Choices, import_plan
from dyno_core.workbook.outcome import ImportReport, LabNews, NewWindow, RowReport
from dyno_core.workbook.paste_rows import PastedRow, PasteReport
from dyno_core.workbook.paste_undo import LastPaste, Made, PasteChanged, PasteTakenBack, last_paste, undo_paste
from dyno_core.workbook.pasted import FIELDS, PasteUnreadable
from dyno_core.workbook.pasting import PasteStale, create_pasted, preview_paste
from dyno_core.workbook.plan import (
    FLAGS,
    REASONS,
    DoubleBooking,
    PlanDates,
    PlanDyno,
    PlanFile,
    PlannedAllocation,
    PlannedRequest,
    PlanRow,
    PlanRule,
    PlanVehicle,
    PlanWindow,
    Rejected,
    SheetProblem,
    VehicleFacts,
    VehicleOverlap,
    Work,
)
from dyno_core.workbook.reading import KnownLab, read_plan
from dyno_core.workbook.report import plan_report
from dyno_core.workbook.rules import allowed_dynos, rule_violations

__all__ = [
    "FIELDS",
    "FLAGS",
    "REASONS",
    "Choices",
    "DoubleBooking",
    "FieldChange",
    "ImportReport",
    "KnownLab",
    "LabNews",
    "LastPaste",
    "Made",
    "NewWindow",
    "Occupied",
    "Pair",
    "Pairing",
    "PasteChanged",
    "PasteReport",
    "PasteStale",
    "PasteTakenBack",
    "PasteUnreadable",
    "PastedRow",
    "PlanDates",
    "PlanDyno",
    "PlanFile",
    "PlanRow",
    "PlanRule",
    "PlanVehicle",
    "PlanWindow",
    "PlannedAllocation",
    "PlannedRequest",
    "PreviewStale",
    "Rejected",
    "RowReport",
    "RuleChange",
    "SheetProblem",
    "StoredRow",
    "VehicleFacts",
    "VehicleOverlap",
    "Work",
    "WorkbookUnreadable",
    "allowed_dynos",
    "create_pasted",
    "disputed_rows",
    "double_bookings",
    "export_plan",
    "import_plan",
    "last_paste",
    "pair_rows",
    "plan_report",
    "preview_paste",
    "read_plan",
    "rule_violations",
    "undo_paste",
    "vehicle_overlaps",
]
