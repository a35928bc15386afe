"""Bars of one dyno that share days are drawn side by side in lanes, so that none hides another."""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dyno_core.period import Period
from dyno_core.ui.timeline.model import Bar, Row, Wish

_ROW, _FACILITY, _LANE, _PADDING, _MOST_TALL_LANES = 28, 26, 17, 3, 6
_HEADER, _TOOLS = 48, 52
_BAND_LANE, _MOST_BAND_LANES, _MOST_STACKED = 20, 5, 300
_LOWEST, _HIGHEST = 180, 760


@dataclass(frozen=True, slots=True)
class Lane:
    """``index`` counts from 0 at the top; ``of`` is how many lanes the bar's cluster is split into."""

    index: int
    of: int


def height_of(rows: Sequence[Row], bars: Sequence[Bar], wishes: Sequence[Wish] = ()) -> int:
    """Pixels that legend, header and all rows take, up to a screenful; the rest scrolls. Heights as in ``plan.js``.

    Reckoned before anything is drawn, so that the page keeps the place free and nothing below it jumps. Every facility
    counts as open, so that collapsing one moves nothing either.
    """
    most = dict.fromkeys((row.dyno_id for row in rows), 1)
    for bar, lane in zip(bars, assign_lanes(bars), strict=True):
        if bar.dyno_id in most:
            most[bar.dyno_id] = max(most[bar.dyno_id], lane.of)
    tall = sum(max(_ROW, min(lanes, _MOST_TALL_LANES) * _LANE + 2 * _PADDING) for lanes in most.values())
    facilities = len({row.facility for row in rows})
    band = _FACILITY + _BAND_LANE * lanes_of_band(stack_wishes(wishes)) + 2 * _PADDING if wishes else 0
    return _TOOLS + min(max(_HEADER + band + _FACILITY * facilities + tall, _LOWEST), _HIGHEST)


def stack_wishes(wishes: Sequence[Wish]) -> list[int | None]:
    """A lane of the band per wish, counted from 0 at the top; None for one that finds no room.

    In the order given, so that those told first, the urgent ones, are sure to be seen.
    """
    lanes: list[list[Period]] = [[] for _ in range(_MOST_BAND_LANES)]
    found: list[int | None] = []
    for wish in wishes[:_MOST_STACKED]:
        days = Period(wish.start, wish.end)
        lane = next((at for at, held in enumerate(lanes) if not any(days.overlaps(one) for one in held)), None)
        if lane is not None:
            lanes[lane].append(days)
        found.append(lane)
    return found + [None] * (len(wishes) - len(found))


def lanes_of_band(lanes: Sequence[int | None]) -> int:
    return max((lane + 1 for lane in lanes if lane is not None), default=0)


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
