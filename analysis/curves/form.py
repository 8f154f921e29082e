"""The shapes that a score may take as training compute grows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any

import numpy as np
from scipy import special, stats

ArrayFunction = Callable[[Any], Any]


@dataclass(frozen=True)
class Form:
    """A rise from 0 to 1 over a linear predictor, with its inverse and its derivative."""

    name: str
    rise: ArrayFunction
    inverse: ArrayFunction
    """Inverse of `rise`: from a share in [0, 1] to the linear predictor; minus and plus infinity at
    0 and 1."""
    derivative: ArrayFunction
    """Derivative of `rise` at a value of the linear predictor."""

    @property
    def per_logit(self) -> float:
        """What a logit is in units of this form's predictor, where the rise is one half."""
        return 0.25 / float(self.derivative(self.inverse(0.5)))


def _gompertz(eta: Any) -> Any:
    return np.exp(-np.exp(-eta))


def _logistic_slope(eta: Any) -> Any:
    tail = np.exp(-np.abs(eta))
    return tail / (1 + tail) ** 2


LOGISTIC = Form("logistic", special.expit, special.logit, _logistic_slope)
PROBIT = Form("probit", special.ndtr, special.ndtri, stats.norm.pdf)
CLOGLOG = Form(
    "cloglog",
    lambda e: -np.expm1(-np.exp(e)),
    lambda p: np.log(-np.log1p(-p)),
    lambda e: np.exp(e - np.exp(e)),
)
GOMPERTZ = Form(
    "gompertz", _gompertz, lambda p: -np.log(-np.log(p)), lambda e: np.exp(-e - np.exp(-e))
)
LINEAR = Form("log-linear", lambda e: np.clip(e, 0.0, 1.0), lambda p: p, np.ones_like)

FORMS: dict[str, Form] = {f.name: f for f in (LOGISTIC, PROBIT, CLOGLOG, GOMPERTZ, LINEAR)}
"""All forms by name. `log-linear` is the local approximation of Lifland et al.: the score itself is
linear in x."""


@dataclass(frozen=True)
class Curve:
    """score(x) = floor + (ceiling - floor) rise(intercept + slope x), x = log10(FLOP / 1e21)."""

    form: Form
    intercept: float
    slope: float
    """Slope of the linear predictor, per OOM of training compute."""
    floor: float = 0.0
    ceiling: float = 1.0

    @property
    def midpoint(self) -> float:
        """Lifland et al.'s x0: where the predictor is 0; NaN where it never changes."""
        return -self.intercept / self.slope if self.slope else nan

    def score(self, x: Any) -> Any:
        """Scores in [floor, ceiling] at x."""
        eta = self.intercept + self.slope * np.asarray(x, float)
        return self.floor + (self.ceiling - self.floor) * self.form.rise(eta)

    def predictor(self, score: Any) -> Any:
        """The linear predictor that gives a score; infinite at and beyond floor and ceiling."""
        share = (np.asarray(score, float) - self.floor) / (self.ceiling - self.floor)
        with np.errstate(divide="ignore"):
            if self.form is LINEAR:
                return share
            return self.form.inverse(np.clip(share, 0.0, 1.0))

    def compute(self, score: Any) -> Any:
        """x at which the curve reaches a score; infinite, or NaN, where it never does."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.divide(self.predictor(score) - self.intercept, self.slope)
