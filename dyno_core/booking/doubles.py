"""Vehicles that seem to be on record twice, or two vehicles that seem to be on record as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from dyno_core.database.engine import Database
from dyno_core.database.models import VehicleRow
from dyno_core.fleet import Belonging, Vehicle, with_answers
from dyno_core.fleet.belongings import belongings_in
from dyno_core.fleet.vehicles import as_vehicle

# A tag that stands for future vehicles is no identity: dozens of them may have the same.
_NAMED: Final = "{0}.tag !~* '^\\s*(tbd|place ?holder|n/?a$|none$|-+$)' AND {0}.tag NOT ILIKE '%[JOB%'"

# “Of each pair the lower number first” makes one conflict of what is found from both ends.
_PAIRS: Final = text(f"""
    WITH known AS (SELECT * FROM vehicles WHERE merged_into_id IS NULL),
    pairs AS (
      SELECT least(a.id, b.id) AS a_id, greatest(a.id, b.id) AS b_id, 'build id' AS why, b.tag AS value
      FROM known a JOIN known b ON lower(b.tag) = lower(a.build_id) AND a.id <> b.id
      WHERE {_NAMED.format("b")} AND lower(a.tag) IS DISTINCT FROM lower(b.tag)
      UNION ALL
      SELECT least(a.id, b.id), greatest(a.id, b.id), 'VIN', a.vin
      FROM known a JOIN known b ON upper(b.tag) = a.vin AND a.id <> b.id
      UNION ALL
      SELECT a.id, b.id, 'tag', a.tag
      FROM known a JOIN known b ON lower(b.tag) = lower(a.tag) AND a.id < b.id
      WHERE {_NAMED.format("a")})
    SELECT DISTINCT ON (a_id, b_id) a_id, b_id, why, value FROM pairs ORDER BY a_id, b_id, why LIMIT 1000""")

# An import makes one vehicle of a VIN that stands beside two tags; the rows still know both.
_TWO_TAGS: Final = text("""
    SELECT coalesce(v.merged_into_id, v.id) AS id, array_agg(DISTINCT upper(split_part(i.row_key, '|', 1))) AS tags,
           array_agg(DISTINCT i.row_number) AS rows
    FROM imported_rows i LEFT JOIN allocations a ON a.id = i.allocation_id LEFT JOIN requests r ON r.id = i.request_id
    JOIN vehicles v ON v.id = coalesce(a.vehicle_id, r.vehicle_id)
    WHERE 'vin_on_two_tags' = ANY(i.flags)
    GROUP BY 1 HAVING count(DISTINCT split_part(i.row_key, '|', 1)) > 1 ORDER BY 1""")

_ROWS_OF: Final = text("""
    SELECT upper(split_part(i.row_key, '|', 1)) AS tag, i.allocation_id, i.request_id
    FROM imported_rows i LEFT JOIN allocations a ON a.id = i.allocation_id LEFT JOIN requests r ON r.id = i.request_id
    WHERE coalesce(a.vehicle_id, r.vehicle_id) = :vehicle""")

_ALLOCATIONS: Final = text("""
    SELECT vehicle_id, array_agg(id ORDER BY start_date, id) AS ids FROM allocations
    WHERE vehicle_id = ANY(:vehicles) AND status NOT IN ('cancelled', 'completed') GROUP BY 1""")


@dataclass(frozen=True, slots=True)
class Double:
    """``vehicles``: the two that may be one, or the one that may be two. ``allocation_ids``: their coming tests.

    ``names``: of two, by vehicle, the field in which it is called as the other one. ``tags``: of one, all it has.
    """

    subject: str
    sentence: str
    vehicles: tuple[Vehicle, ...]
    allocation_ids: tuple[int, ...]
    names: Mapping[int, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()


def belongings_by_tag(database: Database, vehicle_id: int) -> dict[str, tuple[Belonging, ...]]:
    """By the tag in the workbook, the tests and requests of the vehicle whose rows have it, with their answers."""
    with database.reading() as session:
        every = belongings_in(session, vehicle_id)
        found: dict[str, set[str]] = {}
        for row in session.execute(_ROWS_OF, {"vehicle": vehicle_id}):
            one = f"allocation {row.allocation_id}" if row.allocation_id else f"request {row.request_id}"
            found.setdefault(row.tag, set()).add(one)
    return {tag: with_answers(every, [one for one in every if one.key in keys]) for tag, keys in found.items()}


def doubles_in(session: Session) -> tuple[Double, ...]:
    """Build id of one = tag of the other, VIN of one = tag of the other, one tag twice, and one VIN under two tags."""
    pairs = session.execute(_PAIRS).all()
    tagged = session.execute(_TWO_TAGS).all()
    ids = {number for row in pairs for number in (row.a_id, row.b_id)} | {row.id for row in tagged}
    if not ids:
        return ()
    rows = session.scalars(select(VehicleRow).where(VehicleRow.id.in_(ids)))
    vehicles = {row.id: as_vehicle(row) for row in rows}
    booked = {row.vehicle_id: row.ids for row in session.execute(_ALLOCATIONS, {"vehicles": sorted(ids)})}
    found = [_pair(row, vehicles, booked) for row in pairs]
    return (*found, *(_two_tags(row, vehicles[row.id], booked) for row in tagged))


def _pair(row: Row[Any], vehicles: dict[int, Vehicle], booked: dict[int, Sequence[int]]) -> Double:
    one, other = vehicles[row.a_id], vehicles[row.b_id]
    if row.why == "tag":
        names = {one.id: "tag", other.id: "tag"}
        said = f"Vehicles {one.id} and {other.id} both have the tag {row.value}"
    else:
        owner, tagged = (one, other) if (other.tag or "").lower() == row.value.lower() else (other, one)
        names = {owner.id: "vin" if row.why == "VIN" else "build_id", tagged.id: "tag"}
        said = f"{row.value} is the {row.why} of {_said(owner)} and the tag of vehicle {tagged.id}"
    sentence = f"{said}: they may be one vehicle on record twice; make them one, or say that they are two."
    numbers = (*booked.get(one.id, ()), *booked.get(other.id, ()))
    return Double(f"identity:{one.id}+{other.id}:{row.why}:{row.value}", sentence, (one, other), numbers, names)


def _two_tags(row: Row[Any], vehicle: Vehicle, booked: dict[int, Sequence[int]]) -> Double:
    numbers = " and ".join(map(str, row.rows[:4]))
    sentence = (
        f"The VIN {vehicle.vin or 'of ' + vehicle.label} stands on the tags {' and '.join(row.tags)} (rows {numbers} "
        "of the workbook), and was taken as one vehicle; say that it is one, or make it two."
    )
    subject = f"identity:{vehicle.id}:tags:{'+'.join(row.tags)}"
    numbers_of = tuple(booked.get(vehicle.id, ()))
    return Double(subject, sentence, (vehicle,), numbers_of, tags=tuple(row.tags))


def _said(vehicle: Vehicle) -> str:
    number = f"vehicle {vehicle.id}"
    return number if vehicle.label == number else f"{vehicle.label} ({number})"
