"""Means and covariances of the scores that a design will give, over items and draws.

An attempt of arm s on rung r at item i is right with probability p = floor + (1 - floor)
expit(line_sr + theta_i + nu_si) (`simulation.truth`). Over items, with theta and nu normal:

    Var(mean score of s on r)                  = (Var p + E[p (1 - p)] / draws) / items
    Cov(of s on r, of the same arm on q)       = Cov over theta and nu / items
    Cov(of s on r, of another arm t on any q)  = Cov over theta alone / items

which Gauss-Hermite integration gives without a simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.design.assumptions import Design, DesignAssumptions, normal_rule, truth

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Means and covariances of scores for one item and attempt; arms in the order of `arms` of the
    truth, the base first."""

    means: Array
    """[arm, rung]: mean scores, in [0, 1]."""
    between: Array
    """[arm, rung, arm, rung]: covariance of the items' probabilities."""
    within: Array
    """[arm, rung]: variance of an attempt about its item's probability."""

    def covariance(self, items: int, draws: int) -> Array:
        """[arm, rung, arm, rung]: covariance of mean scores over so many items and draws."""
        noise = np.diag(self.within.ravel() / draws).reshape(self.between.shape)
        return np.asarray((self.between + noise) / items)


@lru_cache(maxsize=256)
def moments(x: tuple[float, ...], assumptions: DesignAssumptions) -> Moments:
    """Moments of the base, both PTEs and the two together on rungs at x."""
    known = truth(Design(x, items=2), assumptions)
    line = known.intercept + known.slope * (np.array(x) + known.shifts[:, None])
    return of_lines(line, known.floor, known.item_sd, known.item_arm_sd)


def of_lines(line: Array, floor: float, item_sd: float, item_arm_sd: float) -> Moments:
    """Moments of arms whose median item has the logits `line`, [arm, rung]."""
    nodes, weights = normal_rule()
    own = item_sd * nodes[:, None] + item_arm_sd * nodes
    p = floor + (1 - floor) * special.expit(line[:, :, None, None] + own)
    given = p @ weights  # [arm, rung, theta]: mean over the arm's own difficulty
    means = given @ weights
    off = (given - means[:, :, None]).reshape(means.size, -1)
    between = ((off * weights) @ off.T).reshape(*means.shape, *means.shape)
    both = np.outer(weights, weights).ravel()
    for arm in range(len(line)):
        apart = p[arm].reshape(line.shape[1], -1) - means[arm][:, None]
        between[arm, :, arm] = (apart * both) @ apart.T
    within = (p * (1 - p)).reshape(*means.shape, -1) @ both
    return Moments(means, between, within)
