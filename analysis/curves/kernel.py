"""Log-likelihoods of mean scores, and their derivatives.

Scores need not be whole counts: a mean over replicates or a graded answer is a share y of n items.
The kernels below are then quasi-likelihoods (Papke and Wooldridge 1996 for the binomial): right in
the mean, and the dispersion tells how far the variance is off. Terms that depend on the data alone
(the binomial coefficient) are left out everywhere, so the two families can be compared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]

TINY = 1e-6
"""Probability below which the logarithm goes on along its tangent.

A straight line (the log-linear form) may leave [0, 1]. The tangent keeps the log-likelihood finite
and concave there, with a penalty steep enough to hold a line above a rung that scored.
"""


def log(p: Array) -> Array:
    """Logarithm of a probability; tangent below TINY, 0 above 1."""
    safe = np.clip(p, TINY, 1.0)
    return np.asarray(np.log(safe) + np.minimum(p - TINY, 0.0) / TINY)


def log_rate(p: Array) -> Array:
    """Derivative of `log`."""
    return np.where(p < 1.0, 1.0 / np.clip(p, TINY, 1.0), 0.0)


def binomial(scores: Array, counts: Array, p: Array) -> Array:
    """[rung]: n (y log p + (1 - y) log(1 - p))."""
    return np.asarray(counts * (scores * log(p) + (1 - scores) * log(1 - p)))


def binomial_rate(scores: Array, counts: Array, p: Array) -> Array:
    """Derivative of `binomial` in p."""
    return np.asarray(counts * (scores * log_rate(p) - (1 - scores) * log_rate(1 - p)))


def beta_binomial(scores: Array, counts: Array, p: Array, rho: float) -> Array:
    """[rung]: log-likelihood with intra-class correlation rho between the items of a rung.

    The success probability of a rung is beta distributed with mean p and a + b = 1 / rho - 1, so
    the variance of a score is p (1 - p) / n * (1 + (n - 1) rho) (Williams 1975).
    """
    size = 1 / rho - 1
    inside = np.clip(p, TINY, 1 - TINY)
    hits, misses = scores * counts, (1 - scores) * counts
    up, down = inside * size, (1 - inside) * size
    lgamma = special.gammaln
    return np.asarray(
        lgamma(hits + up)
        - lgamma(up)
        + lgamma(misses + down)
        - lgamma(down)
        - lgamma(counts + size)
        + lgamma(size)
    )


def beta_binomial_rates(scores: Array, counts: Array, p: Array, rho: float) -> tuple[Array, Array]:
    """Derivatives of `beta_binomial` in p and in rho, each [rung]."""
    size = 1 / rho - 1
    inside = np.clip(p, TINY, 1 - TINY)
    up, down = inside * size, (1 - inside) * size
    more_up = special.psi(scores * counts + up) - special.psi(up)
    more_down = special.psi((1 - scores) * counts + down) - special.psi(down)
    in_p = np.where(p == inside, size * (more_up - more_down), 0.0)
    in_size = (
        inside * more_up + (1 - inside) * more_down - special.psi(counts + size) + special.psi(size)
    )
    return in_p, np.asarray(-in_size / rho**2)
