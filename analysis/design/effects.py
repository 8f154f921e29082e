"""What an experiment will make of its rungs' effects: uncertain variances, Student's tails."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.contracts.estimate import LEVEL

Array = NDArray[np.float64]

NORMAL = float(stats.norm.isf((1 - LEVEL) / 2))
GRID = 7
"""Quantiles of an estimate that a median half-width is taken over."""
ALIKE = 0.25
"""Correlation of two arms' estimates: both are seen against the same base."""
LEVELS = (np.arange(400) + 0.5) / 400
SHARES = np.linspace(0, 1, 41)


@dataclass(frozen=True)
class RungEffect:
    """A random effect of rungs, as `uncertainty.rungs` sees it beside sampling."""

    variance: float
    """True variance of the effect, logits squared."""
    sampling: float
    """Variance that items and draws add on a rung."""
    degrees: int
    """Rungs less what was fitted."""

    def estimates(self, arms: int = 1) -> Array:
        """[estimate]: equally likely values of the estimate of the variance.

        Args:
            arms: that are estimated together: what sampling does not explain is one share for all
                of them. They are seen against the same base, so three are worth two.
        """
        if self.degrees < 1:
            return np.zeros(1)
        own = stats.chi2.isf((np.arange(GRID) + 0.5) / GRID, self.degrees) / self.degrees
        worth = min(arms / (1 + (arms - 1) * ALIKE), 2.0)
        weight = (1 + np.sqrt(2 / worth - 1)) / 2
        whole = self.variance + self.sampling
        together = weight * own[:, None] + (1 - weight) * own
        share = np.maximum(0.0, 1 - self.sampling / (whole * together))
        return np.asarray((share * whole * own[:, None]).ravel())


def excess(part: float, whole: float, degrees: int) -> float:
    """What the uncertain part of a variance adds to an interval's squared half-width.

    Beyond `NORMAL`^2 times the whole. The part is multiplied by degrees / chi-square in every
    replicate: Student's t by itself, something lighter with sampling beside it.
    """
    if degrees < 1 or not part > 0:
        return 0.0
    critical = float(np.interp(part / whole, SHARES, _criticals(degrees)))
    return (critical**2 - NORMAL**2) * whole


@lru_cache
def _criticals(degrees: int) -> Array:
    """[share]: two-sided quantiles, in standard deviations, of a normal variable of variance
    (1 - share) + share * degrees / chi-square."""
    drawn = degrees / stats.chi2.isf(LEVELS, degrees)
    results = []
    for share in SHARES:
        deviation = np.sqrt(1 - share + share * drawn)
        results.append(optimize.brentq(_missed, 0.1, 1e3, args=(deviation,)))
    return np.array(results)


def _missed(width: float, deviation: Array) -> float:
    return float(2 * stats.norm.sf(width / deviation).mean()) - (1 - LEVEL)
