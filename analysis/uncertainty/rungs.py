"""Rungs as a random effect: a model may be better than its compute, a stack may suit a model.

Five rungs cannot be resampled. Their scatter is taken as a random effect instead: e(rung), shared
by all arms, about the base curve, and u(arm, rung), the arm's own, about a constant shift. Both are
read on the scale of the linear predictor from what is left after the fit, less what sampling items
alone explains. With few rungs that says little, and each replicate takes a value of its own: over a
chi-square, which gives the tails of Student's t (simulated coverage of the 95% intervals is in the
tests). Of e the moment estimate is taken so. Of u, which alone stands between two arms, each
replicate takes the variance that would have left as much had its own chi-square been drawn, less
sampling's part and not below 0 (a fiducial draw; Weerahandi 1993): where no effect is seen it still
allows for one that chance has hidden. The arms' scatter is perturbed by whole rungs, one random
number a rung common to all arms, and the part of it that is sampling is one number for all of them:
so what two arms share on a rung cancels in their difference.
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
        """Share of the observed that sampling does not explain, at least 0."""
        return max(0.0, 1 - self.noise)

    @property
    def deviation(self) -> float:
        """Moment estimate of the effect's standard deviation."""
        return float(np.sqrt(self.unexplained * self.observed / self.leverage))

    @property
    def noise(self) -> float:
        """What sampling alone gives, over what is observed: above 1 where less is observed."""
        return noise((self,))

    def deviations(self, levels: Array) -> Array:
        """[level]: the moment estimate as a replicate takes it, for levels uniform in (0, 1)."""
        if self.degrees < 1:
            return np.zeros_like(levels)
        return np.asarray(self.deviation * np.sqrt(self.degrees / chi2.isf(levels, self.degrees)))

    def allowing(self, levels: Array, noise: float | None = None) -> Array:
        """[level]: the same by a fiducial draw, which allows for an effect that is not seen.

        Args:
            levels: uniform in (0, 1).
            noise: sampling's part of the observed: that of several, or this one's own, as where
                the number of items is not known.
        """
        if self.degrees < 1 or not self.observed > 0:
            return np.zeros_like(levels)
        part = self._part(noise)
        times = np.maximum(self.degrees / chi2.isf(levels, self.degrees) - part, 0.0)
        return np.asarray(np.sqrt(times * self.observed / self.leverage))

    def likely(self, noise: float) -> float:
        """The moment estimate, by sampling's part of the observed of several."""
        if self.degrees < 1 or not self.observed > 0:
            return 0.0
        return float(np.sqrt(max(1 - self._part(noise), 0.0) * self.observed / self.leverage))

    def _part(self, noise: float | None) -> float:
        return self.noise if noise is None or not self.sampling > 0 else noise


@dataclass(frozen=True, kw_only=True)
class Departures:
    """How the rungs of an experiment depart in each replicate, on the scale of the predictor."""

    shared: Array
    """[replicate, rung]: of all arms on a rung, from the base's curve; 0 where no ladder tells."""
    signs: Array
    """[replicate, rung]: standard normal, common to all arms."""
    deviations: Array
    """[replicate, arm]: deviation of an arm's own; 0 for the base."""
    likely: float
    """Moment estimate of that deviation, by which estimates scatter: one for all arms, as a few
    rungs of one say little."""
    pattern: Array
    """[arm, rung]: how far a unit of it goes on each rung, either way."""
    moved: Array
    """[replicate, arm]: how far a unit of it moves an arm's shift, a mean over rungs."""

    def of(self, arm: int) -> Array:
        """[replicate, rung]: by how much an arm's predictor departs."""
        own = self.deviations[:, [arm]] * self.signs * self.pattern[arm]
        return np.asarray(self.shared + own)


def noise(several: Sequence[Scatter]) -> float:
    """What sampling gives, over what is observed, of several that are taken to be alike in that.

    Each counts by what sampling gives of its own: one near floor or ceiling, where a logit is worth
    few items, says no more than the others.
    """
    known = [one for one in several if one.sampling > 0]
    if not known:
        return 0.0 if any(one.observed > 0 for one in several) else np.inf
    observed = sum(one.degrees * one.observed / one.sampling for one in known)
    return sum(one.degrees for one in known) / observed if observed > 0 else np.inf


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
