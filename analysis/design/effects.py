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
class Effect:
    """A random effect of rungs, as `uncertainty.rungs` sees it beside sampling."""

    variance: float
    """The true one, logits squared."""
    sampling: float
    """Variance that items and draws add on a rung."""
    degrees: int
    """Rungs less what was fitted."""

    def estimates(self, number: float = 1.0) -> Array:
        """[estimate]: equally likely values of the moment estimate of the variance.

        Args:
            number: of arms that an interval joins. Their estimates are all made against the same
                base, so three of them are worth two, taken here as independent.
        """
        if self.degrees < 1:
            return np.zeros(1)
        seen = stats.chi2.isf((np.arange(GRID) + 0.5) / GRID, self.degrees) / self.degrees
        one = np.maximum(0.0, (self.variance + self.sampling) * seen - self.sampling)
        worth = number / (1 + (number - 1) * ALIKE)
        # Where effects stand out from sampling it is the joined effect itself that is estimated.
        worth = 1 + (worth - 1) * self.sampling / (self.variance + self.sampling)
        share = (1 + np.sqrt(2 / min(worth, 2.0) - 1)) / 2
        joined = share * one[:, None] + (1 - share) * one
        return one if share == 1 else np.asarray(joined.ravel())


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
    found = []
    for share in SHARES:
        deviation = np.sqrt(1 - share + share * drawn)
        found.append(optimize.brentq(_missed, 0.1, 1e3, args=(deviation,)))
    return np.array(found)


def _missed(width: float, deviation: Array) -> float:
    return float(2 * stats.norm.sf(width / deviation).mean()) - (1 - LEVEL)
