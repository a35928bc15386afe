"""Thousands of rows at once: one COPY or UPDATE takes a fraction of what as many statements take."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

_IDS = text("SELECT nextval(pg_get_serial_sequence(:table, 'id')) FROM generate_series(1, :number) ORDER BY 1")


def new_ids(session: Session, table: str, number: int) -> tuple[int, ...]:
    """So many ids of rows that are going to be copied into the table."""
    return tuple(session.scalars(_IDS, {"table": table, "number": number})) if number else ()


def copy_rows(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add the rows, which all have the same columns, in the session's transaction; a dict becomes JSON.

    Raises psycopg's own errors, which `Database.writing` translates.
    """
    if not rows:
        return
    session.flush()  # what the rows refer to is there before them
    driver = session.connection().connection.driver_connection
    assert driver is not None
    columns = list(rows[0])
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([_storable(row[name]) for name in columns])


def rewrite_rows(
    session: Session, table: str, rows: Sequence[Mapping[str, Any]], *, key: str = "id", also: str = ""
) -> None:
    """Give stored rows, found by their ``key``, the other values. All have the same columns; ``also``: more SQL of SET,
    in which ``t`` is the row.
    """
    if not rows:
        return
    values = ", ".join([*(f"{name} = n.{name}" for name in rows[0] if name != key), *([also] if also else [])])
    session.execute(
        text(f"""UPDATE {table} t SET {values}
            FROM jsonb_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS jsonb)) n WHERE t.{key} = n.{key}"""),
        {"rows": json.dumps([{name: _as_text(value) for name, value in row.items()} for row in rows])},
    )


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _storable(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
