"""Utilization and return on investment."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from dyno_core.commands.output import Row, print_json, print_table
from dyno_core.errors import InvalidInput
from dyno_core.period import Period, parse_day
from dyno_core.reports import roi as roi_report
from dyno_core.reports import utilization as utilization_report
from dyno_core.start import App


def utilization(app: App, args: Namespace) -> None:
    report = utilization_report.utilization(
        app.database,
        window=Period(parse_day(args.from_day), parse_day(args.to_day)),
        by=args.by,
        include_weekends=not args.without_weekends,
    )
    document = utilization_report.as_json(report)
    parts = [document[name] for name in ("without_track", "track") if name in document]
    for figures in (*document["rows"], document["fleet"], *parts):
        if figures["utilization"] is not None:
            figures["utilization"] = round(figures["utilization"], 6)
    if args.json:
        print_json(document)
    else:
        sums = {"all": "fleet", "without the track": "without_track", "the track": "track"}
        last = [{args.by: label} | document[name] for label, name in sums.items() if name in document]
        print_table([_share_shown(row) for row in (*document["rows"], *last)])


def roi(app: App, args: Namespace) -> None:
    if bool(args.from_day) != bool(args.to_day):
        raise InvalidInput("Give both --from and --to, or neither of them.")
    report = roi_report.roi(
        app.database,
        window=Period(parse_day(args.from_day), parse_day(args.to_day)) if args.from_day else None,
        assumptions=roi_report.load_assumptions(app.database, app.settings),
        today=app.clock.today(),
        tz=ZoneInfo(app.settings.dyno_timezone),
    )
    document = roi_report.as_json(report)
    if args.json:
        print_json(document)
    else:
        _print_savings(document)


def _share_shown(row: Row) -> Row:
    share = row["utilization"]
    return {**row, "utilization": None if share is None else f"{share * 100:.1f} %"}


def _print_savings(document: Mapping[str, Any]) -> None:
    total, months = document["total"], document["payback_months"]
    if not document["months"]:
        print("Nothing was booked through the agent yet, so nothing was saved.")
        return
    print_table(
        [
            {
                "month": each["month"],
                "allocations": each["allocations"],
                "hours_saved": f"{each['hours_saved']:,.1f}",
                "savings": f"${each['savings_usd']:,.2f}",
            }
            for each in document["months"]
        ]
    )
    print(
        f"\nSaved so far: {total['hours_saved']:,.1f} hours, ${total['savings_usd']:,.2f}; "
        f"a year at this rate: ${document['annualised_savings_usd']:,.2f}"
        + ("" if months is None else f"; the investment is paid back after {months:,.1f} months")
        + "."
    )
