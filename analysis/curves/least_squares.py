"""Lifland et al.'s fit: unweighted least squares on scores, two parameters."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from analysis.curves.form import LINEAR, Curve, Form
from analysis.curves.information import inverse, uncentred
from analysis.curves.points import points, start

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LeastSquaresFit:
    """A curve with the standard errors of nonlinear least squares.

    All of them are NaN with two rungs, which leave no residual, and where the rungs do not
    determine both parameters.
    """

    curve: Curve
    slope_se: float
    """Standard error of the slope (k of Lifland et al.), per OOM."""
    midpoint_se: float
    """Standard error of the midpoint (x0 of Lifland et al.), in OOMs, by the delta method; infinite
    where the slope is 0."""
    covariance: Array
    """[2, 2]: covariance of intercept and slope."""
    residual_ss: float
    """Sum of squared residuals, scores in [0, 1]."""
    rungs: int


def least_squares(
    form: Form, x: ArrayLike, scores: ArrayLike, floor: float = 0.0, ceiling: float = 1.0
) -> LeastSquaresFit:
    """Fit score = floor + (ceiling - floor) * rise(k (x - x0)), every rung with equal weight.

    With the logistic form, floor 0 and ceiling 1 this is Lifland et al.'s HumanEval sigmoid. The
    log-linear form is fitted with its clip, so rungs at the floor do not flatten the line.

    It stops at SciPy's default tolerance (1e-8), and so did Lifland et al.'s: its printed k and x0
    are met within 5e-7, and the exact minimum has k 3.5e-6 higher, 2e-5 of a standard error.

    Args:
        form: shape of the rise.
        x: [rung], log10(training FLOP / 1e21); rungs of NaN are left out.
        scores: [rung], in [0, 1]; rungs of NaN are left out.
        floor: score at the far left, not fitted.
        ceiling: score at the far right, not fitted.

    Raises:
        UserError: fewer than two usable rungs, or scores outside [0, 1].
    """
    data = points(x, scores)
    offset, height = data.x - data.centre, ceiling - floor

    def residuals(theta: Array) -> Array:
        with np.errstate(over="ignore"):
            rise = form.rise(theta[0] + theta[1] * offset)
        return np.asarray(floor + height * rise - data.scores)

    def jacobian(theta: Array) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            rate = height * np.nan_to_num(_rate(form, theta[0] + theta[1] * offset))
        return np.column_stack([rate, rate * offset])

    result = optimize.least_squares(residuals, start(form, data, floor, ceiling), jac=jacobian)
    level, slope = (float(v) for v in result.x)
    residual_ss, spare = float(2 * result.cost), len(data.x) - 2
    variance = residual_ss / spare if spare else np.nan
    jac = jacobian(result.x)
    covariance = uncentred(variance * inverse(jac.T @ jac), data.centre)
    curve = Curve(form, level - slope * data.centre, slope, floor, ceiling)
    return LeastSquaresFit(
        curve=curve,
        slope_se=sqrt(covariance[1, 1]),
        midpoint_se=_midpoint_se(curve, covariance),
        covariance=covariance,
        residual_ss=residual_ss,
        rungs=len(data.x),
    )


def _rate(form: Form, eta: Array) -> Array:
    """Derivative of the rise as it is used: the log-linear form does not move outside [0, 1]."""
    if form is LINEAR:
        return np.asarray((eta > 0) & (eta < 1), float)
    return np.asarray(form.derivative(eta))


def _midpoint_se(curve: Curve, covariance: Array) -> float:
    if curve.slope == 0:
        return inf
    gradient = np.array([-1 / curve.slope, curve.intercept / curve.slope**2])
    return sqrt(gradient @ covariance @ gradient)
