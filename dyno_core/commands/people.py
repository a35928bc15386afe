"""Accounts, and chatting from a terminal."""

import getpass
import sys
from argparse import Namespace
from functools import partial

from dyno_core.accounts.roles import OPERATOR
from dyno_core.accounts.users import change_password, create_user, find_actor, list_users, set_disabled, set_role
from dyno_core.audit.log import Origin
from dyno_core.commands.output import print_record, print_rows
from dyno_core.errors import InvalidInput
from dyno_core.start import App

_FROM_SHELL = Origin(OPERATOR, "admin")


def user(app: App, args: Namespace) -> None:
    """``user list|add|role|disable|enable|password``."""
    if args.what == "list":
        rows = [_user(one) for one in list_users(app.database, OPERATOR)]
        print_rows(rows, as_json=args.json, nothing="There are no accounts yet; add one with: user add EMAIL")
        return
    if args.what == "add":
        changed = create_user(
            app.database,
            _FROM_SHELL,
            email=args.email,
            name=args.name or args.email.partition("@")[0],
            role=args.role,
            password=_password(args.password),
        )
    elif args.what == "role":
        changed = set_role(app.database, _FROM_SHELL, email=args.email, role=args.role)
    elif args.what == "password":
        changed = change_password(app.database, _FROM_SHELL, email=args.email, password=_password(args.password))
    else:
        changed = set_disabled(app.database, _FROM_SHELL, email=args.email, disabled=args.what == "disable")
    print_record(_user(changed), as_json=args.json)


def chat(app: App, args: Namespace) -> None:
    """One message a line on standard input, its answer on standard output."""
    # For weight: LangGraph takes a second to import, and no other command needs it.
    from dyno_core.agent.chat_cli import chat_loop  # noqa: PLC0415

    # A script that reads through a pipe waits for each line.
    write = partial(print, flush=True)
    actor = find_actor(app.database, args.user)
    chat_loop(app, actor, sys.stdin, write, as_json=args.json, conversation=args.conversation)


def _password(given: str | None) -> str:
    if given is not None:
        return given
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("New password: ")
    if getpass.getpass("Once more: ") != first:
        raise InvalidInput("The two passwords differ, so nothing was changed; try again.")
    return first


def _user(user: object) -> dict[str, object]:
    return {name: getattr(user, name) for name in ("email", "role", "disabled")}
