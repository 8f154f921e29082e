"""Maximum a posteriori fit of a curve: floor, ceiling and overdispersion with the slope."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf, log, nan, pi, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from analysis.contracts.estimate import LEVEL
from analysis.curves import kernel
from analysis.curves.form import LINEAR, Curve, Form
from analysis.curves.information import curvature, inverse, uncentred
from analysis.curves.least_squares import least_squares
from analysis.curves.points import Points, points
from analysis.curves.posterior import STEEPEST, Posterior
from harness.errors import UserError

Array = NDArray[np.float64]


class Weights(StrEnum):
    """How much a rung counts for."""

    BINOMIAL = "binomial"
    BETA_BINOMIAL = "beta-binomial"
    UNWEIGHTED = "unweighted"
    """Least squares, because the number of items is unknown on some rung."""


@dataclass(frozen=True)
class CurveFit:
    """One curve on one ladder, and how well it fits."""

    curve: Curve
    weights: Weights
    log_likelihood: float
    """At the estimate, without the priors and without terms of the data alone.

    Unweighted: of normal residuals with their own variance, comparable only with its like.
    """
    parameters: int
    """Free ones, floor, ceiling, rho or the residual variance included."""
    dispersion: float
    """Pearson's chi2 over df against the variance of the fit's own family: about 1 where that is
    right. NaN where df < 1 and for unweighted fits, which have no variance of their own."""
    df: int
    """Rungs less free parameters of the mean."""
    covariance: Array
    """[2, 2]: covariance of intercept and slope, by the inverse observed information of all
    parameters of the mean, rho held. NaN where the rungs do not determine them."""
    rho: float
    """Intra-class correlation of the items of a rung; 0 for the binomial, NaN unweighted."""
    rungs: int
    converged: bool
    """Whether the optimiser came to rest inside the bounds of intercept and slope."""

    @property
    def slope_se(self) -> float:
        """Standard error of the slope, per OOM."""
        return sqrt(self.covariance[1, 1])

    def slope_interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Interval of the slope, widened by the root of the dispersion where that exceeds 1.

        Normal quantiles; Student's with rungs - 2 degrees of freedom for unweighted fits, whose
        variance is estimated. Unbounded where the covariance is not known.
        """
        tail = (1 + level) / 2
        if self.weights is Weights.UNWEIGHTED:
            reach = float(stats.t.ppf(tail, self.rungs - 2)) if self.rungs > 2 else nan
        else:
            reach = float(stats.norm.ppf(tail))
        half = reach * self.slope_se * sqrt(max(1.0, np.nan_to_num(self.dispersion, nan=1.0)))
        if np.isnan(half):
            return -inf, inf
        return self.curve.slope - half, self.curve.slope + half


def fit(
    form: Form,
    x: ArrayLike,
    scores: ArrayLike,
    counts: ArrayLike | None,
    chance: float = 0.0,
    *,
    floor: float | None = None,
    ceiling: float | None = None,
    weights: Weights = Weights.BINOMIAL,
) -> CurveFit:
    """Fit score = floor + (ceiling - floor) * rise(intercept + slope x) by its posterior mode.

    Priors: the floor is 0 where chance is 0, else normal around chance with a standard deviation of
    a quarter of it, within [0, min(2 chance, .9)], because multiple choice can sit below chance;
    the ceiling's deficit below 1 is half-normal with scale .05, within [.5, 1]. Intercept and slope
    are flat within 50 in the predictor. A log-linear curve has neither: its floor is chance and its
    ceiling 1 unless they are given, because they are not told from its line.

    A score that is not a whole count is taken as a quasi-likelihood (see `kernel`). Where the
    number of items is unknown on some rung, the fit falls back on least squares, floor at chance
    and ceiling 1 unless given, and says so in `weights`.

    Args:
        form: shape of the rise.
        x: [rung], log10(training FLOP / 1e21); rungs of NaN are left out.
        scores: [rung], in [0, 1]; rungs of NaN are left out.
        counts: [rung] or one number: items behind each score; NaN or None where unknown.
        chance: expected score of a guess, in [0, 1).
        floor: fixes the floor.
        ceiling: fixes the ceiling.
        weights: family of the likelihood.

    Raises:
        UserError: fewer than two usable rungs, scores outside [0, 1], or impossible ends.
    """
    data = points(x, scores, counts)
    _check_ends(chance, floor, ceiling)
    if not data.counted or weights is Weights.UNWEIGHTED:
        return _unweighted(form, data, chance if floor is None else floor, ceiling)
    if form is LINEAR:
        floor = chance if floor is None else floor
        ceiling = 1.0 if ceiling is None else ceiling
    posterior = Posterior(
        form=form,
        data=data,
        chance=chance,
        floor=0.0 if floor is None and chance == 0 else floor,
        ceiling=ceiling,
        dispersed=weights is Weights.BETA_BINOMIAL,
    )
    return _summary(posterior, weights, *_mode(posterior))


