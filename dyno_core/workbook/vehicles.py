"""Which stored vehicle a vehicle of the file is, and what the file adds to it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import ARRAY, Integer, Text, any_, func, literal, or_, select, text, update
from sqlalchemy.orm import Session

from dyno_core.database.copying import copy_rows, new_ids
from dyno_core.database.models import VehicleRow
from dyno_core.fleet.compatibility import weight_class_of
from dyno_core.fleet.references import is_placeholder_tag
from dyno_core.workbook.cells import text_of
from dyno_core.workbook.changes import VehicleFactsCompared
from dyno_core.workbook.plan import PlanVehicle
from dyno_core.workbook.trail import Trail

FACTS: Final = (
    "vin", "tag", "build_id", "program", "model_year", "cert_team", "contact", "build_type", "powertrain", "weight_lbs",
    "weight_class", "drive_type", "test_drive",
)  # fmt: skip

_COLUMNS: Final = (VehicleRow.id, VehicleRow.merged_into_id, *(getattr(VehicleRow, name) for name in FACTS))

_LAST_CHANNEL: Final = text("""
    SELECT DISTINCT ON (entity_id) entity_id, channel FROM audit_log
    WHERE entity = 'vehicle' AND entity_id = ANY(:ids) ORDER BY entity_id, id DESC""")


@dataclass(slots=True)
class _Shelf:
    """The stored vehicles that the file may mean."""

    rows: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    by_vin: dict[str, int] = field(default_factory=dict)
    by_tag: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    claimed: dict[int, str] = field(default_factory=dict)

    def may_be(self, vehicle_id: int, vin: str | None) -> bool:
        """Whether the stored vehicle can have this VIN. Another VIN is another vehicle, whatever the tag says."""
        own = self.rows[vehicle_id]["vin"] or self.claimed.get(vehicle_id)
        return vin is None or own is None or own == vin

    def settled(self, vehicle_id: int) -> int:
        """Of a vehicle that was merged into another, the other."""
        return self.rows[vehicle_id]["merged_into_id"] or vehicle_id


@dataclass(frozen=True, slots=True)
class StoredVehicles:
    """``ids``: the file's key of a vehicle → its id. ``created`` and ``updated`` count what was written.

    ``compared``: what the file says otherwise of known vehicles, by their key.
    """

    ids: Mapping[str, int]
    created: int
    updated: int
    compared: Mapping[str, VehicleFactsCompared]


def store_vehicles(
    session: Session,
    vehicles: Sequence[PlanVehicle],
    *,
    linked: Mapping[str, int],
    marked: Mapping[str, int],
    touched: frozenset[str],
    trail: Trail,
) -> StoredVehicles:
    """Find each vehicle or add it, and store the facts of those in ``touched``, which rows with news are about.

    A VIN decides; else what the rows were stored for (``linked``: key → vehicle id), which is the only way to find a
    future vehicle again; else the tag; else what an exported row was written from (``marked``). Facts that were
    changed in the app since the last import are kept, and only what is not known yet is filled in.
    """
    shelf = _shelf(session, vehicles, {*linked.values(), *marked.values()})
    ids: dict[str, int] = {}
    new: list[PlanVehicle] = []
    for vehicle in sorted(vehicles, key=lambda vehicle: vehicle.facts.vin is None):
        found = _find(vehicle, shelf, linked=linked.get(vehicle.key), marked=marked.get(vehicle.key))
        if found is None:
            new.append(vehicle)
        else:
            ids[vehicle.key] = found
            if vehicle.facts.vin is not None:
                shelf.claimed[found] = vehicle.facts.vin
    order = {vehicle.key: at for at, vehicle in enumerate(vehicles)}
    new.sort(key=lambda vehicle: order[vehicle.key])
    ids |= _insert(session, new, trail=trail)
    known_news = touched - {vehicle.key for vehicle in new}
    known = [vehicle for vehicle in vehicles if vehicle.key in known_news]
    compared = _compare(session, known, ids=ids, shelf=shelf)
    updated = _update(session, compared, ids=ids, shelf=shelf, trail=trail)
    return StoredVehicles(ids, len(new), updated, compared)


def _shelf(session: Session, vehicles: Iterable[PlanVehicle], linked: Iterable[int]) -> _Shelf:
    vins = [vehicle.facts.vin for vehicle in vehicles if vehicle.facts.vin]
    tags = [tag.lower() for vehicle in vehicles for tag in vehicle.tags if not is_placeholder_tag(tag)]
    wanted = or_(
        VehicleRow.vin == any_(literal(vins, ARRAY(Text))),
        func.lower(VehicleRow.tag) == any_(literal(tags, ARRAY(Text))),
        VehicleRow.id == any_(literal(list(linked), ARRAY(Integer))),
    )
    shelf = _Shelf()
    rows = [row._asdict() for row in session.execute(select(*_COLUMNS).where(wanted).order_by(VehicleRow.id))]
    into = [row["merged_into_id"] for row in rows if row["merged_into_id"]]
    if into:
        more = session.execute(select(*_COLUMNS).where(VehicleRow.id.in_(into)))
        rows += [row._asdict() for row in more]
    for row in rows:
        if row["id"] in shelf.rows:
            continue
        shelf.rows[row["id"]] = row
        if row["vin"]:
            shelf.by_vin[row["vin"]] = row["id"]
        if row["tag"]:
            shelf.by_tag[row["tag"].lower()].append(row["id"])
    return shelf


def _find(vehicle: PlanVehicle, shelf: _Shelf, *, linked: int | None, marked: int | None) -> int | None:
    vin = vehicle.facts.vin
    if vin is not None and vin in shelf.by_vin:
        return shelf.settled(shelf.by_vin[vin])
    named = [] if vehicle.future else [tag.lower() for tag in vehicle.tags if not is_placeholder_tag(tag)]
    tagged = [vehicle_id for tag in named for vehicle_id in shelf.by_tag.get(tag, ())]
    if vin is None and len({shelf.settled(vehicle_id) for vehicle_id in tagged}) > 1:
        tagged = [vehicle_id for vehicle_id in tagged if shelf.rows[vehicle_id]["vin"] is None]
    for candidate in (linked, *tagged, marked):
        if candidate is None:
            continue
        settled = shelf.settled(candidate)
        if shelf.may_be(settled, vin):
            return settled
    return None


def _facts(vehicle: PlanVehicle) -> dict[str, Any]:
    """The facts, free of contradiction: a weight from a later row gives way to the class that the first row names."""
    facts = {name: getattr(vehicle.facts, name) for name in FACTS}
    pounds = facts["weight_lbs"]
    if pounds is not None and weight_class_of(pounds) != facts["weight_class"]:
        facts["weight_lbs"] = None
    return facts


def _insert(session: Session, vehicles: Sequence[PlanVehicle], *, trail: Trail) -> dict[str, int]:
    values = [_facts(vehicle) for vehicle in vehicles]
    ids = new_ids(session, "vehicles", len(values))
    copy_rows(session, "vehicles", [{"id": one, **value} for one, value in zip(ids, values, strict=True)])
    for vehicle_id, value in zip(ids, values, strict=True):
        trail.add(action="add", entity="vehicle", entity_id=vehicle_id, after=value)
    return {vehicle.key: vehicle_id for vehicle, vehicle_id in zip(vehicles, ids, strict=True)}


def _compare(
    session: Session, vehicles: Sequence[PlanVehicle], *, ids: Mapping[str, int], shelf: _Shelf
) -> dict[str, VehicleFactsCompared]:
    told = {"ids": [str(ids[vehicle.key]) for vehicle in vehicles]}
    channels = {int(row.entity_id): row.channel for row in session.execute(_LAST_CHANNEL, told)} if vehicles else {}
    changes: dict[int, dict[str, Any]] = {}
    compared: dict[str, VehicleFactsCompared] = {}
    for vehicle in vehicles:
        vehicle_id = ids[vehicle.key]
        before = {**shelf.rows[vehicle_id], **changes.get(vehicle_id, {})}
        own = channels.get(vehicle_id) == "import"
        after = _facts_to_store(vehicle, before, own=own)
        kept = {} if own else _said_otherwise(vehicle, {**before, **after})
        if after:
            changes[vehicle_id] = {**changes.get(vehicle_id, {}), **after}
        if after or kept:
            compared[vehicle.key] = VehicleFactsCompared(before, after, kept)
    return compared


def _said_otherwise(vehicle: PlanVehicle, stored: Mapping[str, Any]) -> dict[str, Any]:
    """What the file says of the vehicle and the app knows otherwise."""
    said = {name: value for name, value in _facts(vehicle).items() if value is not None}
    if (stored["tag"] or "").casefold() in {tag.casefold() for tag in vehicle.tags}:
        said.pop("tag", None)
    return {name: value for name, value in said.items() if text_of(value) != text_of(stored[name])}


def _update(
    session: Session,
    compared: Mapping[str, VehicleFactsCompared],
    *,
    ids: Mapping[str, int],
    shelf: _Shelf,
    trail: Trail,
) -> int:
    changes: dict[int, dict[str, Any]] = {}
    for key, facts in compared.items():
        if facts.taken:
            changes[ids[key]] = {**changes.get(ids[key], {}), **facts.taken}
    for vehicle_id, values in changes.items():
        session.execute(
            update(VehicleRow).where(VehicleRow.id == vehicle_id).values(**values, version=VehicleRow.version + 1)
        )
        trail.add(
            action="edit", entity="vehicle", entity_id=vehicle_id, before=shelf.rows[vehicle_id], after=values
        )  # fmt: skip
    return len(changes)


def _facts_to_store(vehicle: PlanVehicle, before: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
    """``own``: nobody but an import has written the vehicle's facts so far."""
    said = {name: value for name, value in _facts(vehicle).items() if value is not None}
    tags = {tag.casefold() for tag in vehicle.tags}
    if (before["tag"] or "").casefold() in tags:
        said.pop("tag", None)  # one vehicle under several tags keeps the one it has
    if own:
        after = {name: value for name, value in said.items() if text_of(value) != text_of(before[name])}
    else:
        after = {name: value for name, value in said.items() if before[name] is None}
    pounds = after.get("weight_lbs", before["weight_lbs"])
    if pounds is not None and after.get("weight_class", before["weight_class"]) != weight_class_of(pounds):
        if "weight_lbs" in after:
            after["weight_class"] = weight_class_of(pounds)
        elif own:
            after["weight_lbs"] = None  # the file knows the class only, and it contradicts the weight
        else:
            after.pop("weight_class", None)
    return after
