"""Flags that only show when a row is seen beside the others. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dyno_core.fleet.references import is_placeholder_tag
from dyno_core.workbook.plan import FLAGS, PlannedRequest, PlanRow, PlanRule
from dyno_core.workbook.rules import AllowedDynos

_NOTHING_FITS: Final = re.compile(r"invalid (?:drive|test|weight)|no dyno candidates", re.IGNORECASE)
"""Messages that say no dyno would ever fit. Whether one is free (``No dyno available``) rules can't tell."""


def vehicle_flags(rows: Sequence[PlanRow]) -> dict[str, set[int]]:
    """Flag → rows for identities that contradict each other."""
    found: dict[str, set[int]] = defaultdict(set)
    own_tags = [(row, row.vehicle.tag.casefold()) for row in rows if row.vehicle.tag]
    tagged = [(row, tag) for row, tag in own_tags if not is_placeholder_tag(tag)]
    pairs = [(row, row.vehicle.vin, tag) for row, tag in tagged if row.vehicle.vin]
    found["vin_on_two_tags"] = _several((row.row, vin, tag) for row, vin, tag in pairs)
    found["tag_on_two_vins"] = _several((row.row, tag, vin) for row, vin, tag in pairs)
    rows_of_tag: dict[str, set[int]] = defaultdict(set)
    for row, tag in tagged:
        rows_of_tag[tag].add(row.row)
    for row in rows:
        build_id = (row.vehicle.build_id or "").casefold()
        if others := rows_of_tag.get(build_id, set()) - rows_of_tag.get((row.vehicle.tag or "").casefold(), set()):
            found["tag_is_build_id"] |= {row.row, *others}
    facts = [(row.row, row.vehicle_key, (row.vehicle.weight_class, row.vehicle.drive_type)) for row in rows]
    found["vehicle_facts_differ"] = _several(fact for fact in facts if None not in fact[2])
    return found


def _several(facts: Iterable[tuple[int, str, object]]) -> set[int]:
    """Rows whose key stands beside more than one value."""
    values: dict[str, set[object]] = defaultdict(set)
    members: dict[str, set[int]] = defaultdict(set)
    for row, key, value in facts:
        values[key].add(value)
        members[key].add(row)
    return {row for key, seen in values.items() if len(seen) > 1 for row in members[key]}


def outdated_messages(rows: Iterable[PlanRow], rules: Sequence[PlanRule]) -> tuple[int, ...]:
    """Requests whose message says that nothing fits, while the rules allow a dyno."""
    allowed = AllowedDynos(rules)
    return tuple(
        row.row
        for row in rows
        if isinstance(row.outcome, PlannedRequest) and _NOTHING_FITS.match(row.outcome.why or "") and allowed.of(row)
    )


def merge_flags(*parts: Mapping[str, Iterable[int]]) -> dict[int, set[str]]:
    """Row → flags."""
    flags: dict[int, set[str]] = defaultdict(set)
    for part in parts:
        for flag, rows in part.items():
            for row in rows:
                flags[row].add(flag)
    return dict(flags)


def rows_by_flag(rows: Iterable[PlanRow]) -> dict[str, tuple[int, ...]]:
    """Flag → rows in sheet order, for the flags that occur, in the order of `FLAGS`."""
    found: dict[str, list[int]] = {flag: [] for flag in FLAGS}
    for row in rows:
        for flag in row.flags:
            found[flag].append(row.row)
    return {flag: tuple(numbers) for flag, numbers in found.items() if numbers}
