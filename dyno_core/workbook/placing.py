"""Carries out the tasks of an import: rows become allocations, requests or remembered rejections.

Runs while no one else can write allocations, so what is decided here still holds when it is stored.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, any_, func, literal, select, update
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.database.copying import copy_rows, new_ids, rewrite_rows
from dyno_core.database.models import AllocationRow, RequestRow
from dyno_core.period import Period
from dyno_core.workbook.changes import Compared
from dyno_core.workbook.occupancy import Occupancy
from dyno_core.workbook.plan import PlanRow, Rejected
from dyno_core.workbook.stored import Kind, StoredItem
from dyno_core.workbook.tasks import Change, Task, allocation_values, differences, request_values
from dyno_core.workbook.trail import Trail

_UNDER_WAY: Final = ("in_progress", "completed")
_CLOSED: Final = {"allocation": "cancelled", "request": "withdrawn"}


@dataclass(slots=True)
class Placed:
    """What was done. ``stored``: row → what it is now; the others concern rows, too, by their number.

    ``compared``: where what is stored and the file differ. ``changed_in_app``: since the last import, while the file's
    row stayed the same.
    """

    changes: dict[int, Change] = field(default_factory=dict)
    stored: dict[int, tuple[Kind, int]] = field(default_factory=dict)
    disputed: set[int] = field(default_factory=set)
    clashes: dict[int, str] = field(default_factory=dict)
    compared: dict[int, Compared] = field(default_factory=dict)
    changed_in_app: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Write:
    """One row to be stored. ``news`` is what differs, of a new record everything."""

    task: Task
    kind: Kind
    values: dict[str, Any]
    news: dict[str, Any]
    converts: bool = False

    @property
    def hands_mark(self) -> bool:
        """Whether what is stored anew takes a mark for a follow-up over from what it takes the place of."""
        return self.converts and self.task.item is not None and bool(self.task.item.values["follow_up"])


class Placing:
    """Two steps, because maintenance finds its place between them: `decide` and `write`."""

    def __init__(
        self,
        session: Session,
        origin: Origin,
        tasks: Sequence[Task],
        *,
        dyno_ids: Mapping[str, int],
        vehicle_ids: Mapping[str, int],
        overwrite: frozenset[int],
        trail: Trail,
    ) -> None:
        """``overwrite``: rows whose changes in the app give way to the file, where that is possible."""
        self._session = session
        self._origin = origin
        self._tasks = tasks
        self._dyno_ids = dyno_ids
        self._vehicle_ids = vehicle_ids
        self._overwrite = overwrite
        self._trail = trail
        self._writes: list[_Write] = []
        self._dates: list[dict[str, Any]] = []
        self._rejections: list[Task] = []
        self.placed = Placed()

    @property
    def own_allocations(self) -> frozenset[int]:
        """Stored allocations that rows of the file are about."""
        items = (task.item for task in self._tasks)
        return frozenset(item.id for item in items if item is not None and item.kind == "allocation")

    def decide(self) -> None:
        """Sort the rows into what to write and what to leave, and take what will be rewritten off its place."""
        for task in self._tasks:
            self._decide(task)
        parked = [
            write.task.item.id
            for write in self._writes
            if write.task.item is not None and write.task.item.kind == "allocation"
        ]
        # Two rows that change places would each run into the other; a disputed row holds no place.
        if parked:
            own = AllocationRow.id == any_(literal(parked, ARRAY(BigInteger)))
            self._session.execute(
                update(AllocationRow).where(own).values(disputed=True).execution_options(synchronize_session=False)
            )

    def _decide(self, task: Task) -> None:
        item, kind, number = task.item, task.kind, task.row.row
        if item is not None:
            self.placed.stored[number] = (item.kind, item.id)
            if item.kind == "allocation" and item.values["disputed"] and item.values["status"] != "cancelled":
                self.placed.disputed.add(number)
        if kind is None:
            self._reject(task)
        elif item is None:
            values = self._values(task, kind)
            self._writes.append(_Write(task, kind, values, values))
        elif task.remembered is not None and not task.has_news:
            self.placed.changes[number] = "unchanged"
            if item.version != task.base:
                self.placed.changed_in_app.add(number)
                self.placed.compared[number] = Compared(item, kind, self._news(task, item, kind), applied=False)
        else:
            self._compare(task, item, kind)

    def _compare(self, task: Task, item: StoredItem, kind: Kind) -> None:
        number = task.row.row
        values = self._values(task, kind)
        converts = item.kind != kind
        news = self._news(task, item, kind)
        displaced = not task.marked and kind == "allocation" and not converts and (
            task.row.disputed != item.values["disputed"]
        )  # fmt: skip
        if not news and not displaced:
            self.placed.changes[number] = "unchanged"
        elif item.version != task.base and not (number in self._overwrite and may_give_way(item)):
            self.placed.changes[number] = "kept"
            self.placed.compared[number] = Compared(item, kind, news, applied=False)
        else:
            self._writes.append(_Write(task, kind, values, news, converts))

    def _news(self, task: Task, item: StoredItem, kind: Kind) -> dict[str, Any]:
        values = self._values(task, kind)
        return values if item.kind != kind else differences(task, values)

    def _values(self, task: Task, kind: Kind) -> dict[str, Any]:
        vehicle_id = self._vehicle_ids[task.row.vehicle_key]
        if kind == "request":
            return request_values(task.row, vehicle_id=vehicle_id)
        assert task.row.dyno is not None
        return allocation_values(task.row, vehicle_id=vehicle_id, dyno_id=self._dyno_ids[task.row.dyno])

    def _reject(self, task: Task) -> None:
        """A row that can't be read any more changes nothing about what it was stored as."""
        if task.item is not None:
            self.placed.changes[task.row.row] = "kept"
            return
        self.placed.changes[task.row.row] = "rejected" if task.has_news else "unchanged"
        if task.has_news:
            self._rejections.append(task)

    @property
    def places(self) -> tuple[list[int], list[int], Period | None]:
        """Dynos, vehicles and the span of days in which places are looked for."""
        writes = [write for write in self._writes if write.kind == "allocation"]
        periods = [write.task.row.period for write in writes if write.task.row.period is not None]
        span = Period(min(p.start for p in periods), max(p.end for p in periods)) if periods else None
        dynos, vehicles = ({write.values[name] for write in writes} for name in ("dyno_id", "vehicle_id"))
        return list(dynos), list(vehicles), span

    def write(self, occupancy: Occupancy, *, tell: Callable[[float], None]) -> Placed:
        """Give every row its place, or store it as disputed, and write everything."""
        self._find_places(occupancy)
        tell(0.2)
        self._update()
        tell(0.4)
        self._insert("request")
        self._insert("allocation")
        tell(0.8)
        self._remember()
        return self.placed

    def _find_places(self, occupancy: Occupancy) -> None:
        writes = [write for write in self._writes if write.kind == "allocation"]
        # What runs or has run stands where it stands; after that the sheet's order decides.
        for write in sorted(writes, key=lambda one: (one.task.row.status not in _UNDER_WAY, one.task.row.row)):
            row, item = write.task.row, write.task.item
            disputed = False
            if row.takes_part and row.period is not None:
                place = {"dyno_id": write.values["dyno_id"], "vehicle_id": write.values["vehicle_id"]}
                disputed = not occupancy.take(row.period, **place)
                if disputed and (told := occupancy.stored_in_the_way(row.period, **place)):
                    self.placed.clashes[row.row] = told
            write.values["disputed"] = disputed
            if write.converts or item is None or item.values["disputed"] != disputed:
                write.news["disputed"] = disputed
            (self.placed.disputed.add if disputed else self.placed.disputed.discard)(row.row)

    def _update(self) -> None:
        """Write over what is stored; a row that got or lost its dyno closes the one record and opens the other."""
        same: dict[Kind, list[_Write]] = {"allocation": [], "request": []}
        for write in self._writes:
            item = write.task.item
            if item is None:
                continue
            if write.converts:
                if item.kind == "allocation":
                    self._close(write, item)
            else:
                same[write.kind].append(write)
        for kind, writes in same.items():
            self._update_all(kind, writes)

    def _update_all(self, kind: Kind, writes: Sequence[_Write]) -> None:
        changed, parked = [], []
        for write in writes:
            item = write.task.item
            assert item is not None
            if write.news:
                now = {**item.values, **write.news}
                changed.append({"id": item.id} | {name: now[name] for name in write.values})
                self._note_update(write, item)
            else:
                parked.append({"id": item.id, "disputed": write.values["disputed"]})
                self.placed.changes[write.task.row.row] = "unchanged"
        rewrite_rows(self._session, f"{kind}s", changed, also="version = t.version + 1, updated_at = now()")
        rewrite_rows(self._session, f"{kind}s", parked)
        copy_rows(self._session, "allocation_dates", self._dates)
        self._dates = []

    def _note_update(self, write: _Write, item: StoredItem) -> None:
        row = write.task.row
        self.placed.changes[row.row] = "updated"
        self.placed.compared[row.row] = Compared(item, write.kind, write.news, applied=True)
        before, after = dict(item.values), {**item.values, **write.news}
        self._trail.add(
            action="edit", entity=write.kind, entity_id=item.id, before=before,
            after={name: after[name] for name in write.values}, reason=_from(row),
        )  # fmt: skip
        if write.kind == "allocation" and {"start_date", "end_date"} & write.news.keys():
            self._dates.append(self._history(item.id, before, after, reason=_from(row)))

    def _history(
        self, allocation_id: int, before: Mapping[str, Any], after: Mapping[str, Any], *, reason: str
    ) -> dict[str, Any]:
        return {
            "allocation_id": allocation_id,
            "old_start_date": before["start_date"],
            "old_end_date": before["end_date"],
            "new_start_date": after["start_date"],
            "new_end_date": after["end_date"],
            "changed_by": self._origin.actor.email,
            "reason": reason,
        }

    def _close(self, write: _Write, item: StoredItem) -> None:
        table: Any = AllocationRow
        values = {"status": _CLOSED["allocation"], "disputed": False, "follow_up": False}
        self._session.execute(
            update(table).where(table.id == item.id).values(**values, version=table.version + 1, updated_at=func.now())
        )
        self.placed.disputed.discard(write.task.row.row)
        self._trail.add(
            action="cancel", entity="allocation", entity_id=item.id,
            before={**item.values}, after=values, reason=f"{_from(write.task.row)}: no dyno any more",
        )  # fmt: skip

    def _insert(self, kind: Kind) -> None:
        writes = [write for write in self._writes if write.kind == kind and (write.task.item is None or write.converts)]
        ids = new_ids(self._session, f"{kind}s", len(writes))
        by = {"created_by": self._origin.actor.email, "source": "import"}
        values = [
            {"id": new_id, **write.values, "follow_up": write.hands_mark, **by}
            for new_id, write in zip(ids, writes, strict=True)
        ]
        copy_rows(self._session, f"{kind}s", values)
        for write, new_id in zip(writes, ids, strict=True):
            number = write.task.row.row
            self.placed.stored[number] = (kind, new_id)
            self.placed.changes[number] = "updated" if write.converts else "created"
            if write.converts and write.task.item is not None:
                self.placed.compared[number] = Compared(write.task.item, kind, write.news, applied=True)
            self._trail.add(
                action="import", entity=kind, entity_id=new_id,
                after={**write.values, "follow_up": write.hands_mark or None}, reason=_from(write.task.row),
            )  # fmt: skip
            if write.converts and kind == "allocation":
                self._place(write, new_id)
        if kind == "allocation":
            self._replanned(zip(writes, ids, strict=True))

    def _place(self, write: _Write, allocation_id: int) -> None:
        """The request is answered by the dyno that the sheet names now."""
        item = write.task.item
        assert item is not None
        values = {"status": "placed", "allocation_id": allocation_id, "follow_up": False}
        table: Any = RequestRow
        self._session.execute(
            update(table).where(table.id == item.id).values(**values, version=table.version + 1, updated_at=func.now())
        )
        self._trail.add(
            action="place", entity="request", entity_id=item.id, before={**item.values}, after=values,
            reason=_from(write.task.row),
        )  # fmt: skip

    def _replanned(self, stored: Iterable[tuple[_Write, int]]) -> None:
        """A new estimate beside the first one is the history of the dates, as far as the sheet keeps it."""
        history = []
        for write, allocation_id in stored:
            dates, values = write.task.row.dates, write.values
            if dates.re_estimated is None or dates.estimated in (None, values["start_date"]):
                continue
            before = {"start_date": dates.estimated, "end_date": max(dates.estimated, values["planned_end_date"])}
            history.append(self._history(allocation_id, before, values, reason="Re-planned in the workbook."))
        copy_rows(self._session, "allocation_dates", history)

    def _remember(self) -> None:
        """What became of each row, so that the next import finds it again."""
        written = {write.task.row.row: write for write in self._writes if not write.task.marked}
        changed = [number for number, write in written.items() if write.task.item is not None and not write.converts]
        versions = self._versions([self.placed.stored[number] for number in changed])
        rows: list[tuple[Task, dict[str, Any]]] = [
            (write.task, _outcome(*self.placed.stored[number], version=versions.get(self.placed.stored[number], 1)))
            for number, write in written.items()
        ]
        rows += [
            (task, {"allocation_id": None, "request_id": None, "rejection": _reason(task.row), "stored_version": 1})
            for task in self._rejections
        ]
        new: list[dict[str, Any]] = []
        known: list[dict[str, Any]] = []
        for task, outcome in rows:
            told = {"content_hash": task.row.content_hash, "row_number": task.row.row, "flags": list(task.row.flags)}
            (new if task.remembered is None else known).append({"row_key": task.row_key, **told, **outcome})
        copy_rows(self._session, "imported_rows", new)
        rewrite_rows(self._session, "imported_rows", known, key="row_key")
        self._renumber({task.row_key for task, _ in rows})

    def _renumber(self, written: set[str]) -> None:
        """Rows that only moved within the sheet."""
        moved = [
            {"row_key": task.row_key, "row_number": task.row.row}
            for task in self._tasks
            if task.remembered and task.row_key not in written and task.remembered.row_number != task.row.row
        ]
        rewrite_rows(self._session, "imported_rows", moved, key="row_key")

    def _versions(self, stored: Sequence[tuple[Kind, int]]) -> dict[tuple[Kind, int], int]:
        found: dict[tuple[Kind, int], int] = {}
        tables: tuple[tuple[Kind, Any], ...] = (("allocation", AllocationRow), ("request", RequestRow))
        for kind, table in tables:
            ids = [item_id for item_kind, item_id in stored if item_kind == kind]
            query = select(table.id, table.version).where(table.id == any_(literal(ids, ARRAY(BigInteger))))
            found |= {(kind, row.id): row.version for row in self._session.execute(query)}
        return found


def may_give_way(item: StoredItem) -> bool:
    """Whether the file may be written over it: what was placed or called off in the app is settled there."""
    return item.values["status"] not in ("placed", "cancelled", "withdrawn")


def _outcome(kind: Kind, item_id: int, *, version: int) -> dict[str, Any]:
    return {
        "allocation_id": item_id if kind == "allocation" else None,
        "request_id": item_id if kind == "request" else None,
        "rejection": None,
        "stored_version": version,
    }


def _reason(row: PlanRow) -> str:
    assert isinstance(row.outcome, Rejected)
    return row.outcome.reason


def _from(row: PlanRow) -> str:
    return f"row {row.row} of the workbook"
