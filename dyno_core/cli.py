"""``python -m dyno_core``: everything the app does, for scripts and for operators.

Exit 0, or 1 with one clear sentence for a refusal, or 2 for wrong usage.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final

from dotenv import load_dotenv

from dyno_core.accounts.roles import Role
from dyno_core.commands.output import print_refusal
from dyno_core.database.migrate import is_current
from dyno_core.errors import DynoError, Misconfigured
from dyno_core.settings import read_settings
from dyno_core.start import App, start
from dyno_core.telemetry import reference_number

Command = Callable[[App, argparse.Namespace], None]

_CHAT: Final = (
    "A line is a message, or one of: /new begins a new conversation, /approve and /reject answer a question, /undo "
    "takes the last change back. As the first line, /approve, /reject and /undo go on with the latest conversation "
    "of this person, so a question asked by an earlier chat can be answered."
)
_ROLES: Final = ", ".join(role.value for role in Role)
_log: Final = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    args = parser().parse_args(argv)
    # Ours are read from .env anyway; LangSmith and the packages of other models look at the environment alone.
    load_dotenv(".env")
    try:
        if args.command == "serve":
            return _serve(args)
        app = start(read_settings(), migrate_if_empty=args.command != "status")
        try:
            _require_current(app, args.command)
            loaded(args.run)(app, args)
        finally:
            app.close()
    except DynoError as refusal:
        print_refusal(refusal, as_json=getattr(args, "json", False))
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has had enough (``… | head``); Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception:  # noqa: BLE001 - the one place where a defect becomes a reference number
        reference = reference_number()
        _log.exception("command failed, reference %s", reference)
        print(f"Something went wrong on our side (reference {reference}); the log says more.", file=sys.stderr)
        return 1
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m dyno_core", description="Books vehicles onto dynamometers.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: str, about: str, *, json: bool = True) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=about, description=about)
        sub.set_defaults(run=run)
        if json:
            sub.add_argument("--json", action="store_true", help="print one JSON document")
        return sub

    serve = command("serve", "", "start the app in the browser", json=False)
    serve.add_argument("--host", default="127.0.0.1", help="where to listen (%(default)s; 0.0.0.0 for all networks)")
    serve.add_argument("--port", type=_port, default=8501, help="%(default)s unless given")
    command("migrate", "data.migrate", "bring the database to the newest schema")
    demo = command("demo", "data.demo", "load the demo lab, dates set around today")
    demo.add_argument("--reset", action="store_true", help="replace the plan that is there")
    command("status", "data.status", "what this installation runs on")
    _workbook(command)
    _looking(command)
    _changing(command)
    _planning(command)
    _reports(command)
    chat = command("chat", "people.chat", "chat with the agent, one message a line", json=False)
    chat.epilog = _CHAT
    chat.add_argument("--json", action="store_true", help="print one event a line, the last of each answer “done”")
    chat.add_argument("--user", required=True, metavar="EMAIL", help="as whom; their role decides what is allowed")
    chat.add_argument("--conversation", metavar="ID|latest", help="go on with this one instead of beginning a new one")
    _users(command)
    command("backup", "data.backup", "write the whole database to a file").add_argument("file", metavar="FILE")
    restore = command("restore", "data.restore", "replace everything in the database by a backup")
    restore.add_argument("file", metavar="FILE")
    restore.add_argument("--yes", action="store_true", help="do not ask; a script is never asked")
    return top


def _workbook(command: Callable[..., argparse.ArgumentParser]) -> None:
    bring = command("import-workbook", "data.import_workbook", "import a planning workbook (.xlsx, .xlsm, .csv)")
    bring.add_argument("file", metavar="FILE")
    bring.add_argument("--dry-run", action="store_true", help="report only, change nothing")
    bring.add_argument("--overwrite", type=int, action="append", default=[], metavar="ROW",
        help="of a row changed in the app and in the file take the file's; may be repeated",
    )  # fmt: skip
    bring.add_argument("--take-rules", action="store_true", help="the file's rules, though the app's were changed")
    give = command("export-workbook", "data.export_workbook", "write the plan to an Excel workbook")
    give.add_argument("file", metavar="FILE")


def _looking(command: Callable[..., argparse.ArgumentParser]) -> None:
    command("dynos", "plan.dynos", "list the dynos")
    command("vehicles", "plan.vehicles", "list the vehicles")
    some = command("allocations", "plan.allocations", "list allocations")
    _days(some, required=False)
    some.add_argument("--status", help="tentative, scheduled, in_progress, completed or cancelled")
    some.add_argument("--dyno", metavar="NAME", help="only those on this dyno")
    some.add_argument("--vehicle", metavar="ID|VIN|TAG", help="only those of this vehicle")
    free = command("free", "plan.free", "list the dynos that fit and are free")
    _days(free, required=True)
    free.add_argument("--weight", required=True, metavar="LBS|<10K|>10K", help="pounds, or kilograms as 4000kg")
    free.add_argument("--drive", required=True, metavar="2WD|AWD", help="FWD, RWD and 4WD are understood too")
    free.add_argument("--test", required=True, metavar="TYPE", help="a test type of the lab, such as brake")
    command("conflicts", "plan.conflicts", "list what clashes")
    command("late", "plan.late", "list what should have started or ended before today and has not")


def _changing(command: Callable[..., argparse.ArgumentParser]) -> None:
    book = command("book", "plan.book", "book a vehicle onto the best free dyno")
    book.add_argument("--vehicle", required=True, metavar="ID|VIN|TAG", help="which vehicle")
    book.add_argument("--start", required=True, metavar="DAY", help="first day, as 2026-03-09")
    book.add_argument("--days", required=True, type=int, metavar="N", help="how many days, weekends included")
    book.add_argument("--test", required=True, metavar="TYPE", help="a test type of the lab, such as brake")
    book.add_argument("--dyno", metavar="NAME", help="this dyno and no other")
    book.add_argument("--backup-days", type=int, default=0, metavar="N", help="how far the start may slip")
    book.add_argument("--key", metavar="K", help="the same key always gives the first result")
    move = command("move", "plan.move", "give an allocation another start or dyno")
    move.add_argument("id", type=int, metavar="ID", help="the allocation's number")
    move.add_argument("--start", required=True, metavar="DAY", help="the new first day; it keeps its length")
    move.add_argument("--dyno", metavar="NAME", help="the new dyno; without it the same one")
    cancel = command("cancel", "plan.cancel", "cancel an allocation")
    cancel.add_argument("id", type=int, metavar="ID", help="the allocation's number")
    cancel.add_argument("--reason", required=True, help="why; kept in the record of changes")


def _planning(command: Callable[..., argparse.ArgumentParser]) -> None:
    about = "places for the requests without a dyno: by priority, then wished start, each on its best free dyno"
    top = command("plan", "", about, json=False)
    what = top.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, run, sub_about in (
        ("propose", "planning.propose", "say where each request would go, or why nowhere; change nothing"),
        ("place", "planning.place", "book what propose says; what is placed already stays as it is"),
    ):
        sub = what.add_parser(name, help=sub_about, description=sub_about)
        sub.set_defaults(run=run)
        sub.add_argument("--json", action="store_true", help="print one JSON document")
        _days(
            sub,
            required=False,
            first="only requests that wish to start on or after DAY",
            last="only those that wish to start on or before DAY",
        )
        sub.add_argument("--tolerance", type=int, default=0, metavar="N",
            help="how many days a start may slip where the request has no latest end (%(default)s unless given)",
        )  # fmt: skip
        sub.add_argument("--facility", metavar="NAME", help="use only the dynos that stand there")
        sub.add_argument("--request", type=int, action="append", metavar="ID", help="only this one; may be repeated")


def _reports(command: Callable[..., argparse.ArgumentParser]) -> None:
    utilization = command("utilization", "reports.utilization", "booked days against capacity")
    _days(utilization, required=True)
    utilization.add_argument("--by", choices=("dyno", "week", "month", "facility", "test"), default="dyno",
        help="what a row stands for (%(default)s unless given)",
    )  # fmt: skip
    utilization.add_argument("--without-weekends", action="store_true", help="count Monday to Friday only")
    _days(command("roi", "reports.roi", "what booking through the agent saves"), required=False)


def _users(command: Callable[..., argparse.ArgumentParser]) -> None:
    user = command("user", "people.user", "list and change accounts", json=False)
    what = user.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, about in (
        ("list", "list the accounts"),
        ("add", "add an account"),
        ("role", "change what somebody may do"),
        ("disable", "sign somebody out everywhere and keep them out"),
        ("enable", "let somebody in again"),
        ("password", "set a new password; ends all sessions of the account"),
    ):
        sub = what.add_parser(name, help=about, description=about)
        sub.add_argument("--json", action="store_true", help="print one JSON document")
        if name != "list":
            sub.add_argument("email", metavar="EMAIL")
        if name == "role":
            sub.add_argument("role", metavar="ROLE", help=_ROLES)
        if name == "add":
            sub.add_argument("--name", help="what people call them; the part before the @ unless given")
            sub.add_argument("--role", default="engineer", help=f"{_ROLES} (%(default)s unless given)")
        if name in ("add", "password"):
            sub.add_argument("--password", help="asked for when left out")


def _days(
    command: argparse.ArgumentParser,
    *,
    required: bool,
    first: str = "first day, as 2026-03-09",
    last: str = "last day, included",
) -> None:
    command.add_argument("--from", dest="from_day", required=required, metavar="DAY", help=first)
    command.add_argument("--to", dest="to_day", required=required, metavar="DAY", help=last)


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return port


def loaded(run: str) -> Command:
    """The function of ``module.function``. Only its own module is loaded: most need neither Excel nor plans."""
    module, _, name = run.partition(".")
    found: Command = getattr(import_module(f"dyno_core.commands.{module}"), name)
    return found


def _serve(args: argparse.Namespace) -> int:
    # For weight: the other commands need no web server.
    from dyno_core.server import serve  # noqa: PLC0415

    serve(host=args.host, port=args.port, settings=read_settings())
    return 0


def _require_current(app: App, command: str) -> None:
    """Working on an older schema would fail somewhere in the middle."""
    if command not in ("migrate", "status", "restore") and not is_current(app.database):
        raise Misconfigured("The database has an older schema than this program; run the command migrate first.")
