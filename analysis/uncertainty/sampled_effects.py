"""Random effects as draws, for a forecast, with benchmarks that are known by a bound alone.

Where each benchmark has a value it is the model of `random_effects`: the same weights, variance
between benchmarks and interval of the mean. Beyond that:

- A benchmark that is known by a bound is censored: it enters the likelihood of the mean and of the
  deviation between benchmarks by the chance that it lies beyond its bound (Tobin 1958). It is never
  taken to lie at the bound, so that a bound below the others does not lower their mean. The
  deviation then has a stated half-normal prior, without which a few values and a bound leave it
  open to all sizes.
- One benchmark does not tell how others differ: a stated deviation stands in, which widens.
- Bounds alone do not tell how far beyond them the mean lies: a stated distribution of it does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from analysis.uncertainty.random_effects import (
    between_variance,
    variances_left_open,
    weighted,
)

Array = NDArray[np.float64]

LARGEST = 2.0
"""Deviation, in OOMs or units of an exponent, that few benchmarks may leave open."""
TIMES = 4.0
"""Or so many times what was seen, if that is more: Student's tails beyond are cut."""
FAR = 25.0
"""Times what was seen, how far off the mean may lie that bounds alone push on."""
_GRID = np.linspace(-12, 12, 4801)
"""In standard deviations of a prior."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was measured, a number a benchmark, all on one scale such as log10 CEG."""

    points: Array
    """Benchmarks with a value."""
    noise: Array
    """Variance of each point."""
    importance: Array
    """How much each counts beside the others; 1 where all count alike."""
    at_least: Array = field(default_factory=lambda: np.empty(0))
    """Lower bounds of further benchmarks."""
    at_most: Array = field(default_factory=lambda: np.empty(0))
    """Upper bounds of further benchmarks."""

    @property
    def bounded(self) -> bool:
        """Whether any benchmark is known by a bound alone."""
        return len(self.at_least) + len(self.at_most) > 0

    def log_chance(self, mean: Array, between: Array | float) -> Array:
        """Log of the chance that the bounded benchmarks lie beyond their bounds.

        Args:
            mean: [draw] over benchmarks.
            between: [draw] deviation of benchmarks.
        """
        scale = np.maximum(between, 1e-6)
        chance = np.zeros_like(mean)
        for bound in self.at_least:
            chance = chance + norm.logcdf((mean - bound) / scale)
        for bound in self.at_most:
            chance = chance + norm.logcdf((bound - mean) / scale)
        return np.asarray(chance)


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What is taken to hold where benchmarks do not tell."""

    between: float
    """Deviation of benchmarks where there are not two with a value; the scale of it where more are
    known by bounds."""
    mean: float
    """Centre of the mean, where there are bounds alone."""
    spread: float
    """Standard deviation of the mean, where there are bounds alone."""


@dataclass(frozen=True, kw_only=True)
class SampledEffects:
    """A mean over benchmarks."""

    point: float
    draws: Array
    """[draw]: the mean."""
    further: Array
    """[draw]: the true value on one further benchmark."""
    between: float
    """Deviation of benchmarks: as estimated, or the prior's below two values."""


def sampled_effects(
    evidence: Evidence, prior: Prior, own: Array, rng: np.random.Generator, extra: float = 0.0
) -> SampledEffects:
    """Pool benchmarks.

    Args:
        evidence: one benchmark or more.
        prior: where they do not tell.
        own: [benchmark, draw] draws of those with a value; the mean's draws keep their ranks, so
            that they stay joint with draws of other quantities of the same experiments.
        rng: of what is drawn besides.
        extra: Variance of the mean beyond the benchmarks' scatter, as that of the families or kinds
            of task that they share.
    """
    size, known = own.shape[1], len(evidence.points)
    if known > 1 and evidence.bounded:
        found = _censored(evidence, prior, size, rng, extra)
    elif known > 1:
        found = _several(evidence, size, rng, extra)
    else:
        found = _few(evidence, prior, size, rng, extra)
    if not known:
        return found
    variances = evidence.noise + found.between**2
    weights = evidence.importance / variances
    effects = found.between * rng.standard_normal(own.shape)
    order = np.argsort(weights @ (own + effects), kind="stable")
    draws = np.empty(size)
    draws[order] = np.sort(found.draws)
    return SampledEffects(
        point=found.point, draws=draws, further=found.further, between=found.between
    )


