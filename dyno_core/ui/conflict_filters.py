"""Which conflicts of the desk are looked at: by words, kind, facility, vehicle and program, with their counts."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from dyno_core.booking import DeskConflict
from dyno_core.booking.desk import KINDS

_TOLD: Final = 6
_NAMES: Final[Mapping[str, Callable[[DeskConflict], Sequence[str]]]] = {
    "Kind": lambda one: (KINDS[one.kind],),
    "Facility": lambda one: one.facilities,
    "Vehicle": lambda one: one.cars,
    "Program": lambda one: one.programs,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """``chosen``: by filter the names that are wanted, none = all. ``words``: all of them have to be found."""

    words: tuple[str, ...]
    chosen: Mapping[str, frozenset[str]]

    @property
    def are_set(self) -> bool:
        return bool(self.words) or any(self.chosen.values())

    def of(self, conflicts: Iterable[DeskConflict], *, but: str | None = None) -> tuple[DeskConflict, ...]:
        """Those that match; ``but`` leaves one filter out."""
        wanted = {name: names for name, names in self.chosen.items() if names and name != but}
        return tuple(
            one
            for one in conflicts
            if all(names & set(_NAMES[name](one)) for name, names in wanted.items())
            and all(word in one.words.lower() for word in self.words)
        )

    def counted(self, conflicts: Sequence[DeskConflict]) -> dict[str, Counter[str]]:
        """By filter, how many each of its names would show beside the other filters."""
        return {
            name: Counter(each for one in self.of(conflicts, but=name) for each in dict.fromkeys(names(one)))
            for name, names in _NAMES.items()
        }


def choose_filters(found: Sequence[DeskConflict]) -> Filters:
    """The fields, bound to the address so that a filtered list can be shared."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search", key="conflict_search", placeholder="Vehicle, dyno, test …", bind="query-params", width=170
        )
        chosen = {}
        for label, names in _NAMES.items():
            options = (
                list(KINDS.values()) if label == "Kind" else sorted({name for one in found for name in names(one)})
            )
            chosen[label] = frozenset(
                st.multiselect(
                    label, options, placeholder="All", key=f"conflict_{label.lower()}", bind="query-params", width=152
                )
            )
    return Filters(tuple((text or "").lower().split()), chosen)


def said_counts(filters: Filters, conflicts: Sequence[DeskConflict]) -> str:
    """``Double booking: 12, Wrong duration: 3. PGN: 12, TRC: 3.``: what the kinds and facilities hold."""
    counted = filters.counted(conflicts)
    said = []
    for name in ("Kind", "Facility"):
        common = counted[name].most_common()
        listed = ", ".join(f"{each}: {count}" for each, count in common[:_TOLD])
        more = f" and {len(common) - _TOLD} more" if len(common) > _TOLD else ""
        if listed:
            said.append(f"{listed}{more}.")
    return " ".join(said)
