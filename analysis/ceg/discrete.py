"""Bounds on a CEG from base rungs alone: no curve, no model, and soft (Davidson et al. 2023)."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isnan

import numpy as np

from analysis.ceg.ladder import LadderFit


@dataclass(frozen=True)
class Discrete:
    """Bounds in log10; infinite where the ladder has no rung that gives one.

    At least `low`: the base with that much more compute scores no better than the stack. At most
    `high`: with that much more it scores no worse. Measured scores are taken as they are.
    """

    low: float
    high: float


UNBOUNDED = Discrete(-inf, inf)


def bracket(fit: LadderFit, arm: int, rung: int) -> Discrete:
    """Where an arm's score on a rung falls among the base's scores on all rungs.

    A ladder need not rise everywhere: the lower bound is the last rung up to which every base score
    is at most the arm's, the upper one the first rung from which every base score is at least it.
    """
    scores = fit.experiment.means[:, fit.on]
    known = np.flatnonzero(~np.isnan(fit.x))  # rungs are in the order of their compute
    own, here = scores[arm, rung], fit.x[rung]
    if isnan(own) or isnan(here):
        return UNBOUNDED
    x, base = fit.x[known], scores[fit.base, known]
    below = np.logical_and.accumulate(base <= own)
    above = np.logical_and.accumulate((base >= own)[::-1])[::-1]
    low = float(x[below][-1] - here) if below.any() else -inf
    high = float(x[above][0] - here) if above.any() else inf
    return Discrete(low, high)
