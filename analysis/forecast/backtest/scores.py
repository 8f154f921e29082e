"""Scores of a predictive distribution, given as an ensemble, against what came.

All are proper but for the smoothing of the log score: an ensemble of jumps has no density, so each
member stands for a normal of Silverman's width, and of `LEAST` at least.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Array = NDArray[np.float64]

LEAST = 0.05
"""OOM: least width of a member in the log score, about what rounding CEGs to one digit leaves."""


def crps(ensemble: Array, outcome: float) -> float:
    """Continuous ranked probability score, in the ensemble's units; lower is better.

    mean |x - y| - mean |x - x'| / 2, over all pairs of members, one member with itself included
    (Gneiting and Raftery 2007): the score of the ensemble's own step function.

    Args:
        ensemble: [member].
        outcome: what came.
    """
    members = np.sort(np.asarray(ensemble, float))
    n = len(members)
    ranks = 2 * np.arange(1, n + 1) - n - 1
    spread = 2 * float(ranks @ members) / n**2
    return float(np.abs(members - outcome).mean()) - spread / 2


def log_score(ensemble: Array, outcome: float) -> float:
    """Minus log density at what came, in nats; lower is better.

    Args:
        ensemble: [member].
        outcome: what came.
    """
    members = np.asarray(ensemble, float)
    low, high = np.quantile(members, [0.25, 0.75])
    spread = min(float(members.std()), float(high - low) / 1.349) or float(members.std())
    width = max(0.9 * spread * len(members) ** -0.2, LEAST)
    kernels = -0.5 * ((outcome - members) / width) ** 2 - np.log(width * np.sqrt(2 * np.pi))
    return float(np.log(len(members)) - logsumexp(kernels))


def pit(ensemble: Array, outcome: float) -> float:
    """Share of the ensemble below what came, ties by half: uniform where it is calibrated."""
    members = np.asarray(ensemble, float)
    return float((members < outcome).mean() + 0.5 * (members == outcome).mean())
