"""The mean over what was measured on several benchmarks, as a sample of those that there could be.

Random effects: the benchmarks' true values scatter with a variance that is estimated from how much
more they differ than their own noise explains (Paule and Mandel 1982), and weigh by the inverse of
both. The mean's interval is Student's t with one degree less than there are benchmarks, about the
scatter seen (Hartung and Knapp 2001), and never narrower than their noise makes it. Few benchmarks
leave the variance between them wide open, often at 0 by its estimate: the prediction interval takes
all values of it that the scatter allows (Nagashima, Noma and Furukawa 2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm, t
from scipy.stats.qmc import Sobol
from statsmodels.stats.meta_analysis import combine_effects

FEWEST = 2
"""Benchmarks below which nothing tells how others differ."""
TOO_WIDE = 10.0
"""Times the median interval of the benchmarks."""
WIDEST = 30.0
"""Deviation between benchmarks that is looked at, in those of what was seen."""
_SD_95 = 2 * 1.959964
_POINTS = 12
"""Power of two: points of the quasi-random sequence."""

Array = NDArray[np.float64]


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
    values = np.asarray(points, float)
    noise = ((np.asarray(highs, float) - np.asarray(lows, float)) / _SD_95) ** 2
    found = combine_effects(values, noise, method_re="iterated", use_t=True)
    variance = max(float(found.tau2), 0.0)
    mean, error, _ = (float(x[0]) for x in weighted(values, noise, np.array([variance])))
    reach = float(t.ppf(0.975, degrees)) * error
    further = np.quantile(_further(values, noise), [0.025, 0.975])
    return RandomEffects(
        mean=mean,
        low=mean - reach,
        high=mean + reach,
        further_low=float(further[0]),
        further_high=float(further[1]),
        between=float(np.sqrt(variance)),
        noise_share=min(degrees / float(found.q), 1.0) if found.q > 0 else 1.0,
        p=float(chi2.sf(found.q, degrees)),
    )


def between_variance(points: Array, noise: Array) -> float:
    """Variance between two benchmarks or more by what their noise does not explain."""
    found = combine_effects(points, noise, method_re="iterated", use_t=True)
    return max(float(found.tau2), 0.0)


def weighted(
    points: Array, noise: Array, variances: Array, importance: Array | float = 1.0
) -> tuple[Array, Array, Array]:
    """By variance between benchmarks: the mean, its error, and Cochran's scatter about it.

    Args:
        points: [benchmark]
        noise: [benchmark] variances.
        variances: [variance] between benchmarks.
        importance: [benchmark] how much each counts beside what it is known by.
    """
    weights = 1 / (noise + variances[:, None])
    counted = weights * importance
    total = counted.sum(axis=1)
    mean = counted @ points / total
    scatter = (weights * (points - mean[:, None]) ** 2).sum(axis=1)
    spread = np.maximum(scatter / (len(points) - 1), 1)
    error = np.sqrt(spread * (counted * importance).sum(axis=1)) / total
    return mean, error, scatter


def variances_left_open(points: Array, noise: Array, uniform: Array) -> Array:
    """[draw]: variances between benchmarks that the scatter allows, by shares of chi-square."""
    scale = float(np.std(points) + np.sqrt(noise.mean()))
    grid = (scale * np.concatenate([[0.0], np.geomspace(1e-3, WIDEST, 400)])) ** 2
    *_, scatter = weighted(points, noise, grid)
    # Scatter falls as the variance rises: which one leaves as much as was drawn.
    return np.asarray(np.interp(-chi2.ppf(uniform, len(points) - 1), -scatter, grid))


def says_nothing(widths: Sequence[float]) -> float:
    """Width of an interval above which a benchmark weighs nothing, and would yet count as one."""
    return TOO_WIDE * float(np.median(widths)) if len(widths) else inf


def _further(points: Array, noise: Array) -> Array:
    """[draw]: true values of a further benchmark, the variance between benchmarks unknown."""
    degrees = len(points) - 1
    uniform = Sobol(3, rng=np.random.default_rng(0)).random_base2(_POINTS)
    variances = variances_left_open(points, noise, uniform[:, 0])
    mean, error, _ = weighted(points, noise, variances)
    own = np.sqrt(variances) * norm.ppf(uniform[:, 2])
    return np.asarray(mean + error * t.ppf(uniform[:, 1], degrees) + own)
