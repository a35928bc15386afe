"""The rule table: which dynos may run what, in order of preference. The dynos' capabilities follow from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from dyno_core.accounts.roles import Permission, authorize
from dyno_core.audit.log import Origin, record
from dyno_core.database.engine import Database
from dyno_core.database.models import CapabilityRuleRow, DynoRow
from dyno_core.errors import InvalidInput, StaleVersion
from dyno_core.fleet.compatibility import envelope_of
from dyno_core.fleet.derivation import preference_order, tokens_by_dyno
from dyno_core.fleet.drafts import RuleDraft, checked_reason
from dyno_core.fleet.errors import DynoNotFound
from dyno_core.fleet.preview import Broken, Told, capabilities_break
from dyno_core.fleet.references import folded, near_misses
from dyno_core.fleet.test_types import load_test_types, pick_test_type
from dyno_core.fleet.types import Rule

_ALONE: Final = text("LOCK TABLE capability_rules IN SHARE ROW EXCLUSIVE MODE")
_STEP: Final = 10
"""Between two dynos' preferences, so that one may be put between them by hand."""


@dataclass(frozen=True, slots=True)
class DynoChange:
    """What a new rule table does to one dyno: the ``test|drive|weight`` tokens it gains and loses."""

    dyno_id: int
    dyno: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RulesPreview:
    dynos: tuple[DynoChange, ...]
    broken: tuple[Broken, ...]


def list_rules(database: Database) -> tuple[Rule, ...]:
    """In the order in which they were written."""
    with database.reading() as session:
        return load_rules(session)


def load_rules(session: Session) -> tuple[Rule, ...]:
    return tuple(
        Rule(row.id, row.test_type, row.drive_type, row.weight_class, tuple(row.dynos), row.version)
        for row in session.scalars(select(CapabilityRuleRow).order_by(CapabilityRuleRow.id))
    )


def table_version(rules: Iterable[Rule]) -> int:
    """The rule table is replaced as a whole, so it has one version; 0 = empty."""
    return max((rule.version for rule in rules), default=0)


def preview_rules(database: Database, drafts: Sequence[RuleDraft], *, today: date) -> RulesPreview:
    """What `set_rules` would change and break. Raises as it does."""
    with database.reading() as session:
        return _preview(session, _checked(session, drafts), today=today)


def _preview(session: Session, checked: Sequence[RuleDraft], *, today: date) -> RulesPreview:
    new = tokens_by_dyno(checked)
    changes, tokens = [], {}
    for row in session.scalars(select(DynoRow).order_by(DynoRow.preference, DynoRow.name)):
        before, after = set(row.capabilities), new.get(row.name, frozenset())
        if before != after:
            tokens[row.id] = after
            changes.append(DynoChange(row.id, row.name, tuple(sorted(after - before)), tuple(sorted(before - after))))
    return RulesPreview(tuple(changes), capabilities_break(session, tokens, today=today))


def set_rules(
    database: Database,
    origin: Origin,
    drafts: Sequence[RuleDraft],
    *,
    version: int,
    reason: str = "",
    told: Told | None = None,
) -> tuple[Rule, ...]:
    """Replace the whole table and derive every dyno's lists, exclusions and preference from it.

    A dyno that no rule names can run nothing any more. ``version``: `table_version` of what the caller showed.
    ``told`` refuses what breaks more than `preview_rules` told. Raises `InvalidInput` for two rules on one
    combination, `BreaksMore`, `TestTypeUnknown`, `DynoNotFound`, `StaleVersion`, `NotAllowed`.
    """

    def change(session: Session) -> tuple[Rule, ...]:
        authorize(session, origin.actor, Permission.EDIT_FLEET)
        session.execute(_ALONE)
        before = load_rules(session)
        if table_version(before) != version:
            raise StaleVersion(what="The rule table", expected=version, found=table_version(before))
        checked = _checked(session, drafts)
        if told is not None:
            # Against bookings that are being made: what is booked by now is told of, what comes later sees the rules.
            session.execute(select(DynoRow.id).order_by(DynoRow.id).with_for_update())
            told.check(_preview(session, checked, today=told.today).broken)
        return store_rules(session, origin, checked, before=before, reason=checked_reason(reason))

    return database.transact(change)


def store_rules(
    session: Session, origin: Origin, drafts: Sequence[RuleDraft], *, before: Sequence[Rule], reason: str = ""
) -> tuple[Rule, ...]:
    """`set_rules` for checked drafts, inside the caller's transaction."""
    session.execute(delete(CapabilityRuleRow))
    session.add_all(
        CapabilityRuleRow(
            test_type=draft.test_type,
            drive_type=draft.drive_type,
            weight_class=draft.weight_class,
            dynos=list(draft.dynos),
            version=table_version(before) + 1,
        )
        for draft in drafts
    )
    session.flush()
    _derive(session, origin, drafts)
    after = load_rules(session)
    record(
        session,
        origin,
        action="replace",
        entity="rules",
        entity_id="all",
        before={"rules": _told(before)},
        after={"rules": _told(after)},
        reason=reason,
    )
    return after


def _derive(session: Session, origin: Origin, drafts: Sequence[RuleDraft]) -> None:
    tokens, order = tokens_by_dyno(drafts), preference_order(drafts)
    rank = {name: (place + 1) * _STEP for place, name in enumerate(order)}
    # In one order, and against bookings, as every change of a dyno.
    for row in session.scalars(select(DynoRow).order_by(DynoRow.id).with_for_update()):
        envelope = envelope_of(tokens.get(row.name, frozenset()))
        values: dict[str, Any] = {
            "supported_test_types": list(envelope.test_types),
            "supported_drives": list(envelope.drives),
            "supported_weight_classes": list(envelope.weight_classes),
            "excluded_combinations": list(envelope.excluded),
            "preference": rank.get(row.name, row.preference),
        }
        before = {name: getattr(row, name) for name in values}
        if before == values:
            continue
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        record(
            session, origin, action="edit", entity="dyno", entity_id=row.id, before=before, after=values,
            reason="follows from the rules",
        )  # fmt: skip
    session.flush()


def _checked(session: Session, drafts: Sequence[RuleDraft]) -> tuple[RuleDraft, ...]:
    """With canonical names of test types and dynos, each combination once."""
    kinds = load_test_types(session)
    names = {folded(name): name for name in session.scalars(select(DynoRow.name))}
    found: dict[tuple[str, str | None, str | None], RuleDraft] = {}
    for draft in (draft.checked() for draft in drafts):
        dynos = tuple(_dyno_name(names, name) for name in draft.dynos)
        rule = replace(draft, test_type=pick_test_type(kinds, draft.test_type).name, dynos=tuple(dict.fromkeys(dynos)))
        key = (rule.test_type, rule.drive_type, rule.weight_class)
        if key in found:
            raise InvalidInput(f"There are two rules for {rule}; make one of them.", test_type=rule.test_type)
        found[key] = rule
    return tuple(found.values())


def _dyno_name(names: dict[str, str], text: str) -> str:
    if (name := names.get(folded(text))) is None:
        raise DynoNotFound(text, near=near_misses(text, names.values()))
    return name


def _told(rules: Iterable[Rule]) -> list[list[Any]]:
    return [[rule.test_type, rule.drive_type, rule.weight_class, list(rule.dynos)] for rule in rules]
