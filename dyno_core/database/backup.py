"""The whole database to a file and back, by PostgreSQL's own tools."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import make_url, text

from dyno_core.database.cluster import programs_folder
from dyno_core.database.engine import Database, plain_url
from dyno_core.database.migrate import known_revisions
from dyno_core.errors import InvalidInput, Misconfigured

_SCHEMAS: Final = ("public", "reporting", "langgraph")

_NOT_OURS: Final = "The file is not a backup of this app, or it is damaged; choose another one."
_ONLY_NEWER: Final = b"SET transaction_timeout = 0;\n"
"""What tools of PostgreSQL 17 and later begin with, and an older server refuses. It is the default there."""
_REVISION: Final = b"COPY public.alembic_version "

# A dump of named schemas brings each of them along, public too.
_EMPTIED: Final = "".join(f"DROP SCHEMA IF EXISTS {name} CASCADE;\n" for name in _SCHEMAS)


def backup(database: Database, file: Path) -> int:
    """Write everything to ``file`` and return its size in bytes. An existing file is replaced only by a whole one."""
    file = file.resolve()
    if not file.parent.is_dir():
        raise InvalidInput(f"The folder for {file.name} does not exist; create it first.")
    if file.is_dir():
        raise InvalidInput(f"{file.name} is a folder; name a file in it.")
    try:
        handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise InvalidInput(f"{file.name} can't be written: {reason}; choose another folder.") from None
    os.close(handle)
    try:
        _run("pg_dump", "--format=custom", f"--file={partial}", *_schemas(), database=database)
        Path(partial).replace(file)
    finally:
        Path(partial).unlink(missing_ok=True)
    return file.stat().st_size


def restore(database: Database, file: Path) -> None:
    """Put what ``file`` holds in the place of everything there is: all of it or, when anything fails, nothing.

    Raises `InvalidInput` for a file that is no whole backup of this app, or one of a newer release.
    """
    if not file.is_file():
        raise InvalidInput(f"There is no file {file.name} to restore from; check the name.")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        grants = () if _has_reader(database) else ("--no-privileges",)
        _run("pg_restore", "--no-owner", *grants, f"--file={script}", str(file), database=None)
        _check_ours(script)
        whole = Path(folder) / "whole.sql"
        whole.write_text(_EMPTIED, encoding="utf-8")
        with whole.open("ab") as target, script.open("rb") as source:
            target.writelines(line for line in source if line != _ONLY_NEWER)
        _run(
            "psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={whole}",
            database=database,
        )  # fmt: skip


def _has_reader(database: Database) -> bool:
    """Whether the role that reads for the chat exists there; where it was not allowed to, nothing is granted to it."""
    with database.reading() as session:
        return session.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = 'dyno_reader'")) is not None


def _check_ours(script: Path) -> None:
    """Another database's dump is whole and readable too; ours says which revision of the schema it holds."""
    with script.open("rb") as lines:
        revision = next((next(lines, b"") for line in lines if line.startswith(_REVISION)), b"").decode().strip()
    if revision in ("", "\\."):
        raise InvalidInput(_NOT_OURS)
    if revision not in known_revisions():
        raise InvalidInput("The backup was made by a newer release of this app; restore it with that release.")


def _schemas() -> list[str]:
    return [f"--schema={name}" for name in _SCHEMAS]


def _run(tool: str, *arguments: str, database: Database | None) -> None:
    environment = os.environ.copy()
    if database is not None:
        url = make_url(plain_url(database.url))
        if url.password is not None:
            # In the environment, not on the command line, where every user of the machine could read it.
            environment["PGPASSWORD"] = url.password
            url = url.set(password=None)
        arguments = (f"--dbname={url.render_as_string(hide_password=False)}", *arguments)
    done = subprocess.run(
        [_tool(tool), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode == 0:
        return
    if tool == "pg_restore":
        raise InvalidInput(_NOT_OURS)
    raise Misconfigured(
        f"{tool} could not finish, so nothing was changed; check that the database is reachable and the disk has room."
    )


def _tool(name: str) -> str:
    """The tool that came with the embedded server, else the machine's own."""
    bundled = programs_folder() / name
    found = str(bundled) if bundled.exists() else shutil.which(name)
    if found is None:
        raise Misconfigured(f"{name} is not installed; install PostgreSQL's client programs.")
    return found
