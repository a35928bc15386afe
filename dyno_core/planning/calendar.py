"""Which days of a dyno or a vehicle are taken, so that the next gap is found without looking at each day. Pure.

Days are ordinals (`date.toordinal`): comparing whole numbers is what makes hundreds of requests a matter of moments.
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date
from typing import Final

from dyno_core.period import FIRST_DAY, LAST_DAY

_BEFORE: Final = FIRST_DAY.toordinal() - 1
NEVER: Final = LAST_DAY.toordinal() + 1
"""The first day that no period of the plan can hold."""


class TakenDays:
    """Disjoint spans of taken days, in order."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in sorted(spans):
            if self._lasts and first <= self._lasts[-1] + 1:
                self._lasts[-1] = max(self._lasts[-1], last)
            else:
                self._firsts.append(first)
                self._lasts.append(last)

    def gap_from(self, day: int, days: int, *, until: int = NEVER) -> int:
        """The first day, not before ``day``, from which ``days`` days are free; `NEVER` when there is none.

        A search that has passed ``until`` gives up there: what it returns then is some day beyond it.
        """
        at = bisect_left(self._lasts, day)
        while at < len(self._firsts) and self._firsts[at] < day + days and day <= until:
            day = self._lasts[at] + 1
            at += 1
        return min(day, NEVER)

    def take(self, first: int, last: int) -> None:
        """Free days only: what was found by `gap_from`."""
        at = bisect_left(self._firsts, first)
        self._firsts.insert(at, first)
        self._lasts.insert(at, last)


def out_of_service(service: Iterable[tuple[date, date | None]]) -> list[tuple[int, int]]:
    """The days outside the service periods, as spans."""
    spans, day = [], _BEFORE
    for first, last in sorted(service, key=lambda one: one[0]):
        if first.toordinal() > day:
            spans.append((day, first.toordinal() - 1))
        if last is None:
            return spans
        day = max(day, last.toordinal() + 1)
    return [*spans, (day, NEVER)]
