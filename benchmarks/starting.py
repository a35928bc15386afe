"""Starting the embedded server: the first time, again, and joining one that runs."""

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.measuring import Figure
from dyno_core.database.embedded import start_embedded


def measure_starts(*, rounds: int) -> list[Figure]:
    samples: dict[str, list[float]] = {"cold": [], "warm": [], "attach": [], "stop": []}
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="dyno-bench-") as folder:
            home = Path(folder) / "home"
            begun = perf_counter()
            start_embedded(home).stop()
            samples["cold"].append(perf_counter() - begun)
            begun = perf_counter()
            server = start_embedded(home)
            samples["warm"].append(perf_counter() - begun)
            begun = perf_counter()
            joined = start_embedded(home)
            samples["attach"].append(perf_counter() - begun)
            joined.stop()
            begun = perf_counter()
            server.stop()
            samples["stop"].append(perf_counter() - begun)
    seconds = {name: median(values) for name, values in samples.items()}
    seconds["cold"] -= seconds["stop"]  # it was stopped within its measurement
    return [
        Figure("embedded server", name, "warm", value / seconds["warm"], "time", value)
        for name, value in seconds.items()
        if name != "warm"
    ]
