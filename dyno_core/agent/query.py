"""Questions in SQL, behind a wall: a login role of its own that sees the reporting views and nothing else.

The wall is in the database, not in this file: the role has no rights on tables, on functions that lock, wait, notify
or fill the memory, and every connection is read-only and new. What is here makes sure that one statement is run,
that it is a query, and that a person can read what comes back or what went wrong.

What remains: a query runs for two seconds at most, but may take memory meanwhile. Functions that grow a text by a
number are revoked, sorts and files are bounded, and on this machine's server a query is cancelled that takes too much
(`memory_guard`). On a server elsewhere nobody watches: there one value (`array(select …)`, a `replace` in a `replace`)
can reach PostgreSQL's own limit of a gigabyte before its time is up. Give such a server that room.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import make_url, text

from dyno_core.agent.memory_guard import watched_memory
from dyno_core.agent.query_errors import QueryRefused, refuse_what_is_not_the_plan, refused_by
from dyno_core.database.engine import Database, plain_url
from dyno_core.errors import DatabaseUnavailable, Misconfigured

READER: Final = "dyno_reader"
MOST_ROWS: Final = 200
WIDEST_ROW: Final = 20_000
"""Characters of one row as JSON."""
LONGEST_QUERY: Final = 10_000
_OPTIONS: Final = (
    "-c search_path=reporting -c default_transaction_read_only=on -c statement_timeout=2000 -c lock_timeout=1000"
    " -c work_mem=4MB -c max_parallel_workers_per_gather=0 -c jit=off -c idle_in_transaction_session_timeout=10000"
)
# The line ends keep a closing comment (“-- …”) from hiding what follows it.
_BEFORE: Final = f"select left(row_to_json(q)::text, {WIDEST_ROW + 1}) from (\n"
_AFTER: Final = f"\n) as q limit {MOST_ROWS + 1}"
_TOO_MIGHTY: Final = (
    "Questions in SQL are not set up safely on this database: their role may do anything; ask an administrator to set "
    "DATABASE_READER_URL to a role that reads schema reporting only."
)
_ME: Final = re.compile(r"(?<![:\w'\"]):me\b(?!['\"])")
_NOT_SET_UP: Final = ("28", "3D", "3F")
"""SQLSTATE classes: the role can't sign in, or there is no such database or schema."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a query found. ``truncated``: there are more rows than are shown."""

    rows: tuple[dict[str, Any], ...]
    truncated: bool

    def as_json(self) -> dict[str, object]:
        shown: dict[str, object] = {"rows": list(self.rows)}
        if self.truncated:
            shown["note"] = f"Only the first {MOST_ROWS} rows are shown; there are more."
        return shown


def run_query(database: Database, sql: str, *, me: str | None = None) -> Rows:
    """Run one SELECT over the views of schema ``reporting``; ``:me`` in it stands for ``me``.

    Raises `QueryRefused` for whatever the database does not run for this role, `Misconfigured` when the role can't
    sign in, `DatabaseUnavailable` when nothing answers.
    """
    bare = _bare(sql)
    if me is not None:
        name = me.replace("'", "''")
        bare = _ME.sub(lambda _: f"'{name}'", bare)
    query = f"{_BEFORE}{bare}{_AFTER}"
    try:
        with psycopg.connect(_reader_url(database), connect_timeout=2, options=_OPTIONS) as connection:
            if connection.info.parameter_status("is_superuser") == "on":
                # No wall holds a superuser, whoever set it up that way.
                raise Misconfigured(_TOO_MIGHTY)
            connection.read_only = True
            # Prepared, the server takes one statement only: “…; drop table …” is a syntax error.
            with watched_memory(connection):
                found = connection.execute(query.encode(), prepare=True).fetchall()
    except psycopg.Error as error:
        raise _refusal(error, bare) from error
    rows = tuple(_row(line) for (line,) in found[:MOST_ROWS])
    return Rows(rows=rows, truncated=len(found) > MOST_ROWS)


def count_completed(database: Database) -> int:
    """How many tests were completed, ever."""
    with database.reading() as session:
        found = session.execute(text("SELECT count(*) FROM reporting.allocations WHERE status = 'completed'"))
        return int(found.scalar_one())


def _bare(sql: str) -> str:
    """The one SELECT in it. Raises `QueryRefused` for what needs no database to be refused."""
    bare = sql.strip().rstrip(";").strip()
    if not bare:
        raise QueryRefused("The query is empty; write a SELECT over the reporting views.")
    if len(bare) > LONGEST_QUERY:
        raise QueryRefused(f"The query is longer than {LONGEST_QUERY:,} characters; write a shorter one.")
    if "\x00" in bare or not _is_unicode(bare):
        raise QueryRefused("The query holds characters that no database takes; write it again without them.")
    refuse_what_is_not_the_plan(bare)
    return bare


def _is_unicode(written: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in written)


def _reader_url(database: Database) -> str:
    if database.reader_url:
        return plain_url(database.reader_url)
    own = make_url(database.url).set(username=READER, password=None)
    return plain_url(own.render_as_string(hide_password=False).replace(f"{READER}:@", f"{READER}@"))


def _row(line: str) -> dict[str, Any]:
    if len(line) > WIDEST_ROW:
        raise QueryRefused("A row of the result is too wide to show; select fewer or shorter columns.")
    row: dict[str, Any] = json.loads(line)
    return row


def _refusal(error: psycopg.Error, bare: str) -> QueryRefused | Misconfigured | DatabaseUnavailable:
    state = error.sqlstate
    if state is None or state.startswith(_NOT_SET_UP):
        if _nobody_answers(error):
            return DatabaseUnavailable()
        return Misconfigured(
            "Questions in SQL are not set up on this database: its read-only role can't sign in; "
            "ask an administrator to set DATABASE_READER_URL."
        )
    if state in ("57014", "53400", "53200", "54000"):
        return QueryRefused("The query took too long or too much room, so it was stopped; ask for less at once.")
    if state.startswith(("08", "53", "57P")):
        return DatabaseUnavailable()
    position = error.diag.statement_position
    return refused_by(state, bare, None if position is None else int(position) - 1 - len(_BEFORE))


def _nobody_answers(error: psycopg.Error) -> bool:
    """A failed sign-in carries no SQLSTATE in every driver version, so the server is what is told apart here."""
    said = str(error)
    return error.sqlstate is None and not any(
        mark in said for mark in ("authentication failed", "does not exist", "no password", "not permitted", "pg_hba")
    )
