"""Stores what a file says of the lab itself: test types, dynos, rules. Each inside the import's transaction."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dyno_core.audit.log import Origin
from dyno_core.database.models import DynoRow, ServicePeriodRow, TestTypeRow
from dyno_core.fleet.compatibility import envelope_of
from dyno_core.fleet.derivation import preference_order, tokens_by_dyno
from dyno_core.fleet.drafts import RuleDraft
from dyno_core.fleet.rules import store_rules
from dyno_core.fleet.types import Rule
from dyno_core.workbook.known import UsualTest, usual_test
from dyno_core.workbook.plan import PlanFile
from dyno_core.workbook.trail import Trail

_LAST: Final = 1000
"""The preference of a dyno that no rule names: after all others."""
_STEP: Final = 10

Demand = tuple[str, str | None, str | None]


def store_test_types(session: Session, plan: PlanFile, *, trail: Trail) -> tuple[str, ...]:
    """Add the test types that the plan needs and the lab lacks; the names of all there are now."""
    stored = {row.name: row.colour for row in session.scalars(select(TestTypeRow).order_by(TestTypeRow.name))}
    named = (*(rule.test_type for rule in plan.rules if rule.test_type is not None), *plan.test_types)
    new = [name for name in dict.fromkeys(named) if name not in stored]
    taken = set(stored.values())
    for name in new:
        usual = usual_test(name) or UsualTest(name, name[:1].upper() + name[1:], colour=max(taken, default=5) + 1)
        taken.add(usual.colour)
        values: dict[str, Any] = {
            "name": name,
            "label": usual.label,
            "synonyms": list(usual.synonyms),
            "miles_per_day": usual.miles_per_day,
            "fixed_days": usual.fixed_days,
            "colour": usual.colour % 12,
        }
        session.execute(insert(TestTypeRow), values)
        trail.add(action="add", entity="test_type", entity_id=name, after=values)
    return (*stored, *new)


def rules_digest(plan: PlanFile) -> str:
    """Changes when a rule of the file does, not when its row moves."""
    rules = [(rule.test_type, rule.drive_type, rule.weight_class, rule.dynos) for rule in plan.rules]
    return hashlib.sha256(repr((rules, plan.listed)).encode("utf-8", "replace")).hexdigest()


def merged_rules(
    plan: PlanFile, stored: Sequence[Rule], *, test_types: Iterable[str], listed_before: Iterable[str]
) -> tuple[RuleDraft, ...]:
    """The rule table after the import. Pure.

    The file decides about the dynos it lists, and about those that the last one listed (``listed_before``); what the
    stored rules say of other dynos stays, after the file's. A rule for any test is written out for each test type,
    since the table has no such rule.
    """
    dynos: dict[Demand, dict[str, None]] = {}
    for anything in (False, True):  # what is said of one test goes before what is said of all
        for rule in plan.rules:
            if (rule.test_type is None) is anything:
                for test in test_types if rule.test_type is None else (rule.test_type,):
                    own = dynos.setdefault((test, rule.drive_type, rule.weight_class), {})
                    own |= dict.fromkeys(rule.dynos)
    listed = {*plan.listed, *listed_before}
    for old in stored:
        if others := [name for name in old.dynos if name not in listed]:
            own = dynos.setdefault((old.test_type, old.drive_type, old.weight_class), {})
            own |= dict.fromkeys(others)
    return tuple(RuleDraft(*demand, tuple(names)) for demand, names in dynos.items())


def new_dynos(
    session: Session,
    plan: PlanFile,
    *,
    drafts: Sequence[RuleDraft],
    known: dict[str, int],
    in_service_from: date,
    trail: Trail,
) -> dict[str, int]:
    """Add the dynos that the lab lacks, in service until further notice; the ids of the new ones by name."""
    tokens, order = tokens_by_dyno(drafts), preference_order(drafts)
    rank = {name: (place + 1) * _STEP for place, name in enumerate(order)}
    values: list[dict[str, Any]] = []
    for dyno in plan.dynos:
        if dyno.name in known:
            continue
        envelope = envelope_of(tokens.get(dyno.name, frozenset()))
        values.append(
            {
                "name": dyno.name,
                "facility": dyno.facility,
                "supported_test_types": list(envelope.test_types),
                "supported_drives": list(envelope.drives),
                "supported_weight_classes": list(envelope.weight_classes),
                "excluded_combinations": list(envelope.excluded),
                "preference": rank.get(dyno.name, _LAST),
            }
        )
    if not values:
        return {}
    ids = session.scalars(insert(DynoRow).returning(DynoRow.id, sort_by_parameter_order=True), values).all()
    session.execute(
        insert(ServicePeriodRow),
        [{"dyno_id": dyno_id, "start_date": in_service_from, "end_date": None} for dyno_id in ids],
    )
    for dyno_id, value in zip(ids, values, strict=True):
        trail.add(
            action="add", entity="dyno", entity_id=dyno_id, after={**value, "in_service_from": in_service_from}
        )  # fmt: skip
    return {value["name"]: dyno_id for dyno_id, value in zip(ids, values, strict=True)}


def replace_rules(
    session: Session, origin: Origin, drafts: Sequence[RuleDraft], *, stored: Sequence[Rule], dynos_added: bool
) -> bool:
    """Store the merged table and what follows from it for the dynos; False when it says what holds already."""
    old = [(rule.test_type, rule.drive_type, rule.weight_class, rule.dynos) for rule in stored]
    new = [(draft.test_type, draft.drive_type, draft.weight_class, draft.dynos) for draft in drafts]
    if new == old or (not old and not dynos_added and _holds_without_rules(session, drafts)):
        return False
    store_rules(session, origin, drafts, before=stored, reason="from the workbook's rules")
    return True


def _holds_without_rules(session: Session, drafts: Sequence[RuleDraft]) -> bool:
    """Whether dynos that were described by hand, without rules, can do exactly this."""
    tokens = tokens_by_dyno(drafts)
    rows = session.execute(select(DynoRow.name, DynoRow.capabilities))
    return all(set(row.capabilities) == tokens.get(row.name, frozenset()) for row in rows)