def _check_ends(chance: float, floor: float | None, ceiling: float | None) -> None:
    low, high = chance if floor is None else floor, 1.0 if ceiling is None else ceiling
    if not 0 <= chance < 1:
        raise UserError(f"chance {chance:g} is not in [0, 1): give the expected score of a guess")
    if not 0 <= low < high <= 1:
        raise UserError(
            f"floor {low:g} and ceiling {high:g} do not satisfy 0 <= floor < ceiling <= 1"
        )


def _mode(posterior: Posterior) -> tuple[Array, bool]:
    """The best of the local modes, and whether it is a proper one."""
    results = [
        optimize.minimize(
            posterior.loss,
            start,
            jac=posterior.gradient,
            method="L-BFGS-B",
            bounds=posterior.bounds(),
            options={"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-6},
        )
        for start in posterior.starts()
    ]
    best = min(results, key=lambda r: float(r.fun))
    theta = np.asarray(best.x)
    return theta, bool(np.all(np.abs(theta[:2]) < STEEPEST))


def _summary(posterior: Posterior, weights: Weights, theta: Array, converged: bool) -> CurveFit:
    data, rho = posterior.data, posterior.rho(theta)
    level, slope, floor, ceiling = posterior.curve(theta)
    curve = Curve(posterior.form, level - slope * data.centre, slope, floor, ceiling)
    means = np.asarray(curve.score(data.x))
    of_mean = len(theta) - posterior.dispersed
    df = len(data.x) - of_mean

    def gradient(mean_part: Array) -> Array:
        return posterior.gradient(np.concatenate([mean_part, theta[of_mean:]]))[:of_mean]

    covariance = inverse(curvature(gradient, theta[:of_mean]))[:2, :2]
    return CurveFit(
        curve=curve,
        weights=weights,
        log_likelihood=float(np.sum(posterior.log_likelihood(means, rho))),
        parameters=len(theta),
        dispersion=_pearson(data, means, rho) / df if df > 0 else nan,
        df=df,
        covariance=uncentred(covariance, data.centre),
        rho=rho,
        rungs=len(data.x),
        converged=converged,
    )


def _pearson(data: Points, means: Array, rho: float) -> float:
    inside = np.clip(means, kernel.TINY, 1 - kernel.TINY)
    variance = inside * (1 - inside) / data.counts * (1 + (data.counts - 1) * rho)
    return float(np.sum((data.scores - means) ** 2 / variance))


def _unweighted(form: Form, data: Points, floor: float, ceiling: float | None) -> CurveFit:
    plain = least_squares(form, data.x, data.scores, floor, 1.0 if ceiling is None else ceiling)
    rungs = plain.rungs
    variance = plain.residual_ss / rungs
    return CurveFit(
        curve=plain.curve,
        weights=Weights.UNWEIGHTED,
        log_likelihood=-rungs / 2 * (log(2 * pi * variance) + 1) if variance > 0 else inf,
        parameters=3,
        dispersion=nan,
        df=rungs - 2,
        covariance=plain.covariance,
        rho=nan,
        rungs=rungs,
        converged=True,
    )
