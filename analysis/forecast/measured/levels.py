"""What benchmarks share beyond themselves: kinds of task, and families of models.

Benchmarks of one kind, and all that a family was measured on, may lie off the mean together. The
scatter between benchmarks alone does not show that the mean is then less certain. Both spreads are
estimated by moments; what they add to the variance of the mean is 0 where nothing shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Cell = tuple[tuple[str, ...], float]
"""The families of an experiment, and its point."""

_LEAST = 1e-12


@dataclass(frozen=True)
class Level:
    """One level above benchmarks."""

    spread: float
    """Standard deviation of its true values; NaN where it has one member, or nothing tells."""
    extra: float
    """What it adds to the variance of the mean."""
    note: str


def types_level(kinds: Sequence[str], points: Array, noise: Array, importance: Array) -> Level:
    """How far kinds of task lie apart beyond their benchmarks' own scatter.

    Args:
        kinds: by benchmark.
        points: by benchmark.
        noise: variance of each.
        importance: how much each counts.
    """
    groups = [np.flatnonzero(np.array(kinds) == kind) for kind in dict.fromkeys(kinds)]
    number, sizes = len(points), np.array([len(group) for group in groups])
    if len(groups) < 2:
        return Level(np.nan, 0.0, f"one kind of task ({kinds[0] or 'not said'})")
    if number == len(groups):
        return Level(np.nan, 0.0, f"{len(groups)} kinds of task, a benchmark each")
    means = np.array([points[group].mean() for group in groups])
    inside = sum(float(((points[g] - m) ** 2).sum()) for g, m in zip(groups, means, strict=True))
    within = inside / (number - len(groups))
    between = float((sizes * (means - points.mean()) ** 2).sum()) / (len(groups) - 1)
    usual = (number - (sizes**2).sum() / number) / (len(groups) - 1)
    variance = max((between - within) / usual, 0.0)
    weights = importance / (noise + within + _LEAST)
    shares = weights / weights.sum()
    together = sum(float(shares[group].sum()) ** 2 for group in groups)
    return Level(
        float(np.sqrt(variance)),
        variance * (together - float((shares**2).sum())),
        f"{len(groups)} kinds of task, {np.sqrt(variance):.2f} apart",
    )


def families_level(grid: Sequence[Sequence[Cell]]) -> Level:
    """How far families of models lie apart, on the benchmarks on which several were measured.

    Args:
        grid: by benchmark, what was measured on it.
    """
    names = list(
        dict.fromkeys(family for cells in grid for families, _ in cells for family in families)
    )
    if len(names) < 2:
        return Level(np.nan, 0.0, f"one family ({names[0]})" if names else "families not said")
    off: dict[str, list[float]] = {}
    for cells in grid:
        middle = float(np.mean([point for _, point in cells]))
        if len({families for families, _ in cells}) > 1:
            for families, point in cells:
                off.setdefault("+".join(families), []).append(point - middle)
    shared = [values for values in off.values() if len(values) > 1]
    if len(shared) < 2:
        return Level(np.nan, 0.0, f"{len(names)} families, on no two benchmarks in common")
    own = float(np.mean([np.var(values, ddof=1) / len(values) for values in shared]))
    variance = max(float(np.var([np.mean(values) for values in shared], ddof=1)) - own, 0.0)
    return Level(
        float(np.sqrt(variance)),
        variance / len(shared),
        f"{len(shared)} families, {np.sqrt(variance):.2f} apart",
    )
