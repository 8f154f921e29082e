"""The mean over what was measured on several benchmarks, as a sample of those that there could be.

Random effects: the benchmarks' true values scatter with a variance that is estimated from how much
more they differ than their own noise explains (Paule and Mandel 1982), and weigh by the inverse of
both. The mean's interval is Student's t with one degree less than there are benchmarks, about the
scatter seen (Hartung and Knapp 2001), and never narrower than their noise makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2, t
from statsmodels.stats.meta_analysis import combine_effects

FEWEST = 2
"""Benchmarks below which nothing tells how others differ."""
_SD_95 = 2 * 1.959964


@dataclass(frozen=True)
class RandomEffects:
    """A mean over benchmarks, in the unit of what was pooled."""

    mean: float
    low: float
    high: float
    """Upper end of the mean's 95% interval: of the average over benchmarks that there could be."""
    further_low: float
    further_high: float
    """Upper end of the 95% prediction interval of the true value on one further benchmark."""
    between: float
    """Standard deviation of the benchmarks' true values."""
    noise_share: float
    """Share of the benchmarks' scatter that their noise explains, 1 less Higgins's I squared."""
    p: float
    """Cochran's test: two or more benchmarks that do not differ would scatter as much so often."""


def random_effects(
    points: Sequence[float], lows: Sequence[float], highs: Sequence[float]
) -> RandomEffects:
    """Pool estimates with bounded 95% intervals.

    Args:
        points: by benchmark, on a scale on which intervals are about symmetric.
        lows: lower ends of their intervals.
        highs: upper ends.

    Raises:
        ValueError: there are fewer than two.
    """
    degrees = len(points) - 1
    if degrees < FEWEST - 1:
        raise ValueError("one benchmark does not tell how others differ")
    noise = ((np.asarray(highs) - np.asarray(lows)) / _SD_95) ** 2
    found = combine_effects(np.asarray(points), noise, method_re="iterated", use_t=True)
    variance = max(float(found.tau2), 0.0)
    weights = 1 / (noise + variance)
    mean = float(np.average(points, weights=weights))
    seen = float(weights @ (np.asarray(points) - mean) ** 2) / degrees
    error = np.sqrt(max(seen, 1.0) / weights.sum())
    reach, further = (
        float(t.ppf(0.975, degrees) * deviation)
        for deviation in (error, np.sqrt(error**2 + variance))
    )
    return RandomEffects(
        mean=mean,
        low=mean - reach,
        high=mean + reach,
        further_low=mean - further,
        further_high=mean + further,
        between=float(np.sqrt(variance)),
        noise_share=min(degrees / float(found.q), 1.0) if found.q > 0 else 1.0,
        p=float(chi2.sf(found.q, degrees)),
    )
