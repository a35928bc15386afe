"""What the numbers in the record of changes are called, read once for all the entries of a list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text

from dyno_core.audit.log import AuditEntry
from dyno_core.database.engine import Database


@dataclass(frozen=True, slots=True)
class Names:
    """Names by number. ``placed`` and ``wished`` are the vehicles of allocations and requests, or the dyno."""

    dynos: Mapping[int, str] = field(default_factory=dict)
    vehicles: Mapping[int, str] = field(default_factory=dict)
    users: Mapping[int, str] = field(default_factory=dict)
    placed: Mapping[int, str] = field(default_factory=dict)
    wished: Mapping[int, str] = field(default_factory=dict)


_VEHICLE: Final = "coalesce(v.tag, v.vin, 'vehicle ' || v.id)"
_DYNOS: Final = "SELECT id, name FROM dynos"
_USERS: Final = "SELECT id, email FROM users"
_VEHICLES: Final = f"SELECT v.id, {_VEHICLE} FROM vehicles v WHERE v.id = ANY (:ids)"
_PLACED: Final = f"""
SELECT a.id, coalesce({_VEHICLE}, d.name) FROM allocations a JOIN dynos d ON d.id = a.dyno_id
LEFT JOIN vehicles v ON v.id = a.vehicle_id WHERE a.id = ANY (:ids)"""
_WISHED: Final = (
    f"SELECT r.id, {_VEHICLE} FROM requests r JOIN vehicles v ON v.id = r.vehicle_id WHERE r.id = ANY (:ids)"
)


def names_in(database: Database, entries: Iterable[AuditEntry]) -> Names:
    """The names behind the numbers in these entries, as they are now."""
    listed = tuple(entries)
    vehicles = _numbers(listed, "vehicle") | {
        value
        for entry in listed
        for side in (entry.before, entry.after)
        for name in ("vehicle_id", "merged_into_id")
        if isinstance(value := (side or {}).get(name), int)
    }
    with database.reading() as session:

        def named(query: str, ids: Iterable[int] = ()) -> dict[int, str]:
            return {row[0]: row[1] for row in session.execute(text(query), {"ids": list(ids)} if ids else {})}

        return Names(
            dynos=named(_DYNOS),
            users=named(_USERS),
            vehicles=named(_VEHICLES, vehicles) if vehicles else {},
            placed=named(_PLACED, placed) if (placed := _numbers(listed, "allocation", "maintenance")) else {},
            wished=named(_WISHED, wished) if (wished := _numbers(listed, "request")) else {},
        )


def _numbers(entries: Iterable[AuditEntry], *kinds: str) -> set[int]:
    return {int(entry.entity_id) for entry in entries if entry.entity in kinds and entry.entity_id.isdecimal()}
