"""The estimator of `ceg.ladder`, linearised: slope and shifts as weighted sums of scores.

Deviations are taken on the scale of the linear predictor, delta = (score - mean) / steepness. The
base curve is a penalised weighted least squares fit to the base's delta; an arm's shift is the
weighted mean of its own delta less what the fit says there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.ceg.residuals import FEWEST
from analysis.curves.fitted import bounds
from analysis.curves.form import LOGISTIC
from analysis.design.moments import Moments

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Linear:
    """Slope and shifts as sums over scores, for one choice of what the base curve leaves free."""

    slope: Array
    """[arm, rung]: weights that make the slope a sum over delta; zeros without a ladder."""
    shifts: Array
    """[arm, arm, rung]: weights that make each arm's shift (first index) a sum over delta; zeros
    for the base."""
    shares: Array
    """[arm, rung]: weight of each rung in an arm's shift."""


@dataclass(frozen=True)
class ArmLogits:
    """The arms' mean scores as logits above chance, and how steeply they rise there."""

    x: Array
    means: Array
    """[arm, rung]: mean scores, in (chance, 1)."""
    chance: float

    @property
    def rise(self) -> Array:
        """[arm, rung]: share of the way from chance to 1."""
        return (self.means - self.chance) / (1 - self.chance)

    @property
    def predictors(self) -> Array:
        """[arm, rung]: the mean scores as logits above chance."""
        return np.asarray(special.logit(self.rise))

    @property
    def steep(self) -> Array:
        """[arm, rung]: score per logit."""
        return (1 - self.chance) * self.rise * (1 - self.rise)

    def weights(self, items: int) -> Array:
        """[arm, rung]: binomial information about the predictor."""
        return items * self.steep**2 / (self.means * (1 - self.means))


def curve(x: tuple[float, ...], moments: Moments, chance: float) -> ArmLogits:
    """The curve through the moments' means."""
    return ArmLogits(np.array(x) - np.mean(x), moments.means, chance)


def linearise(curve: ArmLogits, items: int, free_ceiling: bool) -> Linear:
    """How slope and shifts answer to scores.

    Args:
        curve: the arms' mean scores.
        items: behind each score.
        free_ceiling: whether the base curve's ceiling is fitted under its prior, or rests on 1.
    """
    arms, rungs = curve.means.shape
    weights = curve.weights(items)
    shares = weights / weights.sum(axis=1, keepdims=True)
    slope, shifts = np.zeros((arms, rungs)), np.zeros((arms, arms, rungs))
    for arm in range(1, arms):
        shifts[arm, arm] = shares[arm]
    if rungs < FEWEST:  # the base's own scores stand in for its curve
        for arm in range(1, arms):
            shifts[arm, 0] = -shares[arm]
        return Linear(slope, shifts, shares)
    columns = _columns(curve)
    keep = np.array([True, True, curve.chance > 0, free_ceiling])
    of_ends = bounds(LOGISTIC, curve.chance).precision
    prior = np.diag([0.0, 0.0, *of_ends])[keep][:, keep]
    used = columns[:, :, keep]
    weighted = used[0] * weights[0][:, None]
    answer = np.linalg.solve(weighted.T @ used[0] + prior, weighted.T)  # [parameter, rung]
    slope[0] = answer[1]
    for arm in range(1, arms):
        shifts[arm, 0] = -(shares[arm] @ used[arm]) @ answer
    return Linear(slope, shifts, shares)


def _columns(curve: ArmLogits) -> Array:
    """[arm, rung, 4]: d predictor / d (intercept, slope, floor, ceiling)."""
    ones = np.ones_like(curve.means)
    slopes = [ones, ones * curve.x, (1 - curve.rise) / curve.steep, curve.rise / curve.steep]
    return np.stack(slopes, axis=2)
