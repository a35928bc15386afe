"""What earlier imports stored and what has become of it; the marks by which an exported row is known again."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ARRAY, BigInteger, any_, literal, select, text
from sqlalchemy.orm import Session

from dyno_core.booking.imported import NOT_IN_THE_FILE
from dyno_core.database.models import AllocationRow, ImportedRow, RequestRow
from dyno_core.workbook.identity import StoredRow
from dyno_core.workbook.plan import PlanRow

Kind = Literal["allocation", "request"]

_LETTERS: Final = {"A": "allocation", "R": "request"}

ALLOCATION_FIELDS: Final = (
    "vehicle_id", "dyno_id", "test_type", "leg", "start_date", "end_date", "status", "disputed", "planned_start_date",
    "planned_end_date", "actual_start_date", "actual_end_date", "miles", "miles_per_day", "added_days", "notes",
)  # fmt: skip
REQUEST_FIELDS: Final = (
    "vehicle_id", "test_type", "leg", "start_date", "end_date", "duration_days", "miles", "facility", "reason", "notes",
    "status",
)  # fmt: skip

# Every version has its audit row, so the newest ones tell what the versions since the export were about.
_SAME_TO_A_FILE: Final = text("""
    SELECT w.kind, w.id FROM jsonb_to_recordset(CAST(:changed AS jsonb)) w(kind text, id bigint, versions int)
    WHERE w.versions = (
      SELECT count(*) FILTER (WHERE l.after <> '{}' AND l.after - CAST(:not_said AS text[]) = '{}')
      FROM (SELECT after FROM audit_log WHERE entity = w.kind AND entity_id = CAST(w.id AS text)
            ORDER BY id DESC LIMIT w.versions) l)""")


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An allocation or a request as it is now; ``values`` hold its mark for a follow-up, too, which no file says."""

    kind: Kind
    id: int
    version: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Remembered:
    """A row of an earlier import. ``item`` None: it was rejected then."""

    row_key: str
    row_number: int
    content_hash: str
    stored_version: int
    item: StoredItem | None

    def as_stored_row(self) -> StoredRow:
        group, occurrence = self.row_key.rsplit("|", 1)
        return StoredRow(group, int(occurrence), self.content_hash)


def load_remembered(session: Session) -> dict[str, Remembered]:
    """Every row of earlier imports by its key."""
    rows = session.execute(
        select(
            ImportedRow.row_key, ImportedRow.row_number, ImportedRow.content_hash, ImportedRow.stored_version,
            ImportedRow.allocation_id, ImportedRow.request_id,
        )
    ).all()  # fmt: skip
    allocations = _load(session, "allocation", [row.allocation_id for row in rows if row.allocation_id])
    requests = _load(session, "request", [row.request_id for row in rows if row.request_id])
    return {
        row.row_key: Remembered(
            row.row_key,
            row.row_number,
            row.content_hash,
            row.stored_version,
            allocations[row.allocation_id] if row.allocation_id else requests.get(row.request_id),
        )
        for row in rows
    }


def load_marked(session: Session, rows: Iterable[PlanRow]) -> dict[int, tuple[StoredItem, int]]:
    """Row number → what the row was exported from, and its version then, or by now if no file tells them apart.

    Marks of another database mean nothing.
    """
    marks = {row.row: parsed for row in rows if row.record and (parsed := _parsed(row.record))}
    found: dict[tuple[Kind, int], StoredItem] = {}
    for kind in ("allocation", "request"):
        items = _load(session, kind, [mark.id for mark in marks.values() if mark.kind == kind])
        found |= {(kind, item_id): item for item_id, item in items.items()}
    known: dict[int, tuple[StoredItem, int]] = {}
    seen: set[tuple[Kind, int]] = set()
    for number, mark in marks.items():
        item = found.get((mark.kind, mark.id))
        # A row copied in Excel carries the mark of its original: only the first is that record, the others are new.
        if item is None or (item.kind, item.id) in seen:
            continue
        if _seal(item.kind, item.id, item.values["created_at"]) == mark.seal:
            seen.add((item.kind, item.id))
            known[number] = (item, mark.version)
    same = _same_to_a_file(session, known.values())
    return {
        number: (item, item.version if (item.kind, item.id) in same else version)
        for number, (item, version) in known.items()
    }


def _same_to_a_file(session: Session, known: Iterable[tuple[StoredItem, int]]) -> set[tuple[str, int]]:
    """Of these, exported at a version, what was changed since in nothing that a file says."""
    changed = [
        {"kind": item.kind, "id": item.id, "versions": item.version - version}
        for item, version in known
        if item.version > version
    ]
    if not changed:
        return set()
    asked = {"changed": json.dumps(changed), "not_said": sorted(NOT_IN_THE_FILE)}
    return {(row.kind, row.id) for row in session.execute(_SAME_TO_A_FILE, asked)}


@dataclass(frozen=True, slots=True)
class _Mark:
    kind: Kind
    id: int
    version: int
    seal: str


def mark_of(kind: Kind, item_id: int, *, version: int, created_at: datetime) -> str:
    """``A17.3.9f2c4e01``: what, number, version, and a seal that another database does not know."""
    return f"{kind[0].upper()}{item_id}.{version}.{_seal(kind, item_id, created_at)}"


def _seal(kind: Kind, item_id: int, created_at: datetime) -> str:
    return hashlib.sha256(f"{kind}|{item_id}|{created_at.timestamp():.6f}".encode()).hexdigest()[:8]


def _parsed(text: str) -> _Mark | None:
    letter, (number, *rest) = text[:1], text[1:].split(".")
    kind = _LETTERS.get(letter)
    if kind not in ("allocation", "request") or len(rest) != 2 or not (number + rest[0]).isascii():
        return None
    if not (number.isdigit() and rest[0].isdigit()) or len(number) > 15 or len(rest[0]) > 9:
        return None
    return _Mark("allocation" if kind == "allocation" else "request", int(number), int(rest[0]), rest[1])


def _load(session: Session, kind: Kind, ids: Sequence[int]) -> dict[int, StoredItem]:
    table: Any = AllocationRow if kind == "allocation" else RequestRow
    fields = ALLOCATION_FIELDS if kind == "allocation" else REQUEST_FIELDS
    columns = [getattr(table, name) for name in ("id", "version", "created_at", "follow_up", *fields)]
    items: dict[int, StoredItem] = {}
    query = select(*columns).where(table.id == any_(literal(ids, ARRAY(BigInteger))))
    if kind == "allocation":
        query = query.where(AllocationRow.kind == "test")
    for row in session.execute(query) if ids else ():
        items[row.id] = StoredItem(kind, row.id, row.version, row._asdict())
    return items
