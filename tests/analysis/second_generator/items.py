"""The latent difficulty of items: how they are spread, and the quantile of the sum exactly."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

NODES = (np.arange(1000) + 0.5) / 1000
"""Levels at which the shared difficulty is integrated over."""
CLUSTER = 5
"""Items of a cluster, as questions on one passage."""
TOGETHER = 0.6
"""Share of the variance of a clustered item's difficulty that its cluster has in common."""
APART = 0.9
"""How far the two kinds of items lie from the middle, in units of their deviation."""


def shared(law: str, items: int, rng: np.random.Generator) -> Array:
    """[item]: difficulty that all arms and rungs share; mean 0, variance 1."""
    if law == "clustered":
        clusters = rng.standard_normal(-(-items // CLUSTER))
        own = rng.standard_normal(items)
        common = np.repeat(clusters, CLUSTER)[:items]
        return np.asarray(TOGETHER**0.5 * common + (1 - TOGETHER) ** 0.5 * own)
    return _quantile(law, rng.random(items))


def _quantile(law: str, levels: Array) -> Array:
    if law == "t3":
        return np.asarray(stats.t.ppf(levels, 3) / 3**0.5)
    if law == "bimodal":  # two normals of deviation (1 - APART^2)^.5 about -APART and APART
        hard = levels >= 0.5
        within = np.where(hard, 2 * levels - 1, 2 * levels)
        spread = (1 - APART**2) ** 0.5
        return np.asarray(
            np.where(hard, APART, -APART)
            + spread * stats.norm.ppf(np.clip(within, 1e-12, 1 - 1e-12))
        )
    return np.asarray(stats.norm.ppf(levels))


@cache
def _table(law: str, share: float) -> tuple[Array, Array]:
    """Probabilities and thresholds of difficulty, `share` of the variance, and normal remainder."""
    at = np.linspace(-12, 12, 1201)
    if law in ("normal", "clustered"):
        return np.asarray(stats.norm.cdf(at)), at
    known = share**0.5 * _quantile(law, NODES)
    rest = (1 - share) ** 0.5
    below = [stats.norm.cdf((each - known) / rest).mean() for each in at]
    return np.array(below), at


def threshold(law: str, share: float, means: Array) -> Array:
    """What the latent sum must stay under so that the mean score over all items is as given.

    Args:
        law: of the shared difficulty.
        share: of the variance that is the shared difficulty's.
        means: mean scores, in (0, 1).
    """
    probabilities, at = _table(law, share)
    return np.interp(means, probabilities, at)