def _several(
    evidence: Evidence, size: int, rng: np.random.Generator, extra: float
) -> SampledEffects:
    """Two benchmarks or more with a value, and none known by a bound alone."""
    points, noise, counts = evidence.points, evidence.noise, evidence.importance
    degrees = len(points) - 1
    variance = between_variance(points, noise)
    middle, error, _ = (float(x[0]) for x in weighted(points, noise, np.array([variance]), counts))
    drawn = variances_left_open(points, noise, rng.random(size))
    deviations = np.minimum(np.sqrt(drawn), max(LARGEST, TIMES * float(np.std(points, ddof=1))))
    about, errors, _ = weighted(points, noise, drawn, counts)

    def student(scale: Array | float) -> Array:
        heavy = np.sqrt(degrees / rng.chisquare(degrees, size))
        wide = np.minimum(scale * heavy, np.maximum(LARGEST, TIMES * np.asarray(scale)))
        return np.asarray(np.hypot(wide, np.sqrt(extra)) * rng.standard_normal(size))

    return SampledEffects(
        point=middle,
        draws=middle + student(error),
        further=about + student(errors) + deviations * rng.standard_normal(size),
        between=float(np.sqrt(variance)),
    )


def _censored(
    evidence: Evidence, prior: Prior, size: int, rng: np.random.Generator, extra: float
) -> SampledEffects:
    """Two benchmarks or more with a value, and others known by bounds: the likelihood of both, over
    a grid of means and deviations, the deviation half-normal with the prior's scale."""
    points, noise = evidence.points, evidence.noise
    scale = max(float(np.std(points, ddof=1)), float(np.sqrt(noise.mean())))
    between = np.concatenate(
        [[1e-3 * scale], np.geomspace(0.02 * scale, max(LARGEST, TIMES * scale), 60)]
    )
    mean = points.mean() + scale * FAR * np.sinh(np.linspace(-5, 5, 301)) / np.sinh(5)
    variance = noise + between[:, None] ** 2
    off = points - mean[:, None, None]
    chance = -0.5 * (evidence.importance * (np.log(variance) + off**2 / variance)).sum(axis=-1)
    chance += evidence.log_chance(np.broadcast_to(mean[:, None], chance.shape), between)
    chance -= 0.5 * (between / prior.between) ** 2
    cells = np.gradient(mean)[:, None] * np.gradient(between)
    share = np.cumsum(np.exp(chance - chance.max()) * cells)
    at = share[-1] * (rng.random() + np.arange(size)) / size
    picked = rng.permutation(np.minimum(np.searchsorted(share, at), len(share) - 1))
    row, column = np.unravel_index(picked, chance.shape)
    draws = mean[row] + np.gradient(mean)[row] * (rng.random(size) - 0.5)
    draws = draws + np.sqrt(extra) * rng.standard_normal(size)
    deviations = between[column]
    return SampledEffects(
        point=float(np.median(draws)),
        draws=draws,
        further=draws + deviations * rng.standard_normal(size),
        between=float(np.median(deviations)),
    )


def _few(
    evidence: Evidence, prior: Prior, size: int, rng: np.random.Generator, extra: float
) -> SampledEffects:
    """One benchmark with a value, or none: the prior's deviation, and the bounds."""
    middle, variance = prior.mean, prior.spread**2
    if len(evidence.points):
        middle = float(evidence.points[0])
        variance = float(evidence.noise[0]) + prior.between**2 + extra
    values = middle + np.sqrt(variance) * _GRID
    chance = norm.logpdf(_GRID) + evidence.log_chance(values, prior.between)
    share = np.cumsum(np.exp(chance - chance.max()))
    share /= share[-1]
    draws = np.interp(rng.random(size), share, values)
    point = float(np.interp(0.5, share, values)) if evidence.bounded else middle
    further = rng.permutation(draws) + prior.between * rng.standard_normal(size)
    return SampledEffects(point=point, draws=draws, further=further, between=prior.between)
