"""Utilization and return on investment."""

from argparse import Namespace

from dyno_core.commands.output import print_json, print_table
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
    if args.json:
        print_json(document)
    else:
        print_table([*document["rows"], {args.by: "all"} | document["fleet"]])


def roi(app: App, args: Namespace) -> None:
    if bool(args.from_day) != bool(args.to_day):
        raise InvalidInput("Give both --from and --to, or neither of them.")
    report = roi_report.roi(
        app.database,
        window=Period(parse_day(args.from_day), parse_day(args.to_day)) if args.from_day else None,
        assumptions=roi_report.load_assumptions(app.database, app.settings),
        today=app.clock.today(),
    )
    document = roi_report.as_json(report)
    if args.json:
        print_json(document)
    else:
        print_table(document["months"])
        saved, yearly = document["total"]["savings_usd"], document["annualised_savings_usd"]
        print(f"\nSaved so far: ${saved}; a year at this rate: ${yearly}")
