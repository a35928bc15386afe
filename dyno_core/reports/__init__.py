"""What managers read: utilization, demand against capacity, savings. Every figure opens into what is behind it.

`utilization.utilization` and `roi.roi` are imported from their modules, whose names they share.
"""

from dyno_core.reports.amounts import (
    FacilityAmounts,
    WeekAmount,
    all_facilities,
    behind_amounts,
    weekly_amounts,
    weekly_amounts_by_test,
)
from dyno_core.reports.assumptions import Assumptions, default_assumptions, load_assumptions, save_assumptions
from dyno_core.reports.capacity import UnplacedDemand, WeekDemand, demand_by_week, unplaced_demand
from dyno_core.reports.drill_down import DrillDown, drill_down
from dyno_core.reports.figures import GROUPINGS, By, Figures, UtilizationGrid, UtilizationReport, UtilizationRow
from dyno_core.reports.projection import CumulativePoint, Projection, project
from dyno_core.reports.roi import RoiReport, Scenario
from dyno_core.reports.roi import as_json as roi_as_json
from dyno_core.reports.utilization import as_json as utilization_as_json
from dyno_core.reports.utilization import busiest, utilization_grid

__all__ = [
    "GROUPINGS",
    "Assumptions",
    "By",
    "CumulativePoint",
    "DrillDown",
    "FacilityAmounts",
    "Figures",
    "Projection",
    "RoiReport",
    "Scenario",
    "UnplacedDemand",
    "UtilizationGrid",
    "UtilizationReport",
    "UtilizationRow",
    "WeekAmount",
    "WeekDemand",
    "all_facilities",
    "behind_amounts",
    "busiest",
    "default_assumptions",
    "demand_by_week",
    "drill_down",
    "load_assumptions",
    "project",
    "roi_as_json",
    "save_assumptions",
    "unplaced_demand",
    "utilization_as_json",
    "utilization_grid",
    "weekly_amounts",
    "weekly_amounts_by_test",
]
