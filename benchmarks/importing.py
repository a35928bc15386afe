"""Importing a synthetic workbook."""

import io
from datetime import date, timedelta
from statistics import median
from time import perf_counter
from typing import Final

from openpyxl import Workbook

from benchmarks.data import TODAY
from benchmarks.measuring import Figure
from benchmarks.server import a_database
from dyno_core.accounts.roles import OPERATOR
from dyno_core.audit.log import Origin
from dyno_core.workbook import import_plan, read_plan

_BY: Final = Origin(OPERATOR, "import")
_DYNOS: Final = 20
_FIRST: Final = date(2020, 1, 6)
_HEADINGS: Final = (
    "Test", "TEST FACILITY ", "DYNO", "MY", "Program", "Tag #", "Mileage Step", "Status", "Estimated Start",
    "Projected End Date", "><10K", "AWD/2WD", "DYNO CONSTRAINT (2WD/AWD)",
)  # fmt: skip


def measure_import(server_url: str, *, rows: int, rounds: int) -> list[Figure]:
    """Rows per second: the first import, the same file again, and reading the file alone."""
    content = _workbook(rows)
    samples: dict[str, list[float]] = {"read_plan": [], "first import": [], "the same file again": []}
    for number in range(rounds):
        with a_database(server_url, f"import_{number}") as database:
            begun = perf_counter()
            read_plan(content, "plan.xlsx")
            samples["read_plan"].append(perf_counter() - begun)
            for name in ("first import", "the same file again"):
                begun = perf_counter()
                import_plan(database, _BY, name="plan.xlsx", content=content, today=TODAY)
                samples[name].append(perf_counter() - begun)
    seconds = {name: median(values) for name, values in samples.items()}
    return [
        Figure(
            f"import, {rows:,} rows", f"{name}: {rows / value:,.0f} rows/s", "read_plan",
            value / seconds["read_plan"], "time", value,
        )
        for name, value in seconds.items()
    ]  # fmt: skip


def _workbook(rows: int) -> bytes:
    """One allocation after the other on each dyno, as a planner's workbook spells them."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Cert Mileage Forecast - All"
    for _ in range(4):
        sheet.append([])
    sheet.append(_HEADINGS)
    for number in range(rows):
        dyno, turn = number % _DYNOS, number // _DYNOS
        start = _FIRST + timedelta(days=9 * turn)
        sheet.append(
            ["4K Certification", "PGN", dyno + 1, 2026, f"P-{number % 40}", f"{number:06}W", "0-4K", "G", start,
             start + timedelta(days=6), "<10K", "2WD", "2WD"]
        )  # fmt: skip
    rules = book.create_sheet("DynoRules")
    rules.append(["TestType", "DriveType", "WeightClass", "Dynos (comma)"])
    rules.append(["4k certification", "any", "any", ", ".join(f"PGN {number + 1}" for number in range(_DYNOS))])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
