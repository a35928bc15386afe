"""What the rule table means for each dyno: its exact capabilities and its place in the order. Pure."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from dyno_core.fleet.compatibility import DRIVES, WEIGHT_CLASSES, capability_token


class RuleLike(Protocol):
    """A stored rule or a draft of one. ``drive_type`` or ``weight_class`` None = any."""

    @property
    def test_type(self) -> str: ...
    @property
    def drive_type(self) -> str | None: ...
    @property
    def weight_class(self) -> str | None: ...
    @property
    def dynos(self) -> tuple[str, ...]: ...


def tokens_by_dyno(rules: Iterable[RuleLike]) -> Mapping[str, frozenset[str]]:
    """The ``test|drive|weight`` tokens of each dyno that a rule names: the union over its rules."""
    tokens: dict[str, set[str]] = {}
    for rule in rules:
        for name in rule.dynos:
            tokens.setdefault(name, set()).update(
                capability_token(rule.test_type, drive, weight)
                for drive in ([rule.drive_type] if rule.drive_type else DRIVES)
                for weight in ([rule.weight_class] if rule.weight_class else WEIGHT_CLASSES)
            )
    return {name: frozenset(found) for name, found in tokens.items()}


def preference_order(rules: Iterable[RuleLike]) -> tuple[str, ...]:
    """One order of all dynos that keeps the order of every rule, as far as the rules agree.

    Where they contradict each other, what is named first goes first.
    """
    waiting: list[str] = []
    before: dict[str, set[str]] = {}
    for rule in rules:
        for position, name in enumerate(rule.dynos):
            if name not in before:
                waiting.append(name)
                before[name] = set()
            if position:
                before[name].add(rule.dynos[position - 1])
    order: list[str] = []
    while waiting:
        left = set(waiting)
        chosen = next((name for name in waiting if not before[name] & (left - {name})), waiting[0])
        waiting.remove(chosen)
        order.append(chosen)
    return tuple(order)
