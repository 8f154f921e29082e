"""Bounds on a CEG from base rungs alone: no curve, no model, and soft (Davidson et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan

import numpy as np

from analysis.ceg.ladder import LadderFit
from analysis.contracts.estimate import LEVEL


@dataclass(frozen=True)
class Discrete:
    """Bounds in log10; infinite where the ladder has no rung that gives one.

    At least `low`: the base with that much more compute scores no better than the stack. At most
    `high`: with that much more it scores no worse.
    """

    low: float
    high: float


UNBOUNDED = Discrete(-inf, inf)


def bracket(fit: LadderFit, arm: int, rung: int, sure: float | None = None) -> Discrete:
    """Where an arm's score on a rung falls among the base's scores on all rungs.

    A ladder need not rise everywhere: the lower bound is the last rung up to which every base score
    is at most the arm's, the upper one the first rung from which every base score is at least it.

    Args:
        fit: the experiment on its base curve.
        arm: index of the arm.
        rung: which of the rungs in use.
        sure: share of bootstrap replicates in which a comparison must hold; measured scores are
            taken as they are where it is None: soft bounds, as in the literature.
    """
    known = np.flatnonzero(~np.isnan(fit.x))  # rungs are in the order of their compute
    scores = fit.experiment.means[:, fit.on]
    if isnan(scores[arm, rung]) or isnan(fit.x[rung]):
        return UNBOUNDED
    if sure is None:
        reached = scores[fit.base, known] <= scores[arm, rung]
        passed = scores[fit.base, known] >= scores[arm, rung]
    else:
        means = fit.resampled.means[:, :, fit.on]
        own, base = means[:, arm, [rung]], means[:, fit.base][:, known]
        reached, passed = (base <= own).mean(axis=0) >= sure, (base >= own).mean(axis=0) >= sure
    x = fit.x[known]
    below = np.logical_and.accumulate(reached)
    above = np.logical_and.accumulate(passed[::-1])[::-1]
    low = float(x[below][-1] - fit.x[rung]) if below.any() else -inf
    high = float(x[above][0] - fit.x[rung]) if above.any() else inf
    return Discrete(low, high)


def bounds(fit: LadderFit, arm: int, level: float = LEVEL) -> Discrete:
    """Bounds over the whole ladder: the largest lower and the smallest upper one of its rungs,
    among those that the scores' intervals support. The best of several soft bounds would be the
    luckiest."""
    results = [bracket(fit, arm, rung, (1 + level) / 2) for rung in range(len(fit.on))]
    return Discrete(max(one.low for one in results), min(one.high for one in results))
