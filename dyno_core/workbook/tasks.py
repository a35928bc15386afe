"""What each row of a file is to become of what is stored: found again, compared, decided. Only reads."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from sqlalchemy.orm import Session

from dyno_core.booking import Mileage
from dyno_core.errors import InvalidInput
from dyno_core.fleet import POOLS
from dyno_core.workbook.cells import text_of
from dyno_core.workbook.dynos import facility_of
from dyno_core.workbook.identity import pair_rows
from dyno_core.workbook.plan import PlannedAllocation, PlannedRequest, PlanRow
from dyno_core.workbook.stored import Kind, Remembered, StoredItem, load_marked, load_remembered

LONGEST_REQUEST: Final = 1000
"""Days; a longer wish is filed with this duration (and the flag that one of its dates may be mistyped)."""

GAS_TYPE: Final = "Gas type: "
CYCLE: Final = "Cycle: "
NO_DYNO: Final = "No dyno: "
"""Put before a reason in an exported DYNO cell that would be taken for a dyno's name."""

_REQUEST_STATUS: Final = {"completed": "withdrawn", "cancelled": "withdrawn"}
_ONLY_WHEN_SAID: Final = (
    "actual_start_date",
    "actual_end_date",
    "leg",
    "facility",
    "miles",
    "miles_per_day",
    "added_days",
)
_PLANNED: Final = ("planned_start_date", "planned_end_date")
_FREE_TEXT: Final = ("notes", "reason")

Change = Literal["created", "updated", "unchanged", "kept", "rejected", "gone"]
"""What becomes of a row. ``kept``: changed in the app and in the file. ``gone``: not in the file any more."""


@dataclass(frozen=True, slots=True)
class Task:
    """A row and what is stored for it. ``base``: the version that the row's author knew.

    ``marked``: the row says itself which record it was exported from.
    """

    row: PlanRow
    row_key: str
    item: StoredItem | None = None
    remembered: Remembered | None = None
    base: int | None = None
    marked: bool = False

    @property
    def has_news(self) -> bool:
        """Whether the row differs from what was imported last, or was not."""
        return self.remembered is None or self.remembered.content_hash != self.row.content_hash

    @property
    def kind(self) -> Kind | None:
        if isinstance(self.row.outcome, PlannedAllocation):
            return "allocation"
        return "request" if isinstance(self.row.outcome, PlannedRequest) else None


@dataclass(frozen=True, slots=True)
class Tasks:
    """Every row's task in sheet order; ``gone`` were imported earlier and are not in the file any more."""

    tasks: tuple[Task, ...]
    gone: tuple[Remembered, ...]

    def vehicle_links(self, *, marked: bool) -> dict[str, int]:
        """The file's key of a vehicle → the vehicle that one of its rows is stored for."""
        links: dict[str, int] = {}
        for task in self.tasks:
            if task.item is not None and task.marked is marked:
                links.setdefault(task.row.vehicle_key, task.item.values["vehicle_id"])
        return links

    @property
    def vehicles_with_news(self) -> frozenset[str]:
        return frozenset(task.row.vehicle_key for task in self.tasks if task.kind and task.has_news)


def find_tasks(session: Session, rows: Sequence[PlanRow]) -> Tasks:
    """Find every row again: by its mark, else by what it is about."""
    remembered = load_remembered(session)
    marked = load_marked(session, rows)
    taken = {(item.kind, item.id) for item, _ in marked.values()}
    stored = {
        key: old for key, old in remembered.items() if old.item is None or (old.item.kind, old.item.id) not in taken
    }
    pairing = pair_rows(
        (old.as_stored_row() for old in stored.values()), (row for row in rows if row.row not in marked)
    )
    tasks = {
        number: Task(row, row.row_key, item, base=version, marked=True)
        for number, (row, (item, version)) in _with_marks(rows, marked).items()
    }
    for pair in pairing.pairs:
        old = stored[f"{pair.stored.group}|{pair.stored.occurrence}"]
        tasks[pair.row.row] = Task(pair.row, old.row_key, old.item, old, old.stored_version)
    used = set(remembered)
    for row in pairing.new:
        key = _free_key(row, used)
        used.add(key)
        tasks[row.row] = Task(row, key)
    gone = [stored[f"{old.group}|{old.occurrence}"] for old in pairing.gone]
    return Tasks(
        tuple(tasks[number] for number in sorted(tasks)),
        tuple(sorted((old for old in gone if old.item is not None), key=lambda old: old.row_number)),
    )


