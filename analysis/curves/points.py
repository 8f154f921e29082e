"""The rungs of one arm as a fit sees them: checked, complete, centred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.curves.form import Form
from harness.errors import UserError

Array = NDArray[np.float64]

EDGE = 0.01
"""Shares are kept this far from 0 and 1 where a starting value needs a finite predictor."""


@dataclass(frozen=True)
class Points:
    """Scores on rungs of known compute. All arrays are [rung]."""

    x: Array
    """log10(training FLOP / 1e21)."""
    scores: Array
    """Mean scores in [0, 1]."""
    counts: Array
    """Items behind each mean; NaN where unknown."""

    @property
    def centre(self) -> float:
        """Mean of x. Fits run on x - centre, so that moving the axis moves nothing but x0."""
        return float(np.mean(self.x))

    @property
    def counted(self) -> bool:
        """Whether the number of items is known on every rung."""
        return bool(np.all(np.isfinite(self.counts)))

    def without(self, index: int) -> Points:
        """The same points less the rung at `index`."""
        keep = np.arange(len(self.x)) != index
        return Points(self.x[keep], self.scores[keep], self.counts[keep])


def points(x: ArrayLike, scores: ArrayLike, counts: ArrayLike | None = None) -> Points:
    """Check a ladder and leave out rungs without compute or without a score.

    Args:
        x: [rung], log10(training FLOP / 1e21); NaN where it is unknown or not valid.
        scores: [rung], in [0, 1]; NaN where the arm was not run.
        counts: [rung] or one number: items behind each score; NaN or None where unknown.

    Raises:
        UserError: arrays of different lengths, a score outside [0, 1], a count that is not
            positive, or fewer than two different values of compute.
    """
    at, values = np.atleast_1d(np.asarray(x, float)), np.atleast_1d(np.asarray(scores, float))
    number = np.asarray(np.nan if counts is None else counts, float)
    if at.shape != values.shape or at.ndim != 1 or number.shape not in ((), at.shape):
        raise UserError(
            f"compute {at.shape}, scores {values.shape} and counts {number.shape} do not match: "
            "give one of each for every rung"
        )
    keep = np.isfinite(at) & np.isfinite(values)
    at, values, number = at[keep], values[keep], np.broadcast_to(number, at.shape)[keep]
    if np.any((values < 0) | (values > 1)):
        worst = float(values[np.argmax(np.abs(values - 0.5))])
        raise UserError(f"score {worst:g} is outside [0, 1]: divide points by 100")
    if np.any(number <= 0):
        raise UserError("a count of items is not positive: leave out rungs that were not run")
    if len(np.unique(at)) < 2:
        raise UserError(
            f"a curve needs two rungs of different, known training compute, and {len(at)} "
            "with a score can be used: measure further rungs, or give their training FLOP"
        )
    return Points(at, values, number)


def start(form: Form, data: Points, floor: float, ceiling: float) -> tuple[float, float]:
    """Intercept at the centre and slope: a straight line through the predictors of the scores."""
    share = np.clip((data.scores - floor) / (ceiling - floor), EDGE, 1 - EDGE)
    slope, intercept = np.polyfit(data.x - data.centre, form.inverse(share), 1)
    return float(intercept), float(slope)
