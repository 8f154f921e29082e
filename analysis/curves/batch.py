"""Thousands of curve fits at once: the same curve over the same rungs, one a bootstrap replicate.

The estimator is that of `likelihood`: penalised quasi-binomial likelihood by Fisher scoring with
Levenberg's damping, floor and ceiling within their bounds. It is written over a leading axis: a
bootstrap needs ten thousand fits of five points, which would take minutes one call a fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from analysis.curves.form import LINEAR, Curve, Form
from analysis.curves.posterior import (
    CEILING_SD,
    FLOOR_SD,
    HIGHEST_FLOOR,
    LOWEST_CEILING,
    STEEPEST,
)

Array = NDArray[np.float64]

TINY = 1e-9
MOST = 15.0
"""Largest shift of a predictor that a fit returns: an arm at floor or ceiling has no finite one."""


@dataclass(frozen=True)
class Curves:
    """Fitted curves, one a replicate; arrays are [replicate]."""

    form: Form
    intercept: Array
    slope: Array
    floor: Array
    ceiling: Array

    def predictors(self, x: Array) -> Array:
        """[replicate, rung]: the linear predictor at x."""
        return np.asarray(self.intercept[:, None] + self.slope[:, None] * x)

    def curve(self, index: int = 0) -> Curve:
        """One of the fits as a curve of its own."""
        numbers = (self.intercept, self.slope, self.floor, self.ceiling)
        return Curve(self.form, *(float(values[index]) for values in numbers))


@dataclass(frozen=True)
class Bounds:
    """What the four parameters may be, and their priors: those of `posterior`."""

    chance: float
    free_floor: bool
    free_ceiling: bool

    @property
    def low(self) -> Array:
        floor = 0.0 if self.free_floor else self.chance
        ceiling = LOWEST_CEILING if self.free_ceiling else 1.0
        return np.array([-STEEPEST, -STEEPEST, floor, ceiling])

    @property
    def high(self) -> Array:
        floor = min(2 * self.chance, HIGHEST_FLOOR) if self.free_floor else self.chance
        return np.array([STEEPEST, STEEPEST, floor, 1.0])

    @property
    def centre(self) -> Array:
        return np.array([0.0, 0.0, self.chance, 1.0])

    @property
    def precision(self) -> Array:
        floor = 1 / (FLOOR_SD * self.chance) ** 2 if self.free_floor else 0.0
        ceiling = 1 / CEILING_SD**2 if self.free_ceiling else 0.0
        return np.array([0.0, 0.0, floor, ceiling])


def bounds(form: Form, chance: float) -> Bounds:
    """Floor free where guessing scores, ceiling free; both fixed for a straight line."""
    bent = form is not LINEAR
    return Bounds(chance, bent and chance > 0, bent)


def fit_many(form: Form, x: Array, scores: Array, counts: Array, chance: float) -> Curves:
    """Fit a curve to each row of scores.

    Args:
        form: the curve's shape.
        x: [rung], log10(FLOP / 1e21).
        scores: [replicate, rung], in [0, 1].
        counts: [rung], items behind each score.
        chance: expected score of a guess.
    """
    limits = bounds(form, chance)
    centre = float(x.mean())
    theta = _start(form, x - centre, scores, limits)
    theta = _ascend(
        form=form, z=x - centre, scores=scores, counts=counts, limits=limits, theta=theta
    )
    intercept, slope, floor, ceiling = theta.T
    return Curves(form, intercept - slope * centre, slope, floor, ceiling)


def _start(form: Form, z: Array, scores: Array, limits: Bounds) -> Array:
    """A straight line through the linked scores, kept off floor and ceiling."""
    floor, ceiling = limits.centre[2:]
    share = np.clip((scores - floor) / (ceiling - floor), 0.02, 0.98)
    linked = form.inverse(share)
    spread = float((z**2).sum()) or 1.0
    slope = linked @ z / spread
    start = np.empty((len(scores), 4))
    start[:, 0], start[:, 1] = linked.mean(axis=1), slope
    start[:, 2], start[:, 3] = floor, ceiling
    return start


def _mean(form: Form, z: Array, theta: Array) -> tuple[Array, Array, Array]:
    """Means [replicate, rung], rise and derivative of the rise."""
    eta = np.clip(theta[:, :1] + theta[:, 1:2] * z, -35, 35)
    rise, steep = form.rise(eta), form.derivative(eta)
    floor, ceiling = theta[:, 2:3], theta[:, 3:4]
    return np.clip(floor + (ceiling - floor) * rise, TINY, 1 - TINY), rise, steep


def _value(
    *, form: Form, z: Array, scores: Array, counts: Array, limits: Bounds, theta: Array
) -> Array:
    """Penalised log-likelihood of each replicate."""
    mean, _, _ = _mean(form, z, theta)
    fit = (counts * (xlogy(scores, mean) + xlogy(1 - scores, 1 - mean))).sum(axis=1)
    prior = (limits.precision * (theta - limits.centre) ** 2).sum(axis=1) / 2
    return np.asarray(fit - prior)


def _system(
    *, form: Form, z: Array, scores: Array, counts: Array, limits: Bounds, theta: Array
) -> tuple[Array, Array]:
    """Gradient [replicate, 4] and expected information [replicate, 4, 4]; parameters that rest on
    a bound and would leave it are taken out."""
    mean, rise, steep = _mean(form, z, theta)
    height = (theta[:, 3:4] - theta[:, 2:3]) * steep
    slopes = np.stack([height, height * z, 1 - rise, rise], axis=2)
    weight = counts / (mean * (1 - mean))
    gradient = np.einsum("br,brk->bk", weight * (scores - mean), slopes)
    gradient -= limits.precision * (theta - limits.centre)
    information = np.einsum("br,brk,brl->bkl", weight, slopes, slopes)
    information += np.diag(limits.precision)
    stuck = ((theta <= limits.low) & (gradient <= 0)) | ((theta >= limits.high) & (gradient >= 0))
    gradient[stuck] = 0.0
    information[stuck[:, :, None] | stuck[:, None, :]] = 0.0
    rows, columns = np.nonzero(stuck)
    information[rows, columns, columns] = 1.0
    return gradient, information


def _ascend(
    *,
    form: Form,
    z: Array,
    scores: Array,
    counts: Array,
    limits: Bounds,
    theta: Array,
    most: int = 100,
) -> Array:
    """Damped Fisher scoring until no replicate moves; replicates that are done drop out."""
    theta = np.clip(theta, limits.low, limits.high)
    value = _value(form=form, z=z, scores=scores, counts=counts, limits=limits, theta=theta)
    damping = np.full(len(theta), 1e-3)
    active = np.arange(len(theta))
    for _ in range(most):
        here, seen = theta[active], scores[active]
        gradient, information = _system(
            form=form, z=z, scores=seen, counts=counts, limits=limits, theta=here
        )
        diagonal = np.einsum("bkk->bk", information)
        damped = information + np.eye(4) * (damping[active, None] * diagonal + TINY)[:, :, None]
        step = np.linalg.solve(damped, gradient[:, :, None])[:, :, 0]
        new = np.clip(here + step, limits.low, limits.high)
        reached = _value(form=form, z=z, scores=seen, counts=counts, limits=limits, theta=new)
        better = reached >= value[active]
        moved = active[better]
        gain = reached[better] - value[moved]
        theta[moved], value[moved] = new[better], reached[better]
        damping[moved] = np.maximum(damping[moved] / 10, 1e-12)
        damping[active[~better]] *= 10
        done = np.zeros(len(active), bool)
        done[better] = gain < 1e-10 * (1 + np.abs(value[moved]))
        done |= damping[active] > 1e10
        active = active[~done]
        if not len(active):
            break
    return theta


def shift_many(curves: Curves, predictors: Array, scores: Array, counts: Array) -> Array:
    """How far each arm stands above given predictors, one number over all its rungs.

    The maximum likelihood estimate of d in score = curve(predictor + d), [replicate, arm]; at most
    `MOST` either way, which an arm at floor or ceiling everywhere reaches.

    Args:
        curves: form, floor and ceiling of each replicate.
        predictors: [replicate, rung] of the reference, from the base's curve or its own scores.
        scores: [replicate, arm, rung]; NaN where an arm was not run.
        counts: [arm, rung], items behind each score; ignored where the score is NaN.
    """
    form, floor, height = curves.form, curves.floor, curves.ceiling - curves.floor
    floor, height = floor[:, None, None], height[:, None, None]
    there = ~np.isnan(scores)
    weight = np.where(there[:1], counts, 0.0)
    if form is LINEAR:  # a line is not held to [0, 1]: its shift is a mean
        off = np.where(there, (scores - floor) / height - predictors[:, None, :], 0.0)
        shift = (weight * off).sum(axis=2) / np.maximum(weight.sum(axis=2), TINY)
        return np.asarray(np.where(there.any(axis=2), shift, np.nan))
    seen = np.where(there, scores, 0.0)
    shift = np.zeros(scores.shape[:2])
    for _ in range(60):
        eta = np.clip(predictors[:, None, :] + shift[:, :, None], -35, 35)
        mean = np.clip(floor + height * form.rise(eta), TINY, 1 - TINY)
        steep = height * form.derivative(eta)
        share = weight * steep / (mean * (1 - mean))
        gradient = (share * (seen - mean)).sum(axis=2)
        information = (share * steep).sum(axis=2) + TINY
        step = np.clip(gradient / information, -1.0, 1.0)
        new = np.clip(shift + step, -MOST, MOST)
        moved = float(np.max(np.abs(new - shift), initial=0.0))
        shift = new
        if moved < 1e-7:
            break
    shift[~there.any(axis=2)] = np.nan
    return np.asarray(shift)
