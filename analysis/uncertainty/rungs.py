"""Rungs as a random effect: a model may be better than its compute, a stack may suit a model.

Five rungs cannot be resampled. Their scatter is taken as a random effect instead: e(rung), shared
by all arms, about the base curve, and u(arm, rung), the arm's own, about a constant shift. Both are
estimated by moments on the scale of the linear predictor, from what is left after the fit less what
sampling items alone explains. With few rungs such an estimate is itself uncertain: each replicate
takes a value of its own from the estimate over a chi-square, which gives the tails of Student's t
(simulated coverage of the 95% intervals is in the tests). The arms' scatter is perturbed by whole
rungs, one random number a rung common to all arms, and the share of it that sampling does not
explain is one number for all of them: so what two arms share on a rung cancels in their difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scatter:
    """What is left after the fit, as weighted sums of squares over rungs."""

    observed: float
    """Sum of squares of the residuals."""
    sampling: float
    """What resampling items alone gives, on average."""
    degrees: int
    """Rungs less what was fitted."""
    leverage: float
    """Sum of squares per unit of the effect's variance."""

    @property
    def unexplained(self) -> float:
        """Share of the observed that sampling does not explain."""
        return unexplained((self,))

    @property
    def deviation(self) -> float:
        """Moment estimate of the effect's standard deviation."""
        return float(np.sqrt(self.unexplained * self.observed / self.leverage))

    def deviations(self, levels: Array, share: float) -> Array:
        """[level]: what a replicate takes for the effect's deviation.

        Args:
            levels: uniform in (0, 1).
            share: of the observed that is the effect's: `unexplained`, of this or of several.
        """
        if self.degrees < 1:
            return np.zeros_like(levels)
        variance = share * self.observed / self.leverage
        return np.asarray(np.sqrt(variance * self.degrees / chi2.isf(levels, self.degrees)))


@dataclass(frozen=True)
class Departures:
    """How the rungs of an experiment depart in each replicate, on the scale of the predictor."""

    shared: Array
    """[replicate, rung]: of all arms on a rung, from the base's curve; 0 where no ladder tells."""
    signs: Array
    """[replicate, rung]: standard normal, common to all arms."""
    deviations: Array
    """[replicate, arm]: deviation of an arm's own; 0 for the base."""
    pattern: Array
    """[arm, rung]: how far a unit of it goes on each rung, either way."""

    def of(self, arm: int) -> Array:
        """[replicate, rung]: by how much an arm's predictor departs."""
        own = self.deviations[:, [arm]] * self.signs * self.pattern[arm]
        return np.asarray(self.shared + own)


def unexplained(several: Sequence[Scatter]) -> float:
    """Share of what is observed in all that sampling does not explain, at least 0."""
    observed = sum(one.observed for one in several)
    sampling = sum(one.sampling for one in several)
    return max(0.0, 1 - sampling / observed) if observed > 0 else 0.0


def scatter(residuals: Array, replicated: Array, weights: Array, design: Array) -> Scatter:
    """Split what is left on the rungs into sampling and a rung's own.

    Args:
        residuals: [rung], linked scores less the fit.
        replicated: [replicate, rung], the same under resampled items.
        weights: [rung], information of each rung about the predictor.
        design: [rung, parameter], what the fit removed: a constant, or a constant and a slope.
    """
    used = weights > 0
    root = np.sqrt(weights[used] / weights[used].mean())
    basis, _ = np.linalg.qr(design[used] * root[:, None])
    keep = np.eye(used.sum()) - basis @ basis.T
    left = keep * root
    noise = (replicated - replicated.mean(axis=0))[:, used] @ left.T
    return Scatter(
        observed=float(((left @ residuals[used]) ** 2).sum()),
        sampling=float((noise**2).sum(axis=1).mean()),
        degrees=int(used.sum() - design.shape[1]),
        leverage=float((left**2).sum()),
    )
