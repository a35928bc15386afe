"""Runs everything and prints one table."""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import Final

from benchmarks.answering import measure_answering
from benchmarks.booking import measure_booking
from benchmarks.importing import measure_import
from benchmarks.matching import measure_matching
from benchmarks.measuring import Figure
from benchmarks.server import a_server
from benchmarks.starting import measure_starts
from benchmarks.timeline import measure_timeline

PARTS: Final = ("matching", "booking", "import", "answering", "timeline", "start")
_SIZES: Final = [(1_000, 100_000), (1_000, 1_000_000), (10_000, 100_000), (10_000, 1_000_000)]

_UNITS: Final = {
    "time": lambda measured: f"{measured * 1000:10.2f} ms",
    "throughput": lambda measured: f"{measured:9.0f} /s",
    "bytes": lambda measured: f"{measured / 1000:9.0f} kB",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes and few rounds: under a minute")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be given again")
    options = parser.parse_args()
    begun = monotonic()
    figures = _measure(options.only or list(PARTS), quick=options.quick)
    _print_table(figures)
    print(f"\nMeasured in {monotonic() - begun:.0f} s. Ratios of one run; medians of rounds taken in turn.")
    if options.json:
        options.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    return 0


def _measure(parts: Iterable[str], *, quick: bool) -> list[Figure]:
    figures: list[Figure] = []
    with a_server() as url:
        for part in parts:
            print(f"measuring {part} …", file=sys.stderr, flush=True)
            if part == "matching":
                sizes = [(1_000, 20_000)] if quick else _SIZES
                figures += measure_matching(url, sizes=sizes, rounds=5 if quick else 15)
            elif part == "booking":
                figures += measure_booking(
                    url, clients=[1, 10, 50], seconds=1 if quick else 4, rounds=1 if quick else 3
                )
            elif part == "import":
                figures += measure_import(url, rows=300 if quick else 5_000, rounds=1 if quick else 3)
            elif part == "answering":
                figures += measure_answering(url, rounds=10 if quick else 50, long=24 if quick else 120)
            elif part == "timeline":
                plans = [(30, 500), (300, 5_000)] if quick else [(30, 500), (300, 5_000), (1_000, 100_000)]
                figures += measure_timeline(url, sizes=plans, rounds=1 if quick else 5)
            else:
                figures += measure_starts(rounds=1 if quick else 5)
    return figures


def _print_table(figures: list[Figure]) -> None:
    group = ""
    for figure in figures:
        if figure.group != group:
            group = figure.group
            print(f"\n{group}")
        amount = _UNITS[figure.unit](figure.measured)
        print(f"  {figure.what:45} {figure.ratio:8.2f} × {figure.against:22} {amount}")


if __name__ == "__main__":
    raise SystemExit(main())
