"""The days on which something is taken: asked and extended in logarithmic time."""

from bisect import bisect_left, bisect_right
from datetime import date

from dyno_core.period import Period


class TakenDays:
    """Periods apart from each other, in order."""

    def __init__(self) -> None:
        self._periods: list[Period] = []

    @property
    def last_day(self) -> date:
        return self._periods[-1].end if self._periods else date.min

    def is_free(self, period: Period) -> bool:
        at = bisect_right(self._periods, period.start, key=lambda taken: taken.start)
        before = at == 0 or self._periods[at - 1].end < period.start
        return before and (at == len(self._periods) or self._periods[at].start > period.end)

    def take(self, period: Period) -> None:
        low = bisect_left(self._periods, period.start, key=lambda taken: taken.end)
        high = bisect_right(self._periods, period.end, key=lambda taken: taken.start)
        hit = self._periods[low:high]
        start = min([period.start, *(taken.start for taken in hit)])
        end = max([period.end, *(taken.end for taken in hit)])
        self._periods[low:high] = [Period(start, end)]