def _with_marks(
    rows: Iterable[PlanRow], marked: Mapping[int, tuple[StoredItem, int]]
) -> dict[int, tuple[PlanRow, tuple[StoredItem, int]]]:
    return {row.row: (row, marked[row.row]) for row in rows if row.row in marked}


def _free_key(row: PlanRow, used: set[str]) -> str:
    while row.row_key in used:
        row = replace(row, occurrence=row.occurrence + 1)
    return row.row_key


def allocation_values(row: PlanRow, *, vehicle_id: int, dyno_id: int) -> dict[str, Any]:
    """What is stored of a row on a dyno, less ``disputed``."""
    assert row.period is not None
    return {
        "vehicle_id": vehicle_id,
        "dyno_id": dyno_id,
        "test_type": row.test_type,
        "leg": row.leg,
        "start_date": row.period.start,
        "end_date": row.period.end,
        "status": row.status,
        "planned_start_date": row.dates.estimated or row.period.start,
        "planned_end_date": row.dates.projected or row.period.end,
        "actual_start_date": row.dates.actual,
        "actual_end_date": row.dates.completed,
        **_mileage(row),
        "notes": _notes(row),
    }


def request_values(row: PlanRow, *, vehicle_id: int) -> dict[str, Any]:
    """What is stored of a row without a dyno. A test that ran elsewhere or was called off is no demand any more."""
    outcome = row.outcome
    assert isinstance(outcome, PlannedRequest)
    return {
        "vehicle_id": vehicle_id,
        "test_type": row.test_type,
        "leg": row.leg,
        "start_date": outcome.period.start,
        "end_date": outcome.period.end,
        "duration_days": min(outcome.period.days, LONGEST_REQUEST),
        "miles": _runnable(Mileage(row.work.miles)).miles,
        "facility": outcome.facility,
        "reason": (outcome.why or "").removeprefix(NO_DYNO),
        "notes": _notes(row),
        "status": _REQUEST_STATUS.get(row.status, "open"),
    }


def _mileage(row: PlanRow) -> dict[str, float | None]:
    """Miles, the rate of who runs them, and added days."""
    work = row.work
    on_track = isinstance(row.outcome, PlannedAllocation) and facility_of(row.outcome.dyno) in POOLS
    rate = (work.miles_per_day_driver if on_track else None) or work.miles_per_day
    runs = _runnable(Mileage(work.miles, rate, work.added_days))
    return {"miles": runs.miles, "miles_per_day": runs.per_day, "added_days": runs.added_days}


def _runnable(mileage: Mileage) -> Mileage:
    """The same, or nothing where no test has such amounts."""
    try:
        return mileage.checked()
    except InvalidInput:
        return Mileage()


def _notes(row: PlanRow) -> str:
    extra = [f"{label}{value}" for label, value in ((GAS_TYPE, row.gas_type), (CYCLE, row.cycle)) if value]
    return "\n".join([*([row.notes] if row.notes else []), *extra])


def differences(task: Task, values: Mapping[str, Any]) -> dict[str, Any]:
    """Of ``values`` what is stored otherwise.

    A row that this app exported can't say everything that is stored, so what it leaves out is not a change.
    """
    assert task.item is not None
    stored = task.item.values
    news: dict[str, Any] = {}
    for name, value in values.items():
        if value == stored[name] or (name in _FREE_TEXT and text_of(value) == text_of(stored[name])):
            continue
        if task.marked and (name in _PLANNED or (value is None and name in _ONLY_WHEN_SAID)):
            continue
        news[name] = value
    if task.marked and "start_date" not in news and "end_date" not in news:
        news.pop("duration_days", None)
    return news


def by_change(changes: Mapping[int, Change]) -> dict[Change, int]:
    """How many rows ended how."""
    counts: dict[Change, int] = defaultdict(int)
    for change in changes.values():
        counts[change] += 1
    return dict(counts)
