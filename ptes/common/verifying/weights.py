"""From a verifier's numbers to the weight of a candidate, and from steps to a whole."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, log, log1p
from typing import Literal

Aggregate = Literal["product", "min", "last"]
"""How the steps of a solution make its score: the probability that all are right (Lightman et al.
2023), that of the worst (Math-Shepherd), or that of the last."""
TIE = 1e-9
"""Share of a weight that keeps the order of numbers too far out for their probabilities to
differ."""
LARGEST = 700.0
"""Exponents beyond it overflow."""
LEAST = 1e-300


def weight_of(value: float) -> float:
    """The weight of a candidate: the probability that is meant by log-odds.

    Strictly increasing and never 0, also where probabilities are 0 or 1 in floating point, so that
    the highest number always has the heaviest candidate.
    """
    return _probability(value) + TIE * (1.0 + value / (1.0 + abs(value))) / 2.0


def whole(steps: Sequence[float], aggregate: Aggregate) -> float:
    """Log-odds of a solution from those of its steps, at least one."""
    if aggregate == "last":
        return steps[-1]
    if aggregate == "min":
        return min(steps)
    right = sum(-_softplus(-value) for value in steps)  # log of the product of probabilities
    return right - log(max(-expm1(right), LEAST))


def _probability(value: float) -> float:
    return exp(-_softplus(-value))


def _softplus(value: float) -> float:
    """Logarithm of 1 + e^value."""
    return value if value > LARGEST else log1p(exp(value))
