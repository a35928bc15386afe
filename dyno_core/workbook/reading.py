"""A file of bytes → the plan. Reads no database: what the lab knows already is handed in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dyno_core.workbook.clashes import (
    MOST_PAIRS,
    disputed_rows,
    double_bookings,
    rows_over_maintenance,
    vehicle_overlaps,
)
from dyno_core.workbook.columns import find_plan
from dyno_core.workbook.dynos import POOLS, DynoNames, PoolWish, give_places, places_of
from dyno_core.workbook.errors import WorkbookUnreadable
from dyno_core.workbook.flags import merge_flags, outdated_messages, rows_by_flag, vehicle_flags
from dyno_core.workbook.identity import vehicles_of, with_hash, with_keys
from dyno_core.workbook.plan import (
    PlanFile,
    PlannedAllocation,
    PlanRow,
    PlanRule,
    SheetProblem,
)
from dyno_core.workbook.rows import read_row
from dyno_core.workbook.rules import NamesOfTests, describe_dynos, read_maintenance, read_rules, rule_violations
from dyno_core.workbook.sheets import Sheet, read_sheets


@dataclass(frozen=True, slots=True)
class KnownLab:
    """What is known besides the file. ``test_types`` maps each spelling (name, synonym) to the test's name.

    ``rules`` apply when the file has no rules of its own. Where neither file nor lab has a list of dynos (of
    tests), the names in the rows are taken at their word; ``usual_tests`` maps spellings to what such a test is
    called then.
    """

    dynos: tuple[str, ...] = ()
    test_types: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[PlanRule, ...] = ()
    usual_tests: Mapping[str, str] = field(default_factory=dict)


def read_plan(content: bytes, file_name: str, *, known: KnownLab | None = None) -> PlanFile:
    """Read a planning workbook (``.xlsx``, ``.xlsm``) or its main sheet as ``.csv``.

    Every row that holds anything comes back as allocation, request or rejection. Raises `WorkbookUnreadable` when
    the file as a whole is no plan.
    """
    lab = known or KnownLab()
    sheets = read_sheets(content, file_name)
    table, archives = find_plan(sheets, file_name=file_name)
    others = tuple(sheet for sheet in sheets if sheet is not table.sheet)
    tests = NamesOfTests(lab.test_types, usual=lab.usual_tests)
    ruled, kept = read_rules(others, tests=tests), read_maintenance(others)
    rules = ruled.rules if ruled.found is not None else lab.rules
    listed = tuple(dict.fromkeys((*(dyno for rule in ruled.rules for dyno in rule.dynos), *kept.dynos)))
    names = DynoNames((*listed, *(dyno for rule in lab.rules for dyno in rule.dynos), *lab.dynos))
    rows = tuple(read_row(number, record, dynos=names, tests=tests) for number, record in table.records())
    if not rows:
        raise WorkbookUnreadable(
            f"The sheet “{table.sheet.title}” has a plan's columns but no row below them, so there is nothing to "
            "import; choose the planning workbook with its rows."
        )
    rows, full = _with_places(with_keys(rows))
    bookings, overlaps = double_bookings(rows), vehicle_overlaps(rows)
    against_rules = rule_violations(rows, rules)
    flags = merge_flags(
        vehicle_flags(rows),
        {
            "track_full": full,
            "leg_overlap": (row for pair in overlaps for row in (pair.row_a, pair.row_b)),
            "double_booked": (row for pair in bookings for row in (pair.row_a, pair.row_b)),
            "over_maintenance": rows_over_maintenance(rows, kept.windows),
            "rule_violation": against_rules,
            "message_outdated": outdated_messages(rows, rules),
        },
    )
    disputed = disputed_rows(rows, windows=kept.windows)
    rows = tuple(
        with_hash(replace(row.with_flags(flags.get(row.row, ())), disputed=row.row in disputed)) for row in rows
    )
    used = tuple(dict.fromkeys(row.test_type for row in rows if row.is_importable))
    named = tuple(dict.fromkeys((*listed, *_dynos_of(rows))))
    return PlanFile(
        file_name=file_name,
        sheet=table.sheet.title,
        header_row=table.header_row,
        rows=rows,
        vehicles=vehicles_of(rows),
        dynos=describe_dynos(
            ruled.rules, others=named, test_types=_test_types(lab, ruled.rules, used), facilities=kept.facilities
        ),
        test_types=used,
        rules=ruled.rules,
        windows=kept.windows,
        double_bookings=bookings,
        vehicle_overlaps=overlaps,
        rule_violations=against_rules,
        problems=(*ruled.problems, *kept.problems, *_not_read(archives)),
        left_out_pairs=MOST_PAIRS in (len(bookings), len(overlaps)),
        listed=listed,
        flags=rows_by_flag(rows),
    )


def _dynos_of(rows: Iterable[PlanRow]) -> list[str]:
    """The dynos of the rows; a place of a pool brings the whole pool."""
    dynos: dict[str, None] = {}
    for row in rows:
        if row.dyno is not None:
            pool = row.dyno.rsplit(" ", 1)[0]
            dynos |= dict.fromkeys(places_of(pool) if pool in POOLS else (row.dyno,))
    return list(dynos)


def _test_types(lab: KnownLab, rules: Iterable[PlanRule], used: Iterable[str]) -> tuple[str, ...]:
    """What a rule for any test stands for."""
    ruled = (rule.test_type for rule in rules if rule.test_type is not None)
    return tuple(dict.fromkeys((*lab.test_types.values(), *ruled, *used)))


def _not_read(sheets: Iterable[Sheet]) -> list[SheetProblem]:
    what = "This sheet has a plan's columns too, but only one is imported at a time; it was not read."
    return [SheetProblem(sheet.title, None, what) for sheet in sheets]


def _with_places(rows: Sequence[PlanRow]) -> tuple[tuple[PlanRow, ...], frozenset[int]]:
    """Rows on a pool get one of its places; also the rows for which all places were taken."""
    wishes, taken = [], []
    for row in rows:
        if row.dyno is None or row.period is None:
            continue
        if row.dyno in POOLS:
            wishes.append(PoolWish(row.row, row.dyno, row.period, row.row_key, row.takes_part))
        elif row.takes_part:
            taken.append((row.dyno, row.period))
    given = give_places(wishes, taken=taken)
    return tuple(_placed(row, given.places.get(row.row)) for row in rows), given.full


def _placed(row: PlanRow, place: str | None) -> PlanRow:
    if place is None or row.period is None:
        return row
    return replace(row, outcome=PlannedAllocation(place, row.period))
