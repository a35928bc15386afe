"""The season planner: places for many requests at once, and for what a breakdown displaces."""

from dyno_core.planning.breakdown import (
    NotRescued,
    Rescue,
    Rescued,
    SeriesRescued,
    change_series_around,
    report_breakdown,
    rescue_plan,
    take_out,
)
from dyno_core.planning.deeds import Deed, DeedChanged, DeedTakenBack, last_outage, last_way_out, undo_deed
from dyno_core.planning.engine import alternatives, propose
from dyno_core.planning.instead import Instead, instead_of_wished
from dyno_core.planning.placing import Outcome, place_proposals, propose_one, propose_places
from dyno_core.planning.taking_back import FILED_BY_HAND, LastFiled, LastPlaced, last_filed, last_placed, undo_places
from dyno_core.planning.types import Demand, Held, Place, Plan, Proposal, Rig

__all__ = [
    "FILED_BY_HAND",
    "Deed",
    "DeedChanged",
    "DeedTakenBack",
    "Demand",
    "Held",
    "Instead",
    "LastFiled",
    "LastPlaced",
    "NotRescued",
    "Outcome",
    "Place",
    "Plan",
    "Proposal",
    "Rescue",
    "Rescued",
    "Rig",
    "SeriesRescued",
    "alternatives",
    "change_series_around",
    "instead_of_wished",
    "last_filed",
    "last_outage",
    "last_placed",
    "last_way_out",
    "place_proposals",
    "propose",
    "propose_one",
    "propose_places",
    "report_breakdown",
    "rescue_plan",
    "take_out",
    "undo_deed",
    "undo_places",
]
