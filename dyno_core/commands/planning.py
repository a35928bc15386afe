"""The season planner from the command line."""

import sys
from argparse import Namespace
from typing import Any

from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin
from dyno_core.commands.output import Row, print_json, print_rows
from dyno_core.period import Period, parse_day
from dyno_core.planning import Proposal, place_proposals, propose_places
from dyno_core.start import App

_FROM_SHELL = Origin(OPERATOR, "api")


def propose(app: App, args: Namespace) -> None:
    """`plan propose`: ``{"proposals": […], "placed": n, "not_placed": n}``, or a table."""
    proposals = _proposals(app, args)
    fits = sum(1 for one in proposals if one.place)
    if args.json:
        print_json(
            {
                "proposals": [one.as_json() for one in proposals],
                "placed": fits,
                "not_placed": len(proposals) - fits,
            }
        )
        return
    rows = [one.as_json() for one in proposals]
    print_rows(rows, as_json=False, nothing="There is no such request without a dyno.", shown=_proposed)
    if sys.stdout.isatty() and rows:
        print(f"{fits} of {len(proposals)} would be placed.")


def place(app: App, args: Namespace) -> None:
    """`plan place`: ``{"outcomes": […], "placed": n, "not_placed": n}``, or a table."""
    proposals = _proposals(app, args)
    outcomes = list(place_proposals(app.database, _FROM_SHELL, proposals, today=app.clock.today()))
    told = [one.as_json() for one in outcomes]
    told += [
        {"request": one.demand.id, "vehicle": one.demand.vehicle, "allocation": None, "message": one.sentence}
        for one in proposals
        if one.place is None
    ]
    placed = sum(1 for one in outcomes if one.allocation)
    if args.json:
        print_json({"outcomes": told, "placed": placed, "not_placed": len(told) - placed})
        return
    print_rows(told, as_json=False, nothing="There is no such request without a dyno.", shown=_placed)
    if sys.stdout.isatty() and told:
        print(f"{placed} of {len(told)} are placed.")


def _proposals(app: App, args: Namespace) -> tuple[Proposal, ...]:
    first = parse_day(args.from_day) if args.from_day else None
    last = parse_day(args.to_day) if args.to_day else None
    if first and last:
        Period(first, last)  # refuses an end before the start
    return propose_places(
        app.database,
        today=app.clock.today(),
        request_ids=args.request,
        tolerance=args.tolerance,
        facility=args.facility,
        first=first,
        last=last,
    )


def _proposed(one: Row) -> Row:
    place: dict[str, Any] = one["place"] or {}
    return {
        "request": one["request"],
        "vehicle": one["vehicle"],
        "test": one["test_type"],
        "wished": one["wished_start_date"],
        "dyno": place.get("dyno"),
        "start": place.get("start_date"),
        "end": place.get("end_date"),
        "why not": one["message"],
    }


def _placed(one: Row) -> Row:
    allocation: dict[str, Any] = one["allocation"] or {}
    return {
        "request": one["request"],
        "vehicle": one["vehicle"],
        "allocation": allocation.get("id"),
        "dyno": allocation.get("dyno"),
        "start": allocation.get("start_date"),
        "end": allocation.get("end_date"),
        "message": one["message"],
    }
