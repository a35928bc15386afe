"""How well the offline model understands the corpus: ``python -m tests.unit.agent.offline.report [--failures]``.

``--failures`` lists what failed in the tuned part. Of the untouched part only the count is told: whoever reads its
failures and mends the rules for them has touched it.
"""

import sys
from collections.abc import Sequence

from tests.unit.agent.offline.measure import Part, all_unasked, parts


def lines(measured: Sequence[Part], unasked: Sequence[str], *, failures: bool) -> list[str]:
    told = []
    for part in measured:
        told.append(f"{part.name:<36} {part.size - len(part.wrong):>4} of {part.size:<4} {part.accuracy:7.1%}")
        if failures and part.name.startswith("tuned"):
            told += [f"    {text!r}\n        {found}" for text, found in part.wrong]
    told.append(f"{'changes proposed that nobody asked for':<36} {len(unasked):>4}")
    return told


def main(arguments: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines(parts(), all_unasked(), failures="--failures" in arguments)) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
