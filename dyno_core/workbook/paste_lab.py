"""What pasted rows are held against: the lab's names, its dynos, the vehicles they may mean, and what is planned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, text
from sqlalchemy.orm import Session

from dyno_core.database.models import ServicePeriodRow, VehicleRow
from dyno_core.fleet import Dyno, TestType
from dyno_core.fleet.dynos import load_dynos
from dyno_core.fleet.references import is_placeholder_tag
from dyno_core.fleet.test_types import load_test_types
from dyno_core.period import Period
from dyno_core.workbook.cells import text_of, vin_of
from dyno_core.workbook.dynos import DynoNames
from dyno_core.workbook.known import load_known
from dyno_core.workbook.paste_undo import TAKEN_BACK
from dyno_core.workbook.rules import NamesOfTests
from dyno_core.workbook.vehicles import FACTS

_PLANNED: Final = text("""
    SELECT 'allocation' AS kind, a.id, a.vehicle_id, lower(v.tag) AS tag, a.dyno_id, a.test_type, a.start_date,
           a.end_date
    FROM allocations a JOIN vehicles v ON v.id = a.vehicle_id
    WHERE a.status <> 'cancelled' AND (a.vehicle_id = ANY(:vehicles) OR lower(v.tag) = ANY(:tags))
    UNION ALL
    SELECT 'request', r.id, r.vehicle_id, lower(v.tag), NULL, r.test_type, r.start_date, r.end_date
    FROM requests r JOIN vehicles v ON v.id = r.vehicle_id
    WHERE r.status <> 'withdrawn' AND (r.vehicle_id = ANY(:vehicles) OR lower(v.tag) = ANY(:tags))
    ORDER BY kind, id""")
_PASTED: Final = text("""
    SELECT 'allocation' AS kind, id, request_key, status <> 'cancelled' AS lives FROM allocations
    WHERE request_key LIKE 'paste:%' AND split_part(request_key, ':', 2) = ANY(:hashes)
    UNION ALL
    SELECT 'request', id, request_key, status <> 'withdrawn' FROM requests
    WHERE request_key LIKE 'paste:%' AND split_part(request_key, ':', 2) = ANY(:hashes)
    ORDER BY kind, id""")

_WHY_RETIRED: Final = text("""
    SELECT DISTINCT ON (entity_id) entity_id, reason FROM audit_log
    WHERE entity = 'vehicle' AND entity_id = ANY(:vehicles) AND action IN ('retire', 'bring_back')
    ORDER BY entity_id, id DESC""")


@dataclass(frozen=True, slots=True)
class Planned:
    """An allocation that is not cancelled, or a request that is not withdrawn."""

    kind: str
    id: int
    vehicle_id: int
    tag: str | None
    dyno_id: int | None
    test_type: str
    start_date: date
    end_date: date

    @property
    def told(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class Pasted:
    """What an earlier paste stored under a key, ``paste:<hash>:<number>``. ``lives``: it was not called off since."""

    kind: str
    id: int
    key: str
    lives: bool

    @property
    def told(self) -> str:
        return f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class Lab:
    """Dynos by name, the days each serves, test types by name, and how all of them are spelled."""

    tests: NamesOfTests
    names: DynoNames
    dynos: Mapping[str, Dyno]
    service: Mapping[int, tuple[tuple[date, date | None], ...]]
    test_types: Mapping[str, TestType]

    @property
    def facilities(self) -> dict[str, str]:
        """In any case → as it is called."""
        return {dyno.facility.casefold(): dyno.facility for dyno in self.dynos.values()}

    def serves(self, dyno_id: int, period: Period) -> bool:
        """Whether one service period holds all of these days."""
        return any(
            first <= period.start and (last is None or period.end <= last)
            for first, last in self.service.get(dyno_id, ())
        )


def load_lab(session: Session, *, today: date) -> Lab:
    known = load_known(session)
    service: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for row in session.execute(
        select(ServicePeriodRow.dyno_id, ServicePeriodRow.start_date, ServicePeriodRow.end_date)
    ):
        service[row.dyno_id].append((row.start_date, row.end_date))
    return Lab(
        tests=NamesOfTests(known.test_types, usual=known.usual_tests),
        names=DynoNames(known.dynos),
        dynos={dyno.name: dyno for dyno in load_dynos(session, today=today)},
        service={dyno_id: tuple(periods) for dyno_id, periods in service.items()},
        test_types={test.name: test for test in load_test_types(session)},
    )


@dataclass(slots=True)
class Shelf:
    """The stored vehicles that pasted rows may mean, by id; merged ones lead to what they were merged into.

    ``taken_back``: retired only because the paste that brought them was undone, so another paste begins them anew.
    """

    rows: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    by_vin: dict[str, int] = field(default_factory=dict)
    by_tag: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    taken_back: frozenset[int] = frozenset()

    def find(self, *, vin: str | None, tags: Iterable[str]) -> tuple[int, ...]:
        """The vehicles of this VIN, else of one of these tags that have no other VIN. None: it is a new one."""
        if vin is not None and vin in self.by_vin:
            return (self.by_vin[vin],)
        named = {one for tag in tags if not is_placeholder_tag(tag) for one in self.by_tag.get(tag.casefold(), ())}
        return tuple(sorted(one for one in named if vin is None or self.rows[one]["vin"] in (None, vin)))


def load_shelf(session: Session, records: Sequence[tuple[int, Mapping[str, str]]], *, held: bool = False) -> Shelf:
    """``held``: nobody edits or merges these vehicles before the transaction ends."""
    vins = {vin for _, record in records if (vin := vin_of(text_of(record.get("vin"))))}
    tags = {text_of(record.get("tag")).lower() for _, record in records} - {""}
    wanted = or_(VehicleRow.vin.in_(vins), func.lower(VehicleRow.tag).in_(tags))
    columns = [
        VehicleRow.id,
        VehicleRow.merged_into_id,
        VehicleRow.retired,
        *(getattr(VehicleRow, name) for name in FACTS),
    ]

    def rows(condition: ColumnElement[bool]) -> list[dict[str, Any]]:
        query = select(*columns).where(condition).order_by(VehicleRow.id)
        return [row._asdict() for row in session.execute(query.with_for_update(key_share=True) if held else query)]

    found = rows(wanted)
    into = {row["merged_into_id"] for row in found} - {None}
    shelf = Shelf({row["id"]: row for row in [*found, *(rows(VehicleRow.id.in_(into)) if into else ())]})
    for row in shelf.rows.values():
        settled = row["merged_into_id"] or row["id"]
        if row["vin"]:
            shelf.by_vin[row["vin"]] = settled
        if row["tag"]:
            shelf.by_tag[row["tag"].casefold()].add(settled)
    if retired := [str(number) for number, row in shelf.rows.items() if row["retired"]]:
        rows_back = session.execute(_WHY_RETIRED, {"vehicles": retired})
        shelf.taken_back = frozenset(int(row.entity_id) for row in rows_back if row.reason == TAKEN_BACK)
    return shelf


def load_planned(session: Session, *, vehicle_ids: Iterable[int], tags: Iterable[str]) -> tuple[Planned, ...]:
    """What is planned for these vehicles, and for all that bear one of these tags in small letters."""
    rows = session.execute(_PLANNED, {"vehicles": list(vehicle_ids), "tags": list(tags)})
    return tuple(Planned(*row) for row in rows)


def load_pasted(session: Session, bases: Iterable[str]) -> tuple[Pasted, ...]:
    """What earlier pastes stored under keys that begin so (`key_base`)."""
    hashes = [base.split(":")[1] for base in bases]
    return tuple(Pasted(*row) for row in session.execute(_PASTED, {"hashes": hashes}))
