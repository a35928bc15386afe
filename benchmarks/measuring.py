"""Variants measured in turn, so that a busy moment of the machine hits all of them alike."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Final

_SHORTEST: Final = 0.01
"""Seconds that one sample lasts at least: what is faster is repeated within it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result. ``ratio``: ``what`` ÷ ``against``, of times, throughputs or bytes as ``unit`` says."""

    group: str
    what: str
    against: str
    ratio: float
    unit: str
    measured: float

    def as_json(self) -> dict[str, object]:
        return {
            "group": self.group,
            "what": self.what,
            "against": self.against,
            "ratio": round(self.ratio, 3),
            "unit": self.unit,
            "measured": self.measured,
        }


def seconds_each(variants: Mapping[str, Callable[[], object]], *, rounds: int) -> dict[str, float]:
    """The median seconds of one call of each variant over ``rounds`` shuffled rounds."""
    shuffle = random.Random(1)
    repeats = {name: _repeats(call) for name, call in variants.items()}
    samples: dict[str, list[float]] = {name: [] for name in variants}
    for _ in range(rounds):
        for name in shuffle.sample(list(variants), len(variants)):
            begun = perf_counter()
            for _ in range(repeats[name]):
                variants[name]()
            samples[name].append((perf_counter() - begun) / repeats[name])
    return {name: median(values) for name, values in samples.items()}


def _repeats(call: Callable[[], object]) -> int:
    call()  # the first one plans, loads pages and fills caches
    begun = perf_counter()
    call()
    return max(1, round(_SHORTEST / max(perf_counter() - begun, 1e-6)))


def time_ratios(group: str, seconds: Mapping[str, float], *, base: str) -> list[Figure]:
    """Each variant's time as a multiple of ``base``."""
    return [
        Figure(group, name, base, value / seconds[base], "time", value)
        for name, value in seconds.items()
        if name != base
    ]
