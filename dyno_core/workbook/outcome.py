"""What an import did, for a page, a person and a program."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final, Literal

from dyno_core.period import Period, say_day
from dyno_core.workbook.changes import FieldChange, RuleChange
from dyno_core.workbook.plan import (
    FLAGS,
    REASONS,
    DoubleBooking,
    PlanFile,
    PlannedAllocation,
    PlannedRequest,
    PlanRow,
    PlanRule,
    Rejected,
)
from dyno_core.workbook.report import plan_report
from dyno_core.workbook.tasks import Change

Outcome = Literal["allocation", "request", "rejected"]

_CHANGED_IN_APP: Final = "Changed in the app since the last import, and the file's row did not change: it stays."

_MOST_TOLD: Final = 30
"""Lines of one list in the summary; the row report has them all."""


@dataclass(frozen=True, slots=True)
class RowReport:
    """One row of the sheet. ``what`` says in words what is wrong or odd about it; ``dyno`` is where it is stored."""

    row: int
    outcome: Outcome
    change: Change
    vehicle: str
    test: str
    dyno: str | None
    first_day: date | None
    last_day: date | None
    status: str
    disputed: bool
    flags: tuple[str, ...]
    what: tuple[str, ...]
    differences: tuple[FieldChange, ...] = ()

    @property
    def stays(self) -> bool:
        """Whether something stays as it is in the app although the file says otherwise."""
        return self.change == "kept" or any(not change.applied for change in self.differences)

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "becomes": self.outcome,
            "change": self.change,
            "vehicle": self.vehicle,
            "differences": [asdict(change) for change in self.differences],
        }


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """A record that the import did not touch although the file says otherwise (``row``: its number in the file).

    ``what`` names the record, ``why`` says in words how the file differs. ``may_give_way``: the importer may choose the
    file's row after all. ``lacking``: the file's row can't become a part of the plan as it is.
    """

    row: int
    kind: str
    id: int
    what: str
    why: str
    may_give_way: bool = False
    lacking: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"row": self.row, self.kind + "_id": self.id, "what": self.what, "why": self.why}


@dataclass(frozen=True, slots=True)
class NewWindow:
    """A maintenance window that the file adds."""

    dyno: str
    category: str
    period: Period


@dataclass(frozen=True, slots=True)
class LabNews:
    """What a file adds to the lab itself. ``dynos`` by facility; ``rules`` only if they replace the stored ones.

    ``rule_changes``: how the file's rules differ from the stored ones. ``rules_stay``: these were changed in the app
    since the last import, so they are not replaced.
    """

    test_types: tuple[str, ...] = ()
    dynos: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[PlanRule, ...] = ()
    windows: tuple[NewWindow, ...] = ()
    rule_changes: tuple[RuleChange, ...] = ()
    rules_stay: bool = False


@dataclass(frozen=True, slots=True)
class ImportReport:
    """``changes`` counts rows by what became of them; ``fleet`` counts what else was added or edited, by its name.

    ``absent``: rows of earlier imports that are still in the plan and not in this file, by their number then.
    """

    plan: PlanFile
    dry_run: bool
    rows: tuple[RowReport, ...]
    changes: Mapping[Change, int]
    fleet: Mapping[str, int]
    gone: tuple[LeftAlone, ...] = ()
    kept: tuple[LeftAlone, ...] = ()
    clashes: Mapping[int, str] = field(default_factory=dict)
    window_clashes: tuple[str, ...] = ()
    news: LabNews = LabNews()
    absent: tuple[RowReport, ...] = ()

    @property
    def disputed(self) -> tuple[int, ...]:
        """Rows whose allocation is stored as disputed, in sheet order."""
        return tuple(row.row for row in self.rows if row.disputed)

    @property
    def fingerprint(self) -> str:
        """The same for two imports that do the same, whether dry or not."""
        told = (
            self.rows, self.absent, self.gone, self.kept, sorted(self.fleet.items()), sorted(self.clashes.items()),
            self.window_clashes, self.news,
        )  # fmt: skip
        return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()

    @property
    def double_bookings(self) -> tuple[DoubleBooking, ...]:
        return self.plan.double_bookings

    @property
    def changed_nothing(self) -> bool:
        written: tuple[Change, ...] = ("created", "updated", "rejected")
        return not any(self.changes.get(change, 0) for change in written) and not any(self.fleet.values())

    def as_json(self) -> dict[str, Any]:
        """The counts say what is in the file, ``changes`` what was done."""
        return {
            **plan_report(self.plan),
            "dry_run": self.dry_run,
            "changes": {
                "created": self.changes.get("created", 0),
                "updated": self.changes.get("updated", 0),
                "unchanged": self.changes.get("unchanged", 0),
                "gone": [one.as_json() for one in self.gone],
                "kept": [one.as_json() for one in self.kept],
                "fleet": dict(self.fleet),
                "rows": [row.as_json() for row in (*self.rows, *self.absent)],
            },
            "disputed": list(self.disputed),
            "clashes": [{"row": row, "with": told} for row, told in sorted(self.clashes.items())],
            "maintenance_clashes": list(self.window_clashes),
        }

    @property
    def summary(self) -> str:
        """Several lines for a person: what is in the file, what was refused and why, what clashes, what to do next."""
        return "\n".join(
            (
                *_head(self),
                *_rejections(self.plan),
                *_pairs(self),
                *_listed("Changed:", _difference_lines(self)),
                *_listed("Taken already in the database, so imported as disputed:", _clash_lines(self)),
                *_listed("Kept as in the app:", _left_lines(self.kept)),
                *_listed("Imported earlier, and left as they are:", _left_lines(self.gone)),
                *_listed("Not read:", (f"{one.sheet}: {one.what}" for one in self.plan.problems)),
                *_next(self),
            )
        )


def row_reports(
    plan: PlanFile,
    *,
    changes: Mapping[int, Change],
    disputed: Iterable[int],
    clashes: Mapping[int, str],
    differences: Mapping[int, tuple[FieldChange, ...]],
    changed_in_app: Iterable[int],
) -> tuple[RowReport, ...]:
    """One for each row of the sheet, in its order."""
    in_app = set(changed_in_app)
    in_dispute = set(disputed)
    return tuple(
        RowReport(
            row=row.row,
            outcome=outcome_of(row),
            change=changes.get(row.row, "unchanged"),
            vehicle=row.vehicle.tag or row.vehicle.vin or "future vehicle",
            test=row.test_type,
            dyno=row.dyno,
            first_day=row.period.start if row.period else None,
            last_day=row.period.end if row.period else None,
            status=row.status,
            disputed=row.row in in_dispute,
            flags=row.flags,
            what=_in_words(row, clashes.get(row.row), changed_in_app=row.row in in_app),
            differences=differences.get(row.row, ()),
        )
        for row in plan.rows
    )


def outcome_of(row: PlanRow) -> Outcome:
    if isinstance(row.outcome, PlannedAllocation):
        return "allocation"
    return "request" if isinstance(row.outcome, PlannedRequest) else "rejected"


def _in_words(row: PlanRow, clash: str | None, *, changed_in_app: bool) -> tuple[str, ...]:
    said: list[str] = [_CHANGED_IN_APP] if changed_in_app else []
    if isinstance(row.outcome, Rejected):
        said += [REASONS[reason] for reason in (row.outcome.reason, *row.outcome.also)]
    if isinstance(row.outcome, PlannedRequest) and row.outcome.why:
        said.append(f"No dyno: {row.outcome.why}.")
    if clash is not None:
        said.append(f"Taken by {clash}.")
    return (*said, *(FLAGS[flag] for flag in row.flags))


def _head(report: ImportReport) -> list[str]:
    plan = report.plan
    told = [
        f"{plan.file_name}, sheet “{plan.sheet}”, {_count(len(plan.rows), 'row')}:",
        _and(
            _count(len(plan.allocations), "allocation"),
            _count(len(plan.requests), "request") + " without a dyno",
            f"{len(plan.rejected)} rejected",
        ),
        _and(
            _count(len(plan.vehicles), "vehicle"),
            _count(len(plan.dynos), "dyno"),
            _count(len(plan.windows), "maintenance window"),
        ),
    ]
    if report.changed_nothing:
        why = "All else in it" if report.kept else "Everything in it"
        return [*told, f"{why} is in the database already; nothing changed."]
    done = ", ".join(
        f"{report.changes[change]} {change}" for change in ("created", "updated", "unchanged", "kept")
        if report.changes.get(change)
    )  # fmt: skip
    return [*told, f"{'Dry run, nothing was stored. It would be' if report.dry_run else 'Stored'}: {done or 'no row'}."]


def _rejections(plan: PlanFile) -> list[str]:
    rows: dict[str, list[int]] = {}
    for row in plan.rejected:
        assert isinstance(row.outcome, Rejected)
        rows.setdefault(row.outcome.reason, []).append(row.row)
    lines = (f"{_rows(numbers)}: {REASONS[reason]}" for reason, numbers in rows.items())
    return _listed("Rejected:", lines)


def _pairs(report: ImportReport) -> list[str]:
    plan = report.plan
    bookings = (
        f"{pair.dyno}, rows {pair.row_a} and {pair.row_b}: {_days(pair.first_day, pair.last_day)}"
        for pair in plan.double_bookings
    )
    overlaps = (
        f"{pair.vehicle}, rows {pair.row_a} and {pair.row_b}: {_days(pair.first_day, pair.last_day)}"
        for pair in plan.vehicle_overlaps
    )
    return [
        *_listed(f"{_count(len(plan.double_bookings), 'double booking')}, kept and marked as disputed:", bookings),
        *_listed(f"{_count(len(plan.vehicle_overlaps), 'overlap')} of one vehicle with itself:", overlaps),
        *_listed("Against the rules:", [_rows(plan.rule_violations)] if plan.rule_violations else ()),
    ]


def _clash_lines(report: ImportReport) -> list[str]:
    rows = [f"row {row}: {told}" for row, told in sorted(report.clashes.items())]
    return [*rows, *report.window_clashes]


def _left_lines(left: Sequence[LeftAlone]) -> list[str]:
    return [f"row {one.row}, {one.what} ({one.kind} {one.id}): {one.why}" for one in left]


def _difference_lines(report: ImportReport) -> list[str]:
    rows = [
        f"row {row.row}, {row.vehicle}: {'; '.join(map(str, row.differences))}"
        for row in report.rows
        if row.differences
    ]
    if not report.news.rules_stay:
        return rows
    return [*rows, "the rules: changed in the app since the last import and in the file, so they stay as in the app"]


def _next(report: ImportReport) -> list[str]:
    steps = []
    if report.plan.rejected:
        steps.append("correct the rejected rows in the workbook and import it again")
    if report.disputed:
        steps.append("move or cancel one allocation of each double booking in the calendar")
    if report.plan.requests:
        steps.append("place the requests that still need a dyno")
    if report.dry_run and not report.changed_nothing:
        steps.insert(0, "import the file without the dry run")
    return [f"Next: {'; '.join(steps)}."] if steps else []


def _listed(title: str, lines: Iterable[str]) -> list[str]:
    every = list(lines)
    if not every:
        return []
    more = [f"  … and {len(every) - _MOST_TOLD} more"] if len(every) > _MOST_TOLD else []
    return [title, *(f"  {line}" for line in every[:_MOST_TOLD]), *more]


def _rows(numbers: Sequence[int]) -> str:
    told = ", ".join(str(number) for number in numbers[:_MOST_TOLD])
    return f"{'row' if len(numbers) == 1 else 'rows'} {told}{' …' if len(numbers) > _MOST_TOLD else ''}"


def _days(first: date, last: date) -> str:
    return say_day(first) if first == last else str(Period(first, last))


def _and(*parts: str) -> str:
    return f"  {', '.join(parts[:-1])} and {parts[-1]}."


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
