"""The posterior of a curve's parameters on one ladder: values, gradient, bounds, starts."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from analysis.curves import kernel
from analysis.curves.form import LINEAR, Form
from analysis.curves.points import Points, start

Array = NDArray[np.float64]

CEILING_SD = 0.05
"""Scale of the half-normal prior on 1 - ceiling: labels are wrong in a few items of a hundred."""
LOWEST_CEILING = 0.5
FLOOR_SD = 0.25
"""Standard deviation of the prior on the floor, as a share of chance."""
HIGHEST_FLOOR = 0.9
STEEPEST = 50.0
"""Largest slope per OOM, and largest predictor at the ladder's centre."""
RHO = (1e-5, 0.9)
"""Range of the intra-class correlation."""


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """Parameters: intercept at the ladder's centre, slope, then floor, ceiling, log rho if free."""

    form: Form
    data: Points
    chance: float
    floor: float | None
    """A fixed lower end of the curve, or None where it is fitted."""
    ceiling: float | None
    """A fixed upper end of the curve, or None where it is fitted."""
    dispersed: bool
    """Beta-binomial, with rho free, rather than binomial."""

    @property
    def ends(self) -> tuple[float, float]:
        """Floor and ceiling to start from."""
        floor = self.chance if self.floor is None else self.floor
        return floor, 1 - CEILING_SD / 2 if self.ceiling is None else self.ceiling

    def curve(self, theta: Array) -> tuple[float, float, float, float]:
        """Intercept at the centre, slope, floor and ceiling."""
        rest = iter(theta[2:].tolist())
        floor = next(rest) if self.floor is None else self.floor
        ceiling = next(rest) if self.ceiling is None else self.ceiling
        return float(theta[0]), float(theta[1]), floor, ceiling

    def rho(self, theta: Array) -> float:
        return exp(theta[-1]) if self.dispersed else 0.0

    def shares(self, theta: Array) -> tuple[Array, Array]:
        """[rung]: the rise and its derivative in the predictor; a line is not clipped here."""
        eta = theta[0] + theta[1] * (self.data.x - self.data.centre)
        if self.form is LINEAR:
            return eta, np.ones_like(eta)
        with np.errstate(over="ignore", invalid="ignore"):
            return self.form.rise(eta), np.nan_to_num(self.form.derivative(eta))

    def means(self, theta: Array) -> Array:
        """[rung]: expected scores."""
        _, _, floor, ceiling = self.curve(theta)
        return floor + (ceiling - floor) * self.shares(theta)[0]

    def log_likelihood(self, means: Array, rho: float) -> Array:
        """[rung]: log-likelihood of the scores, given their expected values and the overdispersion
        rho."""
        y, n = self.data.scores, self.data.counts
        if self.dispersed:
            return kernel.beta_binomial(y, n, means, rho)
        return kernel.binomial(y, n, means)

    def loss(self, theta: Array) -> float:
        """Minus the log posterior, less that of a perfect fit, so that small changes count."""
        y = self.data.scores
        perfect = kernel.binomial(y, self.data.counts, y)
        fit = self.log_likelihood(self.means(theta), self.rho(theta))
        _, _, floor, ceiling = self.curve(theta)
        penalty = ((1 - ceiling) / CEILING_SD) ** 2 / 2 if self.ceiling is None else 0.0
        if self.floor is None:
            penalty += ((floor - self.chance) / (FLOOR_SD * self.chance)) ** 2 / 2
        return float(np.sum(perfect - fit) + penalty)

    def gradient(self, theta: Array) -> Array:
        """[parameter]: gradient of `loss`."""
        _, _, floor, ceiling = self.curve(theta)
        share, rate = self.shares(theta)
        means, rho = floor + (ceiling - floor) * share, self.rho(theta)
        y, n = self.data.scores, self.data.counts
        if self.dispersed:
            in_p, in_rho = kernel.beta_binomial_rates(y, n, means, rho)
        else:
            in_p, in_rho = kernel.binomial_rate(y, n, means), np.zeros_like(y)
        in_eta = in_p * (ceiling - floor) * rate
        parts = [-np.sum(in_eta), -np.sum(in_eta * (self.data.x - self.data.centre))]
        if self.floor is None:
            pull = (floor - self.chance) / (FLOOR_SD * self.chance) ** 2
            parts.append(pull - np.sum(in_p * (1 - share)))
        if self.ceiling is None:
            parts.append((ceiling - 1) / CEILING_SD**2 - np.sum(in_p * share))
        if self.dispersed:
            parts.append(-np.sum(in_rho) * rho)
        return np.array(parts)

    def bounds(self) -> list[tuple[float, float]]:
        """Range of every parameter."""
        ranges = [(-STEEPEST, STEEPEST), (-STEEPEST, STEEPEST)]
        if self.floor is None:
            ranges.append((0.0, min(2 * self.chance, HIGHEST_FLOOR)))
        if self.ceiling is None:
            ranges.append((LOWEST_CEILING, 1.0))
        if self.dispersed:
            ranges.append((log(RHO[0]), log(RHO[1])))
        return ranges

    def starts(self) -> list[Array]:
        """A line through the predictors, and a gentler one that rises in any case."""
        floor, ceiling = self.ends
        level, slope = start(self.form, self.data, floor, ceiling)
        gentle = (level, max(slope, 0.3) / 3)
        rest = [floor] if self.floor is None else []
        rest += [ceiling] if self.ceiling is None else []
        rest += [log(0.01)] if self.dispersed else []
        low, high = np.transpose(self.bounds())
        return [np.clip(np.array([*pair, *rest]), low, high) for pair in ((level, slope), gentle)]
