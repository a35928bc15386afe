"""The record of changes in words: one sentence per change, and old → new field by field. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from dyno_core.audit.log import AuditEntry
from dyno_core.audit.names import Names
from dyno_core.period import Period, say_day

KINDS: Final = {
    "allocation": "Allocations",
    "request": "Requests",
    "maintenance": "Maintenance",
    "dyno": "Dynos",
    "vehicle": "Vehicles",
    "test_type": "Test types",
    "rules": "Rules",
    "roi_assumptions": "ROI assumptions",
    "user": "Accounts",
    "saved_view": "Saved views",
    "calendar_feed": "Calendar feeds",
    "demo": "Demo lab",
}
"""What can be changed → its heading."""

CHANNELS: Final = {
    "chat": "chat",
    "calendar": "the pages",
    "import": "workbook import",
    "planner": "season planner",
    "api": "command line",
    "admin": "administration",
}

_DONE: Final = {
    "book": "booked",
    "import": "imported",
    "move": "moved",
    "swap": "swapped",
    "cancel": "cancelled",
    "restore": "restored",
    "confirm": "confirmed the place of",
    "start": "started",
    "complete": "completed",
    "displace": "displaced",
    "maintain": "planned",
    "change maintenance": "changed the last day of",
    "cancel maintenance": "cancelled",
    "edit": "changed",
    "add": "added",
    "replace": "replaced",
    "retire": "retired",
    "bring_back": "brought back",
    "put_in_service": "put in service",
    "take_out_of_service": "took out of service",
    "request": "made",
    "withdraw": "withdrew",
    "place": "placed",
    "reopen": "reopened",
    "undo": "took back a change of",
    "accept_conflict": "accepted a conflict of",
    "reopen_conflict": "reopened a conflict of",
    "change_vehicle": "gave another vehicle to",
    "merge": "merged",
    "unmerge": "took back the merging of",
    "split": "split",
    "create": "created",
    "set_role": "changed the role of",
    "change_password": "set a new password for",
    "disable": "disabled",
    "enable": "enabled",
    "subscribe": "made",
    "revoke": "revoked",
    "save": "saved",
    "rename": "renamed",
    "share": "shared",
    "keep": "no longer shares",
    "delete": "deleted",
    "load": "loaded",
    "reset": "cleared",
}
_FIELDS: Final = {
    "dyno_id": "Dyno",
    "vehicle_id": "Vehicle",
    "merged_into_id": "Part of",
    "allocation_id": "Allocation",
    "start_date": "First day",
    "end_date": "Last day",
    "miles_per_day": "Miles a day",
    "vin": "VIN",
    "weight_lbs": "Weight in lb",
    "minutes_saved": "Minutes saved per allocation",
    "hourly_rate_usd": "Hourly rate in dollars",
    "investment_usd": "Investment in dollars",
    "email": "E-mail address",
}
_REFERENCES: Final = frozenset({"dyno_id", "vehicle_id", "merged_into_id"})
_PLACE: Final = frozenset({"dyno", "dyno_id", "start_date", "end_date"})
_FIRST: Final = {
    name: at for at, name in enumerate(("name", "dyno", "dyno_id", "vehicle_id", "start_date", "end_date"))
}
"""Fields in the order in which people ask for them; the others follow by name."""
_TOLD: Final = 3
"""Fields that a sentence tells; the others are counted."""
_KINDS_TOLD: Final = 2
"""Kinds of change that a short sentence tells; the others are counted."""
_THINGS: Final = {
    "maintenance": "maintenance window",
    "user": "account",
    "saved_view": "view",
    "rules": "the rule table",
    "roi_assumptions": "the ROI assumptions",
    "demo": "the demo lab",
}
_NUMBERED: Final = frozenset({"allocation", "maintenance", "request"})
"""People know these by their number; the others have names."""
_NAMED_ON_RECORD: Final = frozenset({"saved_view", "calendar_feed"})
"""People delete these; what they were called stands in the record itself."""
_ONLY_ONE: Final = frozenset({"rules", "roi_assumptions", "demo"})
_NEW: Final = frozenset(
    {
        *("book", "import", "add", "create", "maintain", "request", "load"),
        *("save", "share", "keep", "delete", "subscribe", "revoke"),
    }
)
"""What is told by its name; its fields are told elsewhere."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a change, in words; a dash where there was, or is, nothing."""

    field: str
    old: str
    new: str


def in_words(entry: AuditEntry, names: Names) -> str:
    """``moved allocation 123 (T-104) from PGN 1 to PGN 2, Mon 7 Dec 2026 to Wed 9 Dec 2026``."""
    said = f"{_verb(entry.action)} {_thing(entry, names)}{_place(entry, names)}"
    if entry.action in _NEW or entry.entity == "rules":
        return said
    rest = [one for name, one in _differences(entry, names) if name not in _PLACE]
    told = "; ".join(f"{one.field.lower()} {one.old} → {one.new}" for one in rest[:_TOLD])
    more = f" and {len(rest) - _TOLD} more" if len(rest) > _TOLD else ""
    return f"{said}: {told}{more}" if told else said


