"""The whole database to a file and back, by PostgreSQL's own tools."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from dyno_core.database.cluster import programs_folder
from dyno_core.database.engine import Database, plain_url
from dyno_core.errors import InvalidInput, Misconfigured

_SCHEMAS: Final = ("public", "reporting", "langgraph")

# A dump of named schemas brings each of them along, public too.
_EMPTIED: Final = "".join(f"DROP SCHEMA IF EXISTS {name} CASCADE;\n" for name in _SCHEMAS)


def backup(database: Database, file: Path) -> int:
    """Write everything to ``file`` and return its size in bytes. An existing file is replaced only by a whole one."""
    file = file.resolve()
    if not file.parent.is_dir():
        raise InvalidInput(f"The folder for {file.name} does not exist; create it first.")
    handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    os.close(handle)
    try:
        _run("pg_dump", "--format=custom", f"--file={partial}", *_schemas(), database=database)
        Path(partial).replace(file)
    finally:
        Path(partial).unlink(missing_ok=True)
    return file.stat().st_size


def restore(database: Database, file: Path) -> None:
    """Put what ``file`` holds in the place of everything there is: all of it or, when anything fails, nothing."""
    if not file.is_file():
        raise InvalidInput(f"There is no file {file.name} to restore from; check the name.")
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        _run("pg_restore", "--no-owner", f"--file={script}", str(file), database=None)
        whole = Path(folder) / "whole.sql"
        whole.write_text(_EMPTIED, encoding="utf-8")
        with whole.open("ab") as target, script.open("rb") as source:
            shutil.copyfileobj(source, target)
        _run(
            "psql", "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={whole}",
            database=database,
        )  # fmt: skip


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
        raise InvalidInput("The file is not a backup of this app, or it is damaged; choose another one.")
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
