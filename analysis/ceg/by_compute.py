"""CEG as a function of compute, for an arm whose gain is not one number over the ladder.

Every arm has a line of its own beside the base's (`curves.joint`), so its distance to the base is
d(x) = d0 + d1 x, and log10 CEG(x) = d(x) / b: what the base at x would need on top. Its band holds
what the interval of one CEG over the ladder holds: the items' noise, the rungs' scatter about the
line with Student's tails, the slope's own uncertainty, and the choice of a form. The band is
pointwise, and ends at the rungs where the arm was run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.fieller import bootstrap_set
from analysis.ceg.ladder import LadderFit
from analysis.ceg.ratio import over, ratio_at
from analysis.contracts.estimate import LEVEL, Estimate
from analysis.contracts.experiment import UNIT
from analysis.curves.fitted import Curves
from analysis.uncertainty.resample import Stream, generator

Array = NDArray[np.float64]

BETWEEN = 21
"""Computes, evenly spaced, at which the line is given beside the rungs: enough to draw a band."""


@dataclass(frozen=True)
class CegAt:
    """The CEG that an arm's line has at one training compute."""

    flop: float
    """Training compute of the base, in FLOP."""
    models: tuple[str, ...]
    """Rungs of this compute; none between rungs."""
    ceg: Estimate
    """log10 CEG; without draws between rungs."""


@dataclass(frozen=True)
class CegLine:
    """CEG of an arm over the base as a line in log10 training compute."""

    growth: Estimate
    """What log10 CEG grows by with every OOM of training compute."""
    at: tuple[CegAt, ...]
    """By rising compute, from the first rung where the arm was run to the last."""

    @property
    def rungs(self) -> tuple[CegAt, ...]:
        """The line where the arm was run."""
        return tuple(each for each in self.at if each.models)


def ceg_line(fit: LadderFit, arm: int, others: Sequence[LadderFit] = ()) -> CegLine:
    """The line of an arm that was run at three different computes or more.

    Args:
        fit: the experiment on its base curve, which makes a ladder.
        arm: index of the arm; its gain is over the fit's base.
        others: the fits by other forms that `fit` was spread across.
    """
    run = np.flatnonzero(~np.isnan(fit.experiment.means[arm, fit.on]))
    rungs = fit.x[run]
    x = np.union1d(rungs, np.linspace(rungs.min(), rungs.max(), BETWEEN))
    draws = _distance(fit, fit.drawn, fit.resampled.means, arm, x) + _scattered(fit, arm, x)
    points = np.array([_point(each, arm, x) for each in (fit, *others)])
    slopes = np.array([each.point.slope[0] for each in (fit, *others)])
    if fit.spread is not None:
        by_form = over(points, slopes[:, None])
        offsets = np.stack([fit.spread.offsets(at_x) for at_x in by_form.T], axis=1)
        draws = draws + offsets * fit.total.slope[:, None]
    names = [fit.experiment.rungs[fit.on[rung]].model for rung in run]
    at = []
    for place, here in enumerate(x):
        models = tuple(name for name, own in zip(names, rungs, strict=True) if own == here)
        estimate = ratio_at(fit, float(points[0, place]), draws[:, place], x[[place]])
        at.append(
            CegAt(UNIT * 10**here, models, estimate if models else replace(estimate, draws=None))
        )
    return CegLine(_growth(fit, points[0], draws, float(x[-1] - x[0])), tuple(at))


def _growth(fit: LadderFit, points: Array, draws: Array, span: float) -> Estimate:
    added, slopes = (draws[:, -1] - draws[:, 0]) / span, fit.total.slope
    low, high = bootstrap_set(added, slopes, LEVEL)
    value = float(over((points[-1] - points[0]) / span, fit.point.slope[0]))
    return Estimate(point=value, low=float(low), high=float(high), draws=over(added, slopes))


def _point(fit: LadderFit, arm: int, x: Array) -> Array:
    """[x]: an arm's distance to the base as measured."""
    return np.asarray(_distance(fit, fit.curves, fit.resampled.point[None], arm, x)[0])


def _distance(fit: LadderFit, curves: Curves, means: Array, arm: int, x: Array) -> Array:
    """[replicate, x]: an arm's line over the base's.

    Where an arm was not run on all rungs, what the base misses of its own curve on those where it
    was is taken off as a line too: so what both share on a rung cancels.
    """
    distance = curves.of(arm, x) - curves.predictors(x)
    if np.isnan(fit.experiment.means[arm, fit.on]).any():
        own = means[:, fit.base][:, fit.on]
        distance -= _missed(curves, own, fit.x) @ fit.left.line_weights(arm, x).T
    return distance


def _missed(curves: Curves, scores: Array, x: Array) -> Array:
    """[replicate, rung]: the base's scores over its curve, in units of the predictor."""
    floor, height = curves.floor[:, None], (curves.ceiling - curves.floor)[:, None]
    eta = curves.predictors(x)
    steep = np.maximum(height * curves.form.derivative(eta), 1e-9)
    return np.asarray((scores - floor - height * curves.form.rise(eta)) / steep)


def _scattered(fit: LadderFit, arm: int, x: Array) -> Array:
    """[replicate, x]: what the rungs' scatter about an arm's line adds to it."""
    rng = generator(fit.experiment, fit.seed, Stream.ARM_ABOUT_LINE, arm)
    number = len(fit.total.slope)
    deviation = fit.left.left_by_line(rng.random(number), arm)
    effect = rng.standard_normal((number, len(fit.on))) @ fit.left.line_weights(arm, x).T
    return np.asarray(deviation[:, None] * effect)
