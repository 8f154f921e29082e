"""Curves of mean scores against log10 compute: forms that the estimator has, and others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

GRID = np.linspace(-15, 15, 30001)
"""log10 compute at which a curve is inverted: steps of .001."""


def expit(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def logit(p: Array) -> Array:
    return np.asarray(np.log(p) - np.log1p(-p))


def logistic(x: Array) -> Array:
    return expit(-0.4 + 1.2 * x)


def gompertz(x: Array) -> Array:
    return np.asarray(np.exp(-np.exp(0.1 - 0.8 * x)))


def cloglog(x: Array) -> Array:
    return np.asarray(-np.expm1(-np.exp(-0.7 + 0.9 * x)))


def plateau(x: Array) -> Array:
    """Two rises with a flat stretch between them."""
    return 0.5 * expit(4 * (x + 1.4)) + 0.5 * expit(4 * (x - 1.0))


def two_kinds(x: Array) -> Array:
    """Half of the items are easy, half are hard."""
    return 0.5 * expit(1.6 * (x + 1.3)) + 0.5 * expit(1.6 * (x - 1.6))


RISES: dict[str, Callable[[Array], Array]] = {
    each.__name__: each for each in (logistic, gompertz, cloglog, plateau, two_kinds)
}


@dataclass(frozen=True)
class Curve:
    """A rise from 0 to 1, and what becomes of it between floor and ceiling."""

    form: str
    floor: float = 0.0
    ceiling: float = 1.0

    def rise(self, x: Array, luck: Array | float = 0.0) -> Array:
        """The share of the way from floor to ceiling, `luck` logits off the curve."""
        share = np.clip(RISES[self.form](np.asarray(x, float)), 1e-12, 1 - 1e-12)
        return expit(logit(share) + luck)

    def mean(self, rise: Array) -> Array:
        """The mean score of a rise."""
        return self.floor + (self.ceiling - self.floor) * rise

    def compute(self, rise: Array) -> Array:
        """log10 compute at which the curve itself has risen so far."""
        return np.interp(rise, RISES[self.form](GRID), GRID)
