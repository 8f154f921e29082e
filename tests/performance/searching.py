"""How often a tree search finds the best leaf of a maze, over best-of-n at equal tokens.

The advantage is that of judging unfinished work: with an error of the judge it shrinks, and with a
judge that knows nothing of unfinished work there is none.
"""

from __future__ import annotations

from tests.performance.figure import figure
from tests.searching_toys import compared

MAZES = 200
JUDGES = (
    ("exact", 0.0, False, ">= 1.5"),
    ("error_0.05", 0.05, False, ">= 1.5"),
    ("error_0.10", 0.1, False, ">= 0.5"),
    ("blind", 0.1, True, "<= 1.5"),
)


def main() -> int:
    """Print how many times as often, by judge."""
    met = []
    for name, noise, blind, bar in JUDGES:
        result = compared(MAZES, noise, blind)
        times = result.search / max(1, result.sampling)
        met.append(figure(f"tree_search_over_best_of_n:{name}", times, "x", bar))
        print(f"  of {MAZES} mazes {result.search} against {result.sampling}, p {result.p:.1g}")
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
