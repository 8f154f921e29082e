"""Bounds on a CEG from base rungs alone: no curve, no model, and soft (Davidson et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit
from analysis.contracts.estimate import LEVEL, Estimate
from analysis.uncertainty.resample import Stream, generator
from analysis.uncertainty.rungs import Scatter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Discrete:
    """Bounds in log10; infinite where the ladder has no rung that gives one.

    At least `low`: the base with that much more compute scores no better than the stack. At most
    `high`: with that much more it scores no worse.
    """

    low: float
    high: float

    def beside(self, estimate: Estimate) -> Discrete:
        """The bounds that an interval of the same CEG does not contradict: where base rungs and
        curve disagree, a rung scores off the curve, and its score bounds nothing."""
        agrees = self.low <= estimate.high and self.high >= estimate.low
        return self if agrees else UNBOUNDED


UNBOUNDED = Discrete(-inf, inf)


def bracket(fit: LadderFit, arm: int, rung: int) -> Discrete:
    """Where an arm's score on a rung falls among the base's scores on all rungs.

    Scores are taken as they are: soft bounds, as in the literature.

    Args:
        fit: the experiment on its base curve.
        arm: index of the arm.
        rung: which of the rungs in use.
    """
    scores = fit.experiment.means[:, fit.on]
    own, base = scores[arm, rung], scores[fit.base]
    return UNBOUNDED if isnan(own) else _between(fit, rung, base <= own, base >= own)


def bounds(fit: LadderFit, arm: int, level: float = LEVEL) -> Discrete:
    """Bounds over the whole ladder: the largest lower and the smallest upper one of its rungs.

    The best of several bounds would be the luckiest: each comparison has to hold in so many
    replicates that all lower ones hold together (Bonferroni over the rungs), and replicates carry
    the rungs' scatter beside the items' noise, since a rung may score off the curve. Without a
    ladder nothing tells how much rungs scatter, and there are none.
    """
    if not fit.ladder:
        return UNBOUNDED
    base, own = _with_scatter(fit, arm)
    rungs = np.flatnonzero(~np.isnan(fit.experiment.means[arm, fit.on]))
    sure = 1 - (1 - level) / 2 / max(len(rungs), 1)
    results = [
        _between(
            fit,
            rung,
            (base <= own[:, [rung]]).mean(axis=0) >= sure,
            (base >= own[:, [rung]]).mean(axis=0) >= sure,
        )
        for rung in rungs
    ]
    return Discrete(
        max((one.low for one in results), default=-inf),
        min((one.high for one in results), default=inf),
    )


def _between(
    fit: LadderFit, rung: int, reached: NDArray[np.bool_], passed: NDArray[np.bool_]
) -> Discrete:
    """Bounds from comparisons with every base rung. A ladder need not rise everywhere: the lower
    one is the last rung up to which every base score is reached, the upper one the first from which
    every one is at least the arm's."""
    known = np.flatnonzero(~np.isnan(fit.x))  # rungs are in the order of their compute
    if isnan(fit.x[rung]):
        return UNBOUNDED
    x = fit.x[known]
    below = np.logical_and.accumulate(reached[known])
    above = np.logical_and.accumulate(passed[known][::-1])[::-1]
    low = float(x[below][-1] - fit.x[rung]) if below.any() else -inf
    high = float(x[above][0] - fit.x[rung]) if above.any() else inf
    return Discrete(low, high)


def _with_scatter(fit: LadderFit, arm: int) -> tuple[Array, Array]:
    """Predictors [replicate, rung] of the base and of an arm, with the rungs' own departures: that
    of the rung, which both share, and that of the arm."""
    base, own = fit.replicated[:, fit.base], fit.replicated[:, arm]
    rng = generator(fit.experiment, fit.seed, Stream.BOUNDS)
    shared = _departures(fit.base_scatter, base.shape, rng)
    return base + shared, own + shared + _departures(fit.arm_scatter[arm], own.shape, rng)


def _departures(scatter: Scatter | None, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    if scatter is None:
        return np.zeros(shape)
    deviation = scatter.deviations(rng.random(shape[0]))
    return np.asarray(deviation[:, None] * rng.standard_normal(shape))
