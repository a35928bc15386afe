"""Bars of one dyno that share days are drawn side by side in lanes, so that none hides another."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dyno_core.ui.timeline.model import Bar


@dataclass(frozen=True, slots=True)
class Lane:
    """``index`` counts from 0 at the top; ``of`` is how many lanes the bar's cluster is split into."""

    index: int
    of: int


def assign_lanes(bars: Sequence[Bar]) -> list[Lane]:
    """A lane per bar, in the order of ``bars``: two bars of one dyno never share a lane and a day.

    A cluster is a run of bars linked by shared days. Each cluster gets as many lanes as it has bars on
    its fullest day, which is the fewest possible; bars outside any overlap keep the full height.
    """
    lanes: list[Lane] = [Lane(0, 1)] * len(bars)
    by_dyno: defaultdict[int, list[int]] = defaultdict(list)
    for at, bar in enumerate(bars):
        by_dyno[bar.dyno_id].append(at)
    for members in by_dyno.values():
        members.sort(key=lambda at: (bars[at].start, bars[at].end, bars[at].allocation_id))
        for cluster in _clusters(bars, members):
            indices = _pack(bars, cluster)
            of = max(indices) + 1
            for at, index in zip(cluster, indices, strict=True):
                lanes[at] = Lane(index, of)
    return lanes


def _clusters(bars: Sequence[Bar], by_start: Iterable[int]) -> Iterable[list[int]]:
    cluster: list[int] = []
    last_day = date.min
    for at in by_start:
        if cluster and bars[at].start > last_day:
            yield cluster
            cluster = []
        cluster.append(at)
        last_day = max(last_day, bars[at].end)
    if cluster:
        yield cluster


def _pack(bars: Sequence[Bar], by_start: Iterable[int]) -> list[int]:
    """First fit by start: the lowest lane whose last bar has ended."""
    free: list[int] = []
    busy: list[tuple[int, int]] = []  # (last day as an ordinal, lane)
    indices: list[int] = []
    for at in by_start:
        while busy and busy[0][0] < bars[at].start.toordinal():
            heapq.heappush(free, heapq.heappop(busy)[1])
        index = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (bars[at].end.toordinal(), index))
        indices.append(index)
    return indices
