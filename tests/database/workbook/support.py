"""Imports into a test's own database, and everything that is in it afterwards."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin
from dyno_core.database.engine import Database
from dyno_core.database.models import Base
from dyno_core.workbook import ImportReport, import_plan

TODAY = date(2026, 11, 24)
ORIGIN = Origin(OPERATOR, "import")

Dump = dict[str, list[str]]


def imported(
    database: Database, content: bytes, *, name: str = "plan.xlsx", dry_run: bool = False, **more: Any
) -> ImportReport:
    return import_plan(database, ORIGIN, name=name, content=content, today=TODAY, dry_run=dry_run, **more)


def dump(database: Database) -> Dump:
    """Every row of every table, as text."""
    with database.reading() as session:
        return {name: _rows(session, name) for name in Base.metadata.tables}


def _rows(session: Session, table: str) -> list[str]:
    return sorted(session.scalars(text(f"SELECT t::text FROM {table} t")))


def changed_tables(before: Dump, after: Dump) -> dict[str, tuple[int, int]]:
    """Table → how many rows went and came."""
    return {
        name: (len(set(before[name]) - set(after[name])), len(set(after[name]) - set(before[name])))
        for name in before
        if before[name] != after[name]
    }


def the_plan(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """What a plan says, without the numbers that a database gives to it."""
    queries = {
        "allocations": """
            SELECT v.vin, v.tag, d.name, a.test_type, a.leg, a.start_date, a.end_date, a.status, a.disputed,
                   a.actual_start_date, a.actual_end_date, a.miles, a.miles_per_day, a.added_days, a.notes
            FROM allocations a JOIN vehicles v ON v.id = a.vehicle_id JOIN dynos d ON d.id = a.dyno_id""",
        "requests": """
            SELECT v.vin, v.tag, r.test_type, r.leg, r.start_date, r.end_date, r.duration_days, r.miles, r.facility,
                   r.reason, r.notes, r.status
            FROM requests r JOIN vehicles v ON v.id = r.vehicle_id WHERE r.status <> 'placed'""",
        "vehicles": """
            SELECT DISTINCT v.vin, v.tag, v.build_id, v.program, v.model_year, v.cert_team, v.contact, v.build_type,
                   v.powertrain, v.weight_lbs, v.weight_class, v.drive_type, v.test_drive, v.id
            FROM vehicles v WHERE v.id IN (SELECT vehicle_id FROM allocations)
               OR v.id IN (SELECT vehicle_id FROM requests)""",
        "rules": "SELECT test_type, drive_type, weight_class, dynos FROM capability_rules",
        "windows": """
            SELECT d.name, a.start_date, a.end_date FROM allocations a JOIN dynos d ON d.id = a.dyno_id
            WHERE a.kind = 'maintenance' AND a.status <> 'cancelled'""",
        "dynos": "SELECT name, facility, capabilities, preference FROM dynos",
    }
    with database.reading() as session:
        said = {name: [tuple(row) for row in session.execute(text(query))] for name, query in queries.items()}
    said["vehicles"] = [vehicle[:-1] for vehicle in said["vehicles"]]
    return {name: sorted(rows, key=repr) for name, rows in said.items()}


def edited(content: bytes, change: Callable[[Any], None], *, sheet: str | None = None) -> bytes:
    """The workbook after ``change`` of its first (or named) sheet."""
    book = load_workbook(io.BytesIO(content))
    change(book[sheet] if sheet else book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