def in_short(entries: Iterable[AuditEntry], names: Names) -> str:
    """``moved 4 vehicles and cancelled T-104``: what one person did, the most frequent first."""
    done: dict[tuple[str, str], dict[str, AuditEntry]] = {}
    for entry in entries:
        done.setdefault((entry.action, entry.entity), {})[entry.entity_id] = entry
    groups = sorted(done.items(), key=lambda group: -len(group[1]))
    said = [_in_short(action, entity, list(each.values()), names) for (action, entity), each in groups[:_KINDS_TOLD]]
    if rest := sum(len(each) for _, each in groups[_KINDS_TOLD:]):
        said.append(f"made {rest} other change{'' if rest == 1 else 's'}")
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1]))) if said else ""


def _in_short(action: str, entity: str, entries: list[AuditEntry], names: Names) -> str:
    verb = _verb(action)
    if len(entries) == 1 or entity in _ONLY_ONE:
        (entry, *_) = entries
        placed = names.placed.get(_number(entry)) if entity == "allocation" else None
        return f"{verb} {placed or _thing(entry, names)}"
    return f"{verb} {len(entries)} {'vehicle' if entity == 'allocation' else _title(entity)}s"


def differences(entry: AuditEntry, names: Names) -> tuple[Difference, ...]:
    """Every field of the change, old → new."""
    return tuple(one for _, one in _differences(entry, names))


def _differences(entry: AuditEntry, names: Names) -> list[tuple[str, Difference]]:
    before, after = entry.before or {}, entry.after or {}
    fields = {*before, *after}
    if "dyno" in fields:
        fields.discard("dyno_id")  # the same dyno, once more
    if "rules" in after:
        # The whole table is on record; only the rules that differ are news.
        old, new = before.get("rules") or [], after["rules"]
        before = {"rules": [rule for rule in old if rule not in new]}
        after = {"rules": [rule for rule in new if rule not in old]}
    return [
        (
            name,
            Difference(
                _FIELDS.get(name, name.replace("_", " ").capitalize()),
                _said(name, before.get(name), names),
                _said(name, after.get(name), names),
            ),
        )
        for name in sorted(fields, key=lambda name: (_FIRST.get(name, len(_FIRST)), name))
    ]


def _thing(entry: AuditEntry, names: Names) -> str:
    title = _title(entry.entity)
    if entry.entity in _ONLY_ONE:
        return title
    known: dict[str, Mapping[int, str]] = {
        "allocation": names.placed,
        "maintenance": names.placed,
        "request": names.wished,
        "dyno": names.dynos,
        "vehicle": names.vehicles,
        "user": names.users,
    }
    name = known.get(entry.entity, {}).get(_number(entry))
    if entry.entity in _NAMED_ON_RECORD:
        name = str((entry.before or entry.after or {}).get("name") or entry.entity_id)
    if entry.entity in _NUMBERED:
        return _with_name(f"{title} {entry.entity_id}", name)
    return name if name and name.startswith(title) else f"{title} {name or entry.entity_id}"


def _verb(action: str) -> str:
    return _DONE.get(action, action.replace("_", " "))


def _title(entity: str) -> str:
    return _THINGS.get(entity, entity.replace("_", " "))


def _number(entry: AuditEntry) -> int:
    return int(entry.entity_id) if entry.entity_id.isdecimal() else -1


def _with_name(thing: str, name: str | None) -> str:
    return f"{thing} ({name})" if name else thing


def _place(entry: AuditEntry, names: Names) -> str:
    """Where and when it was, and is, as far as the change tells."""
    before, after = entry.before or {}, entry.after or {}
    old, new = _dyno(before, names), _dyno(after, names)
    where = f" from {old} to {new}" if old and new else f" on {new}" if new and entry.entity != "maintenance" else ""
    was, now = _days(before), _days(after)
    return f"{where}{f', {now}' if now else ''}{f' (was {was})' if was and now else ''}"


def _dyno(side: Mapping[str, Any], names: Names) -> str | None:
    if "dyno" in side:
        return str(side["dyno"])
    return names.dynos.get(side["dyno_id"], f"dyno {side['dyno_id']}") if side.get("dyno_id") else None


def _days(side: Mapping[str, Any]) -> str | None:
    """The days in words, so far as the change holds them; of one day alone which it is."""
    first, last = (_day(side.get(name)) for name in ("start_date", "end_date"))
    if first and last and first <= last:
        return str(Period(first, last))
    if first or last:
        return f"first day {say_day(first)}" if first else f"last day {say_day(last)}" if last else None
    return None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _said(name: str, value: object, names: Names) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        rules = name == "rules"
        return ("\n" if rules else ", ").join(_rule(one) if rules else str(one) for one in value) or "–"
    if isinstance(value, int) and name in _REFERENCES:
        known = names.dynos if name == "dyno_id" else names.vehicles
        return known.get(value, f"number {value}")
    day = _day(value)
    said = say_day(day) if day else str(value or "–")
    return said.replace("_", " ") if name == "status" else said


def _rule(rule: object) -> str:
    if not isinstance(rule, list) or len(rule) != 4 or not isinstance(rule[3], list):
        return str(rule)
    test, drive, weight, dynos = rule
    return f"{test}, {drive or 'any drive'}, {weight or 'any weight'}: {', '.join(map(str, dynos))}"
