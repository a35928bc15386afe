"""Which rows are of one vehicle, and how a row is found again in the next version of the file."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from dyno_core.fleet.references import is_placeholder_tag
from dyno_core.workbook.plan import PlannedRequest, PlanRow, PlanVehicle, Rejected, VehicleFacts

_LONGEST_GROUP: Final = 160


def with_keys(rows: Sequence[PlanRow]) -> tuple[PlanRow, ...]:
    """Give each row its group, occurrence and vehicle.

    The group is tag (VIN where there is none), test and leg: the tag comes first because the VIN is often filled
    in later, which must change the row and not make a new one. A VIN decides which vehicle it is; a tag that
    stands on one VIN only means that vehicle on rows without VIN too.
    """
    vins_of_tag: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if (tag := _own_tag(row.vehicle)) and row.vehicle.vin:
            vins_of_tag[tag].add(row.vehicle.vin)
    seen: dict[str, int] = defaultdict(int)
    keyed = []
    for row in rows:
        group = _group_of(row)
        seen[group] += 1
        named = replace(row, group=group, occurrence=seen[group])
        keyed.append(replace(named, vehicle_key=_vehicle_key(named, vins_of_tag)))
    return tuple(keyed)


def _own_tag(facts: VehicleFacts) -> str | None:
    """The tag in one case, None when it stands for a future vehicle."""
    return None if facts.tag is None or is_placeholder_tag(facts.tag) else facts.tag.casefold()


def _vehicle_key(row: PlanRow, vins_of_tag: dict[str, set[str]]) -> str:
    if row.vehicle.vin:
        return f"vin:{row.vehicle.vin}"
    tag = _own_tag(row.vehicle)
    if tag is None:
        return f"unit:{row.row_key}"
    vins = vins_of_tag.get(tag, set())
    return f"vin:{next(iter(vins))}" if len(vins) == 1 else f"tag:{tag}"


def _group_of(row: PlanRow) -> str:
    name = (row.vehicle.tag or row.vehicle.vin or "unnamed").casefold()
    group = f"{name}|{row.test_type.casefold()}|{row.leg or ''}"
    if len(group) <= _LONGEST_GROUP:
        return group
    return f"long|{hashlib.sha256(group.encode()).hexdigest()}"


def with_hash(row: PlanRow) -> PlanRow:
    """Stamp the row with a hash of all that an import would store, and of nothing else: not of its number."""
    outcome = row.outcome
    kind = type(outcome).__name__
    detail = (
        (outcome.why, outcome.facility)
        if isinstance(outcome, PlannedRequest)
        else (outcome.reason, *outcome.also)
        if isinstance(outcome, Rejected)
        else (outcome.dyno, row.disputed)
    )
    stored = (
        kind, detail, row.test_type, row.status, row.leg, row.gas_type, row.cycle, row.notes,
        row.dates, row.vehicle, row.work,
    )  # fmt: skip
    return replace(row, content_hash=hashlib.sha256(repr(stored).encode("utf-8", "replace")).hexdigest())


def vehicles_of(rows: Iterable[PlanRow]) -> tuple[PlanVehicle, ...]:
    """One vehicle per key of the importable rows, in order of their first row."""
    by_key: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        if not isinstance(row.outcome, Rejected):
            by_key[row.vehicle_key].append(row)
    return tuple(_merged(key, own) for key, own in by_key.items())


def _merged(key: str, rows: Sequence[PlanRow]) -> PlanVehicle:
    first: dict[str, Any] = {
        name.name: next((value for row in rows if (value := getattr(row.vehicle, name.name)) is not None), None)
        for name in fields(VehicleFacts)
    }
    tags = tuple(dict.fromkeys(row.vehicle.tag for row in rows if row.vehicle.tag))
    return PlanVehicle(key, VehicleFacts(**first), tags, tuple(row.row for row in rows), key.startswith("unit:"))


@dataclass(frozen=True, slots=True)
class StoredRow:
    """What is remembered of an imported row: its key then, and its hash."""

    group: str
    occurrence: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A row found again. ``changed`` when the import has something to store."""

    stored: StoredRow
    row: PlanRow

    @property
    def changed(self) -> bool:
        return self.stored.content_hash != self.row.content_hash


@dataclass(frozen=True, slots=True)
class Pairing:
    """``new`` rows carry an occurrence that no stored row of their group has; ``gone`` are no longer in the file."""

    pairs: tuple[Pair, ...]
    new: tuple[PlanRow, ...]
    gone: tuple[StoredRow, ...]


def pair_rows(stored: Iterable[StoredRow], rows: Iterable[PlanRow]) -> Pairing:
    """Find the rows of an earlier import in this file.

    Within a group, rows with unchanged content pair first, the others in order: dozens of rows may be alike
    (``TBD-2027 …``), and one inserted above them must not look like a change of them all.
    """
    waiting: dict[str, list[StoredRow]] = defaultdict(list)
    for old in sorted(stored, key=lambda old: (old.group, old.occurrence)):
        waiting[old.group].append(old)
    highest = {group: olds[-1].occurrence for group, olds in waiting.items()}
    groups: dict[str, list[PlanRow]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row)
    pairs: list[Pair] = []
    new: list[PlanRow] = []
    for group, members in groups.items():
        same, rest = _pair_same(waiting[group], members)
        pairs += same
        used = {pair.stored for pair in same}
        olds = [old for old in waiting[group] if old not in used]
        pairs += [Pair(old, row) for old, row in zip(olds, rest, strict=False)]
        for at, row in enumerate(rest[len(olds) :], start=1):
            new.append(replace(row, occurrence=highest.get(group, 0) + at))
        waiting[group] = olds[len(rest) :]
    gone = tuple(old for olds in waiting.values() for old in olds)
    return Pairing(tuple(sorted(pairs, key=lambda pair: pair.row.row)), tuple(new), gone)


def _pair_same(olds: Sequence[StoredRow], rows: Sequence[PlanRow]) -> tuple[list[Pair], list[PlanRow]]:
    by_hash: dict[str, list[StoredRow]] = defaultdict(list)
    for old in reversed(olds):
        by_hash[old.content_hash].append(old)
    pairs: list[Pair] = []
    rest: list[PlanRow] = []
    for row in rows:
        if by_hash.get(row.content_hash):
            pairs.append(Pair(by_hash[row.content_hash].pop(), row))
        else:
            rest.append(row)
    return pairs, rest
