"""How the fit answers to luck: what a unit of luck on one rung moves in curve and predictors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.ceg.ladder import LadderFit, refitted

Array = NDArray[np.float64]

STEP = 0.1
"""Luck, in logits, that derivatives are taken over."""


@dataclass(frozen=True)
class Response:
    """Derivatives by the luck of each rung, which all arms of its model share."""

    slope: Array
    """[rung of luck]: of the base curve's slope."""
    above: Array
    """[arm, rung, rung of luck]: of an arm's predictor on a rung less the base curve there."""


def response(fit: LadderFit) -> Response:
    """Fit again with each rung a little better and a little worse, floor and ceiling included."""
    rungs, step = len(fit.on), STEP * fit.form.per_logit
    curve = fit.curves.curve()
    moved = np.repeat(fit.experiment.means[None], 2 * rungs, axis=0)
    for rung, place in enumerate(fit.on):
        for row, sign in ((rung, 1), (rungs + rung, -1)):
            eta = fit.predictors[:, rung] + sign * step
            score = curve.floor + (curve.ceiling - curve.floor) * fit.form.rise(eta)
            known = np.isfinite(eta)
            moved[row, known, place] = np.clip(score[known], 0.0, 1.0)
    placed, curves, predictors = refitted(fit, moved)
    above = predictors - curves.predictors(fit.x)[:, None, :]
    with np.errstate(invalid="ignore"):
        by_rung = (above[:rungs] - above[rungs:]) / (2 * step)
    # An arm at floor or ceiling has no finite predictor, and so nothing that luck could move.
    finite = np.where(np.isfinite(by_rung), by_rung, 0.0)
    return Response(
        slope=(placed.slope[:rungs] - placed.slope[rungs:]) / (2 * step),
        above=np.moveaxis(finite, 0, 2),
    )
