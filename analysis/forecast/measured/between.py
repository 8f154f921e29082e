"""How much benchmarks differ: a random effect, estimated from their scatter, with Student's tails.

What is measured on three benchmarks is wanted for tasks at large. The scatter of the benchmarks
about their mean, which holds their own noise, says how far the mean may lie from that of all there
could be: its interval is that of t with one degree less than there are benchmarks (Hartung and
Knapp 2001; each draw takes the variance from the observed one over a chi-square). It is never
narrower than the benchmarks' own noise makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

Array = NDArray[np.float64]

LARGEST = 2.0
"""Deviation between benchmarks, in OOMs or units of an exponent, that two may leave open."""
TIMES = 4.0
"""Or so many times what was seen, if that is more: t's tails beyond are cut."""


@dataclass(frozen=True)
class Between:
    """The effect of a benchmark."""

    seen: float
    """Standard deviation of the benchmarks' points; NaN below two."""
    deviations: Array
    """[draw]: standard deviation of the effect."""

    def effects(self, number: int, rng: np.random.Generator) -> Array:
        """[benchmark, draw]: effects of so many benchmarks."""
        return np.asarray(self.deviations * rng.standard_normal((number, len(self.deviations))))


def between(
    points: Sequence[float], noise: Sequence[float], draws: int, rng: np.random.Generator
) -> Between:
    """Estimate the effect; none below two benchmarks, of which nothing tells how others differ.

    Args:
        points: by benchmark.
        noise: variance of each benchmark's draws.
        draws: Monte Carlo draws.
        rng: of the draws.
    """
    degrees = len(points) - 1
    if degrees < 1:
        return Between(np.nan, np.zeros(draws))
    seen = float(np.std(points, ddof=1))
    whole = seen**2 * degrees / chi2.rvs(degrees, size=draws, random_state=rng)
    deviations = np.sqrt(np.maximum(whole - np.mean(noise), 0))
    return Between(seen, np.minimum(deviations, max(LARGEST, TIMES * seen)))
