"""The sheets DynoRules and Maintenance, and what the rules allow. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Final

from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capability_token, drive_of, envelope_of
from dyno_core.period import Period
from dyno_core.workbook.cells import Cell, UnreadableDay, day_of, text_of, weight_of
from dyno_core.workbook.columns import HEADER_WITHIN_ROWS
from dyno_core.workbook.dynos import facility_of, places_of
from dyno_core.workbook.plan import PlanDyno, PlanRow, PlanRule, PlanWindow, SheetProblem
from dyno_core.workbook.sheets import CellRow, Sheet

_ANY: Final = "any"
_LETTERS: Final = re.compile(r"[^a-z]+")
_RULE_COLUMNS: Final = ("testtype", "drivetype", "weightclass", "dynos")
_WINDOW_COLUMNS: Final = ("dyno", "startdate", "enddate")


class NamesOfTests:
    """The names of tests there are: ``vocabulary`` maps each known spelling to the test's name, rules add theirs.

    Without any list (both empty) a test is called what the row calls it. ``usual`` maps spellings to names that are
    preferred for them, without saying that the lab has these tests.
    """

    def __init__(self, vocabulary: Mapping[str, str], *, usual: Mapping[str, str] | None = None) -> None:
        self._usual = {_fold_test(spelling): name for spelling, name in (usual or {}).items()}
        self._names = {_fold_test(name): name for name in vocabulary.values()}
        self._names |= {_fold_test(spelling): name for spelling, name in vocabulary.items()}
        self._listed = bool(vocabulary)

    def learn(self, spelling: str) -> str:
        """The name for a spelling of a list, which becomes one when it is new."""
        self._listed = True
        return self._take(spelling)

    def find(self, spelling: str) -> str | None:
        """The name for a spelling of a row; None when lists exist and none has it, or it is empty."""
        if not self._listed and spelling:
            return self._take(spelling)
        folded = _fold_test(spelling)
        return self._names.get(folded) or self._names.get(_fold_test(self._usual.get(folded, "")))

    def _take(self, spelling: str) -> str:
        if known := self._names.get(_fold_test(spelling)):
            return known
        name = self._usual.get(_fold_test(spelling), _tidy_test(spelling))
        self._names[_fold_test(spelling)] = self._names.setdefault(_fold_test(name), name)
        return self._names[_fold_test(spelling)]


def _tidy_test(spelling: str) -> str:
    return spelling.replace("|", "/")  # the bar separates the parts of a capability token


def _fold_test(spelling: str) -> str:
    return " ".join(spelling.casefold().split())


@dataclass(frozen=True, slots=True)
class RuleSheet:
    """``dynos`` are all dynos named, in order of appearance, pools as their places; ``found`` is the sheet's title."""

    found: str | None
    rules: tuple[PlanRule, ...] = ()
    problems: tuple[SheetProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class MaintenanceSheet:
    """``dynos`` are all dynos listed, with or without a window, in sheet order; ``facilities`` as the sheet says."""

    found: str | None
    dynos: tuple[str, ...] = ()
    windows: tuple[PlanWindow, ...] = ()
    problems: tuple[SheetProblem, ...] = ()
    facilities: Mapping[str, str] = field(default_factory=dict)


def _header(sheet: Sheet, names: tuple[str, ...]) -> tuple[int, dict[str, int]] | None:
    """1-based header row and column per name, where a heading begins with the name."""
    for number, row in enumerate(sheet.rows[:HEADER_WITHIN_ROWS], start=1):
        headings = [_LETTERS.sub("", cell.casefold()) if isinstance(cell, str) else "" for cell in row]
        columns = {
            name: next((at for at, heading in enumerate(headings) if heading == name), None)
            if name != "dynos"
            else next((at for at, heading in enumerate(headings) if heading.startswith(name)), None)
            for name in names
        }
        known = {name: at for name, at in columns.items() if at is not None}
        if len(known) == len(names):
            return number, known
    return None


def _cell(row: CellRow, at: int) -> Cell:
    return row[at] if at < len(row) else None


def read_rules(sheets: Iterable[Sheet], *, tests: NamesOfTests) -> RuleSheet:
    """The first sheet with the rules' columns. A row that can't be read becomes a problem and allows nothing."""
    for sheet in sheets:
        if (header := _header(sheet, _RULE_COLUMNS)) is None:
            continue
        rules: list[PlanRule] = []
        problems: list[SheetProblem] = []
        for number, row in enumerate(sheet.rows[header[0] :], start=header[0] + 1):
            texts = {name: text_of(_cell(row, at)) for name, at in header[1].items()}
            if not any(texts.values()):
                continue
            read = _rule_of(number, texts, tests=tests)
            if isinstance(read, PlanRule):
                rules.append(read)
            else:
                problems.append(SheetProblem(sheet.title, number, read))
        return RuleSheet(sheet.title, _united(rules), tuple(problems))
    return RuleSheet(None)


def _rule_of(number: int, texts: Mapping[str, str], *, tests: NamesOfTests) -> PlanRule | str:
    test, drive, weight = texts["testtype"], texts["drivetype"], texts["weightclass"]
    dynos = tuple(dict.fromkeys(
        place for name in texts["dynos"].split(",") if name.strip() for place in places_of(name.strip())
    ))  # fmt: skip
    drive_type, weight_class = drive_of(drive), weight_of(weight)[1]
    if not test or not dynos:
        return "The rule names no test or no dyno and was left out."
    if drive_type is None and drive.casefold() != _ANY:
        return f"The rule's drive “{drive[:40]}” is not 2WD, AWD or any, so the rule was left out."
    if weight_class is None and weight.casefold() != _ANY:
        return f"The rule's weight class “{weight[:40]}” is not <10K, >10K or any, so the rule was left out."
    return PlanRule(number, None if test.casefold() == _ANY else tests.learn(test), drive_type, weight_class, dynos)


def _united(rules: Iterable[PlanRule]) -> tuple[PlanRule, ...]:
    """Rules for one and the same demand become the first of them, with the dynos of all."""
    united: dict[tuple[str | None, str | None, str | None], PlanRule] = {}
    for rule in rules:
        demand = (rule.test_type, rule.drive_type, rule.weight_class)
        first = united.setdefault(demand, rule)
        united[demand] = replace(first, dynos=tuple(dict.fromkeys((*first.dynos, *rule.dynos))))
    return tuple(united.values())


def read_maintenance(sheets: Iterable[Sheet]) -> MaintenanceSheet:
    """The first sheet with the maintenance columns. A dyno without dates has no window; shared days are merged."""
    for sheet in sheets:
        if (header := _header(sheet, _WINDOW_COLUMNS)) is None:
            continue
        dynos: dict[str, None] = {}
        windows: list[PlanWindow] = []
        problems: list[SheetProblem] = []
        facilities: dict[str, str] = {}
        where = _header(sheet, (*_WINDOW_COLUMNS, "facility"))
        for number, row in enumerate(sheet.rows[header[0] :], start=header[0] + 1):
            name = text_of(_cell(row, header[1]["dyno"]))
            if not name:
                continue
            dynos |= dict.fromkeys(places_of(name))
            if where is not None and (facility := text_of(_cell(row, where[1]["facility"]))):
                facilities |= dict.fromkeys(places_of(name), facility)
            read = _window_period(_cell(row, header[1]["startdate"]), _cell(row, header[1]["enddate"]))
            if isinstance(read, str):
                problems.append(SheetProblem(sheet.title, number, f"{name}: {read}"))
            elif read is not None:
                windows += [PlanWindow(place, read, (number,)) for place in places_of(name)]
        return MaintenanceSheet(sheet.title, tuple(dynos), _merged(windows), tuple(problems), facilities)
    return MaintenanceSheet(None)


def _window_period(start: Cell, end: Cell) -> Period | str | None:
    days: list[date | None] = []
    for cell in (start, end):
        try:
            days.append(day_of(cell))
        except UnreadableDay:
            return f"“{text_of(cell)[:40]}” is not a day, so this window was left out; write it as 2026-03-09."
    first, last = days
    if first is None and last is None:
        return None
    if first is None or last is None:
        return "the window has only one of its two dates and was left out; fill in the other."
    if last < first:
        return "the window ends before it starts and was left out; correct one of the two dates."
    return Period(first, last)


def _merged(windows: Sequence[PlanWindow]) -> tuple[PlanWindow, ...]:
    """Windows of one dyno that share days become one: the database holds no two of them."""
    merged: list[PlanWindow] = []
    place = {dyno: at for at, dyno in enumerate(dict.fromkeys(window.dyno for window in windows))}
    for window in sorted(windows, key=lambda window: (place[window.dyno], window.period)):
        last = merged[-1] if merged else None
        if last is not None and last.dyno == window.dyno and last.period.overlaps(window.period):
            period = Period(last.period.start, max(last.period.end, window.period.end))
            merged[-1] = PlanWindow(last.dyno, period, last.rows + window.rows)
        else:
            merged.append(window)
    return tuple(merged)


def allowed_dynos(rules: Iterable[PlanRule], *, test_type: str, drive_type: str, weight_class: str) -> tuple[str, ...]:
    """The union of the lists of every rule that matches, in order of preference; empty when none does."""
    names: dict[str, None] = {}
    for rule in rules:
        if (
            (rule.test_type is None or _fold_test(rule.test_type) == _fold_test(test_type))
            and rule.drive_type in (None, drive_type)
            and rule.weight_class in (None, weight_class)
        ):
            names |= dict.fromkeys(rule.dynos)
    return tuple(names)


def capabilities_by_dyno(rules: Iterable[PlanRule], *, test_types: Iterable[str]) -> dict[str, frozenset[str]]:
    """Dyno → exact tokens ``test|drive|weight``. ``test_types`` are what a rule for any test stands for."""
    every_test = tuple(test_types)
    tokens: dict[str, set[str]] = defaultdict(set)
    for rule in rules:
        granted = {
            capability_token(test, drive, weight)
            for test in (every_test if rule.test_type is None else (rule.test_type,))
            for drive in (DRIVES if rule.drive_type is None else (rule.drive_type,))
            for weight in (WEIGHT_CLASSES if rule.weight_class is None else (rule.weight_class,))
        }
        for dyno in rule.dynos:
            tokens[dyno] |= granted
    return {dyno: frozenset(granted) for dyno, granted in tokens.items()}


def preference_order(rules: Iterable[PlanRule], *, others: Iterable[str] = ()) -> tuple[str, ...]:
    """One order of all dynos that agrees with every rule's list; ``others`` follow.

    Kahn's topological sort; among the possible next ones, and where two lists contradict each other, the dyno
    that appears first goes first.
    """
    lists = [rule.dynos for rule in rules]
    rank = {dyno: at for at, dyno in enumerate(dict.fromkeys(name for names in lists for name in names))}
    after: dict[str, set[str]] = {dyno: set() for dyno in rank}
    for names in lists:
        for first, second in pairwise(names):
            after[first].add(second)
    waits_for = dict.fromkeys(rank, 0)
    for followers in after.values():
        for dyno in followers:
            waits_for[dyno] += 1
    ready = [rank[dyno] for dyno, count in waits_for.items() if count == 0]
    heapify(ready)
    by_rank = list(rank)
    left = dict(rank)
    order: list[str] = []
    while left:
        dyno = by_rank[heappop(ready)] if ready else next(iter(left))
        if left.pop(dyno, None) is None:
            continue
        order.append(dyno)
        for follower in after[dyno]:
            waits_for[follower] -= 1
            if waits_for[follower] == 0:
                heappush(ready, rank[follower])
    return tuple(dict.fromkeys((*order, *others)))


def describe_dynos(
    rules: Sequence[PlanRule],
    *,
    others: Iterable[str],
    test_types: Iterable[str],
    facilities: Mapping[str, str] | None = None,
) -> tuple[PlanDyno, ...]:
    """Every dyno of the rules and of ``others``, in order of preference, with what it can do and where it stands."""
    places = facilities or {}
    tokens = capabilities_by_dyno(rules, test_types=test_types)
    nothing: frozenset[str] = frozenset()
    return tuple(
        PlanDyno(
            name,
            places.get(name, facility_of(name)),
            at,
            tokens.get(name, nothing),
            envelope_of(tokens.get(name, nothing)),
        )
        for at, name in enumerate(preference_order(rules, others=others), start=1)
    )


def rule_violations(rows: Iterable[PlanRow], rules: Sequence[PlanRule]) -> tuple[int, ...]:
    """Rows of allocations whose dyno the rules do not allow; none when there are no rules to break."""
    allowed = AllowedDynos(rules)
    return tuple(row.row for row in rows if rules and row.dyno is not None and row.dyno not in allowed.of(row))


class AllowedDynos:
    """`allowed_dynos` for many rows: a plan has thousands of them and a dozen different demands."""

    def __init__(self, rules: Sequence[PlanRule]) -> None:
        self._rules = rules
        self._known: dict[tuple[str, str, str], frozenset[str]] = {}

    def of(self, row: PlanRow) -> frozenset[str]:
        """The dynos for a row's test, drive and weight class; none when one of them is not known."""
        drive, weight = row.vehicle.drive_type, row.vehicle.weight_class
        if drive is None or weight is None:
            return frozenset()
        demand = (row.test_type, drive, weight)
        if demand not in self._known:
            self._known[demand] = frozenset(
                allowed_dynos(self._rules, test_type=row.test_type, drive_type=drive, weight_class=weight)
            )
        return self._known[demand]
