"""The database itself and what goes in and out of it as a whole."""

import sys
from argparse import Namespace
from pathlib import Path

from dyno_core.accounts.roles import OPERATOR
from dyno_core.accounts.users import has_accounts
from dyno_core.audit.log import Origin
from dyno_core.commands.output import print_json, print_record, print_table
from dyno_core.database import backup as backups
from dyno_core.database.reach import explain_unreachable
from dyno_core.demo import load_demo, reset_demo
from dyno_core.errors import InvalidInput
from dyno_core.health import health_of
from dyno_core.start import App, demo_sign_ins, make_demo_note, migrate_all, note_demo_accounts
from dyno_core.workbook import Choices, export_plan, import_plan

_FROM_SHELL = Origin(OPERATOR, "import")


def migrate(app: App, args: Namespace) -> None:
    changed = migrate_all(app.database)
    said = "The database is on the newest schema now." if changed else "The database was on the newest schema already."
    if args.json:
        print_json({"migrated": changed})
    else:
        print(said)


def demo(app: App, args: Namespace) -> None:
    """The demo lab, and its sign-ins as they are known here."""
    make_demo_note(app.settings)
    load = reset_demo if args.reset else load_demo
    sign_ins = load(app.database, today=app.clock.today())
    note_demo_accounts(app.settings, sign_ins)
    known = {one.email: one.password for one in demo_sign_ins(app)}
    rows = [
        {"email": one.email, "role": one.role, "password": known.get(one.email)}  # None: changed since, known to no one
        for one in sign_ins.people
    ]
    if args.json:
        print_json({"sign_ins": rows})
    else:
        print("The demo lab is loaded, its dates set around today. Sign in with:")
        print_table(rows)


def status(app: App, args: Namespace) -> None:
    health = health_of(app.database)
    problem = None if health.database else explain_unreachable(app.database.url)
    record = {
        "ready": health.ready,
        "problem": str(problem) if problem else None,
        "database": "embedded" if app.embedded else "external",
        "server_version": health.server_version,
        "size_mb": None if health.size_bytes is None else round(health.size_bytes / 1e6, 1),
        "schema_current": health.migrations,
        "model": app.settings.chat_model,
        "today": app.clock.today().isoformat(),
        "environment": app.settings.dyno_env,
    }
    print_record(record, as_json=args.json)


def import_workbook(app: App, args: Namespace) -> None:
    path = Path(args.file)
    report = import_plan(
        app.database,
        _FROM_SHELL,
        name=path.name,
        content=_read(path),
        today=app.clock.today(),
        dry_run=args.dry_run,
        choices=Choices(frozenset(args.overwrite), args.take_rules),
    )
    if args.json:
        print_json(report.as_json())
    else:
        print(report.summary)


def export_workbook(app: App, args: Namespace) -> None:
    path = Path(args.file)
    content = export_plan(app.database)
    try:
        path.write_bytes(content)
    except OSError:
        raise InvalidInput(f"{path.name} can't be written; check the folder and its rights.") from None
    if args.json:
        print_json({"file": str(path), "bytes": len(content)})
    else:
        print(f"The plan is in {path}.")


def backup(app: App, args: Namespace) -> None:
    size = backups.backup(app.database, Path(args.file))
    print_record({"file": args.file, "bytes": size}, as_json=args.json)


def restore(app: App, args: Namespace) -> None:
    if not args.yes and sys.stdin.isatty() and has_accounts(app.database):
        answer = input(f"This replaces everything in the database by what {args.file} holds. Type yes to go on: ")
        if answer.strip().lower() != "yes":
            raise InvalidInput("Nothing was restored and nothing was changed.")
    backups.restore(app.database, Path(args.file))
    migrate_all(app.database)
    print_record({"restored": args.file}, as_json=args.json)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise InvalidInput(f"{path.name} can't be read; check the name and its rights.", file=path.name) from None
